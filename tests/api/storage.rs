//! A database that has no space left, or cannot be written to.

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::{app::TestApp, common::database::TestDatabase};

/// A server with a single connection to SQLite, whose settings a test changes.
fn app() -> TestApp {
    let single = [("DATABASE_POOL_SIZE", "1"), ("DATABASE_MAX_OVERFLOW", "0"), ("MAX_UNANSWERED_ATTEMPTS", "0")];
    TestApp::with(TestDatabase::sqlite(), &single)
}

/// Changes a setting of the server's connection.
fn pragma(app: &TestApp, sql: &'static str) {
    let set = app.db.read(move |conn| Ok(conn.batch_execute(sql)?));
    actix_web::rt::System::new().block_on(set).unwrap();
}

fn database_health(app: &TestApp) -> Value {
    // Otherwise, the cached result would be returned.
    app.wait(1);
    app.anonymous().get("/health").expect(200)["services"]["database"].clone()
}

#[test]
fn a_full_database_is_a_507_and_works_again_with_space() {
    let app = app();
    let ada = app.learner("ada");
    let begin = || ada.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam"}));
    let attempts = app.database.count("attempts");
    pragma(&app, "PRAGMA max_page_count = 1");
    // Free pages in the file are used first.
    let mut begun = 0;
    let refused = loop {
        let reply = begin();
        if reply.status != 201 {
            break reply;
        }
        begun += 1;
        let id = reply.expect(201)["id"].as_str().unwrap().to_owned();
        assert_eq!(ada.delete(&format!("/api/v1/attempts/{id}")).status, 204);
        assert!(begun < 500, "there is always room");
    };
    let problem = refused.problem(507, "storage-full");
    assert!(problem["detail"].as_str().unwrap().contains("no storage space left"), "{problem}");
    assert_eq!(app.database.count("attempts"), attempts + begun, "nothing of it is stored");
    assert_eq!(database_health(&app), json!({"status": "unhealthy", "failure": "full"}));
    // Reads still work.
    app.anonymous().get("/api/v1/exams/demo").expect(200);
    app.anonymous().get("/health/ready").expect(200);
    assert_eq!(database_health(&app), json!({"status": "unhealthy", "failure": "full"}));

    pragma(&app, "PRAGMA max_page_count = 1000000");
    assert_eq!(database_health(&app), json!({"status": "healthy"}));
    begin().expect(201);
}

#[test]
fn a_read_only_database_is_a_503_and_health_says_why() {
    let app = app();
    let ada = app.learner("ada");
    pragma(&app, "PRAGMA query_only = ON");
    ada.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam"})).problem(503, "unavailable");
    assert_eq!(database_health(&app), json!({"status": "unhealthy", "failure": "read_only"}));
    ada.get("/api/v1/me").expect(200);
    pragma(&app, "PRAGMA query_only = OFF");
    assert_eq!(database_health(&app), json!({"status": "healthy"}));
    ada.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam"})).expect(201);
}
