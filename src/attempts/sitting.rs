//! An attempt that has begun, inside a transaction: responses, the end, the report.

use diesel::QueryResult;
use serde::Serialize;

use super::{
    feedback::SlotStateWithFeedback,
    graded,
    grading::{self, Choice},
    in_progress,
    messages::{SlotState, SlotUpdate},
    model::{Attempt, AttemptId, AttemptStatus, Feedback, Mode, Slot},
    queries::{self, SlotChange},
    report::{self, EndedBy, Report},
    teaching,
};
use crate::{
    auth::model::UserId,
    db::{
        DbConnection,
        types::{Json, Timestamp},
    },
    error::{Error, FieldError, Slug},
    exams,
    http::etag::IfRevision,
    questions::cache::QuestionCache,
};

/// The number of attempts that are graded in one transaction.
const BATCH: i64 = 50;
/// The maximum time in seconds that a front end can report for a slot: a day.
const SECONDS_LIMIT: i32 = 86_400;

/// The state of a slot after an update, with or without feedback.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Stored {
    /// Of an exam, or of a practice with deferred feedback.
    WithoutFeedback(SlotState),
    /// Of a practice with immediate feedback.
    WithFeedback(SlotStateWithFeedback),
}

impl Stored {
    /// The revision of the slot.
    pub fn revision(&self) -> i32 {
        match self {
            Self::WithoutFeedback(state) | Self::WithFeedback(SlotStateWithFeedback { state, .. }) => state.revision,
        }
    }
}

/// Replaces the state of a slot, if the slot has one of the expected revisions.
///
/// If it has another revision but already the requested state, nothing changes and this succeeds (RFC 9110, section
/// 13.1.1): the response to an equal request may have been lost.
#[expect(clippy::too_many_arguments, reason = "a place, what to put there, and when")]
pub fn respond(
    conn: &mut DbConnection,
    cache: &QuestionCache,
    user_id: UserId,
    attempt_id: AttemptId,
    position: i32,
    update: &SlotUpdate,
    expected: &IfRevision,
    now: Timestamp,
) -> Result<Stored, Error> {
    let found = queries::lock_with_slot(conn, user_id, attempt_id, position)?;
    let (attempt, question_id) = found.ok_or(Error::NotFound("attempt"))?;
    match attempt.status {
        AttemptStatus::InProgress => {}
        AttemptStatus::Submitted => return Err(in_progress::submitted()),
        AttemptStatus::Abandoned => return Err(in_progress::abandoned()),
    }
    if attempt.is_overdue(now) {
        let deadline = attempt.deadline_at.map(|deadline| deadline.to_string()).unwrap_or_default();
        let detail =
            format!("the time ran out at {deadline}: the attempt is graded with the responses received until then");
        return Err(Error::Conflict(Slug::DeadlinePassed, detail));
    }
    let question_id = question_id.ok_or(Error::NotFound("slot"))?;
    let question = cache.get(conn, question_id)?.ok_or_else(|| Error::Internal("a slot has no question".into()))?;
    let response = update.response.as_deref().unwrap_or_default();
    let mut faults = grading::faults(question.kind, &question.answers, response);
    if !(0..=SECONDS_LIMIT).contains(&update.seconds_spent) {
        let detail = format!("must be from 0 to {SECONDS_LIMIT}");
        faults.push(FieldError { pointer: "/seconds_spent".into(), detail });
    }
    for (index, id) in update.struck_out.iter().enumerate() {
        let is_known = question.answers.iter().any(|answer| answer.id == *id);
        if !is_known || update.struck_out[..index].contains(id) {
            let detail = if is_known { "repeats an answer" } else { "is not the id of an answer of this question" };
            faults.push(FieldError { pointer: format!("/struck_out/{index}"), detail: detail.into() });
        }
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let given =
        (!response.is_empty()).then(|| response.iter().cloned().map(Choice::with_normal_text).collect::<Vec<_>>());
    let change = SlotChange {
        // The clock may have been set back since the start. Neither a response nor the end is dated before it.
        answered_at: given.is_some().then_some(now.max(attempt.started_at)),
        response: given.clone().map(Json),
        flagged: update.flagged,
        unsure: update.unsure,
        struck_out: Json(update.struck_out.clone()),
        seconds_spent: update.seconds_spent,
        updated_at: now,
    };
    if attempt.feedback == Feedback::AtOnce {
        return teaching::respond(conn, &attempt, question, position, change, expected, now).map(Stored::WithFeedback);
    }
    let revision = match &expected.0 {
        None => queries::update_slot(conn, user_id, attempt_id, position, &change, None)?,
        Some(any) => first_of(any, |revision| {
            queries::update_slot(conn, user_id, attempt_id, position, &change, Some(revision))
        })?,
    };
    if let Some(revision) = revision {
        return Ok(Stored::WithoutFeedback(SlotState {
            position,
            response: given,
            flagged: change.flagged,
            unsure: change.unsure,
            struck_out: change.struck_out.0,
            seconds_spent: change.seconds_spent,
            answered_at: change.answered_at,
            revision,
        }));
    }
    let stored = queries::slot(conn, user_id, attempt_id, position)?.ok_or(Error::NotFound("slot"))?;
    if change.is_in(&stored) { Ok(Stored::WithoutFeedback(stored.into())) } else { Err(changed(stored)) }
}

/// The first result that is not `None`.
fn first_of<T>(revisions: &[i32], mut update: impl FnMut(i32) -> QueryResult<Option<T>>) -> QueryResult<Option<T>> {
    for revision in revisions {
        if let Some(done) = update(*revision)? {
            return Ok(Some(done));
        }
    }
    Ok(None)
}

/// The error that a slot has changed since the client read it, with its current state.
pub fn changed(stored: Slot) -> Error {
    let revision = stored.revision;
    match serde_json::to_value(SlotState::from(stored)) {
        Ok(slot) => Error::SlotChanged { revision, slot },
        Err(error) => Error::Internal(format!("slot: {error}")),
    }
}

/// Why a report is withheld while another attempt is in progress.
pub const HELD_BACK: &str =
    "you have an exam in progress, and its questions may be in this report: submit or abandon the exam first";

/// Grades an attempt because its learner submits it, or returns the report if it is graded already. While an exam is in
/// progress, neither an earlier report nor the report of a practice is returned.
pub fn submit(
    conn: &mut DbConnection,
    cache: &QuestionCache,
    user_id: UserId,
    attempt_id: AttemptId,
    now: Timestamp,
) -> Result<Report, Error> {
    let attempt = queries::lock(conn, user_id, attempt_id)?.ok_or(Error::NotFound("attempt"))?;
    if attempt.status == AttemptStatus::Submitted || attempt.mode != Mode::Exam {
        in_progress::settle(conn, cache, user_id, attempt.exam_id, HELD_BACK, now)?;
    }
    let report = finish(conn, cache, user_id, attempt_id, Finish::Now, now)?;
    report.ok_or_else(|| Error::Internal("a submitted attempt has no report".into()))
}

/// The report of an attempt, unless it is withheld because of `other`, another attempt at the exam in progress.
/// Writes nothing: attempts whose time ran out were graded before.
pub fn report(conn: &mut DbConnection, attempt: &Attempt, other: Option<&Attempt>) -> Result<Report, Error> {
    match attempt.status {
        AttemptStatus::Abandoned => return Err(in_progress::abandoned()),
        AttemptStatus::InProgress => {
            return Err(Error::AttemptInProgress(attempt.id.0, "the attempt is in progress: submit it first"));
        }
        AttemptStatus::Submitted => {}
    }
    if let Some(other) = other {
        return Err(Error::AttemptInProgress(other.id.0, HELD_BACK));
    }
    let report = queries::results::report(conn, attempt.user_id, attempt.id)?;
    report.ok_or_else(|| Error::Internal("a submitted attempt has no report".into()))
}

/// The condition for ending an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// Now, because the learner submits it.
    Now,
    /// Only if its time has run out.
    IfOverdue,
}

/// Grades an attempt once and stores its report. Later calls return the stored report. `None` if the attempt goes on.
///
/// Not in a snapshot: a submission waits for a concurrent response, and in a snapshot it would fail instead. The report
/// reads the blueprint in one statement, and everything else that it reads never changes.
pub fn finish(
    conn: &mut DbConnection,
    cache: &QuestionCache,
    user_id: UserId,
    attempt_id: AttemptId,
    when: Finish,
    now: Timestamp,
) -> Result<Option<Report>, Error> {
    let attempt = queries::lock(conn, user_id, attempt_id)?.ok_or(Error::NotFound("attempt"))?;
    match attempt.status {
        AttemptStatus::InProgress => {}
        AttemptStatus::Submitted => return Ok(queries::results::report(conn, user_id, attempt_id)?),
        AttemptStatus::Abandoned if when == Finish::IfOverdue => return Ok(None),
        AttemptStatus::Abandoned => return Err(in_progress::abandoned()),
    }
    let overdue = attempt.is_overdue(now);
    if when == Finish::IfOverdue && (!overdue || in_progress::holds_back(conn, &attempt, now)?.is_some()) {
        return Ok(None);
    }
    let (ended_by, submitted_at) = match attempt.deadline_at {
        Some(deadline) if overdue => (EndedBy::Deadline, deadline),
        _ => (EndedBy::Learner, now.max(attempt.started_at)),
    };
    grade(conn, cache, &attempt, ended_by, submitted_at, now).map(Some)
}

/// Grades an attempt in its current state and stores the report.
fn grade(
    conn: &mut DbConnection,
    cache: &QuestionCache,
    attempt: &Attempt,
    ended_by: EndedBy,
    submitted_at: Timestamp,
    now: Timestamp,
) -> Result<Report, Error> {
    let (exam, domains) = exams::queries::with_domains(conn, attempt.exam_id)?;
    let slots = queries::filled_slots(conn, cache, attempt.user_id, attempt.id)?;
    let report = report::grade(attempt, &exam, &domains, &slots, submitted_at, ended_by);
    queries::results::store_result(conn, attempt.user_id, &report, now)?;
    graded::record_attempt(conn, attempt, &slots, report.slots.iter().map(|slot| slot.mark), now)?;
    Ok(report.shown())
}

/// Grades some attempts that a migration abandoned although their deadline had passed before, and returns their number.
pub fn settle_abandoned(conn: &mut DbConnection, now: Timestamp) -> Result<usize, Error> {
    let (cache, found) = (QuestionCache::new(0), queries::abandoned_after_deadline(conn, BATCH)?);
    for attempt in &found {
        let deadline = attempt.deadline_at.unwrap_or(now);
        grade(conn, &cache, attempt, EndedBy::Deadline, deadline, now)?;
    }
    Ok(found.len())
}
