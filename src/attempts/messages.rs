//! What learners send, and what they are shown before they have submitted.
//!
//! Nothing in this file has a field for a key, a rationale or an explanation: those are in [`super::report`], and in
//! [`super::feedback`] for practice that tells at once.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::{
    grading::{self, Choice},
    model::{
        Attempt, AttemptId, AttemptStatus, FeedbackTime, FilledSlot, Mode, QuestionPool, Selection, Slot, SlotCounts,
    },
};
use crate::{
    db::types::Timestamp,
    exams::model::{Domain, ExamCode},
    http::extract::{integer, optional_integer},
    questions::model::{AnswerId, QuestionId, QuestionKind},
};

/// An attempt to begin.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartAttempt {
    /// The code of the exam.
    pub exam: ExamCode,
    /// The mode of the attempt.
    pub mode: Mode,
    /// The seed of an earlier attempt, to get the same form again. This works while its questions are in service and
    /// the blueprint asks for the same. Without a seed, the server draws the questions that you were served least
    /// often.
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
    /// Practice and review: the number of questions. Default: 10 in a practice, or with `from_report` all of them; in a
    /// review, all that are due.
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

/// The state of a slot after an update.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlotState {
    /// The position in the form, from 1.
    pub position: i32,
    /// The response. Null if there is none.
    #[schema(required)]
    pub response: Option<Vec<Choice>>,
    /// Whether the slot is flagged, to come back to it.
    pub flagged: bool,
    /// Whether the response is marked as unsure.
    pub unsure: bool,
    /// The answers that the learner ruled out.
    pub struck_out: Vec<AnswerId>,
    /// The time spent, in seconds.
    pub seconds_spent: i32,
    /// When the response was stored. Null if there is none.
    #[schema(required)]
    pub answered_at: Option<Timestamp>,
    /// The revision of the slot: the number of changes so far. Send it in quotes as `If-Match`, and the change is
    /// rejected if the slot has changed since.
    pub revision: i32,
}

impl From<Slot> for SlotState {
    fn from(slot: Slot) -> Self {
        Self {
            position: slot.position,
            response: slot.response.map(|response| response.0),
            flagged: slot.flagged,
            unsure: slot.unsure,
            struck_out: slot.struck_out.0,
            seconds_spent: slot.seconds_spent,
            answered_at: slot.answered_at,
            revision: slot.revision,
        }
    }
}

/// An attempt in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptSummary {
    /// The id.
    pub id: AttemptId,
    /// The code of the exam.
    #[schema(example = "clf-c02")]
    pub exam: String,
    /// The mode of the attempt.
    pub mode: Mode,
    /// The status of the attempt.
    pub status: AttemptStatus,
    /// The number of slots in the form.
    pub slot_count: i64,
    /// The number of slots with a response.
    pub answered: i64,
    /// The seed of the form. A seed that the server chose is null until there is a report.
    #[schema(required)]
    pub seed: Option<i64>,
    /// When it began.
    pub started_at: Timestamp,
    /// When the attempt ends automatically. Null if it has no deadline.
    #[schema(required)]
    pub deadline_at: Option<Timestamp>,
    /// When the attempt was submitted. Null while it is in progress, and if it was abandoned.
    #[schema(required)]
    pub submitted_at: Option<Timestamp>,
    /// The points earned, in percent of the possible points, to one decimal. Null until there is a report.
    #[schema(required)]
    pub percent: Option<f64>,
    /// The scaled estimate. Null for practice, which does not follow the blueprint, and until there is a report.
    #[schema(required)]
    pub scaled_estimate: Option<i32>,
    /// Whether the estimate reaches the pass mark. Null for practice, and until there is a report.
    #[schema(required)]
    pub passed: Option<bool>,
}

impl AttemptSummary {
    /// What a list says of an attempt.
    pub fn new(attempt: &Attempt, exam: &str, slots: SlotCounts) -> Self {
        Self {
            id: attempt.id,
            exam: exam.to_owned(),
            mode: attempt.mode,
            status: attempt.status,
            slot_count: slots.all,
            answered: slots.answered,
            seed: attempt.shown_seed(),
            started_at: attempt.started_at,
            deadline_at: attempt.deadline_at,
            submitted_at: attempt.submitted_at,
            percent: attempt.percent,
            scaled_estimate: attempt.scaled_score.filter(|_| attempt.mode == Mode::Exam),
            passed: attempt.passed.filter(|_| attempt.mode == Mode::Exam),
        }
    }
}

/// A page of a learner's attempts.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptPage {
    /// The attempts, newest first.
    pub items: Vec<AttemptSummary>,
    /// The cursor of the next page. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// An attempt without its slots.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptHead {
    /// The fields that a list shows.
    #[serde(flatten)]
    pub summary: AttemptSummary,
    /// How the form differs from the blueprint, or from the requested practice, because the bank is too small. Usually
    /// empty.
    pub notes: Vec<String>,
    /// How much more time you get than other users, in percent. An admin sets it.
    pub extra_time_percent: i32,
    /// The settings of a practice.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub practice: Option<Selection>,
}

/// An attempt with its form.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptReply {
    /// All fields except the slots.
    #[serde(flatten)]
    pub head: AttemptHead,
    /// The slots, ordered by position.
    pub slots: Vec<SlotReply>,
    /// How much time is left, while the attempt is in progress.
    #[serde(flatten)]
    pub clock: AttemptClock,
}

/// The clock of an attempt in progress. It differs in every response, so the ETag does not depend on it.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct AttemptClock {
    /// The server's time when it sent this response. Absent if the attempt has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub server_time: Option<Timestamp>,
    /// Seconds until the deadline, never below 0. Absent if the attempt has ended or has no deadline.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub seconds_left: Option<i64>,
}

impl AttemptClock {
    /// What is left of an attempt.
    pub fn of(attempt: &Attempt, now: Timestamp) -> Self {
        if attempt.status != AttemptStatus::InProgress {
            return Self::default();
        }
        let seconds_left = attempt.deadline_at.map(|deadline| deadline.seconds_since(now));
        Self { server_time: Some(now), seconds_left }
    }
}

/// A slot, as its learner sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlotReply {
    /// The position in the form, from 1.
    pub position: i32,
    /// Whether the slot counts toward the score. Absent until the attempt is submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scored: Option<bool>,
    /// The question.
    pub question: ShownQuestion,
    /// The response. Null if there is none.
    #[schema(required)]
    pub response: Option<Vec<Choice>>,
    /// Whether the slot is flagged, to come back to it.
    pub flagged: bool,
    /// Whether the response is marked as unsure.
    pub unsure: bool,
    /// The answers that you ruled out.
    pub struck_out: Vec<AnswerId>,
    /// The time spent, in seconds.
    pub seconds_spent: i32,
    /// The revision of the slot: the number of changes so far. Send it in quotes as `If-Match`.
    pub revision: i32,
}

/// A question without anything that reveals its key.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownQuestion {
    /// The id.
    pub id: QuestionId,
    /// The kind of the question.
    pub kind: QuestionKind,
    /// The domain.
    pub domain: DomainName,
    /// The question.
    pub stem: String,
    /// The number of answers to choose. Absent if the kind of question has no such number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choose: Option<usize>,
    /// The answers, in the order of this slot.
    pub answers: Vec<ShownAnswer>,
    /// For `matching`: the texts to match to the answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matches: Option<Vec<String>>,
}

/// A domain by its number and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DomainName {
    /// The number in the blueprint.
    pub number: i32,
    /// The name.
    pub name: String,
}

/// An answer without anything that reveals the key.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownAnswer {
    /// The id.
    pub id: AnswerId,
    /// The text.
    pub body: String,
}

impl AttemptHead {
    /// What is told of an attempt beside its slots, without its clock.
    pub fn new(attempt: &Attempt, exam: &str, slots: SlotCounts) -> Self {
        Self {
            summary: AttemptSummary::new(attempt, exam, slots),
            notes: attempt.notes.0.clone(),
            extra_time_percent: attempt.extra_time_percent,
            practice: attempt.selection.as_ref().map(|selection| selection.0.clone()),
        }
    }
}

impl AttemptReply {
    /// An attempt as its learner sees it, without its clock.
    pub fn new(attempt: &Attempt, exam: &str, domains: &[Domain], slots: &[FilledSlot]) -> Self {
        let submitted = attempt.status == AttemptStatus::Submitted;
        Self {
            head: AttemptHead::new(attempt, exam, SlotCounts::of(slots)),
            slots: slots.iter().map(|filled| SlotReply::new(filled, submitted, domains)).collect(),
            clock: AttemptClock::default(),
        }
    }
}

impl SlotReply {
    /// A slot as its learner sees it; whether it counts is told of a submitted attempt.
    pub fn new(filled: &FilledSlot, submitted: bool, domains: &[Domain]) -> Self {
        let slot = &filled.slot;
        let response = slot.response.clone();
        Self {
            position: slot.position,
            scored: submitted.then_some(slot.scored),
            question: ShownQuestion::new(filled, domains),
            response: response.map(|response| response.0.into_iter().map(Choice::with_normal_text).collect()),
            flagged: slot.flagged,
            unsure: slot.unsure,
            struck_out: slot.struck_out.0.clone(),
            seconds_spent: slot.seconds_spent,
            revision: slot.revision,
        }
    }
}

impl ShownQuestion {
    fn new(filled: &FilledSlot, domains: &[Domain]) -> Self {
        let question = &filled.question;
        Self {
            id: question.id,
            kind: question.kind,
            domain: DomainName::of(filled, domains),
            stem: question.stem.clone(),
            choose: grading::choose(question.kind, &question.answers),
            answers: filled
                .shown_answers()
                .map(|answer| ShownAnswer { id: answer.id, body: answer.body.clone() })
                .collect(),
            matches: grading::matches(question.kind, &question.answers),
        }
    }
}

impl DomainName {
    /// The domain of a slot's question.
    pub fn of(filled: &FilledSlot, domains: &[Domain]) -> Self {
        let domain = filled.domain(domains);
        Self {
            number: domain.map_or(0, |domain| domain.number),
            name: domain.map(|domain| domain.name.clone()).unwrap_or_default(),
        }
    }
}
