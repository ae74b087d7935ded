//! JSON files, with error messages for people that name the place.

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_path_to_error::{Path, Segment};

use crate::http::extract::in_plain_words;

/// Parses a text that is one object. The error names the place, in terms of JSON and not of Rust.
pub fn from_json<T: DeserializeOwned>(text: &[u8]) -> Result<T, String> {
    // Serde would read the fields of a struct from an array, in order.
    if text.trim_ascii_start().first() == Some(&b'[') {
        return Err("the file must be an object".to_owned());
    }
    let mut json = serde_json::Deserializer::from_slice(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        // Serde also reports a syntax error where it expects a word and finds another type.
        let is_json = || serde_json::from_slice::<IgnoredAny>(text).is_ok();
        if error.inner().is_data() || is_json() {
            in_words(pointer(error.path()), error.inner())
        } else {
            malformed(error.inner())
        }
    })?;
    json.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn in_words(mut pointer: String, error: &serde_json::Error) -> String {
    let found = error.to_string();
    let (field, detail) = in_plain_words(&found);
    // For an unknown field, the pointer already contains it.
    pointer.extend(field.map(segment).filter(|field| !pointer.ends_with(field.as_str())));
    let place = if pointer.is_empty() { "the file" } else { &pointer };
    format!("{place} {detail} (line {})", error.line())
}

fn malformed(error: &serde_json::Error) -> String {
    let what = if error.is_eof() { "the text ends too early" } else { "error" };
    format!("this is not valid JSON: {what} at line {}, column {}", error.line(), error.column())
}

fn pointer(path: &Path) -> String {
    let segments = path.iter().filter_map(|part| match part {
        Segment::Seq { index } => Some(format!("/{index}")),
        Segment::Map { key } => Some(segment(key)),
        Segment::Enum { .. } | Segment::Unknown => None,
    });
    segments.collect()
}

/// A key as a part of a JSON Pointer.
fn segment(key: &str) -> String {
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}
