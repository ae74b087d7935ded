//! Learners cannot read the bank by beginning attempts.

use serde_json::{Value, json};

use crate::{
    app::{Client, Reply, TestApp},
    common::{bank::right_response, database::TestDatabase, on_both},
};

on_both!(
    attempts_without_a_response_are_limited,
    learners_who_respond_can_begin_any_number_of_attempts,
    the_limit_is_a_setting,
);

const HOUR: i64 = 60 * 60;

fn begin(client: &Client) -> Reply {
    client.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam"}))
}

fn path(attempt: &Value) -> String {
    format!("/api/v1/attempts/{}", attempt["id"].as_str().unwrap())
}

fn respond(client: &Client, attempt: &Value) {
    let response = json!({"response": right_response(&attempt["slots"][0]["question"])});
    client.put(&format!("{}/slots/1", path(attempt)), &response).expect(200);
}

fn attempts_without_a_response_are_limited(app: TestApp) {
    let (ada, eve) = (app.learner("ada"), app.learner("eve"));
    for index in 0..10 {
        let attempt = begin(&ada).expect(201);
        app.wait(60);
        // However it ends: abandoned, submitted without responses, or by its deadline.
        match index % 3 {
            0 => assert_eq!(ada.delete(&path(&attempt)).status, 204),
            1 => assert_eq!(ada.post(&format!("{}/submit", path(&attempt)), &json!({})).status, 200),
            _ => app.wait(HOUR),
        }
    }
    let refused = begin(&ada);
    let problem = refused.problem(429, "too-many-unanswered");
    assert!(problem["detail"].as_str().unwrap().contains("10 attempts in the last 24 hours"), "{problem}");
    // Ten minutes for the ten attempts, and the three that ran out: this much of the day is over for the first of them.
    let left = 24 * HOUR - 10 * 60 - 3 * HOUR;
    assert_eq!(refused.header("retry-after"), Some(left.to_string().as_str()));
    begin(&eve).expect(201);
    app.wait(left - 1);
    assert_eq!(begin(&ada).header("retry-after"), Some("1"));
    app.wait(1);
    begin(&ada).expect(201);
}

fn learners_who_respond_can_begin_any_number_of_attempts(app: TestApp) {
    let ada = app.learner("ada");
    for _ in 0..9 {
        assert_eq!(ada.delete(&path(&begin(&ada).expect(201))).status, 204);
    }
    for _ in 0..5 {
        let attempt = begin(&ada).expect(201);
        respond(&ada, &attempt);
        assert_eq!(ada.delete(&path(&attempt)).status, 204);
    }
    // The tenth without a response. The error says as before what to do: the attempt is in progress.
    let last = begin(&ada).expect(201);
    begin(&ada).problem(409, "attempt-in-progress");
    respond(&ada, &last);
    assert_eq!(ada.delete(&path(&last)).status, 204);
    begin(&ada).expect(201);
}

fn the_limit_is_a_setting(database: TestDatabase) {
    let strict = TestApp::with(database, &[("MAX_UNANSWERED_ATTEMPTS", "1")]);
    let ada = strict.learner("ada");
    assert_eq!(ada.delete(&path(&begin(&ada).expect(201))).status, 204);
    begin(&ada).problem(429, "too-many-unanswered");
    let open = TestApp::with(strict.database.shared(), &[("MAX_UNANSWERED_ATTEMPTS", "0")]);
    let ada = open.with_authorization(ada.authorization.clone());
    for _ in 0..12 {
        assert_eq!(ada.delete(&path(&begin(&ada).expect(201))).status, 204);
    }
}
