//! Idempotent creation: a repeated request creates nothing new, on any server.

use std::sync::Barrier;

use serde_json::{Value, json};

use crate::{
    app::{Client, PASSWORD, Reply, TestApp},
    common::{database::TestDatabase, on_both},
};

on_both!(
    a_request_that_is_sent_again_is_answered_as_before,
    two_servers_create_one_resource,
    a_failed_request_can_be_repeated_with_its_key,
    a_secret_is_returned_again_and_not_stored_in_plain_text,
    signing_up_and_in_happens_once,
    keys_are_plain,
);

fn start(client: &Client, key: &str, body: &Value) -> Reply {
    client.post_with("/api/v1/attempts", &[("idempotency-key", key)], body)
}

fn attempts(client: &Client) -> usize {
    client.get("/api/v1/attempts").expect(200)["items"].as_array().unwrap().len()
}

fn exam() -> Value {
    json!({"exam": "demo", "mode": "exam"})
}

fn a_request_that_is_sent_again_is_answered_as_before(app: TestApp) {
    let (ada, eve) = (app.learner("ada"), app.learner("eve"));
    let first = start(&ada, "k-1", &exam());
    let created = first.expect(201);
    app.wait(60);
    let again = start(&ada, "k-1", &exam());
    assert_eq!((again.status, &again.text), (201, &first.text));
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), (None, Some("true")));
    assert_eq!(attempts(&ada), 1);

    ada.delete(&format!("/api/v1/attempts/{}", created["id"].as_str().unwrap()));
    start(&ada, "k-1", &json!({"exam": "demo", "mode": "exam", "seed": 7})).problem(422, "idempotency-key-reused");
    ada.post_with("/api/v1/me/tokens", &[("idempotency-key", "k-1")], &json!({"name": "x"}))
        .problem(422, "idempotency-key-reused");
    assert_ne!(start(&ada, "k-2", &exam()).expect(201)["id"], created["id"]);
    assert_ne!(start(&eve, "k-1", &exam()).expect(201)["id"], created["id"], "keys are each user's own");
    assert_eq!((attempts(&ada), attempts(&eve)), (2, 1));

    app.wait(24 * 60 * 60);
    assert_ne!(start(&ada, "k-1", &exam()).expect(201)["id"], created["id"], "a day is over");
}

fn two_servers_create_one_resource(database: TestDatabase) {
    let one = TestApp::with(database, &[]);
    let two = TestApp::with(one.database.shared(), &[]);
    let ada = one.learner("ada");
    let there = two.with_authorization(ada.authorization.clone());
    const EACH: usize = 4;
    let barrier = Barrier::new(2 * EACH);
    let replies: Vec<Reply> = std::thread::scope(|scope| {
        let send = |client: Client| {
            let barrier = &barrier;
            scope.spawn(move || {
                barrier.wait();
                start(&client, "the-key", &exam())
            })
        };
        let senders: Vec<_> = (0..EACH)
            .flat_map(|_| [&one, &two].map(|app| send(app.with_authorization(ada.authorization.clone()))))
            .collect();
        senders.into_iter().map(|sender| sender.join().unwrap()).collect()
    });
    let mut ids: Vec<String> = replies.iter().map(|reply| reply.expect(201)["id"].to_string()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1);
    let replayed = replies.iter().filter(|reply| reply.header("idempotent-replayed").is_some()).count();
    assert_eq!(replayed, 2 * EACH - 1);
    assert_eq!(attempts(&there), 1);
}

fn a_failed_request_can_be_repeated_with_its_key(app: TestApp) {
    let ada = app.learner("ada");
    start(&ada, "k", &json!({"exam": "nothing", "mode": "exam"})).problem(422, "invalid");
    start(&ada, "k", &exam()).expect(201);
    assert_eq!(attempts(&ada), 1);
}

fn a_secret_is_returned_again_and_not_stored_in_plain_text(app: TestApp) {
    let ada = app.signed_in("ada");
    let create =
        |client: &Client| client.post_with("/api/v1/me/tokens", &[("idempotency-key", "t")], &json!({"name": "bot"}));
    let first = create(&ada);
    let secret = first.expect(201)["token"].as_str().unwrap().to_owned();
    assert_eq!(create(&ada).text, first.text);
    app.with_token(&secret).get("/api/v1/me").expect(200);
    assert_eq!(app.database.count("idempotency_keys WHERE sealed"), 1);
    let stored = app.database.bodies_of_idempotency_keys();
    assert!(!stored.iter().any(|body| String::from_utf8_lossy(body).contains(&secret[..20])));
    // Another session of the same user cannot have it: the encryption key depends on the credentials.
    create(&app.sign_in("ada")).problem(422, "idempotency-key-reused");
}

fn signing_up_and_in_happens_once(app: TestApp) {
    let anyone = app.anonymous();
    let post = |path: &str, key: &str, body: &Value| anyone.post_with(path, &[("idempotency-key", key)], body);
    let account = json!({"email": "ada@example.org", "password": PASSWORD});
    let first = post("/api/v1/users", "up", &account);
    first.expect(201);
    assert_eq!(post("/api/v1/users", "up", &account).text, first.text);
    let other = json!({"email": "ada@example.org", "password": "another password"});
    post("/api/v1/users", "up", &other).problem(422, "idempotency-key-reused");
    post("/api/v1/users", "up-2", &account).problem(409, "email-taken");

    let session = post("/api/v1/sessions", "in", &account);
    let again = post("/api/v1/sessions", "in", &account);
    assert_eq!(again.text, session.text);
    assert_eq!(again.header("set-cookie"), session.header("set-cookie"));
    assert_eq!(app.database.count("tokens"), 1);
    let secret = session.expect(201)["token"].as_str().unwrap().to_owned();
    let stored = app.database.bodies_of_idempotency_keys();
    assert!(!stored.iter().any(|body| String::from_utf8_lossy(body).contains(&secret[..20])));
    post("/api/v1/sessions", "in", &other).problem(401, "wrong-credentials");
}

fn keys_are_plain(app: TestApp) {
    let ada = app.learner("ada");
    for key in ["two words", &"x".repeat(256), "\u{e9}"] {
        start(&ada, key, &exam()).problem(400, "bad-request");
    }
    let twice = [("idempotency-key", "a"), ("idempotency-key", "b")];
    ada.post_with("/api/v1/attempts", &twice, &exam()).problem(400, "bad-request");
    assert_eq!(attempts(&ada), 0);
}

#[test]
fn a_first_request_that_takes_long_is_a_conflict() {
    let Some(database) = TestDatabase::postgres() else { return };
    let app = TestApp::from(database);
    let ada = app.learner("ada");
    let mut other = app.database.connect();
    let mut run = |sql: &str| diesel::connection::SimpleConnection::batch_execute(&mut other, sql).unwrap();
    run("BEGIN; LOCK TABLE idempotency_keys IN ACCESS EXCLUSIVE MODE");
    start(&ada, "k", &exam()).problem(409, "idempotency-key-in-use");
    run("ROLLBACK");
    start(&ada, "k", &exam()).expect(201);
    assert_eq!(attempts(&ada), 1);
}
