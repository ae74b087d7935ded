//! Backup while the server runs, and restore, as described in deploy/README.md.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

mod common;

use common::{
    database::TestDatabase,
    on_both, postgres,
    program::{Server, new_user, tripos},
};
use serde_json::{Value, json};

on_both!(a_copy_made_under_load_has_all_acknowledged_writes);

/// Backs a database up and restores the copy as another one.
fn backup_and_restore(database: &TestDatabase) -> TestDatabase {
    if database.url.starts_with("sqlite") {
        let copy = TestDatabase::empty_sqlite();
        let done = tripos(&["backup", copy.url.strip_prefix("sqlite://").unwrap()], &database.url).output().unwrap();
        assert!(done.status.success(), "{done:?}");
        return copy;
    }
    let cluster = postgres::SHARED.as_ref().unwrap();
    let (folder, copy) = (tempfile::tempdir().unwrap(), TestDatabase::empty_postgres().unwrap());
    let file = folder.path().join("tripos.dump");
    let file = file.to_str().unwrap();
    cluster.run("pg_dump", &["--format=custom", "--file", file, "--dbname", &database.url]);
    cluster.run("pg_restore", &["--exit-on-error", "--no-owner", "--dbname", &copy.url, file]);
    copy
}

fn a_copy_made_under_load_has_all_acknowledged_writes(database: TestDatabase) {
    let token = new_user("ada@example.org", &database.url);
    let server = Server::start(&database.url);
    let (status, attempt) = server.send("POST", "/attempts", &token, &json!({"exam": "demo", "mode": "exam"}));
    assert_eq!(status, 201, "{attempt}");
    let path = format!("/attempts/{}", attempt["id"].as_str().unwrap());

    // Each write has its own number; they cycle through the ten slots.
    let mut acknowledged = 0;
    let mut write = || {
        let slot = format!("{path}/slots/{}", acknowledged % 10 + 1);
        let (status, body) = server.send("PUT", &slot, &token, &json!({"seconds_spent": acknowledged + 1}));
        assert_eq!(status, 200, "{body}");
        acknowledged += 1;
    };
    (0..20).for_each(|_| write());
    let copy = std::thread::scope(|scope| {
        let copying = scope.spawn(|| backup_and_restore(&database));
        while !copying.is_finished() {
            write();
        }
        copying.join().unwrap()
    });

    let checked = tripos(&["migrate", "check"], &copy.url).output().unwrap();
    assert!(checked.status.success(), "{checked:?}");
    let restored = Server::start(&copy.url);
    let (status, found) = restored.send("GET", &path, &token, &Value::Null);
    assert_eq!(status, 200, "{found}");
    // Each slot has its last acknowledged write, or a later one.
    for (slot, number) in found["slots"].as_array().unwrap().iter().zip(11..) {
        let found = slot["seconds_spent"].as_u64().unwrap();
        assert!(found >= number && found <= acknowledged, "{found} in place of {number}, or of something later");
    }
    // The restored database works.
    let (status, body) = restored.send("POST", &format!("{path}/submit"), &token, &Value::Null);
    assert_eq!(status, 200, "{body}");
}
