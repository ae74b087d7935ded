//! Writing to the bank.

use std::collections::HashMap;

use diesel::{connection::SimpleConnection, prelude::*, upsert::excluded};
use rand::seq::SliceRandom;

use super::{
    imports::note_touched,
    rows::{NewAnswer, NewQuestion, QuestionChange},
    writers::add_writers,
};
use crate::{
    auth::model::UserId,
    db::{
        DbConnection, database_time, on_backend,
        types::{Json, Timestamp},
    },
    exams::{
        self,
        model::{DomainId, ExamId, TaskId},
    },
    questions::{
        model::{
            AnswerContent, AnswerId, ChangeId, Content, Origin, Question, QuestionId, QuestionStatus, Remark,
            StatusChange,
        },
        search,
        upkeep::Upkeep,
    },
    schema::{answers, question_changes, question_search, questions},
};

/// The number of rows in one INSERT, below the parameter limits of both databases.
const INSERT_ROWS: usize = 1000;

/// The placement of a question in the bank.
#[derive(Debug, Clone)]
pub struct NewPlacement {
    /// The exam.
    pub exam_id: ExamId,
    /// The domain.
    pub domain_id: DomainId,
    /// The task, if any.
    pub task_id: Option<TaskId>,
    /// Its status.
    pub status: QuestionStatus,
    /// The origin of the question.
    pub origin: Origin,
    /// The unique name of the question, by which imports and seed files recognize it.
    pub external_key: Option<String>,
    /// The revision that it replaces or is to replace.
    pub supersedes_id: Option<QuestionId>,
    /// The user who writes it.
    pub written_by: Option<UserId>,
    /// The upkeep.
    pub upkeep: Upkeep,
    /// Whether the upkeep was changed here.
    pub upkeep_changed: bool,
}

/// Stores questions with their answers and words, and returns their ids. Published ones get their draw numbers.
pub fn insert(conn: &mut DbConnection, new: &[(NewPlacement, &Content)]) -> QueryResult<Vec<QuestionId>> {
    let mut published: HashMap<DomainId, i32> = HashMap::new();
    for (place, _) in new.iter().filter(|(place, _)| place.status == QuestionStatus::Published) {
        *published.entry(place.domain_id).or_default() += 1;
    }
    // In the order of the ids, so that two writers cannot deadlock.
    let mut next: Vec<(DomainId, i32)> = published.into_iter().collect();
    next.sort_unstable();
    let mut next_number = HashMap::new();
    for (domain_id, count) in next {
        next_number.insert(domain_id, exams::queries::take_draw_numbers(conn, domain_id, count)?);
    }

    let lines = lines(conn, new.iter().filter_map(|(place, _)| place.supersedes_id).collect())?;
    let mut ids = Vec::with_capacity(new.len());
    let mut rows = Vec::with_capacity(new.len());
    for (place, content) in new {
        let draw_number = next_number.get_mut(&place.domain_id).filter(|_| place.status == QuestionStatus::Published);
        let draw_number = draw_number.map(|number| {
            *number += 1;
            *number - 1
        });
        let id = QuestionId::new();
        ids.push(id);
        rows.push(NewQuestion {
            id,
            exam_id: place.exam_id,
            domain_id: place.domain_id,
            task_id: place.task_id,
            kind: content.kind,
            stem: content.stem.clone(),
            explanation: content.explanation.clone(),
            references: Json(content.references.clone()),
            tags: Json(content.tags.clone()),
            difficulty: content.difficulty,
            status: place.status,
            origin: place.origin,
            external_key: place.external_key.clone(),
            supersedes_id: place.supersedes_id,
            draw_number,
            written_by: place.written_by,
            frozen: place.status == QuestionStatus::Published,
            subjects: place.upkeep.subjects.clone(),
            review_by: place.upkeep.review_by,
            accepted_warnings: place.upkeep.accepted_warnings.clone(),
            upkeep_changed: place.upkeep_changed,
            line_id: place.supersedes_id.and_then(|before| lines.get(&before).copied()),
        });
    }
    for chunk in rows.chunks(INSERT_ROWS) {
        on_backend!(conn, c => diesel::insert_into(questions::table).values(chunk).execute(c))?;
    }
    insert_answers(conn, ids.iter().zip(new).map(|(id, (_, content))| (*id, *content)))?;
    let wrote = ids.iter().zip(new).filter_map(|(id, (place, _))| Some((*id, place.written_by?)));
    add_writers(conn, &wrote.collect::<Vec<_>>())?;
    let words =
        ids.iter().zip(new).map(|(id, (place, content))| (*id, search::words(content, place.external_key.as_deref())));
    put_words(conn, &words.collect::<Vec<_>>(), true)?;
    Ok(ids)
}

fn insert_answers<'a>(
    conn: &mut DbConnection,
    contents: impl Iterator<Item = (QuestionId, &'a Content)>,
) -> QueryResult<()> {
    let rows: Vec<NewAnswer> = contents.flat_map(|(id, content)| new_answers(id, content)).collect();
    for chunk in rows.chunks(INSERT_ROWS) {
        on_backend!(conn, c => diesel::insert_into(answers::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// The lines of these revisions: the ids of the first ones.
fn lines(conn: &mut DbConnection, ids: Vec<QuestionId>) -> QueryResult<HashMap<QuestionId, QuestionId>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(QuestionId, Option<QuestionId>)> = on_backend!(conn, c => questions::table
        .filter(questions::id.eq_any(&ids))
        .select((questions::id, questions::line_id))
        .load(c))?;
    Ok(rows.into_iter().map(|(id, line)| (id, line.unwrap_or(id))).collect())
}

fn new_answers(question_id: QuestionId, content: &Content) -> Vec<NewAnswer> {
    // Ids increase with time, and learners see them: in written order, they would reveal the key of `ordering`.
    let mut ids: Vec<AnswerId> = content.answers.iter().map(|_| AnswerId::new()).collect();
    ids.shuffle(&mut rand::rng());
    let row = |((position, id), answer): ((i32, AnswerId), &AnswerContent)| NewAnswer {
        id,
        question_id,
        position,
        body: answer.body.clone(),
        is_correct: answer.is_correct,
        rationale: answer.rationale.clone(),
        match_body: answer.match_body.clone(),
    };
    (0..).zip(ids).zip(&content.answers).map(row).collect()
}

/// Replaces the words of questions, and records whether their texts are known to be in normal form.
pub fn put_words(conn: &mut DbConnection, words: &[(QuestionId, String)], is_normalized: bool) -> QueryResult<()> {
    for chunk in words.chunks(INSERT_ROWS) {
        let rows: Vec<_> = chunk
            .iter()
            .map(|(id, words)| {
                let normalized = question_search::is_normalized.eq(is_normalized);
                (question_search::question_id.eq(*id), question_search::words.eq(words), normalized)
            })
            .collect();
        on_backend!(conn, c => diesel::insert_into(question_search::table)
            .values(rows)
            .on_conflict(question_search::question_id)
            .do_update()
            .set((
                question_search::words.eq(excluded(question_search::words)),
                question_search::is_normalized
                    .eq(question_search::is_normalized.or(excluded(question_search::is_normalized))),
            ))
            .execute(c))?;
    }
    Ok(())
}

/// Updates the statistics of PostgreSQL after many new rows: it plans searches by the statistics of the words, and
/// would update them by itself only minutes later.
pub fn analyze(conn: &mut DbConnection, new: usize) -> QueryResult<()> {
    if let DbConnection::Postgres(c) = conn
        && new >= INSERT_ROWS
    {
        c.batch_execute("ANALYZE questions; ANALYZE answers; ANALYZE question_search")?;
    }
    Ok(())
}

/// A revision that nobody was served, with its new content.
pub struct Replacement<'a> {
    /// The revision.
    pub question: &'a Question,
    /// The new domain and task.
    pub place: (DomainId, Option<TaskId>),
    /// The new content.
    pub content: &'a Content,
}

/// Replaces the contents of revisions that nobody was served. They become drafts again.
///
/// As in all changes of a question, the time is set explicitly: lists are sorted by it, the index for near-duplicates
/// is updated by it, and not every database has the trigger that would set it (see deploy/citus.sql).
pub fn replace(conn: &mut DbConnection, changes: &[Replacement], user_id: Option<UserId>) -> QueryResult<()> {
    let ids: Vec<QuestionId> = changes.iter().map(|change| change.question.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let now = database_time(conn)?;
    for Replacement { question, place, content } in changes {
        let change = QuestionChange {
            domain_id: place.0,
            task_id: place.1,
            kind: content.kind,
            stem: content.stem.clone(),
            explanation: content.explanation.clone(),
            references: Json(content.references.clone()),
            tags: Json(content.tags.clone()),
            difficulty: content.difficulty,
            status: QuestionStatus::Draft,
            written_by: user_id,
            updated_at: now,
        };
        diesel::update(questions::table.find(question.id)).set(change).execute(conn)?;
    }
    on_backend!(conn, c => diesel::delete(answers::table.filter(answers::question_id.eq_any(&ids))).execute(c))?;
    insert_answers(conn, changes.iter().map(|change| (change.question.id, change.content)))?;
    if let Some(user_id) = user_id {
        add_writers(conn, &ids.iter().map(|id| (*id, user_id)).collect::<Vec<_>>())?;
    }
    note_touched(conn, &ids)?;
    let words = changes.iter().map(|Replacement { question, content, .. }| {
        (question.id, search::words(content, question.external_key.as_deref()))
    });
    put_words(conn, &words.collect::<Vec<_>>(), true)
}

/// Records a change of status: who made it, and the remark.
pub fn log_change(
    conn: &mut DbConnection,
    question: &Question,
    to_status: QuestionStatus,
    user_id: Option<UserId>,
    remark: Remark,
    now: Timestamp,
) -> QueryResult<()> {
    let change = StatusChange {
        id: ChangeId::new(),
        question_id: question.id,
        user_id,
        from_status: question.status,
        to_status,
        created_at: now,
        reason: remark.reason,
        comment: remark.comment,
    };
    diesel::insert_into(question_changes::table).values(change).execute(conn)?;
    note_touched(conn, &[question.id])
}

/// Deletes questions that nobody was served, with all data that belongs only to them.
pub fn delete(conn: &mut DbConnection, ids: &[QuestionId]) -> QueryResult<()> {
    on_backend!(conn, c => diesel::delete(questions::table.filter(questions::id.eq_any(ids))).execute(c))?;
    Ok(())
}

/// Sets the status of a question, if this neither publishes nor retires it.
pub fn set_status(conn: &mut DbConnection, id: QuestionId, status: QuestionStatus) -> QueryResult<()> {
    let now = database_time(conn)?;
    diesel::update(questions::table.find(id))
        .set((questions::status.eq(status), questions::updated_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// Replaces the upkeep of a question.
pub fn set_upkeep(conn: &mut DbConnection, id: QuestionId, upkeep: &Upkeep) -> QueryResult<()> {
    let now = database_time(conn)?;
    diesel::update(questions::table.find(id))
        .set((upkeep.clone(), questions::upkeep_changed.eq(true), questions::updated_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// The same for a seed file, unless the upkeep was changed here.
pub fn seed_upkeep(conn: &mut DbConnection, id: QuestionId, upkeep: &Upkeep) -> QueryResult<usize> {
    let now = database_time(conn)?;
    let is_untouched = questions::table.find(id).filter(questions::upkeep_changed.eq(false));
    diesel::update(is_untouched).set((upkeep.clone(), questions::updated_at.eq(now))).execute(conn)
}

/// Sets or removes the external key of a question.
pub fn set_key(conn: &mut DbConnection, id: QuestionId, key: Option<&str>) -> QueryResult<()> {
    let now = database_time(conn)?;
    diesel::update(questions::table.find(id))
        .set((questions::external_key.eq(key), questions::updated_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// Retires a question. The published question with the last draw number gets its number, so that the
/// numbers stay dense. `keep_key` is false if a newer revision is about to take the external key.
pub fn retire(conn: &mut DbConnection, question: &Question, keep_key: bool) -> QueryResult<()> {
    let key = question.external_key.as_ref().filter(|_| keep_key);
    let now = database_time(conn)?;
    diesel::update(questions::table.find(question.id))
        .set((
            questions::status.eq(QuestionStatus::Retired),
            questions::draw_number.eq(None::<i32>),
            questions::external_key.eq(key),
            questions::updated_at.eq(now),
        ))
        .execute(conn)?;
    if let Some(number) = question.draw_number {
        let last = exams::queries::take_draw_numbers(conn, question.domain_id, -1)? - 1;
        if last != number {
            diesel::update(questions::table)
                .filter(questions::domain_id.eq(question.domain_id))
                .filter(questions::draw_number.eq(last))
                .set((questions::draw_number.eq(number), questions::updated_at.eq(now)))
                .execute(conn)?;
        }
    }
    Ok(())
}

/// Publishes a question. From now on, its content never changes.
pub fn publish(conn: &mut DbConnection, question: &Question) -> QueryResult<()> {
    let number = exams::queries::take_draw_numbers(conn, question.domain_id, 1)?;
    let now = database_time(conn)?;
    diesel::update(questions::table.find(question.id))
        .set((
            questions::status.eq(QuestionStatus::Published),
            questions::draw_number.eq(number),
            questions::frozen.eq(true),
            questions::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}
