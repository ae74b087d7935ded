//! How clients see an error: status, slug, problem document (RFC 9457). Internal details are logged and
//! never shown.

use std::borrow::Cow;

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use serde::{Serialize, Serializer};
use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, Schema, Type},
    },
};
use uuid::Uuid;

use super::{etag::revision_tag, rate_limit};
use crate::error::{Error, FieldError, Slug, StorageFault};

/// The prefix of every problem's `type`.
const TYPE: &str = "urn:tripos:problem:";

/// A problem document (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// The kind of problem, as a stable identifier for programs.
    #[serde(rename = "type")]
    pub kind: Slug,
    /// The kind of problem, for people.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What went wrong with this request, and what to change.
    pub detail: String,
    /// The path of the request.
    pub instance: String,
    /// The id of the request, as in the log.
    pub request_id: String,
    /// The errors in the body.
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    #[schema(value_type = Option<Vec<FieldError>>)]
    pub errors: Cow<'static, [FieldError]>,
    /// With `attempt-in-progress`: the id of your attempt in progress, to resume, submit or abandon.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub attempt_id: Option<Uuid>,
    /// With `nothing-due`: when the next questions are due. Absent if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub next_due_at: Option<String>,
    /// With `precondition-failed` for a slot: the current revision of the slot.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub revision: Option<i32>,
    /// With `precondition-failed` for a slot: the current slot.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, nullable = false)]
    pub slot: Option<Value>,
}

impl Serialize for Slug {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{TYPE}{}", self.as_str()))
    }
}

impl PartialSchema for Slug {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(Self::ALL.iter().map(|slug| format!("{TYPE}{}", slug.as_str()))))
            .description(Some("A kind of problem. Later releases may add kinds."))
            .into()
    }
}

impl ToSchema for Slug {
    fn name() -> Cow<'static, str> {
        "ProblemType".into()
    }
}

impl Error {
    fn describe(&self) -> (StatusCode, Slug) {
        match self {
            Self::BadRequest(_) => (StatusCode::BAD_REQUEST, Slug::BadRequest),
            Self::Unauthorized(_) => (StatusCode::UNAUTHORIZED, Slug::Unauthorized),
            Self::WrongCredentials => (StatusCode::UNAUTHORIZED, Slug::WrongCredentials),
            Self::Denied(slug, _) => (StatusCode::FORBIDDEN, *slug),
            Self::BodyTooSlow(_) => (StatusCode::REQUEST_TIMEOUT, Slug::BodyTooSlow),
            Self::HeadTooSlow => (StatusCode::REQUEST_TIMEOUT, Slug::HeadTooSlow),
            Self::UrlTooLong(_) => (StatusCode::URI_TOO_LONG, Slug::UrlTooLong),
            Self::PreconditionFailed | Self::SlotChanged { .. } => {
                (StatusCode::PRECONDITION_FAILED, Slug::PreconditionFailed)
            }
            Self::PreconditionRequired => (StatusCode::PRECONDITION_REQUIRED, Slug::PreconditionRequired),
            Self::KeyReused => (StatusCode::UNPROCESSABLE_ENTITY, Slug::IdempotencyKeyReused),
            Self::RateLimited(_) | Self::TooManyConnections => (StatusCode::TOO_MANY_REQUESTS, Slug::RateLimited),
            Self::TooManyUnanswered { .. } => (StatusCode::TOO_MANY_REQUESTS, Slug::TooManyUnanswered),
            Self::Forbidden(_) => (StatusCode::FORBIDDEN, Slug::Forbidden),
            Self::NotFound(_) | Self::NoneOf(_) => (StatusCode::NOT_FOUND, Slug::NotFound),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, Slug::MethodNotAllowed),
            Self::Conflict(slug, _) => (StatusCode::CONFLICT, *slug),
            Self::NothingDue { .. } => (StatusCode::CONFLICT, Slug::NothingDue),
            Self::AttemptInProgress(..) => (StatusCode::CONFLICT, Slug::AttemptInProgress),
            Self::PayloadTooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, Slug::PayloadTooLarge),
            Self::UnsupportedMediaType | Self::FileInForm | Self::UnsupportedCoding => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, Slug::UnsupportedMediaType)
            }
            Self::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, Slug::Invalid),
            Self::HeadersTooLarge(_) => (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, Slug::HeadersTooLarge),
            Self::Busy | Self::Contended => (StatusCode::SERVICE_UNAVAILABLE, Slug::Busy),
            Self::GenerationUnconfigured => (StatusCode::SERVICE_UNAVAILABLE, Slug::GenerationUnconfigured),
            Self::Leaving => (StatusCode::SERVICE_UNAVAILABLE, Slug::Leaving),
            Self::Storage(StorageFault::Full, _) => (StatusCode::INSUFFICIENT_STORAGE, Slug::StorageFull),
            Self::Unavailable(_) | Self::Storage(..) => (StatusCode::SERVICE_UNAVAILABLE, Slug::Unavailable),
            Self::Stopped { cause, .. } => cause.describe(),
            Self::Database(_) | Self::Internal(_) | Self::Refused(_) | Self::Usage(_) => {
                (StatusCode::INTERNAL_SERVER_ERROR, Slug::Internal)
            }
        }
    }

    /// The problem document for a request. Internal errors are logged here and not shown.
    pub fn problem(&self, instance: &str, request_id: &str) -> Problem {
        let (status, slug) = self.describe();
        let detail = match self {
            // An outage is logged when it begins and when it ends.
            Self::Storage(StorageFault::Full, _) => {
                log::debug!(request_id; "{self}");
                "the server has no storage space left: its operator must free some".to_owned()
            }
            Self::Unavailable(_) | Self::Storage(..) => {
                log::debug!(request_id; "{self}");
                "the database is not available: try again in a moment".to_owned()
            }
            Self::Database(_) | Self::Internal(_) | Self::Refused(_) | Self::Usage(_) => {
                log::error!(request_id; "{self}");
                "an internal error occurred: the log has the details under this request_id".to_owned()
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
        let next_due_at = match self {
            Self::NothingDue { next_due_at, .. } => next_due_at.clone(),
            _ => None,
        };
        let (revision, slot) = match self {
            Self::SlotChanged { revision, slot } => (Some(*revision), Some(slot.clone())),
            _ => (None, None),
        };
        Problem {
            kind: slug,
            title: slug.title(),
            status: status.as_u16(),
            detail,
            instance: instance.to_owned(),
            request_id: request_id.to_owned(),
            errors,
            attempt_id,
            next_due_at,
            revision,
            slot,
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
                for field in rate_limit::fields(standing) {
                    response.insert_header(field);
                }
                response.insert_header((header::RETRY_AFTER, standing.seconds));
            }
            Self::TooManyUnanswered { seconds, .. } => {
                response.insert_header((header::RETRY_AFTER, *seconds));
            }
            Self::SlotChanged { revision, .. } => {
                response.insert_header((header::ETAG, revision_tag(*revision)));
            }
            Self::UnsupportedCoding => {
                response.insert_header((header::ACCEPT_ENCODING, "gzip"));
            }
            Self::BodyTooSlow(_) => {
                response.force_close();
            }
            Self::Busy | Self::Contended | Self::Unavailable(_) | Self::Storage(_, _)
                if self.status_code() == StatusCode::SERVICE_UNAVAILABLE =>
            {
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

    /// Only the status: [`super::observe`] knows the request and writes the problem document.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::error::RateLimit;

    const PAGE: &str = include_str!("../../docs/api.md");

    #[test]
    fn the_documentation_lists_every_problem_type() {
        let (_, rows) = PAGE.split_once("| type | status |").unwrap();
        let listed: Vec<&str> = rows.lines().filter_map(|row| row.strip_prefix("| `")?.split('`').next()).collect();
        let types: BTreeSet<&str> = Slug::ALL.iter().map(|slug| slug.as_str()).collect();
        assert_eq!(listed.len(), types.len(), "no type is listed twice");
        assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), types);
    }

    #[test]
    fn the_documentation_has_the_status_of_each_problem_type() {
        let limit = RateLimit { policy: "", quota: 1, remaining: 0, seconds: 1 };
        let errors = [
            Error::BadRequest(String::new()),
            Error::Unauthorized(""),
            Error::WrongCredentials,
            Error::Forbidden(""),
            Error::NotFound(""),
            Error::MethodNotAllowed,
            Error::BodyTooSlow(1),
            Error::HeadTooSlow,
            Error::AttemptInProgress(Uuid::nil(), ""),
            Error::NothingDue { exam: String::new(), next_due_at: None },
            Error::PreconditionFailed,
            Error::PayloadTooLarge(1),
            Error::UrlTooLong(1),
            Error::UnsupportedMediaType,
            Error::Invalid(Vec::new()),
            Error::KeyReused,
            Error::PreconditionRequired,
            Error::RateLimited(limit),
            Error::TooManyUnanswered { limit: 1, seconds: 1 },
            Error::HeadersTooLarge(1),
            Error::Internal(String::new()),
            Error::Busy,
            Error::Leaving,
            Error::GenerationUnconfigured,
            Error::Unavailable(String::new()),
            Error::Storage(StorageFault::Full, String::new()),
        ];
        let fixed: Vec<(StatusCode, Slug)> = errors.iter().map(Error::describe).collect();
        for slug in Slug::ALL {
            // All others are used by `Denied` or `Conflict`.
            let statuses = match fixed.iter().find(|(_, known)| known == slug) {
                Some((status, _)) => vec![*status],
                None => vec![StatusCode::FORBIDDEN, StatusCode::CONFLICT],
            };
            let name = slug.as_str();
            let is_listed = |status: &StatusCode| PAGE.contains(&format!("\n| `{name}` | {} |", status.as_u16()));
            assert!(statuses.iter().any(is_listed), "{name}: {statuses:?}");
        }
    }

    #[test]
    fn what_may_succeed_in_a_moment_says_when_to_come_again() {
        for error in [Error::Busy, Error::Contended, Error::Unavailable("down".into())] {
            let response = error.respond("/", "1");
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(response.headers().get(header::RETRY_AFTER).unwrap(), "1");
        }
    }
}
