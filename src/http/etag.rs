//! Answers with an entity tag, 304 to those who have it already, 412 to those who change what they did not see (RFC
//! 9110, section 13).

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

/// A reply as it goes out: its JSON, and the tag that names this state of it.
///
/// Made where the rows were read, on a blocking thread: a page is long, and the async threads have others to serve.
pub struct TaggedJson {
    json: Vec<u8>,
    tag: String,
    next: Option<String>,
    public: bool,
    weak: bool,
}

impl TaggedJson {
    /// The entity of a value.
    pub fn of(value: &impl Serialize) -> Result<Self, Error> {
        let mut json = Vec::with_capacity(COMMON_LENGTH);
        serde_json::to_writer(&mut json, value).map_err(|error| Error::Internal(format!("reply: {error}")))?;
        Ok(Self { tag: tag(&json), json, next: None, public: false, weak: false })
    }

    /// The entity of a value with more fields in its object, which change at every answer. The tag is that of the value with
    /// the fields as they were `at_first`, and weak where there are any.
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

    /// With the URL of the page behind this one, if there is one.
    pub fn with_next(self, url: Option<String>) -> Self {
        Self { next: url, ..self }
    }

    /// For all, so that caches may keep it and ask whether it is still the same.
    pub fn public(self) -> Self {
        self.public_if(true)
    }

    /// For all, if this is so.
    pub fn public_if(self, public: bool) -> Self {
        Self { public, ..self }
    }

    /// 200 with the JSON, or 304 when `If-None-Match` names the tag.
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

/// Adds the fields of another object to one. Whether there are any.
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

/// The tag by which a client knows a state already, as `If-None-Match` has it: that of any content coding.
pub fn known(req: &HttpRequest, tag: &str) -> Option<String> {
    tags(req, header::IF_NONE_MATCH).find_map(|known| {
        let strong = known.strip_prefix("W/").unwrap_or(known);
        if known == "*" { Some(tag.to_owned()) } else { is_of(strong, tag).then(|| strong.to_owned()) }
    })
}

/// Whether a tag is that of an entity, plain or in a content coding.
fn is_of(tag: &str, plain: &str) -> bool {
    tag == plain || Coding::ALL.iter().any(|coding| tag == coding.tag(plain))
}

fn tags(req: &HttpRequest, field: HeaderName) -> impl Iterator<Item = &str> {
    let lines = req.headers().get_all(field).filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim)
}

/// More entity tags than these say nothing more about what a client saw.
const MOST_TAGS: usize = 8;

/// The tags of an `If-Match`, where there is one. One that no state can match because of how it is written is refused.
fn conditions(req: &HttpRequest) -> Result<Option<Vec<&str>>, Error> {
    let mut count = 0;
    for line in req.headers().get_all(header::IF_MATCH) {
        check_tags(line.as_bytes(), &mut count).map_err(|what| Error::BadRequest(format!("If-Match: {what}")))?;
    }
    Ok(req.headers().contains_key(header::IF_MATCH).then(|| tags(req, header::IF_MATCH).collect()))
}

/// Reads `*` or a list of entity tags, and counts them.
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

/// What a client says that it saw of a thing before changing it, by `If-Match`.
#[derive(Debug, Clone)]
pub struct IfMatch {
    seen: Option<Vec<String>>,
    needed: bool,
}

/// The condition of a request, to be checked in the transaction that changes.
pub fn require_match(req: &HttpRequest) -> Result<IfMatch, Error> {
    let seen = conditions(req)?.map(|seen| seen.into_iter().map(str::to_owned).collect());
    Ok(IfMatch { seen, needed: false })
}

/// The same, where a change without a condition is refused with 428 (RFC 6585).
pub fn demand_match(req: &HttpRequest) -> Result<IfMatch, Error> {
    Ok(IfMatch { needed: true, ..require_match(req)? })
}

impl IfMatch {
    /// Whether the client says what it saw.
    pub fn is_given(&self) -> bool {
        self.seen.is_some()
    }

    /// 412 unless the thing is as the client saw it. A client that does not say passes, unless it is to say.
    pub fn check(&self, thing: &impl Serialize) -> Result<(), Error> {
        let Some(seen) = &self.seen else {
            return if self.needed { Err(Error::PreconditionRequired) } else { Ok(()) };
        };
        let now = TaggedJson::of(thing)?.tag;
        if seen.iter().any(|tag| tag == "*" || is_of(tag, &now)) { Ok(()) } else { Err(Error::PreconditionFailed) }
    }
}

/// The revisions of a thing that a request may change, by `If-Match`: any where it does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IfRevision(pub Option<Vec<i32>>);

impl IfRevision {
    /// Whether a thing of this revision may be changed.
    pub fn allows(&self, revision: i32) -> bool {
        self.0.as_ref().is_none_or(|any| any.contains(&revision))
    }

    /// What a request says. A tag that is no revision matches none.
    pub fn of(req: &HttpRequest) -> Result<Self, Error> {
        let number = |tag: &str| {
            let revision = tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok()?;
            (revision_tag(revision) == tag).then_some(revision)
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
    fn a_known_tag_is_answered_with_304() {
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
    fn what_changes_at_every_answer_does_not_count_for_the_tag() {
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
    fn what_is_no_entity_tag_is_refused() {
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
        for none in ["\"three\"", "\"03\"", "\"+3\"", "\"99999999999\""] {
            assert_eq!(of(none), IfRevision(Some(vec![])), "{none}");
        }
    }

    #[test]
    fn a_change_names_what_was_seen_in_any_coding() {
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
            assert_eq!(demand_match(&req).and_then(|seen| seen.check(&[1, 2])).is_ok(), passes, "{seen}");
        }
    }
}
