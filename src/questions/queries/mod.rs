//! Questions and answers in the database.

use std::collections::HashMap;

use diesel::{
    dsl::{exists, sql},
    prelude::*,
    sql_types::{Array, Bool},
};

use super::{
    filed::Filed,
    model::{Answer, Origin, Question, QuestionId, QuestionStatus, StatusChange},
};
use crate::{
    auth::{self, model::Names},
    db::{
        DbConnection, locked, on_backend, prepared,
        sql_types::{Int4, Uuid},
        types::Timestamp,
    },
    exams::model::{DomainId, ExamId},
    schema::{answers, domains, exams, question_changes, question_search, questions, tasks},
};

mod drafts;
mod imports;
mod normalization;
mod page;
mod revisions;
mod rows;
mod served;
mod store;
mod writers;

pub use drafts::{accept_draft, find_draft, insert_draft, mark_generated};
pub use imports::{
    changed_by_import, link_changes, link_import, lock_of_import, note_touched, note_untouched, untouched_imports,
};
pub use normalization::{lock_not_normalized, mark_normalized, put_normalized};
pub use page::{Filter, Sort, page, page_and_total};
pub use revisions::{line, lock_newest, newest, revisions, successor, successors};
pub use served::{entry_with_token, served};
pub use store::{
    NewPlacement, Replacement, analyze, delete, insert, log_change, publish, put_words, replace, retire, seed_upkeep,
    set_key, set_status, set_upkeep,
};
pub use writers::{add_writers, writers};

/// The filing of a question: the code of its exam, the number of its domain, and the code of its task.
type Label = (String, i32, Option<String>);

/// One question with its answers in written order.
pub fn find(conn: &mut DbConnection, id: QuestionId) -> QueryResult<Option<(Question, Vec<Answer>)>> {
    let question =
        on_backend!(conn, c => questions::table.find(id).select(Question::as_select()).first(c)).optional()?;
    let Some(question) = question else { return Ok(None) };
    Ok(Some((question, answers(conn, id)?)))
}

fn answers(conn: &mut DbConnection, id: QuestionId) -> QueryResult<Vec<Answer>> {
    on_backend!(conn, c => answers::table
        .filter(answers::question_id.eq(id))
        .order(answers::position)
        .select(Answer::as_select())
        .load(c))
}

/// The same, with its domain, its task and its successor.
pub fn find_filed(conn: &mut DbConnection, id: QuestionId) -> QueryResult<Option<Filed>> {
    let newer = diesel::alias!(questions as newer);
    let found: Option<(Question, Label, Option<QuestionId>)> = on_backend!(conn, c => questions::table
        .inner_join(exams::table)
        .inner_join(domains::table)
        .left_join(tasks::table)
        .left_join(newer.on(newer.field(questions::supersedes_id).eq(questions::id.nullable())))
        .filter(questions::id.eq(id))
        .select((
            Question::as_select(),
            (exams::code, domains::number, tasks::code.nullable()),
            newer.field(questions::id).nullable(),
        ))
        .first(c))
    .optional()?;
    let Some((question, (exam, domain, task), superseded_by)) = found else { return Ok(None) };
    let answers = answers(conn, id)?;
    let draft = drafts::drafts_of(conn, [(id, question.origin)])?.remove(&id);
    let mut filed = Filed { question, answers, exam, domain, task, superseded_by, draft, names: Names::default() };
    filed.names = auth::queries::names(conn, filed.people())?;
    Ok(Some(filed))
}

/// A question, locked against changes until the end of this transaction. It can still be served to learners.
pub fn lock(conn: &mut DbConnection, id: QuestionId) -> QueryResult<Option<Question>> {
    locked!(conn, questions::table.find(id).select(Question::as_select()), for_no_key_update.first).optional()
}

/// The exam of a question.
pub fn exam_of(conn: &mut DbConnection, id: QuestionId) -> QueryResult<Option<ExamId>> {
    questions::table.find(id).select(questions::exam_id).first(conn).optional()
}

/// The changes of status of these revisions, oldest first.
pub fn status_changes(conn: &mut DbConnection, ids: &[QuestionId]) -> QueryResult<Vec<StatusChange>> {
    on_backend!(conn, c => question_changes::table
        .filter(question_changes::question_id.eq_any(ids))
        .order(question_changes::id)
        .select(StatusChange::as_select())
        .load(c))
}

/// The questions of these ids with their answers, in no particular order.
pub fn find_all(conn: &mut DbConnection, ids: &[QuestionId]) -> QueryResult<Vec<(Question, Vec<Answer>)>> {
    let found = on_backend!(conn, c => questions::table
        .filter(questions::id.eq_any(ids))
        .select(Question::as_select())
        .load(c))?;
    with_answers(conn, found)
}

/// The questions that changed after a time, or all, with the time of their last change.
pub fn changed_since(conn: &mut DbConnection, since: Option<Timestamp>) -> QueryResult<Vec<(QuestionId, Timestamp)>> {
    let since = since.unwrap_or(Timestamp::EPOCH);
    on_backend!(conn, c => questions::table
        .filter(questions::updated_at.gt(since))
        .select((questions::id, questions::updated_at))
        .load(c))
}

/// Whether somebody here edited it, changed its status, or created a newer revision of it.
pub fn is_changed_here(conn: &mut DbConnection, id: QuestionId) -> QueryResult<bool> {
    let written = questions::table
        .filter(questions::id.eq(id))
        .filter(questions::written_by.is_not_null().or(questions::origin.ne(Origin::Bundled)));
    let moved = question_changes::table
        .filter(question_changes::question_id.eq(id))
        .filter(question_changes::user_id.is_not_null());
    Ok(diesel::select(exists(written)).get_result(conn)?
        || diesel::select(exists(moved)).get_result(conn)?
        || successor(conn, id)?.is_some())
}

/// At most `limit` questions that have no words for searching yet.
pub fn without_words(conn: &mut DbConnection, limit: i64) -> QueryResult<Vec<(Question, Vec<Answer>)>> {
    let found: Vec<Question> = on_backend!(conn, c => questions::table
        .left_join(question_search::table)
        .filter(question_search::question_id.is_null())
        .order(questions::id)
        .limit(limit)
        .select(Question::as_select())
        .load(c))?;
    with_answers(conn, found)
}

/// The questions with these external keys.
pub fn find_by_external_keys(
    conn: &mut DbConnection,
    keys: &[&str],
) -> QueryResult<HashMap<String, (Question, Vec<Answer>)>> {
    let found =
        questions::table.filter(questions::external_key.eq_any(keys)).select(Question::as_select()).load(conn)?;
    let keyed = |pair: (Question, Vec<Answer>)| pair.0.external_key.clone().map(|key| (key, pair));
    Ok(with_answers(conn, found)?.into_iter().filter_map(keyed).collect())
}

/// The questions of an exam with one of these stems, oldest first.
pub fn find_by_stems(
    conn: &mut DbConnection,
    exam_id: ExamId,
    stems: &[&str],
) -> QueryResult<Vec<(Question, Vec<Answer>)>> {
    let found = on_backend!(conn, c => questions::table
        .filter(questions::exam_id.eq(exam_id))
        .filter(questions::stem.eq_any(stems))
        .order(questions::id)
        .select(Question::as_select())
        .load(c))?;
    with_answers(conn, found)
}

/// Questions with their answers in written order.
fn with_answers(conn: &mut DbConnection, found: Vec<Question>) -> QueryResult<Vec<(Question, Vec<Answer>)>> {
    let ids: Vec<QuestionId> = found.iter().map(|question| question.id).collect();
    let mut by_question: HashMap<QuestionId, Vec<Answer>> = HashMap::with_capacity(ids.len());
    let all: Vec<Answer> = on_backend!(conn, c => answers::table
        .filter(answers::question_id.eq_any(&ids))
        .order((answers::question_id, answers::position))
        .select(Answer::as_select())
        .load(c))?;
    for answer in all {
        by_question.entry(answer.question_id).or_default().push(answer);
    }
    Ok(found
        .into_iter()
        .map(|question| (by_question.remove(&question.id).unwrap_or_default(), question))
        .map(|(answers, question)| (question, answers))
        .collect())
}

/// The published questions of domains that have these draw numbers.
pub fn ids_by_draw_number(
    conn: &mut DbConnection,
    wanted: &[(DomainId, &[i32])],
) -> QueryResult<HashMap<(DomainId, i32), QuestionId>> {
    let columns = (questions::domain_id, questions::draw_number.assume_not_null(), questions::id);
    let found: Vec<(DomainId, i32, QuestionId)> = match conn {
        DbConnection::Postgres(c) => {
            let each = wanted.iter().flat_map(|(id, numbers)| numbers.iter().map(|number| (*id, *number)));
            let (ids, numbers): (Vec<DomainId>, Vec<i32>) = each.unzip();
            let pairs = sql::<Bool>("(domain_id, draw_number) IN (SELECT * FROM unnest(")
                .bind::<Array<Uuid>, _>(ids)
                .sql(", ")
                .bind::<Array<Int4>, _>(numbers)
                .sql("))");
            let drawn = questions::table.filter(questions::draw_number.is_not_null()).filter(pairs);
            prepared!(drawn.select(columns)).load(c)?
        }
        DbConnection::Sqlite(c) => {
            let mut found = Vec::new();
            for (id, numbers) in wanted {
                let drawn = questions::table
                    .filter(questions::domain_id.eq(id))
                    .filter(questions::draw_number.eq_any(*numbers));
                found.extend(drawn.select(columns).load::<(DomainId, i32, QuestionId)>(c)?);
            }
            found
        }
    };
    Ok(found.into_iter().map(|(domain_id, number, id)| ((domain_id, number), id)).collect())
}

/// The domains of an exam, by number, whose counter or draw numbers do not match their published questions. In one
/// statement, because questions are published and retired concurrently.
pub fn miscounted_domains(conn: &mut DbConnection, exam_id: ExamId) -> QueryResult<Vec<i32>> {
    let in_service = questions::domain_id.eq(domains::id).and(questions::status.eq(QuestionStatus::Published));
    let counts: Vec<(i32, i32, i64, Option<i32>)> = domains::table
        .left_join(questions::table.on(in_service))
        .filter(domains::exam_id.eq(exam_id))
        .group_by((domains::number, domains::published_count))
        .order(domains::number)
        .select((
            domains::number,
            domains::published_count,
            diesel::dsl::count(questions::id.nullable()),
            diesel::dsl::max(questions::draw_number.nullable()),
        ))
        .load(conn)?;
    let is_wrong = |&(_, counter, count, last): &(i32, i32, i64, Option<i32>)| {
        i64::from(counter) != count || i64::from(last.unwrap_or(-1)) + 1 != count
    };
    Ok(counts.into_iter().filter(is_wrong).map(|(number, ..)| number).collect())
}

/// The questions of an exam that have one of these external keys: key, domain and status of each.
pub fn filed_by_external_keys(
    conn: &mut DbConnection,
    exam_id: ExamId,
    keys: &[&str],
) -> QueryResult<Vec<(Option<String>, DomainId, QuestionStatus)>> {
    questions::table
        .filter(questions::exam_id.eq(exam_id))
        .filter(questions::external_key.eq_any(keys))
        .select((questions::external_key, questions::domain_id, questions::status))
        .load(conn)
}
