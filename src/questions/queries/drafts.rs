//! Where drafted questions come from.

use diesel::prelude::*;

use crate::{
    db::DbConnection,
    questions::{drafts::QuestionDraft, model::QuestionId},
    schema::question_drafts,
};

/// Stores where a question comes from.
pub fn insert_draft(conn: &mut DbConnection, draft: &QuestionDraft) -> QueryResult<()> {
    diesel::insert_into(question_drafts::table).values(draft.clone()).execute(conn)?;
    Ok(())
}

/// Where a question comes from, if it was drafted.
pub fn find_draft(conn: &mut DbConnection, id: QuestionId) -> QueryResult<Option<QuestionDraft>> {
    question_drafts::table.find(id).select(QuestionDraft::as_select()).first(conn).optional()
}
