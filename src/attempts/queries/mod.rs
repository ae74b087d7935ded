//! Attempts in the database. Every query for a learner names the learner: no one finds another's rows, and on a cluster
//! each goes to one shard.

use std::collections::{BTreeMap, HashSet};

use diesel::{
    dsl::{count_star, exists, not, sql},
    prelude::*,
    sql_types::Bool,
};

use super::model::{Attempt, AttemptId, AttemptStatus, Mode, NewAttempt, NewPrediction, NewSlot, SlotCounts};
use crate::{
    auth::model::UserId,
    db::{DbConnection, locked, on_backend, on_unique_violation, prepared, types::Timestamp},
    error::Error,
    exams::model::{DomainId, ExamId},
    questions::model::{QuestionId, QuestionStatus},
    schema::{attempt_slots, attempts, exams, predictions, questions as question_rows},
};

pub mod export;
pub mod practice;
pub mod results;
mod slots;
pub mod teaching;

pub use slots::{SlotChange, filled_slots, slot, slots, update_slot};

/// Those of these questions that the learner was served before.
pub fn served_among(conn: &mut DbConnection, user_id: UserId, ids: &[QuestionId]) -> QueryResult<HashSet<QuestionId>> {
    let found: Vec<QuestionId> = on_backend!(conn, c => attempt_slots::table
        .filter(attempt_slots::user_id.eq(user_id))
        .filter(attempt_slots::question_id.eq_any(ids))
        .select(attempt_slots::question_id)
        .distinct()
        .load(c))?;
    Ok(found.into_iter().collect())
}

/// How often the learner was served each published question of a domain, by draw number.
pub fn served(conn: &mut DbConnection, user_id: UserId, domain_id: DomainId) -> QueryResult<BTreeMap<u32, u32>> {
    let rows: Vec<(Option<i32>, i64)> = attempt_slots::table
        .inner_join(question_rows::table)
        .filter(attempt_slots::user_id.eq(user_id))
        .filter(question_rows::domain_id.eq(domain_id))
        .filter(question_rows::draw_number.is_not_null())
        .group_by(question_rows::draw_number)
        .select((question_rows::draw_number, count_star()))
        .load(conn)?;
    let counted = |(number, times): (Option<i32>, i64)| {
        Some((u32::try_from(number?).ok()?, u32::try_from(times).unwrap_or(u32::MAX)))
    };
    Ok(rows.into_iter().filter_map(counted).collect())
}

/// The learner's last attempt with this seed, whose form is to be reused.
pub fn find_by_seed(
    conn: &mut DbConnection,
    user_id: UserId,
    exam_id: ExamId,
    mode: Mode,
    seed: i64,
) -> QueryResult<Option<Attempt>> {
    attempts::table
        .filter(attempts::user_id.eq(user_id))
        .filter(attempts::exam_id.eq(exam_id))
        .filter(attempts::mode.eq(mode))
        .filter(attempts::seed.eq(seed))
        .order(attempts::id.desc())
        .select(Attempt::as_select())
        .first(conn)
        .optional()
}

/// Those of these questions that can still be served, with their domains.
pub fn published(conn: &mut DbConnection, ids: &[QuestionId]) -> QueryResult<Vec<(QuestionId, DomainId)>> {
    question_rows::table
        .filter(question_rows::id.eq_any(ids))
        .filter(question_rows::status.eq(QuestionStatus::Published))
        .select((question_rows::id, question_rows::domain_id))
        .load(conn)
}

/// Stores an attempt with its slots. If another request of this learner was faster, this is [`Error::Contended`], and
/// the retry finds that attempt.
pub fn insert(conn: &mut DbConnection, attempt: &NewAttempt, slots: &[NewSlot]) -> Result<(), Error> {
    on_backend!(conn, c => diesel::insert_into(attempts::table).values(attempt).execute(c))
        .and_then(|_| slots::insert(conn, attempt, slots))
        .map_err(|error| on_unique_violation(error, Error::Contended))?;
    Ok(())
}

/// Stores the prediction for a new attempt.
pub fn insert_prediction(conn: &mut DbConnection, prediction: &NewPrediction) -> QueryResult<()> {
    on_backend!(conn, c => diesel::insert_into(predictions::table).values(prediction).execute(c))?;
    Ok(())
}

/// One of the learner's attempts with its exam's code.
pub fn find(conn: &mut DbConnection, user_id: UserId, id: AttemptId) -> QueryResult<Option<(Attempt, String)>> {
    on_backend!(conn, c => attempts::table
        .inner_join(exams::table)
        .filter(attempts::user_id.eq(user_id))
        .filter(attempts::id.eq(id))
        .select((Attempt::as_select(), exams::code))
        .first(c))
    .optional()
}

/// Whether the learner has begun an attempt at an exam.
pub fn has_attempt(conn: &mut DbConnection, user_id: UserId, exam_id: ExamId) -> QueryResult<bool> {
    let begun = attempts::table.filter(attempts::user_id.eq(user_id)).filter(attempts::exam_id.eq(exam_id));
    on_backend!(conn, c => diesel::select(exists(begun)).get_result(c))
}

/// The learner's attempt at an exam that is in progress.
pub fn in_progress(conn: &mut DbConnection, user_id: UserId, exam_id: ExamId) -> QueryResult<Option<Attempt>> {
    on_backend!(conn, c => prepared!(
        attempts::table
            .filter(attempts::user_id.eq(user_id))
            .filter(attempts::exam_id.eq(exam_id))
            // As literals: otherwise the partial index on these attempts is not used for every value.
            .filter(sql::<Bool>("mode = 'exam' AND status = 'in_progress'"))
            .select(Attempt::as_select())
    )
    .get_result(c))
    .optional()
}

/// When the learner began the attempts after `since` that have no response, newest first, at most `limit` of them.
pub fn unanswered_since(
    conn: &mut DbConnection,
    user_id: UserId,
    since: Timestamp,
    limit: u32,
) -> QueryResult<Vec<Timestamp>> {
    let response = attempt_slots::table
        .filter(attempt_slots::user_id.eq(attempts::user_id))
        .filter(attempt_slots::attempt_id.eq(attempts::id))
        .filter(attempt_slots::response.is_not_null());
    on_backend!(conn, c => attempts::table
        .filter(attempts::user_id.eq(user_id))
        .filter(attempts::started_at.gt(since))
        .filter(not(exists(response)))
        .order(attempts::started_at.desc())
        .limit(i64::from(limit))
        .select(attempts::started_at)
        .load(c))
}

/// The filters of a list of attempts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Attempts at this exam.
    pub exam_id: Option<ExamId>,
    /// Filter by status.
    pub status: Option<AttemptStatus>,
    /// Attempts in this mode.
    pub mode: Option<Mode>,
}

/// The learner's attempts before `before`, newest first, with the codes of their exams and the counts of their slots.
pub fn page(
    conn: &mut DbConnection,
    user_id: UserId,
    filter: Filter,
    before: Option<AttemptId>,
    limit: i64,
) -> QueryResult<Vec<(Attempt, String, SlotCounts)>> {
    let mut query = attempts::table
        .inner_join(exams::table)
        .filter(attempts::user_id.eq(user_id))
        .order(attempts::id.desc())
        .limit(limit)
        .select((Attempt::as_select(), exams::code))
        .into_boxed();
    if let Some(exam_id) = filter.exam_id {
        query = query.filter(attempts::exam_id.eq(exam_id));
    }
    if let Some(status) = filter.status {
        query = query.filter(attempts::status.eq(status));
    }
    if let Some(mode) = filter.mode {
        query = query.filter(attempts::mode.eq(mode));
    }
    if let Some(before) = before {
        query = query.filter(attempts::id.lt(before));
    }
    let found: Vec<(Attempt, String)> = query.load(conn)?;
    let ids: Vec<AttemptId> = found.iter().map(|(attempt, _)| attempt.id).collect();
    let counts = slots::counts(conn, user_id, &ids)?;
    let with_counts = |(attempt, exam): (Attempt, String)| {
        let counts = counts.get(&attempt.id).copied().unwrap_or_default();
        (attempt, exam, counts)
    };
    Ok(found.into_iter().map(with_counts).collect())
}

/// The learner's attempts whose deadline passed without a submission, except practices whose result has to wait for an
/// exam in progress.
pub fn overdue(conn: &mut DbConnection, user_id: UserId, now: Timestamp) -> QueryResult<Vec<AttemptId>> {
    let exams = diesel::alias!(attempts as exams_in_progress);
    let goes_on = exams
        .filter(exams.field(attempts::user_id).eq(user_id))
        .filter(exams.field(attempts::exam_id).eq(attempts::exam_id))
        .filter(exams.field(attempts::mode).eq(Mode::Exam))
        .filter(exams.field(attempts::status).eq(AttemptStatus::InProgress))
        .filter(exams.field(attempts::deadline_at).is_null().or(exams.field(attempts::deadline_at).gt(now)));
    on_backend!(conn, c => attempts::table
        .filter(attempts::mode.eq(Mode::Exam).or(not(exists(goes_on))))
        .filter(attempts::user_id.eq(user_id))
        .filter(attempts::status.eq(AttemptStatus::InProgress))
        .filter(attempts::deadline_at.le(now))
        .select(attempts::id)
        .load(c))
}

/// Locks the row of an attempt until the end of this transaction: submitting and responding wait for each other here.
pub fn lock(conn: &mut DbConnection, user_id: UserId, id: AttemptId) -> QueryResult<Option<Attempt>> {
    let attempt = || attempts::table.filter(attempts::user_id.eq(user_id)).filter(attempts::id.eq(id));
    locked!(conn, attempt().select(Attempt::as_select()), for_no_key_update.first).optional()
}

/// The same, with the question of one of its slots if that slot exists. The question of a slot never changes.
pub fn lock_with_slot(
    conn: &mut DbConnection,
    user_id: UserId,
    id: AttemptId,
    position: i32,
) -> QueryResult<Option<(Attempt, Option<QuestionId>)>> {
    let slot = || attempt_slots::table.find((user_id, id, position)).select(attempt_slots::question_id);
    let attempt = || attempts::table.filter(attempts::user_id.eq(user_id)).filter(attempts::id.eq(id));
    locked!(conn, attempt().select((Attempt::as_select(), slot().single_value())), for_no_key_update.first).optional()
}

/// Attempts that were abandoned after their deadline, of any learner: at run time, they would have been graded instead.
pub fn abandoned_after_deadline(conn: &mut DbConnection, limit: i64) -> QueryResult<Vec<Attempt>> {
    attempts::table
        .filter(attempts::status.eq(AttemptStatus::Abandoned))
        .filter(attempts::deadline_at.le(attempts::updated_at.nullable()))
        .limit(limit)
        .select(Attempt::as_select())
        .load(conn)
}

/// How many attempts there are, of anyone.
pub fn count(conn: &mut DbConnection) -> QueryResult<i64> {
    attempts::table.count().get_result(conn)
}
