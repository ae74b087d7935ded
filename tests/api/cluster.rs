//! Responses to the errors of a cluster. Citus is not part of the tests: triggers and a view raise the errors that it
//! raises, with the same SQLSTATE and text, on a separate PostgreSQL.

use serde_json::json;

use crate::{
    app::{Client, Reply, TestApp},
    common::{bank::right_response, database::TestDatabase},
};

const DEADLOCK: (&str, &str) = ("40P01", "canceling the transaction since it was involved in a distributed deadlock");
const WORKER_IS_DOWN: (&str, &str) = (
    "08006",
    "connection to the remote node tripos@worker-1:5432 failed with the following error: connection to server at \
     \"worker-1\" (10.0.0.7), port 5432 failed: Connection refused",
);

/// A learner with an attempt in progress, whose responses fail.
struct Sitting {
    app: TestApp,
    ada: Client,
    slot: String,
    response: serde_json::Value,
}

impl Sitting {
    fn begin(database: TestDatabase) -> Self {
        let app = TestApp::from(database);
        let ada = app.learner("ada");
        let attempt = ada.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam"})).expect(201);
        let slot = format!("/api/v1/attempts/{}/slots/1", attempt["id"].as_str().unwrap());
        let response = json!({"response": right_response(&attempt["slots"][0]["question"])});
        app.database.execute("CREATE SEQUENCE tries");
        Self { app, ada, slot, response }
    }

    /// Makes the next `times` responses fail with this error.
    fn fail(&self, times: i64, (state, message): (&str, &str)) {
        // A sequence is not reset when a transaction is rolled back.
        self.app.database.execute(&format!(
            "ALTER SEQUENCE tries RESTART; \
             CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 IF nextval('tries') <= {times} THEN \
                     RAISE EXCEPTION USING ERRCODE = '{state}', MESSAGE = '{message}'; \
                 END IF; \
                 RETURN NEW; \
             END $$; \
             CREATE OR REPLACE TRIGGER fail BEFORE UPDATE ON attempt_slots FOR EACH ROW EXECUTE FUNCTION fail()",
        ));
    }

    fn respond(&self) -> Reply {
        self.ada.put(&self.slot, &self.response)
    }

    /// The number of tries since the last [`Sitting::fail`].
    fn tries(&self) -> i64 {
        self.app.database.count("generate_series(1, (SELECT last_value FROM tries))")
    }

    fn responses(&self) -> i64 {
        self.app.database.count("attempt_slots WHERE response IS NOT NULL")
    }
}

#[test]
fn a_distributed_deadlock_is_retried() {
    let Some(database) = TestDatabase::postgres() else { return };
    let sitting = Sitting::begin(database);
    sitting.fail(1, DEADLOCK);
    sitting.respond().expect(200);
    assert_eq!((sitting.tries(), sitting.responses()), (2, 1));
    // Not forever.
    sitting.fail(100, DEADLOCK);
    let refused = sitting.respond();
    refused.problem(503, "busy");
    assert_eq!((refused.header("retry-after"), sitting.tries()), (Some("1"), 4));
}

#[test]
fn while_a_worker_is_unavailable_its_learners_are_asked_to_retry() {
    let Some(database) = TestDatabase::postgres() else { return };
    let sitting = Sitting::begin(database);
    for error in [
        WORKER_IS_DOWN,
        ("08006", "could not establish any connections to the node worker-1:5432 after 30000 ms"),
        ("57P01", "terminating connection due to administrator command"),
        ("57P02", "terminating connection because of crash of another server process"),
        ("57P03", "the database system is starting up"),
        ("53300", "sorry, too many clients already"),
        ("XX000", "server closed the connection unexpectedly"),
        ("08003", "connection not open"),
    ] {
        sitting.fail(100, error);
        let refused = sitting.respond();
        let problem = refused.problem(503, "unavailable");
        assert_eq!((refused.header("retry-after"), sitting.tries()), (Some("1"), 1), "{error:?}");
        assert!(!problem.to_string().contains("worker-1"), "{problem}");
        assert_eq!(sitting.responses(), 0);
        // The coordinator responds, so all others are served.
        sitting.app.anonymous().get("/health/ready").expect(200);
    }
    sitting.fail(100, ("XX000", "cache lookup failed for relation 4711"));
    sitting.respond().problem(500, "internal");
    sitting.fail(0, WORKER_IS_DOWN);
    sitting.respond().expect(200);
}

#[test]
fn reads_that_need_an_unavailable_worker_are_unavailable() {
    let Some(database) = TestDatabase::postgres() else { return };
    let app = TestApp::from(database);
    let (state, message) = WORKER_IS_DOWN;
    app.database.execute(&format!(
        "CREATE FUNCTION is_there() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN \
             RAISE EXCEPTION USING ERRCODE = '{state}', MESSAGE = '{message}'; \
         END $$; \
         ALTER TABLE exams RENAME TO exams_of_worker; \
         CREATE VIEW exams AS SELECT * FROM exams_of_worker WHERE is_there()",
    ));
    let refused = app.anonymous().get("/api/v1/exams/demo");
    refused.problem(503, "unavailable");
    assert_eq!(refused.header("retry-after"), Some("1"));
    app.database.execute("DROP VIEW exams; ALTER TABLE exams_of_worker RENAME TO exams");
    app.anonymous().get("/api/v1/exams/demo").expect(200);
}
