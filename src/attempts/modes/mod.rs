//! What attempts of different modes differ in when they begin: the questions of the form, the time, and when the learner
//! is told what was right.

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

/// Who begins what.
pub struct Beginning<'a> {
    /// The learner.
    pub user_id: UserId,
    /// The exam.
    pub exam: &'a Exam,
    /// Its domains, by number.
    pub domains: &'a [Domain],
    /// What was asked for.
    pub wanted: &'a StartAttempt,
    /// The chance of the form.
    pub seed: i64,
}

/// A form before it is stored.
pub struct Form {
    /// The slots. Those of a form that was sat before are in their order already.
    pub slots: Vec<Planned>,
    /// Whether it was sat before.
    pub again: bool,
    /// Where it departs from what was asked for.
    pub notes: Vec<String>,
    /// The time for it without any extra, in seconds; none when it takes as long as it takes.
    pub seconds: Option<i32>,
    /// When the learner is told what was right.
    pub feedback: Feedback,
    /// The settings of a practice.
    pub selection: Option<Selection>,
}

/// A slot of a form before it is stored.
pub struct Planned {
    /// The question.
    pub question_id: QuestionId,
    /// Whether it counts.
    pub scored: bool,
    /// Known when the form is one that was sat before.
    pub answer_order: Option<Vec<i32>>,
}
