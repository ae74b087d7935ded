//! A question and its answers: content and stored rows.

use diesel::{Identifiable, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::upkeep::Upkeep;
use crate::{
    auth::model::UserId,
    db::types::{Json, Timestamp, id, text_enum},
    exams::model::{DomainId, ExamId, TaskId},
    schema::{answers, question_changes, questions},
};

id!(
    /// The id of one revision of a question.
    QuestionId
);
id!(
    /// The id of a change of status.
    ChangeId
);
id!(
    /// The id of an answer.
    AnswerId
);

id!(
    /// The id of an import of a file.
    ImportId
);

text_enum!(
    /// The kind of a question.
    QuestionKind {
        /// Choose the one right answer.
        SingleChoice = "single_choice",
        /// Choose all right answers, two or more.
        MultipleResponse = "multiple_response",
        /// Put all answers in the right order.
        Ordering = "ordering",
        /// Match each answer to a text.
        Matching = "matching",
    }
);

text_enum!(
    /// The status of a question.
    QuestionStatus {
        /// Being written.
        Draft = "draft",
        /// Waiting for a reviewer.
        InReview = "in_review",
        /// Served to learners.
        Published = "published",
        /// No longer served, or rejected.
        Retired = "retired",
    }
);

text_enum!(
    /// The origin of a question.
    Origin {
        /// Written through the API.
        Authored = "authored",
        /// From a seed file.
        Bundled = "bundled",
        /// From an imported file.
        Imported = "imported",
        /// Drafted by a language model.
        Generated = "generated",
    }
);

text_enum!(
    /// The reason for rejecting a draft.
    RejectionReason {
        /// The key is wrong.
        IncorrectKey = "incorrect_key",
        /// More than one answer can be defended as right, or none.
        Ambiguous = "ambiguous",
        /// It does not belong to the exam, or to its task.
        OffTopic = "off_topic",
        /// The bank already has such a question.
        Duplicate = "duplicate",
        /// It is no longer true.
        Outdated = "outdated",
        /// Nearly everyone would know the answer.
        TooEasy = "too_easy",
        /// The wrong answers are not plausible.
        WeakDistractors = "weak_distractors",
        /// It is badly written.
        Style = "style",
        /// Another reason: the comment may say which.
        Other = "other",
    }
);

/// A reference for further reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// The document's title.
    pub title: String,
    /// The URL.
    #[schema(example = "https://docs.aws.amazon.com/whitepapers/latest/aws-overview/introduction.html")]
    pub url: String,
}

/// The content of a question, without its domain and task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The kind of the question.
    pub kind: QuestionKind,
    /// The question. This and all other texts are Markdown without raw HTML.
    pub stem: String,
    /// Why the key is right; may be empty.
    pub explanation: String,
    /// References for further reading.
    pub references: Vec<Reference>,
    /// Tags, freely chosen.
    pub tags: Vec<String>,
    /// From 1 (recall) to 5 (a scenario that combines several facts).
    pub difficulty: i32,
    /// The answers, in their written order; for `ordering` that is the right order.
    pub answers: Vec<AnswerContent>,
}

/// The content of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerContent {
    /// The text. Empty for a distractor on the right-hand side of a `matching` question.
    pub body: String,
    /// Whether the answer is part of the key.
    pub is_correct: bool,
    /// Why it is right or wrong; may be empty.
    pub rationale: String,
    /// For `matching`: the text on the right-hand side that belongs to this answer.
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
    /// The kind of the question.
    pub kind: QuestionKind,
    /// The question.
    pub stem: String,
    /// Why the key is right.
    pub explanation: String,
    /// References for further reading.
    pub references: Json<Vec<Reference>>,
    /// Tags, freely chosen.
    pub tags: Json<Vec<String>>,
    /// From 1 to 5.
    pub difficulty: i32,
    /// Its status.
    pub status: QuestionStatus,
    /// The origin of the question.
    pub origin: Origin,
    /// The unique name of the question, by which imports and seed files recognize it.
    pub external_key: Option<String>,
    /// The revision that this one replaces, or will replace.
    pub supersedes_id: Option<QuestionId>,
    /// Its number among the published questions of the domain.
    pub draw_number: Option<i32>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When this revision last changed.
    pub updated_at: Timestamp,
    /// The user who last edited it; none if it came from a seed file or the command line.
    pub written_by: Option<UserId>,
    /// Whether learners may have been served it. If so, its content never changes.
    pub frozen: bool,
    /// The upkeep.
    #[diesel(embed)]
    pub upkeep: Upkeep,
    /// Whether the upkeep was changed here. If so, seeding no longer changes it.
    pub upkeep_changed: bool,
}

/// The immutable part of a question that was published at some time, which can be cached.
#[derive(Debug, Clone)]
pub struct Served {
    /// The id.
    pub id: QuestionId,
    /// The exam.
    pub exam_id: ExamId,
    /// The id of the first revision of its line.
    pub line: QuestionId,
    /// The domain.
    pub domain_id: DomainId,
    /// The task, if it is filed under one.
    pub task_id: Option<TaskId>,
    /// The code of its exam.
    pub exam: String,
    /// The number of its domain.
    pub domain: i32,
    /// The code of its task, if it is filed under one.
    pub task: Option<String>,
    /// The kind of the question.
    pub kind: QuestionKind,
    /// The question.
    pub stem: String,
    /// Why the key is right.
    pub explanation: String,
    /// References for further reading.
    pub references: Vec<Reference>,
    /// Tags, freely chosen.
    pub tags: Vec<String>,
    /// From 1 to 5.
    pub difficulty: i32,
    /// When it was created.
    pub created_at: Timestamp,
    /// The answers in written order.
    pub answers: Vec<Answer>,
    /// The answers as JSON, as authors see them: the longest part of a reply, written only once.
    pub answers_json: Box<RawValue>,
}

/// The columns of a question that are not in [`Served`].
#[derive(Debug, Clone, Identifiable, Queryable, Selectable)]
#[diesel(table_name = questions)]
pub struct Entry {
    /// The id.
    pub id: QuestionId,
    /// Its status.
    pub status: QuestionStatus,
    /// The origin of the question.
    pub origin: Origin,
    /// The unique name of the question, by which imports and seed files recognize it.
    pub external_key: Option<String>,
    /// The revision that this one replaces, or will replace.
    pub supersedes_id: Option<QuestionId>,
    /// Its number among the published questions of the domain.
    pub draw_number: Option<i32>,
    /// When this revision last changed.
    pub updated_at: Timestamp,
    /// The user who last edited it; none if it came from a seed file or the command line.
    pub written_by: Option<UserId>,
    /// Whether learners may have been served it. If so, its content never changes.
    pub frozen: bool,
    /// The upkeep: subjects, review date and accepted warnings.
    #[diesel(embed)]
    pub upkeep: Upkeep,
    /// Whether the upkeep was changed here.
    pub upkeep_changed: bool,
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
    /// Whether the answer is part of the key.
    pub is_correct: bool,
    /// Why the answer is right or wrong.
    pub rationale: String,
    /// For `matching`: the text on the right-hand side that belongs to this answer.
    pub match_body: Option<String>,
}

/// A change of a question's status.
#[derive(Debug, Clone, Identifiable, Queryable, Selectable, Insertable)]
#[diesel(table_name = question_changes, treat_none_as_default_value = false)]
pub struct StatusChange {
    /// The id.
    pub id: ChangeId,
    /// The question.
    pub question_id: QuestionId,
    /// The user who made the change; none for a seed file or the command line.
    pub user_id: Option<UserId>,
    /// The old status.
    pub from_status: QuestionStatus,
    /// The new status.
    pub to_status: QuestionStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// Why a draft was rejected.
    pub reason: Option<RejectionReason>,
    /// The comment.
    pub comment: Option<String>,
}

/// The reason and the comment for a change of status.
#[derive(Debug, Clone, Default)]
pub struct Remark {
    /// The reason for rejecting a draft.
    pub reason: Option<RejectionReason>,
    /// The comment.
    pub comment: Option<String>,
}

impl Content {
    /// The content of a stored question.
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

    /// Whether each answer is right: two questions with the same texts may differ in this.
    pub fn right_answers(&self) -> impl Iterator<Item = bool> {
        self.answers.iter().map(|answer| answer.is_correct)
    }
}
