//! The learner's records of lines: a last response with its card, and the flag and the unsure mark.

use std::collections::HashMap;

use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{Array, Bool, Integer, Nullable, Text},
    upsert::excluded,
};

use crate::{
    auth::model::UserId,
    db::{
        DbConnection, locked, on_backend, prepared,
        sql_types::{Float8, Timestamptz, Uuid},
        types::Timestamp,
    },
    error::Error,
    exams::model::ExamId,
    questions::model::QuestionId,
    reviews::model::LineRecord,
    schema::{learner_questions, questions},
};

/// The number of rows in one statement, so that SQLite has enough parameter numbers for all values.
const ROWS: usize = 1000;

/// The learner's last responses to questions of these lines, locked until the end of this transaction.
pub fn lock_records(
    conn: &mut DbConnection,
    user_id: UserId,
    lines: &[QuestionId],
) -> QueryResult<HashMap<QuestionId, LineRecord>> {
    if lines.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<LineRecord> = match conn {
        DbConnection::Postgres(c) => learner_questions::table
            .filter(learner_questions::user_id.eq(user_id))
            .filter(learner_questions::line_id.eq_any(lines))
            .order(learner_questions::line_id)
            .select(LineRecord::as_select())
            .for_no_key_update()
            .load(c),
        DbConnection::Sqlite(c) => learner_questions::table
            .filter(learner_questions::user_id.eq(user_id))
            .filter(learner_questions::line_id.eq_any(lines))
            .select(LineRecord::as_select())
            .load(c),
    }?;
    Ok(rows.into_iter().map(|row| (row.line_id, row)).collect())
}

/// The same for all lines of an exam that have cards.
pub fn lock_cards(conn: &mut DbConnection, user_id: UserId, exam_id: ExamId) -> QueryResult<Vec<LineRecord>> {
    let cards = || {
        learner_questions::table
            .filter(learner_questions::user_id.eq(user_id))
            .filter(learner_questions::exam_id.eq(exam_id))
            .filter(learner_questions::due_on.is_not_null())
            .order(learner_questions::line_id)
    };
    locked!(conn, cards().select(LineRecord::as_select()), for_no_key_update.load)
}

/// The learner's responses from before cards existed, locked, with the exams of the questions.
pub fn lock_without_cards(conn: &mut DbConnection, user_id: UserId) -> QueryResult<Vec<(LineRecord, ExamId)>> {
    let rows: Vec<LineRecord> = {
        let rows = || {
            learner_questions::table
                .filter(learner_questions::user_id.eq(user_id))
                .filter(sql::<Bool>("mark IS NOT NULL AND due_on IS NULL"))
                .order(learner_questions::line_id)
        };
        locked!(conn, rows().select(LineRecord::as_select()), for_no_key_update.load)?
    };
    let lines: Vec<QuestionId> = rows.iter().map(|row| row.line_id).collect();
    let exams: Vec<(QuestionId, ExamId)> = on_backend!(conn, c => questions::table
        .filter(questions::id.eq_any(&lines))
        .select((questions::id, questions::exam_id))
        .load(c))?;
    let exams: HashMap<QuestionId, ExamId> = exams.into_iter().collect();
    Ok(rows.into_iter().filter_map(|row| Some((row, *exams.get(&row.line_id)?))).collect())
}

/// Stores the learner's last responses to questions, each of a different line, with their cards. Columns without a
/// value keep their old value.
pub fn put_records(
    conn: &mut DbConnection,
    user_id: UserId,
    records: &[LineRecord],
    now: Timestamp,
) -> QueryResult<()> {
    for rows in records.chunks(ROWS) {
        put_rows(conn, user_id, rows, Known::Change, now)?;
    }
    Ok(())
}

/// The same for lines without a row. If another transaction has stored one since, the result is
/// [`Error::Contended`].
pub fn insert_records(
    conn: &mut DbConnection,
    user_id: UserId,
    records: &[LineRecord],
    now: Timestamp,
) -> Result<(), Error> {
    for rows in records.chunks(ROWS) {
        if put_rows(conn, user_id, rows, Known::Keep, now)? < rows.len() {
            return Err(Error::Contended);
        }
    }
    Ok(())
}

/// What to do with a row that exists already.
#[derive(Clone, Copy)]
enum Known {
    Change,
    Keep,
}

/// The number of rows that were stored.
fn put_rows(
    conn: &mut DbConnection,
    user_id: UserId,
    rows: &[LineRecord],
    known: Known,
    now: Timestamp,
) -> QueryResult<usize> {
    match conn {
        // Arrays, so that the statement is the same for any number of rows.
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
            // One `prepared!` per statement, because its text must be the same every time.
            let stored: Vec<i32> = match known {
                Known::Keep => prepared!(upsert.sql(keep)).load(c)?,
                Known::Change => prepared!(upsert.sql(change)).load(c)?,
            };
            Ok(stored.len())
        }
        // SQLite has one writer at a time, so a row that did not exist still does not exist.
        DbConnection::Sqlite(c) => {
            let row = |record: &LineRecord| {
                let of_learner = (learner_questions::user_id.eq(user_id), learner_questions::updated_at.eq(now));
                (of_learner, *record)
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
