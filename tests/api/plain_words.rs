//! Every error of every operation is in terms of HTTP and JSON, and says what
//! to change.

use std::io::{Read, Write};

use serde_json::{Map, Value, json};
use tripos::{auth::model::Role, server::openapi::Api};
use utoipa::OpenApi;

use crate::{
    app::{Client, Reply, TestApp},
    common::on_both,
    operations::operations,
};

on_both!(
    invalid_parameters_are_named,
    every_operation_refuses_parameters_that_it_does_not_have,
    urls_that_are_no_text_are_refused_by_every_operation,
    all_errors_in_a_body_are_reported_at_once,
    errors_say_what_a_value_must_be,
    errors_in_files_are_in_plain_words,
    values_of_our_own_types_have_their_own_messages,
);

/// Words of Rust and its libraries, which must not appear in a response.
const WORDS: [&str; 22] = [
    "u8",
    "u16",
    "u32",
    "u64",
    "usize",
    "i8",
    "i16",
    "i32",
    "i64",
    "isize",
    "f32",
    "f64",
    "struct",
    "enum",
    "tuple",
    "newtype",
    "serde",
    "deserialize",
    "deserialization",
    "variant",
    "option",
    "sequence",
];
const PHRASES: [&str; 11] = [
    "invalid type",
    "invalid value",
    "invalid length",
    "missing field",
    "unknown field",
    "duplicate field",
    "expected a",
    "expected one of",
    "at line 1 column",
    "found in string",
    "cannot parse",
];

/// Checks that the response is an error in plain words, and returns its texts.
#[track_caller]
fn plain(what: &str, reply: &Reply) -> String {
    assert!((400..500).contains(&reply.status), "{what}: {} {}", reply.status, reply.text);
    let problem = reply.json();
    let mut text = format!("{} {}", problem["title"], problem["detail"]);
    for error in problem["errors"].as_array().into_iter().flatten() {
        text += &format!(" {}", error["detail"]);
    }
    assert_plain(what, &text);
    text
}

#[track_caller]
fn assert_plain(what: &str, text: &str) {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    for word in WORDS {
        assert!(!words.contains(&word), "{what}: {word} in {text}");
    }
    for phrase in PHRASES {
        assert!(!lower.contains(phrase), "{what}: {phrase:?} in {text}");
    }
}

/// A path of the operation, with ids of resources that do not exist.
fn filled(path: &str) -> String {
    path.replace("/subjects/{id}", "/subjects/aws:nothing")
        .replace("{id}", "00000000-0000-7000-8000-000000000000")
        .replace("{position}", "1")
        .replace("{code}", "nothing")
        .replace("{exam}", "nothing")
        .replace("{build}", "nothing")
        .replace("{file}", "nothing")
}

/// The parameters of an operation in this place: name, whether it is required, schema without references.
fn parameters(operation: &Value, place: &str) -> Vec<(String, bool, Value)> {
    let all = operation["parameters"].as_array().into_iter().flatten();
    let here = all.filter(|parameter| parameter["in"] == place);
    here.map(|one| {
        let name = one["name"].as_str().unwrap().to_owned();
        (name, one["required"] == true, resolved(&one["schema"]))
    })
    .collect()
}

/// A schema with its references resolved; of several alternatives, the first that is not null.
fn resolved(schema: &Value) -> Value {
    let document = serde_json::to_value(Api::openapi()).unwrap();
    if let Some(reference) = schema["$ref"].as_str() {
        return resolved(document.pointer(&reference[1..]).unwrap());
    }
    let options = schema["oneOf"].as_array().into_iter().flatten().map(resolved);
    options.into_iter().find(|option| option["type"] != "null").unwrap_or_else(|| schema.clone())
}

fn is_of(schema: &Value, kind: &str) -> bool {
    schema["type"] == kind || schema["type"].as_array().is_some_and(|types| types.contains(&kind.into()))
}

/// A query with all required parameters.
fn needed(operation: &Value) -> Vec<String> {
    let all = parameters(operation, "query");
    let needed = all.into_iter().filter(|(_, required, _)| *required);
    needed
        .map(|(name, _, schema)| {
            let word = schema["enum"][0].as_str().unwrap_or("nothing").to_owned();
            format!("{name}={word}")
        })
        .collect()
}

fn ask(client: &Client, method: &str, url: &str) -> Reply {
    client.request(method, url, &[("content-type", "application/json")], b"{}")
}

fn invalid_parameters_are_named(app: TestApp) {
    let admin = app.admin("root");
    let mut asked = 0;
    for (method, path, operation) in operations() {
        let path_of = filled(&path);
        for (name, required, schema) in parameters(&operation, "query") {
            let others: Vec<String> =
                needed(&operation).into_iter().filter(|one| !one.starts_with(&format!("{name}="))).collect();
            let with = |value: &str| {
                let query: Vec<String> = others.iter().cloned().chain([format!("{name}={value}")]).collect();
                ask(&admin, &method, &format!("{path_of}?{}", query.join("&")))
            };
            let mut wrong = Vec::new();
            if is_of(&schema, "integer") {
                wrong.extend(["ten", "", "1.5", "99999999999999999999", "3000000000", "-3000000000", "0x10"]);
            }
            if is_of(&schema, "boolean") {
                wrong.extend(["maybe", "", "TRUE", "1"]);
            }
            if schema.get("enum").is_some()
                || schema["format"] == "uuid"
                || schema.get("pattern").is_some()
                || name == "since"
            {
                wrong.extend(["None-Such!", ""]);
            }
            for value in wrong {
                let what = format!("{method} {path}?{name}={value}");
                let reply = with(value);
                let text = plain(&what, &reply);
                assert_eq!(reply.status, 400, "{what}: {text}");
                assert!(
                    text.contains(&name) && (text.contains("must be") || text.contains("is not")),
                    "{what}: {text}"
                );
                asked += 1;
            }
            let twice = ask(&admin, &method, &format!("{path_of}?{name}=1&{name}=1"));
            let text = plain(&format!("{method} {path} {name} twice"), &twice);
            assert!(twice.status == 400 && text.contains(&name) && text.contains("more than once"), "{text}");
            if required {
                let reply = ask(&admin, &method, &format!("{path_of}?{}", others.join("&")));
                let text = plain(&format!("{method} {path} without {name}"), &reply);
                assert!(reply.status == 400 && text.contains(&name) && text.contains("is required"), "{text}");
            }
        }
        for (name, _, schema) in parameters(&operation, "path") {
            // For a resource that does not exist, any name is valid.
            if ["build", "file"].contains(&name.as_str()) {
                continue;
            }
            let wrong = if is_of(&schema, "integer") { ["ten", "-3000000000", "1.5"] } else { ["No!", "x%20y", "%5B"] };
            for value in wrong {
                let url = filled(&path.replace(&format!("{{{name}}}"), value));
                let what = format!("{method} {url}");
                let reply = ask(&admin, &method, &format!("{url}?{}", needed(&operation).join("&")));
                let text = plain(&what, &reply);
                assert_eq!(reply.status, 400, "{what}: {text}");
                assert!(text.contains(&name) && text.contains("must be"), "{what}: {text}");
                asked += 1;
            }
        }
    }
    assert!(asked > 200, "{asked}");
}

fn every_operation_refuses_parameters_that_it_does_not_have(app: TestApp) {
    let admin = app.admin("root");
    for (method, path, operation) in operations() {
        // Pages, which are for people.
        if ["docs", "docs_redirect", "root", "asset"].contains(&operation["operationId"].as_str().unwrap()) {
            continue;
        }
        let query: Vec<String> = needed(&operation).into_iter().chain(["color=red".into()]).collect();
        let what = format!("{method} {path}");
        let reply = ask(&admin, &method, &format!("{}?{}", filled(&path), query.join("&")));
        let text = plain(&what, &reply);
        assert!(reply.status == 400 && text.contains("color"), "{what}: {text}");
        for (name, ..) in parameters(&operation, "query") {
            assert!(text.contains(&name), "{what} does not tell {name}: {text}");
        }
    }
    // A client that requests the end of the list has not read it.
    admin.get("/api/v1/me").expect(200);
}

fn urls_that_are_no_text_are_refused_by_every_operation(app: TestApp) {
    let admin = app.admin("root");
    for (method, path, _) in operations() {
        for wrong in ["%zz", "%2", "%", "%ff", "%C3%28", "%00", "[", "]", "\"", "|"] {
            let in_path = path.split('/').map(|part| if part.starts_with('{') { wrong } else { part });
            for url in [in_path.collect::<Vec<_>>().join("/"), format!("{}?q={wrong}", filled(&path))] {
                if !url.contains(wrong) {
                    continue;
                }
                // Client libraries would not send these.
                let mut stream = std::net::TcpStream::connect(app.address).unwrap();
                let token = admin.authorization.as_ref().unwrap();
                let head = format!(
                    "{method} {url} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\nContent-Length: 2\r\n\
                     Content-Type: application/json\r\nConnection: close\r\n\r\n{{}}"
                );
                stream.write_all(head.as_bytes()).unwrap();
                let mut answer = String::new();
                let _ = stream.read_to_string(&mut answer);
                let (status, body) = answer.split_once("\r\n\r\n").unwrap();
                assert!(status.starts_with("HTTP/1.1 400 "), "{method} {url}: {answer}");
                assert_plain(
                    &format!("{method} {url}"),
                    &serde_json::from_str::<Value>(body).unwrap()["detail"].to_string(),
                );
            }
        }
    }
}

/// Operations with a JSON body: method, path and the schema of the body.
fn bodies() -> Vec<(String, String, Value)> {
    let schema = |operation: &Value| {
        // An optional body may be null, too.
        let body = operation.get("requestBody").filter(|body| body["required"] == true)?;
        body.pointer("/content/application~1json/schema").map(resolved)
    };
    let all = operations().into_iter();
    all.filter_map(|(method, path, operation)| Some((method, path, schema(&operation)?))).collect()
}

fn send(client: &Client, method: &str, path: &str, body: &Value) -> Reply {
    client.send(method, &filled(path), body)
}

/// The pointers of a 422.
fn pointers(reply: &Reply) -> Vec<String> {
    let problem = reply.problem(422, "invalid");
    let errors = problem["errors"].as_array().unwrap_or_else(|| panic!("{problem}"));
    errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect()
}

fn all_errors_in_a_body_are_reported_at_once(app: TestApp) {
    let admin = app.signed_in_as("root", Role::Admin);
    assert!(bodies().len() > 12);
    for (method, path, schema) in bodies() {
        let what = format!("{method} {path}");
        let required: Vec<String> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|name| format!("/{}", name.as_str().unwrap()))
            .collect();
        if !required.is_empty() {
            let reply = send(&admin, &method, &path, &json!({}));
            plain(&what, &reply);
            let mut told = pointers(&reply);
            let mut wanted = required.clone();
            told.sort_unstable();
            wanted.sort_unstable();
            assert_eq!(told, wanted, "{what}: all that is missing");
        }
        // Everything is invalid or unknown, and all of it is reported.
        let names: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
        let mut body: Map<String, Value> = names.iter().map(|name| ((*name).clone(), json!([[0]]))).collect();
        body.insert("color".into(), json!("red"));
        let reply = send(&admin, &method, &path, &body.into());
        let text = plain(&what, &reply);
        let told = pointers(&reply);
        for name in names.into_iter().map(String::as_str).chain(["color"]) {
            let place = format!("/{name}");
            let at = |pointer: &String| *pointer == place || pointer.starts_with(&format!("{place}/"));
            assert!(told.iter().any(at), "{what} does not tell {name}: {text}");
        }
        for (body, status) in
            [("[]", 422), ("7", 422), ("null", 422), ("\"x\"", 422), ("{", 400), ("", 400), ("{} x", 400)]
        {
            let reply =
                admin.request(&method, &filled(&path), &[("content-type", "application/json")], body.as_bytes());
            plain(&format!("{what} {body}"), &reply);
            let expected = if body == "{} x" && !required.is_empty() { 422 } else { status };
            assert_eq!(reply.status, expected, "{what} {body}: {}", reply.text);
        }
    }
}

fn errors_say_what_a_value_must_be(app: TestApp) {
    let admin = app.admin("root");
    let values = [
        json!(true),
        json!(7),
        json!(1e300),
        json!(-1),
        json!(1.5),
        json!("None-Such!"),
        json!([]),
        json!([7]),
        json!({}),
        json!({"x": 1}),
    ];
    for (method, path, schema) in bodies() {
        for (name, property) in schema["properties"].as_object().unwrap() {
            for value in &values {
                let what = format!("{method} {path} {name} = {value}");
                let reply = send(&admin, &method, &path, &json!({ name: value }));
                // If the value is valid, something else is missing or does not exist.
                if reply.status >= 400 {
                    plain(&what, &reply);
                }
                let property = resolved(property);
                let fits = match value {
                    Value::Bool(_) => is_of(&property, "boolean"),
                    Value::Number(_) => is_of(&property, "integer") || is_of(&property, "number"),
                    Value::String(_) => is_of(&property, "string"),
                    Value::Array(_) => is_of(&property, "array"),
                    _ => is_of(&property, "object"),
                };
                if !fits {
                    let place = format!("/{name}");
                    let problem = reply.problem(422, "invalid");
                    let told = problem["errors"].as_array().unwrap_or_else(|| panic!("{what}: {problem}"));
                    let detail =
                        told.iter().find(|error| error["pointer"] == place).map(|error| error["detail"].to_string());
                    assert!(detail.as_ref().is_some_and(|detail| detail.contains("must be")), "{what}: {}", reply.text);
                }
            }
            // A duplicate field.
            let twice = format!("{{\"{name}\": null, \"{name}\": null}}");
            let reply =
                admin.request(&method, &filled(&path), &[("content-type", "application/json")], twice.as_bytes());
            plain(&format!("{method} {path} {twice}"), &reply);
        }
    }
}

fn errors_in_files_are_in_plain_words(app: TestApp) {
    let grace = app.author("grace");
    let formats = resolved(&json!({"$ref": "#/components/schemas/Format"}))["enum"].as_array().unwrap().clone();
    let files: [&[u8]; 9] = [
        b"",
        b"{",
        b"{}",
        b"{\"questions\": 7}",
        b"{\"questions\": [7, {}, {\"stem\": 7}, {\"difficulty\": \"hard\"}]}",
        b"[]",
        b"<a>",
        b"PK\x03\x04",
        b"\xff\xfe\x00\xd8",
    ];
    for format in formats.iter().map(|format| format.as_str().unwrap()) {
        for file in files {
            let url = format!("/api/v1/imports?format={format}&exam=demo&domain=1&dry_run=true");
            let reply = grace.request("POST", &url, &[], file);
            assert_plain(&format!("{format} {}", String::from_utf8_lossy(file)), &reply.text);
        }
    }
}

fn values_of_our_own_types_have_their_own_messages(app: TestApp) {
    let (admin, ada) = (app.admin("root"), app.learner("ada"));
    let told = |reply: Reply, pointer: &str| {
        let problem = reply.problem(422, "invalid");
        let errors = problem["errors"].as_array().unwrap().clone();
        let error = errors.into_iter().find(|error| error["pointer"] == pointer);
        error.unwrap_or_else(|| panic!("{problem}"))["detail"].as_str().unwrap().to_owned()
    };
    let start = ada.post("/api/v1/attempts", &json!({"exam": "No!", "mode": "exam", "seed": 1.5}));
    assert!(told(start, "/exam").contains("such as clf-c02"));
    let sign_up = app.anonymous().post("/api/v1/users", &json!({"email": "nobody", "password": "x"}));
    let errors = sign_up.json()["errors"].as_array().unwrap().len();
    assert_eq!(errors, 2, "{}", sign_up.text);
    assert!(told(sign_up, "/email").contains("such as ada@example.org"));
    let cursor = admin.get("/api/v1/users?cursor=x").problem(400, "bad-request");
    assert_eq!(cursor["detail"], "cursor must be a next_cursor of this list");
    let several = admin.get("/api/v1/questions?limit=0&sort=color&job=7&exam=No!").problem(400, "bad-request");
    let detail = several["detail"].as_str().unwrap();
    for part in ["limit must be a whole number from 1 to 100", "sort must be one of ", "job must be a UUID"] {
        assert!(detail.contains(part), "{detail}");
    }
    let path = admin.get("/api/v1/exams/No!").problem(400, "bad-request");
    assert!(path["detail"].as_str().unwrap().contains("code must be 1 to 64 lowercase letters"), "{path}");
}
