//! Entity tags: 304 to clients that have the current state, 412 to clients that change a state that they have not seen
//! (RFC 9110, section 13).

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderName},
};
use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_128;

use super::compression::Coding;
use crate::error::Error;

/// Room for most replies, so that they need not grow.
const COMMON_LENGTH: usize = 2048;

/// A response body: the JSON, and the tag of this state.
///
/// Created on the blocking thread that read the rows: a page is long, and the async threads must stay free.
pub struct TaggedJson {
    json: Vec<u8>,
    tag: String,
    next: Option<String>,
    public: bool,
    weak: bool,
}

impl TaggedJson {
    /// The JSON of a value.
    pub fn of(value: &impl Serialize) -> Result<Self, Error> {
        let mut json = Vec::with_capacity(COMMON_LENGTH);
        serde_json::to_writer(&mut json, value).map_err(|error| Error::Internal(format!("reply: {error}")))?;
        Ok(Self { tag: tag(&json), json, next: None, public: false, weak: false })
    }

    /// The JSON of a value with additional fields, which change in every response. The tag is that of the value with
    /// the fields `at_first`, and it is weak if there are such fields.
    pub fn with_changing(
        value: &impl Serialize,
        at_first: &impl Serialize,
        now: &impl Serialize,
    ) -> Result<Self, Error> {
        let mut reply = Self::of(value)?;
        let length = reply.json.len();
        if append(&mut reply.json, at_first)? {
            reply.tag = tag(&reply.json);
            reply.weak = true;
            reply.json.truncate(length - 1);
            reply.json.push(b'}');
            append(&mut reply.json, now)?;
        }
        Ok(reply)
    }

    /// Adds the URL of the next page, if there is one.
    pub fn with_next(self, url: Option<String>) -> Self {
        Self { next: url, ..self }
    }

    /// Makes the response public, so that shared caches may store and revalidate it.
    pub fn public(self) -> Self {
        self.public_if(true)
    }

    /// Makes the response public if `public` is true.
    pub fn public_if(self, public: bool) -> Self {
        Self { public, ..self }
    }

    /// 200 with the JSON, or 304 if `If-None-Match` contains the tag.
    pub fn answer(self, req: &HttpRequest) -> HttpResponse {
        let known = req.method().is_safe().then(|| known(req, &self.tag)).flatten();
        let is_known = known.is_some();
        let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        let tag = known.unwrap_or(self.tag);
        response.insert_header((header::ETAG, if self.weak { format!("W/{tag}") } else { tag }));
        if self.public {
            response.insert_header((header::CACHE_CONTROL, "no-cache"));
            response.insert_header((header::VARY, "Authorization, Cookie"));
        }
        if let Some(url) = self.next {
            response.insert_header((header::LINK, format!("<{url}>; rel=\"next\"")));
        }
        if is_known { response.finish() } else { response.content_type("application/json").body(self.json) }
    }
}

/// Appends the fields of another object. Returns whether there are any.
fn append(object: &mut Vec<u8>, fields: &impl Serialize) -> Result<bool, Error> {
    let fields = serde_json::to_vec(fields).map_err(|error| Error::Internal(format!("reply: {error}")))?;
    let has_fields = fields != b"{}" && object.ends_with(b"}");
    if has_fields {
        object.pop();
        object.push(b',');
        object.extend_from_slice(&fields[1..]);
    }
    Ok(has_fields)
}

/// The tag of these bytes: strong, and the same on every server.
pub fn tag(bytes: &[u8]) -> String {
    format!("\"{}\"", BASE64URL_NOPAD.encode(&xxh3_128(bytes).to_be_bytes()))
}

/// The tag in `If-None-Match` that matches this state, in any content coding.
pub fn known(req: &HttpRequest, tag: &str) -> Option<String> {
    tags(req, header::IF_NONE_MATCH).find_map(|known| {
        let strong = known.strip_prefix("W/").unwrap_or(known);
        if known == "*" { Some(tag.to_owned()) } else { is_of(strong, tag).then(|| strong.to_owned()) }
    })
}

/// Whether a tag is that of an entity, uncompressed or in a content coding.
fn is_of(tag: &str, plain: &str) -> bool {
    tag == plain || Coding::ALL.iter().any(|coding| tag == coding.tag(plain))
}

fn tags(req: &HttpRequest, field: HeaderName) -> impl Iterator<Item = &str> {
    let lines = req.headers().get_all(field).filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim)
}

/// The most tags in one field.
const MOST_TAGS: usize = 8;

/// The tags of an `If-Match`, if there is one. A field with invalid syntax is rejected.
fn conditions(req: &HttpRequest) -> Result<Option<Vec<&str>>, Error> {
    let mut count = 0;
    let lines = || req.headers().get_all(header::IF_MATCH);
    if lines().count() > 1 && lines().any(|line| line.as_bytes().trim_ascii() == b"*") {
        return Err(Error::BadRequest("If-Match: send * alone, or entity tags".to_owned()));
    }
    for line in lines() {
        check_tags(line.as_bytes(), &mut count).map_err(|what| Error::BadRequest(format!("If-Match: {what}")))?;
    }
    Ok(req.headers().contains_key(header::IF_MATCH).then(|| tags(req, header::IF_MATCH).collect()))
}

/// Parses `*` or a list of entity tags, and counts them.
fn check_tags(list: &[u8], count: &mut usize) -> Result<(), &'static str> {
    const UNQUOTED: &str = "an entity tag must be in double quotes: send it exactly as in ETag, or send *";
    let mut rest = list.trim_ascii();
    if rest == b"*" {
        return Ok(());
    }
    loop {
        if rest.starts_with(b"W/") {
            return Err("a weak entity tag (W/) never matches: send a strong one, without W/");
        }
        let tag = rest.strip_prefix(b"\"").ok_or(UNQUOTED)?;
        let length = tag.iter().position(|&byte| byte == b'"').ok_or(UNQUOTED)?;
        let (tag, after) = tag.split_at(length);
        if tag.iter().any(|byte| byte.is_ascii_control() || *byte == b' ') {
            return Err("an entity tag cannot contain spaces");
        }
        *count += 1;
        if *count > MOST_TAGS {
            return Err("send at most eight entity tags");
        }
        rest = after.get(1..).unwrap_or_default().trim_ascii_start();
        if rest.is_empty() {
            return Ok(());
        }
        rest = rest.strip_prefix(b",").ok_or("separate entity tags with a comma")?.trim_ascii_start();
    }
}

/// The state that a client saw before changing a resource, from `If-Match`.
#[derive(Debug, Clone)]
pub struct IfMatch {
    seen: Option<Vec<String>>,
    needed: bool,
}

/// The condition of a request, to be checked in the transaction that makes the change.
pub fn optional_if_match(req: &HttpRequest) -> Result<IfMatch, Error> {
    let seen = conditions(req)?.map(|seen| seen.into_iter().map(str::to_owned).collect());
    Ok(IfMatch { seen, needed: false })
}

/// The same, but a change without a condition is rejected with 428 (RFC 6585).
pub fn require_if_match(req: &HttpRequest) -> Result<IfMatch, Error> {
    Ok(IfMatch { needed: true, ..optional_if_match(req)? })
}

impl IfMatch {
    /// Whether the client sent a condition.
    pub fn is_given(&self) -> bool {
        self.seen.is_some()
    }

    /// 412 unless the resource is as the client saw it. Without a condition, this succeeds unless one is required.
    pub fn check(&self, thing: &impl Serialize) -> Result<(), Error> {
        let Some(seen) = &self.seen else {
            return if self.needed { Err(Error::PreconditionRequired) } else { Ok(()) };
        };
        let now = TaggedJson::of(thing)?.tag;
        if seen.iter().any(|tag| tag == "*" || is_of(tag, &now)) { Ok(()) } else { Err(Error::PreconditionFailed) }
    }
}

/// The revisions that a request may change, from `If-Match`: any revision if there is no condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IfRevision(pub Option<Vec<i32>>);

impl IfRevision {
    /// Whether the condition allows changing this revision.
    pub fn allows(&self, revision: i32) -> bool {
        self.0.as_ref().is_none_or(|any| any.contains(&revision))
    }

    /// Parses the condition of a request. A tag that is not a revision matches none.
    pub fn of(req: &HttpRequest) -> Result<Self, Error> {
        let number = |tag: &str| {
            let revision = tag.strip_prefix('"')?.split(['"', '-']).next()?.parse().ok()?;
            is_of(tag, &revision_tag(revision)).then_some(revision)
        };
        let seen = conditions(req)?.filter(|seen| !seen.contains(&"*"));
        Ok(Self(seen.map(|seen| seen.into_iter().filter_map(number).collect())))
    }
}

/// The entity tag of a revision.
pub fn revision_tag(revision: i32) -> String {
    format!("\"{revision}\"")
}

#[cfg(test)]
mod tests {
    use actix_web::{http::StatusCode, test::TestRequest};

    use super::*;

    #[test]
    fn a_matching_tag_gets_a_304() {
        let first = TaggedJson::of(&[1, 2]).unwrap().answer(&TestRequest::get().to_http_request());
        let tag = first.headers().get(header::ETAG).unwrap().to_str().unwrap().to_owned();
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".into()] {
            let again = TestRequest::get().insert_header((header::IF_NONE_MATCH, known)).to_http_request();
            assert_eq!(TaggedJson::of(&[1, 2]).unwrap().answer(&again).status(), StatusCode::NOT_MODIFIED);
        }
        let compressed = Coding::Gzip.tag(&tag);
        let again = TestRequest::get().insert_header((header::IF_NONE_MATCH, compressed.as_str())).to_http_request();
        let answer = TaggedJson::of(&[1, 2]).unwrap().answer(&again);
        assert_eq!(answer.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(answer.headers().get(header::ETAG).unwrap(), compressed.as_str(), "the one that the client has");
        let other = TestRequest::get().insert_header((header::IF_NONE_MATCH, tag)).to_http_request();
        assert_eq!(TaggedJson::of(&[1, 3]).unwrap().answer(&other).status(), StatusCode::OK);
    }

    #[test]
    fn fields_that_change_in_every_response_do_not_affect_the_tag() {
        use serde_json::json;
        let reply = |second: i32| TaggedJson::with_changing(&json!({"a": 1}), &json!({"b": 0}), &json!({"b": second}));
        assert_eq!(reply(7).unwrap().json, br#"{"a":1,"b":7}"#);
        let first = reply(1).unwrap().answer(&TestRequest::get().to_http_request());
        let tag = first.headers().get(header::ETAG).unwrap().clone();
        // As one that was just made has it.
        assert_eq!(tag.to_str().unwrap(), format!("W/{}", TaggedJson::of(&json!({"a": 1, "b": 0})).unwrap().tag));
        let again = TestRequest::get().insert_header((header::IF_NONE_MATCH, tag)).to_http_request();
        assert_eq!(reply(2).unwrap().answer(&again).status(), StatusCode::NOT_MODIFIED);
        let unchanging = TaggedJson::with_changing(&json!({"a": 1}), &json!({}), &json!({})).unwrap();
        assert!(!unchanging.weak && unchanging.tag == TaggedJson::of(&json!({"a": 1})).unwrap().tag);
    }

    #[test]
    fn invalid_entity_tags_are_rejected() {
        let checked = |values: &[&str]| {
            let mut req = TestRequest::put();
            for value in values {
                req = req.append_header((header::IF_MATCH, *value));
            }
            conditions(&req.to_http_request()).map(drop).map_err(|error| error.to_string())
        };
        for right in [
            &[][..],
            &["*"],
            &["\"3\""],
            &["\"a,b\" ,\t\"\"", "\"c\""],
            &["\"é\""],
            &["\"1\",".repeat(7).as_str().trim_end_matches(',')],
        ] {
            assert_eq!(checked(right), Ok(()), "{right:?}");
        }
        for (wrong, told) in [
            ("", "double quotes"),
            ("3", "double quotes"),
            ("\"3", "double quotes"),
            ("\"3\",", "double quotes"),
            ("\"3\", *", "double quotes"),
            ("W/\"3\"", "weak"),
            ("\"2\", W/\"3\"", "weak"),
            ("\"2\" \"3\"", "comma"),
            ("\"2 3\"", "spaces"),
            ("\"1\", \"1\", \"1\", \"1\", \"1\", \"1\", \"1\", \"1\", \"1\"", "eight"),
        ] {
            assert!(checked(&[wrong]).unwrap_err().contains(told), "{wrong}");
        }
        assert!(checked(&["\"1\"; \"2\""]).is_err());
        for lines in [["*", "\"3\""], ["\"3\"", "*"], ["*", "*"]] {
            assert!(checked(&lines).unwrap_err().contains("* alone"), "{lines:?}");
        }
    }

    #[test]
    fn revisions_are_read_from_entity_tags() {
        let of = |value: &str| {
            IfRevision::of(&TestRequest::put().insert_header((header::IF_MATCH, value)).to_http_request()).unwrap()
        };
        assert_eq!(IfRevision::of(&TestRequest::put().to_http_request()).unwrap(), IfRevision(None));
        assert_eq!(of("*"), IfRevision(None));
        assert_eq!(of(&revision_tag(3)), IfRevision(Some(vec![3])));
        assert_eq!(of("\"3\", \"4\""), IfRevision(Some(vec![3, 4])));
        // A reply of a practice is long enough to be compressed.
        for coding in Coding::ALL {
            assert_eq!(of(&coding.tag(&revision_tag(3))), IfRevision(Some(vec![3])));
        }
        for none in ["\"three\"", "\"03\"", "\"+3\"", "\"99999999999\"", "\"3-\"", "\"3-zip\"", "\"-3\""] {
            assert_eq!(of(none), IfRevision(Some(vec![])), "{none}");
        }
    }

    #[test]
    fn a_condition_matches_the_tag_of_any_coding() {
        let tag = TaggedJson::of(&[1, 2]).unwrap().tag;
        for (seen, passes) in [
            (tag.clone(), true),
            (Coding::Brotli.tag(&tag), true),
            (Coding::Gzip.tag(&tag), true),
            (format!("\"x\", {}", Coding::Gzip.tag(&tag)), true),
            ("*".into(), true),
            (format!("W/{tag}"), false),
            (tag.replace('"', ""), false),
            (Coding::Gzip.tag(&Coding::Gzip.tag(&tag)), false),
        ] {
            let req = TestRequest::put().insert_header((header::IF_MATCH, seen.as_str())).to_http_request();
            assert_eq!(require_if_match(&req).and_then(|seen| seen.check(&[1, 2])).is_ok(), passes, "{seen}");
        }
    }
}
