//! Jobs when processes die or stop: the program as people run it.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

mod common;

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
};

use common::{
    database::TestDatabase,
    drafting::{ask, author, events},
    on_both,
    program::{Server, tripos},
};
use serde_json::Value;

on_both!(
    a_job_survives_the_death_of_its_server,
    a_server_that_stops_gives_its_job_back_and_ends_its_streams,
    a_worker_stops_when_it_is_told_to,
);

const ASKED: i64 = 200;
const DRAFTING: [(&str, &str); 2] = [("BEDROCK_MODEL_ID", "scripted"), ("GENERATION_WORKERS", "2")];
const IDLE: [(&str, &str); 2] = [("BEDROCK_MODEL_ID", "scripted"), ("GENERATION_WORKERS", "0")];

/// A worker, which is killed when this value is dropped.
struct Worker(Child);

impl Worker {
    /// Starts `tripos worker` and waits until it works.
    fn start(database: &TestDatabase) -> Self {
        let mut command = tripos(&["worker"], &database.url);
        command.env("BEDROCK_MODEL_ID", "scripted").current_dir(std::env::temp_dir()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("running up to 2 jobs at a time") {
            line.clear();
            assert!(log.read_line(&mut line).unwrap() > 0, "the worker ended");
        }
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self(child)
    }

    fn stop(mut self) -> ExitStatus {
        signal(self.0.id(), "TERM");
        self.0.wait().unwrap()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn signal(process: u32, name: &str) {
    assert!(Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status().unwrap().success());
}

fn numbers(job: &Value) -> Vec<i64> {
    job["outcomes"].as_array().unwrap().iter().map(|outcome| outcome["number"].as_i64().unwrap()).collect()
}

/// Waits for the first outcome. It asks the database, because a stream of events is up to a second behind.
fn work_has_begun(database: &TestDatabase) {
    while database.count("generation_outcomes") == 0 {
        std::thread::yield_now();
    }
}

/// Ends the lease of a dead worker now, instead of after half a minute.
fn end_leases(database: &TestDatabase) {
    database.execute("UPDATE jobs SET leased_until = created_at WHERE leased_until IS NOT NULL");
}

#[track_caller]
fn assert_complete(database: &TestDatabase, server: &Server, path: &str, token: &str) {
    let (_, job) = server.send("GET", path, token, &Value::Null);
    assert_eq!(job["status"], "succeeded", "{job}");
    assert_eq!(numbers(&job), (1..=ASKED).collect::<Vec<_>>());
    let progress = &job["progress"];
    let sum: i64 = ["drafted", "refused", "duplicate"].iter().map(|kind| progress[kind].as_i64().unwrap()).sum();
    assert_eq!(sum, ASKED);
    assert_eq!(database.count("questions WHERE origin = 'generated'"), progress["drafted"].as_i64().unwrap());
    assert_eq!(database.count("generation_outcomes"), ASKED);
}

fn a_job_survives_the_death_of_its_server(database: TestDatabase) {
    let token = author(&database);
    let watcher = Server::start_with(&database.url, &IDLE);
    let server = Server::start_with(&database.url, &DRAFTING);
    let path = ask(&server, &token, 2, ASKED);
    work_has_begun(&database);
    signal(server.id(), "KILL");
    drop(server);
    assert_eq!(database.count("jobs WHERE finished_at IS NULL AND lease_id IS NOT NULL"), 1, "it died on the way");
    let before = database.count("generation_outcomes");
    assert!((1..ASKED).contains(&before), "{before}");

    // The next one dies, too.
    end_leases(&database);
    let mut worker = Worker::start(&database);
    while database.count("generation_outcomes") == before {
        std::thread::yield_now();
    }
    worker.0.kill().unwrap();
    worker.0.wait().unwrap();
    assert_eq!(database.count("jobs WHERE finished_at IS NULL"), 1, "it died on the way");

    end_leases(&database);
    let _worker = Worker::start(&database);
    assert!(events(&watcher, &path, &token).any(|line| line == "id: end"));
    assert_complete(&database, &watcher, &path, &token);
}

fn a_server_that_stops_gives_its_job_back_and_ends_its_streams(database: TestDatabase) {
    let token = author(&database);
    let server = Server::start_with(&database.url, &DRAFTING);
    let path = ask(&server, &token, 2, ASKED);
    let mut lines = events(&server, &path, &token);
    work_has_begun(&database);
    signal(server.id(), "TERM");
    // The stream ends before the job does; otherwise the server would wait for it for 30 s.
    assert!(!lines.any(|line| line == "id: end"));
    assert!(server.wait().success());
    assert_eq!(database.count("jobs WHERE status = 'queued' AND lease_id IS NULL AND failure IS NULL"), 1);
    let before = database.count("generation_outcomes");
    assert!((1..ASKED).contains(&before), "{before}");

    let _worker = Worker::start(&database);
    let watcher = Server::start_with(&database.url, &IDLE);
    assert!(events(&watcher, &path, &token).any(|line| line == "id: end"));
    assert_complete(&database, &watcher, &path, &token);
}

fn a_worker_stops_when_it_is_told_to(database: TestDatabase) {
    assert!(Worker::start(&database).stop().success());
    let refused = |settings: &[(&str, &str)], code| {
        let output = tripos(&["worker"], &database.url).envs(settings.iter().copied()).output().unwrap();
        assert_eq!(output.status.code(), Some(code));
        String::from_utf8(output.stderr).unwrap()
    };
    let without = refused(&[], 2);
    assert!(without.contains("BEDROCK_MODEL_ID"), "{without}");
    database.execute(
        "DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)",
    );
    let behind = refused(&[("BEDROCK_MODEL_ID", "scripted")], 1);
    assert!(behind.contains("migrate"), "{behind}");
}
