//! Exams in the database.

use diesel::prelude::*;

use super::{
    Blueprint,
    model::{Domain, DomainId, Exam, ExamChange, ExamId, ExamStatus, Task, TaskId},
};
use crate::{
    auth::model::UserId,
    db::{DbConnection, locked, on_backend},
    schema::{domains, exams, questions, tasks},
};

/// Exams by code, each with the number of its published questions. Without `all`, only published exams.
pub fn list(conn: &mut DbConnection, all: bool) -> QueryResult<Vec<(Exam, i32)>> {
    let mut query = exams::table.order(exams::code).select(Exam::as_select()).into_boxed();
    if !all {
        query = query.filter(exams::status.eq(ExamStatus::Published));
    }
    let exams: Vec<Exam> = query.load(conn)?;
    let counts: Vec<(ExamId, i32)> = domains::table.select((domains::exam_id, domains::published_count)).load(conn)?;
    let count = |id| counts.iter().filter(|(exam_id, _)| *exam_id == id).map(|(_, count)| count).sum();
    Ok(exams.into_iter().map(|exam| (count(exam.id), exam)).map(|(count, exam)| (exam, count)).collect())
}

/// An exam by its code, whatever its status.
pub fn find(conn: &mut DbConnection, code: &str) -> QueryResult<Option<Exam>> {
    exams::table.filter(exams::code.eq(code)).select(Exam::as_select()).first(conn).optional()
}

/// The same, locked until the end of this transaction. See [`lock_by_id`].
pub fn lock(conn: &mut DbConnection, code: &str) -> QueryResult<Option<Exam>> {
    let exam = || exams::table.filter(exams::code.eq(code));
    locked!(conn, exam().select(Exam::as_select()), for_no_key_update.first).optional()
}

/// Locks an exam until the end of this transaction.
///
/// Every transaction that changes its blueprint, or which of its questions are published, takes this lock first, so
/// that they cannot deadlock. Learners do not wait: their attempts only refer to the exam.
pub fn lock_by_id(conn: &mut DbConnection, id: ExamId) -> QueryResult<()> {
    locked!(conn, exams::table.find(id).select(exams::id), for_no_key_update)
}

/// A published exam by its code, with its domains by number.
pub fn find_published(conn: &mut DbConnection, code: &str) -> QueryResult<Option<(Exam, Vec<Domain>)>> {
    let rows: Vec<(Exam, Domain)> = on_backend!(conn, c => exams::table
        .inner_join(domains::table)
        .filter(exams::code.eq(code))
        .filter(exams::status.eq(ExamStatus::Published))
        .order(domains::number)
        .select((Exam::as_select(), Domain::as_select()))
        .load(c))?;
    let exam = rows.first().map(|(exam, _)| exam.clone());
    Ok(exam.map(|exam| (exam, rows.into_iter().map(|(_, domain)| domain).collect())))
}

/// A published exam with its blueprint. One statement reads all of it.
pub fn published_blueprint(conn: &mut DbConnection, code: &str) -> QueryResult<Option<Blueprint>> {
    let rows: Vec<(Exam, Domain, Option<Task>)> = on_backend!(conn, c => exams::table
        .inner_join(domains::table.left_join(tasks::table))
        .filter(exams::code.eq(code))
        .filter(exams::status.eq(ExamStatus::Published))
        .order((domains::number, tasks::code))
        .select((Exam::as_select(), Domain::as_select(), Option::<Task>::as_select()))
        .load(c))?;
    let exam = rows.first().map(|(exam, ..)| exam.clone());
    Ok(exam.map(|exam| Blueprint::from_rows(exam, rows.into_iter().map(|(_, domain, task)| (domain, task)))))
}

/// An exam by its id, whatever its status.
pub fn get(conn: &mut DbConnection, id: ExamId) -> QueryResult<Exam> {
    exams::table.find(id).select(Exam::as_select()).first(conn)
}

/// The blueprint of an exam. One statement reads domains and tasks, so that they match each other.
pub fn blueprint(conn: &mut DbConnection, exam: Exam) -> QueryResult<Blueprint> {
    let rows: Vec<(Domain, Option<Task>)> = domains::table
        .left_join(tasks::table)
        .filter(domains::exam_id.eq(exam.id))
        .order((domains::number, tasks::code))
        .select((Domain::as_select(), Option::<Task>::as_select()))
        .load(conn)?;
    Ok(Blueprint::from_rows(exam, rows))
}

/// An exam with its domains, by number. One statement reads both, so that they match each other.
pub fn with_domains(conn: &mut DbConnection, id: ExamId) -> QueryResult<(Exam, Vec<Domain>)> {
    let rows: Vec<(Exam, Domain)> = on_backend!(conn, c => exams::table
        .inner_join(domains::table)
        .filter(exams::id.eq(id))
        .order(domains::number)
        .select((Exam::as_select(), Domain::as_select()))
        .load(c))?;
    let exam = rows.first().map(|(exam, _)| exam.clone()).ok_or(diesel::result::Error::NotFound)?;
    Ok((exam, rows.into_iter().map(|(_, domain)| domain).collect()))
}

/// The domains of an exam, by number.
pub fn domains(conn: &mut DbConnection, exam_id: ExamId) -> QueryResult<Vec<Domain>> {
    on_backend!(conn, c => domains::table
        .filter(domains::exam_id.eq(exam_id))
        .order(domains::number)
        .select(Domain::as_select())
        .load(c))
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

/// Inserts an exam, or updates it if it differs.
pub fn put(conn: &mut DbConnection, exam: &ExamChange<'_>, status_when_new: ExamStatus) -> QueryResult<ExamId> {
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
                .values((exams::id.eq(id), exams::status.eq(status_when_new), exam))
                .execute(conn)?;
            Ok(id)
        }
    }
}

/// Sets the user who last changed an exam.
pub fn set_writer(conn: &mut DbConnection, id: ExamId, user_id: UserId) -> QueryResult<()> {
    diesel::update(exams::table.find(id)).set(exams::written_by.eq(user_id)).execute(conn)?;
    Ok(())
}

/// Sets the status of an exam.
pub fn set_status(conn: &mut DbConnection, id: ExamId, status: ExamStatus) -> QueryResult<()> {
    diesel::update(exams::table.find(id)).set(exams::status.eq(status)).execute(conn)?;
    Ok(())
}

/// The number of questions filed under a domain, old revisions included.
pub fn count_in_domain(conn: &mut DbConnection, id: DomainId) -> QueryResult<i64> {
    questions::table.filter(questions::domain_id.eq(id)).count().get_result(conn)
}

/// The number of questions filed under a task, old revisions included.
pub fn count_in_task(conn: &mut DbConnection, id: TaskId) -> QueryResult<i64> {
    questions::table.filter(questions::task_id.eq(id)).count().get_result(conn)
}

/// Deletes a domain that has no questions, with its tasks.
pub fn delete_domain(conn: &mut DbConnection, id: DomainId) -> QueryResult<()> {
    diesel::delete(domains::table.find(id)).execute(conn)?;
    Ok(())
}

/// Deletes a task that has no questions.
pub fn delete_task(conn: &mut DbConnection, id: TaskId) -> QueryResult<()> {
    diesel::delete(tasks::table.find(id)).execute(conn)?;
    Ok(())
}

/// Inserts a domain, or updates it if it differs.
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

/// Locks a task, so that no question is filed under it before this transaction ends.
pub fn lock_task(conn: &mut DbConnection, id: TaskId) -> QueryResult<()> {
    locked!(conn, tasks::table.find(id).select(tasks::id), for_update)
}

/// Locks a domain, so that no question is filed under it before this transaction ends.
pub fn lock_domain(conn: &mut DbConnection, id: DomainId) -> QueryResult<()> {
    locked!(conn, domains::table.find(id).select(domains::id), for_update)
}

/// Inserts a task, or updates its name if it differs.
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
