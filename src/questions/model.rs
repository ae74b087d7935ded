//! A question and its answers: content, stored rows, and what authors are told.

use diesel::{Identifiable, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    db::types::{Json, Timestamp, id, words},
    exams::model::{DomainId, ExamId, TaskId},
    schema::{answers, questions},
};

id!(
    /// The id of one revision of a question.
    QuestionId
);
id!(
    /// The id of an answer.
    AnswerId
);

words!(
    /// What a question asks for.
    QuestionKind {
        /// The one right answer.
        SingleChoice = "single_choice",
        /// All right answers, two or more.
        MultipleResponse = "multiple_response",
        /// All answers in the right order.
        Ordering = "ordering",
        /// For each answer what belongs to it.
        Matching = "matching",
    }
);

words!(
    /// How far a question has come.
    QuestionStatus {
        /// Being written.
        Draft = "draft",
        /// Waiting for a reviewer.
        InReview = "in_review",
        /// Served to learners.
        Published = "published",
        /// Kept for old attempts.
        Retired = "retired",
    }
);

words!(
    /// Where a question comes from.
    Origin {
        /// Written through the API.
        Authored = "authored",
        /// From a seed file.
        Bundled = "bundled",
        /// From a file of another format.
        Imported = "imported",
        /// Drafted by a language model.
        Generated = "generated",
    }
);

/// Where to read on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// The document's title.
    pub title: String,
    /// Its address.
    #[schema(example = "https://docs.aws.amazon.com/whitepapers/latest/aws-overview/introduction.html")]
    pub url: String,
}

/// What a question says, without its place in the bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// What it asks for.
    pub kind: QuestionKind,
    /// The question.
    pub stem: String,
    /// Why the key is right.
    pub explanation: String,
    /// Where to read on.
    pub references: Vec<Reference>,
    /// Free labels.
    pub tags: Vec<String>,
    /// From 1 (recall) to 5 (several facts weighed in a scenario).
    pub difficulty: i32,
    /// The answers, in their written order; for `ordering` that is the right order.
    pub answers: Vec<AnswerContent>,
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerContent {
    /// The text; empty for a distractor on the right-hand side of `matching`.
    pub body: String,
    /// Whether it belongs to the key.
    pub is_correct: bool,
    /// Why it is right or wrong.
    pub rationale: String,
    /// For `matching`: what belongs to it.
    pub match_body: Option<String>,
}

/// A stored question.
#[derive(Debug, Clone, Identifiable, Queryable, Selectable)]
pub struct Question {
    /// The id.
    pub id: QuestionId,
    /// The exam.
    pub exam_id: ExamId,
    /// The domain.
    pub domain_id: DomainId,
    /// The task, if it is filed under one.
    pub task_id: Option<TaskId>,
    /// What it asks for.
    pub kind: QuestionKind,
    /// The question.
    pub stem: String,
    /// Why the key is right.
    pub explanation: String,
    /// Where to read on.
    pub references: Json<Vec<Reference>>,
    /// Free labels.
    pub tags: Json<Vec<String>>,
    /// From 1 to 5.
    pub difficulty: i32,
    /// How far it has come.
    pub status: QuestionStatus,
    /// Where it comes from.
    pub origin: Origin,
    /// Its name in the file that it comes from.
    pub external_key: Option<String>,
    /// The revision that this one took the place of.
    pub supersedes_id: Option<QuestionId>,
    /// Its number among the published questions of the domain.
    pub draw_number: Option<i32>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A stored answer.
#[derive(Debug, Clone, Identifiable, Queryable, Selectable)]
pub struct Answer {
    /// The id.
    pub id: AnswerId,
    /// The question.
    pub question_id: QuestionId,
    /// Its place in the written order, from 0.
    pub position: i32,
    /// The text.
    pub body: String,
    /// Whether it belongs to the key.
    pub is_correct: bool,
    /// Why it is right or wrong.
    pub rationale: String,
    /// For `matching`: what belongs to it.
    pub match_body: Option<String>,
}

/// A question to be stored.
#[derive(Debug, Insertable)]
#[diesel(table_name = questions, treat_none_as_default_value = false)]
pub struct NewQuestion {
    pub(super) id: QuestionId,
    pub(super) exam_id: ExamId,
    pub(super) domain_id: DomainId,
    pub(super) task_id: Option<TaskId>,
    pub(super) kind: QuestionKind,
    pub(super) stem: String,
    pub(super) explanation: String,
    pub(super) references: Json<Vec<Reference>>,
    pub(super) tags: Json<Vec<String>>,
    pub(super) difficulty: i32,
    pub(super) status: QuestionStatus,
    pub(super) origin: Origin,
    pub(super) external_key: Option<String>,
    pub(super) supersedes_id: Option<QuestionId>,
    pub(super) draw_number: Option<i32>,
}

/// An answer to be stored.
#[derive(Debug, Insertable)]
#[diesel(table_name = answers, treat_none_as_default_value = false)]
pub struct NewAnswer {
    pub(super) id: AnswerId,
    pub(super) question_id: QuestionId,
    pub(super) position: i32,
    pub(super) body: String,
    pub(super) is_correct: bool,
    pub(super) rationale: String,
    pub(super) match_body: Option<String>,
}

/// A question as authors see it, key included.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionReply {
    /// The id of this revision.
    pub id: QuestionId,
    /// What it asks for.
    pub kind: QuestionKind,
    /// How far it has come.
    pub status: QuestionStatus,
    /// Where it comes from.
    pub origin: Origin,
    /// Its name in the file that it comes from.
    pub external_key: Option<String>,
    /// The revision that this one took the place of.
    pub supersedes_id: Option<QuestionId>,
    /// The id of its domain.
    pub domain_id: DomainId,
    /// The id of its task.
    pub task_id: Option<TaskId>,
    /// The question.
    pub stem: String,
    /// The answers in their written order.
    pub answers: Vec<AnswerReply>,
    /// Why the key is right.
    pub explanation: String,
    /// Where to read on.
    pub references: Vec<Reference>,
    /// Free labels.
    pub tags: Vec<String>,
    /// From 1 (recall) to 5 (several facts weighed in a scenario).
    #[schema(minimum = 1, maximum = 5)]
    pub difficulty: i32,
    /// When this revision was made.
    pub created_at: Timestamp,
    /// When its place in the bank last changed.
    pub updated_at: Timestamp,
}

/// An answer as authors see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnswerReply {
    /// The id.
    pub id: AnswerId,
    /// The text.
    pub body: String,
    /// Whether it belongs to the key.
    pub is_correct: bool,
    /// Why it is right or wrong.
    pub rationale: String,
    /// For `matching`: what belongs to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub match_body: Option<String>,
}

/// A page of the bank.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionPage {
    /// The questions, oldest first.
    pub items: Vec<QuestionReply>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl From<(Question, Vec<Answer>)> for QuestionReply {
    fn from((question, answers): (Question, Vec<Answer>)) -> Self {
        Self {
            id: question.id,
            kind: question.kind,
            status: question.status,
            origin: question.origin,
            external_key: question.external_key,
            supersedes_id: question.supersedes_id,
            domain_id: question.domain_id,
            task_id: question.task_id,
            stem: question.stem,
            answers: answers
                .into_iter()
                .map(|answer| AnswerReply {
                    id: answer.id,
                    body: answer.body,
                    is_correct: answer.is_correct,
                    rationale: answer.rationale,
                    match_body: answer.match_body,
                })
                .collect(),
            explanation: question.explanation,
            references: question.references.0,
            tags: question.tags.0,
            difficulty: question.difficulty,
            created_at: question.created_at,
            updated_at: question.updated_at,
        }
    }
}

impl Content {
    /// What a stored question says.
    pub fn of(question: &Question, answers: &[Answer]) -> Self {
        Self {
            kind: question.kind,
            stem: question.stem.clone(),
            explanation: question.explanation.clone(),
            references: question.references.0.clone(),
            tags: question.tags.0.clone(),
            difficulty: question.difficulty,
            answers: answers
                .iter()
                .map(|answer| AnswerContent {
                    body: answer.body.clone(),
                    is_correct: answer.is_correct,
                    rationale: answer.rationale.clone(),
                    match_body: answer.match_body.clone(),
                })
                .collect(),
        }
    }
}
