//! How attempts of different modes differ when they begin: the questions of the form, the time, and when feedback is
//! given.

use super::{
    messages::StartAttempt,
    model::{Feedback, Selection},
};
use crate::{
    auth::model::UserId,
    exams::model::{Domain, Exam},
    questions::model::QuestionId,
};

pub mod exam;
pub mod practice;
pub mod review;
mod selection;

/// An attempt to begin, with its learner and exam.
pub struct StartContext<'a> {
    /// The learner.
    pub user_id: UserId,
    /// The exam.
    pub exam: &'a Exam,
    /// Its domains, by number.
    pub domains: &'a [Domain],
    /// The request.
    pub wanted: &'a StartAttempt,
    /// The seed from the request, or a random one.
    pub seed: i64,
}

/// A form before it is stored.
pub struct Form {
    /// The slots. In a form that was used before, they are already in order.
    pub slots: Vec<PlannedSlot>,
    /// Whether the form was used in an earlier attempt.
    pub again: bool,
    /// How it differs from the request.
    pub notes: Vec<String>,
    /// The time limit without extra time, in seconds. None if there is no limit.
    pub seconds: Option<i32>,
    /// When feedback is shown.
    pub feedback: Feedback,
    /// The settings of a practice.
    pub selection: Option<Selection>,
}

/// A slot of a form before it is stored.
pub struct PlannedSlot {
    /// The question.
    pub question_id: QuestionId,
    /// Whether it is scored.
    pub scored: bool,
    /// The order of the answers, if the form was used before.
    pub answer_order: Option<Vec<i32>>,
}
