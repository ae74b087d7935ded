//! Accounts: signing up, in and out, tokens, roles, and deletion.

use std::collections::HashSet;

use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use serde_json::{Value, json};
use tripos::db::types::Timestamp;

use crate::{
    app::{Client, PASSWORD, Reply, TestApp},
    common::{bank::right_response, database::TestDatabase, on_both},
};

on_both!(
    someone_signs_up_and_in_and_out,
    a_wrong_password_and_an_unknown_address_are_answered_alike,
    an_address_is_taken_once,
    sign_up_can_be_closed,
    errors_in_a_new_account_are_located,
    a_new_password_ends_the_other_sessions,
    changing_an_account_requires_its_current_state,
    a_deleted_account_leaves_results_without_a_name,
    stored_responses_are_deleted_with_the_account,
    nothing_is_stored_for_an_account_that_is_deleted_meanwhile,
    programs_have_their_own_tokens,
    the_number_of_tokens_and_sessions_is_limited,
    users_cannot_change_the_data_of_others,
    a_page_has_a_cookie_that_other_sites_cannot_use,
    admins_set_roles_and_disable_users,
    users_come_in_pages,
    an_outdated_hash_is_replaced_at_the_next_sign_in,
);

const DAY: i64 = 24 * 60 * 60;

fn sign_in(app: &TestApp, email: &str, password: &str) -> Reply {
    app.anonymous().post("/api/v1/sessions", &json!({"email": email, "password": password}))
}

fn tokens(client: &Client) -> Vec<Value> {
    client.get("/api/v1/me/tokens").expect(200)["items"].as_array().unwrap().clone()
}

/// The value of the cookie that a response sets, with its attributes.
fn cookie(reply: &Reply) -> (String, Vec<String>) {
    let mut parts = reply.header("set-cookie").expect("a cookie").split("; ").map(str::to_owned);
    let (name, value) = parts.next().unwrap().split_once('=').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    assert_eq!(name, "tripos_session");
    (value, parts.collect())
}

fn someone_signs_up_and_in_and_out(app: TestApp) {
    let anyone = app.anonymous();
    let account = json!({"email": "Ada@Example.org", "password": PASSWORD, "display_name": "Ada L."});
    let reply = anyone.post("/api/v1/users", &account);
    let user = reply.expect(201);
    assert_eq!(reply.header("location"), Some("/api/v1/me"));
    assert_eq!(
        (&user["email"], &user["display_name"], &user["role"], &user["has_password"]),
        (&json!("ada@example.org"), &json!("Ada L."), &json!("learner"), &json!(true))
    );
    assert!(!reply.text.contains(PASSWORD) && !reply.text.contains("argon2"), "{}", reply.text);

    let reply = sign_in(&app, "ADA@example.org", PASSWORD);
    let session = reply.expect(201);
    assert_eq!(session["user"], user);
    assert_eq!(session["expires_at"], "2026-12-07T10:00:00.000Z");
    let ada = app.with_token(session["token"].as_str().unwrap());
    assert_eq!(ada.get("/api/v1/me").expect(200), user);
    assert_eq!(ada.get(reply.header("location").unwrap()).expect(200)["current"], true);
    ada.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam"})).expect(201);

    let out = ada.delete("/api/v1/sessions/current");
    assert_eq!(out.status, 204);
    ada.get("/api/v1/me").problem(401, "unauthorized");
    app.wait(13 * DAY);
    let again = app.sign_in("ada");
    app.wait(14 * DAY - 1);
    again.get("/api/v1/me").expect(200);
    app.wait(1);
    again.get("/api/v1/me").problem(401, "unauthorized");
}

fn a_wrong_password_and_an_unknown_address_are_answered_alike(app: TestApp) {
    app.signed_in("ada");
    app.learner("without-password");
    let mut seen = Vec::new();
    for (email, password) in [
        ("ada@example.org", "correct horse batterz"),
        ("nobody@example.org", PASSWORD),
        ("without-password@example.org", PASSWORD),
        ("ada@example.org", ""),
        ("no address at all", PASSWORD),
        (&"x".repeat(10_000), &"y".repeat(10_000)),
    ] {
        let reply = sign_in(&app, email, password);
        let problem = reply.problem(401, "wrong-credentials");
        assert_eq!(reply.header("set-cookie"), None);
        seen.push((problem["title"].clone(), problem["detail"].clone()));
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
}

fn an_address_is_taken_once(app: TestApp) {
    app.signed_in("ada");
    let again = json!({"email": "ADA@example.org", "password": "another password"});
    app.anonymous().post("/api/v1/users", &again).problem(409, "email-taken");
    sign_in(&app, "ada@example.org", PASSWORD).expect(201);
    let grace = app.signed_in("grace");
    let change = json!({"email": "ada@example.org", "current_password": PASSWORD});
    grace.patch("/api/v1/me", &change).problem(409, "email-taken");
}

fn sign_up_can_be_closed(database: TestDatabase) {
    let app = TestApp::with(database, &[("SIGNUP", "closed")]);
    let account = json!({"email": "ada@example.org", "password": PASSWORD});
    app.anonymous().post("/api/v1/users", &account).problem(403, "signup-closed");
    assert_eq!(app.admin("root").get("/api/v1/users").expect(200)["items"].as_array().unwrap().len(), 1);
}

fn errors_in_a_new_account_are_located(app: TestApp) {
    let long = format!("{}@example.org", "a".repeat(10_000));
    for (body, pointer) in [
        (json!({"email": "ada", "password": PASSWORD}), "/email"),
        (json!({"email": long, "password": PASSWORD}), "/email"),
        (json!({"email": "a\u{0}da@example.org", "password": PASSWORD}), "/email"),
        (json!({"email": "ada@example.org", "password": ""}), "/password"),
        (json!({"email": "ada@example.org", "password": "seven77"}), "/password"),
        (json!({"email": "ada@example.org", "password": "x".repeat(10_000)}), "/password"),
        (json!({"email": "ada@example.org", "password": 12_345_678}), "/password"),
        (json!({"email": "ada@example.org", "password": PASSWORD, "display_name": "  "}), "/display_name"),
        (json!({"email": "ada@example.org", "password": PASSWORD, "display_name": "a\nb"}), "/display_name"),
        (json!({"email": "ada@example.org", "password": PASSWORD, "display_name": "a\u{0}b"}), "/display_name"),
        (json!({"email": "ada@example.org", "password": PASSWORD, "role": "admin"}), "/role"),
        (json!({"email": "ada@example.org"}), "/password"),
    ] {
        let reply = app.anonymous().post("/api/v1/users", &body);
        let problem = reply.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body} {problem}");
        assert!(!reply.text.contains(PASSWORD) && !reply.text.contains("seven77"), "{}", reply.text);
    }
    assert_eq!(app.admin("root").get("/api/v1/users").expect(200)["items"].as_array().unwrap().len(), 1);
}

fn a_new_password_ends_the_other_sessions(app: TestApp) {
    let here = app.signed_in("ada");
    let there = app.sign_in("ada");
    let program = here.post("/api/v1/me/tokens", &json!({"name": "bot"})).expect(201);
    let program = app.with_token(program["token"].as_str().unwrap());
    let change = |current: &str| json!({"current_password": current, "new_password": "a better password"});
    here.put("/api/v1/me/password", &change("not this one")).problem(403, "wrong-password");
    here.put("/api/v1/me/password", &json!({"current_password": PASSWORD, "new_password": "short"}))
        .problem(422, "invalid");
    there.get("/api/v1/me").expect(200);
    assert_eq!(here.put("/api/v1/me/password", &change(PASSWORD)).status, 204);
    here.get("/api/v1/me").expect(200);
    program.get("/api/v1/me").expect(200);
    there.get("/api/v1/me").problem(401, "unauthorized");
    sign_in(&app, "ada@example.org", PASSWORD).problem(401, "wrong-credentials");
    sign_in(&app, "ada@example.org", "a better password").expect(201);
}

fn changing_an_account_requires_its_current_state(app: TestApp) {
    let ada = app.signed_in("ada");
    let tag = ada.get("/api/v1/me").header("etag").unwrap().to_owned();
    let rename = |name: &str, tag: &str| {
        let headers = [("content-type", "application/json"), ("if-match", tag)];
        ada.request("PATCH", "/api/v1/me", &headers, json!({"display_name": name}).to_string().as_bytes())
    };
    let renamed = rename("Ada Lovelace", &tag);
    assert_eq!(renamed.expect(200)["display_name"], "Ada Lovelace");
    rename("Somebody else", &tag).problem(412, "precondition-failed");
    assert_eq!(ada.get("/api/v1/me").expect(200)["display_name"], "Ada Lovelace");
    rename("Ada King", renamed.header("etag").unwrap()).expect(200);
    let moved = json!({"email": "king@example.org"});
    let problem = ada.patch("/api/v1/me", &moved).problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/current_password");
    ada.patch("/api/v1/me", &json!({"email": "king@example.org", "current_password": "a guess"}))
        .problem(403, "wrong-password");
    ada.patch("/api/v1/me", &json!({"email": "king@example.org", "current_password": PASSWORD})).expect(200);
    sign_in(&app, "ada@example.org", PASSWORD).problem(401, "wrong-credentials");
    sign_in(&app, "king@example.org", PASSWORD).expect(201);
    for (body, pointer) in [(json!({"display_name": ""}), "/display_name"), (json!({"role": "admin"}), "/role")] {
        assert_eq!(ada.patch("/api/v1/me", &body).problem(422, "invalid")["errors"][0]["pointer"], pointer);
    }
}

fn a_deleted_account_leaves_results_without_a_name(app: TestApp) {
    let ada = app.signed_in("ada");
    let attempt = ada.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam"})).expect(201);
    let path = format!("/api/v1/attempts/{}", attempt["id"].as_str().unwrap());
    let question = &attempt["slots"][0]["question"];
    ada.put(&format!("{path}/slots/1"), &json!({"response": right_response(question)})).expect(200);
    ada.post(&format!("{path}/submit"), &json!({})).expect(200);
    let gone = ada.delete("/api/v1/me");
    assert_eq!((gone.status, cookie(&gone).0.as_str()), (204, ""));
    ada.get("/api/v1/me").problem(401, "unauthorized");
    sign_in(&app, "ada@example.org", PASSWORD).problem(401, "wrong-credentials");
    assert_eq!(app.database.count("attempts WHERE status = 'submitted'"), 1);
    assert_eq!(
        app.database.count("users WHERE email LIKE '%ada%' OR display_name LIKE '%ada%' OR password_hash IS NOT NULL"),
        0
    );
    assert_eq!(app.database.count("tokens"), 0);
    let admin = app.admin("root");
    assert_eq!(admin.get("/api/v1/users").expect(200)["items"].as_array().unwrap().len(), 1);
    // The address can be used again, for an unrelated account.
    let namesake = app.signed_in("ada");
    assert_eq!(namesake.get("/api/v1/attempts").expect(200)["items"], json!([]));
}

fn stored_responses_are_deleted_with_the_account(app: TestApp) {
    let (anyone, key) = (app.anonymous(), [("idempotency-key", "k")]);
    let account = json!({"email": "ada@example.org", "password": PASSWORD, "display_name": "Ada Lovelace"});
    anyone.post_with("/api/v1/users", &key, &account).expect(201);
    let credentials = json!({"email": "ada@example.org", "password": PASSWORD});
    let session = anyone.post_with("/api/v1/sessions", &[("idempotency-key", "in")], &credentials).expect(201);
    let ada = app.with_token(session["token"].as_str().unwrap());
    ada.post_with("/api/v1/me/tokens", &key, &json!({"name": "Ada's laptop"})).expect(201);
    ada.post_with("/api/v1/attempts", &[("idempotency-key", "a")], &json!({"exam": "demo", "mode": "exam"}))
        .expect(201);
    let other = json!({"email": "eve@example.org", "password": PASSWORD});
    anyone.post_with("/api/v1/users", &[("idempotency-key", "eve")], &other).expect(201);
    assert_eq!(app.database.count("idempotency_keys"), 5);
    assert_eq!(ada.delete("/api/v1/me").status, 204);
    let left = app.database.bodies_of_idempotency_keys();
    assert_eq!(left.len(), 1);
    assert!(String::from_utf8_lossy(&left[0]).contains("eve@example.org"), "others keep theirs");
    // Nothing is stored about the request that created the account.
    let again = anyone.post_with("/api/v1/users", &key, &account);
    again.expect(201);
    assert_eq!(again.header("idempotent-replayed"), None);
    app.sign_in("ada").get("/api/v1/me").expect(200);
}

fn nothing_is_stored_for_an_account_that_is_deleted_meanwhile(app: TestApp) {
    let ada = app.learner("ada");
    // Simulates that the account is deleted after the token was looked up.
    app.database.execute("UPDATE users SET deleted_at = '2026-11-23T10:00:00.000000Z'");
    let key = [("idempotency-key", "k")];
    ada.post_with("/api/v1/attempts", &key, &json!({"exam": "demo", "mode": "exam"})).problem(401, "unauthorized");
    assert_eq!(app.database.count("idempotency_keys"), 0);
}

fn programs_have_their_own_tokens(app: TestApp) {
    let ada = app.signed_in("ada");
    let reply = ada.post("/api/v1/me/tokens", &json!({"name": "nightly", "expires_in_days": 2}));
    let made = reply.expect(201);
    let secret = made["token"].as_str().unwrap();
    assert!(secret.starts_with("tripos_"));
    assert_eq!((&made["expires_at"], &made["last_used_at"]), (&json!("2026-11-25T10:00:00.000Z"), &Value::Null));
    let bot = app.with_token(secret);
    app.wait(30);
    let listed = tokens(&bot);
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[0]["current"], true);
    assert_eq!(listed[0]["last_used_at"], "2026-11-23T10:00:30.000Z", "a use shows at once on the server that saw it");
    assert_eq!(listed[1]["last_used_at"], "2026-11-23T10:00:00.000Z");
    assert!(!ada.get("/api/v1/me/tokens").text.contains(secret), "it is shown once");
    bot.delete("/api/v1/sessions/current").problem(404, "not-found");

    let other = TestApp::with(app.database.shared(), &[]);
    other.wait(30);
    let elsewhere = other.with_token(secret);
    elsewhere.get("/api/v1/me").expect(200);
    assert_eq!(ada.delete(reply.header("location").unwrap()).status, 204);
    bot.get("/api/v1/me").problem(401, "unauthorized");
    elsewhere.get("/api/v1/me").problem(401, "unauthorized");
    ada.delete(reply.header("location").unwrap()).problem(404, "not-found");

    let short = ada.post("/api/v1/me/tokens", &json!({"name": "short", "expires_in_days": 1})).expect(201);
    let short = app.with_token(short["token"].as_str().unwrap());
    app.wait(DAY - 1);
    short.get("/api/v1/me").expect(200);
    app.wait(1);
    short.get("/api/v1/me").problem(401, "unauthorized");
    assert_eq!(tokens(&ada).len(), 1);
    for (body, pointer) in [
        (json!({"name": "x", "expires_in_days": 0}), "/expires_in_days"),
        (json!({"name": "x", "expires_in_days": 3651}), "/expires_in_days"),
        (json!({"name": ""}), "/name"),
        (json!({}), "/name"),
    ] {
        assert_eq!(ada.post("/api/v1/me/tokens", &body).problem(422, "invalid")["errors"][0]["pointer"], pointer);
    }
}

fn the_number_of_tokens_and_sessions_is_limited(app: TestApp) {
    let ada = app.signed_in("ada");
    for _ in 0..50 {
        ada.post("/api/v1/me/tokens", &json!({"name": "one more"})).expect(201);
    }
    ada.post("/api/v1/me/tokens", &json!({"name": "too many"})).problem(409, "too-many-tokens");
    let first = app.signed_in("grace");
    for _ in 1..50 {
        app.sign_in("grace");
    }
    first.get("/api/v1/me").expect(200);
    let last = app.sign_in("grace");
    first.get("/api/v1/me").problem(401, "unauthorized");
    assert_eq!(tokens(&last).len(), 50);
}

fn users_cannot_change_the_data_of_others(app: TestApp) {
    let (ada, eve) = (app.signed_in("ada"), app.signed_in("eve"));
    let token = tokens(&ada)[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/me/tokens/{token}");
    eve.get(&path).problem(404, "not-found");
    eve.delete(&path).problem(404, "not-found");
    let attempt = ada.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam"})).expect(201);
    let path = format!("/api/v1/attempts/{}", attempt["id"].as_str().unwrap());
    eve.get(&path).problem(404, "not-found");
    eve.put(&format!("{path}/slots/1"), &json!({})).problem(404, "not-found");
    eve.post(&format!("{path}/submit"), &json!({})).problem(404, "not-found");
    eve.get(&format!("{path}/report")).problem(404, "not-found");
    assert_eq!(ada.get(&path).expect(200)["status"], "in_progress");
}

fn a_page_has_a_cookie_that_other_sites_cannot_use(app: TestApp) {
    app.signed_in("ada");
    let reply = sign_in(&app, "ada@example.org", PASSWORD);
    let (token, mut attributes) = cookie(&reply);
    attributes.sort();
    assert_eq!(attributes, ["HttpOnly", "Max-Age=1209600", "Path=/", "SameSite=Lax"]);
    assert_eq!(json!(token), reply.expect(201)["token"]);
    let cookie_field = format!("other=1; tripos_session={token}");
    let page = app.anonymous();
    let cookies = ("cookie", cookie_field.as_str());
    assert_eq!(page.request("GET", "/api/v1/me", &[cookies], b"").expect(200)["email"], "ada@example.org");
    let host = app.address.to_string();
    let (own, evil) = (format!("http://{host}"), "https://evil.example".to_owned());
    let start = |more: &[(&str, &str)]| {
        let body = json!({"exam": "demo", "mode": "exam"});
        page.post_with("/api/v1/attempts", &[&[cookies], more].concat(), &body)
    };
    start(&[]).problem(403, "cross-site");
    start(&[("origin", &evil)]).problem(403, "cross-site");
    start(&[("sec-fetch-site", "cross-site"), ("origin", &own)]).problem(403, "cross-site");
    start(&[("sec-fetch-site", "same-site"), ("origin", &evil)]).problem(403, "cross-site");
    assert_eq!(page.request("GET", "/api/v1/attempts", &[cookies], b"").expect(200)["items"], json!([]));
    start(&[("origin", &own)]).expect(201);
    start(&[("sec-fetch-site", "same-origin")]).problem(409, "attempt-in-progress");
    let wrong = ("cookie", "tripos_session=tripos_nonsense");
    page.request("GET", "/api/v1/me", &[wrong], b"").problem(401, "unauthorized");
}

fn admins_set_roles_and_disable_users(app: TestApp) {
    let admin = app.admin("root");
    let ada = app.signed_in("ada");
    let found = admin.get("/api/v1/users?email=ADA@example.org").expect(200);
    let id = found["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    assert_eq!(admin.get("/api/v1/users?email=nobody").expect(200)["items"], json!([]));
    let path = format!("/api/v1/users/{id}");
    ada.get("/api/v1/questions").problem(403, "forbidden");
    assert_eq!(admin.patch(&path, &json!({"role": "author"})).expect(200)["role"], "author");
    ada.get("/api/v1/questions").expect(200);

    assert_eq!(admin.patch(&path, &json!({"disabled": true})).expect(200)["disabled"], true);
    ada.get("/api/v1/me").problem(401, "unauthorized");
    sign_in(&app, "ada@example.org", PASSWORD).problem(403, "account-disabled");
    sign_in(&app, "ada@example.org", "not her password").problem(401, "wrong-credentials");
    admin.patch(&path, &json!({"disabled": false})).expect(200);
    ada.get("/api/v1/me").expect(200);

    let stale = [("content-type", "application/json"), ("if-match", "\"stale\"")];
    admin.request("PATCH", &path, &stale, b"{\"role\": \"admin\"}").problem(412, "precondition-failed");
    for body in [json!({"role": "king"}), json!({"disabled": "yes"}), json!({"email": "x@example.org"})] {
        admin.patch(&path, &body).problem(422, "invalid");
    }
    let root = admin.get("/api/v1/me").expect(200)["id"].as_str().unwrap().to_owned();
    let root = format!("/api/v1/users/{root}");
    admin.patch(&root, &json!({"role": "learner"})).problem(409, "last-admin");
    admin.patch(&root, &json!({"disabled": true})).problem(409, "last-admin");
    admin.patch(&path, &json!({"role": "admin"})).expect(200);
    ada.patch(&root, &json!({"role": "learner"})).expect(200);
    ada.delete("/api/v1/me").problem(409, "last-admin");
    admin.get("/api/v1/users").problem(403, "forbidden");
}

fn users_come_in_pages(app: TestApp) {
    let admin = app.admin("root");
    for index in 0..5 {
        app.learner(&format!("user{index}"));
    }
    let users = admin.items("/api/v1/users?limit=4");
    let emails: HashSet<&str> = users.iter().map(|user| user["email"].as_str().unwrap()).collect();
    assert_eq!((users.len(), emails.len()), (6, 6));
    admin.get("/api/v1/users?limit=0").problem(400, "bad-request");
}

fn an_outdated_hash_is_replaced_at_the_next_sign_in(app: TestApp) {
    app.signed_in("ada");
    let params = Params::new(8 * 1024, 1, 1, None).unwrap();
    let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password(PASSWORD.as_bytes()).unwrap();
    app.database.execute(&format!("UPDATE users SET password_hash = '{weak}'"));
    sign_in(&app, "ada@example.org", "not this one").problem(401, "wrong-credentials");
    assert_eq!(app.database.count("users WHERE password_hash LIKE '%m=8192,t=1%'"), 1);
    sign_in(&app, "ada@example.org", PASSWORD).expect(201);
    assert_eq!(app.database.count("users WHERE password_hash LIKE '%m=19456,t=2,p=1%'"), 1);
    sign_in(&app, "ada@example.org", PASSWORD).expect(201);
}

#[test]
fn expired_and_revoked_tokens_are_kept_for_a_while() {
    let app = TestApp::from(TestDatabase::sqlite());
    let ada = app.signed_in("ada");
    for (name, days) in [("good", 3650), ("ended", 3650)] {
        ada.post("/api/v1/me/tokens", &json!({"name": name, "expires_in_days": days})).expect(201);
    }
    let ended = tokens(&ada).into_iter().find(|token| token["name"] == "ended").unwrap();
    assert_eq!(ada.delete(&format!("/api/v1/me/tokens/{}", ended["id"].as_str().unwrap())).status, 204);
    let count = app.database.count("tokens");
    let purge = |before: i64| {
        let before = Timestamp::from_microseconds(before * 1_000_000).unwrap();
        tripos::auth::queries::purge_tokens(&mut app.database.connect(), before).unwrap()
    };
    let revoked = 1_795_428_000;
    assert_eq!((purge(revoked), app.database.count("tokens")), (0, count));
    assert_eq!((purge(revoked + 1), app.database.count("tokens")), (1, count - 1));
    assert_eq!(tokens(&ada).len(), 2);
}

#[test]
fn concurrent_changes_of_a_user_are_not_overwritten() {
    let Some(database) = TestDatabase::postgres() else { return };
    let app = TestApp::from(database);
    let (root, eve) = (app.admin("root"), app.learner("eve"));
    let me = eve.get("/api/v1/me").expect(200);
    let path = format!("/api/v1/users/{}", me["id"].as_str().unwrap());
    let tag = root.get(&path).header("etag").unwrap().to_owned();
    let mut rival = app.database.connect();
    let mut run = |sql: &str| diesel::connection::SimpleConnection::batch_execute(&mut rival, sql).unwrap();
    run(&format!("BEGIN; UPDATE users SET role = 'author' WHERE id = '{}'", me["id"].as_str().unwrap()));
    let headers = [("content-type", "application/json"), ("if-match", tag.as_str())];
    std::thread::scope(|scope| {
        let late = scope.spawn(|| root.request("PATCH", &path, &headers, b"{\"disabled\": true}"));
        while !app.database.waits_for_a_lock() {
            assert!(!late.is_finished(), "it did not wait");
            std::thread::yield_now();
        }
        run("COMMIT");
        late.join().unwrap().problem(412, "precondition-failed");
    });
}

#[test]
fn a_concurrently_changed_password_signs_nobody_in() {
    let Some(database) = TestDatabase::postgres() else { return };
    let app = TestApp::from(database);
    app.signed_in("ada");
    let other = tripos::auth::passwords::hash(b"another password").unwrap();
    let mut rival = app.database.connect();
    let mut run = |sql: &str| diesel::connection::SimpleConnection::batch_execute(&mut rival, sql).unwrap();
    run(&format!("BEGIN; UPDATE users SET password_hash = '{other}'"));
    std::thread::scope(|scope| {
        let late = scope.spawn(|| sign_in(&app, "ada@example.org", PASSWORD));
        // It has verified the password against the committed one, and waits for the row.
        while !app.database.waits_for_a_lock() {
            assert!(!late.is_finished(), "{:?}", late.join());
            std::thread::yield_now();
        }
        run("COMMIT");
        late.join().unwrap().problem(401, "wrong-credentials");
    });
    assert_eq!(app.database.count("tokens"), 1);
    sign_in(&app, "ada@example.org", "another password").expect(201);
}
