//! The writers of revisions.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::{
    auth::model::UserId,
    db::{DbConnection, on_backend},
    questions::model::QuestionId,
    schema::question_writers,
};

/// Records writers of these questions, in addition to those already recorded.
pub fn add_writers(conn: &mut DbConnection, wrote: &[(QuestionId, UserId)]) -> QueryResult<()> {
    for chunk in wrote.chunks(1000) {
        let row = |&(id, user): &(QuestionId, UserId)| {
            (question_writers::question_id.eq(id), question_writers::user_id.eq(user))
        };
        let rows: Vec<_> = chunk.iter().map(row).collect();
        on_backend!(conn, c => diesel::insert_into(question_writers::table)
            .values(rows)
            .on_conflict_do_nothing()
            .execute(c))?;
    }
    Ok(())
}

/// The writers of these revisions, by revision, in order of their ids.
pub fn writers(conn: &mut DbConnection, ids: &[QuestionId]) -> QueryResult<HashMap<QuestionId, Vec<UserId>>> {
    let rows: Vec<(QuestionId, UserId)> = on_backend!(conn, c => question_writers::table
        .filter(question_writers::question_id.eq_any(ids))
        .order((question_writers::question_id, question_writers::user_id))
        .select((question_writers::question_id, question_writers::user_id))
        .load(c))?;
    let mut writers: HashMap<QuestionId, Vec<UserId>> = HashMap::new();
    for (id, user) in rows {
        writers.entry(id).or_default().push(user);
    }
    Ok(writers)
}
