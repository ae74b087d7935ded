//! Where a drafted question comes from: the model, the template, what the model wrote, and what it answered when it did not
//! see the key.

use diesel::{Identifiable, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::{Content, QuestionId};
use crate::{
    auth::model::UserId,
    db::types::{Json, Timestamp},
    jobs::model::JobId,
    schema::question_drafts,
};

/// Why a draft of the built-in script is never published.
pub const SCRIPTED_DRAFT: &str =
    "drafts of the built-in script (BEDROCK_MODEL_ID=scripted) are for trying out and are never published";

/// What a model answered when it was asked a question without its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ColdAnswer {
    /// The answers that it chose, by their texts: in its order for `ordering`, and as `left → right` for `matching`.
    pub answers: Vec<String>,
    /// Why, or what is wrong with the question, in its words; may be empty.
    pub comment: String,
}

/// The stored origin of a drafted question.
#[derive(Debug, Clone, Identifiable, Queryable, Selectable, Insertable)]
#[diesel(table_name = question_drafts, primary_key(question_id), treat_none_as_default_value = false)]
pub struct QuestionDraft {
    /// The question.
    pub question_id: QuestionId,
    /// The job that drafted it; none when the job was deleted.
    pub job_id: Option<JobId>,
    /// Who asked for the job, and counts as a writer of the question.
    pub requested_by: Option<UserId>,
    /// The model's id.
    pub model: String,
    /// The version of the prompt's template.
    pub template: String,
    /// The language that was asked for.
    pub language: String,
    /// Tokens that its calls took.
    pub input_tokens: i32,
    /// Tokens that its calls wrote.
    pub output_tokens: i32,
    /// What was drafted, before anybody edited it.
    pub content: Json<Content>,
    /// What the model answered without the key; none when it was not asked.
    pub cold_answer: Option<Json<ColdAnswer>>,
    /// Whether that is another answer than the key.
    pub disagreed: bool,
    /// Whether it was played from the built-in script.
    pub scripted: bool,
    /// When it was first published.
    pub accepted_at: Option<Timestamp>,
    /// How much of it had been changed by then, from 0 to 1.
    pub changed: Option<f64>,
}
