//! Whole drafting jobs through `ministack`: the client, the queue and the guards of the program as people run it.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

mod common;

use common::{
    database::TestDatabase,
    drafting::{ask, author, events},
    ministack::Ministack,
    on_both,
    program::Server,
    upstream::Upstream,
};
use serde_json::{Value, json};

on_both!(a_job_of_50_is_complete_after_two_kills, two_servers_share_200_questions);

/// Settings of a server that drafts with a model at this endpoint, with this many jobs at a time.
fn drafting<'a>(bedrock: &'a Ministack, workers: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("BEDROCK_MODEL_ID", "amazon.nova-lite-v1:0"),
        ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", &bedrock.url),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("GENERATION_WORKERS", workers),
    ]
}

/// Checks that all of these were drafted, each once, and that the model agreed with each key.
#[track_caller]
fn assert_drafted(server: &Server, path: &str, token: &str, count: i64) {
    let (_, job) = server.send("GET", path, token, &Value::Null);
    assert_eq!(job["status"], "succeeded", "{job}");
    let progress = json!({"asked": count, "drafted": count, "refused": 0, "duplicate": 0, "disagreed": 0});
    assert_eq!(job["progress"], progress, "{job}");
    let numbers: Vec<i64> =
        job["outcomes"].as_array().unwrap().iter().map(|outcome| outcome["number"].as_i64().unwrap()).collect();
    assert_eq!(numbers, (1..=count).collect::<Vec<_>>());
}

fn a_job_of_50_is_complete_after_two_kills(database: TestDatabase) {
    let upstream = Upstream::start();
    let Some(bedrock) = Ministack::start(Some(&upstream.0.url)) else { return };
    let token = author(&database);
    let watcher = Server::start_with(&database.url, &drafting(&bedrock, "0"));
    let path = ask(&watcher, &token, 2, 50);
    let mut outcomes = 0;
    for _ in 0..2 {
        // Killed when this value is dropped.
        let _server = Server::start_with(&database.url, &drafting(&bedrock, "2"));
        while database.count("generation_outcomes") < outcomes + 5 {
            std::thread::yield_now();
        }
        drop(_server);
        outcomes = database.count("generation_outcomes");
        assert!(outcomes < 50, "it was to die on the way");
        // Ends the lease now, instead of after half a minute.
        database.execute("UPDATE jobs SET leased_until = created_at WHERE leased_until IS NOT NULL");
    }
    let last = Server::start_with(&database.url, &drafting(&bedrock, "2"));
    assert!(events(&last, &path, &token).any(|line| line == "id: end"));
    assert_drafted(&last, &path, &token, 50);
    assert_eq!(database.count("generation_outcomes"), 50);
    assert_eq!(database.count("questions WHERE origin = 'generated' AND status = 'draft'"), 50);
    // The question that was being written when a server died is written again.
    assert!((50..=52).contains(&upstream.drafts()), "{}", upstream.drafts());
}

fn two_servers_share_200_questions(database: TestDatabase) {
    let upstream = Upstream::start();
    let Some(bedrock) = Ministack::start(Some(&upstream.0.url)) else { return };
    let token = author(&database);
    let servers = [(); 2].map(|()| Server::start_with(&database.url, &drafting(&bedrock, "2")));
    let jobs: Vec<String> =
        (0..8).map(|job| ask(&servers[job % 2], &token, 1 + i32::try_from(job / 2).unwrap(), 25)).collect();
    for path in &jobs {
        assert!(events(&servers[0], path, &token).any(|line| line == "id: end"));
        assert_drafted(&servers[1], path, &token, 25);
    }
    assert_eq!(database.count("generation_outcomes"), 200);
    assert_eq!(database.count("questions WHERE origin = 'generated'"), 200);
    assert_eq!(upstream.drafts(), 200, "none twice");
}
