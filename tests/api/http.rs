//! Basic HTTP: HEAD, OPTIONS, content codings, caching, and input that is rejected before it becomes a request.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use tripos::http::settings::TimeLimits;

use crate::{
    app::{Client, Reply, TestApp},
    authoring::question,
    common::{database::TestDatabase, on_both},
    operations::operations,
};

on_both!(
    head_is_get_without_its_body,
    options_returns_the_methods_of_every_url,
    the_root_leads_to_the_documentation,
    bodies_are_taken_as_gzip,
    bodies_that_inflate_beyond_a_limit_are_refused,
    responses_are_compressed_on_request,
    exports_are_compressed_unless_they_are_packages,
    responses_with_secrets_must_not_be_compressed,
    assets_are_kept_for_ever_under_their_version,
    input_that_never_becomes_a_request_gets_a_problem_document,
    missing_duplicate_and_invalid_hosts_are_rejected,
    urls_have_a_limit_and_the_characters_of_urls,
    a_content_coding_is_refused_where_no_body_is_expected,
);

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

/// The decompressed body of a reply.
fn decoded(reply: &Reply) -> Vec<u8> {
    let mut plain = Vec::new();
    match reply.header("content-encoding") {
        Some("gzip") => flate2::read::GzDecoder::new(&reply.bytes[..]).read_to_end(&mut plain).unwrap(),
        Some("br") => brotli::Decompressor::new(&reply.bytes[..], 4096).read_to_end(&mut plain).unwrap(),
        other => panic!("coding {other:?}"),
    };
    plain
}

fn get_as(client: &Client, path: &str, accepted: &str) -> Reply {
    client.request("GET", path, &[("accept-encoding", accepted)], b"")
}

/// The header fields that are equal in two responses to the same request.
fn lasting_headers(reply: &Reply) -> BTreeSet<(String, String)> {
    let fields = reply.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    fields.filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str())).collect()
}

fn head_is_get_without_its_body(app: TestApp) {
    let admin = app.admin("root");
    let attempt = admin.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam"})).expect(201);
    let id = attempt["id"].as_str().unwrap();
    let mut paths: Vec<String> = operations()
        .into_iter()
        .filter(|(method, path, _)| method == "GET" && path != "/metrics")
        .map(|(_, path, _)| path.replace("/attempts/{id}", &format!("/attempts/{id}")).replace("{code}", "demo"))
        .map(|path| path.replace("{id}", "00000000-0000-7000-8000-000000000000").replace("{file}", "index.css"))
        .collect();
    paths.extend(["/api/v1/exams/demo/export?format=gift", "/api/v1/questions?limit=2", "/nothing"].map(Into::into));
    for path in &paths {
        for accepted in ["identity", "gzip"] {
            let headers = [("accept-encoding", accepted)];
            let get = admin.request("GET", path, &headers, b"");
            let head = admin.request("HEAD", path, &headers, b"");
            assert_eq!(head.status, get.status, "{path}");
            assert_eq!(lasting_headers(&head), lasting_headers(&get), "{path}");
            assert!(head.bytes.is_empty(), "{path}");
        }
    }
    let length = |method| admin.request(method, "/api/v1/exams", &[], b"").header("content-length").map(str::to_owned);
    assert!(length("HEAD").is_some_and(|length| length.parse::<usize>().unwrap() > 100));
    assert_eq!(length("HEAD"), length("GET"));
    // A request of a monitor, a revalidation, and no effect if there is no GET.
    assert_eq!(app.anonymous().request("HEAD", "/health/ready", &[], b"").status, 200);
    let tag = admin.get("/api/v1/exams").header("etag").unwrap().to_owned();
    assert_eq!(admin.request("HEAD", "/api/v1/exams", &[("if-none-match", &tag)], b"").status, 304);
    let submit = format!("/api/v1/attempts/{id}/submit");
    assert_eq!(admin.request("HEAD", &submit, &[], b"").status, 405);
    assert_eq!(admin.get(&format!("/api/v1/attempts/{id}")).expect(200)["status"], "in_progress");
    // It is counted as HEAD.
    let metrics = app.anonymous().get("/metrics").text;
    assert!(metrics.contains(r#"method="HEAD",route="/health/ready",status="200""#), "{metrics}");
}

fn options_returns_the_methods_of_every_url(app: TestApp) {
    let anyone = app.anonymous();
    let all = operations();
    for (_, path, _) in &all {
        let of_path = all.iter().filter(|(_, other, _)| other == path);
        let mut methods: BTreeSet<&str> = of_path.map(|(method, ..)| method.as_str()).collect();
        methods.insert("OPTIONS");
        if methods.contains("GET") {
            methods.insert("HEAD");
        }
        let allow = methods.into_iter().collect::<Vec<_>>().join(", ");
        let reply = anyone.request("OPTIONS", &path.replace(['{', '}'], ""), &[], b"");
        assert_eq!((reply.status, reply.header("allow")), (204, Some(allow.as_str())), "{path}");
        assert!(reply.bytes.is_empty(), "{path}");
    }
    anyone.request("OPTIONS", "/nothing", &[], b"").problem(404, "not-found");
    let mut of_the_server = String::new();
    let request = b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    ask(&app, request).read_to_string(&mut of_the_server).unwrap();
    assert!(of_the_server.starts_with("HTTP/1.1 204 ") && of_the_server.contains("GET, HEAD, "), "{of_the_server}");
}

fn the_root_leads_to_the_documentation(app: TestApp) {
    let reply = app.anonymous().get("/");
    assert_eq!((reply.status, reply.header("location")), (302, Some("docs/")));
}

const GIFT: &str = "Which letter is first? {=a#is ~b#is not}\n\nWhich letter is last? {=z#is ~y#is not}\n";

fn bodies_are_taken_as_gzip(app: TestApp) {
    let (ada, grace) = (app.learner("ada"), app.author("grace"));
    let start = json!({"exam": "demo", "mode": "exam"}).to_string();
    let send = |coding: &str, body: &[u8]| {
        let headers = [("content-type", "application/json"), ("content-encoding", coding), ("idempotency-key", "k")];
        ada.request("POST", "/api/v1/attempts", &headers, body)
    };
    for coding in ["br", "deflate", "zstd", "gzip, gzip", "compress", "nonsense"] {
        let reply = send(coding, start.as_bytes());
        reply.problem(415, "unsupported-media-type");
        assert_eq!(reply.header("accept-encoding"), Some("gzip"), "{coding}");
    }
    let whole = gzip(start.as_bytes());
    for broken in [start.as_bytes(), b"", &whole[..whole.len() - 1], &[&whole[..], b"x"].concat()] {
        let problem = send("gzip", broken).problem(400, "bad-request");
        assert!(problem["detail"].as_str().unwrap().contains("gzip"), "{problem}");
    }
    let mut wrong_sum = whole.clone();
    let at = wrong_sum.len() - 5;
    wrong_sum[at] ^= 1;
    send("gzip", &wrong_sum).problem(400, "bad-request");
    assert_eq!(ada.get("/api/v1/attempts").expect(200)["items"], json!([]));
    let first = send("gzip", &whole).expect(201);
    // Only the decompressed body matters, however it was sent.
    for (coding, body) in [("x-gzip", &whole[..]), ("identity", start.as_bytes())] {
        let again = send(coding, body);
        assert_eq!((again.header("idempotent-replayed"), &again.json()["id"]), (Some("true"), &first["id"]));
    }
    let import = "/api/v1/imports?format=gift&exam=demo&domain=1";
    let report = grace.request("POST", import, &[("content-encoding", "gzip")], &gzip(GIFT.as_bytes())).expect(201);
    assert_eq!(report["created"], 2, "{report}");
    let refused = grace.request("POST", import, &[("content-encoding", "br")], GIFT.as_bytes());
    refused.problem(415, "unsupported-media-type");
    assert_eq!(refused.header("accept-encoding"), Some("gzip"));
}

fn bodies_that_inflate_beyond_a_limit_are_refused(database: TestDatabase) {
    let app = TestApp::with(database, &[("IMPORT_LIMIT_BYTES", "200000"), ("BODY_TIMEOUT_SECONDS", "1")]);
    let (ada, grace) = (app.learner("ada"), app.author("grace"));
    let bomb = gzip(&vec![b' '; 8_000_000]);
    assert!(bomb.len() < 10_000);
    let json = [("content-type", "application/json"), ("content-encoding", "gzip")];
    let problem = ada.request("POST", "/api/v1/attempts", &json, &bomb).problem(413, "payload-too-large");
    assert!(problem["detail"].as_str().unwrap().contains("262144"), "{problem}");
    let import = "/api/v1/imports?format=gift&exam=demo&domain=1&dry_run=true";
    let send = |body: &[u8]| grace.request("POST", import, &json[1..], body);
    let problem = send(&bomb).problem(413, "payload-too-large");
    assert!(problem["detail"].as_str().unwrap().contains("200000"), "{problem}");
    // Up to the limit it is accepted, and input that inflates to nothing is not read forever.
    let most = format!("{GIFT}{}", "\n".repeat(200_000 - GIFT.len()));
    send(&gzip(most.as_bytes())).expect(200);
    send(&gzip(format!("{most}\n").as_bytes())).problem(413, "payload-too-large");
    send(&gzip(b"").repeat(15_000)).problem(413, "payload-too-large");
    // A compressed body has the same time limit.
    let mut stream = TcpStream::connect(app.address).unwrap();
    let head = format!(
        "POST /api/v1/attempts HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\nContent-Type: application/json\r\n\
         Content-Encoding: gzip\r\nContent-Length: 100\r\n\r\n",
        ada.authorization.as_ref().unwrap()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&gzip(b"{}")[..12]).unwrap();
    refused(stream, 408, "body-too-slow");
}

fn responses_are_compressed_on_request(app: TestApp) {
    let grace = app.author("grace");
    let mut long = question("Which letter is the first one of the alphabet?");
    long["explanation"] = json!("It is the first one. ".repeat(100));
    let made = grace.post("/api/v1/questions", &long).expect(201);
    let path = format!("/api/v1/questions/{}", made["id"].as_str().unwrap());
    let plain = grace.get(&path);
    assert_eq!((plain.header("content-encoding"), plain.header("vary")), (None, Some("Accept-Encoding")));
    for (accepted, coding) in [("gzip", "gzip"), ("br", "br"), ("gzip, deflate, br, zstd", "br"), ("br;q=0, *", "gzip")]
    {
        let (plain, reply) = (grace.get(&path), get_as(&grace, &path, accepted));
        assert_eq!(reply.header("content-encoding"), Some(coding), "{accepted}");
        assert!(decoded(&reply) == plain.bytes, "{accepted}");
        assert!(reply.bytes.len() * 2 < plain.bytes.len());
        assert_eq!(reply.header("content-length"), Some(reply.bytes.len().to_string().as_str()));
        assert_eq!(reply.header("vary"), Some("Accept-Encoding"));
        // Its tag contains this coding, and works like the uncompressed one.
        let tag = reply.header("etag").unwrap();
        assert_ne!(Some(tag), plain.header("etag"));
        let known = grace.request("GET", &path, &[("accept-encoding", accepted), ("if-none-match", tag)], b"");
        assert_eq!(
            (known.status, known.header("etag"), known.header("vary")),
            (304, Some(tag), Some("Accept-Encoding"))
        );
        let change = |tag: &str| {
            let headers = [("content-type", "application/json"), ("if-match", tag), ("accept-encoding", accepted)];
            grace.request("PUT", &path, &headers, long.to_string().as_bytes())
        };
        let changed = change(tag);
        assert_eq!(changed.status, 200);
        assert_eq!(changed.header("content-encoding"), Some(coding));
        assert_eq!(change(changed.header("etag").unwrap()).status, 200);
        change("\"other-gzip\"").problem(412, "precondition-failed");
        change(&format!("W/{tag}")).problem(400, "bad-request");
        change(tag.trim_matches('"')).problem(400, "bad-request");
    }
    let plain = grace.get(&path);
    for accepted in ["identity", "deflate", "gzip;q=0", "*;q=0", "gzip;q=0.1, identity;q=0.5", ""] {
        let reply = get_as(&grace, &path, accepted);
        assert_eq!((reply.header("content-encoding"), &reply.bytes), (None, &plain.bytes), "{accepted}");
    }
    // For short bodies, compression costs more than it saves.
    let short = get_as(&grace, "/api/v1/me", "gzip");
    assert_eq!((short.header("content-encoding"), short.header("vary")), (None, None));
    // Errors are compressed, too.
    let many: serde_json::Map<String, Value> = (0..40).map(|n| (format!("field{n}"), json!(n))).collect();
    let headers = [("content-type", "application/json"), ("accept-encoding", "gzip")];
    let reply = grace.request("POST", "/api/v1/exams", &headers, json!(many).to_string().as_bytes());
    assert_eq!((reply.status, reply.header("content-type")), (422, Some("application/problem+json")));
    let problem: Value = serde_json::from_slice(&decoded(&reply)).unwrap();
    assert_eq!(problem["errors"].as_array().unwrap().len(), 50);
}

fn exports_are_compressed_unless_they_are_packages(app: TestApp) {
    let grace = app.author("grace");
    for (format, is_text) in
        [("json", true), ("csv", true), ("gift", true), ("moodle_xml", true), ("qti", false), ("anki", false)]
    {
        let path = format!("/api/v1/exams/demo/export?format={format}");
        let plain = grace.get(&path);
        assert_eq!(plain.status, 200, "{format}: {}", plain.text);
        assert!(plain.bytes.len() > 1024, "{format}");
        let reply = get_as(&grace, &path, "gzip");
        assert_eq!(reply.header("content-encoding").is_some(), is_text, "{format}");
        assert_eq!(reply.header("content-disposition"), plain.header("content-disposition"));
        if is_text {
            assert_eq!(decoded(&reply), plain.bytes, "{format}");
        }
    }
}

fn responses_with_secrets_must_not_be_compressed(app: TestApp) {
    let ada = app.signed_in("ada");
    let sign_in = json!({"email": "ada@example.org", "password": crate::app::PASSWORD});
    let key = [("idempotency-key", "1"), ("accept-encoding", "gzip, br")];
    for _ in 0..2 {
        for (path, body) in [("/api/v1/sessions", &sign_in), ("/api/v1/me/tokens", &json!({"name": "bot"}))] {
            let reply = ada.post_with(path, &key, body);
            reply.expect(201);
            assert_eq!(reply.header("cache-control"), Some("no-store, no-transform"), "{path}");
            assert_eq!(reply.header("content-encoding"), None, "{path}");
        }
    }
    assert_eq!(ada.get("/api/v1/me/tokens").header("cache-control"), Some("no-store"));
}

fn assets_are_kept_for_ever_under_their_version(app: TestApp) {
    let anyone = app.anonymous();
    let page = anyone.get("/docs/");
    assert_eq!((page.status, page.header("cache-control")), (200, Some("no-cache")));
    let named =
        |part: &str| page.text.split('"').find(|text| text.contains(part)).unwrap().trim_start_matches("./").to_owned();
    for part in ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-initializer.js", "favicon-32x32.png"] {
        let name = named(part);
        assert!(name.contains("?v="), "{name}");
        let asset = anyone.get(&format!("/docs/{name}"));
        assert_eq!(asset.header("cache-control"), Some("public, max-age=31536000, immutable"), "{name}");
        let tag = asset.header("etag").unwrap();
        assert_eq!(anyone.request("GET", &format!("/docs/{part}"), &[("if-none-match", tag)], b"").status, 304);
        // Another version, or none, is not cached.
        for other in [format!("/docs/{part}"), format!("/docs/{part}?v=other")] {
            assert_eq!(anyone.get(&other).header("cache-control"), Some("no-cache"), "{other}");
        }
        let smaller = get_as(&anyone, &format!("/docs/{name}"), "gzip");
        if part.ends_with("png") {
            assert_eq!(smaller.bytes, asset.bytes);
        } else {
            assert_eq!(decoded(&smaller), asset.bytes, "{name}");
            let tag = smaller.header("etag").unwrap();
            let known = anyone.request("GET", &format!("/docs/{name}"), &[("if-none-match", tag)], b"");
            assert_eq!((known.status, known.header("etag")), (304, Some(tag)));
        }
    }
    let description = get_as(&anyone, "/openapi.json", "br");
    assert_eq!(decoded(&description), anyone.get("/openapi.json").bytes);
}

/// The response that ends a connection, which is a complete problem document.
fn refused(mut stream: TcpStream, status: u16, slug: &str) -> Value {
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer}"));
    assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    assert!(head.contains("content-type: application/problem+json"), "{answer}");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
    assert_eq!(length, body.len().to_string(), "{answer}");
    let problem: Value = serde_json::from_str(body).unwrap();
    assert_eq!(problem["type"], format!("urn:tripos:problem:{slug}"));
    for field in ["title", "detail", "instance", "request_id"] {
        assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "{field}: {problem}");
    }
    assert!(head.contains(problem["request_id"].as_str().unwrap()), "{answer}");
    problem
}

fn ask(app: &TestApp, request: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(app.address).unwrap();
    // The server may respond and close the connection before everything was sent.
    let _ = stream.write_all(request);
    stream
}

const LIVE: &str = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";

fn input_that_never_becomes_a_request_gets_a_problem_document(database: TestDatabase) {
    let app = TestApp::from(database);
    for garbage in [
        &b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nno field\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nname : value\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n",
    ] {
        refused(ask(&app, garbage), 400, "bad-request");
    }
    let many = (0..200).map(|n| format!("x-{n}: y\r\n")).collect::<String>();
    let large = format!("x: {}\r\n", "y".repeat(135_000));
    for fields in [many, large] {
        let request = format!("GET /health/live HTTP/1.1\r\nHost: x\r\n{fields}\r\n");
        refused(ask(&app, request.as_bytes()), 431, "headers-too-large");
    }
    let limits = TimeLimits { head: Duration::from_millis(400), ..TimeLimits::default() };
    let hasty = TestApp::with_time_limits(app.database.shared(), limits);
    refused(ask(&hasty, b"GET / HTTP/1.1\r\nHos"), 408, "head-too-slow");
    refused(ask(&hasty, b""), 408, "head-too-slow");
    // Also after a response, which is complete.
    let mut stream = ask(&app, LIVE.as_bytes());
    let mut answer = Vec::new();
    while !answer.ends_with(b"{\"status\":\"live\"}") {
        let mut byte = [0];
        assert_eq!(stream.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&answer));
        answer.push(byte[0]);
    }
    stream.write_all(b"nonsense\r\n\r\n").unwrap();
    refused(stream, 400, "bad-request");
    app.anonymous().get("/health/live").expect(200);
}

fn a_content_coding_is_refused_where_no_body_is_expected(app: TestApp) {
    let ada = app.signed_in("ada");
    let attempt = ada.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam"})).expect(201);
    let submit = format!("/api/v1/attempts/{}/submit", attempt["id"].as_str().unwrap());
    for (method, path) in [("POST", submit.as_str()), ("DELETE", "/api/v1/me")] {
        let reply = ada.request(method, path, &[("content-encoding", "br")], b"");
        reply.problem(415, "unsupported-media-type");
        assert_eq!(reply.header("accept-encoding"), Some("gzip"));
    }
    ada.get("/api/v1/me").expect(200);
}

fn missing_duplicate_and_invalid_hosts_are_rejected(app: TestApp) {
    let asked = |version: &str, fields: &str| {
        ask(&app, format!("GET /health/live HTTP/{version}\r\n{fields}Connection: close\r\n\r\n").as_bytes())
    };
    for fields in ["", "Host: a\r\nHost: a\r\n", "Host: a b\r\n", "Host: user@a\r\n", "Host: http://a/\r\n"] {
        let problem = refused(asked("1.1", fields), 400, "bad-request");
        assert!(problem["detail"].as_str().unwrap().contains("Host"), "{problem}");
    }
    for (version, fields) in [("1.1", "Host: a\r\n"), ("1.1", "Host: [::1]:80\r\n"), ("1.1", "Host:\r\n"), ("1.0", "")]
    {
        let mut answer = String::new();
        asked(version, fields).read_to_string(&mut answer).unwrap();
        assert!(answer.contains(" 200 OK\r\n"), "{fields}: {answer}");
    }
}

fn urls_have_a_limit_and_the_characters_of_urls(app: TestApp) {
    let long = format!("/api/v1/questions?q={}", "x".repeat(17_000));
    let grace = app.author("grace");
    let problem = grace.get(&long).problem(414, "url-too-long");
    assert!(problem["detail"].as_str().unwrap().contains("16384"), "{problem}");
    for url in ["/api/v1/exams/[", "/api/v1/questions?q=[", "/api/v1/exams?limit[]=1", "/[", "/api/v1/exams/{code}"] {
        let request = format!("GET {url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let problem = refused(ask(&app, request.as_bytes()), 400, "bad-request");
        assert!(problem["detail"].as_str().unwrap().contains("must be written as %"), "{problem}");
    }
    // Percent-encoded, they are allowed.
    grace.get("/api/v1/questions?q=a%5B%5D").expect(200);
}
