//! The error type. [`crate::http::problem`] decides what clients see of it.

use std::fmt;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// Declares the kinds of problems, each with the end of its `type` and its title.
macro_rules! slugs {
    ($($name:ident = $slug:literal, $title:literal;)*) => {
        /// A kind of problem: a stable identifier for programs.
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

/// What is wrong with the place where a database keeps its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageFault {
    /// There is no space left.
    Full,
    /// It cannot be written to.
    ReadOnly,
    /// It is no database, or a damaged one.
    Damaged,
    /// The system cannot read or write it.
    Unreadable,
}

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
    #[error("the e-mail address or the password is wrong")]
    WrongCredentials,
    /// 403: the token's user may not do this. The role that it takes.
    #[error("this requires the {0} role")]
    Forbidden(&'static str),
    /// 403: nobody may do this in this way. The kind of problem, and its detail.
    #[error("{1}")]
    Denied(Slug, &'static str),
    /// 404: there is no such thing, or it is someone else's.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// 404: the same, with what exists instead.
    #[error("{0}")]
    NoneOf(String),
    /// 405: the URL exists, the method does not.
    #[error("this URL does not support this method: see the Allow header")]
    MethodNotAllowed,
    /// 408: the body did not come within the limit, in seconds.
    #[error("the body did not arrive within {0} s")]
    BodyTooSlow(u64),
    /// 408: the head of the request did not come in time.
    #[error("the request line and the header fields did not arrive in time")]
    HeadTooSlow,
    /// 409: the request contradicts the state of the thing. The kind of problem, and its detail.
    #[error("{1}")]
    Conflict(Slug, String),
    /// 409: an attempt in progress prevents this. Its id, and what to do.
    #[error("{1}")]
    AttemptInProgress(Uuid, &'static str),
    /// 409: there is nothing to review now. The exam, and when there will be.
    #[error("no question of {exam} is due for review{}", Next(.next_due_at))]
    NothingDue {
        /// The code of the exam.
        exam: String,
        /// When the next ones come due, as times are written; none when none is to come.
        next_due_at: Option<String>,
    },
    /// 412: the thing is no longer what the client saw.
    #[error("the resource has changed since the ETag in If-Match: read it again")]
    PreconditionFailed,
    /// 412: the slot was changed since the revision of If-Match. Its revision and its state now.
    #[error("the slot has changed since the revision in If-Match: its revision is now {revision}")]
    SlotChanged {
        /// The revision.
        revision: i32,
        /// What the slot says, as JSON.
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
    /// 415: the body is a form with a file in it.
    #[error("send the file itself as the body, not in a form: for example curl --data-binary @FILE instead of curl -F")]
    FileInForm,
    /// 415: the body is in a content coding that is not taken.
    #[error("send the body uncompressed, or with Content-Encoding: gzip")]
    UnsupportedCoding,
    /// 422: the request is well-formed, and wrong in these places.
    #[error("{}", FieldErrors(.0))]
    Invalid(Vec<FieldError>),
    /// 422: another request came with this key.
    #[error("this Idempotency-Key was used for another request within the last day: use a new key for each request")]
    KeyReused,
    /// 428: a change must name the state that it is made of.
    #[error("send If-Match with the ETag from a GET, so that no other change is lost")]
    PreconditionRequired,
    /// 429: more requests than the limit allows.
    #[error("too many requests: try again in {} s", .0.seconds)]
    RateLimited(RateLimit),
    /// 429: attempts were begun and nothing was responded to. How many may be, and the seconds until another one may.
    #[error(
        "you began {limit} attempts in the last 24 hours without a response to any question: respond in an attempt in progress, or begin another one in {seconds} s"
    )]
    TooManyUnanswered {
        /// How many there may be.
        limit: u32,
        /// Until there may be another one.
        seconds: u64,
    },
    /// 429: the address has its share of connections.
    #[error("too many connections from this address are open: close some of them")]
    TooManyConnections,
    /// 431: the header fields are larger than the limit, in bytes.
    #[error("the header fields are larger than {0} bytes in total, or too many")]
    HeadersTooLarge(usize),
    /// 503: more work than connections, for longer than a request may wait.
    #[error("the service is busy: try again in a moment")]
    Busy,
    /// Others changed what a transaction rests on: it is run again. If they were faster each time, 503.
    #[error("other requests are changing the same data: try again in a moment")]
    Contended,
    /// 503: there is no model that drafts questions.
    #[error("drafting is not set up on this server: set BEDROCK_MODEL_ID to a model (see docs/settings.md)")]
    GenerationUnconfigured,
    /// 503: the server is about to stop.
    #[error("the server is shutting down: send the request to another one")]
    Leaving,
    /// 503: the database does not answer.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// 507 when there is no space left, else 503: what is wrong with the database's storage, and the words for the operator.
    #[error("{1}")]
    Storage(StorageFault, String),
    /// 500: the database refused a statement.
    #[error("database error: {0}")]
    Database(#[from] diesel::result::Error),
    /// 500: a rule of Tripos itself was broken.
    #[error("internal error: {0}")]
    Internal(String),
    /// As its cause: work of several transactions ended after the first ones, which are reported.
    #[error("{cause}; {done}")]
    Stopped {
        /// Why it ended.
        cause: Box<Error>,
        /// What was done, and stays.
        done: String,
    },
    /// At the command line: an argument or a setting is wrong, and why.
    #[error("{0}")]
    Usage(String),
    /// At the command line: the command cannot be done, and why.
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
    /// Requests a minute.
    pub quota: u32,
    /// Requests that are left.
    pub remaining: u32,
    /// Seconds until the quota is full again, or until the next request may come.
    pub seconds: u64,
}

/// When there is something to review.
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
    /// A 422 with one fault.
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { pointer: pointer.into(), detail: detail.into() }])
    }

    /// The log level where nobody waits for a response: [`crate::db`] logs each outage of the database once.
    pub(crate) fn log_level(&self) -> log::Level {
        match self {
            Self::Unavailable(_) | Self::Storage(..) => log::Level::Debug,
            _ => log::Level::Warn,
        }
    }

    /// What decides the status.
    pub(crate) fn cause(&self) -> &Self {
        match self {
            Self::Stopped { cause, .. } => cause.cause(),
            other => other,
        }
    }
}
