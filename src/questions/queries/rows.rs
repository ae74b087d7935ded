//! Rows to write.

use std::collections::BTreeSet;

use diesel::{AsChangeset, Insertable};

use crate::{
    auth::model::UserId,
    db::{
        day::Day,
        types::{Json, Timestamp},
    },
    exams::model::{DomainId, ExamId, TaskId},
    questions::{
        model::{AnswerId, Origin, QuestionId, QuestionKind, QuestionStatus, Reference},
        upkeep::AcceptedWarnings,
    },
    schema::{answers, questions},
    subjects::model::SubjectId,
};

/// A question to be stored.
#[derive(Debug, Insertable)]
#[diesel(table_name = questions, treat_none_as_default_value = false)]
pub(super) struct NewQuestion {
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
    pub(super) written_by: Option<UserId>,
    pub(super) frozen: bool,
    pub(super) subjects: Json<BTreeSet<SubjectId>>,
    pub(super) review_by: Option<Day>,
    pub(super) accepted_warnings: Json<AcceptedWarnings>,
    pub(super) upkeep_changed: bool,
    pub(super) line_id: Option<QuestionId>,
}

/// The new content of a revision that nobody was served.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = questions, treat_none_as_null = true)]
pub(super) struct QuestionChange {
    pub(super) domain_id: DomainId,
    pub(super) task_id: Option<TaskId>,
    pub(super) kind: QuestionKind,
    pub(super) stem: String,
    pub(super) explanation: String,
    pub(super) references: Json<Vec<Reference>>,
    pub(super) tags: Json<Vec<String>>,
    pub(super) difficulty: i32,
    pub(super) status: QuestionStatus,
    pub(super) written_by: Option<UserId>,
    pub(super) updated_at: Timestamp,
}

/// An answer of the question to store.
#[derive(Debug, Insertable)]
#[diesel(table_name = answers, treat_none_as_default_value = false)]
pub(super) struct NewAnswer {
    pub(super) id: AnswerId,
    pub(super) question_id: QuestionId,
    pub(super) position: i32,
    pub(super) body: String,
    pub(super) is_correct: bool,
    pub(super) rationale: String,
    pub(super) match_body: Option<String>,
}
