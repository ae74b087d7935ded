//! Checks the responses of the server against the API description.

use std::{collections::HashMap, sync::LazyLock};

use jsonschema::Validator;
use serde_json::{Value, json};
use tripos::server::openapi::Api;
use utoipa::OpenApi;

use crate::app::Reply;

/// Statuses that any operation may return without declaring more than general errors.
const GENERAL: [u16; 5] = [405, 414, 431, 500, 503];

/// Header fields that a response has if and only if the description says so.
const PROMISED: [&str; 10] = [
    "ETag",
    "Location",
    "Link",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "WWW-Authenticate",
    "Idempotent-Replayed",
    "Content-Disposition",
    "Tripos-Left-Out",
];

/// The description of a response.
struct Answer {
    /// Its header fields, and whether each is required.
    headers: HashMap<String, bool>,
    /// Its media types. JSON types have a validator.
    media: HashMap<String, Option<Validator>>,
}

/// Responses by method and path template, and by status or `default`.
type Contract = HashMap<(String, String), HashMap<String, Answer>>;

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| {
    let document = serde_json::to_value(Api::openapi()).unwrap();
    let mut contract = Contract::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let answers = operation["responses"].as_object().unwrap().iter();
            let answers = answers.map(|(status, response)| (status.clone(), answer(&document, response)));
            contract.insert((method.to_uppercase(), path.clone()), answers.collect());
        }
    }
    contract
});

/// A part of the document, with its reference resolved.
pub fn resolved<'a>(document: &'a Value, part: &'a Value) -> &'a Value {
    match part["$ref"].as_str() {
        Some(reference) => document.pointer(reference.strip_prefix('#').unwrap()).unwrap(),
        None => part,
    }
}

fn answer(document: &Value, response: &Value) -> Answer {
    let response = resolved(document, response);
    let fields = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let headers = fields(&response["headers"]).into_iter().map(|(name, header)| {
        let required = resolved(document, &header)["required"] == json!(true);
        (name, required)
    });
    let media = fields(&response["content"]).into_iter().map(|(media_type, media)| {
        let validator = media_type.ends_with("json").then(|| {
            let schema = json!({"allOf": [media["schema"]], "components": document["components"]});
            jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
        });
        (media_type, validator)
    });
    Answer { headers: headers.collect(), media: media.collect() }
}

/// Fails if the description of the operation does not allow the response.
#[track_caller]
pub fn check(method: &str, path: &str, reply: &Reply) {
    let path = path.split('?').next().unwrap();
    // If both a template and a plain path match, the plain one wins.
    let fitting = CONTRACT.iter().filter(|((verb, template), _)| verb == method && fits(template, path));
    let operation = fitting.min_by_key(|((_, template), _)| template.matches('{').count());
    let Some(((_, template), answers)) = operation else { return };
    let status = reply.status;
    let what = format!("{method} {template} {status}");
    let said = answers.get(&status.to_string());
    let general = GENERAL.contains(&status).then(|| &answers["default"]);
    let Some(answer) = said.or(general) else { panic!("{what} is not described") };
    for (name, _) in answer.headers.iter().filter(|(_, required)| **required) {
        assert!(reply.header(name).is_some(), "{what}: {name} is promised");
    }
    for name in PROMISED.iter().filter(|name| reply.header(name).is_some()) {
        assert!(said.is_none() || answer.headers.contains_key(*name), "{what}: {name} is not described");
    }
    if reply.bytes.is_empty() || !template.starts_with("/api/") {
        return;
    }
    let media_type = reply.header("content-type").unwrap_or_default().split(';').next().unwrap();
    let validator = answer.media.get(media_type).unwrap_or_else(|| panic!("{what}: {media_type} is not described"));
    let Some(validator) = validator else { return };
    let body: Value = serde_json::from_str(&reply.text).unwrap();
    let faults: Vec<String> =
        validator.iter_errors(&body).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(faults.is_empty(), "{what}: {faults:#?}");
}

fn fits(template: &str, path: &str) -> bool {
    let (wanted, given) = (template.split('/'), path.split('/'));
    wanted.clone().count() == given.clone().count()
        && wanted.zip(given).all(|(wanted, given)| wanted == given || wanted.starts_with('{') && !given.is_empty())
}
