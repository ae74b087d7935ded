//! Texts that were stored before the normal form existed.

use diesel::{dsl::not, prelude::*};

use super::with_answers;
use crate::{
    db::{DbConnection, database_time, locked, on_backend, types::Json},
    questions::model::{Answer, AnswerContent, Content, Question, QuestionId},
    schema::{answers, question_search, questions},
};

/// Questions whose texts may not be in normal form, locked until the end of this transaction.
pub fn lock_not_normalized(conn: &mut DbConnection, limit: i64) -> QueryResult<Vec<(Question, Vec<Answer>)>> {
    let ids: Vec<QuestionId> = question_search::table
        .filter(not(question_search::is_normalized))
        .order(question_search::question_id)
        .limit(limit)
        .select(question_search::question_id)
        .load(conn)?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = || questions::table.filter(questions::id.eq_any(&ids)).order(questions::id);
    let found: Vec<Question> = locked!(conn, found().select(Question::as_select()), for_update.load)?;
    with_answers(conn, found)
}

/// Records that the texts of questions are in normal form.
pub fn mark_normalized(conn: &mut DbConnection, ids: &[QuestionId]) -> QueryResult<()> {
    on_backend!(conn, c => diesel::update(question_search::table.filter(question_search::question_id.eq_any(ids)))
        .set(question_search::is_normalized.eq(true))
        .execute(c))?;
    Ok(())
}

/// Replaces the texts of a question with their normal form, and sets its key.
pub fn put_normalized(
    conn: &mut DbConnection,
    question: &Question,
    stored: &[Answer],
    content: &Content,
    key: Option<&str>,
) -> QueryResult<()> {
    let now = database_time(conn)?;
    diesel::update(questions::table.find(question.id))
        .set((
            questions::stem.eq(&content.stem),
            questions::explanation.eq(&content.explanation),
            questions::references.eq(Json(content.references.clone())),
            questions::external_key.eq(key),
            questions::updated_at.eq(now),
        ))
        .execute(conn)?;
    for (answer, AnswerContent { body, rationale, match_body, .. }) in stored.iter().zip(&content.answers) {
        if (&answer.body, &answer.rationale, &answer.match_body) == (body, rationale, match_body) {
            continue;
        }
        diesel::update(answers::table.find(answer.id))
            .set((answers::body.eq(body), answers::rationale.eq(rationale), answers::match_body.eq(match_body)))
            .execute(conn)?;
    }
    Ok(())
}
