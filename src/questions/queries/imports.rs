//! Which import created a question, and which imports changed it.

use std::collections::HashSet;

use diesel::prelude::*;

use crate::{
    db::{DbConnection, locked, on_backend},
    questions::model::{ImportId, Question, QuestionId},
    schema::{import_changes, question_imports, questions},
};

/// Records that an import created these questions.
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
        on_backend!(conn, c => diesel::insert_into(question_imports::table).values(rows).execute(c))?;
    }
    Ok(())
}

/// Records that an import changed these questions, which were in the bank before.
pub fn link_changes(conn: &mut DbConnection, import_id: ImportId, ids: &[QuestionId]) -> QueryResult<()> {
    for chunk in ids.chunks(1000) {
        let row = |id: &QuestionId| (import_changes::import_id.eq(import_id), import_changes::question_id.eq(*id));
        let rows: Vec<_> = chunk.iter().map(row).collect();
        on_backend!(conn, c => diesel::insert_into(import_changes::table)
            .values(rows)
            .on_conflict_do_nothing()
            .execute(c))?;
    }
    Ok(())
}

/// Records that only imports have written these questions, after an import changed them.
pub fn note_untouched(conn: &mut DbConnection, ids: &[QuestionId]) -> QueryResult<()> {
    set_touched(conn, ids, false)
}

/// Records that somebody edited questions or changed their status, if an import created them.
pub fn note_touched(conn: &mut DbConnection, ids: &[QuestionId]) -> QueryResult<()> {
    set_touched(conn, ids, true)
}

fn set_touched(conn: &mut DbConnection, ids: &[QuestionId], touched: bool) -> QueryResult<()> {
    on_backend!(conn, c => diesel::update(question_imports::table.filter(question_imports::question_id.eq_any(ids)))
        .set(question_imports::touched.eq(touched))
        .execute(c))?;
    Ok(())
}

/// Those of these questions that an import created and that only imports have changed since.
pub fn untouched_imports(conn: &mut DbConnection, ids: &[QuestionId]) -> QueryResult<HashSet<QuestionId>> {
    let found: Vec<QuestionId> = on_backend!(conn, c => question_imports::table
        .filter(question_imports::question_id.eq_any(ids))
        .filter(question_imports::touched.eq(false))
        .select(question_imports::question_id)
        .load(c))?;
    Ok(found.into_iter().collect())
}

/// A question that an import created, whether somebody has changed it since, and its successor.
pub type OfImport = (Question, bool, Option<QuestionId>);

/// The next `limit` questions that an import created, after an id, in order of their ids. They are locked until the end
/// of this transaction.
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
    // Read after the lock is held.
    let newer = diesel::alias!(questions as newer);
    on_backend!(conn, c => questions::table
        .inner_join(question_imports::table)
        .left_join(newer.on(newer.field(questions::supersedes_id).eq(questions::id.nullable())))
        .filter(questions::id.eq_any(&ids))
        .order(questions::id)
        .select((Question::as_select(), question_imports::touched, newer.field(questions::id).nullable()))
        .load(c))
}

/// The questions that an import changed but did not create, each with the import that created it.
pub fn changed_by_import(
    conn: &mut DbConnection,
    import_id: ImportId,
) -> QueryResult<Vec<(QuestionId, Option<ImportId>)>> {
    let is_its_own = question_imports::question_id.eq(import_changes::question_id);
    on_backend!(conn, c => import_changes::table
        .left_join(question_imports::table.on(is_its_own))
        .filter(import_changes::import_id.eq(import_id))
        .filter(question_imports::import_id.is_null().or(question_imports::import_id.ne(import_id)))
        .order(import_changes::question_id)
        .select((import_changes::question_id, question_imports::import_id.nullable()))
        .load(c))
}
