//! Compares a request with the API's description, so that errors say what is wrong with it.
//!
//! Handlers' types decide what is accepted. When they refuse something, the same description that clients read says what
//! would have been right: in words of HTTP and JSON, of everything at once.

use actix_web::{HttpRequest, web};
use serde_json::Value;

use crate::error::FieldError;

mod schema;

use schema::Schemas;

/// The description of the API.
pub struct Description(Value);

/// What is said of one operation.
pub struct Operation<'a> {
    schemas: Schemas<'a>,
    operation: &'a Value,
}

/// What is said of one parameter.
#[derive(Clone, Copy)]
pub struct Parameter<'a> {
    /// Its name.
    pub name: &'a str,
    /// Whether it must be there.
    pub required: bool,
    schemas: Schemas<'a>,
    schema: &'a Value,
}

impl Description {
    /// From an OpenAPI document.
    pub fn new(document: Value) -> Self {
        Self(document)
    }

    /// That of the server that this request came to.
    pub fn of(req: &HttpRequest) -> Option<&Self> {
        req.app_data::<web::Data<Self>>().map(|description| description.as_ref())
    }

    /// The operation that a request asks for.
    pub fn operation(&self, req: &HttpRequest) -> Option<Operation<'_>> {
        let (path, method) = (req.match_pattern()?, req.method().as_str().to_ascii_lowercase());
        let operation = self.0.get("paths")?.get(path)?.get(method)?;
        Some(Operation { schemas: Schemas::new(&self.0), operation })
    }
}

impl<'a> Operation<'a> {
    /// The parameters in the `query` or in the `path`.
    pub fn parameters(&self, place: &str) -> Vec<Parameter<'a>> {
        let schemas = self.schemas;
        let all = self.operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
        let here = all.filter(|parameter| parameter.get("in").and_then(Value::as_str) == Some(place));
        here.filter_map(|parameter| {
            Some(Parameter {
                name: parameter.get("name")?.as_str()?,
                required: parameter.get("required").and_then(Value::as_bool).unwrap_or(false),
                schemas,
                schema: parameter.get("schema")?,
            })
        })
        .collect()
    }

    /// Everything that is wrong with a JSON body, as far as its schema says.
    pub fn body_faults(&self, body: &Value) -> Vec<FieldError> {
        let schema = self.operation.pointer("/requestBody/content/application~1json/schema");
        schema.map(|schema| self.schemas.faults(schema, body)).unwrap_or_default()
    }
}

impl Parameter<'_> {
    /// What is wrong with this value, as far as the schema says: what it must be.
    pub fn fault(&self, text: &str) -> Option<String> {
        let value = self.schemas.value(self.schema, text);
        self.schemas.faults(self.schema, &value).into_iter().next().map(|fault| fault.detail)
    }
}
