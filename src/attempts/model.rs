//! Attempts and their slots, as the database holds them.

use std::sync::Arc;

use diesel::{Identifiable, Insertable, Queryable, Selectable};

use super::grading::Choice;
use crate::{
    auth::model::UserId,
    db::types::{Json, Timestamp, id, text_enum},
    exams::model::{Domain, ExamId},
    questions::model::{Answer, QuestionId, Served},
    schema::{attempt_slots, attempts, predictions},
};

id!(
    /// The id of an attempt.
    AttemptId
);

text_enum!(
    /// What an attempt is for.
    Mode {
        /// A full form against the clock, feedback at the end.
        Exam = "exam",
    }
);

text_enum!(
    /// Whether an attempt can still be worked on.
    AttemptStatus {
        /// Responses are taken.
        InProgress = "in_progress",
        /// Graded, by the learner or by the deadline.
        Submitted = "submitted",
        /// Ended by the learner without a result.
        Abandoned = "abandoned",
    }
);

text_enum!(
    /// When the learner is told what was right.
    Feedback {
        /// After each response.
        AtOnce = "at_once",
        /// After submission.
        AtEnd = "at_end",
    }
);

/// A stored attempt, without its report.
#[derive(Debug, Clone, Identifiable, Queryable, Selectable)]
#[diesel(table_name = attempts)]
pub struct Attempt {
    /// Whose it is.
    pub user_id: UserId,
    /// The id.
    pub id: AttemptId,
    /// The exam.
    pub exam_id: ExamId,
    /// What it is for.
    pub mode: Mode,
    /// Whether it can still be worked on.
    pub status: AttemptStatus,
    /// The chance of its form.
    pub seed: i64,
    /// Whether the learner chose that.
    pub seed_chosen: bool,
    /// Where its form departs from the blueprint.
    pub notes: Json<Vec<String>>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ends by itself.
    pub deadline_at: Option<Timestamp>,
    /// When it was submitted, or the deadline where that came first.
    pub submitted_at: Option<Timestamp>,
    /// The scaled estimate of its report.
    pub scaled_score: Option<i32>,
    /// Whether that passes.
    pub passed: Option<bool>,
}

impl Attempt {
    /// The seed as the learner may know it. One that the server chose gives the same form to whoever begins with it, and
    /// so the keys of this one: it is told with the report.
    pub fn shown_seed(&self) -> Option<i64> {
        (self.seed_chosen || self.status == AttemptStatus::Submitted).then_some(self.seed)
    }

    /// Whether nothing is accepted any more although nobody submitted.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.status == AttemptStatus::InProgress && self.deadline_at.is_some_and(|deadline| now >= deadline)
    }
}

/// An attempt to be stored.
#[derive(Debug, Insertable)]
#[diesel(table_name = attempts, treat_none_as_default_value = false)]
pub struct NewAttempt {
    /// The learner.
    pub user_id: UserId,
    /// The id.
    pub id: AttemptId,
    /// The exam.
    pub exam_id: ExamId,
    /// What it is for.
    pub mode: Mode,
    /// In progress.
    pub status: AttemptStatus,
    /// The chance of its form.
    pub seed: i64,
    /// Whether the learner chose that.
    pub seed_chosen: bool,
    /// When the learner is told what was right.
    pub feedback: Feedback,
    /// The time for it.
    pub time_limit_seconds: Option<i32>,
    /// Where its form departs from the blueprint.
    pub notes: Json<Vec<String>>,
    /// Now.
    pub started_at: Timestamp,
    /// When it ends by itself.
    pub deadline_at: Option<Timestamp>,
}

/// What is predicted for an attempt that begins, to be stored.
#[derive(Debug, Insertable)]
#[diesel(table_name = predictions)]
pub struct NewPrediction {
    /// The learner.
    pub user_id: UserId,
    /// The attempt.
    pub attempt_id: AttemptId,
    /// The probability to pass.
    pub pass_probability: f64,
    /// The first exposures on which it rests.
    pub first_exposures: i32,
}

/// A stored slot.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = attempt_slots)]
pub struct Slot {
    /// Its place in the form, from 1.
    pub position: i32,
    /// The question, in the revision that was shown.
    pub question_id: QuestionId,
    /// The order in which the answers are shown, as their written positions.
    pub answer_order: Json<Vec<i32>>,
    /// Whether it counts.
    pub scored: bool,
    /// What the learner gave.
    pub response: Option<Json<Vec<Choice>>>,
    /// Marked to come back to.
    pub flagged: bool,
    /// Answered without being sure.
    pub unsure: bool,
    /// When the response came in.
    pub answered_at: Option<Timestamp>,
    /// Time on it, as the front end counted.
    pub seconds_spent: i32,
    /// How often it was changed.
    pub revision: i32,
}

/// How many slots an attempt has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SlotCounts {
    /// All of them.
    pub all: i64,
    /// Those with a response.
    pub answered: i64,
}

impl SlotCounts {
    /// The counts of a form.
    pub fn of(slots: &[FilledSlot]) -> Self {
        let answered = slots.iter().filter(|filled| filled.is_answered()).count();
        Self { all: slots.len() as i64, answered: answered as i64 }
    }
}

/// A slot to be stored.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = attempt_slots)]
pub struct NewSlot {
    /// The learner.
    pub user_id: UserId,
    /// The attempt.
    pub attempt_id: AttemptId,
    /// Its place in the form, from 1.
    pub position: i32,
    /// The question.
    pub question_id: QuestionId,
    /// The order of its answers.
    pub answer_order: Json<Vec<i32>>,
    /// Whether it counts.
    pub scored: bool,
}

/// A slot with what stands in it.
#[derive(Debug, Clone)]
pub struct FilledSlot {
    /// The slot.
    pub slot: Slot,
    /// Its question.
    pub question: Arc<Served>,
}

impl FilledSlot {
    /// The answers in the order of this slot.
    pub fn shown_answers(&self) -> impl Iterator<Item = &Answer> {
        let by_position =
            |position: &i32| self.question.answers.iter().find(move |answer| answer.position == *position);
        self.slot.answer_order.0.iter().filter_map(by_position)
    }

    /// What the learner gave, empty when nothing.
    pub fn response(&self) -> &[Choice] {
        self.slot.response.as_ref().map_or(&[], |response| &response.0)
    }

    /// Whether the learner gave anything.
    pub fn is_answered(&self) -> bool {
        self.slot.response.is_some()
    }

    /// The domain of its question.
    pub fn domain<'a>(&self, domains: &'a [Domain]) -> Option<&'a Domain> {
        domains.iter().find(|domain| domain.id == self.question.domain_id)
    }
}
