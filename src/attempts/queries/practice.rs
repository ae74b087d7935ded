//! Queries of practice: on the bank, and on earlier responses. Questions are identified by their lines: a new
//! revision is the same question.

use std::collections::{HashMap, HashSet};

use diesel::{
    dsl::{count_star, sql},
    prelude::*,
    sql_types::{Bool, Text},
};

use crate::{
    attempts::model::{Attempt, AttemptId, QuestionPool},
    auth::model::UserId,
    db::{DbConnection, on_backend, prepared, sql_types::Uuid},
    exams::model::{DomainId, ExamId, TaskId},
    questions::{
        model::{QuestionId, QuestionKind},
        queries::line,
        search,
    },
    schema::{attempt_slots, attempts, learner_questions, questions},
};

/// The questions that a practice may have: those that meet every condition. An empty list is no condition.
#[derive(Debug, Clone)]
pub struct Choice {
    /// In one of these domains.
    pub domains: Vec<DomainId>,
    /// In one of these tasks.
    pub tasks: Vec<TaskId>,
    /// Of one of these kinds.
    pub kinds: Vec<QuestionKind>,
    /// With one of these tags.
    pub tags: Vec<String>,
    /// The lowest and the highest difficulty.
    pub difficulty: (i32, i32),
    /// Where the questions come from.
    pub source: Source,
}

/// Where the questions of a practice come from.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// All published questions.
    Bank,
    /// Those whose last response of the learner puts them in this pool.
    Pool(UserId, QuestionPool),
    /// Those that did not earn full marks in this attempt.
    Report(UserId, AttemptId),
}

/// A published question that meets the conditions.
#[derive(Debug, Clone, Copy, Queryable)]
pub struct Candidate {
    /// The question.
    pub id: QuestionId,
    /// The domain.
    pub domain_id: DomainId,
    /// Its line.
    pub line: QuestionId,
}

/// The published questions that meet the conditions, in no particular order; with `among`, only those among these.
pub fn candidates(
    conn: &mut DbConnection,
    choice: &Choice,
    among: Option<&[QuestionId]>,
) -> QueryResult<Vec<Candidate>> {
    let (tags, lines) = (tag_query(conn, &choice.tags), lines_of_source(conn, choice.source));
    on_backend!(conn, c => {
        let mut query = questions::table
            .filter(questions::draw_number.is_not_null())
            .select((questions::id, questions::domain_id, line()))
            .into_boxed();
        query = match among {
            // SQLite would read whole domains if they were named as well.
            Some(ids) => query.filter(questions::id.eq_any(ids)),
            None => query.filter(questions::domain_id.eq_any(&choice.domains)),
        };
        if !choice.tasks.is_empty() {
            query = query.filter(questions::task_id.eq_any(&choice.tasks));
        }
        if !choice.kinds.is_empty() {
            query = query.filter(questions::kind.eq_any(&choice.kinds));
        }
        if choice.difficulty != (1, 5) {
            query = query.filter(questions::difficulty.between(choice.difficulty.0, choice.difficulty.1));
        }
        if let Some((before, terms, after)) = &tags {
            query = query.filter(sql::<Bool>(before).bind::<Text, _>(terms).sql(after));
        }
        match &lines {
            None => {}
            Some(Lines { of_lines, select, user_id, id: None, end }) => {
                let of_learner = sql::<Bool>(of_lines).sql(select).bind::<Uuid, _>(*user_id).sql(end);
                query = query.filter(of_learner);
            }
            Some(Lines { of_lines, select, user_id, id: Some(id), end }) => {
                let of_report = sql::<Bool>(of_lines).sql(select).bind::<Uuid, _>(*user_id);
                let of_report = of_report.sql(" AND attempt_slots.attempt_id = ").bind::<Uuid, _>(*id).sql(end);
                query = query.filter(of_report);
            }
        }
        query.load(c)
    })
}

/// The condition that a question is in one of the lines of a source. `None` for the whole bank.
///
/// PostgreSQL gets an array: it expects few elements and looks them up in the index, while for a subquery it would read
/// the whole bank. SQLite does not use an index on an expression for the values of a text column, so `coalesce` makes
/// them values of an expression, too.
fn lines_of_source(conn: &DbConnection, source: Source) -> Option<Lines> {
    let (of_lines, end) = match conn {
        DbConnection::Postgres(_) => ("coalesce(questions.line_id, questions.id) = ANY(ARRAY(", "))"),
        DbConnection::Sqlite(_) => ("coalesce(questions.line_id, questions.id) IN (", ")"),
    };
    let (user_id, select, id) = match source {
        Source::Bank => return None,
        Source::Pool(user_id, pool) => {
            let select = match pool {
                // These are the whole bank.
                QuestionPool::All | QuestionPool::Unseen | QuestionPool::Unanswered => return None,
                QuestionPool::Incorrect => {
                    "SELECT coalesce(line_id, NULL) FROM learner_questions WHERE mark < 1 AND user_id = "
                }
                QuestionPool::Flagged => {
                    "SELECT coalesce(line_id, NULL) FROM learner_questions WHERE flagged AND user_id = "
                }
                QuestionPool::Unsure => {
                    "SELECT coalesce(line_id, NULL) FROM learner_questions \
                     WHERE unsure AND mark IS NOT NULL AND user_id = "
                }
            };
            (user_id, select, None)
        }
        Source::Report(user_id, id) => {
            let select = "SELECT coalesce(asked.line_id, asked.id) FROM attempt_slots \
                          JOIN questions AS asked ON asked.id = attempt_slots.question_id \
                          WHERE attempt_slots.mark < 1 AND attempt_slots.user_id = ";
            (user_id, select, Some(id))
        }
    };
    Some(Lines { of_lines, select, user_id, id, end })
}

/// The parts of the condition on lines.
struct Lines {
    of_lines: &'static str,
    select: &'static str,
    user_id: UserId,
    id: Option<AttemptId>,
    end: &'static str,
}

/// The parts of the condition that a question has one of these tags. The tags go between them.
fn tag_query(conn: &DbConnection, tags: &[String]) -> Option<(&'static str, String, &'static str)> {
    let words: Vec<search::Term> = tags.iter().map(|tag| search::Term::Word(search::tag_word(tag))).collect();
    let found = match conn {
        DbConnection::Postgres(_) => (
            "questions.id IN (SELECT question_id FROM question_search \
             WHERE array_to_tsvector(string_to_array(words, ' ')) @@ CAST(",
            search::any_as_tsquery(&words),
            " AS tsquery))",
        ),
        DbConnection::Sqlite(_) => (
            "questions.id IN (SELECT question_id FROM question_words AS w \
             JOIN question_search AS s ON s.number = w.rowid WHERE question_words MATCH ",
            search::any_as_fts5(&words),
            ")",
        ),
    };
    (!words.is_empty()).then_some(found)
}

/// How often the learner was served each question of an exam, by line.
pub fn times_served(
    conn: &mut DbConnection,
    user_id: UserId,
    exam_id: ExamId,
) -> QueryResult<HashMap<QuestionId, i64>> {
    let served = attempts::table
        .inner_join(
            attempt_slots::table
                .on(attempt_slots::user_id.eq(attempts::user_id).and(attempt_slots::attempt_id.eq(attempts::id))),
        )
        .inner_join(questions::table.on(questions::id.eq(attempt_slots::question_id)))
        .filter(attempts::user_id.eq(user_id))
        .filter(attempts::exam_id.eq(exam_id))
        .group_by(line())
        .select((line(), count_star()));
    let rows: Vec<(QuestionId, i64)> = on_backend!(conn, c => prepared!(served).load(c))?;
    Ok(rows.into_iter().collect())
}

/// The lines to which the learner has a graded response.
pub fn lines_answered(conn: &mut DbConnection, user_id: UserId) -> QueryResult<Vec<QuestionId>> {
    let answered = learner_questions::table
        .filter(learner_questions::user_id.eq(user_id))
        .filter(learner_questions::mark.is_not_null())
        .select(learner_questions::line_id);
    on_backend!(conn, c => prepared!(answered).load(c))
}

/// The lines of the questions of an attempt.
pub fn lines_of(conn: &mut DbConnection, attempt: &Attempt) -> QueryResult<HashSet<QuestionId>> {
    let shown = attempt_slots::table
        .inner_join(questions::table)
        .filter(attempt_slots::user_id.eq(attempt.user_id))
        .filter(attempt_slots::attempt_id.eq(attempt.id))
        .select(line());
    let lines: Vec<QuestionId> = on_backend!(conn, c => prepared!(shown).load(c))?;
    Ok(lines.into_iter().collect())
}

/// Those of these questions that can still be served, with their lines.
pub fn lines_in_service(conn: &mut DbConnection, ids: &[QuestionId]) -> QueryResult<HashMap<QuestionId, QuestionId>> {
    let rows: Vec<(QuestionId, QuestionId)> = on_backend!(conn, c => questions::table
        .filter(questions::id.eq_any(ids))
        .filter(questions::draw_number.is_not_null())
        .select((questions::id, line()))
        .load(c))?;
    Ok(rows.into_iter().collect())
}
