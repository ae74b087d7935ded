//! The one error type. [`crate::http::problem`] defines what a client sees of an error.

use std::fmt;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// Declares the kinds of problems, each with the end of its `type` and its title.
macro_rules! slugs {
    ($($name:ident = $slug:literal, $title:literal;)*) => {
        /// A kind of problem, as a stable identifier for programs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs, reason = "each has its title")]
        pub enum Slug {
            $($name,)*
        }

        impl Slug {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The end of the problem's `type`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $slug,)*
                }
            }

            /// The kind of problem, for people.
            pub fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)*
                }
            }
        }
    };
}

slugs! {
    BadRequest = "bad-request", "The request is malformed";
    Unauthorized = "unauthorized", "A valid token is required";
    WrongCredentials = "wrong-credentials", "Wrong e-mail address or password";
    BodyTooSlow = "body-too-slow", "Body too slow";
    HeadTooSlow = "head-too-slow", "Request too slow";
    UrlTooLong = "url-too-long", "URL too long";
    PreconditionFailed = "precondition-failed", "The resource has changed";
    PreconditionRequired = "precondition-required", "If-Match is required";
    IdempotencyKeyReused = "idempotency-key-reused", "Idempotency-Key used for another request";
    RateLimited = "rate-limited", "Too many requests";
    TooManyUnanswered = "too-many-unanswered", "Too many attempts without a response";
    Forbidden = "forbidden", "Not allowed";
    NotFound = "not-found", "Not found";
    MethodNotAllowed = "method-not-allowed", "Method not allowed";
    AttemptInProgress = "attempt-in-progress", "Attempt in progress";
    PayloadTooLarge = "payload-too-large", "Body too large";
    UnsupportedMediaType = "unsupported-media-type", "Unsupported media type";
    Invalid = "invalid", "The request is not valid";
    HeadersTooLarge = "headers-too-large", "Header fields too large";
    Busy = "busy", "The service is busy";
    Leaving = "leaving", "The server is shutting down";
    Unavailable = "unavailable", "Database unavailable";
    StorageFull = "storage-full", "No storage space left";
    Internal = "internal", "Internal error";
    EmailTaken = "email-taken", "E-mail address already in use";
    AccountDisabled = "account-disabled", "Account disabled";
    TooManyTokens = "too-many-tokens", "Too many tokens";
    SignupClosed = "signup-closed", "Sign-up is closed";
    WrongPassword = "wrong-password", "Wrong password";
    SessionRequired = "session-required", "A session is required";
    ReauthenticationRequired = "reauthentication-required", "Sign in again";
    LastAdmin = "last-admin", "Last admin";
    IdempotencyKeyInUse = "idempotency-key-in-use", "The first request is still in progress";
    CrossSite = "cross-site", "Cross-site request";
    AttemptAbandoned = "attempt-abandoned", "Attempt abandoned";
    AttemptSubmitted = "attempt-submitted", "Attempt already submitted";
    NothingDue = "nothing-due", "Nothing is due";
    NotEnoughQuestions = "not-enough-questions", "Not enough questions";
    ResponseFinal = "response-final", "Response is final";
    DeadlinePassed = "deadline-passed", "Deadline passed";
    ExamCodeTaken = "exam-code-taken", "Exam code already in use";
    ExternalKeyTaken = "external-key-taken", "External key already in use";
    Superseded = "superseded", "A newer revision exists";
    Status = "status", "Not possible in this status";
    OwnQuestion = "own-question", "Your own question";
    ScriptedDraft = "scripted-draft", "Draft from the built-in script";
    ModelDisagreed = "model-disagreed", "The model disagreed with the key";
    ExamChanged = "exam-changed", "The exam has changed";
    TooManyJobs = "too-many-jobs", "Too many jobs";
    GenerationUnconfigured = "generation-unconfigured", "Drafting is not set up";
}

/// A fault of the storage of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageFault {
    /// There is no space left.
    Full,
    /// It cannot be written to.
    ReadOnly,
    /// It is not a database, or it is damaged.
    Damaged,
    /// The system cannot read or write it.
    Unreadable,
}

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 400: the request is malformed.
    #[error("{0}")]
    BadRequest(String),
    /// 401: no valid token.
    #[error("{0}")]
    Unauthorized(&'static str),
    /// 401: no user with this address and this password.
    #[error("the e-mail address or the password is wrong")]
    WrongCredentials,
    /// 403: the user's role does not allow this. Contains the required role.
    #[error("this requires the {0} role")]
    Forbidden(&'static str),
    /// 403: this is not allowed for anyone. The kind of problem, and its detail.
    #[error("{1}")]
    Denied(Slug, &'static str),
    /// 404: the resource does not exist, or belongs to someone else.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// 404: the same, with a message that lists what exists.
    #[error("{0}")]
    NoneOf(String),
    /// 405: the URL exists, but does not support the method.
    #[error("this URL does not support this method: see the Allow header")]
    MethodNotAllowed,
    /// 408: the body did not arrive within the limit, in seconds.
    #[error("the body did not arrive within {0} s")]
    BodyTooSlow(u64),
    /// 408: the head of the request did not arrive in time.
    #[error("the request line and the header fields did not arrive in time")]
    HeadTooSlow,
    /// 409: the request conflicts with the state of the resource. The kind of problem, and its detail.
    #[error("{1}")]
    Conflict(Slug, String),
    /// 409: another attempt is in progress. Its id, and what to do.
    #[error("{1}")]
    AttemptInProgress(Uuid, &'static str),
    /// 409: no question is due for review now.
    #[error("no question of {exam} is due for review{}", Next(.next_due_at))]
    NothingDue {
        /// The code of the exam.
        exam: String,
        /// When the next questions are due, in RFC 3339; none if none will be.
        next_due_at: Option<String>,
    },
    /// 412: the resource has changed since the client read it.
    #[error(
        "the resource is not the one with the ETag in If-Match: read it again, and if it does not exist, send no If-Match"
    )]
    PreconditionFailed,
    /// 412: the slot has changed since the revision in If-Match. Contains its current revision and state.
    #[error("the slot has changed since the revision in If-Match: its revision is now {revision}")]
    SlotChanged {
        /// The revision.
        revision: i32,
        /// The slot, as JSON.
        slot: Value,
    },
    /// 413: the body is larger than the limit, in bytes.
    #[error("the body is larger than {0} bytes")]
    PayloadTooLarge(usize),
    /// 414: the URL is longer than the limit, in bytes.
    #[error("the path and the query are longer than {0} bytes in total")]
    UrlTooLong(usize),
    /// 415: the body is not JSON.
    #[error("send the body as application/json")]
    UnsupportedMediaType,
    /// 415: the body is a multipart form with a file.
    #[error("send the file itself as the body, not in a form: for example curl --data-binary @FILE instead of curl -F")]
    FileInForm,
    /// 415: the body has an unsupported content coding.
    #[error("send the body uncompressed, or with Content-Encoding: gzip")]
    UnsupportedCoding,
    /// 422: the request is well-formed, but has these errors.
    #[error("{}", FieldErrors(.0))]
    Invalid(Vec<FieldError>),
    /// 422: another request was sent with this key.
    #[error("this Idempotency-Key was used for another request within the last day: use a new key for each request")]
    KeyReused,
    /// 428: a change must name the state that it is based on.
    #[error("send If-Match with the ETag from a GET, so that no other change is lost")]
    PreconditionRequired,
    /// 429: more requests than the limit allows.
    #[error("too many requests: try again in {} s", .0.seconds)]
    RateLimited(RateLimit),
    /// 429: the learner began too many attempts without a response.
    #[error(
        "you began {limit} attempts in the last 24 hours without a response to any question, counting abandoned ones: respond in an attempt in progress, or begin another one in {seconds} s"
    )]
    TooManyUnanswered {
        /// The limit.
        limit: u32,
        /// The number of seconds until another attempt can begin.
        seconds: u64,
    },
    /// 429: the address has reached its limit of connections.
    #[error("too many connections from this address are open: close some of them")]
    TooManyConnections,
    /// 431: the header fields are larger than the limit, in bytes.
    #[error("the URL or the header fields are larger than {0} bytes in total, or there are too many header fields")]
    HeadersTooLarge(usize),
    /// 503: a request waited too long for a connection.
    #[error("the service is busy: try again in a moment")]
    Busy,
    /// Another transaction changed the same data. The transaction is retried; if all retries fail, 503.
    #[error("other requests are changing the same data: try again in a moment")]
    Contended,
    /// 503: no model for drafting is configured.
    #[error("drafting is not set up on this server: set BEDROCK_MODEL_ID to a model (see docs/settings.md)")]
    GenerationUnconfigured,
    /// 503: the server is about to stop.
    #[error("the server is shutting down: send the request to another one")]
    Leaving,
    /// 503: the database is unavailable.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// 507 if there is no space left, otherwise 503: the fault of the storage, and a message for the operator.
    #[error("{1}")]
    Storage(StorageFault, String),
    /// 500: the database rejected a statement.
    #[error("database error: {0}")]
    Database(#[from] diesel::result::Error),
    /// 500: an internal rule was violated.
    #[error("internal error: {0}")]
    Internal(String),
    /// The same status as its cause: work in several transactions failed after the first of them were committed.
    #[error("{cause}; {done}")]
    Stopped {
        /// Why it failed.
        cause: Box<Error>,
        /// What was committed, and stays.
        done: String,
    },
    /// On the command line: an argument or a setting is invalid.
    #[error("{0}")]
    Usage(String),
    /// On the command line: the command failed.
    #[error("{0}")]
    Refused(String),
}

/// One error in a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// A JSON Pointer (RFC 6901) to the error in the body.
    #[schema(example = "/response/0")]
    pub pointer: String,
    /// What to change.
    pub detail: String,
}

/// The state of a quota, as in `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// The name of the policy.
    pub policy: &'static str,
    /// Requests per minute.
    pub quota: u32,
    /// The number of remaining requests.
    pub remaining: u32,
    /// Seconds until the quota is full again, or until the next request is allowed.
    pub seconds: u64,
}

/// When the next questions are due, for the message.
struct Next<'a>(&'a Option<String>);

impl fmt::Display for Next<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(at) => write!(f, ": the next ones are due at {at}"),
            None => f.write_str(": questions come back after you have answered them in a practice or an exam"),
        }
    }
}

struct FieldErrors<'a>(&'a [FieldError]);

impl fmt::Display for FieldErrors<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            let place = if fault.pointer.is_empty() { "the body" } else { &fault.pointer };
            write!(f, "{separator}{place}: {}", fault.detail)?;
        }
        Ok(())
    }
}

impl Error {
    /// A 422 with one error.
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { pointer: pointer.into(), detail: detail.into() }])
    }

    /// The log level of the error if no client waits for a response. [`crate::db`] logs outages of the database once.
    pub(crate) fn log_level(&self) -> log::Level {
        match self {
            Self::Unavailable(_) | Self::Storage(..) => log::Level::Debug,
            _ => log::Level::Warn,
        }
    }

    /// The error that determines the status.
    pub(crate) fn cause(&self) -> &Self {
        match self {
            Self::Stopped { cause, .. } => cause.cause(),
            other => other,
        }
    }
}
