//! Finding attempts, their clocks, and late or repeated requests.

use std::sync::Barrier;

use serde_json::{Value, json};

use crate::{
    app::{Client, Reply, TestApp},
    attempts::{abandon, form, path, respond, start, submit},
    authoring::put,
    common::{
        bank::{demo, right_response, wrong_response},
        database::TestDatabase,
        on_both,
    },
};

on_both!(
    attempts_are_found_by_exam_status_and_mode,
    a_list_shows_how_many_slots_are_answered,
    a_filter_by_status_finds_overdue_attempts,
    an_attempt_in_progress_shows_the_time,
    a_late_request_does_not_overwrite_a_newer_response,
    a_request_whose_response_was_lost_can_be_repeated,
    one_of_two_devices_gets_the_change_of_the_other,
);

fn ids(list: &[Value]) -> Vec<&Value> {
    list.iter().map(|attempt| &attempt["id"]).collect()
}

/// Sets a slot's state, if the slot has this revision.
fn put_if(learner: &Client, attempt: &Value, position: i64, revision: &str, body: &Value) -> Reply {
    let headers = [("content-type", "application/json"), ("if-match", revision)];
    let slot = format!("{}/slots/{position}", path(attempt));
    learner.request("PUT", &slot, &headers, body.to_string().as_bytes())
}

fn attempts_are_found_by_exam_status_and_mode(app: TestApp) {
    let ada = app.learner("ada");
    let done = start(&ada, "demo");
    submit(&ada, &done);
    let gone = start(&ada, "demo");
    abandon(&ada, &gone);
    let open = start(&ada, "demo");
    let other = start(&ada, "clf-c02");
    for (query, found) in [
        ("exam=demo", vec![&open, &gone, &done]),
        ("exam=clf-c02", vec![&other]),
        ("status=in_progress", vec![&other, &open]),
        ("status=submitted", vec![&done]),
        ("status=abandoned&exam=demo", vec![&gone]),
        ("status=abandoned&exam=clf-c02", vec![]),
        ("mode=exam&limit=1", vec![&other, &open, &gone, &done]),
    ] {
        let found: Vec<&Value> = found.into_iter().map(|attempt| &attempt["id"]).collect();
        assert_eq!(ids(&ada.items(&format!("/api/v1/attempts?{query}"))), found, "{query}");
    }
    ada.get("/api/v1/attempts?exam=nothing").problem(404, "not-found");
    // An exam in preparation is as good as none, and one that is no longer offered is only known to those who sat it.
    let (eve, root) = (app.learner("eve"), app.admin("root"));
    let mut hidden = demo()["exam"].clone();
    hidden["code"] = "hidden".into();
    root.post("/api/v1/exams", &hidden).expect(201);
    put(&root, "/api/v1/exams/demo", "/status", &json!({"status": "retired"})).expect(200);
    eve.get("/api/v1/attempts?exam=hidden").problem(404, "not-found");
    eve.get("/api/v1/attempts?exam=demo").problem(404, "not-found");
    assert_eq!(ada.items("/api/v1/attempts?exam=demo").len(), 3);
    root.get("/api/v1/attempts?exam=hidden").expect(200);
    for wrong in ["status=lost", "mode=guess", "exam=", "limit=0", "limit=101", "sort=id"] {
        ada.get(&format!("/api/v1/attempts?{wrong}")).problem(400, "bad-request");
    }
}

fn a_list_shows_how_many_slots_are_answered(app: TestApp) {
    let ada = app.learner("ada");
    let first = start(&ada, "demo");
    assert_eq!((&first["slot_count"], &first["answered"]), (&json!(10), &json!(0)));
    for position in [1, 2, 3] {
        respond(&ada, &first, position, &right_response(form(&first)[position - 1]));
    }
    ada.put(&format!("{}/slots/3", path(&first)), &json!({"flagged": true})).expect(200);
    let other = start(&ada, "clf-c02");
    let listed = ada.items("/api/v1/attempts");
    let counts = |id: &Value| {
        let attempt = listed.iter().find(|attempt| attempt["id"] == *id).unwrap();
        (attempt["slot_count"].clone(), attempt["answered"].clone())
    };
    assert_eq!(counts(&first["id"]), (json!(10), json!(2)));
    assert_eq!(counts(&other["id"]), (json!(65), json!(0)));
    assert_eq!(ada.get(&path(&first)).expect(200)["answered"], 2);
}

fn a_filter_by_status_finds_overdue_attempts(app: TestApp) {
    let ada = app.learner("ada");
    let attempt = start(&ada, "demo");
    app.wait(20 * 60);
    assert_eq!(ids(&ada.items("/api/v1/attempts?status=submitted")), [&attempt["id"]]);
    assert_eq!(ids(&ada.items("/api/v1/attempts?status=in_progress")), Vec::<&Value>::new());
}

fn an_attempt_in_progress_shows_the_time(app: TestApp) {
    let ada = app.learner("ada");
    let attempt = start(&ada, "demo");
    assert_eq!((&attempt["server_time"], &attempt["seconds_left"]), (&attempt["started_at"], &json!(1200)));
    app.wait(90);
    let read = ada.get(&path(&attempt));
    let now = read.expect(200);
    assert_eq!((&now["server_time"], &now["seconds_left"]), (&json!("2026-11-23T10:01:30.000Z"), &json!(1110)));
    // The passing of time is no change.
    app.wait(10);
    let tag = read.header("etag").unwrap();
    assert_eq!(ada.request("GET", &path(&attempt), &[("if-none-match", tag)], b"").status, 304);
    app.wait(1199 - 100);
    assert_eq!(ada.get(&path(&attempt)).expect(200)["seconds_left"], 1);
    app.wait(1);
    let over = ada.get(&path(&attempt)).expect(200);
    assert_eq!((over.get("server_time"), over.get("seconds_left")), (None, None));
}

fn a_late_request_does_not_overwrite_a_newer_response(app: TestApp) {
    let ada = app.learner("ada");
    let attempt = start(&ada, "demo");
    assert_eq!(attempt["slots"][0]["revision"], 0);
    let question = form(&attempt)[0];
    let (late, newer) = (json!({"response": wrong_response(question)}), json!({"response": right_response(question)}));
    let stored = put_if(&ada, &attempt, 1, "\"0\"", &newer);
    assert_eq!(stored.header("etag"), Some("\"1\""));
    assert_eq!(stored.expect(200)["revision"], 1);
    for condition in ["\"0\"", "\"2\"", "\"7\", \"0\"", "\"01\"", "\"+1\"", "\"one\""] {
        let refused = put_if(&ada, &attempt, 1, condition, &late);
        assert_eq!(refused.header("etag"), Some("\"1\""));
        let problem = refused.problem(412, "precondition-failed");
        assert_eq!((&problem["revision"], &problem["slot"]), (&json!(1), &stored.json()), "{condition}");
    }
    for (malformed, told) in [
        ("1", "double quotes"),
        ("W/\"1\"", "strong"),
        ("\"0\", 1", "double quotes"),
        (&"\"1\", ".repeat(9)[..43], "eight"),
    ] {
        let problem = put_if(&ada, &attempt, 1, malformed, &late).problem(400, "bad-request");
        assert!(problem["detail"].as_str().unwrap().contains(told), "{malformed}: {problem}");
    }
    let shown = ada.get(&path(&attempt)).expect(200);
    assert_eq!((&shown["slots"][0]["revision"], &shown["slots"][0]["response"]), (&json!(1), &newer["response"]));
    // A client without a condition overwrites; so does one whose condition allows it.
    respond(&ada, &attempt, 1, &late["response"]);
    assert_eq!(put_if(&ada, &attempt, 1, "*", &newer).expect(200)["revision"], 3);
    assert_eq!(put_if(&ada, &attempt, 1, "\"2\", \"3\"", &late).expect(200)["revision"], 4);
    put_if(&ada, &attempt, 99, "\"0\"", &newer).problem(404, "not-found");
    submit(&ada, &attempt);
    put_if(&ada, &attempt, 1, "\"4\"", &newer).problem(409, "attempt-submitted");
}

fn a_request_whose_response_was_lost_can_be_repeated(app: TestApp) {
    let ada = app.learner("ada");
    let attempt = start(&ada, "demo");
    let body = json!({"response": right_response(form(&attempt)[0]), "flagged": true, "seconds_spent": 12});
    let first = put_if(&ada, &attempt, 1, "\"0\"", &body);
    app.wait(5);
    let again = put_if(&ada, &attempt, 1, "\"0\"", &body);
    assert_eq!((again.expect(200), again.header("etag")), (first.expect(200), first.header("etag")));
    // The slot no longer has the requested state.
    put_if(&ada, &attempt, 1, "\"1\"", &json!({"response": null})).expect(200);
    put_if(&ada, &attempt, 1, "\"0\"", &body).problem(412, "precondition-failed");
}

fn one_of_two_devices_gets_the_change_of_the_other(database: TestDatabase) {
    let one = TestApp::with(database, &[]);
    let two = TestApp::with(one.database.shared(), &[]);
    let ada = one.learner("ada");
    let attempt = start(&ada, "demo");
    let bodies: Vec<Value> = (0..8).map(|seconds| json!({"seconds_spent": seconds})).collect();
    for round in 0..3 {
        let (barrier, revision) = (Barrier::new(bodies.len()), format!("\"{round}\""));
        let replies: Vec<Reply> = std::thread::scope(|scope| {
            let apps = [&one, &two].into_iter().cycle();
            let puts: Vec<_> = bodies
                .iter()
                .zip(apps)
                .map(|(body, app)| {
                    let device = app.with_authorization(ada.authorization.clone());
                    let (barrier, attempt, revision) = (&barrier, &attempt, &revision);
                    scope.spawn(move || {
                        barrier.wait();
                        put_if(&device, attempt, 1, revision, body)
                    })
                })
                .collect();
            puts.into_iter().map(|put| put.join().unwrap()).collect()
        });
        let (stored, refused): (Vec<&Reply>, Vec<&Reply>) = replies.iter().partition(|reply| reply.status == 200);
        assert_eq!(stored.len(), 1, "{replies:#?}");
        for reply in refused {
            assert_eq!(reply.problem(412, "precondition-failed")["slot"], stored[0].json());
        }
    }
}
