//! The order of the revisions of a question.

use std::collections::{BTreeSet, HashMap, VecDeque};

use diesel::{dsl::sql, expression::SqlLiteral, prelude::*};

use crate::{
    db::{DbConnection, locked, on_backend, sql_types::Uuid},
    questions::model::QuestionId,
    schema::questions,
};

/// The line of a question: the id of its first revision. An index has this expression.
pub fn line() -> SqlLiteral<Uuid> {
    sql("coalesce(questions.line_id, questions.id)")
}

/// The revision that replaced this one or is to replace it.
pub fn successor(conn: &mut DbConnection, id: QuestionId) -> QueryResult<Option<QuestionId>> {
    on_backend!(conn, c => questions::table.filter(questions::supersedes_id.eq(id)).select(questions::id).first(c))
        .optional()
}

/// The revisions that replaced these or are to replace them, by the ids of these.
pub fn successors(conn: &mut DbConnection, ids: &[QuestionId]) -> QueryResult<HashMap<QuestionId, QuestionId>> {
    let before = questions::supersedes_id.assume_not_null();
    let found: Vec<(QuestionId, QuestionId)> = on_backend!(conn, c => questions::table
        .filter(before.eq_any(ids))
        .select((before, questions::id))
        .load(c))?;
    Ok(found.into_iter().collect())
}

/// The newest revision of each of these questions, by their ids.
pub fn newest(
    conn: &mut DbConnection,
    ids: impl IntoIterator<Item = QuestionId>,
) -> QueryResult<HashMap<QuestionId, QuestionId>> {
    let mut newest: HashMap<QuestionId, QuestionId> = ids.into_iter().map(|id| (id, id)).collect();
    let mut last: BTreeSet<QuestionId> = newest.keys().copied().collect();
    while !last.is_empty() {
        let newer = successors(conn, &last.into_iter().collect::<Vec<_>>())?;
        for id in newest.values_mut() {
            *id = newer.get(id).copied().unwrap_or(*id);
        }
        last = newer.into_values().collect();
    }
    Ok(newest)
}

/// The same, with the newest revisions locked until the end of this transaction.
pub fn lock_newest(
    conn: &mut DbConnection,
    ids: impl IntoIterator<Item = QuestionId>,
) -> QueryResult<HashMap<QuestionId, QuestionId>> {
    let mut newest = newest(conn, ids)?;
    loop {
        let last: BTreeSet<QuestionId> = newest.values().copied().collect();
        let last: Vec<QuestionId> = last.into_iter().collect();
        // In the order of the ids, so that two writers cannot deadlock.
        let rows = questions::table.filter(questions::id.eq_any(&last)).order(questions::id).select(questions::id);
        locked!(conn, rows, for_no_key_update)?;
        // If it is still the newest when it is locked, it stays the newest.
        let newer = successors(conn, &last)?;
        if newer.is_empty() {
            return Ok(newest);
        }
        for id in newest.values_mut() {
            *id = newer.get(id).copied().unwrap_or(*id);
        }
    }
}

/// The ids of all revisions of a question, oldest first.
pub fn revisions(conn: &mut DbConnection, id: QuestionId) -> QueryResult<Vec<QuestionId>> {
    let mut line = VecDeque::from([id]);
    let mut first = id;
    while let Some(before) =
        questions::table.find(first).select(questions::supersedes_id).first::<Option<QuestionId>>(conn)?
    {
        line.push_front(before);
        first = before;
    }
    let mut last = id;
    while let Some(after) = successor(conn, last)? {
        line.push_back(after);
        last = after;
    }
    Ok(line.into())
}
