//! The examples of the description, sent unchanged to a server with the bundled bank.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tripos::{auth::model::Role, server::openapi::Api};
use utoipa::OpenApi;

use crate::{
    app::{Client, Reply, TestApp},
    common::{database::TestDatabase, on_both},
    contract::resolved,
    operations::operations,
};

on_both!(every_example_of_a_body_can_be_sent, the_example_of_a_query_finds_something);

/// The examples of bodies, by operation, and those that were sent.
struct Examples {
    all: BTreeMap<String, (String, Value)>,
    sent: BTreeSet<String>,
}

impl Examples {
    fn new() -> Self {
        let bodies = operations().into_iter().filter_map(|(method, path, operation)| {
            let media = operation["requestBody"]["content"].get("application/json")?;
            let example = media.get("example").unwrap_or_else(|| panic!("{path} has no example"));
            Some((operation["operationId"].as_str().unwrap().to_owned(), (method, example.clone())))
        });
        Self { all: bodies.collect(), sent: BTreeSet::new() }
    }

    /// Sends the example of an operation.
    #[track_caller]
    fn send(&mut self, client: &Client, operation: &str, url: &str) -> Reply {
        let (method, example) = &self.all[operation];
        self.sent.insert(operation.to_owned());
        let headers: &[(&str, &str)] = match method.as_str() {
            "PUT" if !url.contains("/me/") => &[("content-type", "application/json"), ("if-match", "*")],
            _ => &[("content-type", "application/json")],
        };
        client.request(method, url, headers, example.to_string().as_bytes())
    }

    /// The URL of the resource that the example of an operation creates.
    #[track_caller]
    fn create(&mut self, client: &Client, operation: &str, url: &str, status: u16) -> String {
        let reply = self.send(client, operation, url);
        reply.expect(status);
        reply.header("location").expect("a URL").to_owned()
    }
}

fn every_example_of_a_body_can_be_sent(database: TestDatabase) {
    let settings = [("BEDROCK_MODEL_ID", "scripted"), ("GENERATION_WORKERS", "0")];
    let app = TestApp::with(database, &settings);
    let mut examples = Examples::new();
    let (anyone, root) = (app.anonymous(), app.signed_in_as("root", Role::Admin));

    let sign_in = |examples: &mut Examples| {
        let account = examples.send(&anyone, "sign_up", "/api/v1/users").expect(201);
        let session = examples.send(&anyone, "sign_in", "/api/v1/sessions").expect(201);
        let url = format!("/api/v1/users/{}", account["id"].as_str().unwrap());
        (app.with_token(session["token"].as_str().unwrap()), url)
    };
    let (ada, _) = sign_in(&mut examples);
    examples.send(&ada, "change_me", "/api/v1/me").expect(200);
    examples.create(&ada, "create_token", "/api/v1/me/tokens", 201);
    let attempt = examples.create(&ada, "start_attempt", "/api/v1/attempts", 201);
    examples.send(&ada, "put_slot", &format!("{attempt}/slots/1")).expect(200);
    examples.send(&ada, "put_plan", "/api/v1/me/plans/clf-c02").expect(200);
    assert_eq!(examples.send(&ada, "delete_me", "/api/v1/me").status, 204);
    let (ada, account) = sign_in(&mut examples);
    assert_eq!(examples.send(&ada, "change_password", "/api/v1/me/password").status, 204);
    examples.send(&root, "change_user", &account).expect(200);

    let exam = examples.create(&root, "create_exam", "/api/v1/exams", 201);
    examples.send(&root, "replace_exam", &exam).expect(200);
    examples.send(&root, "change_exam_status", &format!("{exam}/status")).expect(200);
    let warnings = examples.send(&root, "lint", "/api/v1/lint").expect(200)["warnings"].clone();
    assert_eq!(warnings, Value::Array(Vec::new()));
    let question = examples.create(&root, "create_question", "/api/v1/questions", 201);
    examples.send(&root, "replace_question", &question).expect(200);
    examples.send(&root, "change_question_upkeep", &format!("{question}/upkeep")).expect(200);
    examples.send(&root, "change_question_status", &format!("{question}/status")).expect(200);
    let subject = parameter("put_subject", "id");
    let url = format!("/api/v1/subjects/{}", subject.as_str().unwrap());
    let (_, body) = &examples.all["put_subject"];
    assert_eq!(body["id"], subject);
    let (method, body) = (&examples.all["put_subject"].0, body.to_string());
    root.request(method, &url, &[("content-type", "application/json")], body.as_bytes()).expect(201);
    examples.send(&root, "put_subject", &url).expect(200);
    examples.create(&root, "create_generation_job", "/api/v1/generation-jobs", 202);

    let all: BTreeSet<String> = examples.all.into_keys().collect();
    assert_eq!(examples.sent, all);
    assert_eq!(exam, format!("/api/v1/exams/{}", parameter("replace_exam", "code").as_str().unwrap()));
}

/// The example of a parameter.
fn parameter(id: &str, name: &str) -> Value {
    let operation = operations().into_iter().map(|(.., operation)| operation).find(|found| found["operationId"] == id);
    let parameters = operation.unwrap()["parameters"].as_array().unwrap().clone();
    parameters.into_iter().find(|parameter| parameter["name"] == name).unwrap()["example"].clone()
}

fn the_example_of_a_query_finds_something(database: TestDatabase) {
    let app = TestApp::from(database);
    app.signed_in("ada");
    let root = app.signed_in_as("root", Role::Admin);
    let document = serde_json::to_value(Api::openapi()).unwrap();
    let mut found = BTreeSet::new();
    for (method, path, operation) in operations() {
        if method != "GET" || path.contains("{id}") || path.contains("{file}") {
            continue;
        }
        // As the documentation fills in a form: with the example of a parameter, or else of its schema.
        let mut url = path.replace("{code}", "clf-c02") + "?";
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let schema = resolved(&document, &parameter["schema"]);
            let example = parameter.get("example").or_else(|| schema.get("example"));
            if let (Some(example), Some("query")) = (example, parameter["in"].as_str()) {
                let text = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
                let text = text.replace(' ', "%20");
                url = format!("{url}{}={text}&", parameter["name"].as_str().unwrap());
            }
        }
        if url.ends_with('&') {
            let list = root.get(url.trim_end_matches('&')).expect(200);
            let items = list["items"].as_array().map_or(0, Vec::len);
            found.extend((items > 0).then(|| operation["operationId"].as_str().unwrap().to_owned()));
        }
    }
    assert_eq!(found, BTreeSet::from(["list_questions", "list_users"].map(str::to_owned)));
}
