//! Answers with an entity tag, and 304 to those who have it already (RFC 9110, section 13).

use actix_web::{HttpRequest, HttpResponse, http::header};
use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::Error;

/// 200 with the value as JSON and its tag, or 304 when `If-None-Match` names the tag.
pub fn json(req: &HttpRequest, value: &impl Serialize) -> Result<HttpResponse, Error> {
    let body = serde_json::to_vec(value).map_err(|error| Error::Internal(format!("reply: {error}")))?;
    let tag = format!("\"{}\"", BASE64URL_NOPAD.encode(&Sha256::digest(&body)[..15]));
    if has_tag(req, &tag) {
        return Ok(HttpResponse::NotModified().insert_header((header::ETAG, tag)).finish());
    }
    Ok(HttpResponse::Ok().insert_header((header::ETAG, tag)).content_type("application/json").body(body))
}

fn has_tag(req: &HttpRequest, tag: &str) -> bool {
    req.headers().get_all(header::IF_NONE_MATCH).filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').map(str::trim).any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
    })
}

#[cfg(test)]
mod tests {
    use actix_web::{http::StatusCode, test::TestRequest};

    use super::*;

    #[test]
    fn a_known_tag_is_answered_with_304() {
        let first = json(&TestRequest::get().to_http_request(), &[1, 2]).unwrap();
        let tag = first.headers().get(header::ETAG).unwrap().to_str().unwrap().to_owned();
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".into()] {
            let again = TestRequest::get().insert_header((header::IF_NONE_MATCH, known)).to_http_request();
            assert_eq!(json(&again, &[1, 2]).unwrap().status(), StatusCode::NOT_MODIFIED);
        }
        let other = TestRequest::get().insert_header((header::IF_NONE_MATCH, tag)).to_http_request();
        assert_eq!(json(&other, &[1, 3]).unwrap().status(), StatusCode::OK);
    }
}
