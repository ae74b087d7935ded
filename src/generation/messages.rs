//! Jobs that draft questions, in requests and responses.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    model::{OutcomeKind, StoredOutcome},
    queries::FullJob,
    settings::GenerationSettings,
};
use crate::{
    auth::model::UserId,
    db::types::Timestamp,
    error::FieldError,
    exams::model::ExamCode,
    http::extract::{integer, optional_integer},
    jobs::model::{JobId, JobStatus},
    questions::model::{QuestionId, QuestionKind},
};

/// The most questions of a job.
pub const MOST_QUESTIONS: i32 = 200;
/// The longest notes, in characters.
const NOTES_LIMIT: usize = 4000;

/// The questions to draft.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGenerationJob {
    /// The code of the exam.
    pub exam: ExamCode,
    /// The number of the domain. Not needed if `task` is given.
    #[serde(default, deserialize_with = "optional_integer")]
    #[schema(example = 2)]
    pub domain: Option<i64>,
    /// The code of the task. If absent, tasks with few questions are preferred.
    #[schema(example = "2.1")]
    pub task: Option<String>,
    /// The kind of the questions.
    pub kind: QuestionKind,
    /// The number of questions.
    #[serde(deserialize_with = "integer")]
    #[schema(minimum = 1, maximum = 200, example = 20)]
    pub count: i32,
    /// The language to write in, as a BCP 47 tag: a language, optionally with a script and a region.
    #[serde(default = "english")]
    #[schema(default = "en", pattern = "^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$")]
    pub language: String,
    /// Notes for the model, in addition to the blueprint. They are data for the model, not instructions.
    #[serde(default)]
    #[schema(max_length = 4000, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    pub notes: String,
    /// Whether the model answers each draft without the key. If its answer differs from the key, the draft says so.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub verify: bool,
    /// The id of the model, one of BEDROCK_MODELS. Default: BEDROCK_MODEL_ID.
    pub model: Option<String>,
}

fn english() -> String {
    "en".to_owned()
}

fn yes() -> bool {
    true
}

impl NewGenerationJob {
    /// All errors in it that can be found without the bank.
    pub fn faults(&self) -> Vec<FieldError> {
        let may_be_in_notes = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
        let checks = [
            ((1..=MOST_QUESTIONS).contains(&self.count), "/count", "must be from 1 to 200"),
            (is_language(&self.language), "/language", "must be a tag such as en, pt-BR or zh-Hant"),
            (self.notes.chars().count() <= NOTES_LIMIT, "/notes", "must have at most 4000 characters"),
            (self.notes.chars().all(may_be_in_notes), "/notes", "must not contain control characters"),
        ];
        let fault = |(_, pointer, detail): (bool, &str, &str)| FieldError {
            pointer: pointer.to_owned(),
            detail: detail.to_owned(),
        };
        checks.into_iter().filter(|(holds, ..)| !holds).map(fault).collect()
    }
}

/// Whether a text is a BCP 47 tag: a language, optionally with a script and a region, in the customary case.
fn is_language(tag: &str) -> bool {
    let lower = |part: &str| part.bytes().all(|b| b.is_ascii_lowercase());
    let is_script = |part: &str| part.len() == 4 && part.as_bytes()[0].is_ascii_uppercase() && lower(&part[1..]);
    let is_region = |part: &str| match part.len() {
        2 => part.bytes().all(|b| b.is_ascii_uppercase()),
        3 => part.bytes().all(|b| b.is_ascii_digit()),
        _ => false,
    };
    let parts: Vec<&str> = tag.split('-').collect();
    let Some((language, rest)) = parts.split_first().filter(|_| tag.is_ascii()) else { return false };
    matches!(language.len(), 2 | 3)
        && lower(language)
        && match rest {
            [] => true,
            [one] => is_script(one) || is_region(one),
            [script, region] => is_script(script) && is_region(region),
            _ => false,
        }
}

/// The progress of a job. If it succeeds, `drafted`, `refused` and `duplicate` add up to `asked` at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Progress {
    /// Requested questions.
    pub asked: i32,
    /// Drafts stored in the bank.
    pub drafted: i32,
    /// Questions that a guard (an automatic check) refused, or that the model did not write.
    pub refused: i32,
    /// Near-duplicates of other questions.
    pub duplicate: i32,
    /// Drafts for which the model, asked without the key, gave another answer or none.
    pub disagreed: i32,
}

impl Progress {
    /// The progress of a new job.
    pub fn of(asked: i32) -> Self {
        Self { asked, drafted: 0, refused: 0, duplicate: 0, disagreed: 0 }
    }

    /// Counts outcomes.
    pub fn add(&mut self, outcome: OutcomeKind, disagreed: bool, count: i32) {
        match outcome {
            OutcomeKind::Drafted => self.drafted += count,
            OutcomeKind::Refused => self.refused += count,
            OutcomeKind::Duplicate => self.duplicate += count,
        }
        if disagreed {
            self.disagreed += count;
        }
    }
}

/// The tokens used by a job's finished calls.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct TokenUsage {
    /// The number of tokens sent to the model.
    pub input_tokens: i64,
    /// The number of tokens that the model wrote.
    pub output_tokens: i64,
}

/// The cost of a job so far, at the prices in the settings.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct CostEstimate {
    /// The amount.
    #[schema(minimum = 0)]
    pub amount: f64,
    /// The currency.
    #[schema(example = "USD")]
    pub currency: &'static str,
}

/// A generation job without its notes and its outcomes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GenerationJobSummary {
    /// The id.
    pub id: JobId,
    /// The status of the job.
    pub status: JobStatus,
    /// The code of the exam.
    pub exam: String,
    /// The number of the domain.
    pub domain: i32,
    /// The code of the task.
    pub task: Option<String>,
    /// The kind of the questions.
    pub kind: QuestionKind,
    /// The number of requested questions.
    pub count: i32,
    /// The language to write in.
    pub language: String,
    /// Whether the model answers each draft without the key.
    pub verify: bool,
    /// The model.
    pub model: String,
    /// The user who requested the job.
    pub requested_by: Option<UserId>,
    /// The name of that user. Also null if the account was deleted.
    pub requested_by_name: Option<String>,
    /// The progress, in questions.
    pub progress: Progress,
    /// The tokens used by its calls.
    pub usage: TokenUsage,
    /// The cost of the tokens in `usage`. Null if the settings have no price for the model.
    pub cost_estimate: Option<CostEstimate>,
    /// Why the job failed, or why it waits.
    pub failure: Option<String>,
    /// The earliest time at which a worker takes the job. Null if the job waits only for a free worker, or does not
    /// wait.
    pub next_try_at: Option<Timestamp>,
    /// When the job was requested.
    pub created_at: Timestamp,
    /// When a worker first took the job.
    pub started_at: Option<Timestamp>,
    /// When the job ended.
    pub finished_at: Option<Timestamp>,
}

impl GenerationJobSummary {
    /// The job as it is shown.
    pub fn new((job, asked, exam, requester): &FullJob, progress: Progress, settings: &GenerationSettings) -> Self {
        let cost = settings.cost(&asked.model, asked.input_tokens, asked.output_tokens);
        Self {
            id: job.id,
            status: job.status,
            exam: exam.clone(),
            domain: asked.domain,
            task: asked.task.clone(),
            kind: asked.question_kind,
            count: asked.asked,
            language: asked.language.clone(),
            verify: asked.verify,
            model: asked.model.clone(),
            requested_by: job.requested_by,
            requested_by_name: requester.clone(),
            progress,
            usage: TokenUsage { input_tokens: asked.input_tokens, output_tokens: asked.output_tokens },
            cost_estimate: cost.map(|amount| CostEstimate { amount, currency: "USD" }),
            failure: job.failure.clone(),
            next_try_at: (job.status == JobStatus::Queued && job.failure.is_some()).then_some(job.run_after),
            created_at: job.created_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
        }
    }
}

/// A generation job: a request to a language model to draft questions.
#[derive(Debug, Serialize, ToSchema)]
pub struct GenerationJobReply {
    /// The job.
    #[serde(flatten)]
    pub job: GenerationJobSummary,
    /// Notes for the model, in addition to the blueprint.
    pub notes: String,
    /// The outcome of each question so far, ordered by number.
    pub outcomes: Vec<OutcomeReply>,
}

/// The outcome for one of the requested questions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OutcomeReply {
    /// The number of the question in its job, from 1.
    pub number: i32,
    /// The outcome.
    pub outcome: OutcomeKind,
    /// For a question that was not drafted: the name of the rule that refused it.
    pub rule: Option<String>,
    /// What the rule found, in words.
    pub reason: Option<String>,
    /// The version of the prompt template.
    pub template: String,
    /// The draft. Null if there is none, or if it was deleted.
    pub question_id: Option<QuestionId>,
    /// Whether the model, asked without the key, gave another answer or none.
    pub disagreed: bool,
    /// The tokens used by its calls.
    pub usage: TokenUsage,
    /// When it was recorded.
    pub created_at: Timestamp,
}

impl From<StoredOutcome> for OutcomeReply {
    fn from(stored: StoredOutcome) -> Self {
        Self {
            number: stored.number,
            outcome: stored.outcome,
            rule: stored.rule,
            reason: stored.reason,
            template: stored.template,
            question_id: stored.question_id,
            disagreed: stored.disagreed,
            usage: TokenUsage { input_tokens: stored.input_tokens.into(), output_tokens: stored.output_tokens.into() },
            created_at: stored.created_at,
        }
    }
}

/// An outcome as an event, with the progress of the job.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutcomeEvent {
    /// The outcome.
    #[serde(flatten)]
    pub outcome: OutcomeReply,
    /// The progress of the job, including this outcome.
    pub progress: Progress,
}

/// A page of generation jobs, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct GenerationJobPage {
    /// The jobs.
    pub items: Vec<GenerationJobSummary>,
    /// The cursor of the next page. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_cursor: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_tags() {
        for tag in ["en", "gsw", "pt-BR", "zh-Hant", "zh-Hant-TW", "es-419"] {
            assert!(is_language(tag), "{tag}");
        }
        for tag in
            ["", "e", "EN", "english", "en-", "en-us", "en_US", "en-US-x", "pt-br", "zh-hant", "en-US-Latn", "é-"]
        {
            assert!(!is_language(tag), "{tag}");
        }
    }
}
