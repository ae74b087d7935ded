//! The rule that no learner gets the key of a question that is in their exam in progress.
//!
//! A learner has at most one exam attempt in progress per exam. Its questions may have been in earlier attempts. So
//! until it ends, no other exam attempt begins and no report of this exam is returned. It ends when it is submitted,
//! when it is abandoned, or by its deadline.
//!
//! Practice is possible meanwhile: it never draws a question of the exam in progress. If it has one already, there is
//! no feedback on it, neither with a response nor when the practice is read. The report of a practice is withheld, too,
//! and a practice whose time ran out is graded only after the exam. Everything here runs inside a transaction.

use diesel::QueryResult;

use super::{
    model::{Attempt, AttemptId, AttemptStatus, Mode},
    queries,
    sitting::{self, Finish},
};
use crate::{
    auth::model::UserId,
    db::{DbConnection, types::Timestamp},
    error::{Error, Slug},
    exams::model::ExamId,
    questions::cache::QuestionCache,
};

/// The learner's attempt in progress at this exam. If its time has run out, it is graded and no longer counts.
pub fn find(
    conn: &mut DbConnection,
    cache: &QuestionCache,
    user_id: UserId,
    exam_id: ExamId,
    now: Timestamp,
) -> Result<Option<Attempt>, Error> {
    match queries::in_progress(conn, user_id, exam_id)? {
        Some(attempt) if attempt.is_overdue(now) => {
            sitting::finish(conn, cache, user_id, attempt.id, Finish::IfOverdue, now)?;
            Ok(None)
        }
        other => Ok(other),
    }
}

/// The exam in progress for which the result of a practice or review has to wait, since it may contain its questions.
pub fn holds_back(conn: &mut DbConnection, attempt: &Attempt, now: Timestamp) -> QueryResult<Option<AttemptId>> {
    if attempt.mode == Mode::Exam {
        return Ok(None);
    }
    let exam = queries::in_progress(conn, attempt.user_id, attempt.exam_id)?;
    Ok(exam.filter(|exam| !exam.is_overdue(now)).map(|exam| exam.id))
}

/// Rejects what the rule forbids while the learner has an attempt at this exam in progress, with the reason.
pub fn settle(
    conn: &mut DbConnection,
    cache: &QuestionCache,
    user_id: UserId,
    exam_id: ExamId,
    why: &'static str,
    now: Timestamp,
) -> Result<(), Error> {
    match find(conn, cache, user_id, exam_id, now)? {
        None => Ok(()),
        Some(attempt) => Err(Error::AttemptInProgress(attempt.id.0, why)),
    }
}

/// Ends an attempt without a result, and returns its status: an attempt whose time ran out is graded instead, and one
/// that was submitted stays so.
pub fn abandon(
    conn: &mut DbConnection,
    cache: &QuestionCache,
    user_id: UserId,
    attempt_id: AttemptId,
    now: Timestamp,
) -> Result<AttemptStatus, Error> {
    let attempt = queries::lock(conn, user_id, attempt_id)?.ok_or(Error::NotFound("attempt"))?;
    if attempt.is_overdue(now) {
        if let Some(exam) = holds_back(conn, &attempt, now)? {
            return Err(Error::AttemptInProgress(exam.0, sitting::HELD_BACK));
        }
        sitting::finish(conn, cache, user_id, attempt_id, Finish::IfOverdue, now)?;
        return Ok(AttemptStatus::Submitted);
    }
    if attempt.status == AttemptStatus::InProgress {
        queries::results::abandon(conn, user_id, attempt_id, now)?;
        return Ok(AttemptStatus::Abandoned);
    }
    Ok(attempt.status)
}

/// The error that an attempt was abandoned.
pub fn abandoned() -> Error {
    let detail = "the attempt was abandoned: it accepts no responses and has no report".to_owned();
    Error::Conflict(Slug::AttemptAbandoned, detail)
}

/// The error that an attempt was submitted.
pub fn submitted() -> Error {
    let detail = "the attempt was submitted: its responses and its result are final".to_owned();
    Error::Conflict(Slug::AttemptSubmitted, detail)
}
