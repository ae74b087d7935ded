//! Exams in the database.

use diesel::prelude::*;

use super::model::{Domain, DomainId, Exam, ExamChange, ExamId, ExamStatus, Task, TaskId};
use crate::{
    db::DbConnection,
    schema::{domains, exams, tasks},
};

/// Published exams by code, each with the number of its published questions.
pub fn list_published(conn: &mut DbConnection) -> QueryResult<Vec<(Exam, i32)>> {
    let exams: Vec<Exam> = exams::table
        .filter(exams::status.eq(ExamStatus::Published))
        .order(exams::code)
        .select(Exam::as_select())
        .load(conn)?;
    let counts: Vec<(ExamId, i32)> = domains::table.select((domains::exam_id, domains::published_count)).load(conn)?;
    let count = |id| counts.iter().filter(|(exam_id, _)| *exam_id == id).map(|(_, count)| count).sum();
    Ok(exams.into_iter().map(|exam| (count(exam.id), exam)).map(|(count, exam)| (exam, count)).collect())
}

/// A published exam by its code.
pub fn find_published(conn: &mut DbConnection, code: &str) -> QueryResult<Option<Exam>> {
    exams::table
        .filter(exams::code.eq(code))
        .filter(exams::status.eq(ExamStatus::Published))
        .select(Exam::as_select())
        .first(conn)
        .optional()
}

/// An exam by its id, whatever its status.
pub fn get(conn: &mut DbConnection, id: ExamId) -> QueryResult<Exam> {
    exams::table.find(id).select(Exam::as_select()).first(conn)
}

/// The domains of an exam, by number.
pub fn domains(conn: &mut DbConnection, exam_id: ExamId) -> QueryResult<Vec<Domain>> {
    domains::table.filter(domains::exam_id.eq(exam_id)).order(domains::number).select(Domain::as_select()).load(conn)
}

/// The tasks of an exam, by domain and code.
pub fn tasks(conn: &mut DbConnection, exam_id: ExamId) -> QueryResult<Vec<Task>> {
    tasks::table
        .inner_join(domains::table)
        .filter(domains::exam_id.eq(exam_id))
        .order((domains::number, tasks::code))
        .select(Task::as_select())
        .load(conn)
}

/// Takes the next `count` draw numbers of a domain, and returns the first of them. The row is locked until the end of
/// the transaction, so that nobody else takes them.
pub fn take_draw_numbers(conn: &mut DbConnection, id: DomainId, count: i32) -> QueryResult<i32> {
    let after: i32 = diesel::update(domains::table.find(id))
        .set(domains::published_count.eq(domains::published_count + count))
        .returning(domains::published_count)
        .get_result(conn)?;
    Ok(after - count)
}

/// Stores an exam, published, or puts these numbers in place of its old ones where they differ.
pub fn put(conn: &mut DbConnection, exam: &ExamChange<'_>) -> QueryResult<ExamId> {
    let known: Option<Exam> =
        exams::table.filter(exams::code.eq(exam.code)).select(Exam::as_select()).first(conn).optional()?;
    match known {
        Some(known) => {
            if ExamChange::from(&known) != *exam {
                diesel::update(exams::table.find(known.id)).set(exam).execute(conn)?;
            }
            Ok(known.id)
        }
        None => {
            let id = ExamId::new();
            diesel::insert_into(exams::table)
                .values((exams::id.eq(id), exams::status.eq(ExamStatus::Published), exam))
                .execute(conn)?;
            Ok(id)
        }
    }
}

/// Stores a domain, or puts these values in place of its old ones where they differ.
pub fn put_domain(
    conn: &mut DbConnection,
    exam_id: ExamId,
    number: i32,
    name: &str,
    weight: i32,
) -> QueryResult<DomainId> {
    let known: Option<Domain> = domains::table
        .filter(domains::exam_id.eq(exam_id))
        .filter(domains::number.eq(number))
        .select(Domain::as_select())
        .first(conn)
        .optional()?;
    match known {
        Some(known) => {
            if known.name != name || known.weight != weight {
                diesel::update(domains::table.find(known.id))
                    .set((domains::name.eq(name), domains::weight.eq(weight)))
                    .execute(conn)?;
            }
            Ok(known.id)
        }
        None => {
            let id = DomainId::new();
            diesel::insert_into(domains::table)
                .values((
                    domains::id.eq(id),
                    domains::exam_id.eq(exam_id),
                    domains::number.eq(number),
                    domains::name.eq(name),
                    domains::weight.eq(weight),
                ))
                .execute(conn)?;
            Ok(id)
        }
    }
}

/// Stores a task, or puts this name in place of its old one where it differs.
pub fn put_task(conn: &mut DbConnection, domain_id: DomainId, code: &str, name: &str) -> QueryResult<TaskId> {
    let known: Option<Task> = tasks::table
        .filter(tasks::domain_id.eq(domain_id))
        .filter(tasks::code.eq(code))
        .select(Task::as_select())
        .first(conn)
        .optional()?;
    match known {
        Some(known) => {
            if known.name != name {
                diesel::update(tasks::table.find(known.id)).set(tasks::name.eq(name)).execute(conn)?;
            }
            Ok(known.id)
        }
        None => {
            let id = TaskId::new();
            diesel::insert_into(tasks::table)
                .values((tasks::id.eq(id), tasks::domain_id.eq(domain_id), tasks::code.eq(code), tasks::name.eq(name)))
                .execute(conn)?;
            Ok(id)
        }
    }
}
