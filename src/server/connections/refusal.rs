//! Responses to input that never becomes a request: a head that is not HTTP, is too large or arrives too late, and
//! connections beyond the limit of an address. They are problem documents like all others.

use actix_web::http::StatusCode;
use uuid::Uuid;

use crate::{error::Error, http::observe::HEADER_LIMIT};

/// The complete response, which closes the connection.
pub fn refusal(error: &Error) -> Vec<u8> {
    let id = Uuid::now_v7().to_string();
    // The URL is unknown.
    let problem = error.problem("/", &id);
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
    log::info!(
        target: "tripos::access", status = problem.status, request_id = id.as_str();
        "rejected before a request was read: {}", problem.detail
    );
    let body = serde_json::to_string(&problem).unwrap_or_default();
    let retry = if status == StatusCode::TOO_MANY_REQUESTS { "retry-after: 10\r\n" } else { "" };
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\ncache-control: no-store\r\n\
         x-content-type-options: nosniff\r\nx-request-id: {id}\r\n{retry}connection: close\r\n\r\n{body}",
        body.len(),
    )
    .into_bytes()
}

/// The problem that Actix reports with these bytes, the first of a response without a handler. `None` if it reports none.
pub fn refused(answer: &[u8]) -> Option<Error> {
    let (version, status) = answer.split_at_checked(b"HTTP/1.1 ".len())?;
    if !version.starts_with(b"HTTP/1.") {
        return None;
    }
    match status.get(..3)? {
        b"408" => Some(Error::HeadTooSlow),
        b"431" => Some(Error::HeadersTooLarge(HEADER_LIMIT)),
        [b'4', ..] => Some(Error::BadRequest(
            "this is not well-formed HTTP/1.1: check the request line, the header fields (Host is required once) and the length of the body"
                .into(),
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_an_answer_with_a_problem_document() {
        for (error, status) in [
            (Error::TooManyConnections, "429 Too Many Requests"),
            (Error::HeadTooSlow, "408 Request Timeout"),
            (Error::BadRequest("no".into()), "400 Bad Request"),
        ] {
            let text = String::from_utf8(refusal(&error)).unwrap();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{head}");
            assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{head}");
            let problem: serde_json::Value = serde_json::from_str(body).unwrap();
            assert!(head.contains(problem["request_id"].as_str().unwrap()), "{head}");
        }
    }

    #[test]
    fn only_refusals_are_refusals() {
        assert!(matches!(refused(b"HTTP/1.1 408 Request Timeout\r\n"), Some(Error::HeadTooSlow)));
        assert!(matches!(refused(b"HTTP/1.1 431 "), Some(Error::HeadersTooLarge(_))));
        assert!(matches!(refused(b"HTTP/1.1 400 Bad Request\r\n"), Some(Error::BadRequest(_))));
        for other in [&b"HTTP/1.1 100 Continue\r\n\r\n"[..], b"HTTP/1.1 200 OK", b"HTTP/1.1 4", b"", b"a body with 400"]
        {
            assert!(refused(other).is_none());
        }
    }
}
