//! Callers with their own connections, and counts of the responses they got.

use std::{collections::BTreeMap, sync::Mutex};

use serde_json::{Value, json};

use crate::common::{
    database::TestDatabase,
    program::{Server, tripos},
};

/// A caller with its own connection that counts the responses.
pub struct Caller<'a> {
    agent: ureq::Agent,
    server: &'a Server,
    token: String,
    counts: &'a Counts,
}

/// Counts of responses by request and status.
#[derive(Default)]
pub struct Counts(Mutex<BTreeMap<(&'static str, u16), usize>>);

impl Counts {
    pub fn of(&self, what: &str, is: impl Fn(u16) -> bool) -> usize {
        self.0.lock().unwrap().iter().filter(|((name, status), _)| *name == what && is(*status)).map(|(_, n)| n).sum()
    }

    pub fn failed(&self) -> usize {
        self.0.lock().unwrap().iter().filter(|((_, status), _)| *status >= 500).map(|(_, n)| n).sum()
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let counts = self.0.lock().unwrap();
        let told = counts.iter().map(|((what, status), count)| format!("{what} {status}: {count}"));
        f.write_str(&told.collect::<Vec<_>>().join(", "))
    }
}

impl<'a> Caller<'a> {
    pub fn new(server: &'a Server, token: &str, counts: &'a Counts) -> Self {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        Self { agent, server, token: token.to_owned(), counts }
    }

    pub fn ask(&self, what: &'static str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}/api/v1{path}", self.server.url))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .header("if-match", "*")
            .body(body.to_string())
            .unwrap();
        let mut response = self.agent.run(request).unwrap();
        let status = response.status().as_u16();
        *self.counts.0.lock().unwrap().entry((what, status)).or_default() += 1;
        (status, response.body_mut().read_json().unwrap_or_default())
    }

    pub fn start(&self) -> Option<Value> {
        let (status, attempt) = self.ask("start", "POST", "/attempts", &json!({"exam": "demo", "mode": "exam"}));
        (status == 201).then_some(attempt)
    }

    pub fn submit(&self, id: &str) -> Option<Value> {
        let (status, report) = self.ask("submit", "POST", &format!("/attempts/{id}/submit"), &Value::Null);
        (status == 200).then_some(report)
    }

    pub fn abandon(&self, id: &str) {
        self.ask("abandon", "DELETE", &format!("/attempts/{id}"), &Value::Null);
    }

    pub fn to_status(&self, question: &str, status: &'static str) {
        self.ask(status, "PUT", &format!("/questions/{question}/status"), &json!({"status": status}));
    }
}

pub fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

pub fn admin(name: &str, database: &TestDatabase) -> String {
    let email = format!("{name}@example.org");
    let output =
        tripos(&["user", "create", "--email", &email, "--role", "admin"], &database.url).output().expect("the program");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
