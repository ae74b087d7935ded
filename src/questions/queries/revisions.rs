//! Which revision of a question follows which.

use std::collections::{BTreeSet, HashMap, VecDeque};

use diesel::prelude::*;

use crate::{
    db::{DbConnection, locked, on_backend},
    questions::model::QuestionId,
    schema::questions,
};

/// The revision that took the place of this one or is to take it.
pub fn successor(conn: &mut DbConnection, id: QuestionId) -> QueryResult<Option<QuestionId>> {
    on_backend!(conn, c => questions::table.filter(questions::supersedes_id.eq(id)).select(questions::id).first(c))
        .optional()
}

/// The revisions that took the place of these or are to take it, by the ids of these.
pub fn successors(conn: &mut DbConnection, ids: &[QuestionId]) -> QueryResult<HashMap<QuestionId, QuestionId>> {
    let before = questions::supersedes_id.assume_not_null();
    let found: Vec<(QuestionId, QuestionId)> = on_backend!(conn, c => questions::table
        .filter(before.eq_any(ids))
        .select((before, questions::id))
        .load(c))?;
    Ok(found.into_iter().collect())
}

/// The last revision of each of these questions, by their ids.
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

/// The same, and nobody else changes the last ones before this transaction ends.
pub fn lock_newest(
    conn: &mut DbConnection,
    ids: impl IntoIterator<Item = QuestionId>,
) -> QueryResult<HashMap<QuestionId, QuestionId>> {
    let mut newest = newest(conn, ids)?;
    loop {
        let last: BTreeSet<QuestionId> = newest.values().copied().collect();
        let last: Vec<QuestionId> = last.into_iter().collect();
        // In the order of the ids, so that two writers never wait for each other in a circle.
        let rows = questions::table.filter(questions::id.eq_any(&last)).order(questions::id).select(questions::id);
        locked!(conn, rows, for_no_key_update)?;
        // Once it is locked and still is the newest, it stays the newest.
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
