//! The cache of questions in a server is never out of date, whichever server changes them.

use serde_json::{Value, json};
use tripos::{db, questions::normalization};

use crate::{
    app::{Client, TestApp},
    authoring::{path_of, put, question, to_status},
    common::{bank, database::TestDatabase, on_both},
};

on_both!(
    a_revision_that_another_server_publishes_is_visible_at_once,
    an_attempt_keeps_the_questions_that_it_showed,
    changed_names_are_visible_at_once,
    texts_from_before_the_normal_form_are_not_cached,
    a_token_revoked_on_another_server_cannot_read_cached_data,
    a_server_without_a_cache_responds_the_same,
);

/// Two servers on one database, with the same author on each.
struct Servers {
    here: TestApp,
    there: TestApp,
}

impl From<TestDatabase> for Servers {
    fn from(database: TestDatabase) -> Self {
        let there = database.shared().into();
        Self { here: database.into(), there }
    }
}

impl Servers {
    /// An admin on both servers.
    fn root(&self) -> (Client, Client) {
        (self.here.admin("root"), self.there.admin("rootthere"))
    }
}

fn published(admin: &Client, stem: &str) -> Value {
    let mut body = question(stem);
    body["external_key"] = json!("demo-kept");
    let draft = admin.post("/api/v1/questions", &body).expect(201);
    to_status(admin, &draft, "in_review").expect(200);
    to_status(admin, &draft, "published").expect(200)
}

/// The question as `GET` and lists return it.
fn read(client: &Client, question: &Value) -> Value {
    let one = client.get(&path_of(question)).expect(200);
    let all = client.items("/api/v1/questions?exam=demo&sort=-updated");
    assert_eq!(all.iter().find(|item| item["id"] == question["id"]), Some(&one));
    one
}

fn a_revision_that_another_server_publishes_is_visible_at_once(servers: Servers) {
    let (here, there) = servers.root();
    let first = published(&there, "Which is kept?");
    assert_eq!(read(&here, &first), first);
    assert_eq!(read(&here, &first), first, "and again, from memory");
    let tag = here.get(&path_of(&first)).header("etag").unwrap().to_owned();
    let has_changed =
        |question: &Value| here.request("GET", &path_of(question), &[("if-none-match", &tag)], b"").status == 200;
    assert!(!has_changed(&first));

    let mut body = question("Which is new?");
    let second = put(&there, &path_of(&first), "", &body).expect(201);
    assert_eq!(read(&here, &first)["superseded_by"], second["id"]);
    assert!(has_changed(&first));
    assert_eq!(read(&here, &second)["stem"], "Which is new?");
    // A draft changes in place, even if it was read here before.
    body["stem"] = json!("Which is newer?");
    put(&there, &path_of(&second), "", &body).expect(200);
    assert_eq!(read(&here, &second)["stem"], "Which is newer?");

    to_status(&there, &second, "in_review").expect(200);
    to_status(&there, &second, "published").expect(200);
    let (old, new) = (read(&here, &first), read(&here, &second));
    assert_eq!((&old["status"], &old["external_key"]), (&json!("retired"), &json!(null)));
    assert_eq!((&new["status"], &new["external_key"]), (&json!("published"), &json!("demo-kept")));
    assert_eq!((&old["stem"], &new["stem"]), (&json!("Which is kept?"), &json!("Which is newer?")));

    to_status(&there, &second, "retired").expect(200);
    assert_eq!(read(&here, &second)["status"], "retired");
    to_status(&there, &first, "published").expect(200);
    assert_eq!((read(&here, &first)["status"].clone(), has_changed(&first)), (json!("published"), true));
}

fn an_attempt_keeps_the_questions_that_it_showed(servers: Servers) {
    let (ada, (_, there)) = (servers.here.learner("ada"), servers.root());
    let attempt = ada.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam"})).expect(201);
    let path = format!("/api/v1/attempts/{}", attempt["id"].as_str().unwrap());
    for slot in attempt["slots"].as_array().unwrap() {
        let shown = there.get(&path_of(&slot["question"])).expect(200);
        let mut body = question("Which took its place?");
        body["task"] = shown["task"].clone();
        let new = put(&there, &path_of(&shown), "", &body).expect(201);
        to_status(&there, &new, "in_review").expect(200);
        to_status(&there, &new, "published").expect(200);
        let response = json!({"response": bank::right_response(&slot["question"])});
        ada.put(&format!("{path}/slots/{}", slot["position"]), &response).expect(200);
    }
    let shown = ada.get(&path).expect(200);
    for (before, after) in attempt["slots"].as_array().unwrap().iter().zip(shown["slots"].as_array().unwrap()) {
        assert_eq!(before["question"], after["question"]);
    }
    let report = ada.post(&format!("{path}/submit"), &json!({})).expect(200);
    assert_eq!(report["score"]["percent"], 100.0);
    // The next form has only published questions, none of which are in the first form.
    let next = ada.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam"})).expect(201);
    let old = |slot: &Value| {
        attempt["slots"].as_array().unwrap().iter().any(|o| o["question"]["id"] == slot["question"]["id"])
    };
    assert!(!next["slots"].as_array().unwrap().iter().any(old));
}

fn changed_names_are_visible_at_once(servers: Servers) {
    let (here, _) = servers.root();
    let ada = servers.here.learner("ada");
    let attempt = ada.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam"})).expect(201);
    let shown = read(&here, &attempt["slots"][0]["question"]);
    servers.there.database.execute("UPDATE domains SET name = 'Renamed'");
    servers.there.database.execute("UPDATE tasks SET name = 'Renamed'");
    assert_eq!(read(&here, &shown), shown, "what names a question is its domain's number and its task's code");
    let path = format!("/api/v1/attempts/{}", attempt["id"].as_str().unwrap());
    assert_eq!(ada.get(&path).expect(200)["slots"][0]["question"]["domain"]["name"], "Renamed");
    let report = ada.post(&format!("{path}/submit"), &json!({})).expect(200);
    assert_eq!(report["slots"][0]["domain"]["name"], "Renamed");
}

fn texts_from_before_the_normal_form_are_not_cached(servers: Servers) {
    let (here, there) = servers.root();
    let first = published(&there, "Which is *old*?");
    // As an older release, which still runs next to this one, would store it.
    servers.there.database.execute(
        "UPDATE questions SET stem = 'Which is _old_?' WHERE stem = 'Which is *old*?'; \
         UPDATE question_search SET is_normalized = false",
    );
    assert_eq!(read(&here, &first)["stem"], "Which is _old_?");
    while db::transaction(&mut servers.there.database.connect(), normalization::run).unwrap() > 0 {}
    assert_eq!(read(&here, &first)["stem"], "Which is *old*?");
}

fn a_token_revoked_on_another_server_cannot_read_cached_data(servers: Servers) {
    let (here, there) = servers.root();
    let first = published(&there, "Which is kept?");
    read(&here, &first);
    servers.there.database.execute("UPDATE tokens SET revoked_at = '2026-11-23 10:00:00+00'");
    here.get(&path_of(&first)).problem(401, "unauthorized");
    here.get("/api/v1/questions").problem(401, "unauthorized");
    servers.there.database.execute("UPDATE tokens SET revoked_at = NULL, expires_at = '2026-11-23T09:00:00.000000Z'");
    here.get(&path_of(&first)).problem(401, "unauthorized");
    servers.there.database.execute("UPDATE tokens SET expires_at = NULL; UPDATE users SET role = 'learner'");
    here.get(&path_of(&first)).problem(403, "forbidden");
    servers.there.database.execute("UPDATE users SET role = 'author', disabled_at = '2026-11-23T09:00:00.000000Z'");
    here.get(&path_of(&first)).problem(401, "unauthorized");
}

fn a_server_without_a_cache_responds_the_same(database: TestDatabase) {
    let keeps = TestApp::from(database.shared());
    let none = TestApp::with(database, &[("QUESTION_CACHE_BYTES", "0")]);
    let (grace, alan) = (keeps.author("grace"), none.author("alan"));
    for path in ["/api/v1/questions?exam=demo", "/api/v1/questions?exam=clf-c02&sort=difficulty&limit=30"] {
        let first = alan.get(path);
        first.expect(200);
        for _ in 0..2 {
            let kept = grace.get(path);
            assert_eq!((kept.header("etag"), &kept.text), (first.header("etag"), &first.text));
        }
    }
    let ada = none.learner("ada");
    let attempt = ada.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam"})).expect(201);
    let path = format!("/api/v1/attempts/{}", attempt["id"].as_str().unwrap());
    for slot in attempt["slots"].as_array().unwrap() {
        let response = json!({"response": bank::right_response(&slot["question"])});
        ada.put(&format!("{path}/slots/{}", slot["position"]), &response).expect(200);
    }
    assert_eq!(ada.post(&format!("{path}/submit"), &json!({})).expect(200)["score"]["percent"], 100.0);
}
