//! Extractors for handlers: JSON bodies with located errors, query strings, pages of a list.

use std::{
    future::{Future, ready},
    pin::Pin,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _},
};
use serde_json::Value;

use super::description::Description;
use crate::error::{Error, FieldError};

mod body;
mod inflate;
mod page;
mod query;
mod words;

pub use body::{collect, read};
pub use inflate::Sent;
pub use page::{Cursor, Page, SortCursor, cut_to_page, next_page, page_limit};
pub use query::{Query, bad_path, known};
pub use words::in_plain_words;

/// A JSON body. Malformed JSON is a 400. Wrong types and values are a 422 that locates all of them.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, read) = (req.clone(), read(req, payload));
        Box::pin(async move { parse(&req, &read.await?).map(Self) })
    }
}

/// A JSON body that may be absent, or null.
#[derive(Debug)]
pub struct OptionalBody<T>(pub Option<T>);

impl<T: DeserializeOwned + 'static> FromRequest for OptionalBody<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let field = |name| req.headers().get(name).map(|value| value.as_bytes());
        let is_absent = field(header::TRANSFER_ENCODING).is_none()
            && field(header::CONTENT_LENGTH).is_none_or(|length| length == b"0");
        if is_absent {
            return Box::pin(ready(Ok(Self(None))));
        }
        let body = Body::<Option<T>>::from_request(req, payload);
        Box::pin(async move { Ok(Self(body.await?.0)) })
    }
}

/// The value of the JSON body of a request.
pub fn parse<T: DeserializeOwned>(req: &HttpRequest, bytes: &[u8]) -> Result<T, Error> {
    match from_json(bytes) {
        Ok(value) => match objects_for_words(req, bytes) {
            faults if faults.is_empty() => Ok(value),
            faults => Err(Error::Invalid(faults)),
        },
        Err(Error::Invalid(found)) => Err(Error::Invalid(complete(req, bytes, found))),
        Err(other) => Err(other),
    }
}

/// The objects in a body where the description allows none: Serde accepts `{"word": null}` for an enumeration.
fn objects_for_words(req: &HttpRequest, bytes: &[u8]) -> Vec<FieldError> {
    if !contains(bytes, b"null") {
        return Vec::new();
    }
    let operation = Description::of(req).and_then(|description| description.operation(req));
    let body = serde_json::from_slice::<Value>(bytes).ok();
    let Some((operation, body)) = operation.zip(body) else { return Vec::new() };
    let mut faults = operation.body_faults(&body);
    faults.retain(|fault| body.pointer(&fault.pointer).is_some_and(Value::is_object));
    faults
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The errors found so far, with all other errors in the body according to the description.
fn complete(req: &HttpRequest, bytes: &[u8], found: Vec<FieldError>) -> Vec<FieldError> {
    let operation = Description::of(req).and_then(|description| description.operation(req));
    let body = serde_json::from_slice::<Value>(bytes).ok();
    let mut faults = operation.zip(body).map(|(operation, body)| operation.body_faults(&body)).unwrap_or_default();
    for found in found {
        // An object with errors in its fields is not an error itself.
        let inside = format!("{}/", found.pointer);
        if !faults.iter().any(|fault| fault.pointer == found.pointer || fault.pointer.starts_with(&inside)) {
            faults.push(found);
        }
    }
    faults
}

fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    // Serde would accept a list for a struct and assign its items by order.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(Error::invalid("", "must be a JSON object"));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let pointer = pointer(error.path());
        let cause = error.into_inner();
        // Serde reports a value of another type in place of a word as a syntax error, too.
        let is_json = || serde_json::from_slice::<Value>(bytes).is_ok();
        if cause.is_data() || is_json() {
            Error::Invalid(vec![located(pointer, &cause.to_string())])
        } else {
            malformed(&cause)
        }
    })?;
    json.end().map_err(|error| malformed(&error))?;
    let faults = nul_characters(bytes);
    if faults.is_empty() { Ok(value) } else { Err(Error::Invalid(faults)) }
}

/// The error at this location.
fn located(mut pointer: String, found: &str) -> FieldError {
    let (field, detail) = in_plain_words(found);
    // The location of an unknown field already contains its name.
    pointer.extend(field.map(segment).filter(|field| !pointer.ends_with(field.as_str())));
    FieldError { pointer, detail: detail.into_owned() }
}

/// The strings that contain a NUL character, which JSON can encode but PostgreSQL cannot store.
fn nul_characters(bytes: &[u8]) -> Vec<FieldError> {
    fn look(value: &Value, pointer: &str, faults: &mut Vec<FieldError>) {
        match value {
            Value::String(text) if text.contains('\0') => {
                faults.push(FieldError {
                    pointer: pointer.to_owned(),
                    detail: "must not contain a NUL character".into(),
                });
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(index, item)| look(item, &format!("{pointer}/{index}"), faults));
            }
            Value::Object(fields) => {
                fields.iter().for_each(|(key, field)| look(field, &format!("{pointer}{}", segment(key)), faults));
            }
            _ => {}
        }
    }
    let mut faults = Vec::new();
    if contains(bytes, br"\u0000")
        && let Ok(value) = serde_json::from_slice(bytes)
    {
        look(&value, "", &mut faults);
    }
    faults
}

fn malformed(error: &serde_json::Error) -> Error {
    let what = if error.is_eof() { "it ends too early" } else { "look" };
    let (line, column) = (error.line(), error.column());
    Error::BadRequest(format!("the body is not well-formed JSON: {what} at line {line}, column {column}"))
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .filter_map(|part| match part {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(segment(key)),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

/// A key as a part of a JSON Pointer.
pub(super) fn segment(key: &str) -> String {
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// Deserializes a whole number, which JSON may also write as `1.0`.
pub fn integer<'de, D: Deserializer<'de>, N: TryFrom<i64>>(deserializer: D) -> Result<N, D::Error> {
    let number = serde_json::Number::deserialize(deserializer)?;
    let whole = |float: f64| (float.fract() == 0.0 && float.abs() < MOST_EXACT).then_some(float as i64);
    let value = number.as_i64().or_else(|| number.as_f64().and_then(whole)).and_then(|value| N::try_from(value).ok());
    value.ok_or_else(|| D::Error::custom("must be a whole number in range"))
}

/// The same, or null.
pub fn optional_integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    struct Integer(#[serde(deserialize_with = "integer")] i64);
    Ok(Option::<Integer>::deserialize(deserializer)?.map(|Integer(value)| value))
}

/// 2^53: from here on, not every integer is a floating-point number.
const MOST_EXACT: f64 = 9_007_199_254_740_992.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Shape {
        #[serde(rename = "list")]
        _list: Vec<u8>,
    }

    #[test]
    fn a_wrong_type_is_pointed_at() {
        let Err(Error::Invalid(faults)) = from_json::<Shape>(br#"{"list": [1, "two"]}"#) else { panic!("accepted") };
        assert_eq!(faults[0].pointer, "/list/1");
        assert!(!faults[0].detail.contains("line"), "{}", faults[0].detail);
    }

    #[test]
    fn a_number_in_place_of_a_word_is_not_a_syntax_error() {
        #[derive(Debug, Deserialize)]
        enum Kind {
            Single,
        }
        #[derive(Debug, Deserialize)]
        struct Question {
            #[serde(rename = "kind")]
            _kind: Kind,
        }
        assert!(from_json::<Question>(br#"{"kind": "Single"}"#).is_ok_and(|read| matches!(read._kind, Kind::Single)));
        for wrong in ["7", "true", "[]", "{}"] {
            let body = format!("{{\"kind\": {wrong}}}");
            let Err(Error::Invalid(faults)) = from_json::<Question>(body.as_bytes()) else { panic!("{wrong}") };
            assert_eq!(faults[0].pointer, "/kind", "{wrong}");
        }
    }

    #[test]
    fn nul_characters_are_pointed_at() {
        let read = |text: &str| from_json::<Value>(text.as_bytes());
        let Err(Error::Invalid(faults)) = read(r#"{"a/b": ["x", "y\u0000"]}"#) else { panic!("accepted") };
        assert_eq!(faults[0].pointer, "/a~1b/1");
        assert!(read(r#"{"a": "\\u0000"}"#).is_ok());
    }

    #[test]
    fn whole_numbers_are_accepted_in_any_notation() {
        #[derive(Deserialize)]
        struct Numbers {
            #[serde(deserialize_with = "integer")]
            one: i32,
            #[serde(default, deserialize_with = "optional_integer")]
            other: Option<i64>,
        }
        let read = |text: &str| from_json::<Numbers>(text.as_bytes()).map(|numbers| (numbers.one, numbers.other));
        assert_eq!(read(r#"{"one": 7}"#).unwrap(), (7, None));
        assert_eq!(read(r#"{"one": 7.0, "other": 1e3}"#).unwrap(), (7, Some(1000)));
        assert_eq!(read(r#"{"one": -7, "other": null}"#).unwrap(), (-7, None));
        for wrong in [r#"{"one": 7.5}"#, r#"{"one": 3e9}"#, r#"{"one": 1e400}"#, r#"{"one": "7"}"#, r#"{"one": null}"#]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read(r#"{"one": 7, "other": 1e19}"#).is_err());
    }

    #[test]
    fn invalid_json_is_a_bad_request() {
        for text in ["", "{", "nul", "{\"list\": []} x", "{\"list\": [1}"] {
            assert!(matches!(from_json::<Shape>(text.as_bytes()), Err(Error::BadRequest(_))), "{text:.20}");
        }
    }

    #[test]
    fn lists_and_deep_nesting_are_invalid() {
        for text in ["[[1]]".to_owned(), "[".repeat(100_000), format!("{{\"list\": {}", "[".repeat(100_000))] {
            assert!(matches!(from_json::<Shape>(text.as_bytes()), Err(Error::Invalid(_))), "{text:.20}");
        }
    }
}
