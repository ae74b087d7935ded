//! The pages for browsers: who gets them, what is cached, and what they may load.

use std::io::Read;

use serde_json::json;

use crate::{
    app::{Client, Reply, TestApp},
    common::{database::TestDatabase, on_both},
};

on_both!(
    browsers_get_the_document_and_programs_get_the_redirect,
    the_document_is_revalidated_and_its_files_are_cached_forever,
    files_are_sent_compressed,
    the_pages_load_nothing_but_their_own,
    missing_files_and_files_of_another_build_are_not_found,
    the_pages_work_behind_a_prefix,
    without_scripts_the_document_says_what_it_needs,
    a_server_may_have_no_pages,
    anyone_sees_whether_sign_up_is_open,
);

/// What Chromium sends for an address that is typed in.
pub const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");

fn document(anyone: &Client) -> Reply {
    anyone.request("GET", "/", &[BROWSER], b"")
}

/// The URLs of the files that the document names, as it names them.
fn named(document: &Reply) -> Vec<String> {
    document.text.split('"').filter(|part| part.starts_with("assets/")).map(str::to_owned).collect()
}

/// The URL of the first script in the document.
pub fn script(anyone: &Client) -> String {
    let named = named(&document(anyone)).into_iter().find(|file| file.ends_with("/main.js"));
    format!("/{}", named.unwrap())
}

fn browsers_get_the_document_and_programs_get_the_redirect(app: TestApp) {
    let anyone = app.anonymous();
    let page = document(&anyone);
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(page.text.starts_with("<!doctype html>"), "{}", page.text);
    for accept in ["*/*", "application/json", "application/problem+json, application/json"] {
        let reply = anyone.request("GET", "/", &[("accept", accept)], b"");
        assert_eq!((reply.status, reply.header("location")), (302, Some("docs/")), "{accept}");
        assert_eq!(reply.header("vary"), Some("Accept"), "{accept}");
    }
    let vary: Vec<&str> = page.headers.get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
    assert!(vary.contains(&"Accept"), "{vary:?}");
    anyone.request("POST", "/", &[BROWSER], b"").problem(405, "method-not-allowed");
}

fn the_document_is_revalidated_and_its_files_are_cached_forever(app: TestApp) {
    let anyone = app.anonymous();
    let page = document(&anyone);
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    let tag = page.header("etag").unwrap();
    let known = anyone.request("GET", "/", &[BROWSER, ("if-none-match", tag)], b"");
    assert_eq!((known.status, known.header("etag"), known.bytes.len()), (304, Some(tag), 0));
    let head = anyone.request("HEAD", "/", &[BROWSER], b"");
    assert_eq!((head.status, head.header("etag"), head.bytes.len()), (200, Some(tag), 0));
    assert_eq!(head.header("content-length"), page.header("content-length"));

    let files = named(&page);
    assert!(files.iter().any(|file| file.ends_with("/main.js")), "{files:?}");
    for file in files {
        let path = format!("/{file}");
        let reply = anyone.get(&path);
        assert_eq!(reply.status, 200, "{path}");
        assert_eq!(reply.header("cache-control"), Some("public, max-age=31536000, immutable"), "{path}");
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{path}");
        let media_type = match file.rsplit_once('.').unwrap().1 {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            other => panic!("{other}"),
        };
        assert_eq!(reply.header("content-type"), Some(media_type), "{path}");
        let known = anyone.request("GET", &path, &[("if-none-match", reply.header("etag").unwrap())], b"");
        assert_eq!(known.status, 304, "{path}");
        assert_eq!(anyone.request("HEAD", &path, &[], b"").status, 200, "{path}");
    }
}

fn files_are_sent_compressed(app: TestApp) {
    let anyone = app.anonymous();
    let script = script(&anyone);
    let plain = anyone.get(&script);
    for coding in ["br", "gzip"] {
        let reply = anyone.request("GET", &script, &[("accept-encoding", coding)], b"");
        assert_eq!(reply.header("content-encoding"), Some(coding));
        assert_eq!(reply.header("vary"), Some("Accept-Encoding"));
        assert!(reply.bytes.len() * 2 < plain.bytes.len(), "{coding}: {}", reply.bytes.len());
        let mut decoded = Vec::new();
        match coding {
            "br" => brotli::Decompressor::new(&reply.bytes[..], 4096).read_to_end(&mut decoded).unwrap(),
            _ => flate2::read::GzDecoder::new(&reply.bytes[..]).read_to_end(&mut decoded).unwrap(),
        };
        assert_eq!(decoded, plain.bytes, "{coding}");
    }
}

fn the_pages_load_nothing_but_their_own(app: TestApp) {
    let anyone = app.anonymous();
    let page = document(&anyone);
    for reply in [&page, &anyone.get(&script(&anyone))] {
        let policy = reply.header("content-security-policy").unwrap();
        for rule in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.split("; ").any(|one| one == rule), "{rule} is not in {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("data:"), "{policy}");
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
    }
    // The document has nothing that the policy forbids.
    assert!(!page.text.contains("style=") && !page.text.contains("<style"), "{}", page.text);
    for script in page.text.split("<script").skip(1) {
        assert!(script.contains("src=\"assets/") && script.contains("></script>"), "{script}");
    }
    // The API and its documentation keep their own.
    let policy = |path: &str| anyone.get(path).header("content-security-policy").unwrap().to_owned();
    assert_eq!(policy("/api/v1/exams"), "default-src 'none'; frame-ancestors 'none'");
    assert!(policy("/docs/").contains("'unsafe-inline'"));
}

fn missing_files_and_files_of_another_build_are_not_found(app: TestApp) {
    let anyone = app.anonymous();
    let script = script(&anyone);
    let build = script.split('/').nth(2).unwrap();
    for path in [
        format!("/assets/{build}/nothing.js"),
        format!("/assets/{build}/"),
        format!("/assets/{build}/index.html"),
        format!("/assets/{build}/vendor/README.md"),
        format!("/assets/{build}/..%2F..%2FCargo.toml"),
        format!("/assets/{build}/%2Fetc%2Fpasswd"),
        "/assets/other/main.js".to_owned(),
        "/assets/main.js".to_owned(),
    ] {
        let reply = anyone.get(&path);
        reply.problem(404, "not-found");
        assert_ne!(reply.header("cache-control"), Some("public, max-age=31536000, immutable"), "{path}");
    }
}

fn the_pages_work_behind_a_prefix(app: TestApp) {
    // A proxy that serves them at /tripos/ strips the prefix, so no URL may begin at the root.
    let page = document(&app.anonymous());
    for attribute in ["src=\"", "href=\""] {
        for url in page.text.split(attribute).skip(1) {
            assert!(!url.starts_with('/') && !url.contains("://"), "{url}");
        }
    }
}

fn without_scripts_the_document_says_what_it_needs(app: TestApp) {
    let page = document(&app.anonymous());
    let (_, told) = page.text.split_once("<noscript>").unwrap();
    assert!(told.contains("needs JavaScript") && told.contains("<a href=\"docs/\">"), "{told}");
}

fn a_server_may_have_no_pages(database: TestDatabase) {
    let with = TestApp::from(database.shared());
    let script = script(&with.anonymous());
    assert_eq!(with.anonymous().get(&script).status, 200);
    let without = TestApp::with(database, &[("WEB", "off")]);
    let reply = document(&without.anonymous());
    assert_eq!((reply.status, reply.header("location")), (302, Some("docs/")));
    without.anonymous().get(&script).problem(404, "not-found");
    without.anonymous().get("/api/v1/exams").expect(200);
}

fn anyone_sees_whether_sign_up_is_open(database: TestDatabase) {
    let open = TestApp::from(database.shared());
    assert_eq!(open.anonymous().get("/api/v1/server").expect(200), json!({"sign_up": true}));
    let closed = TestApp::with(database, &[("SIGNUP", "closed")]);
    assert_eq!(closed.anonymous().get("/api/v1/server").expect(200), json!({"sign_up": false}));
}
