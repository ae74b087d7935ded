//! Converts deserialization errors into terms of JSON instead of Rust.

use std::borrow::Cow;

/// The message if there is no better one.
const NOT_VALID: &str = "is not valid here";

/// The field with the error, unless it is the value itself, and what it must be.
pub fn in_plain_words(found: &str) -> (Option<&str>, Cow<'_, str>) {
    // The location in the text is reported elsewhere.
    let found = found.rsplit_once(" at line ").map_or(found, |(what, _)| what);
    let (kind, rest) = found.split_once([':', '`']).unwrap_or((found, ""));
    let field = || rest.split('`').next();
    // The client chose this name, so it may look like the text around it.
    let unknown = || {
        let (field, after) = rest.split_once('`')?;
        let is_all = after == ", there are no fields"
            || after.strip_prefix(", expected ").is_some_and(|wanted| !wanted.contains(", expected "));
        is_all.then_some(field)
    };
    match kind.trim_end() {
        "missing field" => (field(), "is required".into()),
        "duplicate field" => (field(), "is given more than once".into()),
        "unknown field" => (unknown(), "is not a known field".into()),
        "invalid type" | "invalid value" | "invalid length" | "unknown variant" => {
            let wanted = found.rsplit_once(", expected ").and_then(|(_, wanted)| wanted_in_plain_words(wanted));
            (None, wanted.map_or(NOT_VALID.into(), |wanted| format!("must be {wanted}").into()))
        }
        _ if ["must ", "is not ", "has ", "a list has "].iter().any(|begin| found.starts_with(begin)) => {
            (None, found.into())
        }
        _ => (None, NOT_VALID.into()),
    }
}

fn wanted_in_plain_words(wanted: &str) -> Option<Cow<'_, str>> {
    let words = wanted.replace('`', "");
    Some(match wanted.split(' ').next()? {
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number".into(),
        "f32" | "f64" => "a number".into(),
        "struct" => "an object".into(),
        "one" => words.into(),
        _ if wanted.starts_with('`') => words.into(),
        _ => match wanted {
            "a boolean" => "true or false".into(),
            "a string" | "string" => "a string".into(),
            "a map" => "an object".into(),
            "a sequence" | "a list" => "an array".into(),
            _ => return None,
        },
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Single,
        Multiple,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Shape {
        name: String,
        #[serde(default)]
        count: u32,
        #[serde(default)]
        share: f64,
        kind: Option<Kind>,
        list: Option<Vec<bool>>,
        inner: Option<Box<Shape>>,
    }

    #[test]
    fn errors_do_not_mention_rust() {
        let told = |json: &str| {
            let found = serde_json::from_str::<Shape>(json).unwrap_err().to_string();
            let (field, words) = in_plain_words(&found);
            format!("{} {words}", field.unwrap_or("-"))
        };
        for (json, words) in [
            (r#"{}"#, "name is required"),
            (r#"{"name": "a", "name": "b"}"#, "name is given more than once"),
            (r#"{"name": "a", "color": 1}"#, "color is not a known field"),
            (r#"{"name": "a", "col`our": 1}"#, "- is not a known field"),
            (r#"{"name": "a", "x`, expected `y": 1}"#, "- is not a known field"),
            (r#"{"name": 7}"#, "- must be a string"),
            (r#"{"name": "a", "count": "x, expected u8"}"#, "- must be a whole number"),
            (r#"{"name": "a", "count": -1}"#, "- must be a whole number"),
            (r#"{"name": "a", "share": []}"#, "- must be a number"),
            (r#"{"name": "a", "kind": "x"}"#, "- must be single or multiple"),
            (r#"{"name": "a", "list": {}}"#, "- must be an array"),
            (r#"{"name": "a", "list": [0]}"#, "- must be true or false"),
            (r#"{"name": "a", "inner": 7}"#, "- must be an object"),
        ] {
            assert_eq!(told(json), words, "{json}");
        }
        assert_eq!(in_plain_words("must be kind").1, "must be kind");
        assert_eq!(in_plain_words("invalid digit found in string").1, NOT_VALID);
    }
}
