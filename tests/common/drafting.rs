//! Drafting jobs, as an author requests them from a server.

use std::io::{BufRead, BufReader};

use serde_json::json;

use super::{
    database::TestDatabase,
    program::{Server, tripos},
};

/// Creates an author, and returns a token.
pub fn author(database: &TestDatabase) -> String {
    let args = ["user", "create", "--email", "ada@example.org", "--role", "author"];
    let output = tripos(&args, &database.url).output().expect("the program");
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
}

/// Requests single-choice questions. Returns the path of the job.
pub fn ask(server: &Server, token: &str, domain: i32, count: i64) -> String {
    let order = json!({"exam": "clf-c02", "domain": domain, "kind": "single_choice", "count": count});
    let (status, job) = server.send("POST", "/generation-jobs", token, &order);
    assert_eq!(status, 202, "{job}");
    format!("/generation-jobs/{}", job["id"].as_str().expect("an id"))
}

/// The lines of a job's events, until the server ends the stream or dies.
pub fn events(server: &Server, path: &str, token: &str) -> impl Iterator<Item = String> + use<> {
    let request =
        ureq::get(format!("{}/api/v1{path}/events", server.url)).header("authorization", format!("Bearer {token}"));
    let body = request.call().expect("a stream").into_body();
    BufReader::new(body.into_reader()).lines().map_while(Result::ok)
}
