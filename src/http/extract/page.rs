//! Pages of a list: the limit and the position.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Deserializer, de::Error as _};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, Schema, Type},
    },
};
use uuid::Uuid;

use crate::error::Error;

/// The requested part of a list.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// How many items at most.
    #[serde(default = "default_limit")]
    #[param(minimum = 1, maximum = 100, default = 50)]
    pub limit: u32,
    /// The position to continue from: `next_cursor` of the page before.
    pub cursor: Option<Cursor>,
}

fn default_limit() -> u32 {
    50
}

impl Page {
    /// The limit, or an error if it is out of range.
    pub fn limit(&self) -> Result<i64, Error> {
        page_limit(Some(self.limit))
    }
}

/// The limit of a page, or an error if `asked` is out of range.
pub fn page_limit(asked: Option<u32>) -> Result<i64, Error> {
    match asked.unwrap_or_else(default_limit) {
        limit @ 1..=100 => Ok(i64::from(limit)),
        _ => Err(Error::BadRequest("limit must be from 1 to 100".into())),
    }
}

/// Truncates rows, read with a limit one higher than requested, to a page. Returns the cursor of the next page, if any.
pub fn cut_to_page<T, C: fmt::Display>(found: &mut Vec<T>, limit: i64, place: impl Fn(&T) -> C) -> Option<String> {
    let more = found.len() as i64 > limit;
    found.truncate(limit as usize);
    found.last().filter(|_| more).map(|last| place(last).to_string())
}

/// Decodes the bytes of a cursor that [`encode`] wrote.
fn decode<'de, const N: usize, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; N], D::Error> {
    let text = String::deserialize(deserializer)?;
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| D::Error::custom("must be a next_cursor of this list"))
}

fn encode(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(&BASE64URL_NOPAD.encode(bytes))
}

/// The id of the last item of a page, in an opaque form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(pub Uuid);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        encode(self.0.as_bytes(), f)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        decode(deserializer).map(|bytes| Self(Uuid::from_bytes(bytes)))
    }
}

impl PartialSchema for Cursor {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            // The last of the 22 characters of 6 bits each has only 2 bits of the 128, so the other four are 0.
            .pattern(Some("^[A-Za-z0-9_-]{21}[AQgw]$"))
            .description(Some("A position in a list, as returned in `next_cursor`."))
            .into()
    }
}

impl ToSchema for Cursor {}

/// The position of the last item of a page in a list that is sorted by a number: that number and the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortCursor {
    /// The number that the list is sorted by; 0 if it is sorted by the id alone.
    pub value: i64,
    /// The id.
    pub id: Uuid,
}

impl fmt::Display for SortCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        encode(&[&self.value.to_be_bytes()[..], self.id.as_bytes()].concat(), f)
    }
}

impl<'de> Deserialize<'de> for SortCursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let [v0, v1, v2, v3, v4, v5, v6, v7, id @ ..] = decode::<24, D>(deserializer)?;
        let value = i64::from_be_bytes([v0, v1, v2, v3, v4, v5, v6, v7]);
        Ok(Self { value, id: Uuid::from_bytes(id) })
    }
}

impl PartialSchema for SortCursor {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[A-Za-z0-9_-]{32}$"))
            .description(Some("A position in a sorted list, as returned in `next_cursor`."))
            .into()
    }
}

impl ToSchema for SortCursor {}

/// The query string of the next page: that of this page with another cursor.
pub fn next_page(query: &str, cursor: &str) -> String {
    let others = query.split('&').filter(|part| !part.is_empty() && !part.starts_with("cursor="));
    // A Link header holds the URL between angle brackets.
    let others = others.map(|part| part.replace('>', "%3E"));
    others.chain([format!("cursor={cursor}")]).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_has_the_same_filters() {
        assert_eq!(next_page("", "x"), "cursor=x");
        assert_eq!(next_page("q=a%26b&cursor=w&limit=7", "x"), "q=a%26b&limit=7&cursor=x");
        assert_eq!(next_page("q=a>b", "x"), "q=a%3Eb&cursor=x");
    }

    #[test]
    fn a_cursor_survives_a_round_trip() {
        let cursor = SortCursor { value: -7, id: Uuid::from_u128(42) };
        let text = cursor.to_string();
        assert_eq!(text.len(), 32);
        assert_eq!(serde_json::from_value::<SortCursor>(text.into()).unwrap(), cursor);
        for wrong in ["", "AAAA", "x".repeat(33).as_str()] {
            assert!(serde_json::from_value::<SortCursor>(wrong.into()).is_err(), "{wrong}");
        }
    }
}
