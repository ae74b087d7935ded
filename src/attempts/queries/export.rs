//! Reads the whole history of a learner.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::teaching;
use crate::{
    attempts::{
        model::{Attempt, AttemptId, AttemptStatus, Mode, Slot, SlotTry},
        report::Report,
    },
    auth::model::UserId,
    db::{
        DbConnection, on_backend,
        types::{Json, Timestamp},
    },
    exams::model::ExamId,
    reviews::model::LineRecord,
    schema::{attempt_slots, attempts, exams, learner_questions, predictions, questions},
};

/// An attempt with everything in it.
pub struct Row {
    /// The attempt.
    pub attempt: Attempt,
    /// The code of its exam.
    pub exam: String,
    /// The probability of passing that was predicted when it began.
    pub predicted: Option<f64>,
    /// Its report.
    pub report: Option<Report>,
    /// Its slots by position, each with its tries.
    pub slots: Vec<(Slot, Vec<SlotTry>)>,
}

/// An attempt, the code of its exam, its prediction and its report.
type Found = (Attempt, String, Option<f64>, Option<Json<Report>>);

/// A page of a learner's attempts after one of them, oldest first.
pub fn page(conn: &mut DbConnection, user_id: UserId, after: Option<AttemptId>, limit: i64) -> QueryResult<Vec<Row>> {
    let mut query = attempts::table
        .inner_join(exams::table)
        .left_join(
            predictions::table
                .on(predictions::user_id.eq(attempts::user_id).and(predictions::attempt_id.eq(attempts::id))),
        )
        .filter(attempts::user_id.eq(user_id))
        .order(attempts::id)
        .limit(limit)
        .select((Attempt::as_select(), exams::code, predictions::pass_probability.nullable(), attempts::report))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(attempts::id.gt(after));
    }
    let found: Vec<Found> = query.load(conn)?;
    let ids: Vec<AttemptId> = found.iter().map(|(attempt, ..)| attempt.id).collect();
    let slots: Vec<(AttemptId, Slot)> = on_backend!(conn, c => attempt_slots::table
        .filter(attempt_slots::user_id.eq(user_id))
        .filter(attempt_slots::attempt_id.eq_any(&ids))
        .order((attempt_slots::attempt_id, attempt_slots::position))
        .select((attempt_slots::attempt_id, Slot::as_select()))
        .load(c))?;
    let mut tries = teaching::tries(conn, user_id, &ids)?;
    let mut by_attempt: HashMap<AttemptId, Vec<(Slot, Vec<SlotTry>)>> = HashMap::new();
    for (id, slot) in slots {
        let tries = tries.remove(&(id, slot.position)).unwrap_or_default();
        by_attempt.entry(id).or_default().push((slot, tries));
    }
    let row = |(attempt, exam, predicted, report): Found| Row {
        slots: by_attempt.remove(&attempt.id).unwrap_or_default(),
        attempt,
        exam,
        predicted,
        report: report.map(|report| report.0),
    };
    Ok(found.into_iter().map(row).collect())
}

/// The exams at which the learner has an attempt in progress.
pub fn exams_in_progress(conn: &mut DbConnection, user_id: UserId, now: Timestamp) -> QueryResult<HashSet<ExamId>> {
    let found: Vec<ExamId> = on_backend!(conn, c => attempts::table
        .filter(attempts::user_id.eq(user_id))
        .filter(attempts::mode.eq(Mode::Exam))
        .filter(attempts::status.eq(AttemptStatus::InProgress))
        .filter(attempts::deadline_at.is_null().or(attempts::deadline_at.gt(now)))
        .select(attempts::exam_id)
        .load(c))?;
    Ok(found.into_iter().collect())
}

/// The learner's last response to each question, with its exam and the code of the exam.
pub fn records(conn: &mut DbConnection, user_id: UserId) -> QueryResult<Vec<(LineRecord, ExamId, String)>> {
    on_backend!(conn, c => learner_questions::table
        .inner_join(questions::table.on(questions::id.eq(learner_questions::line_id)))
        .inner_join(exams::table.on(exams::id.eq(questions::exam_id)))
        .filter(learner_questions::user_id.eq(user_id))
        .order(learner_questions::line_id)
        .select((LineRecord::as_select(), exams::id, exams::code))
        .load(c))
}

/// When the learner answered slots since a time, and the seconds spent on each.
pub fn answered_since(
    conn: &mut DbConnection,
    user_id: UserId,
    since: Timestamp,
) -> QueryResult<Vec<(Timestamp, i32)>> {
    on_backend!(conn, c => attempt_slots::table
        .filter(attempt_slots::user_id.eq(user_id))
        .filter(attempt_slots::answered_at.ge(since))
        .select((attempt_slots::answered_at.assume_not_null(), attempt_slots::seconds_spent))
        .load(c))
}
