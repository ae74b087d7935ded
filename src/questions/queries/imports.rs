//! Which import stored a question.

use std::collections::HashSet;

use diesel::{prelude::*, upsert::excluded};

use crate::{
    db::{DbConnection, locked, on_backend},
    questions::model::{ImportId, Question, QuestionId},
    schema::{question_imports, questions},
};

/// Notes that an import stored these questions as they are now.
pub fn link_import(conn: &mut DbConnection, import_id: ImportId, ids: &[QuestionId]) -> QueryResult<()> {
    for chunk in ids.chunks(1000) {
        let row = |id: &QuestionId| {
            (
                question_imports::question_id.eq(*id),
                question_imports::import_id.eq(import_id),
                question_imports::touched.eq(false),
            )
        };
        let rows: Vec<_> = chunk.iter().map(row).collect();
        on_backend!(conn, c => diesel::insert_into(question_imports::table)
            .values(rows)
            .on_conflict(question_imports::question_id)
            .do_update()
            .set((
                question_imports::import_id.eq(excluded(question_imports::import_id)),
                question_imports::touched.eq(excluded(question_imports::touched)),
            ))
            .execute(c))?;
    }
    Ok(())
}

/// Notes that somebody edited questions or changed their status, if an import stored them.
pub fn note_touched(conn: &mut DbConnection, ids: &[QuestionId]) -> QueryResult<()> {
    on_backend!(conn, c => diesel::update(question_imports::table.filter(question_imports::question_id.eq_any(ids)))
        .set(question_imports::touched.eq(true))
        .execute(c))?;
    Ok(())
}

/// Those of these questions that an import stored and that nobody has touched since.
pub fn untouched_imports(conn: &mut DbConnection, ids: &[QuestionId]) -> QueryResult<HashSet<QuestionId>> {
    let found: Vec<QuestionId> = on_backend!(conn, c => question_imports::table
        .filter(question_imports::question_id.eq_any(ids))
        .filter(question_imports::touched.eq(false))
        .select(question_imports::question_id)
        .load(c))?;
    Ok(found.into_iter().collect())
}

/// A question of an import, whether it was touched since, and the revision that follows it.
pub type OfImport = (Question, bool, Option<QuestionId>);

/// The questions of an import behind an id, in the order of their ids, so many at most. Nobody else changes them before this
/// transaction ends.
pub fn lock_of_import(
    conn: &mut DbConnection,
    import_id: ImportId,
    after: Option<QuestionId>,
    limit: i64,
) -> QueryResult<Vec<OfImport>> {
    let after = after.unwrap_or(QuestionId(uuid::Uuid::nil()));
    let ids: Vec<QuestionId> = question_imports::table
        .filter(question_imports::import_id.eq(import_id))
        .filter(question_imports::question_id.gt(after))
        .order(question_imports::question_id)
        .limit(limit)
        .select(question_imports::question_id)
        .load(conn)?;
    let rows = || questions::table.filter(questions::id.eq_any(&ids)).order(questions::id);
    let _: Vec<QuestionId> = locked!(conn, rows().select(questions::id), for_no_key_update.load)?;
    // As it is now that it is locked.
    let newer = diesel::alias!(questions as newer);
    on_backend!(conn, c => questions::table
        .inner_join(question_imports::table)
        .left_join(newer.on(newer.field(questions::supersedes_id).eq(questions::id.nullable())))
        .filter(questions::id.eq_any(&ids))
        .order(questions::id)
        .select((Question::as_select(), question_imports::touched, newer.field(questions::id).nullable()))
        .load(c))
}
