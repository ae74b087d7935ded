//! Creating tokens, and deleting or taking over an account, requires more than a token that somebody may have found.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::{
    app::{Client, PASSWORD, Reply, TestApp},
    common::{database::TestDatabase, on_both},
};

on_both!(
    an_old_session_needs_the_password,
    a_token_for_a_program_cannot_create_tokens_or_delete_the_account,
    a_repeated_request_with_a_password_creates_one_token,
    one_of_several_concurrent_requests_gets_the_last_token,
);

const TOKENS: &str = "/api/v1/me/tokens";
const ME: &str = "/api/v1/me";

fn with_password(password: &str) -> Value {
    json!({"current_password": password})
}

fn make_token(client: &Client, password: Option<&str>) -> Reply {
    let mut body = json!({"name": "bot"});
    if let Some(password) = password {
        body["current_password"] = json!(password);
    }
    client.post(TOKENS, &body)
}

fn an_old_session_needs_the_password(app: TestApp) {
    let ada = app.signed_in("ada");
    app.wait(10 * 60 - 1);
    make_token(&ada, None).expect(201);
    app.wait(1);
    for refused in [make_token(&ada, None), ada.delete(ME), ada.send("DELETE", ME, &json!({}))] {
        let problem = refused.problem(403, "reauthentication-required");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("sign in again") && detail.contains("current_password"), "{detail}");
    }
    make_token(&ada, Some("a guess")).problem(403, "wrong-password");
    make_token(&ada, Some(PASSWORD)).expect(201);
    // A new session can do this, but does not make the old one fresh.
    make_token(&app.sign_in("ada"), None).expect(201);
    make_token(&ada, None).problem(403, "reauthentication-required");
    // Everything else still works.
    ada.patch(ME, &json!({"display_name": "Ada L."})).expect(200);

    ada.send("DELETE", ME, &with_password("a guess")).problem(403, "wrong-password");
    ada.send("DELETE", ME, &json!({"password": PASSWORD})).problem(422, "invalid");
    ada.send("DELETE", ME, &json!([PASSWORD])).problem(422, "invalid");
    let text = [("content-type", "text/plain")];
    ada.request("DELETE", ME, &text, PASSWORD.as_bytes()).problem(415, "unsupported-media-type");
    ada.get(ME).expect(200);
    assert_eq!(ada.send("DELETE", ME, &with_password(PASSWORD)).status, 204);
    ada.get(ME).problem(401, "unauthorized");
}

fn a_token_for_a_program_cannot_create_tokens_or_delete_the_account(app: TestApp) {
    let ada = app.signed_in("ada");
    let bot = make_token(&ada, None).expect(201);
    let bot = app.with_token(bot["token"].as_str().unwrap());
    let tokens = app.database.count("tokens");
    // The right password gets the same response as a wrong one, so that nobody can try passwords with the token.
    for password in [PASSWORD, "a guess"] {
        let change = json!({"current_password": password, "new_password": "a better password"});
        for refused in [
            make_token(&bot, None),
            make_token(&bot, Some(password)),
            bot.delete(ME),
            bot.send("DELETE", ME, &with_password(password)),
            bot.put("/api/v1/me/password", &change),
            bot.patch(ME, &json!({"email": "bot@example.org"})),
            bot.patch(ME, &json!({"email": "bot@example.org", "current_password": password})),
        ] {
            refused.problem(403, "session-required");
        }
    }
    assert_eq!(app.database.count("tokens"), tokens);
    bot.get(ME).expect(200);
    app.sign_in("ada").get(ME).expect(200);
}

fn a_repeated_request_with_a_password_creates_one_token(app: TestApp) {
    let ada = app.signed_in("ada");
    app.wait(60 * 60);
    let key = [("idempotency-key", "bot-1")];
    let make = |password: &str| ada.post_with(TOKENS, &key, &json!({"name": "bot", "current_password": password}));
    make("a guess").problem(403, "wrong-password");
    let first = make(PASSWORD);
    first.expect(201);
    let again = make(PASSWORD);
    assert_eq!((again.status, &again.text), (201, &first.text));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(app.database.count("tokens WHERE kind = 'api'"), 1);
}

/// A user with a session and this many tokens for programs.
fn with_tokens(app: &TestApp, count: usize) -> Client {
    let ada = app.signed_in("ada");
    (0..count).for_each(|_| drop(app.token_of("ada")));
    ada
}

fn one_of_several_concurrent_requests_gets_the_last_token(app: TestApp) {
    let ada = with_tokens(&app, 49);
    let other = TestApp::with(app.database.shared(), &[]);
    let there = other.with_authorization(ada.authorization.clone());
    let statuses = std::thread::scope(|scope| {
        let make = |client| scope.spawn(move || make_token(client, None).status);
        let makers = [make(&ada), make(&there), make(&ada), make(&there)];
        makers.map(|maker| maker.join().unwrap())
    });
    let mut counts = HashMap::new();
    statuses.iter().for_each(|status| *counts.entry(*status).or_insert(0) += 1);
    assert_eq!(counts, HashMap::from([(201, 1), (409, 3)]));
    assert_eq!(app.database.count("tokens WHERE kind = 'api'"), 50);
}

#[test]
fn concurrent_requests_for_tokens_wait_for_each_other() {
    let Some(database) = TestDatabase::postgres() else { return };
    let app = TestApp::from(database);
    let ada = with_tokens(&app, 49);
    let mut rival = app.database.connect();
    let mut run = |sql: &str| diesel::connection::SimpleConnection::batch_execute(&mut rival, sql).unwrap();
    // As another server would.
    run("BEGIN; SELECT FROM users WHERE email = 'ada@example.org' FOR NO KEY UPDATE; \
         INSERT INTO tokens (id, user_id, kind, name, hash) \
         SELECT gen_random_uuid(), id, 'api', 'bot', 'hash' FROM users WHERE email = 'ada@example.org'");
    std::thread::scope(|scope| {
        let late = scope.spawn(|| make_token(&ada, None));
        while !app.database.waits_for_a_lock() {
            assert!(!late.is_finished(), "it did not wait");
            std::thread::yield_now();
        }
        run("COMMIT");
        late.join().unwrap().problem(409, "too-many-tokens");
    });
}
