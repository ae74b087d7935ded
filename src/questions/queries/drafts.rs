//! Origins of drafted questions.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::{
    db::{DbConnection, database_time, on_backend, types::Timestamp},
    questions::{
        drafts::QuestionDraft,
        model::{Origin, QuestionId},
    },
    schema::{question_drafts, questions},
};

/// Stores the origin of a question.
pub fn insert_draft(conn: &mut DbConnection, draft: &QuestionDraft) -> QueryResult<()> {
    diesel::insert_into(question_drafts::table).values(draft.clone()).execute(conn)?;
    Ok(())
}

/// Records that a language model drafted a question that was not known to be drafted.
pub fn mark_generated(conn: &mut DbConnection, id: QuestionId) -> QueryResult<()> {
    let now = database_time(conn)?;
    diesel::update(questions::table.find(id))
        .set((questions::origin.eq(Origin::Generated), questions::updated_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// The origin of a question, if it was drafted.
pub fn find_draft(conn: &mut DbConnection, id: QuestionId) -> QueryResult<Option<QuestionDraft>> {
    question_drafts::table.find(id).select(QuestionDraft::as_select()).first(conn).optional()
}

/// The origins of those of these questions that were drafted. If there are none, no query is sent.
pub(super) fn drafts_of(
    conn: &mut DbConnection,
    questions: impl IntoIterator<Item = (QuestionId, Origin)>,
) -> QueryResult<HashMap<QuestionId, Box<QuestionDraft>>> {
    let generated = questions.into_iter().filter(|(_, origin)| *origin == Origin::Generated);
    let ids: Vec<QuestionId> = generated.map(|(id, _)| id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found: Vec<QuestionDraft> = on_backend!(conn, c => question_drafts::table
        .filter(question_drafts::question_id.eq_any(&ids))
        .select(QuestionDraft::as_select())
        .load(c))?;
    Ok(found.into_iter().map(|draft| (draft.question_id, Box::new(draft))).collect())
}

/// Records that a drafted question was published for the first time, and the share that had been changed.
pub fn accept_draft(conn: &mut DbConnection, id: QuestionId, changed: f64, now: Timestamp) -> QueryResult<()> {
    diesel::update(question_drafts::table.find(id))
        .set((question_drafts::accepted_at.eq(now), question_drafts::changed.eq(changed)))
        .execute(conn)?;
    Ok(())
}
