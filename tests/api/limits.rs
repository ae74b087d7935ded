//! Limits that protect the server and its users on the open network.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::json;

use crate::{
    app::{PASSWORD, Reply, TestApp},
    common::{database::TestDatabase, on_both},
};

on_both!(
    each_user_has_a_rate_limit,
    a_clock_that_is_set_back_refuses_nobody,
    those_without_a_token_are_counted_by_address,
    sign_ins_are_limited_by_address,
    header_fields_of_untrusted_proxies_are_ignored,
    metrics_are_for_this_machine_and_for_admins,
    only_pages_of_configured_origins_may_call_the_api,
    every_response_has_security_headers,
    encoded_paths_are_limited_like_any_other,
    off_loopback_the_cookie_needs_tls,
    a_cookie_set_over_tls_is_only_sent_over_tls,
    a_body_must_come_in_time,
    contradictory_header_fields_are_rejected,
);

const PROXY: (&str, &str) = ("TRUSTED_PROXIES", "127.0.0.1");

fn sign_in_from(app: &TestApp, address: &str) -> Reply {
    let body = json!({"email": "ada@example.org", "password": PASSWORD});
    app.anonymous().post_with("/api/v1/sessions", &[("x-forwarded-for", address)], &body)
}

fn each_user_has_a_rate_limit(database: TestDatabase) {
    let app = TestApp::with(database, &[("RATE_LIMIT_PER_MINUTE", "5")]);
    let (ada, grace) = (app.learner("ada"), app.learner("grace"));
    // The first request with a token counts for the address, because the user is not known yet.
    let first = ada.get("/api/v1/me");
    assert_eq!(first.header("ratelimit-policy"), Some("\"address\";q=5;w=60"));
    for left in (0..5).rev() {
        let reply = ada.get("/api/v1/me");
        reply.expect(200);
        assert_eq!(reply.header("ratelimit-policy"), Some("\"user\";q=5;w=60"));
        let state = format!("\"user\";r={left};t={}", 12 * (5 - left));
        assert_eq!(reply.header("ratelimit"), Some(state.as_str()));
    }
    let refused = ada.get("/api/v1/me");
    let problem = refused.problem(429, "rate-limited");
    assert!(problem["detail"].as_str().unwrap().contains("12 s"), "{problem}");
    assert_eq!(refused.header("retry-after"), Some("12"));
    assert_eq!(refused.header("ratelimit"), Some("\"user\";r=0;t=12"));
    // All tokens of a user count together.
    grace.get("/api/v1/me").expect(200);
    app.wait(12);
    ada.get("/api/v1/me").expect(200);
    let second = app.token_of("ada");
    second.get("/api/v1/me").expect(200);
    second.get("/api/v1/me").problem(429, "rate-limited");
    ada.get("/api/v1/me").problem(429, "rate-limited");
    grace.get("/api/v1/me").expect(200);
    app.wait(60);
    ada.get("/api/v1/me").expect(200);
}

fn a_clock_that_is_set_back_refuses_nobody(database: TestDatabase) {
    let app = TestApp::with(database, &[("RATE_LIMIT_PER_MINUTE", "5"), ("SIGN_IN_LIMIT_PER_MINUTE", "2"), PROXY]);
    let ada = app.learner("ada");
    for _ in 0..3 {
        ada.get("/api/v1/me").expect(200);
    }
    sign_in_from(&app, "198.51.100.1").problem(401, "wrong-credentials");
    app.set_clock_back(600);
    let reply = ada.get("/api/v1/me");
    reply.expect(200);
    assert_eq!(reply.header("ratelimit"), Some("\"user\";r=2;t=36"));
    sign_in_from(&app, "198.51.100.1").problem(401, "wrong-credentials");
    sign_in_from(&app, "198.51.100.1").problem(429, "rate-limited");
    app.wait(36);
    assert_eq!(ada.get("/api/v1/me").header("ratelimit"), Some("\"user\";r=4;t=12"));
}

fn those_without_a_token_are_counted_by_address(database: TestDatabase) {
    let app = TestApp::with(database, &[("RATE_LIMIT_PER_MINUTE", "3"), PROXY]);
    let from = |address: &str| app.anonymous().request("GET", "/api/v1/exams", &[("x-forwarded-for", address)], b"");
    for _ in 0..3 {
        from("198.51.100.1").expect(200);
    }
    from("198.51.100.1").problem(429, "rate-limited");
    from("198.51.100.2").expect(200);
    // Addresses that the client adds come before the one that the proxy adds.
    from("203.0.113.1, 198.51.100.1").problem(429, "rate-limited");
    // Invalid tokens do not help.
    let unknown = app.with_token(&tripos::auth::secret::generate().unwrap().0);
    unknown.request("GET", "/api/v1/me", &[("x-forwarded-for", "198.51.100.1")], b"").problem(429, "rate-limited");
    // Health checks are never rejected.
    for _ in 0..5 {
        app.anonymous().get("/health/live").expect(200);
    }
}

fn sign_ins_are_limited_by_address(database: TestDatabase) {
    let app = TestApp::with(database, &[("SIGN_IN_LIMIT_PER_MINUTE", "4"), PROXY]);
    let account = json!({"email": "ada@example.org", "password": PASSWORD});
    let made = app.anonymous().post_with("/api/v1/users", &[("x-forwarded-for", "198.51.100.1")], &account);
    made.expect(201);
    for _ in 0..3 {
        sign_in_from(&app, "198.51.100.1").expect(201);
    }
    let refused = sign_in_from(&app, "198.51.100.1");
    refused.problem(429, "rate-limited");
    assert_eq!(refused.header("ratelimit-policy"), Some("\"sign-in\";q=4;w=60"));
    assert_eq!(refused.header("retry-after"), Some("15"));
    let other = json!({"email": "eve@example.org", "password": PASSWORD});
    app.anonymous()
        .post_with("/api/v1/users", &[("x-forwarded-for", "198.51.100.1")], &other)
        .problem(429, "rate-limited");
    let session = sign_in_from(&app, "198.51.100.2").expect(201);
    // Signed-in users cannot try passwords faster.
    let ada = app.with_token(session["token"].as_str().unwrap());
    let change = json!({"current_password": "a guess", "new_password": "something else"}).to_string();
    let headers = [("x-forwarded-for", "198.51.100.1"), ("content-type", "application/json")];
    ada.request("PUT", "/api/v1/me/password", &headers, change.as_bytes()).problem(429, "rate-limited");
    app.wait(15);
    sign_in_from(&app, "198.51.100.1").expect(201);
}

fn header_fields_of_untrusted_proxies_are_ignored(database: TestDatabase) {
    let app = TestApp::with(database, &[("SIGN_IN_LIMIT_PER_MINUTE", "2")]);
    sign_in_from(&app, "198.51.100.1").problem(401, "wrong-credentials");
    sign_in_from(&app, "198.51.100.2").problem(401, "wrong-credentials");
    sign_in_from(&app, "198.51.100.3").problem(429, "rate-limited");
}

fn metrics_are_for_this_machine_and_for_admins(database: TestDatabase) {
    let app = TestApp::from(database);
    let outside = ("x-forwarded-for", "198.51.100.1");
    let from_outside = |client: &crate::app::Client| client.request("GET", "/metrics", &[outside], b"");
    assert_eq!(app.anonymous().get("/metrics").status, 200);
    // A proxy on this machine that is not configured does not make all clients local.
    from_outside(&app.anonymous()).problem(401, "unauthorized");
    let behind = TestApp::with(app.database.shared(), &[PROXY]);
    from_outside(&behind.anonymous()).problem(401, "unauthorized");
    // A request through a proxy that adds no client address looks local.
    behind.anonymous().get("/metrics").problem(401, "unauthorized");
    from_outside(&behind.author("grace")).problem(403, "forbidden");
    let root = behind.admin("root");
    assert_eq!((from_outside(&root).status, root.get("/metrics").status), (200, 200));
    assert_eq!(from_outside(&root).header("cache-control"), Some("no-store"));
    let public = TestApp::with(app.database.shared(), &[PROXY, ("METRICS_PUBLIC", "true")]);
    assert_eq!((from_outside(&public.anonymous()).status, public.anonymous().get("/metrics").status), (200, 200));
}

fn only_pages_of_configured_origins_may_call_the_api(database: TestDatabase) {
    let app = TestApp::with(database, &[("CORS_ALLOWED_ORIGINS", "https://app.example.org")]);
    let ada = app.learner("ada");
    let preflight = |origin: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "PUT"),
            ("access-control-request-headers", "authorization,content-type"),
        ];
        app.anonymous().request("OPTIONS", "/api/v1/attempts/x/slots/1", &headers, b"")
    };
    let allowed = preflight("https://app.example.org");
    assert_eq!(allowed.status, 200);
    assert_eq!(allowed.header("access-control-allow-origin"), Some("https://app.example.org"));
    assert_eq!(allowed.header("access-control-allow-credentials"), Some("true"));
    assert_eq!(preflight("https://evil.example").header("access-control-allow-origin"), None);
    let get = |origin: &str| ada.request("GET", "/api/v1/me", &[("origin", origin)], b"");
    let seen = get("https://app.example.org");
    assert_eq!(seen.header("access-control-allow-origin"), Some("https://app.example.org"));
    assert!(seen.header("access-control-expose-headers").unwrap().to_lowercase().contains("etag"));
    assert_eq!(get("https://evil.example").header("access-control-allow-origin"), None);
    // The page can also read errors.
    let missing = ada.request("GET", "/api/v1/nothing", &[("origin", "https://app.example.org")], b"");
    missing.problem(404, "not-found");
    assert_eq!(missing.header("access-control-allow-origin"), Some("https://app.example.org"));
}

fn every_response_has_security_headers(database: TestDatabase) {
    let app = TestApp::with(database, &[PROXY]);
    let ada = app.signed_in("ada");
    for path in ["/api/v1/me", "/api/v1/nothing", "/health", "/docs/", "/openapi.json"] {
        let reply = ada.get(path);
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(reply.header("strict-transport-security"), None, "{path}");
        let policy = reply.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"), "{path}: {policy}");
        assert!(!policy.contains("script-src 'unsafe"), "{path}: {policy}");
    }
    let encrypted = ada.request("GET", "/api/v1/me", &[("x-forwarded-proto", "https")], b"");
    assert_eq!(encrypted.header("strict-transport-security"), Some("max-age=31536000"));
    for path in ["/api/v1/me", "/api/v1/me/tokens", "/api/v1/attempts", "/api/v1/nothing"] {
        assert_eq!(ada.get(path).header("cache-control"), Some("no-store"), "{path}");
    }
    assert_eq!(sign_in_from(&app, "198.51.100.1").header("cache-control"), Some("no-store, no-transform"));
    for path in ["/api/v1/exams", "/api/v1/exams/demo", "/openapi.json"] {
        assert_eq!(ada.get(path).header("cache-control"), Some("no-cache"), "{path}");
    }
}

fn encoded_paths_are_limited_like_any_other(database: TestDatabase) {
    let app = TestApp::with(database, &[("RATE_LIMIT_PER_MINUTE", "1")]);
    let ada = app.learner("ada");
    // The first one counts for the address, the second one for the user.
    for path in ["/%61pi/v1/me", "/api/v%31/me"] {
        let reply = ada.get(path);
        reply.expect(200);
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
    }
    ada.get("/ap%69/v1/me").problem(429, "rate-limited");
}

fn off_loopback_the_cookie_needs_tls(database: TestDatabase) {
    let app = TestApp::with(database, &[("HOST", "0.0.0.0"), ("SIGNUP", "open")]);
    app.signed_in("ada");
    let reply = sign_in_from(&app, "198.51.100.1");
    assert!(reply.header("set-cookie").unwrap().contains("; Secure"), "{:?}", reply.header("set-cookie"));
}

fn a_cookie_set_over_tls_is_only_sent_over_tls(database: TestDatabase) {
    let app = TestApp::with(database, &[PROXY]);
    app.signed_in("ada");
    let sign_in = serde_json::to_vec(&json!({"email": "ada@example.org", "password": PASSWORD})).unwrap();
    for (scheme, secure) in [("http", false), ("https", true)] {
        let headers = [("content-type", "application/json"), ("x-forwarded-proto", scheme)];
        let reply = app.anonymous().request("POST", "/api/v1/sessions", &headers, &sign_in);
        let cookie = reply.header("set-cookie").unwrap();
        assert_eq!(cookie.contains("; Secure"), secure, "{scheme}: {cookie}");
    }
}

fn a_body_must_come_in_time(database: TestDatabase) {
    let app = TestApp::with(database, &[("BODY_TIMEOUT_SECONDS", "1")]);
    let ada = app.learner("ada");
    let mut stream = TcpStream::connect(app.address).unwrap();
    let head = format!(
        "POST /api/v1/attempts HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{",
        ada.authorization.as_ref().unwrap()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("urn:tripos:problem:body-too-slow"), "{answer}");
    assert_eq!(ada.get("/api/v1/attempts").expect(200)["items"], json!([]));
}

fn contradictory_header_fields_are_rejected(app: TestApp) {
    let (ada, grace) = (app.learner("ada"), app.learner("grace"));
    let twice = [("authorization", grace.authorization.as_deref().unwrap())];
    ada.request("GET", "/api/v1/me", &twice, b"").problem(400, "bad-request");
    for fields in [
        "Content-Length: 2\r\nContent-Length: 3",
        "Content-Length: 2\r\nTransfer-Encoding: chunked",
        "Content-Length: +2",
    ] {
        let mut stream = TcpStream::connect(app.address).unwrap();
        write!(
            stream,
            "POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{fields}\r\n\r\n{{}}"
        )
        .unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{fields}: {answer}");
    }
}
