//! Attempts and their slots: as the database holds them, and as learners see them before they have submitted.
//!
//! Nothing in this file has a field for a key, a rationale or an explanation: those are in [`super::report`] alone.

use diesel::{Identifiable, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::grading::{self, Choice};
use crate::{
    db::types::{Json, Timestamp, id, words},
    exams::model::{Domain, ExamId},
    questions::model::{Answer, AnswerId, Question, QuestionId, QuestionKind},
    schema::{attempt_slots, attempts},
    users::model::UserId,
};

id!(
    /// The id of an attempt.
    AttemptId
);

words!(
    /// What an attempt is for.
    Mode {
        /// A full form against the clock, feedback at the end.
        Exam = "exam",
    }
);

words!(
    /// Whether an attempt can still be worked on.
    AttemptStatus {
        /// Responses are taken.
        InProgress = "in_progress",
        /// Graded, by the learner or by the deadline.
        Submitted = "submitted",
    }
);

words!(
    /// When the learner is told what was right.
    Feedback {
        /// After each response.
        AtOnce = "at_once",
        /// After submission.
        AtEnd = "at_end",
    }
);

/// A stored attempt, without its report.
#[derive(Debug, Clone, Identifiable, Queryable, Selectable)]
#[diesel(table_name = attempts)]
pub struct Attempt {
    /// The id.
    pub id: AttemptId,
    /// The exam.
    pub exam_id: ExamId,
    /// What it is for.
    pub mode: Mode,
    /// Whether it can still be worked on.
    pub status: AttemptStatus,
    /// The chance of its form.
    pub seed: i64,
    /// Where its form departs from the blueprint.
    pub notes: Json<Vec<String>>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ends by itself.
    pub deadline_at: Option<Timestamp>,
    /// When it was submitted, or the deadline where that came first.
    pub submitted_at: Option<Timestamp>,
    /// The scaled estimate of its report.
    pub scaled_score: Option<i32>,
    /// Whether that passes.
    pub passed: Option<bool>,
}

impl Attempt {
    /// Whether nothing is accepted any more although nobody submitted.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.status == AttemptStatus::InProgress && self.deadline_at.is_some_and(|deadline| now >= deadline)
    }
}

/// An attempt to be stored.
#[derive(Debug, Insertable)]
#[diesel(table_name = attempts)]
pub struct NewAttempt {
    /// The learner.
    pub user_id: UserId,
    /// The id.
    pub id: AttemptId,
    /// The exam.
    pub exam_id: ExamId,
    /// What it is for.
    pub mode: Mode,
    /// In progress.
    pub status: AttemptStatus,
    /// The chance of its form.
    pub seed: i64,
    /// When the learner is told what was right.
    pub feedback: Feedback,
    /// The time for it.
    pub time_limit_seconds: Option<i32>,
    /// Where its form departs from the blueprint.
    pub notes: Json<Vec<String>>,
    /// Now.
    pub started_at: Timestamp,
    /// When it ends by itself.
    pub deadline_at: Option<Timestamp>,
}

/// A stored slot.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = attempt_slots)]
pub struct Slot {
    /// Its place in the form, from 1.
    pub position: i32,
    /// The question, in the revision that was shown.
    pub question_id: QuestionId,
    /// The order in which the answers are shown, as their written positions.
    pub answer_order: Json<Vec<i32>>,
    /// Whether it counts.
    pub scored: bool,
    /// What the learner gave.
    pub response: Option<Json<Vec<Choice>>>,
    /// Marked to come back to.
    pub flagged: bool,
    /// Answered without being sure.
    pub unsure: bool,
    /// When the response came in.
    pub answered_at: Option<Timestamp>,
    /// Time on it, as the front end counted.
    pub seconds_spent: i32,
}

/// A slot to be stored.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = attempt_slots)]
pub struct NewSlot {
    /// The learner.
    pub user_id: UserId,
    /// The attempt.
    pub attempt_id: AttemptId,
    /// Its place in the form, from 1.
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
    pub question: Question,
    /// The question's answers in written order.
    pub answers: Vec<Answer>,
}

impl FilledSlot {
    /// The answers in the order of this slot.
    pub fn shown_answers(&self) -> impl Iterator<Item = &Answer> {
        let by_position = |position: &i32| self.answers.iter().find(move |answer| answer.position == *position);
        self.slot.answer_order.0.iter().filter_map(by_position)
    }

    /// What the learner gave, empty when nothing.
    pub fn response(&self) -> &[Choice] {
        self.slot.response.as_ref().map_or(&[], |response| &response.0)
    }

    /// The domain of its question.
    pub fn domain<'a>(&self, domains: &'a [Domain]) -> Option<&'a Domain> {
        domains.iter().find(|domain| domain.id == self.question.domain_id)
    }
}

/// What starts an attempt.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartAttempt {
    /// The exam's code.
    #[schema(example = "clf-c02")]
    pub exam: String,
    /// What the attempt is for.
    pub mode: Mode,
    /// The seed of an earlier attempt, for the same form again. Without one, the server draws a form of the questions
    /// that you were served least often.
    #[schema(minimum = 0, maximum = 9007199254740991_i64)]
    pub seed: Option<i64>,
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
    /// Time on this slot so far, in seconds.
    #[serde(default)]
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
    /// Time on it, in seconds.
    pub seconds_spent: i32,
    /// When the response came in; null when there is none.
    #[schema(required)]
    pub answered_at: Option<Timestamp>,
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
    /// The seed of its form.
    pub seed: i64,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ends by itself.
    #[schema(required)]
    pub deadline_at: Option<Timestamp>,
    /// When it was submitted; null while it is in progress.
    #[schema(required)]
    pub submitted_at: Option<Timestamp>,
    /// The scaled estimate; null while it is in progress.
    #[schema(required)]
    pub scaled_estimate: Option<i32>,
    /// Whether the estimate passes; null while it is in progress.
    #[schema(required)]
    pub passed: Option<bool>,
}

impl AttemptSummary {
    /// What a list says of an attempt.
    pub fn new(attempt: &Attempt, exam: &str) -> Self {
        Self {
            id: attempt.id,
            exam: exam.to_owned(),
            mode: attempt.mode,
            status: attempt.status,
            seed: attempt.seed,
            started_at: attempt.started_at,
            deadline_at: attempt.deadline_at,
            submitted_at: attempt.submitted_at,
            scaled_estimate: attempt.scaled_score,
            passed: attempt.passed,
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

/// An attempt with its form.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptReply {
    /// What a list would say.
    #[serde(flatten)]
    pub summary: AttemptSummary,
    /// Where the form departs from the blueprint because the bank is too small; usually empty.
    pub notes: Vec<String>,
    /// The slots, by position.
    pub slots: Vec<SlotReply>,
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
    /// Time on it, in seconds.
    pub seconds_spent: i32,
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

impl AttemptReply {
    /// An attempt as its learner sees it now.
    pub fn new(attempt: &Attempt, exam: &str, domains: &[Domain], slots: &[FilledSlot]) -> Self {
        let submitted = attempt.status == AttemptStatus::Submitted;
        Self {
            summary: AttemptSummary::new(attempt, exam),
            notes: attempt.notes.0.clone(),
            slots: slots
                .iter()
                .map(|filled| SlotReply {
                    position: filled.slot.position,
                    scored: submitted.then_some(filled.slot.scored),
                    question: ShownQuestion::new(filled, domains),
                    response: filled.slot.response.clone().map(|response| response.0),
                    flagged: filled.slot.flagged,
                    unsure: filled.slot.unsure,
                    seconds_spent: filled.slot.seconds_spent,
                })
                .collect(),
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
            choose: grading::choose(question.kind, &filled.answers),
            answers: filled
                .shown_answers()
                .map(|answer| ShownAnswer { id: answer.id, body: answer.body.clone() })
                .collect(),
            matches: grading::matches(question.kind, &filled.answers),
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
