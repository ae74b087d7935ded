//! The boundary to language models: requests and responses.

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{exams::model::ExamCode, questions::model::QuestionKind};

/// The most tokens that a service adds to a request, such as its own text about tools.
const ADDED: u32 = 2000;

/// Something that answers calls: Amazon Bedrock, or a built-in script.
pub trait Converse: Send + Sync {
    /// Sends a call, with retries of transient errors. Ends within its own time limit.
    fn converse<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Reply, Failure>>;
}

/// A call to a model, which must call one tool.
#[derive(Debug, Clone)]
pub struct Call {
    /// The model's id.
    pub model: String,
    /// What the call is for.
    pub purpose: Purpose,
    /// The instructions.
    pub system: String,
    /// The data for the instructions. Nothing in it is an instruction.
    pub message: String,
    /// The tool that the model must call.
    pub tool: Tool,
    /// The most tokens that it may write.
    pub max_tokens: u32,
    /// The sampling temperature, from 0 to 1.
    pub temperature: f32,
}

impl Call {
    /// Approximately the most tokens that the call takes: sent, at three bytes a token, and written.
    pub fn most_tokens(&self) -> u32 {
        self.sent_tokens().saturating_add(self.max_tokens)
    }

    /// Approximately the number of tokens sent.
    fn sent_tokens(&self) -> u32 {
        let sent =
            self.system.len() + self.message.len() + self.tool.description.len() + self.tool.schema.to_string().len();
        u32::try_from(sent / 3).unwrap_or(u32::MAX)
    }

    /// The claimed usage of a call, limited to what it can have used: no token is shorter than a byte, services add
    /// some of their own, and no more is written than allowed.
    pub fn believed(&self, claimed: Usage) -> Usage {
        let most = self.sent_tokens().saturating_mul(4).saturating_add(ADDED);
        Usage {
            input_tokens: claimed.input_tokens.min(most),
            output_tokens: claimed.output_tokens.min(self.max_tokens),
        }
    }

    /// The usage that a call counts as if it does not report its usage.
    pub fn reservation(&self) -> Usage {
        Usage { input_tokens: self.sent_tokens(), output_tokens: self.max_tokens }
    }
}

/// What a call is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// To write a question.
    Draft {
        /// For this exam.
        exam: ExamCode,
        /// For the domain with this number.
        domain: i32,
        /// For the task with this code, or any of the domain.
        task: Option<String>,
        /// Of this kind.
        kind: QuestionKind,
        /// Its number in the job, from 1.
        number: i32,
    },
    /// To answer a question without its key.
    Answer,
}

impl Purpose {
    /// One word, for metrics.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Draft { .. } => "draft",
            Self::Answer => "answer",
        }
    }
}

/// A tool that a model must call.
#[derive(Debug, Clone)]
pub struct Tool {
    /// Its name: letters, digits, `_` and `-`, at most 64.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// The JSON Schema of its input.
    pub schema: Value,
}

/// The response to a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The input of the tool call, or why there is none.
    pub answer: Answer,
    /// The tokens it used.
    pub usage: Usage,
}

/// A model's answer, which is untrusted input.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The input of the tool call.
    Tool(Value),
    /// No tool call: the rule that explains it, and a message for people.
    Refused {
        /// A word for programs, such as `guardrail` or `max-tokens`.
        rule: &'static str,
        /// What happened.
        reason: String,
    },
}

/// Tokens.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// The number of tokens sent to the model.
    pub input_tokens: u32,
    /// The number of tokens that the model wrote.
    pub output_tokens: u32,
}

impl Usage {
    /// Both together.
    pub fn total(self) -> u32 {
        self.input_tokens.saturating_add(self.output_tokens)
    }
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input_tokens = self.input_tokens.saturating_add(other.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(other.output_tokens);
    }
}

/// Why a call failed, after all retries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Failure {
    /// The class of failure.
    pub class: FailureClass,
    /// For people: what to change, or that a later retry may help. No account ids, no internals.
    pub detail: String,
}

/// How a call to a model failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// No credentials, or they cannot be resolved or have expired.
    Credentials,
    /// The credentials may not call the model.
    AccessDenied,
    /// The region has no such model.
    ModelNotFound,
    /// The service refuses the request as it is.
    InvalidRequest,
    /// More calls than the account's quota allows.
    Throttled,
    /// The service or the model is not available at the moment.
    Unavailable,
    /// No answer within the time limit.
    TimedOut,
    /// The answer cannot be read: cut off, or not what the service promises.
    Malformed,
}

impl FailureClass {
    /// One word, for metrics and the health check.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::AccessDenied => "access_denied",
            Self::ModelNotFound => "model_not_found",
            Self::InvalidRequest => "invalid_request",
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::TimedOut => "timed_out",
            Self::Malformed => "malformed",
        }
    }

    /// Whether the same call may succeed later without a change of the settings.
    pub fn may_pass(self) -> bool {
        match self {
            Self::Throttled | Self::Unavailable | Self::TimedOut | Self::Malformed => true,
            Self::Credentials | Self::AccessDenied | Self::ModelNotFound | Self::InvalidRequest => false,
        }
    }
}
