//! Attempts and responses as learners send them. The replies are in `reply`.

use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

pub use self::reply::*;
use super::{
    grading::Choice,
    model::{AttemptId, FeedbackTime, Mode, QuestionPool},
};
use crate::{
    exams::model::ExamCode,
    http::extract::{integer, optional_integer},
    questions::model::{AnswerId, QuestionKind},
};

mod reply;

/// An attempt to begin.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartAttempt {
    /// The code of the exam.
    pub exam: ExamCode,
    /// The mode of the attempt.
    pub mode: Mode,
    /// Exam and practice: the seed of an earlier attempt, to get the same form again. In an exam, this works while its
    /// questions are published and the blueprint is the same; in a practice, if only `feedback` and `timed` are set
    /// with it. Without a seed, an exam and the pool `all` begin with the questions that you were served least often.
    #[serde(default, deserialize_with = "optional_integer")]
    #[schema(minimum = 0, maximum = 9007199254740991_i64, required = false)]
    pub seed: Option<i64>,
    /// Practice: the numbers of the domains to draw from. Default: all domains.
    #[serde(default, deserialize_with = "integers")]
    #[schema(max_items = 50, example = json!([2, 3]))]
    pub domains: Vec<i32>,
    /// Practice: the codes of the tasks to draw from.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub tasks: Vec<String>,
    /// Practice: tags to draw from. A question needs one of them. Case is ignored.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub tags: Vec<String>,
    /// Practice: the kinds of questions to draw.
    #[serde(default)]
    pub kinds: Vec<QuestionKind>,
    /// Practice: the lowest difficulty.
    #[serde(default, deserialize_with = "optional_integer")]
    #[schema(minimum = 1, maximum = 5, required = false)]
    pub difficulty_min: Option<i64>,
    /// Practice: the highest difficulty.
    #[serde(default, deserialize_with = "optional_integer")]
    #[schema(minimum = 1, maximum = 5, required = false)]
    pub difficulty_max: Option<i64>,
    /// Practice and review: the number of questions. Default: 10 in a practice; with `from_report`, all of them; in
    /// a review, all that are due; both up to 200.
    #[serde(default, deserialize_with = "optional_integer")]
    #[schema(minimum = 1, maximum = 200, required = false)]
    pub size: Option<i64>,
    /// Practice: the pool to draw from. Default: `all`.
    pub pool: Option<QuestionPool>,
    /// Practice: the id of one of your attempts at this exam that has a report. The questions are those that did not
    /// earn full marks.
    pub from_report: Option<AttemptId>,
    /// Practice and review: when to show which response was right. Default: `immediate`.
    pub feedback: Option<FeedbackTime>,
    /// Practice and review: whether there is a deadline, with as much time for each question as in the exam. Default: no
    /// deadline.
    pub timed: Option<bool>,
}

/// Deserializes a list of whole numbers, which JSON may also write as `1.0`.
fn integers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<i32>, D::Error> {
    #[derive(Deserialize)]
    struct Integer(#[serde(deserialize_with = "integer")] i32);
    Ok(Vec::<Integer>::deserialize(deserializer)?.into_iter().map(|Integer(value)| value).collect())
}

/// The new state of a slot. It replaces the old one.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlotUpdate {
    /// The response: ids of answers, or pairs for a `matching` question. Null or an empty list removes the response.
    #[serde(default)]
    #[schema(required = false)]
    pub response: Option<Vec<Choice>>,
    /// Whether the slot is flagged, to come back to it.
    #[serde(default)]
    pub flagged: bool,
    /// Whether the response is marked as unsure.
    #[serde(default)]
    pub unsure: bool,
    /// The ids of the answers that you ruled out.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub struck_out: Vec<AnswerId>,
    /// The time spent on this slot so far, in seconds.
    #[serde(default, deserialize_with = "integer")]
    #[schema(minimum = 0, maximum = 86400)]
    pub seconds_spent: i32,
}
