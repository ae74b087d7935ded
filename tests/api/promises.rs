//! Checks the rules that complete the description of many operations, against the server.

use serde_json::{Value, json};
use tripos::{auth::model::Role, error::Slug, server::openapi::Api};
use utoipa::OpenApi;

use crate::{
    access,
    app::{Client, PASSWORD, Reply, TestApp},
    authoring::question,
    common::{database::TestDatabase, on_both},
    contract::resolved,
    operations::operations,
    upkeep::subject,
    web,
};

on_both!(
    every_resource_with_an_entity_tag_can_be_revalidated,
    changes_accept_and_require_if_match_as_documented,
    every_operation_that_creates_accepts_an_idempotency_key,
    a_new_resource_comes_with_the_tag_of_its_get,
    null_is_taken_only_where_the_description_allows_it,
    files_come_in_the_media_type_of_their_format,
    times_are_returned_to_the_millisecond,
);

/// The only admin of a server, with one resource of each kind: a submitted attempt, a draft, a canceled job, an
/// import, a subject, a token, a user.
struct House {
    root: Client,
    ids: Vec<(&'static str, String)>,
}

impl House {
    fn new(app: &TestApp) -> Self {
        let root = app.signed_in_as("root", Role::Admin);
        let id = |reply: Reply| reply.json()["id"].as_str().expect("an id").to_owned();
        let attempt = id(root.post("/api/v1/attempts", &json!({"exam": "demo", "mode": "exam"})));
        root.post(&format!("/api/v1/attempts/{attempt}/submit"), &json!({})).expect(200);
        let job = id(root.post("/api/v1/generation-jobs", &access::body("create_generation_job")));
        root.post(&format!("/api/v1/generation-jobs/{job}/cancel"), &json!({})).expect(200);
        root.put("/api/v1/subjects/aws:nothing", &subject("aws:nothing")).expect(201);
        root.put("/api/v1/me/plans/demo", &access::body("put_plan")).expect(200);
        let import = root.request("POST", "/api/v1/imports?format=gift&exam=demo&domain=1", &[], GIFT.as_bytes());
        let ids = vec![
            ("attempts", attempt),
            ("questions", id(root.post("/api/v1/questions", &question("Which one?")))),
            ("generation-jobs", job),
            ("imports", id(import)),
            ("subjects", "aws:nothing".to_owned()),
            ("tokens", id(root.post("/api/v1/me/tokens", &json!({"name": "other"})))),
            ("users", id(root.get("/api/v1/me"))),
        ];
        Self { root, ids }
    }

    /// The URL of an operation, with the ids of these resources.
    fn url(&self, path: &str, operation: &Value) -> String {
        let id = self.ids.iter().find(|(noun, _)| path.contains(&format!("/{noun}/{{id}}"))).map_or("", |(_, id)| id);
        let query = match operation["operationId"].as_str().unwrap() {
            "import_questions" => "?format=gift&exam=demo",
            "export_questions" | "export_report" => "?format=gift",
            "get_readiness" | "get_reviews" => "?exam=demo",
            _ => "",
        };
        if path.starts_with("/assets/") {
            return web::script(&self.root);
        }
        let path =
            path.replace("{id}", id).replace("{code}", "demo").replace("{exam}", "demo").replace("{position}", "1");
        path.replace("{file}", "swagger-ui.css") + query
    }

    fn send(&self, method: &str, url: &str, header: Option<(&str, &str)>, operation: &Value) -> Reply {
        let body = access::body(operation["operationId"].as_str().unwrap()).to_string();
        let headers: Vec<(&str, &str)> = [("content-type", "application/json")].into_iter().chain(header).collect();
        self.root.request(method, url, &headers, body.as_bytes())
    }
}

const GIFT: &str = "Which one is it? {=This one. #It is. ~That one. #It is not. ~None of them. #One is.}";

/// A server where jobs can be requested and stay in the queue.
fn with_jobs(database: TestDatabase) -> TestApp {
    TestApp::with(database, &[("BEDROCK_MODEL_ID", "scripted"), ("GENERATION_WORKERS", "0")])
}

fn parameter<'a>(operation: &'a Value, name: &str) -> Option<&'a Value> {
    operation["parameters"].as_array()?.iter().find(|parameter| parameter["name"] == name)
}

fn has(operation: &Value, status: &str) -> bool {
    operation["responses"].get(status).is_some()
}

fn every_resource_with_an_entity_tag_can_be_revalidated(database: TestDatabase) {
    let app = with_jobs(database);
    let house = House::new(&app);
    let mut tagged = 0;
    for (method, path, operation) in operations().into_iter().filter(|(method, ..)| method == "GET") {
        let url = house.url(&path, &operation);
        let promised = parameter(&operation, "If-None-Match").is_some();
        assert_eq!(promised, has(&operation, "304"), "{url}");
        // The document is for clients that accept HTML; for others, all requests are equal.
        let accept = web::BROWSER;
        let first = house.root.request(&method, &url, &[accept], b"");
        assert!(first.status < 400, "{url}: {}", first.text);
        assert_eq!(first.header("etag").is_some(), promised, "{url}");
        if let Some(tag) = first.header("etag") {
            let again = house.root.request(&method, &url, &[accept, ("if-none-match", tag)], b"");
            assert_eq!((again.status, again.text.as_str(), again.header("etag")), (304, "", Some(tag)), "{url}");
            tagged += 1;
        }
    }
    assert!(tagged > 20, "{tagged}");
}

fn changes_accept_and_require_if_match_as_documented(database: TestDatabase) {
    let app = with_jobs(database);
    let mut house = House::new(&app);
    house.ids[0].1 =
        house.root.post("/api/v1/attempts", &access::body("start_attempt")).json()["id"].as_str().unwrap().into();
    let mut changes: Vec<_> = operations().into_iter().filter(|(method, ..)| method != "GET").collect();
    // While the attempt is in progress.
    changes.sort_by_key(|(_, _, operation)| operation["operationId"] != "put_slot");
    let mut needed = 0;
    for (method, path, operation) in changes {
        let (url, id) = (house.url(&path, &operation), operation["operationId"].as_str().unwrap());
        let promised = parameter(&operation, "If-Match");
        assert_eq!(promised.is_some(), has(&operation, "412"), "{id}");
        // It would end the session that the others need.
        if id == "sign_out" {
            assert_eq!(promised, None);
            continue;
        }
        let is_required = promised.is_some_and(|parameter| parameter["required"] == true);
        let with = house.send(&method, &url, Some(("if-match", "\"nothing\"")), &operation).status;
        assert_eq!(with == 412, promised.is_some(), "{id} with another tag: {with}");
        let without = house.send(&method, &url, None, &operation).status;
        // A PUT that can also create requires it if the resource exists.
        assert_eq!(without == 428, is_required || id == "put_subject", "{id} without If-Match: {without}");
        assert_eq!(without == 428, has(&operation, "428"), "{id}");
        needed += usize::from(is_required);
    }
    assert!(needed > 4, "{needed}");
}

fn every_operation_that_creates_accepts_an_idempotency_key(database: TestDatabase) {
    let app = with_jobs(database);
    let house = House::new(&app);
    let mut taken = 0;
    for (method, path, operation) in operations().into_iter().filter(|(method, ..)| method != "GET") {
        let url = house.url(&path, &operation);
        let reply = house.send(&method, &url, Some(("idempotency-key", "two words")), &operation);
        let refused = reply.status == 400 && reply.text.contains("Idempotency-Key");
        assert_eq!(refused, parameter(&operation, "Idempotency-Key").is_some(), "{method} {path}: {}", reply.text);
        assert_eq!(refused, method == "POST" && (has(&operation, "201") || has(&operation, "202")), "{method} {path}");
        taken += usize::from(refused);
    }
    assert_eq!(taken, 8);
}

fn a_new_resource_comes_with_the_tag_of_its_get(database: TestDatabase) {
    let app = with_jobs(database);
    let root = app.signed_in_as("root", Role::Admin);
    let mut exam = access::body("create_exam");
    exam["code"] = json!("new-1");
    let strong = |reply: &Reply| reply.header("etag").map(|tag| tag.trim_start_matches("W/").to_owned());
    for (path, body) in [
        ("/api/v1/exams", exam),
        ("/api/v1/questions", access::body("create_question")),
        ("/api/v1/attempts", access::body("start_attempt")),
        ("/api/v1/generation-jobs", access::body("create_generation_job")),
        ("/api/v1/users", json!({"email": "eve@example.org", "password": PASSWORD})),
    ] {
        let key = [("idempotency-key", path)];
        let (first, again) = (root.post_with(path, &key, &body), root.post_with(path, &key, &body));
        assert!(matches!(first.status, 201 | 202), "{path}: {}", first.text);
        assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), (None, Some("true")));
        let reader = if path.ends_with("users") { &app.sign_in("eve") } else { &root };
        let read = reader.get(first.header("location").expect("a URL"));
        assert!(strong(&first).is_some(), "{path}");
        assert_eq!([&first, &again].map(strong), [strong(&read), strong(&read)], "{path}");
    }
    // The body differs from that of a GET.
    let token = root.post("/api/v1/me/tokens", &json!({"name": "secret"}));
    assert_eq!((token.status, token.header("etag")), (201, None));
}

fn null_is_taken_only_where_the_description_allows_it(database: TestDatabase) {
    let app = with_jobs(database);
    let house = House::new(&app);
    let document = serde_json::to_value(Api::openapi()).unwrap();
    let mut refused = 0;
    for (method, path, operation) in operations() {
        let Some(media) = operation["requestBody"]["content"].get("application/json") else { continue };
        let schema = json!({"allOf": [media["schema"]], "components": document["components"]});
        let validator = jsonschema::validator_for(&schema).unwrap();
        assert!(validator.is_valid(&media["example"]), "{path}: {}", media["example"]);
        // The schema of an optional body is a schema or null.
        let schema = media["schema"].pointer("/oneOf/0").unwrap_or(&media["schema"]);
        for field in resolved(&document, schema)["properties"].as_object().unwrap().keys() {
            let mut body = media["example"].clone();
            body[field] = Value::Null;
            if !validator.is_valid(&body) {
                let headers = [("content-type", "application/json"), ("if-match", "*")];
                let url = house.url(&path, &operation);
                let reply = house.root.request(&method, &url, &headers, body.to_string().as_bytes());
                assert!(matches!(reply.status, 400 | 422), "{method} {path} with {field} null: {}", reply.text);
                refused += 1;
            }
        }
    }
    assert!(refused > 40, "{refused}");
}

fn files_come_in_the_media_type_of_their_format(app: TestApp) {
    let grace = app.author("grace");
    let document = serde_json::to_value(Api::openapi()).unwrap();
    let content = &document["paths"]["/api/v1/exams/{code}/export"]["get"]["responses"]["200"]["content"];
    let mut seen: Vec<String> = Vec::new();
    for format in document["components"]["schemas"]["ExportFormat"]["enum"].as_array().unwrap() {
        let reply = grace.get(&format!("/api/v1/exams/demo/export?format={}", format.as_str().unwrap()));
        assert_eq!(reply.status, 200, "{}", reply.text);
        let media_type = reply.header("content-type").unwrap().split(';').next().unwrap().to_owned();
        assert!(content[&media_type]["schema"].is_object(), "{media_type}");
        seen.push(media_type);
    }
    assert!(content.as_object().unwrap().keys().all(|media_type| seen.contains(media_type)), "{seen:?}");
    assert_eq!(document["components"]["schemas"]["FileBytes"]["format"], "binary");
}

fn times_are_returned_to_the_millisecond(app: TestApp) {
    let ada = app.learner("ada");
    for (stored, told) in [("00", "00.000"), ("00.1", "00.100"), ("00.123456", "00.123"), ("59.999999", "59.999")] {
        app.database.execute(&format!("UPDATE users SET created_at = '2026-11-23T09:59:{stored}Z'"));
        assert_eq!(ada.get("/api/v1/me").expect(200)["created_at"], format!("2026-11-23T09:59:{told}Z"));
    }
}

#[test]
fn every_operation_says_that_it_may_be_refused_for_a_while() {
    let document = serde_json::to_value(Api::openapi()).unwrap();
    for (method, path, operation) in operations() {
        for (status, fields) in
            [("429", &["Retry-After", "RateLimit", "RateLimit-Policy"][..]), ("503", &["Retry-After"])]
        {
            let response = resolved(&document, &operation["responses"][status]);
            // Operations for operators only have a limit of connections.
            let fields = if path.starts_with("/api/") { fields } else { &fields[..1] };
            for field in fields {
                assert!(response["headers"][*field].is_object(), "{method} {path} {status} {field}");
            }
        }
        for (status, response) in operation["responses"].as_object().unwrap() {
            if status.starts_with(['4', '5']) || status == "default" {
                let content = &resolved(&document, response)["content"]["application/problem+json"];
                assert_eq!(content["schema"]["$ref"], "#/components/schemas/Problem", "{method} {path} {status}");
            }
        }
        assert!(has(&operation, "default"), "{method} {path}");
    }
}

#[test]
fn every_kind_of_problem_is_in_the_description() {
    let document = serde_json::to_value(Api::openapi()).unwrap();
    let told = document["components"]["schemas"]["ProblemType"]["enum"].as_array().unwrap();
    let known: Vec<String> = Slug::ALL.iter().map(|slug| format!("urn:tripos:problem:{}", slug.as_str())).collect();
    assert_eq!(told.iter().map(|kind| kind.as_str().unwrap()).collect::<Vec<_>>(), known);
    let kind = &document["components"]["schemas"]["Problem"]["properties"]["type"];
    assert_eq!(kind["$ref"], "#/components/schemas/ProblemType", "{kind}");
}

#[test]
fn every_part_of_the_description_is_explained() {
    fn explained(value: &Value) -> bool {
        let text = |value: &Value| value["description"].as_str().is_some_and(|text| !text.is_empty());
        text(value) || value["oneOf"].as_array().is_some_and(|parts| parts.iter().any(text))
    }
    let document = serde_json::to_value(Api::openapi()).unwrap();
    let tags: Vec<&Value> = document["tags"].as_array().unwrap().iter().filter(|tag| explained(tag)).collect();
    for (method, path, operation) in operations() {
        let summary = operation["summary"].as_str().unwrap();
        assert!(
            !summary.is_empty() && !summary.ends_with('.') && !summary.contains('\n'),
            "{method} {path}: {summary}"
        );
        assert!(tags.iter().any(|tag| tag["name"] == operation["tags"][0]), "{method} {path}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(explained(parameter), "{method} {path}: {parameter}");
        }
        for response in operation["responses"].as_object().unwrap().values() {
            assert!(explained(resolved(&document, response)), "{method} {path}: {response}");
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(explained(schema), "{name}");
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            assert!(explained(resolved(&document, property)) || explained(property), "{name}.{field}: {property}");
        }
    }
}
