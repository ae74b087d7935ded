//! Uses the description of the API to explain what is wrong with a request.
//!
//! The types of handlers decide what is accepted. If they reject a request, the description that clients read says what
//! would be valid: in terms of HTTP and JSON, and for all errors at once.

use actix_web::{HttpRequest, web};
use serde_json::Value;

use crate::error::FieldError;

mod schema;

use schema::Schemas;

/// The description of the API.
pub struct Description(Value);

/// The description of one operation.
pub struct Operation<'a> {
    schemas: Schemas<'a>,
    operation: &'a Value,
}

/// The description of one parameter.
#[derive(Clone, Copy)]
pub struct Parameter<'a> {
    /// Its name.
    pub name: &'a str,
    /// Whether it is required.
    pub required: bool,
    schemas: Schemas<'a>,
    schema: &'a Value,
}

impl Description {
    /// From an OpenAPI document.
    pub fn new(document: Value) -> Self {
        Self(document)
    }

    /// The description of the server that handles this request.
    pub fn of(req: &HttpRequest) -> Option<&Self> {
        req.app_data::<web::Data<Self>>().map(|description| description.as_ref())
    }

    /// The operation of a request.
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

    /// All errors in a JSON body, according to its schema.
    pub fn body_faults(&self, body: &Value) -> Vec<FieldError> {
        let schema = self.operation.pointer("/requestBody/content/application~1json/schema");
        schema.map(|schema| self.schemas.faults(schema, body)).unwrap_or_default()
    }
}

impl Parameter<'_> {
    /// What this value must be, if it is invalid according to the schema.
    pub fn fault(&self, text: &str) -> Option<String> {
        let value = self.schemas.value(self.schema, text);
        self.schemas.faults(self.schema, &value).into_iter().next().map(|fault| fault.detail)
    }
}
