//! Writes one question: asks the model for a draft, checks it, and asks the model to answer it without the key.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::{
    cold::Unkeyed,
    converse::{Answer, Call, Converse, Failure, FailureClass, Usage},
    guards, prompt,
    settings::Site,
};
use crate::{
    characters::plain,
    error::Error,
    exams::model::ExamCode,
    questions::{
        drafts::ColdAnswer,
        lint::Subjects,
        model::{Content, QuestionKind},
    },
};

/// What a question should be about, and the context for the model.
#[derive(Debug, Clone)]
pub struct Brief {
    /// The code of the exam.
    pub exam: ExamCode,
    /// The exam's name.
    pub exam_name: String,
    /// The organization that offers the certification.
    pub provider: String,
    /// The domain's number.
    pub domain: i32,
    /// The domain's name.
    pub domain_name: String,
    /// The tasks to choose from: only one if the job names it.
    pub tasks: Vec<TaskBrief>,
    /// The kind of the question.
    pub kind: QuestionKind,
    /// The language to write in, a BCP 47 tag.
    pub language: String,
    /// Notes of the author for the model: data, not instructions.
    pub notes: String,
    /// Its number in the job, from 1.
    pub number: i32,
    /// Questions of the bank as examples of style.
    pub examples: Vec<Content>,
    /// Stems of the bank and of the job that must not be repeated, already limited in number and length.
    pub stems: Vec<String>,
    /// The state of the subjects that a question may name. It is not sent.
    pub subjects: Arc<Subjects>,
    /// Whether the model is then asked to answer the question without the key.
    pub verify: bool,
    /// The model's id.
    pub model: String,
    /// The most tokens that a call may write.
    pub max_tokens: u32,
}

/// A task to choose from.
#[derive(Debug, Clone)]
pub struct TaskBrief {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The number of questions filed under it. Tasks with few questions are preferred.
    pub questions: i64,
}

/// What a writer needs from its environment: a budget, and a bank to compare with.
pub trait Desk: Sync {
    /// Takes tokens off the budget before a call.
    fn reserve(&self, tokens: u32) -> BoxFuture<'_, Result<(), Stop>>;

    /// Replaces a reservation with the actual usage. If the usage is unknown, the whole reservation counts.
    fn settle(&self, reserved: u32, usage: Option<Usage>) -> BoxFuture<'_, Result<(), Stop>>;

    /// The most similar question of the bank or of the job, if it is a near-duplicate.
    fn near_duplicate<'a>(&'a self, content: &'a Content) -> BoxFuture<'a, Result<Option<NearDuplicate>, Stop>>;
}

/// A similar question.
#[derive(Debug, Clone, PartialEq)]
pub struct NearDuplicate {
    /// Its id, or its external key.
    pub name: String,
    /// Its stem.
    pub stem: String,
    /// The similarity, from 0 to 1.
    pub similarity: f64,
}

/// The result of writing one question.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The outcome.
    pub outcome: Outcome,
    /// The tokens of all calls.
    pub usage: Usage,
}

/// The outcome of one question: exactly one of these.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It passed all guards.
    Drafted(Box<Drafted>),
    /// A guard refused it, or the model returned none.
    Refused(Refusal),
    /// It is a near-duplicate.
    Duplicate(Refusal),
}

/// A draft that passed all guards.
#[derive(Debug, Clone, PartialEq)]
pub struct Drafted {
    /// Its content in normal form, with the answers shuffled.
    pub content: Content,
    /// The task that it is filed under.
    pub task: String,
    /// The model's answer without the key; none if it was not asked or gave no answer.
    pub cold_answer: Option<ColdAnswer>,
    /// Whether this answer differs from the key or is missing.
    pub disagreed: bool,
}

/// Why there is no draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The guard's rule, such as `schema`, `lint/key-longest` or `near-duplicate`.
    pub rule: String,
    /// What it found, for people. At most 500 characters; quotes only short pieces of the model's text.
    pub reason: String,
}

impl Refusal {
    /// Shortens the reason if necessary.
    pub fn new(rule: &str, reason: &str) -> Self {
        Self { rule: rule.to_owned(), reason: plain(reason, REASON_LIMIT) }
    }
}

/// The longest reason, in characters.
const REASON_LIMIT: usize = 500;

/// Why writing stops without an outcome.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// The model cannot be called.
    #[error(transparent)]
    Model(#[from] Failure),
    /// The job's budget is spent.
    #[error("the job has used up its tokens (GENERATION_TOKENS_PER_JOB)")]
    JobBudget,
    /// The budget of the day is spent.
    #[error("the tokens for today are used up (GENERATION_TOKENS_PER_DAY)")]
    DayBudget,
    /// The rest of the daily budget is reserved by calls in progress.
    #[error("calls in progress have reserved the rest of the tokens for today (GENERATION_TOKENS_PER_DAY)")]
    DayReserved,
    /// Somebody canceled the job, or another worker has it.
    #[error("the job was canceled, or another worker has it")]
    Lost,
    /// Another error.
    #[error(transparent)]
    Error(#[from] Error),
}

/// Writes one question: asks the model for a draft, checks it, and asks the model to answer it without the key.
pub async fn write(model: &dyn Converse, brief: &Brief, desk: &dyn Desk, sites: &[Site]) -> Result<Written, Stop> {
    let mut usage = Usage::default();
    let outcome = match ask(model, desk, &prompt::draft(brief, sites), &mut usage).await? {
        Answer::Refused { rule, reason } => Outcome::Refused(Refusal::new(rule, &reason)),
        Answer::Tool(input) => match guards::check(&input, brief, sites) {
            Err(refusal) => Outcome::Refused(refusal),
            Ok((task, content)) => match desk.near_duplicate(&content).await? {
                Some(near) => Outcome::Duplicate(guards::duplicate(&near)),
                None => Outcome::Drafted(Box::new(verify(model, brief, desk, task, content, &mut usage).await?)),
            },
        },
    };
    Ok(Written { outcome, usage })
}

/// Asks the model to answer the question without its key, if the brief requires it.
async fn verify(
    model: &dyn Converse,
    brief: &Brief,
    desk: &dyn Desk,
    task: String,
    content: Content,
    usage: &mut Usage,
) -> Result<Drafted, Stop> {
    if !brief.verify {
        return Ok(Drafted { content, task, cold_answer: None, disagreed: false });
    }
    let question = Unkeyed::new(&content, &mut rand::rng());
    let call = prompt::answer(&question, &brief.model, brief.max_tokens);
    let answered = match ask(model, desk, &call, usage).await {
        Ok(Answer::Tool(input)) => question.read(&input),
        // The draft was paid for, so it is kept even if the rest of the budget is too small for this check.
        Ok(Answer::Refused { .. }) | Err(Stop::JobBudget | Stop::DayBudget | Stop::DayReserved) => None,
        Err(stop) => return Err(stop),
    };
    // No answer counts as a different answer: a person has to look.
    let disagreed = !answered.as_ref().is_some_and(|answered| answered.is_key(&content));
    Ok(Drafted { content, task, cold_answer: answered.map(ColdAnswer::from), disagreed })
}

/// Calls the model within the budget.
async fn ask(model: &dyn Converse, desk: &dyn Desk, call: &Call, usage: &mut Usage) -> Result<Answer, Stop> {
    let reserved = call.most_tokens();
    desk.reserve(reserved).await?;
    match model.converse(call).await {
        Ok(reply) => {
            desk.settle(reserved, Some(reply.usage)).await?;
            *usage += reply.usage;
            Ok(reply.answer)
        }
        Err(failure) => {
            // The output of a model is billed even if it did not arrive.
            let is_billed = matches!(failure.class, FailureClass::TimedOut | FailureClass::Malformed);
            desk.settle(reserved, (!is_billed).then(Usage::default)).await?;
            Err(failure.into())
        }
    }
}

#[cfg(test)]
mod tests;
