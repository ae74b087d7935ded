//! Writes one question: asks the model, checks what it gave, and asks it to answer the question without the key.

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

/// What a question is to be about, and what the model is shown.
#[derive(Debug, Clone)]
pub struct Brief {
    /// The code of the exam.
    pub exam: ExamCode,
    /// The exam's name.
    pub exam_name: String,
    /// Who holds the exam.
    pub provider: String,
    /// The domain's number.
    pub domain: i32,
    /// The domain's name.
    pub domain_name: String,
    /// The tasks to choose from: one, if the job names it.
    pub tasks: Vec<TaskBrief>,
    /// What kind of question.
    pub kind: QuestionKind,
    /// The language to write in, a BCP 47 tag.
    pub language: String,
    /// What the author adds: data, not instructions.
    pub notes: String,
    /// Its number in the job, from 1.
    pub number: i32,
    /// Questions of the bank as examples of style.
    pub examples: Vec<Content>,
    /// Stems of the bank and of the job that must not be repeated. They are sent as they are: few, and none of them long.
    pub stems: Vec<String>,
    /// What has become of the subjects that a question may name. It is not sent.
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
    /// How many questions are filed under it: those with few are to be preferred.
    pub questions: i64,
}

/// What a writer needs around it: a budget, and a bank to compare with.
pub trait Desk: Sync {
    /// Takes tokens off the budget before a call.
    fn reserve(&self, tokens: u32) -> BoxFuture<'_, Result<(), Stop>>;

    /// Puts what was used in place of what was reserved; where it is not known, all of that.
    fn settle(&self, reserved: u32, usage: Option<Usage>) -> BoxFuture<'_, Result<(), Stop>>;

    /// The question of the bank or of the job that is nearest to this one, if it is a near-duplicate.
    fn near_duplicate<'a>(&'a self, content: &'a Content) -> BoxFuture<'a, Result<Option<NearDuplicate>, Stop>>;
}

/// A similar question.
#[derive(Debug, Clone, PartialEq)]
pub struct NearDuplicate {
    /// Its id, or its external key.
    pub name: String,
    /// What it asks.
    pub stem: String,
    /// How similar, from 0 to 1.
    pub similarity: f64,
}

/// What became of one question.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The outcome.
    pub outcome: Outcome,
    /// Tokens of all calls.
    pub usage: Usage,
}

/// The outcome of one question: exactly one of these.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It passed all guards.
    Drafted(Box<Drafted>),
    /// A guard refused it, or the model gave none.
    Refused(Refusal),
    /// It says much the same as another one.
    Duplicate(Refusal),
}

/// A draft that passed all guards.
#[derive(Debug, Clone, PartialEq)]
pub struct Drafted {
    /// What it says, in normal form, the answers shuffled.
    pub content: Content,
    /// The task that it is filed under.
    pub task: String,
    /// What the model answered without the key; none when it was not asked, or gave no answer.
    pub cold_answer: Option<ColdAnswer>,
    /// Whether that is another answer than the key, or none.
    pub disagreed: bool,
}

/// Why there is no draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The guard, a word for programs, such as `schema`, `lint/key-longest` or `near-duplicate`.
    pub rule: String,
    /// What it found, for people. At most 500 characters; of the model's text, only quoted pieces.
    pub reason: String,
}

impl Refusal {
    /// With a reason that fits, whatever is quoted in it.
    pub fn new(rule: &str, reason: &str) -> Self {
        Self { rule: rule.to_owned(), reason: plain(reason, REASON_LIMIT) }
    }
}

/// The longest reason, in characters.
const REASON_LIMIT: usize = 500;

/// Why writing stops before there is an outcome.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// The model cannot be asked.
    #[error(transparent)]
    Model(#[from] Failure),
    /// The job's budget is spent.
    #[error("the job has used up its tokens (GENERATION_TOKENS_PER_JOB)")]
    JobBudget,
    /// The budget of the day is spent.
    #[error("the tokens for today are used up (GENERATION_TOKENS_PER_DAY)")]
    DayBudget,
    /// What is left of the budget of the day is reserved for calls under way.
    #[error("calls in progress have reserved the rest of the tokens for today (GENERATION_TOKENS_PER_DAY)")]
    DayReserved,
    /// Somebody cancelled the job, or another worker has it.
    #[error("the job was canceled, or another worker has it")]
    Lost,
    /// Something else.
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

/// Has the question answered without its key, if the brief asks for that.
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
        // The draft was paid for: what is left of the budget does not decide whether it is kept.
        Ok(Answer::Refused { .. }) | Err(Stop::JobBudget | Stop::DayBudget | Stop::DayReserved) => None,
        Err(stop) => return Err(stop),
    };
    // No answer is not the key, either: a person has to look.
    let disagreed = !answered.as_ref().is_some_and(|answered| answered.is_key(&content));
    Ok(Drafted { content, task, cold_answer: answered.map(ColdAnswer::from), disagreed })
}

/// Asks the model within the budget.
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
            // What a model may have written is billed, even if it did not arrive.
            let is_billed = matches!(failure.class, FailureClass::TimedOut | FailureClass::Malformed);
            desk.settle(reserved, (!is_billed).then(Usage::default)).await?;
            Err(failure.into())
        }
    }
}

#[cfg(test)]
mod tests;
