//! The differences between the modes when an attempt begins: the questions of the form, the time, and when feedback is
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
pub struct Beginning<'a> {
    /// The learner.
    pub user_id: UserId,
    /// The exam.
    pub exam: &'a Exam,
    /// Its domains, by number.
    pub domains: &'a [Domain],
    /// The request.
    pub wanted: &'a StartAttempt,
    /// The seed of the form.
    pub seed: i64,
}

/// A form before it is stored.
pub struct Form {
    /// The slots. Those of a form that was sat before are in their order already.
    pub slots: Vec<Planned>,
    /// Whether it was sat before.
    pub again: bool,
    /// How it differs from the request.
    pub notes: Vec<String>,
    /// The time limit without extra time, in seconds; none without a deadline.
    pub seconds: Option<i32>,
    /// When feedback is given.
    pub feedback: Feedback,
    /// The settings of a practice.
    pub selection: Option<Selection>,
}

/// A slot of a form before it is stored.
pub struct Planned {
    /// The question.
    pub question_id: QuestionId,
    /// Whether it is scored.
    pub scored: bool,
    /// The order of the answers, if the form was sat before.
    pub answer_order: Option<Vec<i32>>,
}
