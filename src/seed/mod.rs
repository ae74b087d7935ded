//! Seeding: exams and questions from JSON files into the database. It can be repeated at any time.
//!
//! Everything is matched by its name in the file: exams by code, domains by number, tasks by code, questions by
//! external key. Unchanged data is not written. A published question that changed gets a new revision, so that attempts
//! keep what they showed. Changes made in the database are kept, because a container seeds at every start.

use std::collections::{HashMap, HashSet};

pub use self::{
    file::{SeedFile, SeedQuestion, bundled, parse},
    json::from_json,
    subjects::{bundled_subjects, parse_subjects},
};
use crate::{
    attempts,
    db::DbConnection,
    error::Error,
    exams::{
        self, Blueprint,
        authoring::UsedTasks,
        messages::ExamBody,
        model::{DomainId, ExamStatus, TaskId},
    },
    questions::{
        self,
        model::{Content, Origin, QuestionStatus},
        queries::NewPlacement,
    },
    subjects::model::Subject,
};

mod file;
mod json;
mod queries;
mod subjects;

/// The number of questions that are compared and written together.
const BATCH: usize = 500;

/// The result of seeding.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// New questions.
    pub created: usize,
    /// Questions whose revision was superseded by a changed one.
    pub superseded: usize,
    /// Questions that were retired or published again.
    pub moved: usize,
    /// Questions of which only the subjects, review date or accepted warnings changed, without a new revision.
    pub updated: usize,
    /// Unchanged questions.
    pub unchanged: usize,
    /// Questions that were changed here, and are kept.
    pub kept: usize,
    /// Questions that are drafts in the file.
    pub left_out: usize,
}

/// Whether existing data is deleted first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reset {
    /// Nothing is deleted.
    No,
    /// Exams and questions are deleted, unless attempts exist.
    UnlessAttempts,
    /// Exams, questions and all attempts are deleted.
    WithAttempts,
}

/// Loads the files into the database and checks the counts. Runs in a transaction, which an error rolls back.
pub fn apply(conn: &mut DbConnection, files: &[SeedFile], reset: Reset) -> Result<Summary, Error> {
    apply_watched(conn, files, reset, &|_| {})
}

/// [`apply`], which calls `watch` with the number of questions that were processed since the last call.
pub fn apply_watched(
    conn: &mut DbConnection,
    files: &[SeedFile],
    reset: Reset,
    watch: &dyn Fn(usize),
) -> Result<Summary, Error> {
    queries::wait_for_turn(conn)?;
    if reset != Reset::No {
        clear(conn, reset)?;
    }
    let mut summary = Summary::default();
    for file in files {
        let blueprint = put_exam(conn, &file.exam)?;
        // A blueprint that was edited here may have other tasks.
        let fits =
            |question: &&SeedQuestion| blueprint.exam.written_by.is_none() || place(&blueprint, question).is_some();
        let (wanted, drafts): (Vec<_>, Vec<_>) = file.questions.iter().partition(|question| !question.is_draft());
        summary.left_out += drafts.len();
        watch(drafts.len());
        let count = wanted.len();
        let wanted: Vec<&SeedQuestion> = wanted.into_iter().filter(fits).collect();
        summary.kept += count - wanted.len();
        watch(count - wanted.len());
        let kept = put_questions(conn, &wanted, &blueprint, &mut summary, watch)?;
        verify(conn, &blueprint, &wanted, &kept)?;
    }
    questions::queries::analyze(conn, summary.created)?;
    Ok(summary)
}

/// Loads subjects into the database, except those that were edited here. Returns how many were created or updated. Runs
/// in a transaction.
pub fn apply_subjects(conn: &mut DbConnection, wanted: &[Subject]) -> Result<usize, Error> {
    queries::wait_for_turn(conn)?;
    Ok(crate::subjects::queries::seed(conn, wanted)?)
}

fn clear(conn: &mut DbConnection, reset: Reset) -> Result<(), Error> {
    let attempts = attempts::queries::count(conn)?;
    if attempts > 0 && reset != Reset::WithAttempts {
        return Err(Error::Refused(format!("{attempts} attempt(s) exist: add --force to delete them")));
    }
    Ok(queries::clear(conn)?)
}

/// The domain and the task of a question in a file.
fn place(blueprint: &Blueprint, question: &SeedQuestion) -> Option<(DomainId, Option<TaskId>)> {
    match &question.task {
        Some(code) => blueprint.task(code).map(|task| (task.domain_id, Some(task.id))),
        None => question.domain.and_then(|number| blueprint.domain(number)).map(|domain| (domain.id, None)),
    }
}

/// Stores the exam, unless its blueprint was edited here.
fn put_exam(conn: &mut DbConnection, exam: &ExamBody) -> Result<Blueprint, Error> {
    let known = exams::queries::lock(conn, &exam.code)?;
    let id = match known.filter(|exam| exam.written_by.is_some()) {
        Some(changed_here) => changed_here.id,
        None => exams::authoring::put(conn, exam, ExamStatus::Published, UsedTasks::Stay)?,
    };
    let exam = exams::queries::get(conn, id)?;
    Ok(exams::queries::blueprint(conn, exam)?)
}

/// Stores the questions. Returns the keys of those that were edited here and are kept.
fn put_questions<'a>(
    conn: &mut DbConnection,
    wanted: &[&'a SeedQuestion],
    blueprint: &Blueprint,
    summary: &mut Summary,
    watch: &dyn Fn(usize),
) -> Result<HashSet<&'a str>, Error> {
    let exam_id = blueprint.exam.id;
    let mut kept = HashSet::new();
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
                upkeep: question.upkeep(),
                upkeep_changed: false,
            };
            let Some((stored, answers)) = known.remove(&question.external_key) else {
                summary.created += 1;
                new.push((place, content));
                continue;
            };
            if stored.exam_id != exam_id {
                return Err(Error::Refused(format!(
                    "{} is the external key of a question in another exam",
                    question.external_key
                )));
            }
            let same = Content::of(&stored, &answers) == *content
                && (stored.domain_id, stored.task_id) == (place.domain_id, place.task_id);
            let is_updated = same
                && !stored.upkeep_changed
                && stored.upkeep != place.upkeep
                && questions::queries::seed_upkeep(conn, stored.id, &place.upkeep)? > 0;
            if same && stored.status == place.status {
                *if is_updated { &mut summary.updated } else { &mut summary.unchanged } += 1;
                continue;
            }
            // Read it again: an earlier question may have changed its draw number, and people may edit it meanwhile.
            let stored = questions::queries::lock(conn, stored.id)?.ok_or(Error::Contended)?;
            if questions::queries::is_changed_here(conn, stored.id)? {
                summary.kept += 1;
                kept.insert(question.external_key.as_str());
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
                    if stored.upkeep_changed {
                        (place.upkeep, place.upkeep_changed) = (stored.upkeep, true);
                    }
                    summary.superseded += 1;
                    new.push((place, content));
                }
            }
        }
        questions::queries::insert(conn, &new)?;
        watch(batch.len());
    }
    Ok(kept)
}

/// Checks that the questions of the file are in their domain and status, unless they were edited here, and that the
/// counters and draw numbers of the domains are right. An error rolls back everything.
fn verify(
    conn: &mut DbConnection,
    blueprint: &Blueprint,
    wanted: &[&SeedQuestion],
    kept: &HashSet<&str>,
) -> Result<(), Error> {
    let (exam_id, code) = (blueprint.exam.id, &blueprint.exam.code);
    if let Some(number) = questions::queries::miscounted_domains(conn, exam_id)?.first() {
        return Err(Error::Internal(format!("{code}: domain {number} has wrong draw numbers")));
    }
    let mut found = 0;
    let mut counts: HashMap<(DomainId, QuestionStatus), (usize, usize)> = HashMap::new();
    for batch in wanted.chunks(BATCH) {
        let keys: Vec<&str> = batch.iter().map(|question| question.external_key.as_str()).collect();
        let stored = questions::queries::filed_by_external_keys(conn, exam_id, &keys)?;
        found += stored.len();
        for question in batch.iter().filter(|question| !kept.contains(question.external_key.as_str())) {
            if let Some((domain_id, _)) = place(blueprint, question) {
                counts.entry((domain_id, question.status())).or_default().0 += 1;
            }
        }
        let is_kept = |key: &Option<String>| key.as_deref().is_some_and(|key| kept.contains(key));
        for (_, domain_id, status) in stored.into_iter().filter(|(key, ..)| !is_kept(key)) {
            counts.entry((domain_id, status)).or_default().1 += 1;
        }
    }
    if found != wanted.len() {
        let expected = wanted.len();
        return Err(Error::Internal(format!("{code}: {found} of {expected} questions are in the database")));
    }
    for domain in &blueprint.domains {
        for status in [QuestionStatus::Published, QuestionStatus::Retired] {
            let (expected, found) = counts.get(&(domain.id, status)).copied().unwrap_or_default();
            if found != expected {
                let what = format!("domain {} has {found} of {expected} {status} questions of the file", domain.number);
                return Err(Error::Internal(format!("{code}: {what}")));
            }
        }
    }
    Ok(())
}
