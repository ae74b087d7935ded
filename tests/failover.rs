//! A primary dies under load, its standby takes over, and no acknowledged write is lost.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

mod common;

use std::{
    io::Write,
    sync::{
        Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use common::{
    database::TestDatabase,
    postgres,
    program::{Server, new_user},
};
use serde_json::{Value, json};

/// The number of learners who respond concurrently.
const LEARNERS: usize = 4;
/// The number of acknowledged writes before the primary dies, and after the standby took over.
const WRITES: usize = 200;

/// An acknowledged write.
struct Acknowledged {
    learner: usize,
    attempt: String,
    position: u64,
    seconds_spent: u64,
    at: Instant,
}

/// All acknowledged writes.
#[derive(Default)]
struct Ledger {
    entries: Mutex<Vec<Acknowledged>>,
    grown: Condvar,
}

impl Ledger {
    fn wait_for(&self, count: usize) {
        let entries = self.entries.lock().unwrap();
        drop(self.grown.wait_while(entries, |entries| entries.len() < count).unwrap());
    }
}

/// Begins attempts and responds to their slots, each write with its own number, and records which were acknowledged.
fn respond(learner: usize, server: &Server, token: &str, stop: &AtomicBool, ledger: &Ledger) -> u64 {
    let (mut refused, mut number) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        let start = json!({"exam": "demo", "mode": "exam"});
        let (status, attempt) = server.send("POST", "/attempts", token, &start);
        if status != 201 {
            assert!(matches!(status, 409 | 500 | 503), "{status} {attempt}");
            // An attempt whose start or end was not acknowledged: it is ended, so that the next can begin.
            if let Some(in_progress) = attempt["attempt_id"].as_str() {
                abandon(server, token, in_progress);
            }
            refused += 1;
            continue;
        }
        let attempt = attempt["id"].as_str().unwrap().to_owned();
        for position in 1..=10 {
            number += 1;
            let seconds_spent = number % 86_400;
            let slot = format!("/attempts/{attempt}/slots/{position}");
            let (status, body) = server.send("PUT", &slot, token, &json!({"seconds_spent": seconds_spent}));
            if status == 200 {
                let (attempt, at) = (attempt.clone(), Instant::now());
                ledger.entries.lock().unwrap().push(Acknowledged { learner, attempt, position, seconds_spent, at });
                ledger.grown.notify_all();
            } else {
                assert!(matches!(status, 404 | 500 | 503), "{status} {body}");
                refused += 1;
            }
        }
        abandon(server, token, &attempt);
    }
    refused
}

/// Ends an attempt, if the database is available: otherwise the next start is rejected because of it.
fn abandon(server: &Server, token: &str, attempt: &str) {
    let (status, body) = server.send("DELETE", &format!("/attempts/{attempt}"), token, &Value::Null);
    assert!(matches!(status, 204 | 404 | 500 | 503), "{status} {body}");
}

#[test]
fn nothing_acknowledged_is_lost_when_the_primary_dies() {
    let Some(binaries) = postgres::SHARED.as_ref().and_then(|_| postgres::find_binaries()) else { return };
    let primary = postgres::Cluster::start(binaries);
    let database = TestDatabase::in_cluster(&primary);
    let tokens: Vec<String> = (0..LEARNERS).map(|n| new_user(&format!("l{n}@example.org"), &database.url)).collect();
    let standby = postgres::Cluster::follow(&primary);
    // From now on, a commit is acknowledged only when the standby has it.
    database.execute("ALTER SYSTEM SET synchronous_standby_names = '*'");
    database.execute("SELECT pg_reload_conf()");
    while database.count("pg_stat_replication WHERE sync_state = 'sync'") == 0 {
        std::thread::yield_now();
    }

    let server = Server::start(&primary.url_with(&standby, "postgres"));
    let (stop, ledger) = (AtomicBool::new(false), Ledger::default());
    let (died, refused) = std::thread::scope(|scope| {
        let (server, stop, ledger) = (&server, &stop, &ledger);
        let each = tokens.iter().enumerate();
        let writers = each.map(|(learner, token)| scope.spawn(move || respond(learner, server, token, stop, ledger)));
        let writers: Vec<_> = writers.collect();
        ledger.wait_for(WRITES);
        primary.stop();
        let died = Instant::now();
        standby.promote();
        let before = ledger.entries.lock().unwrap().len();
        ledger.wait_for(before + WRITES);
        stop.store(true, Ordering::Relaxed);
        (died, writers.into_iter().map(|writer| writer.join().unwrap()).sum::<u64>())
    });

    let ledger = ledger.entries.into_inner().unwrap();
    let mut found = std::collections::HashMap::new();
    for entry in &ledger {
        let attempt = found.entry(entry.attempt.clone()).or_insert_with(|| {
            let path = format!("/attempts/{}", entry.attempt);
            let (status, attempt) = server.send("GET", &path, &tokens[entry.learner], &Value::Null);
            assert_eq!(status, 200, "the attempt {} is lost", entry.attempt);
            attempt
        });
        let slot = &attempt["slots"][entry.position as usize - 1];
        assert_eq!(slot["seconds_spent"], entry.seconds_spent, "slot {} of {} is lost", entry.position, entry.attempt);
    }
    let before = ledger.iter().filter(|entry| entry.at < died).count();
    let mut times: Vec<Instant> = ledger.iter().map(|entry| entry.at).collect();
    times.sort_unstable();
    // Around the failure: writes that were in flight may be stored a moment later.
    let pause = times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    // Bypasses the capture of the test harness: these are figures to read.
    let figures = format!(
        "\n*** failover: {} writes acknowledged ({before} before), 0 lost; {refused} refused; \
         longest pause between two {:.2} s ***\n\n",
        ledger.len(),
        pause.as_secs_f64()
    );
    let _ = std::io::stderr().write_all(figures.as_bytes());
}
