//! Imports in the database.

use diesel::prelude::*;

use super::model::{Import, NewImport};
use crate::{
    db::{DbConnection, on_backend},
    exams::model::ExamId,
    questions::model::ImportId,
    schema::{exams, imports},
};

/// Inserts an import, or updates its counts.
pub fn put(conn: &mut DbConnection, import: NewImport) -> QueryResult<()> {
    let stored = diesel::update(imports::table.find(import.id)).set(import.counts).execute(conn)?;
    if stored == 0 {
        diesel::insert_into(imports::table).values(import).execute(conn)?;
    }
    Ok(())
}

/// Adds to the number of questions that were deleted when an import was undone.
pub fn add_deleted(conn: &mut DbConnection, id: ImportId, count: i32) -> QueryResult<()> {
    diesel::update(imports::table.find(id)).set(imports::deleted.eq(imports::deleted + count)).execute(conn)?;
    Ok(())
}

/// An import with the code of its exam.
pub fn find(conn: &mut DbConnection, id: ImportId) -> QueryResult<Option<(Import, String)>> {
    on_backend!(conn, c => imports::table
        .inner_join(exams::table)
        .filter(imports::id.eq(id))
        .select((Import::as_select(), exams::code))
        .first(c))
    .optional()
}

/// A page of imports that are older than `before`, newest first.
pub fn page(
    conn: &mut DbConnection,
    exam_id: Option<ExamId>,
    before: Option<ImportId>,
    limit: i64,
) -> QueryResult<Vec<(Import, String)>> {
    let mut query = imports::table
        .inner_join(exams::table)
        .order(imports::id.desc())
        .limit(limit)
        .select((Import::as_select(), exams::code))
        .into_boxed();
    if let Some(id) = exam_id {
        query = query.filter(imports::exam_id.eq(id));
    }
    if let Some(before) = before {
        query = query.filter(imports::id.lt(before));
    }
    query.load(conn)
}
