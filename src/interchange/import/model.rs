//! Imports, as they are stored.

use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};

use crate::{
    auth::model::UserId,
    db::types::Timestamp,
    exams::model::ExamId,
    interchange::{messages::Outcome, source::Format},
    questions::model::ImportId,
    schema::imports,
};

/// An import that stored something.
#[derive(Debug, Clone, Identifiable, Queryable, Selectable)]
pub struct Import {
    /// The id.
    pub id: ImportId,
    /// The user who imported the file; none for the command line.
    pub user_id: Option<UserId>,
    /// The exam.
    pub exam_id: ExamId,
    /// The format of the file.
    pub format: Format,
    /// The counts of outcomes.
    #[diesel(embed)]
    pub counts: Counts,
    /// The number of questions that were deleted when it was undone.
    pub deleted: i32,
    /// When it began.
    pub created_at: Timestamp,
}

/// An import to be stored.
#[derive(Debug, Insertable)]
#[diesel(table_name = imports, treat_none_as_default_value = false)]
pub struct NewImport {
    pub(super) id: ImportId,
    pub(super) user_id: Option<UserId>,
    pub(super) exam_id: ExamId,
    pub(super) format: Format,
    #[diesel(embed)]
    pub(super) counts: Counts,
}

/// The number of questions with each outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = imports)]
pub struct Counts {
    /// New questions.
    pub created: i32,
    /// New revisions.
    pub superseded: i32,
    /// Questions that were changed in place: drafts, or the upkeep of any question.
    pub changed: i32,
    /// Questions that are already in the bank, unchanged.
    pub unchanged: i32,
    /// Questions that were skipped.
    pub skipped: i32,
}

impl Counts {
    /// Counts a question.
    pub fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Created => self.created += 1,
            Outcome::Superseded => self.superseded += 1,
            Outcome::Changed => self.changed += 1,
            Outcome::Unchanged => self.unchanged += 1,
            Outcome::Skipped => self.skipped += 1,
        }
    }

    /// Whether anything was stored.
    pub fn stored(&self) -> bool {
        self.created + self.superseded + self.changed > 0
    }
}
