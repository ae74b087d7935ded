//! Attempts and their slots, as they are stored.

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
        /// Questions that are due for review. Feedback works as in a practice.
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
    /// When feedback is given.
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
        /// Questions without a graded response of the learner, such as those never served and those skipped each time.
        Unanswered = "unanswered",
        /// Questions whose last response did not earn full marks.
        Incorrect = "incorrect",
        /// Questions that the learner flagged the last time.
        Flagged = "flagged",
        /// Questions whose last response the learner marked as unsure.
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
    /// The attempt whose slots without full marks the questions were drawn from.
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
    /// The learner.
    pub user_id: UserId,
    /// The id.
    pub id: AttemptId,
    /// The exam.
    pub exam_id: ExamId,
    /// Its mode.
    pub mode: Mode,
    /// The status of the attempt.
    pub status: AttemptStatus,
    /// The seed of its form.
    pub seed: i64,
    /// Whether the learner chose the seed.
    pub seed_chosen: bool,
    /// How its form differs from the blueprint.
    pub notes: Json<Vec<String>>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ends automatically.
    pub deadline_at: Option<Timestamp>,
    /// When it was submitted, or the deadline if that came first.
    pub submitted_at: Option<Timestamp>,
    /// The scaled estimate of its report.
    pub scaled_score: Option<i32>,
    /// Whether the estimate reaches the pass mark.
    pub passed: Option<bool>,
    /// When feedback is given.
    pub feedback: Feedback,
    /// The points in its report, in percent of the possible points.
    pub percent: Option<f64>,
    /// The extra time, in percent.
    pub extra_time_percent: i32,
    /// The settings of a practice.
    pub selection: Option<Json<Selection>>,
    /// The learner's median time per question when it began, in seconds. None if there were too few.
    pub median_seconds: Option<i32>,
}

impl Attempt {
    /// The seed that the learner may see. One that the server chose is hidden until the report: anyone who begins with
    /// it gets the same form, and so could learn the keys of this one.
    pub fn shown_seed(&self) -> Option<i64> {
        (self.seed_chosen || self.status == AttemptStatus::Submitted).then_some(self.seed)
    }

    /// The attempt without its result, as it is shown while the learner has another attempt at the exam in progress.
    /// The result of a practice with questions of that exam would show whether the responses to them were right.
    pub fn without_result(self) -> Self {
        Self { percent: None, scaled_score: None, passed: None, ..self }
    }

    /// Whether the deadline has passed but the attempt was not submitted.
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
    /// The seed of its form.
    pub seed: i64,
    /// Whether the learner chose the seed.
    pub seed_chosen: bool,
    /// When feedback is given.
    pub feedback: Feedback,
    /// The time limit, in seconds.
    pub time_limit_seconds: Option<i32>,
    /// How its form differs from the blueprint.
    pub notes: Json<Vec<String>>,
    /// Now.
    pub started_at: Timestamp,
    /// When it ends automatically.
    pub deadline_at: Option<Timestamp>,
    /// The extra time, in percent.
    pub extra_time_percent: i32,
    /// The settings of a practice.
    pub selection: Option<Json<Selection>>,
    /// The learner's median time per question, in seconds.
    pub median_seconds: Option<i32>,
}

/// The prediction for a new attempt, to be stored.
#[derive(Debug, Insertable)]
#[diesel(table_name = predictions)]
pub struct NewPrediction {
    /// The learner.
    pub user_id: UserId,
    /// The attempt.
    pub attempt_id: AttemptId,
    /// The probability of passing.
    pub pass_probability: f64,
    /// The number of first exposures that it is based on.
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
    /// Whether it is scored.
    pub scored: bool,
    /// The response.
    pub response: Option<Json<Vec<Choice>>>,
    /// The mark of the response, once it is graded.
    pub mark: Option<f64>,
    /// Whether the slot is flagged, to come back to it.
    pub flagged: bool,
    /// Whether the response is marked as unsure.
    pub unsure: bool,
    /// The answers that the learner ruled out.
    pub struck_out: Json<Vec<AnswerId>>,
    /// When the response was stored.
    pub answered_at: Option<Timestamp>,
    /// The time spent, in seconds, as measured by the client.
    pub seconds_spent: i32,
    /// The number of times the slot was changed.
    pub revision: i32,
}

/// The flag, the unsure mark and the time of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Labels {
    /// Whether the slot is flagged, to come back to it.
    pub flagged: bool,
    /// Whether the response is marked as unsure.
    pub unsure: bool,
    /// The time spent, in seconds, as measured by the client.
    pub seconds_spent: i32,
}

impl Slot {
    /// The flag, the unsure mark and the time.
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
    /// The number of the try, from 1, in order of arrival.
    pub number: i32,
    /// The response.
    pub response: Json<Vec<Choice>>,
    /// The mark that it would have earned.
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
    /// Whether it is scored.
    pub scored: bool,
}

/// A slot with its question.
#[derive(Debug, Clone)]
pub struct FilledSlot {
    /// The slot.
    pub slot: Slot,
    /// Its question.
    pub question: Arc<Served>,
}

impl Slot {
    /// Applies a stored change.
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

    /// The response, empty if there is none.
    pub fn response(&self) -> &[Choice] {
        self.slot.response.as_ref().map_or(&[], |response| &response.0)
    }

    /// Whether there is a response.
    pub fn is_answered(&self) -> bool {
        self.slot.response.is_some()
    }

    /// The domain of its question.
    pub fn domain<'a>(&self, domains: &'a [Domain]) -> Option<&'a Domain> {
        domains.iter().find(|domain| domain.id == self.question.domain_id)
    }
}
