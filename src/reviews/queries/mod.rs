//! Cards and plans in the database. Every query names the learner, so that on a cluster it goes to one shard.

use std::collections::HashMap;

use diesel::{
    dsl::{exists, sql},
    prelude::*,
    sql_types::Bool,
};

use super::{
    model::{Card, Plan},
    schedule::{Answer, Schedule},
};
use crate::{
    auth::model::UserId,
    db::{DbConnection, day::Day, locked, on_backend, prepared, types::Timestamp},
    exams::model::ExamId,
    questions::{model::QuestionId, queries::line},
    schema::{attempt_slots, attempts, exams, learner_questions, plans, questions},
    users,
};

mod records;

pub use records::{insert_records, lock_cards, lock_records, lock_without_cards, put_records};

/// The number of newest slots from which the median time is computed …
const NEWEST: i64 = 500;
/// … and the minimum number of them.
const FEWEST: usize = 10;

/// The learner's calendar and plan for an exam.
pub fn schedule(conn: &mut DbConnection, user_id: UserId, exam_id: ExamId) -> QueryResult<Schedule> {
    Ok(Schedule { time_zone: users::queries::time_zone(conn, user_id)?, plan: plan(conn, user_id, exam_id)? })
}

/// The learner's plan for an exam.
pub fn plan(conn: &mut DbConnection, user_id: UserId, exam_id: ExamId) -> QueryResult<Option<Plan>> {
    on_backend!(conn, c => plans::table.find((user_id, exam_id)).select(Plan::as_select()).first(c)).optional()
}

/// The learner's plans, with the codes of their exams.
pub fn plans(conn: &mut DbConnection, user_id: UserId) -> QueryResult<Vec<(ExamId, String, Plan)>> {
    on_backend!(conn, c => plans::table
        .inner_join(exams::table)
        .filter(plans::user_id.eq(user_id))
        .order(exams::code)
        .select((exams::id, exams::code, Plan::as_select()))
        .load(c))
}

/// Locks the learner's attempts in progress at an exam until the end of this transaction, and returns how many there
/// are. Responses wait for it.
pub fn lock_attempts(conn: &mut DbConnection, user_id: UserId, exam_id: ExamId) -> QueryResult<usize> {
    let attempts = || {
        attempts::table
            .filter(attempts::user_id.eq(user_id))
            .filter(attempts::exam_id.eq(exam_id))
            .filter(sql::<Bool>("attempts.status = 'in_progress'"))
            .order(attempts::id)
            .select(attempts::started_at)
    };
    let locked: Vec<Timestamp> = locked!(conn, attempts(), for_no_key_update.load)?;
    Ok(locked.len())
}

/// How many attempts at an exam the learner has in progress.
pub fn count_attempts(conn: &mut DbConnection, user_id: UserId, exam_id: ExamId) -> QueryResult<usize> {
    let count: i64 = attempts::table
        .filter(attempts::user_id.eq(user_id))
        .filter(attempts::exam_id.eq(exam_id))
        .filter(sql::<Bool>("attempts.status = 'in_progress'"))
        .count()
        .get_result(conn)?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// Inserts or replaces a plan.
pub fn put_plan(
    conn: &mut DbConnection,
    user_id: UserId,
    exam_id: ExamId,
    plan: &Plan,
    now: Timestamp,
) -> QueryResult<()> {
    let row = (plans::user_id.eq(user_id), plans::exam_id.eq(exam_id), *plan, plans::updated_at.eq(now));
    on_backend!(conn, c => diesel::insert_into(plans::table)
        .values(row)
        .on_conflict((plans::user_id, plans::exam_id))
        .do_update()
        .set((*plan, plans::updated_at.eq(now)))
        .execute(c))?;
    Ok(())
}

/// Deletes a plan, and returns the number of deleted plans.
pub fn delete_plan(conn: &mut DbConnection, user_id: UserId, exam_id: ExamId) -> QueryResult<usize> {
    diesel::delete(plans::table.find((user_id, exam_id))).execute(conn)
}

/// Whether there are responses from before cards existed.
pub fn lacks_cards(conn: &mut DbConnection, user_id: UserId) -> QueryResult<bool> {
    let row = learner_questions::table
        .filter(learner_questions::user_id.eq(user_id))
        .filter(sql::<Bool>("mark IS NOT NULL AND due_on IS NULL"));
    on_backend!(conn, c => diesel::select(exists(row)).get_result(c))
}

/// The learner's cards of an exam whose lines are published.
pub fn cards(conn: &mut DbConnection, user_id: UserId, exam_id: ExamId) -> QueryResult<Vec<Card>> {
    // SQLite uses the index on the expression only if both sides are expressions.
    let published = "coalesce(questions.line_id, questions.id) = coalesce(learner_questions.line_id, NULL) \
                     AND questions.draw_number IS NOT NULL";
    on_backend!(conn, c => prepared!(
        learner_questions::table
            .inner_join(questions::table.on(sql::<Bool>(published)))
            .filter(learner_questions::user_id.eq(user_id))
            .filter(learner_questions::exam_id.eq(exam_id))
            .filter(learner_questions::due_on.is_not_null())
            .select((
                learner_questions::line_id,
                learner_questions::mark,
                learner_questions::answered_at.assume_not_null(),
                learner_questions::stability.assume_not_null(),
                learner_questions::difficulty.assume_not_null(),
                learner_questions::due_on.assume_not_null(),
                learner_questions::gain,
                questions::id,
                questions::domain_id,
                questions::task_id,
            ))
    )
    .load(c))
}

/// The lines in the learner's exam in progress.
pub fn lines_in_progress(
    conn: &mut DbConnection,
    user_id: UserId,
    exam_id: ExamId,
    now: Timestamp,
) -> QueryResult<Vec<QuestionId>> {
    on_backend!(conn, c => prepared!(
        attempts::table
            .inner_join(attempt_slots::table.on(
                attempt_slots::user_id.eq(attempts::user_id).and(attempt_slots::attempt_id.eq(attempts::id))
            ))
            .inner_join(questions::table.on(questions::id.eq(attempt_slots::question_id)))
            .filter(attempts::user_id.eq(user_id))
            .filter(attempts::exam_id.eq(exam_id))
            .filter(sql::<Bool>("attempts.mode = 'exam' AND attempts.status = 'in_progress'"))
            .filter(attempts::deadline_at.is_null().or(attempts::deadline_at.gt(now)))
            .select(line())
    )
    .load(c))
}

/// When the questions of these lines are due.
pub fn due_days(
    conn: &mut DbConnection,
    user_id: UserId,
    lines: &[QuestionId],
) -> QueryResult<HashMap<QuestionId, Day>> {
    let rows: Vec<(QuestionId, Day)> = on_backend!(conn, c => learner_questions::table
        .filter(learner_questions::user_id.eq(user_id))
        .filter(learner_questions::line_id.eq_any(lines))
        .filter(learner_questions::due_on.is_not_null())
        .select((learner_questions::line_id, learner_questions::due_on.assume_not_null()))
        .load(c))?;
    Ok(rows.into_iter().collect())
}

/// The median time in seconds that the learner took for the newest answered slots; none if there are too few.
pub fn median_seconds(conn: &mut DbConnection, user_id: UserId) -> QueryResult<Option<i32>> {
    let seconds: Vec<i32> = on_backend!(conn, c => prepared!(
        attempt_slots::table
            .filter(attempt_slots::user_id.eq(user_id))
            .filter(attempt_slots::answered_at.is_not_null())
            .filter(attempt_slots::seconds_spent.gt(0))
            .order((attempt_slots::attempt_id.desc(), attempt_slots::position.desc()))
            .limit(NEWEST)
            .select(attempt_slots::seconds_spent)
    )
    .load(c))?;
    Ok(median(seconds))
}

/// The median of some times, if there are enough.
pub fn median(mut seconds: Vec<i32>) -> Option<i32> {
    let middle = seconds.len() / 2;
    (seconds.len() >= FEWEST).then(|| *seconds.select_nth_unstable(middle).1)
}

/// The graded responses of a learner, without further tries, in chronological order.
pub fn answers(conn: &mut DbConnection, user_id: UserId) -> QueryResult<Vec<Answer>> {
    type Row = (QuestionId, f64, bool, i32, Timestamp, Timestamp);
    let rows: Vec<Row> = on_backend!(conn, c => attempt_slots::table
        .inner_join(attempts::table.on(
            attempts::user_id.eq(attempt_slots::user_id).and(attempts::id.eq(attempt_slots::attempt_id))
        ))
        .inner_join(questions::table.on(questions::id.eq(attempt_slots::question_id)))
        .filter(attempt_slots::user_id.eq(user_id))
        .filter(attempts::user_id.eq(user_id))
        .filter(attempt_slots::mark.is_not_null())
        .filter(attempt_slots::answered_at.is_not_null())
        .order(attempt_slots::answered_at)
        .select((
            line(),
            attempt_slots::mark.assume_not_null(),
            attempt_slots::unsure,
            attempt_slots::seconds_spent,
            attempt_slots::answered_at.assume_not_null(),
            attempts::started_at,
        ))
        .load(c))?;
    let answer =
        |(line, mark, unsure, seconds, at, begun_at): Row| Answer { line, mark, unsure, seconds, at, begun_at };
    Ok(rows.into_iter().map(answer).collect())
}
