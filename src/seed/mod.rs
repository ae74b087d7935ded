//! Seeding: exams and questions from JSON files into the database, as often as you like.
//!
//! Everything is matched by its name in the file: exams by code, domains by number, tasks by code, questions by external
//! key. What is the same stays untouched. A published question that changed is superseded by a new revision, so that
//! attempts keep what they showed. What somebody changed here stays as it is: seeding runs at every start of a container.

pub use self::file::{SeedFile, SeedQuestion, bundled, parse};
use crate::{
    attempts,
    db::DbConnection,
    error::Error,
    exams::{
        self, Blueprint,
        authoring::UsedTasks,
        messages::ExamBody,
        model::{DomainId, Exam, ExamStatus, TaskId},
    },
    questions::{
        self,
        model::{Content, Origin, QuestionStatus},
        queries::NewPlacement,
    },
};

mod file;
mod queries;

/// Questions that are compared and written together.
const BATCH: usize = 500;

/// What seeding did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Questions that were not there.
    pub created: usize,
    /// Questions whose revision was superseded by a changed one.
    pub superseded: usize,
    /// Questions that were retired or put back into service.
    pub moved: usize,
    /// Questions that were the same as before.
    pub unchanged: usize,
    /// Questions that somebody changed here, and that stay so.
    pub kept: usize,
    /// Questions that are drafts in the file.
    pub left_out: usize,
}

/// Whether what is there is cleared first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reset {
    /// Nothing is cleared.
    No,
    /// Exams and questions are cleared, unless attempts exist.
    UnlessAttempts,
    /// Exams and questions are cleared, and all attempts with them.
    WithAttempts,
}

/// Brings the files into the database and checks the counts. Runs inside a transaction, which an error rolls back whole.
pub fn apply(conn: &mut DbConnection, files: &[SeedFile], reset: Reset) -> Result<Summary, Error> {
    queries::wait_for_turn(conn)?;
    if reset != Reset::No {
        clear(conn, reset)?;
    }
    let mut summary = Summary::default();
    for file in files {
        let blueprint = put_exam(conn, &file.exam)?;
        let exam = &blueprint.exam;
        // A blueprint that was changed here may have other tasks.
        let fits = |question: &&SeedQuestion| exam.written_by.is_none() || place(&blueprint, question).is_some();
        let (wanted, drafts): (Vec<_>, Vec<_>) = file.questions.iter().partition(|question| !question.is_draft());
        summary.left_out += drafts.len();
        let count = wanted.len();
        let wanted: Vec<&SeedQuestion> = wanted.into_iter().filter(fits).collect();
        summary.kept += count - wanted.len();
        put_questions(conn, &wanted, &blueprint, &mut summary)?;
        verify(conn, exam, &wanted)?;
    }
    questions::queries::analyze(conn, summary.created)?;
    Ok(summary)
}

fn clear(conn: &mut DbConnection, reset: Reset) -> Result<(), Error> {
    let attempts = attempts::queries::count(conn)?;
    if attempts > 0 && reset != Reset::WithAttempts {
        return Err(Error::Refused(format!(
            "{attempts} attempt(s) exist and would be deleted: say --force as well if that is meant"
        )));
    }
    Ok(queries::clear(conn)?)
}

/// The domain and the task that a question of a file names.
fn place(blueprint: &Blueprint, question: &SeedQuestion) -> Option<(DomainId, Option<TaskId>)> {
    match &question.task {
        Some(code) => blueprint.task(code).map(|task| (task.domain_id, Some(task.id))),
        None => question.domain.and_then(|number| blueprint.domain(number)).map(|domain| (domain.id, None)),
    }
}

/// Stores the exam, unless somebody changed its blueprint here.
fn put_exam(conn: &mut DbConnection, exam: &ExamBody) -> Result<Blueprint, Error> {
    let known = exams::queries::lock(conn, &exam.code)?;
    let id = match known.filter(|exam| exam.written_by.is_some()) {
        Some(changed_here) => changed_here.id,
        None => exams::authoring::put(conn, exam, ExamStatus::Published, UsedTasks::Stay)?,
    };
    let exam = exams::queries::get(conn, id)?;
    Ok(exams::queries::blueprint(conn, exam)?)
}

fn put_questions(
    conn: &mut DbConnection,
    wanted: &[&SeedQuestion],
    blueprint: &Blueprint,
    summary: &mut Summary,
) -> Result<(), Error> {
    let exam_id = blueprint.exam.id;
    for batch in wanted.chunks(BATCH) {
        let keys: Vec<&str> = batch.iter().map(|question| question.external_key.as_str()).collect();
        let mut known = questions::queries::find_by_external_keys(conn, &keys)?;
        let contents: Vec<Content> = batch.iter().map(|question| question.content()).collect();
        let mut new = Vec::new();
        for (question, content) in batch.iter().zip(&contents) {
            let (domain_id, task_id) = place(blueprint, question)
                .ok_or_else(|| Error::Refused(format!("{} has an unknown task", question.external_key)))?;
            let mut place = NewPlacement {
                exam_id,
                domain_id,
                task_id,
                status: question.status(),
                origin: Origin::Bundled,
                external_key: Some(question.external_key.clone()),
                supersedes_id: None,
                written_by: None,
            };
            let Some((stored, answers)) = known.remove(&question.external_key) else {
                summary.created += 1;
                new.push((place, content));
                continue;
            };
            if stored.exam_id != exam_id {
                return Err(Error::Refused(format!(
                    "{} is the external key of a question of another exam",
                    question.external_key
                )));
            }
            let same = Content::of(&stored, &answers) == *content
                && (stored.domain_id, stored.task_id) == (place.domain_id, place.task_id);
            if same && stored.status == place.status {
                summary.unchanged += 1;
                continue;
            }
            // As it is now: one that went before it may have left it another draw number, and people may change it meanwhile.
            let stored = questions::queries::lock(conn, stored.id)?.ok_or(Error::Contended)?;
            if questions::queries::is_changed_here(conn, stored.id)? {
                summary.kept += 1;
                continue;
            }
            match (same, stored.status, place.status) {
                (true, before, wanted) if before == wanted => summary.unchanged += 1,
                (true, _, QuestionStatus::Retired) => {
                    questions::queries::retire(conn, &stored, true)?;
                    summary.moved += 1;
                }
                (true, _, _) => {
                    questions::queries::publish(conn, &stored)?;
                    summary.moved += 1;
                }
                (false, _, _) => {
                    questions::queries::retire(conn, &stored, false)?;
                    place.supersedes_id = Some(stored.id);
                    summary.superseded += 1;
                    new.push((place, content));
                }
            }
        }
        questions::queries::insert(conn, &new)?;
    }
    Ok(())
}

/// What the file says must be there, and the counters and draw numbers of the domains must be right; otherwise all is
/// rolled back.
fn verify(conn: &mut DbConnection, exam: &Exam, wanted: &[&SeedQuestion]) -> Result<(), Error> {
    let (exam_id, code) = (exam.id, &exam.code);
    if let Some(number) = questions::queries::miscounted_domains(conn, exam_id)?.first() {
        return Err(Error::Internal(format!("{code}: domain {number} has wrong draw numbers")));
    }
    let mut found = 0;
    for batch in wanted.chunks(BATCH) {
        let keys: Vec<&str> = batch.iter().map(|question| question.external_key.as_str()).collect();
        found += questions::queries::count_by_external_keys(conn, exam_id, &keys)?;
    }
    if found != wanted.len() as i64 {
        let expected = wanted.len();
        return Err(Error::Internal(format!("{code}: {found} of {expected} questions are in the database")));
    }
    Ok(())
}
