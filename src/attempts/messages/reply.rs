//! Attempts and their slots, as they are shown to learners before submission.
//!
//! Nothing in this file has a field for a key, a rationale or an explanation. Those are in
//! [`report`](crate::attempts::report) and, for immediate feedback, in [`feedback`](crate::attempts::feedback).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    attempts::{
        grading::{self, Choice},
        model::{Attempt, AttemptId, AttemptStatus, FilledSlot, Mode, Selection, Slot, SlotCounts},
    },
    db::types::Timestamp,
    exams::model::Domain,
    questions::model::{AnswerId, QuestionId, QuestionKind},
};

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
    /// The points earned, in percent of the possible points, to one decimal. Null until there is a report, and while
    /// you have another attempt of mode `exam` at this exam in progress.
    #[schema(required)]
    pub percent: Option<f64>,
    /// The scaled estimate. Null for practices and reviews, which do not follow the blueprint, and whenever `percent`
    /// is null.
    #[schema(required)]
    pub scaled_estimate: Option<i32>,
    /// Whether the estimate reaches the pass mark. Null for practices and reviews, and whenever `percent` is null.
    #[schema(required)]
    pub passed: Option<bool>,
}

impl AttemptSummary {
    /// The entry of an attempt in a list.
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
    /// How the form differs from the blueprint or the requested practice or review, because too few questions match.
    /// Usually empty.
    pub notes: Vec<String>,
    /// Your extra time in this attempt, in percent: 0 without a deadline. An admin grants it.
    pub extra_time_percent: i32,
    /// The settings of a practice.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub practice: Option<Selection>,
}

impl AttemptHead {
    /// An attempt without its slots and its clock.
    pub fn new(attempt: &Attempt, exam: &str, slots: SlotCounts) -> Self {
        Self {
            summary: AttemptSummary::new(attempt, exam, slots),
            notes: attempt.notes.0.clone(),
            extra_time_percent: attempt.extra_time_percent,
            practice: attempt.selection.as_ref().map(|selection| selection.0.clone()),
        }
    }
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
    /// The remaining time of an attempt.
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

impl SlotReply {
    /// A slot as its learner sees it. Whether it is scored is shown only after submission.
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

/// A domain by its number and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DomainName {
    /// The number in the blueprint.
    pub number: i32,
    /// The name.
    pub name: String,
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

/// An answer without anything that reveals the key.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownAnswer {
    /// The id.
    pub id: AnswerId,
    /// The text.
    pub body: String,
}
