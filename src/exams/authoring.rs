//! Creating and changing exams and their blueprints. Everything here runs inside a transaction.
//!
//! Functions that change an exam take a `check` of the stored blueprint: whether it is still what the client saw.

use super::{
    Blueprint,
    messages::ExamBody,
    model::{Exam, ExamChange, ExamId, ExamStatus},
    queries,
};
use crate::{
    auth::model::UserId,
    db::DbConnection,
    error::{Error, FieldError, Slug},
};

/// Stores a new exam, which learners do not see until it is published.
pub fn create(conn: &mut DbConnection, user_id: UserId, body: &ExamBody) -> Result<Blueprint, Error> {
    check_body(body)?;
    if queries::lock(conn, &body.code)?.is_some() {
        let detail =
            format!("an exam with the code {} already exists: change that exam, or use another code", body.code);
        return Err(Error::Conflict(Slug::ExamCodeTaken, detail));
    }
    let id = put(conn, body, ExamStatus::Draft, UsedTasks::MustBeThere)?;
    queries::set_writer(conn, id, user_id)?;
    stored(conn, id)
}

/// Replaces a blueprint. Existing reports do not change.
pub fn replace(
    conn: &mut DbConnection,
    user_id: UserId,
    code: &str,
    body: &ExamBody,
    check: impl Fn(&Blueprint) -> Result<(), Error>,
) -> Result<Blueprint, Error> {
    let exam = locked(conn, code, check)?;
    check_body(body)?;
    if *body.code != *exam.code {
        return Err(Error::invalid("/code", format!("must be {}: the code of an exam cannot be changed", exam.code)));
    }
    let id = put(conn, body, exam.status, UsedTasks::MustBeThere)?;
    queries::set_writer(conn, id, user_id)?;
    stored(conn, id)
}

/// Opens an exam for attempts, or takes it out of service.
pub fn change_status(
    conn: &mut DbConnection,
    user_id: UserId,
    code: &str,
    status: ExamStatus,
    check: impl Fn(&Blueprint) -> Result<(), Error>,
) -> Result<Blueprint, Error> {
    let exam = locked(conn, code, check)?;
    if exam.status != status {
        queries::set_status(conn, exam.id, status)?;
        queries::set_writer(conn, exam.id, user_id)?;
    }
    stored(conn, exam.id)
}

/// An exam, locked, if it is still what the client saw.
fn locked(conn: &mut DbConnection, code: &str, check: impl Fn(&Blueprint) -> Result<(), Error>) -> Result<Exam, Error> {
    let exam = queries::lock(conn, code)?.ok_or(Error::NotFound("exam"))?;
    let blueprint = queries::blueprint(conn, exam)?;
    check(&blueprint)?;
    Ok(blueprint.exam)
}

fn check_body(body: &ExamBody) -> Result<(), Error> {
    let faults = body.faults();
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

fn stored(conn: &mut DbConnection, id: ExamId) -> Result<Blueprint, Error> {
    let exam = queries::get(conn, id)?;
    Ok(queries::blueprint(conn, exam)?)
}

/// What happens to a task that is no longer in a blueprint but has questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsedTasks {
    /// The blueprint is refused.
    MustBeThere,
    /// It stays: old revisions are filed under it for good, and a newer seed file knows nothing of them.
    Stay,
}

/// Stores an exam with its domains and tasks, or updates those that differ. Domains and tasks that are no longer in it
/// are deleted, unless they have questions.
pub fn put(
    conn: &mut DbConnection,
    body: &ExamBody,
    status_when_new: ExamStatus,
    used_tasks: UsedTasks,
) -> Result<ExamId, Error> {
    let date = body.blueprint.effective_date.to_string();
    let row = ExamChange {
        code: &body.code,
        name: &body.name,
        provider: &body.provider,
        blueprint_version: &body.blueprint.version,
        blueprint_date: &date,
        blueprint_source: &body.blueprint.source,
        question_count: body.question_count,
        scored_count: body.scored_count,
        duration_minutes: body.duration_minutes,
        scale_min: body.scale.min,
        scale_max: body.scale.max,
        pass_mark: body.scale.pass_mark,
        scoring_policy: body.scoring_policy,
        description: &body.description,
    };
    let exam_id = queries::put(conn, &row, status_when_new)?;
    remove_missing(conn, exam_id, body, used_tasks)?;
    for domain in &body.domains {
        let domain_id = queries::put_domain(conn, exam_id, domain.number, &domain.name, domain.weight)?;
        for task in &domain.tasks {
            queries::put_task(conn, domain_id, &task.code, &task.name)?;
        }
    }
    Ok(exam_id)
}

fn remove_missing(
    conn: &mut DbConnection,
    exam_id: ExamId,
    body: &ExamBody,
    used_tasks: UsedTasks,
) -> Result<(), Error> {
    let mut faults = Vec::new();
    let mut keep = |what: String, count: i64| {
        let detail = format!("must keep {what}: questions are filed under it ({count})");
        faults.push(FieldError { pointer: "/domains".into(), detail });
    };
    let stored = stored(conn, exam_id)?;
    for domain in &stored.domains {
        let kept: Vec<_> =
            body.domains.iter().filter(|kept| kept.number == domain.number).flat_map(|kept| &kept.tasks).collect();
        for task in stored.tasks_of(domain).filter(|task| kept.iter().all(|kept| kept.code != task.code)) {
            // Waits for transactions that file questions under it.
            queries::lock_task(conn, task.id)?;
            match queries::count_in_task(conn, task.id)? {
                0 => queries::delete_task(conn, task.id)?,
                _ if used_tasks == UsedTasks::Stay => {}
                count => keep(format!("the task {} in its domain", task.code), count),
            }
        }
    }
    for domain in stored.domains {
        if body.domains.iter().all(|kept| kept.number != domain.number) {
            queries::lock_domain(conn, domain.id)?;
            match queries::count_in_domain(conn, domain.id)? {
                0 => queries::delete_domain(conn, domain.id)?,
                count => keep(format!("the domain {}", domain.number), count),
            }
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}
