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

/// What starts an attempt.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartAttempt {
    /// The exam's code.
    pub exam: ExamCode,
    /// What the attempt is for.
    pub mode: Mode,
    /// The seed of an earlier attempt, for the same form again while its questions are in service and the blueprint asks
    /// for the same. Without one, the server draws a form of the questions that you were served least often.
    #[serde(default, deserialize_with = "optional_integer")]
    #[schema(minimum = 0, maximum = 9007199254740991_i64, required = false)]
    pub seed: Option<i64>,
    /// Practice: questions of the domains with these numbers; all domains, if absent.
    #[serde(default, deserialize_with = "integers")]
    #[schema(max_items = 50, example = json!([2, 3]))]
    pub domains: Vec<i32>,
    /// Practice: questions of the tasks with these codes.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub tasks: Vec<String>,
    /// Practice: questions with one of these tags, whatever its case.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub tags: Vec<String>,
    /// Practice: questions of these kinds.
    #[serde(default)]
    pub kinds: Vec<QuestionKind>,
    /// Practice: at least so difficult.
    #[serde(default, deserialize_with = "optional_integer")]
    #[schema(minimum = 1, maximum = 5, required = false)]
    pub difficulty_min: Option<i64>,
    /// Practice: at most so difficult.
    #[serde(default, deserialize_with = "optional_integer")]
    #[schema(minimum = 1, maximum = 5, required = false)]
    pub difficulty_max: Option<i64>,
    /// Practice and review: how many questions. If absent, 10 in a practice, or with `from_report` all of them, and all that
    /// are due in a review.
    #[serde(default, deserialize_with = "optional_integer")]
    #[schema(minimum = 1, maximum = 200, required = false)]
    pub size: Option<i64>,
    /// Practice: what the questions are drawn from; `all`, if absent.
    pub pool: Option<QuestionPool>,
    /// Practice: the id of an attempt of yours at this exam with a report, of which the questions come that had no full mark.
    pub from_report: Option<AttemptId>,
    /// Practice and review: when it tells what was right; `immediate`, if absent.
    pub feedback: Option<FeedbackTime>,
    /// Practice and review: whether it has a deadline, with as much time for each question as the exam gives; not, if absent.
    pub timed: Option<bool>,
}

/// Deserializes a list of whole numbers, which JSON may also write as `1.0`.
fn integers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<i32>, D::Error> {
    #[derive(Deserialize)]
    struct Integer(#[serde(deserialize_with = "integer")] i32);
    Ok(Vec::<Integer>::deserialize(deserializer)?.into_iter().map(|Integer(value)| value).collect())
}

/// The state of a slot, in place of what was there.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlotUpdate {
    /// The response: ids of answers, or pairs for a matching question. Null or empty takes it back.
    #[serde(default)]
    #[schema(required = false)]
    pub response: Option<Vec<Choice>>,
    /// Marked to come back to.
    #[serde(default)]
    pub flagged: bool,
    /// Answered without being sure.
    #[serde(default)]
    pub unsure: bool,
    /// Ids of answers that you ruled out.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub struck_out: Vec<AnswerId>,
    /// Time on this slot so far, in seconds.
    #[serde(default, deserialize_with = "integer")]
    #[schema(minimum = 0, maximum = 86400)]
    pub seconds_spent: i32,
}

/// The state of a slot after an update.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlotState {
    /// Its place in the form, from 1.
    pub position: i32,
    /// What the learner gave; null when nothing.
    #[schema(required)]
    pub response: Option<Vec<Choice>>,
    /// Marked to come back to.
    pub flagged: bool,
    /// Answered without being sure.
    pub unsure: bool,
    /// Answers that the learner ruled out.
    pub struck_out: Vec<AnswerId>,
    /// Time on it, in seconds.
    pub seconds_spent: i32,
    /// When the response came in; null when there is none.
    #[schema(required)]
    pub answered_at: Option<Timestamp>,
    /// How often it was changed: `If-Match` with this number in quotes changes it only as it is now.
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
    /// The exam's code.
    #[schema(example = "clf-c02")]
    pub exam: String,
    /// What it is for.
    pub mode: Mode,
    /// Whether it can still be worked on.
    pub status: AttemptStatus,
    /// How many slots its form has.
    pub slot_count: i64,
    /// How many of them have a response.
    pub answered: i64,
    /// The seed of its form. One that the server chose is null until the report.
    #[schema(required)]
    pub seed: Option<i64>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ends by itself.
    #[schema(required)]
    pub deadline_at: Option<Timestamp>,
    /// When it was submitted; null while it is in progress, and when it was abandoned.
    #[schema(required)]
    pub submitted_at: Option<Timestamp>,
    /// The share of the possible points, from 0 to 100, to one decimal; null while there is no report.
    #[schema(required)]
    pub percent: Option<f64>,
    /// The scaled estimate; null while there is no report, and for practice, which does not follow the blueprint.
    #[schema(required)]
    pub scaled_estimate: Option<i32>,
    /// Whether the estimate passes; null while there is no report, and for practice.
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
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// An attempt without its slots.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptHead {
    /// What a list would say.
    #[serde(flatten)]
    pub summary: AttemptSummary,
    /// Where the form departs from the blueprint, or from what a practice was asked for, because the bank is too small;
    /// usually empty.
    pub notes: Vec<String>,
    /// How much longer you have than others, in percent; an admin sets it.
    pub extra_time_percent: i32,
    /// What a practice was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub practice: Option<Selection>,
}

/// An attempt with its form.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptReply {
    /// All but the slots.
    #[serde(flatten)]
    pub head: AttemptHead,
    /// The slots, by position.
    pub slots: Vec<SlotReply>,
    /// While it can be worked on: how much time is left.
    #[serde(flatten)]
    pub clock: AttemptClock,
}

/// The time of an attempt under way. It changes at every answer, and so does not count for the entity tag.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct AttemptClock {
    /// The server's time when this was answered; absent once the attempt is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub server_time: Option<Timestamp>,
    /// Seconds until the deadline, never below 0; absent once the attempt is over, and where there is no deadline.
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

/// A slot as its learner sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlotReply {
    /// Its place in the form, from 1.
    pub position: i32,
    /// Whether it counts; absent until the attempt is submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scored: Option<bool>,
    /// What is asked.
    pub question: ShownQuestion,
    /// What the learner gave; null when nothing.
    #[schema(required)]
    pub response: Option<Vec<Choice>>,
    /// Marked to come back to.
    pub flagged: bool,
    /// Answered without being sure.
    pub unsure: bool,
    /// Answers that you ruled out.
    pub struck_out: Vec<AnswerId>,
    /// Time on it, in seconds.
    pub seconds_spent: i32,
    /// How often it was changed: what `If-Match` names in quotes.
    pub revision: i32,
}

/// A question without what gives its key away.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownQuestion {
    /// The id.
    pub id: QuestionId,
    /// What it asks for.
    pub kind: QuestionKind,
    /// Its domain.
    pub domain: DomainName,
    /// The question.
    pub stem: String,
    /// How many answers to choose; absent where that has no meaning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choose: Option<usize>,
    /// The answers in the order of this slot.
    pub answers: Vec<ShownAnswer>,
    /// For `matching`: the texts that can be matched.
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

/// An answer without what gives the key away.
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
