//! Cards and plans in the database. Every query names the learner: on a cluster it goes to one shard.

use std::collections::HashMap;

use diesel::{
    dsl::{exists, sql},
    prelude::*,
    sql_types::{Array, Bool, Integer, Nullable, Text},
    upsert::excluded,
};

use super::{
    model::{Card, Plan, Standing},
    schedule::{Answer, Schedule},
};
use crate::{
    auth::model::UserId,
    db::{
        DbConnection,
        day::Day,
        locked, on_backend, prepared,
        sql_types::{Float8, Timestamptz, Uuid},
        types::Timestamp,
    },
    error::Error,
    exams::model::ExamId,
    questions::model::QuestionId,
    schema::{attempt_slots, attempts, exams, learner_questions, plans, questions},
    users,
};

/// Slots from which the usual time is taken: the newest ones …
const NEWEST: i64 = 500;
/// … if there are so many.
const FEWEST: usize = 10;
/// Rows of one statement, so that SQLite has numbers for all of their values.
const ROWS: usize = 1000;

/// The learner's calendar and plan for an exam.
pub fn schedule(conn: &mut DbConnection, user_id: UserId, exam_id: ExamId) -> QueryResult<Schedule> {
    Ok(Schedule { time_zone: users::queries::time_zone(conn, user_id)?, plan: plan(conn, user_id, exam_id)? })
}

/// The same, which stays so until the end of this transaction: a change of the plan, which reschedules every card, comes
/// before this or waits until the cards of this transaction are there.
pub fn schedule_locked(conn: &mut DbConnection, user_id: UserId, exam_id: ExamId) -> QueryResult<Schedule> {
    let time_zone = users::queries::time_zone_locked(conn, user_id)?;
    Ok(Schedule { time_zone, plan: plan(conn, user_id, exam_id)? })
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

/// Stores a plan in place of what was there.
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

/// Removes a plan. How many: none when there is none.
pub fn delete_plan(conn: &mut DbConnection, user_id: UserId, exam_id: ExamId) -> QueryResult<usize> {
    diesel::delete(plans::table.find((user_id, exam_id))).execute(conn)
}

/// Whether there are responses of before there were cards.
pub fn lacks_cards(conn: &mut DbConnection, user_id: UserId) -> QueryResult<bool> {
    let row = learner_questions::table
        .filter(learner_questions::user_id.eq(user_id))
        .filter(sql::<Bool>("mark IS NOT NULL AND due_on IS NULL"));
    on_backend!(conn, c => diesel::select(exists(row)).get_result(c))
}

/// The learner's cards of an exam, of lines that are in service.
pub fn cards(conn: &mut DbConnection, user_id: UserId, exam_id: ExamId) -> QueryResult<Vec<Card>> {
    // SQLite uses the index of the expression only where both sides are one.
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

/// The lines of the questions in the learner's exam in progress.
pub fn lines_under_way(
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
            .select(sql::<Uuid>("coalesce(questions.line_id, questions.id)"))
    )
    .load(c))
}

/// When the questions of these lines come back.
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

/// The median of the seconds that the learner took for the newest questions; none while they are few.
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

/// The median of some times, if they are enough.
pub fn median(mut seconds: Vec<i32>) -> Option<i32> {
    let middle = seconds.len() / 2;
    (seconds.len() >= FEWEST).then(|| *seconds.select_nth_unstable(middle).1)
}

/// What the learner last gave to questions of these lines, locked until the end of this transaction.
pub fn lock_standings(
    conn: &mut DbConnection,
    user_id: UserId,
    lines: &[QuestionId],
) -> QueryResult<HashMap<QuestionId, Standing>> {
    let rows: Vec<Standing> = match conn {
        DbConnection::Postgres(c) => learner_questions::table
            .filter(learner_questions::user_id.eq(user_id))
            .filter(learner_questions::line_id.eq_any(lines))
            .order(learner_questions::line_id)
            .select(Standing::as_select())
            .for_no_key_update()
            .load(c),
        DbConnection::Sqlite(c) => learner_questions::table
            .filter(learner_questions::user_id.eq(user_id))
            .filter(learner_questions::line_id.eq_any(lines))
            .select(Standing::as_select())
            .load(c),
    }?;
    Ok(rows.into_iter().map(|row| (row.line_id, row)).collect())
}

/// The same of all lines of an exam that have cards.
pub fn lock_cards(conn: &mut DbConnection, user_id: UserId, exam_id: ExamId) -> QueryResult<Vec<Standing>> {
    let cards = || {
        learner_questions::table
            .filter(learner_questions::user_id.eq(user_id))
            .filter(learner_questions::exam_id.eq(exam_id))
            .filter(learner_questions::due_on.is_not_null())
            .order(learner_questions::line_id)
    };
    locked!(conn, cards().select(Standing::as_select()), for_no_key_update.load)
}

/// What the learner gave to questions before there were cards, locked, with the exams of the questions.
pub fn lock_without_cards(conn: &mut DbConnection, user_id: UserId) -> QueryResult<Vec<(Standing, ExamId)>> {
    let rows: Vec<Standing> = {
        let rows = || {
            learner_questions::table
                .filter(learner_questions::user_id.eq(user_id))
                .filter(sql::<Bool>("mark IS NOT NULL AND due_on IS NULL"))
                .order(learner_questions::line_id)
        };
        locked!(conn, rows().select(Standing::as_select()), for_no_key_update.load)?
    };
    let lines: Vec<QuestionId> = rows.iter().map(|row| row.line_id).collect();
    let exams: Vec<(QuestionId, ExamId)> = on_backend!(conn, c => questions::table
        .filter(questions::id.eq_any(&lines))
        .select((questions::id, questions::exam_id))
        .load(c))?;
    let exams: HashMap<QuestionId, ExamId> = exams.into_iter().collect();
    Ok(rows.into_iter().filter_map(|row| Some((row, *exams.get(&row.line_id)?))).collect())
}

/// All graded first responses of a learner, in the order of time.
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
            sql::<Uuid>("coalesce(questions.line_id, questions.id)"),
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

/// Stores what a learner last gave to questions, each of another line, with their cards. If a column has no value, it keeps
/// the value that it has.
pub fn put_standings(
    conn: &mut DbConnection,
    user_id: UserId,
    standings: &[Standing],
    now: Timestamp,
) -> QueryResult<()> {
    for rows in standings.chunks(ROWS) {
        put_rows(conn, user_id, rows, Known::Change, now)?;
    }
    Ok(())
}

/// The same for lines of which nothing was known. If another transaction has stored something since, the result is
/// [`Error::Contended`].
pub fn insert_standings(
    conn: &mut DbConnection,
    user_id: UserId,
    standings: &[Standing],
    now: Timestamp,
) -> Result<(), Error> {
    for rows in standings.chunks(ROWS) {
        if put_rows(conn, user_id, rows, Known::Keep, now)? < rows.len() {
            return Err(Error::Contended);
        }
    }
    Ok(())
}

/// What happens to a row that is there already.
#[derive(Clone, Copy)]
enum Known {
    Change,
    Keep,
}

/// The number of rows that were stored.
fn put_rows(
    conn: &mut DbConnection,
    user_id: UserId,
    rows: &[Standing],
    known: Known,
    now: Timestamp,
) -> QueryResult<usize> {
    match conn {
        // Arrays, so that the text is the same for any number of rows.
        DbConnection::Postgres(c) => {
            let upsert = sql::<Integer>(
                "INSERT INTO learner_questions (user_id, updated_at, line_id, exam_id, mark, flagged, unsure, answered_at, \
                 stability, difficulty, due_on, gain) SELECT ",
            )
            .bind::<Uuid, _>(user_id)
            .sql(", ")
            .bind::<Timestamptz, _>(now)
            .sql(", given.* FROM unnest(")
            .bind::<Array<Uuid>, _>(rows.iter().map(|row| row.line_id).collect::<Vec<_>>())
            .sql(", ")
            .bind::<Array<Nullable<Uuid>>, _>(rows.iter().map(|row| row.exam_id).collect::<Vec<_>>())
            .sql(", ")
            .bind::<Array<Nullable<Float8>>, _>(rows.iter().map(|row| row.mark).collect::<Vec<_>>())
            .sql(", ")
            .bind::<Array<Bool>, _>(rows.iter().map(|row| row.flagged).collect::<Vec<_>>())
            .sql(", ")
            .bind::<Array<Bool>, _>(rows.iter().map(|row| row.unsure).collect::<Vec<_>>())
            .sql(", ")
            .bind::<Array<Nullable<Timestamptz>>, _>(rows.iter().map(|row| row.answered_at).collect::<Vec<_>>())
            .sql(", ")
            .bind::<Array<Nullable<Float8>>, _>(rows.iter().map(|row| row.stability).collect::<Vec<_>>())
            .sql(", ")
            .bind::<Array<Nullable<Float8>>, _>(rows.iter().map(|row| row.difficulty).collect::<Vec<_>>())
            .sql(", ")
            .bind::<Array<Nullable<Text>>, _>(rows.iter().map(|row| row.due_on).collect::<Vec<_>>())
            .sql(", ")
            .bind::<Array<Nullable<Float8>>, _>(rows.iter().map(|row| row.gain).collect::<Vec<_>>())
            .sql(") AS given ON CONFLICT (user_id, line_id) DO ");
            let keep = "NOTHING RETURNING 1";
            let change = "UPDATE SET exam_id = coalesce(excluded.exam_id, learner_questions.exam_id), \
                 mark = coalesce(excluded.mark, learner_questions.mark), flagged = excluded.flagged, \
                 unsure = excluded.unsure, answered_at = coalesce(excluded.answered_at, learner_questions.answered_at), \
                 stability = coalesce(excluded.stability, learner_questions.stability), \
                 difficulty = coalesce(excluded.difficulty, learner_questions.difficulty), \
                 gain = CASE WHEN excluded.due_on IS NULL THEN learner_questions.gain ELSE excluded.gain END, \
                 due_on = coalesce(excluded.due_on, learner_questions.due_on), \
                 updated_at = excluded.updated_at RETURNING 1";
            // Each text has its own prepared statement.
            let stored: Vec<i32> = match known {
                Known::Keep => prepared!(upsert.sql(keep)).load(c)?,
                Known::Change => prepared!(upsert.sql(change)).load(c)?,
            };
            Ok(stored.len())
        }
        // Its writers come one after the other, so a row that was not there is still not there.
        DbConnection::Sqlite(c) => {
            let row = |standing: &Standing| {
                let of_learner = (learner_questions::user_id.eq(user_id), learner_questions::updated_at.eq(now));
                (of_learner, *standing)
            };
            let rows: Vec<_> = rows.iter().map(row).collect();
            diesel::insert_into(learner_questions::table)
                .values(rows)
                .on_conflict((learner_questions::user_id, learner_questions::line_id))
                .do_update()
                .set((
                    learner_questions::exam_id.eq(sql("coalesce(excluded.exam_id, learner_questions.exam_id)")),
                    learner_questions::mark.eq(sql("coalesce(excluded.mark, learner_questions.mark)")),
                    learner_questions::flagged.eq(excluded(learner_questions::flagged)),
                    learner_questions::unsure.eq(excluded(learner_questions::unsure)),
                    learner_questions::answered_at
                        .eq(sql("coalesce(excluded.answered_at, learner_questions.answered_at)")),
                    learner_questions::stability.eq(sql("coalesce(excluded.stability, learner_questions.stability)")),
                    learner_questions::difficulty
                        .eq(sql("coalesce(excluded.difficulty, learner_questions.difficulty)")),
                    learner_questions::gain.eq(sql(
                        "CASE WHEN excluded.due_on IS NULL THEN learner_questions.gain ELSE excluded.gain END",
                    )),
                    learner_questions::due_on.eq(sql("coalesce(excluded.due_on, learner_questions.due_on)")),
                    learner_questions::updated_at.eq(excluded(learner_questions::updated_at)),
                ))
                .execute(c)
        }
    }
}
