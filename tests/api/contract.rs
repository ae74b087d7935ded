//! Holds what the server answers to what the API's description says.

use std::{collections::HashMap, sync::LazyLock};

use jsonschema::Validator;
use serde_json::{Value, json};
use tripos::server::openapi::Api;
use utoipa::OpenApi;

/// What any operation may answer, without saying so.
const GENERAL: [u16; 5] = [405, 414, 431, 500, 503];

/// Validators of the JSON bodies, by method, path template and status. `None` where the body is not JSON.
type Contract = HashMap<(String, String), HashMap<u16, Option<Validator>>>;

static CONTRACT: LazyLock<Contract> = LazyLock::new(|| {
    let document = serde_json::to_value(Api::openapi()).unwrap();
    let mut contract = Contract::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let responses = operation["responses"].as_object().unwrap().iter().map(|(status, response)| {
                let content = response["content"].as_object().and_then(|content| content.iter().next());
                let json = content.filter(|(media_type, _)| media_type.ends_with("json"));
                let validator = json.map(|(_, media)| {
                    let schema = json!({"allOf": [media["schema"]], "components": document["components"]});
                    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
                });
                (status.parse().unwrap(), validator)
            });
            contract.insert((method.to_uppercase(), path.clone()), responses.collect());
        }
    }
    contract
});

/// Fails when the answer is none that the description of the operation allows.
#[track_caller]
pub fn check(method: &str, path: &str, status: u16, body: &str) {
    let path = path.split('?').next().unwrap();
    // Where a template and a plain path fit, the plain one is meant.
    let fitting = CONTRACT.iter().filter(|((verb, template), _)| verb == method && fits(template, path));
    let operation = fitting.min_by_key(|((_, template), _)| template.matches('{').count());
    let Some(((_, template), responses)) = operation.filter(|_| !GENERAL.contains(&status)) else { return };
    let Some(validator) = responses.get(&status) else {
        panic!("{method} {template} does not say that it answers {status}")
    };
    let Some(validator) = validator else { return };
    let body: Value = serde_json::from_str(body).unwrap();
    let faults: Vec<String> =
        validator.iter_errors(&body).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(faults.is_empty(), "{method} {template} {status}: {faults:#?}");
}

fn fits(template: &str, path: &str) -> bool {
    let (wanted, given) = (template.split('/'), path.split('/'));
    wanted.clone().count() == given.clone().count()
        && wanted.zip(given).all(|(wanted, given)| wanted == given || wanted.starts_with('{') && !given.is_empty())
}
