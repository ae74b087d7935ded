//! The one error type. Each variant states its status; internals are logged and never shown.

use std::{borrow::Cow, fmt};

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{auth::model::Role, http::rate_limit::Standing};

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 400: the request cannot be understood.
    #[error("{0}")]
    BadRequest(String),
    /// 401: no valid token.
    #[error("{0}")]
    Unauthorized(&'static str),
    /// 401: no user with this address and this password.
    #[error("there is no user with this e-mail address and this password")]
    WrongCredentials,
    /// 403: the token's user may not do this.
    #[error("this needs the role {0}")]
    Forbidden(Role),
    /// 403: nobody may do this in this way. Slug, title and detail.
    #[error("{2}")]
    Denied(&'static str, &'static str, &'static str),
    /// 404: there is no such thing, or it is someone else's.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// 405: the URL exists, the method does not.
    #[error("this URL does not take this method: see the Allow header")]
    MethodNotAllowed,
    /// 408: the body did not come within the limit, in seconds.
    #[error("the body did not come within {0} s")]
    BodyTooSlow(u64),
    /// 409: the request contradicts the state of the thing. Slug, title and detail.
    #[error("{2}")]
    Conflict(&'static str, &'static str, String),
    /// 409: an attempt under way is in the way. Its id, and what to do.
    #[error("{1}")]
    AttemptInProgress(Uuid, &'static str),
    /// 412: the thing is no longer what the client saw.
    #[error("it has changed since the ETag of If-Match: read it again")]
    PreconditionFailed,
    /// 413: the body is larger than the limit, in bytes.
    #[error("the body is larger than {0} bytes")]
    PayloadTooLarge(usize),
    /// 415: the body is not JSON.
    #[error("send the body as application/json")]
    UnsupportedMediaType,
    /// 422: the request is well-formed, and wrong in these places.
    #[error("{}", Faults(.0))]
    Invalid(Vec<Fault>),
    /// 422: another request came with this key.
    #[error("another request came with this Idempotency-Key within the last day: use a new key for each request")]
    KeyReused,
    /// 428: a change must name the state that it is made of.
    #[error("send If-Match with the ETag that a GET of it gave, so that nobody's change is lost")]
    PreconditionRequired,
    /// 429: more requests than the limit allows.
    #[error("too many requests: try again in {} s", .0.seconds)]
    RateLimited(Standing),
    /// 431: the header fields are larger than the limit, in bytes.
    #[error("the header fields are larger than {0} bytes together")]
    HeadersTooLarge(usize),
    /// 503: more work than connections, for longer than a request may wait.
    #[error("the service is busy: try again in a moment")]
    Busy,
    /// Others changed what a transaction rests on: it is run again. If they were faster each time, 503.
    #[error("others are changing the same things: try again in a moment")]
    Contended,
    /// 503: the server is about to stop.
    #[error("the server is about to stop: ask another one")]
    Leaving,
    /// 503: the database does not answer.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// 500: the database refused a statement.
    #[error("database error: {0}")]
    Database(#[from] diesel::result::Error),
    /// 500: a rule of Tripos itself was broken.
    #[error("internal error: {0}")]
    Internal(String),
    /// As its cause: work of several transactions ended with the first of them done, which is told.
    #[error("{cause}; {done}")]
    Stopped {
        /// Why it ended.
        cause: Box<Error>,
        /// What was done, and stays.
        done: String,
    },
    /// At the command line: the command cannot be done, and why.
    #[error("{0}")]
    Refused(String),
}

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fault {
    /// Where: a JSON Pointer (RFC 6901) into the body.
    #[schema(example = "/response/0")]
    pub pointer: String,
    /// What to change.
    pub detail: String,
}

struct Faults<'a>(&'a [Fault]);

impl fmt::Display for Faults<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            let place = if fault.pointer.is_empty() { "the body" } else { &fault.pointer };
            write!(f, "{separator}{place}: {}", fault.detail)?;
        }
        Ok(())
    }
}

/// A problem, as RFC 9457 describes it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// The kind of problem: stable, for programs.
    #[serde(rename = "type")]
    #[schema(example = "urn:tripos:problem:not-found")]
    pub kind: String,
    /// The kind of problem, for people.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time, and what to change.
    pub detail: String,
    /// The path of the request.
    pub instance: String,
    /// The request, as the log names it.
    pub request_id: String,
    /// The places in the body that are wrong.
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    #[schema(value_type = Option<Vec<Fault>>)]
    pub errors: Cow<'static, [Fault]>,
    /// With `attempt-in-progress`: your attempt that is under way, to resume, submit or abandon.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub attempt_id: Option<Uuid>,
}

impl Error {
    /// A 422 with one fault.
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault { pointer: pointer.into(), detail: detail.into() }])
    }

    /// What decides the status.
    fn cause(&self) -> &Self {
        match self {
            Self::Stopped { cause, .. } => cause.cause(),
            other => other,
        }
    }

    fn describe(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::BadRequest(_) => (StatusCode::BAD_REQUEST, "bad-request", "The request cannot be understood"),
            Self::Unauthorized(_) => (StatusCode::UNAUTHORIZED, "unauthorized", "A valid token is needed"),
            Self::WrongCredentials => {
                (StatusCode::UNAUTHORIZED, "wrong-credentials", "E-mail address or password wrong")
            }
            Self::Denied(slug, title, _) => (StatusCode::FORBIDDEN, slug, title),
            Self::BodyTooSlow(_) => (StatusCode::REQUEST_TIMEOUT, "body-too-slow", "Body too slow"),
            Self::PreconditionFailed => (StatusCode::PRECONDITION_FAILED, "precondition-failed", "It has changed"),
            Self::PreconditionRequired => {
                (StatusCode::PRECONDITION_REQUIRED, "precondition-required", "If-Match is needed")
            }
            Self::KeyReused => {
                (StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused", "Idempotency-Key used for another request")
            }
            Self::RateLimited(_) => (StatusCode::TOO_MANY_REQUESTS, "rate-limited", "Too many requests"),
            Self::Forbidden(_) => (StatusCode::FORBIDDEN, "forbidden", "Not allowed for this role"),
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "not-found", "Not found"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed here"),
            Self::Conflict(slug, title, _) => (StatusCode::CONFLICT, slug, title),
            Self::AttemptInProgress(..) => (StatusCode::CONFLICT, "attempt-in-progress", "Attempt in progress"),
            Self::PayloadTooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "payload-too-large", "Body too large"),
            Self::UnsupportedMediaType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Unsupported media type")
            }
            Self::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid", "The request is not valid"),
            Self::HeadersTooLarge(_) => {
                (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "headers-too-large", "Header fields too large")
            }
            Self::Busy | Self::Contended => (StatusCode::SERVICE_UNAVAILABLE, "busy", "Busy"),
            Self::Leaving => (StatusCode::SERVICE_UNAVAILABLE, "leaving", "About to stop"),
            Self::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Database unavailable"),
            Self::Stopped { cause, .. } => cause.describe(),
            Self::Database(_) | Self::Internal(_) | Self::Refused(_) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error")
            }
        }
    }

    /// The problem document for a request. What went wrong inside is logged here, and not told.
    pub fn problem(&self, instance: &str, request_id: &str) -> Problem {
        let (status, slug, title) = self.describe();
        let detail = match self {
            Self::Unavailable(cause) => {
                log::error!(request_id; "database unavailable: {cause}");
                "the database does not answer: try again in a moment".to_owned()
            }
            Self::Database(_) | Self::Internal(_) | Self::Refused(_) => {
                log::error!(request_id; "{self}");
                "something went wrong here; the log has the details under the request_id".to_owned()
            }
            Self::Stopped { cause, done } => format!("{}; {done}", cause.problem(instance, request_id).detail),
            told => told.to_string(),
        };
        let errors = match self.cause() {
            Self::Invalid(faults) => Cow::Owned(faults.clone()),
            _ => Cow::Borrowed(&[][..]),
        };
        let attempt_id = match self {
            Self::AttemptInProgress(id, _) => Some(*id),
            _ => None,
        };
        Problem {
            kind: format!("urn:tripos:problem:{slug}"),
            title,
            status: status.as_u16(),
            detail,
            instance: instance.to_owned(),
            request_id: request_id.to_owned(),
            errors,
            attempt_id,
        }
    }

    /// The complete response for a request.
    pub fn respond(&self, instance: &str, request_id: &str) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        match self.cause() {
            Self::Unauthorized(_) | Self::WrongCredentials => {
                response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
            }
            Self::RateLimited(standing) => {
                for field in standing.fields() {
                    response.insert_header(field);
                }
                response.insert_header((header::RETRY_AFTER, standing.seconds));
            }
            Self::BodyTooSlow(_) => {
                response.force_close();
            }
            Self::Busy | Self::Contended | Self::Unavailable(_) => {
                response.insert_header((header::RETRY_AFTER, "1"));
            }
            _ => {}
        }
        response.content_type("application/problem+json").json(self.problem(instance, request_id))
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        self.describe().0
    }

    /// Only the status: [`crate::telemetry::observe`] knows the request and writes the problem document.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_succeed_in_a_moment_says_when_to_come_again() {
        for error in [Error::Busy, Error::Contended, Error::Unavailable("down".into())] {
            let response = error.respond("/", "1");
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(response.headers().get(header::RETRY_AFTER).unwrap(), "1");
        }
    }
}
