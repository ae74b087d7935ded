//! Describes a JSON Schema in words, and lists where a value violates it. It covers the parts of JSON Schema that the
//! API's description uses and that help people; it does not decide whether a request is accepted.

use serde_json::Value;
use uuid::Uuid;

use crate::{error::FieldError, http::extract::segment};

/// The maximum number of errors in one response.
const MOST_FAULTS: usize = 50;

/// The schemas of a document, to resolve references.
#[derive(Clone, Copy)]
pub struct Schemas<'a> {
    document: &'a Value,
}

impl<'a> Schemas<'a> {
    /// The schemas of an OpenAPI document.
    pub fn new(document: &'a Value) -> Self {
        Self { document }
    }

    /// The errors in a value.
    pub fn faults(self, schema: &'a Value, value: &Value) -> Vec<FieldError> {
        let mut faults = Vec::new();
        self.check(schema, value, "", &mut faults);
        faults.truncate(MOST_FAULTS);
        faults
    }

    /// The value that a parameter's text stands for.
    pub fn value(self, schema: &'a Value, text: &str) -> Value {
        let types = self.types(schema);
        let is = |name: &str| types.contains(&name);
        let scalar = serde_json::from_str::<Value>(text).ok().filter(|value| match value {
            Value::Bool(_) => is("boolean"),
            Value::Number(_) => is("integer") || is("number"),
            _ => false,
        });
        scalar.unwrap_or_else(|| text.into())
    }

    fn resolve(self, schema: &'a Value) -> &'a Value {
        let reference = schema.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
        reference.and_then(|pointer| self.document.pointer(pointer)).unwrap_or(schema)
    }

    /// The alternatives of a schema, or the schema itself.
    fn options(self, schema: &'a Value) -> Vec<&'a Value> {
        let schema = self.resolve(schema);
        let options = ["oneOf", "anyOf"].iter().find_map(|key| schema.get(key)?.as_array());
        match options {
            Some(options) => options.iter().flat_map(|option| self.options(option)).collect(),
            None => vec![schema],
        }
    }

    fn types(self, schema: &'a Value) -> Vec<&'a str> {
        self.options(schema).into_iter().flat_map(types).collect()
    }

    fn check(self, schema: &'a Value, value: &Value, at: &str, faults: &mut Vec<FieldError>) {
        if faults.len() >= MOST_FAULTS {
            return;
        }
        let options = self.options(schema);
        let fitting: Vec<&Value> = options.iter().copied().filter(|option| fits(option, value)).collect();
        match fitting[..] {
            [] => {
                let mut words: Vec<String> = options.iter().map(|option| in_words(option)).collect();
                words.dedup();
                faults.push(fault(at, format!("must be {}", words.join(" or "))));
            }
            [one] => self.check_inside(one, value, at, faults),
            _ => {
                let inside = fitting.iter().map(|option| {
                    let mut faults = Vec::new();
                    self.check_inside(option, value, at, &mut faults);
                    faults
                });
                faults.extend(inside.min_by_key(Vec::len).unwrap_or_default());
            }
        }
    }

    /// The errors inside a value of the right type.
    fn check_inside(self, schema: &'a Value, value: &Value, at: &str, faults: &mut Vec<FieldError>) {
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.check(part, value, at, faults);
        }
        match value {
            Value::Array(items) => {
                let Some(schema) = schema.get("items") else { return };
                for (index, item) in items.iter().enumerate() {
                    self.check(schema, item, &format!("{at}/{index}"), faults);
                }
            }
            Value::Object(fields) => {
                let known = schema.get("properties").and_then(Value::as_object);
                for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
                    let name = name.as_str().unwrap_or_default();
                    if !fields.contains_key(name) {
                        faults.push(fault(&format!("{at}{}", segment(name)), "is required".into()));
                    }
                }
                for (name, field) in fields {
                    let at = || format!("{at}{}", segment(name));
                    match known.and_then(|known| known.get(name)) {
                        Some(schema) => self.check(schema, field, &at(), faults),
                        None => match schema.get("additionalProperties") {
                            Some(Value::Bool(false)) => {
                                let names: Vec<&str> =
                                    known.into_iter().flat_map(|known| known.keys()).map(String::as_str).collect();
                                let detail =
                                    format!("is not a field of this object, whose fields are {}", names.join(", "));
                                faults.push(fault(&at(), detail));
                            }
                            Some(schema) => self.check(schema, field, &at(), faults),
                            None => {}
                        },
                    }
                    if faults.len() >= MOST_FAULTS {
                        return;
                    }
                }
            }
            _ => {}
        }
    }
}

fn fault(pointer: &str, detail: String) -> FieldError {
    FieldError { pointer: pointer.to_owned(), detail }
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Whether a value has the type, is one of the words and is in the range of a schema without alternatives.
fn fits(schema: &Value, value: &Value) -> bool {
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words.contains(value);
    }
    let types = types(schema);
    let is_type = |name: &&str| match value {
        Value::Null => *name == "null",
        Value::Bool(_) => *name == "boolean",
        Value::Number(number) => {
            *name == "number" || *name == "integer" && number.as_f64().is_some_and(|n| n.fract() == 0.0)
        }
        Value::String(_) => *name == "string",
        Value::Array(_) => *name == "array",
        Value::Object(_) => *name == "object",
    };
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    let is_in_format = match value {
        Value::Number(number) => {
            let (min, max) = range(schema);
            number
                .as_f64()
                .is_none_or(|n| min.is_none_or(|min| n >= min as f64) && max.is_none_or(|max| n <= max as f64))
        }
        Value::String(text) => match format {
            "uuid" => Uuid::parse_str(text).is_ok(),
            "date" => text.parse::<jiff::civil::Date>().is_ok(),
            "date-time" => text.parse::<jiff::Timestamp>().is_ok(),
            _ => is_within(schema, "Length", text.chars().count()),
        },
        Value::Array(items) => is_within(schema, "Items", items.len()),
        _ => true,
    };
    (types.is_empty() || types.iter().any(is_type)) && is_in_format
}

fn bound(schema: &Value, key: &str) -> Option<i64> {
    schema.get(key).and_then(|bound| bound.as_i64().or_else(|| bound.as_f64().map(|bound| bound as i64)))
}

/// The minimum and the maximum of a number.
fn range(schema: &Value) -> (Option<i64>, Option<i64>) {
    let limit = |narrow: i64| (schema.get("format").and_then(Value::as_str) == Some("int32")).then_some(narrow);
    (
        bound(schema, "minimum").or_else(|| limit(i32::MIN.into())),
        bound(schema, "maximum").or_else(|| limit(i32::MAX.into())),
    )
}

/// Whether a count is within `min…` and `max…` of a schema.
fn is_within(schema: &Value, what: &str, count: usize) -> bool {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    bound(schema, &format!("min{what}")).is_none_or(|min| count >= min)
        && bound(schema, &format!("max{what}")).is_none_or(|max| count <= max)
}

/// What a value must be.
fn in_words(schema: &Value) -> String {
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        let words: Vec<String> =
            words.iter().map(|word| word.as_str().map_or_else(|| word.to_string(), Into::into)).collect();
        return match &words[..] {
            [one] => one.clone(),
            _ => format!("one of {}", words.join(", ")),
        };
    }
    let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
    let count =
        |what: &str, of: &str| match (bound(schema, &format!("min{what}")), bound(schema, &format!("max{what}"))) {
            (Some(min), Some(max)) => format!(" of {min} to {max} {of}"),
            (None, Some(max)) => format!(" of at most {max} {of}"),
            (Some(min), None) => format!(" of at least {min} {of}"),
            (None, None) => String::new(),
        };
    let of_type = |name: &&str| match *name {
        // The format alone limits only absurdly large numbers.
        "integer" if bound(schema, "minimum").or_else(|| bound(schema, "maximum")).is_none() => "a whole number".into(),
        "integer" => match range(schema) {
            (Some(min), Some(max)) => format!("a whole number from {min} to {max}"),
            (Some(min), None) => format!("a whole number from {min}"),
            (None, Some(max)) => format!("a whole number up to {max}"),
            (None, None) => "a whole number".into(),
        },
        "number" => "a number".into(),
        "boolean" => "true or false".into(),
        "string" => match format {
            "uuid" => "a UUID".into(),
            "date" => "a date, such as 2026-11-23".into(),
            "date-time" => "a time, such as 2026-11-23T10:30:00Z".into(),
            _ => format!("a string{}", count("Length", "characters")),
        },
        "array" => format!("an array{}", count("Items", "items")),
        "object" => "an object".into(),
        other => other.to_owned(),
    };
    let words: Vec<String> = types(schema).iter().map(of_type).collect();
    if words.is_empty() { "a JSON value".into() } else { words.join(" or ") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({
            "components": {"schemas": {
                "Kind": {"type": "string", "enum": ["single", "multiple"]},
                "Answer": {
                    "type": "object", "required": ["body"], "additionalProperties": false,
                    "properties": {"body": {"type": "string", "maxLength": 5}, "right": {"type": "boolean"}},
                },
            }},
            "schema": {
                "type": "object", "required": ["kind", "answers", "id"], "additionalProperties": false,
                "properties": {
                    "kind": {"$ref": "#/components/schemas/Kind"},
                    "answers": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Answer"}},
                    "level": {"type": ["integer", "null"], "minimum": 1, "maximum": 5},
                    "id": {"oneOf": [{"type": "null"}, {"type": "string", "format": "uuid"}]},
                    "domain": {"type": "integer", "format": "int32"},
                },
            },
        })
    }

    fn told(value: Value) -> Vec<String> {
        let document = document();
        let faults = Schemas::new(&document).faults(&document["schema"], &value);
        faults.into_iter().map(|fault| format!("{} {}", fault.pointer, fault.detail)).collect()
    }

    #[test]
    fn all_errors_are_reported_at_once() {
        let wrong = json!({
            "kind": "triple", "color": 1, "level": 9, "domain": 3_000_000_000_i64,
            "answers": [{"right": 1}, 7, {"body": "too long"}, {"body": "fine", "x/y": 0}],
        });
        assert_eq!(
            told(wrong),
            [
                "/id is required",
                "/answers/0/body is required",
                "/answers/0/right must be true or false",
                "/answers/1 must be an object",
                "/answers/2/body must be a string of at most 5 characters",
                "/answers/3/x~1y is not a field of this object, whose fields are body, right",
                "/color is not a field of this object, whose fields are answers, domain, id, kind, level",
                "/domain must be a whole number",
                "/kind must be one of single, multiple",
                "/level must be a whole number from 1 to 5 or null",
            ]
        );
        assert_eq!(told(json!([])), [" must be an object"]);
        assert_eq!(
            told(json!({"kind": "single", "answers": [], "id": "x"})),
            ["/answers must be an array of at least 1 items", "/id must be null or a UUID",]
        );
    }

    #[test]
    fn valid_values_have_no_errors() {
        let right = json!({"kind": "single", "answers": [{"body": "a"}], "id": null, "level": 5.0, "domain": -1});
        assert!(told(right).is_empty());
    }

    #[test]
    fn the_number_of_errors_is_limited() {
        let many: serde_json::Map<String, Value> = (0..1000).map(|n| (format!("field{n}"), json!(n))).collect();
        assert_eq!(told(many.into()).len(), MOST_FAULTS);
    }

    #[test]
    fn a_parameter_is_read_as_its_type() {
        let (document, integer, text) = (json!({}), json!({"type": "integer"}), json!({"type": "string"}));
        let schemas = Schemas::new(&document);
        assert_eq!(schemas.value(&integer, "7"), json!(7));
        assert_eq!(schemas.value(&integer, "seven"), json!("seven"));
        assert_eq!(schemas.value(&text, "7"), json!("7"));
    }
}
