//! Invalid requests get clear errors, and change nothing.

use serde_json::{Value, json};

use crate::{
    app::{Reply, TestApp},
    authoring::question,
    common::{
        bank::{self, right_response},
        on_both,
    },
    upkeep::subject,
};

on_both!(
    invalid_responses_are_located_and_change_nothing,
    nul_characters_are_refused_everywhere,
    names_cannot_contain_hidden_characters,
    attempts_that_cannot_begin_leave_nothing,
    missing_slots_and_attempts_are_not_found,
    invalid_tokens_are_rejected,
    bodies_that_are_not_json,
    unknown_urls_and_methods_are_rejected,
    invalid_query_strings_are_rejected,
    header_fields_that_are_too_large_are_rejected,
    objects_in_place_of_words_are_rejected,
    unknown_names_are_shown_safely_in_errors,
);

/// A slot of this kind: its path, its question, and its position.
fn slot_of(attempt: &Value, kind: &str) -> (String, Value) {
    let slots = attempt["slots"].as_array().unwrap();
    let slot = slots.iter().find(|slot| slot["question"]["kind"] == kind).expect("each kind is in the form");
    let path = format!("/api/v1/attempts/{}/slots/{}", attempt["id"].as_str().unwrap(), slot["position"]);
    (path, slot["question"].clone())
}

const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

fn invalid_responses_are_located_and_change_nothing(app: TestApp) {
    let ada = app.learner("ada");
    let attempt = ada.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam", "seed": 3})).expect(201);
    let (single, question) = slot_of(&attempt, "single_choice");
    let (multiple, choices) = slot_of(&attempt, "multiple_response");
    let (ordering, steps) = slot_of(&attempt, "ordering");
    let (matching, pairs) = slot_of(&attempt, "matching");
    let id = |question: &Value, index: usize| question["answers"][index]["id"].clone();
    assert_eq!((&question["choose"], &choices["choose"]), (&json!(1), &json!(2)));

    for (slot, body, pointer) in [
        (&single, json!({"response": [NOBODY]}), "/response/0"),
        (&single, json!({"response": [id(&choices, 0)]}), "/response/0"),
        (&single, json!({"response": [id(&question, 0), id(&question, 1)]}), "/response"),
        (&single, json!({"response": [id(&question, 0), id(&question, 0)]}), "/response/1"),
        (&single, json!({"response": [{"answer": id(&question, 0), "match": "x"}]}), "/response/0"),
        (&single, json!({"response": ["not-a-uuid"]}), "/response/0"),
        (&single, json!({"response": "text"}), "/response"),
        (&single, json!({"response": [1]}), "/response/0"),
        (&single, json!({"flagged": "yes"}), "/flagged"),
        (&single, json!({"seconds_spent": -1}), "/seconds_spent"),
        (&single, json!({"seconds_spent": 1e9 as i64}), "/seconds_spent"),
        (&single, json!({"seconds_spent": 1.5}), "/seconds_spent"),
        (&single, json!({"respones": []}), "/respones"),
        (&single, json!([]), ""),
        (&multiple, json!({"response": [id(&choices, 0), id(&choices, 1), id(&choices, 2)]}), "/response"),
        (&ordering, json!({"response": [id(&steps, 0), id(&steps, 1)]}), "/response"),
        (&ordering, json!({"response": [id(&steps, 0), id(&steps, 1), id(&steps, 2), id(&steps, 2)]}), "/response/3"),
        (&matching, json!({"response": [id(&pairs, 0)]}), "/response/0"),
        (&matching, json!({"response": [{"answer": id(&pairs, 0), "match": "nothing"}]}), "/response/0/match"),
        (&matching, json!({"response": [{"answer": id(&pairs, 0)}]}), "/response/0/match"),
    ] {
        let problem = ada.put(slot, &body).problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body} {problem}");
    }
    let after = ada.get(&format!("/api/v1/attempts/{}", attempt["id"].as_str().unwrap())).expect(200);
    assert_eq!(after["slots"], attempt["slots"]);
    ada.put(&matching, &json!({"response": right_response(&pairs)})).expect(200);
}

fn nul_characters_are_refused_everywhere(app: TestApp) {
    let (ada, grace) = (app.learner("ada"), app.author("grace"));
    for path in ["/api/v1/questions?exam=a%00", "/api/v1/questions?exam=%00&limit=22", "/api/v1/exams/%00"] {
        grace.get(path).problem(400, "bad-request");
    }
    let problem = ada.post("/api/v1/attempts", &json!({"exam": "demo\0", "mode": "exam"})).problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/exam");
    let problem = ada.post("/api/v1/me/tokens", &json!({"name": "a\0b"})).problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/name");
}

fn objects_in_place_of_words_are_rejected(app: TestApp) {
    let (ada, grace) = (app.learner("ada"), app.author("grace"));
    let refused = |reply: Reply, pointer: &str| {
        let problem = reply.problem(422, "invalid");
        assert_eq!(problem["errors"].as_array().unwrap().len(), 1, "{problem}");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        assert!(problem["errors"][0]["detail"].as_str().unwrap().starts_with("must be "), "{problem}");
    };
    let mut body = question("Which?");
    body["kind"] = json!({"single_choice": null});
    refused(grace.post("/api/v1/questions", &body), "/kind");
    refused(ada.post("/api/v1/attempts", &json!({"exam": "demo", "mode": {"exam": null}})), "/mode");
    let created = grace.post("/api/v1/questions", &question("Which?")).expect(201);
    let status = format!("/api/v1/questions/{}/status", created["id"].as_str().unwrap());
    let headers = [("content-type", "application/json"), ("if-match", "*")];
    refused(grace.request("PUT", &status, &headers, br#"{"status": {"in_review": null}}"#), "/status");
    // Null is still valid where it is allowed.
    grace
        .post("/api/v1/questions", &{
            let mut body = question("Which one?");
            body["external_key"] = Value::Null;
            body
        })
        .expect(201);
}

fn unknown_names_are_shown_safely_in_errors(app: TestApp) {
    let grace = app.author("grace");
    let mut body = question("Which?");
    body["a`b"] = json!(1);
    let problem = grace.post("/api/v1/questions", &body).problem(422, "invalid");
    let pointers: Vec<&Value> = problem["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, [&json!("/a`b")], "{problem}");
    let problem = grace.get("/api/v1/questions?a%22%5C%E2%80%AE%0Ab=1").problem(400, "bad-request");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("unknown query parameter \"a\"\\ b\": this URL accepts "), "{detail}");
    let mut body = question("Which?");
    body["domain"] = json!("x");
    let problem = grace.post("/api/v1/questions", &body).problem(422, "invalid").to_string();
    assert!(!problem.contains("2147483"), "{problem}");
}

fn names_cannot_contain_hidden_characters(app: TestApp) {
    let (ada, grace) = (app.signed_in("ada"), app.author("grace"));
    let refused = |reply: Reply, pointer: &str| {
        let problem = reply.problem(422, "invalid");
        let pointers: Vec<&str> =
            problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
        assert_eq!(pointers, [pointer], "{problem}");
        let detail = problem["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.contains("invisible") || detail.contains("not seen"), "{detail}");
    };
    let exam = |change: &dyn Fn(&mut Value)| {
        let mut exam = bank::demo()["exam"].clone();
        exam["code"] = json!("new-1");
        change(&mut exam);
        grace.post("/api/v1/exams", &exam)
    };
    let with = |field: &str, value: Value| {
        let mut body = question("Which?");
        body[field] = value;
        grace.post("/api/v1/questions", &body)
    };
    // A zero width space, an override and an isolate of the writing direction, and an invisible character that Unicode
    // classifies as a letter.
    for hidden in ["\u{200b}", "\u{202e}", "\u{2066}", "\u{3164}"] {
        let name = format!("Am{hidden}azon");
        let address = json!({"email": format!("a{hidden}da@example.org"), "password": "long enough"});
        refused(app.anonymous().post("/api/v1/users", &address), "/email");
        let account = json!({"email": "eve@example.org", "password": "long enough", "display_name": name});
        refused(app.anonymous().post("/api/v1/users", &account), "/display_name");
        refused(ada.patch("/api/v1/me", &json!({"display_name": name})), "/display_name");
        refused(ada.post("/api/v1/me/tokens", &json!({"name": name})), "/name");
        refused(exam(&|exam| exam["name"] = json!(name)), "/name");
        refused(exam(&|exam| exam["provider"] = json!(name)), "/provider");
        refused(exam(&|exam| exam["domains"][1]["name"] = json!(name)), "/domains/1/name");
        refused(exam(&|exam| exam["domains"][0]["tasks"][0]["name"] = json!(name)), "/domains/0/tasks/0/name");
        refused(with("tags", json!(["storage", name])), "/tags/1");
        refused(with("external_key", json!(name)), "/external_key");
        let mut new = subject("aws:new");
        new["name"] = json!(name);
        refused(grace.put("/api/v1/subjects/aws:new", &new), "/name");
    }
    // Characters that scripts need are not hidden, and texts may contain marks of the writing direction.
    ada.patch("/api/v1/me", &json!({"display_name": "می\u{200c}شود \u{2764}\u{fe0f}"})).expect(200);
    with("stem", json!("ما هي \u{2066}Amazon S3\u{2069}؟\u{200f}")).expect(201);
    assert_eq!(app.database.count("users WHERE email LIKE 'eve%'"), 0);
}

fn attempts_that_cannot_begin_leave_nothing(app: TestApp) {
    let ada = app.learner("ada");
    for (body, pointer) in [
        (json!({"exam": "nothing", "mode": "exam"}), "/exam"),
        (json!({"exam": "DEMO", "mode": "exam"}), "/exam"),
        (json!({"exam": 7, "mode": "exam"}), "/exam"),
        (json!({"exam": "demo", "mode": "casual"}), "/mode"),
        (json!({"exam": "demo"}), "/mode"),
        (json!({"exam": "demo", "mode": "exam", "seed": -1}), "/seed"),
        (json!({"exam": "demo", "mode": "exam", "seed": 9_007_199_254_740_992_i64}), "/seed"),
        (json!({"exam": "demo", "mode": "exam", "seed": "42"}), "/seed"),
        (json!({"exam": "demo", "mode": "exam", "deadline": "never"}), "/deadline"),
    ] {
        let problem = ada.post("/api/v1/attempts", &body).problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body} {problem}");
    }
    assert_eq!(ada.get("/api/v1/attempts").expect(200)["items"], json!([]));
}

fn missing_slots_and_attempts_are_not_found(app: TestApp) {
    let ada = app.learner("ada");
    let attempt = ada.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam"})).expect(201);
    let path = format!("/api/v1/attempts/{}", attempt["id"].as_str().unwrap());
    for position in ["0", "11", "-1", "2147483647"] {
        ada.put(&format!("{path}/slots/{position}"), &json!({})).problem(404, "not-found");
    }
    for position in ["one", "2147483648", "1.5"] {
        ada.put(&format!("{path}/slots/{position}"), &json!({})).problem(400, "bad-request");
    }
    ada.get(&format!("/api/v1/attempts/{NOBODY}")).problem(404, "not-found");
    ada.get(&format!("/api/v1/attempts/{NOBODY}/report")).problem(404, "not-found");
    for no_uuid in ["1", "attempt", "%00", "00000000-0000-7000-8000-00000000000g"] {
        ada.get(&format!("/api/v1/attempts/{no_uuid}")).problem(400, "bad-request");
        ada.post(&format!("/api/v1/attempts/{no_uuid}/submit"), &json!({})).problem(400, "bad-request");
    }
}

fn invalid_tokens_are_rejected(app: TestApp) {
    let ada = app.learner("ada");
    let good = ada.authorization.clone().unwrap();
    let typo = format!("{}{}", &good[..good.len() - 1], if good.ends_with('a') { 'b' } else { 'a' });
    let unknown = format!("Bearer {}", tripos::auth::secret::generate().unwrap().0);
    let bad = [
        None,
        Some(""),
        Some("Bearer"),
        Some("Bearer "),
        Some("Bearer x"),
        Some("Basic YWRhOnB3"),
        Some(typo.as_str()),
        Some(&good[..30]),
        Some(unknown.as_str()),
        Some(&good["Bearer ".len()..]),
    ];
    for authorization in bad {
        let client = app.with_authorization(authorization.map(str::to_owned));
        let reply = client.get("/api/v1/attempts");
        reply.problem(401, "unauthorized");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    }
    app.with_authorization(Some(good.replace("Bearer", "bearer"))).get("/api/v1/attempts").expect(200);

    let unwritten = |state: &str| app.database.execute(&format!("UPDATE tokens SET {state}"));
    unwritten("expires_at = '2026-11-23T10:00:00.000000Z'");
    ada.get("/api/v1/attempts").problem(401, "unauthorized");
    unwritten("expires_at = '2026-11-23T10:00:01.000000Z'");
    ada.get("/api/v1/attempts").expect(200);
    unwritten("revoked_at = '2026-11-23T09:00:00.000000Z'");
    ada.get("/api/v1/attempts").problem(401, "unauthorized");
}

fn bodies_that_are_not_json(app: TestApp) {
    let ada = app.learner("ada");
    let json = [("content-type", "application/json")];
    for deep in ["[".repeat(100_000), format!("{{\"exam\": {}", "[".repeat(100_000))] {
        ada.request("POST", "/api/v1/attempts", &json, deep.as_bytes()).problem(422, "invalid");
    }
    for body in ["", "{", "{\"exam\": \"demo\", \"mode\": \"exam\"} x", "\u{feff}{}", "nul"] {
        let problem = ada.request("POST", "/api/v1/attempts", &json, body.as_bytes()).problem(400, "bad-request");
        assert!(problem["detail"].as_str().unwrap().contains("JSON"), "{problem}");
    }
    ada.request("POST", "/api/v1/attempts", &json, b"{\"exam\": \"\xff\", \"mode\": \"exam\"}")
        .problem(400, "bad-request");
    let large = format!("{{\"exam\": \"{}\", \"mode\": \"exam\"}}", "x".repeat(300 * 1024));
    let problem = ada.request("POST", "/api/v1/attempts", &json, large.as_bytes()).problem(413, "payload-too-large");
    assert!(problem["detail"].as_str().unwrap().contains("262144"), "{problem}");
    let good = br#"{"exam": "demo", "mode": "exam"}"#;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
        let reply = ada.request("POST", "/api/v1/attempts", &[("content-type", kind)], good);
        reply.problem(415, "unsupported-media-type");
    }
    ada.request("POST", "/api/v1/attempts", &[], good).problem(415, "unsupported-media-type");
    assert_eq!(ada.get("/api/v1/attempts").expect(200)["items"], json!([]));
    let charset = [("content-type", "Application/JSON; charset=utf-8")];
    assert_eq!(ada.request("POST", "/api/v1/attempts", &charset, good).status, 201);
}

fn unknown_urls_and_methods_are_rejected(app: TestApp) {
    let ada = app.learner("ada");
    for path in [
        "/nothing",
        "/api/v1",
        "/api/v1/",
        "/api/v2/exams",
        "/api/v1/exams/demo/extra",
        "/api/v1/exams/",
        "/docs/nothing.js",
    ] {
        let problem = ada.get(path).problem(404, "not-found");
        assert_eq!(problem["instance"], path);
    }
    for (method, path, allow) in [
        ("DELETE", "/api/v1/exams", "GET, HEAD, OPTIONS, POST"),
        ("POST", "/api/v1/exams/demo", "GET, HEAD, OPTIONS, PUT"),
        ("PATCH", "/api/v1/attempts", "GET, HEAD, OPTIONS, POST"),
        ("GET", "/api/v1/attempts/x/submit", "OPTIONS, POST"),
        ("HEAD", "/api/v1/attempts/x/submit", "OPTIONS, POST"),
        ("POST", "/health", "GET, HEAD, OPTIONS"),
        ("BREW", "/api/v1/exams", "GET, HEAD, OPTIONS, POST"),
    ] {
        let reply = ada.request(method, path, &[], b"");
        if method != "HEAD" {
            reply.problem(405, "method-not-allowed");
        }
        assert_eq!((reply.status, reply.header("allow")), (405, Some(allow)), "{method} {path}");
    }
}

fn invalid_query_strings_are_rejected(app: TestApp) {
    let author = app.author("grace");
    for query in
        ["limit=0", "limit=101", "limit=-1", "limit=ten", "cursor=x", "cursor=AAAA", "limit=5&limit=6", "color=red"]
    {
        for list in ["/api/v1/attempts", "/api/v1/questions"] {
            author.get(&format!("{list}?{query}")).problem(400, "bad-request");
        }
    }
    author.get("/api/v1/questions?exam=nothing").problem(404, "not-found");
}

fn header_fields_that_are_too_large_are_rejected(app: TestApp) {
    let long = "x".repeat(20_000);
    app.anonymous().request("GET", "/health/live", &[("x-long", &long)], b"").problem(431, "headers-too-large");
    for (sent, kept) in [("my-id_1.2", true), ("has space", false), ("<script>", false), (&long[..129], false)] {
        let reply = app.anonymous().request("GET", "/api/v1/exams", &[("x-request-id", sent)], b"");
        assert_eq!(reply.header("x-request-id") == Some(sent), kept, "{sent}");
    }
}
