//! Subjects in the database.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;

use super::model::{Subject, SubjectId, SubjectStatus};
use crate::{
    db::{DbConnection, locked, on_backend},
    schema::subjects,
};

/// The number of rows in one INSERT, below the parameter limits of both databases.
const INSERT_ROWS: usize = 1000;

/// A subject by its id.
pub fn find(conn: &mut DbConnection, id: &SubjectId) -> QueryResult<Option<Subject>> {
    subjects::table.find(id).select(Subject::as_select()).first(conn).optional()
}

/// The same, locked until the end of this transaction.
pub fn lock(conn: &mut DbConnection, id: &SubjectId) -> QueryResult<Option<Subject>> {
    locked!(conn, subjects::table.find(id).select(Subject::as_select()), for_no_key_update.first).optional()
}

/// A page of subjects by id, with this status or with any.
pub fn page(
    conn: &mut DbConnection,
    status: Option<SubjectStatus>,
    after: Option<&SubjectId>,
    limit: i64,
) -> QueryResult<Vec<Subject>> {
    let mut query = subjects::table.order(subjects::id).limit(limit).select(Subject::as_select()).into_boxed();
    if let Some(status) = status {
        query = query.filter(subjects::status.eq(status));
    }
    if let Some(after) = after {
        query = query.filter(subjects::id.gt(after));
    }
    query.load(conn)
}

/// All subjects, by id.
pub fn all(conn: &mut DbConnection) -> QueryResult<Vec<Subject>> {
    subjects::table.order(subjects::id).select(Subject::as_select()).load(conn)
}

/// Inserts or replaces a subject.
pub fn put(conn: &mut DbConnection, subject: &Subject) -> QueryResult<()> {
    let changed = diesel::update(subjects::table.find(&subject.id)).set(subject.clone()).execute(conn)?;
    if changed == 0 {
        diesel::insert_into(subjects::table).values(subject.clone()).execute(conn)?;
    }
    Ok(())
}

/// Stores the subjects of a file, except those that were changed here, and returns how many were created or updated.
pub fn seed(conn: &mut DbConnection, wanted: &[Subject]) -> QueryResult<usize> {
    let known: HashMap<SubjectId, Subject> = all(conn)?.into_iter().map(|known| (known.id.clone(), known)).collect();
    // If two have the same id, the last one counts.
    let wanted: BTreeMap<&SubjectId, &Subject> = wanted.iter().map(|subject| (&subject.id, subject)).collect();
    let (mut new, mut changed) = (Vec::new(), 0);
    for subject in wanted.into_values() {
        match known.get(&subject.id) {
            None => new.push(subject.clone()),
            Some(known) if known.written_by.is_some() || known == subject => {}
            Some(_) => {
                let is_untouched = subjects::table.find(&subject.id).filter(subjects::written_by.is_null());
                changed += diesel::update(is_untouched).set(subject.clone()).execute(conn)?;
            }
        }
    }
    for rows in new.chunks(INSERT_ROWS) {
        on_backend!(conn, c => diesel::insert_into(subjects::table).values(rows).execute(c))?;
    }
    Ok(new.len() + changed)
}
