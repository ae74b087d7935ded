//! The most frequent reads of learners and authors: published questions, whose texts may be in the cache.

use std::collections::HashMap;

use diesel::{prelude::*, result::Error::SerializationError};

use super::drafts::drafts_of;
use crate::{
    auth::{self, model::Names, queries::TokenRow, secret::TokenHash},
    db::{
        DbConnection, on_backend,
        types::{Json, Timestamp},
    },
    exams::model::{DomainId, ExamId, TaskId},
    questions::{
        cache::QuestionCache,
        filed::Listed,
        messages::AnswersReply,
        model::{Answer, Entry, QuestionId, QuestionKind, Reference, Served},
    },
    schema::{answers, domains, exams, question_search, questions, tasks, tokens, users},
};

/// Questions with their answers in written order, in no particular order; and for each whether it can never change
/// again, because it was published and its texts are in normal form.
pub fn served(conn: &mut DbConnection, ids: &[QuestionId]) -> QueryResult<Vec<(Served, bool)>> {
    type Row = (
        (QuestionId, Option<QuestionId>, ExamId, DomainId, Option<TaskId>),
        (String, i32, Option<String>),
        (QuestionKind, String, String, Json<Vec<Reference>>, Json<Vec<String>>, i32, Timestamp),
        (bool, Option<bool>),
    );
    let rows: Vec<Row> = on_backend!(conn, c => questions::table
        .inner_join(exams::table)
        .inner_join(domains::table)
        .left_join(tasks::table)
        .left_join(question_search::table)
        .filter(questions::id.eq_any(ids))
        .select((
            (questions::id, questions::line_id, questions::exam_id, questions::domain_id, questions::task_id),
            (exams::code, domains::number, tasks::code.nullable()),
            (
                questions::kind,
                questions::stem,
                questions::explanation,
                questions::references,
                questions::tags,
                questions::difficulty,
                questions::created_at,
            ),
            (questions::frozen, question_search::is_normalized.nullable()),
        ))
        .load(c))?;
    let mut by_question: HashMap<QuestionId, Vec<Answer>> = HashMap::with_capacity(ids.len());
    let all: Vec<Answer> = on_backend!(conn, c => answers::table
        .filter(answers::question_id.eq_any(ids))
        .order((answers::question_id, answers::position))
        .select(Answer::as_select())
        .load(c))?;
    for answer in all {
        by_question.entry(answer.question_id).or_default().push(answer);
    }
    let served = |row: Row| {
        let ((id, line, exam_id, domain_id, task_id), (exam, domain, task), texts, (frozen, is_normalized)) = row;
        let (kind, stem, explanation, references, tags, difficulty, created_at) = texts;
        let (references, tags) = (references.0, tags.0);
        let answers = by_question.remove(&id).unwrap_or_default();
        let answers_json = serde_json::value::to_raw_value(&AnswersReply::Read(&answers));
        let served = Served {
            id,
            line: line.unwrap_or(id),
            exam_id,
            domain_id,
            task_id,
            exam,
            domain,
            task,
            kind,
            stem,
            explanation,
            references,
            tags,
            difficulty,
            created_at,
            answers_json: answers_json.map_err(|error| SerializationError(error.into()))?,
            answers,
        };
        Ok((served, frozen && is_normalized == Some(true)))
    };
    rows.into_iter().map(served).collect()
}

/// The row of a question, its successor and the name of its writer, in one statement with the token of the caller.
/// `None` if the token is not valid.
#[expect(clippy::type_complexity, reason = "what the statement selects")]
pub fn entry_with_token(
    conn: &mut DbConnection,
    token: &TokenHash,
    id: QuestionId,
) -> QueryResult<Option<(TokenRow, Option<(Entry, Option<QuestionId>, Names)>)>> {
    let (newer, writers) = diesel::alias!(questions as newer, users as writers);
    let found: Option<(TokenRow, Option<Entry>, Option<QuestionId>, Option<String>)> =
        on_backend!(conn, c => tokens::table
        .inner_join(users::table)
        .left_join(questions::table.on(questions::id.eq(id)))
        .left_join(newer.on(newer.field(questions::supersedes_id).eq(id)))
        .left_join(writers.on(writers
            .field(users::id)
            .nullable()
            .eq(questions::written_by)
            .and(writers.field(users::deleted_at).is_null())))
        .filter(tokens::hash.eq(token.as_slice()))
        .filter(tokens::revoked_at.is_null())
        .filter(users::disabled_at.is_null())
        .select((
            (users::id, users::role, users::extra_time_percent, tokens::id, tokens::kind, tokens::expires_at, tokens::created_at),
            Option::<Entry>::as_select(),
            newer.field(questions::id).nullable(),
            writers.field(users::display_name).nullable(),
        ))
        .first(c))
        .optional()?;
    Ok(found.map(|(row, entry, superseded_by, writer)| {
        let entry = entry.map(|entry| {
            let names = Names(entry.written_by.zip(writer).into_iter().collect());
            (entry, superseded_by, names)
        });
        (row, entry)
    }))
}

/// Rows of questions and their successors, with all related data, in the same order. Published questions come
/// from the cache; drafts are read.
pub fn file(
    conn: &mut DbConnection,
    cache: &QuestionCache,
    found: Vec<(Entry, Option<QuestionId>)>,
) -> QueryResult<Vec<Listed>> {
    let mut served = cache.get_all(conn, found.iter().map(|(entry, _)| entry.id))?;
    let mut drafts = drafts_of(conn, found.iter().map(|(entry, _)| (entry.id, entry.origin)))?;
    // A question that was deleted meanwhile is missing.
    let listed = |(entry, superseded_by): (Entry, _)| {
        let (served, draft) = (served.remove(&entry.id)?, drafts.remove(&entry.id));
        Some(Listed { entry, served, superseded_by, draft, names: Names::default() })
    };
    let mut listed: Vec<Listed> = found.into_iter().filter_map(listed).collect();
    let names = auth::queries::names(conn, listed.iter().flat_map(Listed::people))?;
    for one in &mut listed {
        one.names = names.only(one.people());
    }
    Ok(listed)
}
