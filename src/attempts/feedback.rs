//! The feedback of a practice: its slots with key, rationales and explanation. Exams, and practices with deferred
//! feedback, use the types of [`super::messages`], which have no fields for these.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    grading::{self, Choice},
    messages::{AttemptClock, AttemptHead, SlotReply, SlotState},
    model::{AttemptId, AttemptStatus, FilledSlot, SlotTry},
    report::{self, AnswerResult},
};
use crate::{
    db::{day::Day, types::Timestamp},
    exams::model::Domain,
    questions::model::{QuestionId, Reference},
};

/// Which response was right, and why.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SlotFeedback {
    /// The mark of the response that counts, from 0 to 1.
    pub mark: f64,
    /// The correct response.
    pub key: Vec<Choice>,
    /// The answers in the order of the slot, each with the reason why it is right or wrong.
    pub answers: Vec<AnswerResult>,
    /// Why the key is right.
    pub explanation: String,
    /// References for further reading.
    pub references: Vec<Reference>,
    /// The day on which the question is due for review. A plan may move it to another day if a day is full.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub due_on: Option<Day>,
}

impl SlotFeedback {
    /// The feedback for a slot with this mark and this due date.
    pub fn of(filled: &FilledSlot, mark: f64, due_on: Option<Day>) -> Self {
        let question = &filled.question;
        Self {
            mark,
            key: grading::key(question.kind, &question.answers),
            answers: report::answers(filled),
            explanation: question.explanation.clone(),
            references: question.references.clone(),
            due_on,
        }
    }
}

/// A response after the one that counts.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TryReply {
    /// The response.
    pub response: Vec<Choice>,
    /// The mark that it would have earned, from 0 to 1.
    pub mark: f64,
    /// When it was stored.
    pub tried_at: Timestamp,
}

impl From<SlotTry> for TryReply {
    fn from(one: SlotTry) -> Self {
        Self { response: one.response.0, mark: one.mark, tried_at: one.created_at }
    }
}

/// What a practice shows for a slot, in addition to its state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct PracticeFeedback {
    /// With immediate feedback, once there is a response: which response was right. Absent while the
    /// question is in your exam in progress.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub feedback: Option<SlotFeedback>,
    /// The responses after the one that counts, oldest first. Absent while `feedback` is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tries: Option<Vec<TryReply>>,
}

/// The state of a slot after an update, with the feedback of a practice.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlotStateWithFeedback {
    /// The state.
    #[serde(flatten)]
    pub state: SlotState,
    /// The feedback.
    #[serde(flatten)]
    pub practice: PracticeFeedback,
}

/// A slot as its learner sees it, with the feedback of a practice.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlotWithFeedback {
    /// The slot.
    #[serde(flatten)]
    pub slot: SlotReply,
    /// The feedback.
    #[serde(flatten)]
    pub practice: PracticeFeedback,
}

/// An attempt with its form, and the feedback of a practice.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptWithFeedback {
    /// All fields except the slots.
    #[serde(flatten)]
    pub head: AttemptHead,
    /// The slots, ordered by position.
    pub slots: Vec<SlotWithFeedback>,
    /// How much time is left, while the attempt is in progress.
    #[serde(flatten)]
    pub clock: AttemptClock,
}

impl AttemptWithFeedback {
    /// A practice with immediate feedback, but for the questions of these lines.
    pub fn new(
        head: AttemptHead,
        domains: &[Domain],
        slots: &[FilledSlot],
        mut tries: HashMap<(AttemptId, i32), Vec<SlotTry>>,
        due_days: &HashMap<QuestionId, Day>,
        withheld: &HashSet<QuestionId>,
    ) -> Self {
        let (id, submitted) = (head.summary.id, head.summary.status == AttemptStatus::Submitted);
        let feedback = |filled: &FilledSlot, tries: Vec<SlotTry>| {
            let mark = filled.slot.mark.filter(|_| !withheld.contains(&filled.question.line));
            PracticeFeedback {
                feedback: mark.map(|mark| SlotFeedback::of(filled, mark, due_days.get(&filled.question.line).copied())),
                tries: mark.map(|_| tries.into_iter().map(TryReply::from).collect()),
            }
        };
        let slots = slots.iter().map(|filled| SlotWithFeedback {
            slot: SlotReply::new(filled, submitted, domains),
            practice: feedback(filled, tries.remove(&(id, filled.slot.position)).unwrap_or_default()),
        });
        Self { slots: slots.collect(), head, clock: AttemptClock::default() }
    }
}
