//! Jobs that draft questions, as they are stored.

use diesel::{Identifiable, Insertable, Queryable, Selectable};

use super::{converse::Usage, prompt::TEMPLATE, writer::Refusal};
use crate::{
    db::types::{Timestamp, text_enum},
    exams::model::ExamId,
    jobs::model::JobId,
    questions::model::{QuestionId, QuestionKind},
    schema::{generation_jobs, generation_outcomes},
};

/// The kind of these jobs in the queue.
pub const KIND: &str = "generation";

/// The rule of questions that the model was not asked for because the tokens of the job were used up.
pub const JOB_BUDGET: &str = "job-budget";

/// The request of a job, and the tokens it used.
#[derive(Debug, Clone, Identifiable, Queryable, Selectable, Insertable)]
#[diesel(primary_key(job_id), treat_none_as_default_value = false)]
pub struct GenerationJob {
    /// The job.
    pub job_id: JobId,
    /// The exam.
    pub exam_id: ExamId,
    /// The domain's number.
    pub domain: i32,
    /// The task's code; none for any task of the domain.
    pub task: Option<String>,
    /// The kind of the questions.
    pub question_kind: QuestionKind,
    /// The number of requested questions.
    pub asked: i32,
    /// The language to write in.
    pub language: String,
    /// Notes of the author for the model.
    pub notes: String,
    /// Whether the model answers each draft without the key.
    pub verify: bool,
    /// The model's id.
    pub model: String,
    /// Input tokens of finished calls.
    pub input_tokens: i64,
    /// Output tokens of these calls.
    pub output_tokens: i64,
}

text_enum!(
    /// The outcome for a requested question.
    OutcomeKind {
        /// It is stored as a draft.
        Drafted = "drafted",
        /// A guard (an automatic check) refused it, or the model did not write it.
        Refused = "refused",
        /// It is a near-duplicate of another question.
        Duplicate = "duplicate",
    }
);

/// The stored outcome of one of the requested questions.
#[derive(Debug, Clone, Identifiable, Queryable, Selectable, Insertable)]
#[diesel(table_name = generation_outcomes, primary_key(job_id, number), treat_none_as_default_value = false)]
pub struct StoredOutcome {
    /// The job.
    pub job_id: JobId,
    /// The number of the question in its job, from 1.
    pub number: i32,
    /// The outcome.
    pub outcome: OutcomeKind,
    /// The rule, if it was not drafted.
    pub rule: Option<String>,
    /// What the rule found.
    pub reason: Option<String>,
    /// The version of the prompt template.
    pub template: String,
    /// The draft, if there is one and it was not deleted.
    pub question_id: Option<QuestionId>,
    /// Whether the model, asked without the key, gave another answer or none.
    pub disagreed: bool,
    /// Input tokens of its calls.
    pub input_tokens: i32,
    /// Output tokens of these calls.
    pub output_tokens: i32,
    /// When it was stored.
    pub created_at: Timestamp,
}

impl StoredOutcome {
    /// The outcome of a question without a draft, or before its draft is stored.
    pub fn new(
        job_id: JobId,
        number: i32,
        outcome: OutcomeKind,
        refusal: Option<&Refusal>,
        usage: Usage,
        now: Timestamp,
    ) -> Self {
        Self {
            job_id,
            number,
            outcome,
            rule: refusal.map(|refusal| refusal.rule.clone()),
            reason: refusal.map(|refusal| refusal.reason.clone()),
            template: TEMPLATE.to_owned(),
            question_id: None,
            disagreed: false,
            input_tokens: stored(usage.input_tokens),
            output_tokens: stored(usage.output_tokens),
            created_at: now,
        }
    }
}

/// A token count in the type of the column.
pub fn stored(tokens: u32) -> i32 {
    i32::try_from(tokens).unwrap_or(i32::MAX)
}
