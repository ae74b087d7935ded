//! Questions and answers in the database.

use std::collections::HashMap;

use diesel::prelude::*;
use rand::seq::SliceRandom;
use uuid::Uuid;

use super::model::{Answer, AnswerId, Content, NewAnswer, NewQuestion, Origin, Question, QuestionId, QuestionStatus};
use crate::{
    db::{DbConnection, each, types::Json},
    exams::{
        self,
        model::{DomainId, ExamId, TaskId},
    },
    schema::{answers, domains, questions},
};

/// Rows of one INSERT: below the number of parameters that either database takes.
const INSERT_ROWS: usize = 1000;

/// Where a question stands in the bank.
#[derive(Debug, Clone)]
pub struct Place {
    /// The exam.
    pub exam_id: ExamId,
    /// The domain.
    pub domain_id: DomainId,
    /// The task, if any.
    pub task_id: Option<TaskId>,
    /// Published or not.
    pub status: QuestionStatus,
    /// Where it comes from.
    pub origin: Origin,
    /// Its name in the file that it comes from.
    pub external_key: Option<String>,
    /// The revision whose place it takes.
    pub supersedes_id: Option<QuestionId>,
}

/// One question with its answers in written order.
pub fn find(conn: &mut DbConnection, id: QuestionId) -> QueryResult<Option<(Question, Vec<Answer>)>> {
    let question = each!(conn, c => questions::table.find(id).select(Question::as_select()).first(c)).optional()?;
    let Some(question) = question else { return Ok(None) };
    let answers = each!(conn, c => answers::table
        .filter(answers::question_id.eq(id))
        .order(answers::position)
        .select(Answer::as_select())
        .load(c))?;
    Ok(Some((question, answers)))
}

/// The questions after `after`, oldest first, of one exam or of all.
pub fn page(
    conn: &mut DbConnection,
    exam_id: Option<ExamId>,
    after: Option<QuestionId>,
    limit: i64,
) -> QueryResult<Vec<(Question, Vec<Answer>)>> {
    let after = after.unwrap_or(QuestionId(Uuid::nil()));
    let found: Vec<Question> = match exam_id {
        None => each!(conn, c => questions::table
            .filter(questions::id.gt(after))
            .order(questions::id)
            .limit(limit)
            .select(Question::as_select())
            .load(c))?,
        Some(exam_id) => each!(conn, c => questions::table
            .filter(questions::exam_id.eq(exam_id))
            .filter(questions::id.gt(after))
            .order(questions::id)
            .limit(limit)
            .select(Question::as_select())
            .load(c))?,
    };
    with_answers(conn, found)
}

/// The questions of these ids with their answers, in no particular order.
pub fn find_all(conn: &mut DbConnection, ids: &[QuestionId]) -> QueryResult<Vec<(Question, Vec<Answer>)>> {
    let found = each!(conn, c => questions::table
        .filter(questions::id.eq_any(ids))
        .select(Question::as_select())
        .load(c))?;
    with_answers(conn, found)
}

/// Those of a file, by their external keys.
pub fn find_by_external_keys(
    conn: &mut DbConnection,
    keys: &[&str],
) -> QueryResult<HashMap<String, (Question, Vec<Answer>)>> {
    let found =
        questions::table.filter(questions::external_key.eq_any(keys)).select(Question::as_select()).load(conn)?;
    let keyed = |pair: (Question, Vec<Answer>)| pair.0.external_key.clone().map(|key| (key, pair));
    Ok(with_answers(conn, found)?.into_iter().filter_map(keyed).collect())
}

fn with_answers(conn: &mut DbConnection, found: Vec<Question>) -> QueryResult<Vec<(Question, Vec<Answer>)>> {
    let ids: Vec<QuestionId> = found.iter().map(|question| question.id).collect();
    let mut by_question: HashMap<QuestionId, Vec<Answer>> = HashMap::with_capacity(ids.len());
    let all: Vec<Answer> = each!(conn, c => answers::table
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

/// Stores questions with their answers. Published ones get their draw numbers here.
pub fn insert(conn: &mut DbConnection, new: &[(Place, &Content)]) -> QueryResult<()> {
    let mut published: HashMap<DomainId, i32> = HashMap::new();
    for (place, _) in new.iter().filter(|(place, _)| place.status == QuestionStatus::Published) {
        *published.entry(place.domain_id).or_default() += 1;
    }
    // In the order of the ids, so that two writers never wait for each other in a circle.
    let mut next: Vec<(DomainId, i32)> = published.into_iter().collect();
    next.sort_unstable();
    let mut next_number = HashMap::new();
    for (domain_id, count) in next {
        next_number.insert(domain_id, exams::queries::take_draw_numbers(conn, domain_id, count)?);
    }

    let mut rows = Vec::with_capacity(new.len());
    let mut answer_rows = Vec::new();
    for (place, content) in new {
        let draw_number = next_number.get_mut(&place.domain_id).filter(|_| place.status == QuestionStatus::Published);
        let draw_number = draw_number.map(|number| {
            *number += 1;
            *number - 1
        });
        let question_id = QuestionId::new();
        rows.push(NewQuestion {
            id: question_id,
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
        });
        // Ids grow with time, and learners see them: handed out in written order, they would tell the key of `ordering`.
        let mut ids: Vec<AnswerId> = content.answers.iter().map(|_| AnswerId::new()).collect();
        ids.shuffle(&mut rand::rng());
        answer_rows.extend((0..).zip(ids).zip(&content.answers).map(|((position, id), answer)| NewAnswer {
            id,
            question_id,
            position,
            body: answer.body.clone(),
            is_correct: answer.is_correct,
            rationale: answer.rationale.clone(),
            match_body: answer.match_body.clone(),
        }));
    }
    for chunk in rows.chunks(INSERT_ROWS) {
        each!(conn, c => diesel::insert_into(questions::table).values(chunk).execute(c))?;
    }
    for chunk in answer_rows.chunks(INSERT_ROWS) {
        each!(conn, c => diesel::insert_into(answers::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// Takes a question out of service. The published question with the last draw number takes its number, so that the
/// numbers stay dense. `keep_key` is false when a newer revision is about to take the external key.
pub fn retire(conn: &mut DbConnection, question: &Question, keep_key: bool) -> QueryResult<()> {
    let key = question.external_key.as_ref().filter(|_| keep_key);
    diesel::update(questions::table.find(question.id))
        .set((
            questions::status.eq(QuestionStatus::Retired),
            questions::draw_number.eq(None::<i32>),
            questions::external_key.eq(key),
        ))
        .execute(conn)?;
    if let Some(number) = question.draw_number {
        let last = exams::queries::take_draw_numbers(conn, question.domain_id, -1)? - 1;
        if last != number {
            diesel::update(questions::table)
                .filter(questions::domain_id.eq(question.domain_id))
                .filter(questions::draw_number.eq(last))
                .set(questions::draw_number.eq(number))
                .execute(conn)?;
        }
    }
    Ok(())
}

/// Puts a retired question back into service.
pub fn republish(conn: &mut DbConnection, question: &Question) -> QueryResult<()> {
    let number = exams::queries::take_draw_numbers(conn, question.domain_id, 1)?;
    diesel::update(questions::table.find(question.id))
        .set((questions::status.eq(QuestionStatus::Published), questions::draw_number.eq(number)))
        .execute(conn)?;
    Ok(())
}

/// The published questions of a domain that have these draw numbers.
pub fn ids_by_draw_number(
    conn: &mut DbConnection,
    domain_id: DomainId,
    numbers: &[i32],
) -> QueryResult<Vec<(i32, QuestionId)>> {
    let found: Vec<(Option<i32>, QuestionId)> = each!(conn, c => questions::table
        .filter(questions::domain_id.eq(domain_id))
        .filter(questions::draw_number.eq_any(numbers))
        .select((questions::draw_number, questions::id))
        .load(c))?;
    Ok(found.into_iter().filter_map(|(number, id)| Some((number?, id))).collect())
}

/// The published questions of an exam by domain, counted one by one: what the domains' counters must say.
pub fn count_published(conn: &mut DbConnection, exam_id: ExamId) -> QueryResult<HashMap<DomainId, i64>> {
    let counts: Vec<(DomainId, i64)> = questions::table
        .inner_join(domains::table)
        .filter(questions::exam_id.eq(exam_id))
        .filter(questions::status.eq(QuestionStatus::Published))
        .group_by(domains::id)
        .select((domains::id, diesel::dsl::count_star()))
        .load(conn)?;
    Ok(counts.into_iter().collect())
}

/// How many questions of an exam have one of these external keys.
pub fn count_by_external_keys(conn: &mut DbConnection, exam_id: ExamId, keys: &[&str]) -> QueryResult<i64> {
    questions::table
        .filter(questions::exam_id.eq(exam_id))
        .filter(questions::external_key.eq_any(keys))
        .count()
        .get_result(conn)
}
