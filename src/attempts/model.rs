//! Attempts and their slots, as the database holds them.

use std::sync::Arc;

use diesel::{Identifiable, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{grading::Choice, queries::SlotChange};
use crate::{
    auth::model::UserId,
    db::types::{Json, Timestamp, id, text_enum},
    exams::model::{Domain, ExamId},
    questions::model::{Answer, AnswerId, QuestionId, QuestionKind, Served},
    schema::{attempt_slots, attempts, predictions, slot_tries},
};

id!(
    /// The id of an attempt.
    AttemptId
);

text_enum!(
    /// The mode of an attempt.
    Mode {
        /// A full form that follows the blueprint, with a deadline. Feedback comes in the report.
        Exam = "exam",
        /// Questions of the learner's choice.
        Practice = "practice",
        /// Questions that are due for review.
        Review = "review",
    }
);

text_enum!(
    /// The status of an attempt.
    AttemptStatus {
        /// It accepts responses.
        InProgress = "in_progress",
        /// Submitted by the learner or at the deadline, and graded.
        Submitted = "submitted",
        /// Ended by the learner, without a result.
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

text_enum!(
    /// The pool of questions that a practice draws from.
    QuestionPool {
        /// All published questions. Those that the learner was served least often come first.
        All = "all",
        /// Questions that the learner was never served.
        Unseen = "unseen",
        /// Questions without a graded response of the learner: those never served, and those skipped each time.
        Unanswered = "unanswered",
        /// Questions whose last response did not earn full marks.
        Incorrect = "incorrect",
        /// Questions that the learner flagged the last time.
        Flagged = "flagged",
        /// Questions that the learner answered the last time without being sure.
        Unsure = "unsure",
    }
);

text_enum!(
    /// When a practice shows which response was right.
    FeedbackTime {
        /// With each response.
        Immediate = "immediate",
        /// In the report.
        Deferred = "deferred",
    }
);

/// The settings of a practice. An empty list means no restriction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Selection {
    /// The numbers of the domains.
    pub domains: Vec<i32>,
    /// The codes of the tasks.
    pub tasks: Vec<String>,
    /// The tags. Each question has at least one of them.
    pub tags: Vec<String>,
    /// The kinds of questions.
    pub kinds: Vec<QuestionKind>,
    /// The lowest difficulty.
    pub difficulty_min: i32,
    /// The highest difficulty.
    pub difficulty_max: i32,
    /// The pool that the questions were drawn from.
    pub pool: QuestionPool,
    /// The attempt whose wrong slots the questions were drawn from.
    pub from_report: Option<AttemptId>,
    /// The number of requested questions.
    pub size: i32,
    /// When it shows which response was right.
    pub feedback: FeedbackTime,
    /// Whether there is a deadline.
    pub timed: bool,
}

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
    /// Its mode.
    pub mode: Mode,
    /// The status of the attempt.
    pub status: AttemptStatus,
    /// The chance of its form.
    pub seed: i64,
    /// Whether the learner chose that.
    pub seed_chosen: bool,
    /// Where its form departs from the blueprint.
    pub notes: Json<Vec<String>>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ends automatically.
    pub deadline_at: Option<Timestamp>,
    /// When it was submitted, or the deadline where that came first.
    pub submitted_at: Option<Timestamp>,
    /// The scaled estimate of its report.
    pub scaled_score: Option<i32>,
    /// Whether that passes.
    pub passed: Option<bool>,
    /// When the learner is told what was right.
    pub feedback: Feedback,
    /// The share of the possible points in its report, from 0 to 100.
    pub percent: Option<f64>,
    /// How much longer it takes than for others.
    pub extra_time_percent: i32,
    /// The settings of a practice.
    pub selection: Option<Json<Selection>>,
    /// The seconds that the learner usually took for a question when it began; none while they were few.
    pub median_seconds: Option<i32>,
}

impl Attempt {
    /// The seed as the learner may know it. One that the server chose gives the same form to whoever begins with it, and
    /// so the keys of this one: it is told with the report.
    pub fn shown_seed(&self) -> Option<i64> {
        (self.seed_chosen || self.status == AttemptStatus::Submitted).then_some(self.seed)
    }

    /// The attempt without its result, as it is shown while the learner has another attempt at the exam in progress. The
    /// result of a practice with the questions of that exam would tell whether the responses to them were right.
    pub fn without_result(self) -> Self {
        Self { percent: None, scaled_score: None, passed: None, ..self }
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
    /// Its mode.
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
    /// When it ends automatically.
    pub deadline_at: Option<Timestamp>,
    /// How much longer it takes than for others.
    pub extra_time_percent: i32,
    /// The settings of a practice.
    pub selection: Option<Json<Selection>>,
    /// The seconds that the learner usually takes for a question.
    pub median_seconds: Option<i32>,
}

/// What is predicted for an attempt that begins, to be stored.
#[derive(Debug, Insertable)]
#[diesel(table_name = predictions)]
pub struct NewPrediction {
    /// The learner.
    pub user_id: UserId,
    /// The attempt.
    pub attempt_id: AttemptId,
    /// The probability of passing.
    pub pass_probability: f64,
    /// The first exposures on which it rests.
    pub first_exposures: i32,
}

/// A stored slot.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = attempt_slots)]
pub struct Slot {
    /// The position in the form, from 1.
    pub position: i32,
    /// The revision of the question that was shown.
    pub question_id: QuestionId,
    /// The order in which the answers are shown, as their written positions.
    pub answer_order: Json<Vec<i32>>,
    /// Whether it counts.
    pub scored: bool,
    /// The response.
    pub response: Option<Json<Vec<Choice>>>,
    /// What it earned, once it is graded.
    pub mark: Option<f64>,
    /// Whether the slot is flagged, to come back to it.
    pub flagged: bool,
    /// Whether the response is marked as unsure.
    pub unsure: bool,
    /// The answers that the learner ruled out.
    pub struck_out: Json<Vec<AnswerId>>,
    /// When the response came in.
    pub answered_at: Option<Timestamp>,
    /// Time on it, as the front end counted.
    pub seconds_spent: i32,
    /// The number of times the slot was changed.
    pub revision: i32,
}

/// What a learner says of a slot beside the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Labels {
    /// Whether the slot is flagged, to come back to it.
    pub flagged: bool,
    /// Whether the response is marked as unsure.
    pub unsure: bool,
    /// Time on it, as the front end counted.
    pub seconds_spent: i32,
}

impl Slot {
    /// What the learner says of it beside the response.
    pub fn labels(&self) -> Labels {
        Labels { flagged: self.flagged, unsure: self.unsure, seconds_spent: self.seconds_spent }
    }
}

/// A response after the one that counts.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = slot_tries)]
pub struct SlotTry {
    /// The learner.
    pub user_id: UserId,
    /// The attempt.
    pub attempt_id: AttemptId,
    /// The slot.
    pub position: i32,
    /// From 1, in the order in which they came.
    pub number: i32,
    /// The response.
    pub response: Json<Vec<Choice>>,
    /// What that would have earned.
    pub mark: f64,
    /// When it was stored.
    pub created_at: Timestamp,
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
    /// The position in the form, from 1.
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

impl Slot {
    /// Takes over what a change stored.
    pub fn take(&mut self, change: SlotChange) {
        let SlotChange { response, flagged, unsure, struck_out, seconds_spent, answered_at, updated_at: _ } = change;
        (self.response, self.flagged, self.unsure, self.struck_out) = (response, flagged, unsure, struck_out);
        (self.seconds_spent, self.answered_at) = (seconds_spent, answered_at);
    }
}

impl FilledSlot {
    /// The answers, in the order of this slot.
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
