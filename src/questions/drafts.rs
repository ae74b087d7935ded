//! The origin of a drafted question: the model, the template, what the model wrote, and its answer without the
//! key.

use diesel::{Identifiable, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    acceptance::{self, UnverifiedField},
    model::{Content, QuestionId},
};
use crate::{
    auth::model::{Names, UserId},
    db::types::{Json, Timestamp},
    jobs::model::JobId,
    schema::question_drafts,
};

/// Why a draft from the built-in script cannot be published.
pub const SCRIPTED_DRAFT: &str = "drafts from the built-in script (BEDROCK_MODEL_ID=scripted) are only for trying out Tripos and cannot be published";

/// The answer of a model to a question without its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ColdAnswer {
    /// The texts of the answers that the model chose. For `ordering`, in its order; for `matching`, as `left → right`.
    pub answers: Vec<String>,
    /// The model's comment: why it chose these answers, or what is wrong with the question. May be empty.
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
    /// The user who requested the job, and counts as a writer of the question.
    pub requested_by: Option<UserId>,
    /// The model's id.
    pub model: String,
    /// The version of the prompt template.
    pub template: String,
    /// The requested language.
    pub language: String,
    /// Input tokens of its calls.
    pub input_tokens: i32,
    /// Output tokens of its calls.
    pub output_tokens: i32,
    /// The drafted content, before any edit.
    pub content: Json<Content>,
    /// The model's answer without the key; none if it was not asked.
    pub cold_answer: Option<Json<ColdAnswer>>,
    /// Whether this answer differs from the key or is missing.
    pub disagreed: bool,
    /// Whether it comes from the built-in script.
    pub scripted: bool,
    /// When it was first published.
    pub accepted_at: Option<Timestamp>,
    /// The share that had been changed by then, from 0 to 1.
    pub changed: Option<f64>,
}

/// The origin of a question that a language model drafted.
#[derive(Debug, Serialize, ToSchema)]
pub struct GeneratedReply {
    /// The job. Null if it was deleted, or if the draft was imported from a file of `tripos generate`.
    pub job: Option<JobId>,
    /// The user who requested the job. This user counts as a writer of the question. Null if no account requested it.
    pub requested_by: Option<UserId>,
    /// The name of that user. Also null if the account was deleted.
    pub requested_by_name: Option<String>,
    /// The model's id.
    pub model: String,
    /// The version of the prompt template.
    pub template: String,
    /// The requested language, as a BCP 47 tag.
    #[schema(example = "en")]
    pub language: String,
    /// The tokens used by the calls that wrote it.
    pub usage: DraftTokens,
    /// The fields that no guard can check and that are still as the model wrote them. The difficulty is a guess, and
    /// nothing has opened the references.
    pub unverified: Vec<UnverifiedField>,
    /// The model's response when it was asked the question without the key. Null if it was not asked, or did not
    /// answer.
    pub cold_answer: Option<ColdAnswer>,
    /// Whether that response differs from the key or is missing. If so, publishing requires a comment.
    pub disagreed: bool,
    /// Whether the draft comes from the built-in script. Such a draft cannot be published.
    pub scripted: bool,
}

/// The tokens used by calls to a model.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftTokens {
    /// The number of tokens sent to the model.
    pub input_tokens: i32,
    /// The number of tokens that the model wrote.
    pub output_tokens: i32,
}

impl GeneratedReply {
    /// The origin as it is shown, compared with the current content of the question.
    pub fn of(draft: QuestionDraft, content: &Content, names: &Names) -> Self {
        Self {
            job: draft.job_id,
            requested_by: draft.requested_by,
            requested_by_name: names.of(draft.requested_by).map(str::to_owned),
            usage: DraftTokens { input_tokens: draft.input_tokens, output_tokens: draft.output_tokens },
            unverified: acceptance::unverified(&draft.content.0, content),
            model: draft.model,
            template: draft.template,
            language: draft.language,
            cold_answer: draft.cold_answer.map(|answer| answer.0),
            disagreed: draft.disagreed,
            scripted: draft.scripted,
        }
    }
}
