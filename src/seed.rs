//! Seeding: exams and questions from JSON files into the database, as often as you like.
//!
//! Everything is matched by its name in the file: exams by code, domains by number, tasks by code, questions by external
//! key. What is the same stays untouched. A published question that changed is superseded by a new revision, so that
//! attempts keep what they showed.

use std::collections::HashMap;

use diesel::{RunQueryDsl, connection::SimpleConnection};

use self::file::{SeedExam, SeedQuestion};
pub use self::file::{SeedFile, bundled, parse};
use crate::{
    attempts,
    db::DbConnection,
    error::Error,
    exams::{
        self,
        model::{DomainId, ExamId, TaskId},
    },
    questions::{
        self,
        model::{Content, Origin, QuestionStatus},
        queries::Place,
    },
    schema,
};

mod file;

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
    wait_for_turn(conn)?;
    if reset != Reset::No {
        clear(conn, reset)?;
    }
    let mut summary = Summary::default();
    for file in files {
        let (exam_id, places) = put_exam(conn, &file.exam)?;
        put_questions(conn, file, exam_id, &places, &mut summary)?;
        verify(conn, file, exam_id)?;
    }
    Ok(summary)
}

/// Servers that start together seed one after the other. On SQLite the transaction has the write lock already.
fn wait_for_turn(conn: &mut DbConnection) -> Result<(), Error> {
    if let DbConnection::Postgres(_) = conn {
        conn.batch_execute("LOCK TABLE exams IN SHARE ROW EXCLUSIVE MODE")?;
    }
    Ok(())
}

fn clear(conn: &mut DbConnection, reset: Reset) -> Result<(), Error> {
    let attempts = attempts::queries::count(conn)?;
    if attempts > 0 && reset != Reset::WithAttempts {
        return Err(Error::Refused(format!(
            "{attempts} attempt(s) exist and would be deleted: say --force as well if that is meant"
        )));
    }
    diesel::delete(schema::attempt_slots::table).execute(conn)?;
    diesel::delete(schema::attempts::table).execute(conn)?;
    diesel::delete(schema::answers::table).execute(conn)?;
    diesel::delete(schema::questions::table).execute(conn)?;
    diesel::delete(schema::tasks::table).execute(conn)?;
    diesel::delete(schema::domains::table).execute(conn)?;
    diesel::delete(schema::exams::table).execute(conn)?;
    Ok(())
}

/// The domain and task that a task code stands for.
type Places = HashMap<String, (DomainId, TaskId)>;

fn put_exam(conn: &mut DbConnection, exam: &SeedExam) -> Result<(ExamId, Places), Error> {
    let date = exam.blueprint.effective_date.to_string();
    let row = exams::model::ExamChange {
        code: &exam.code,
        name: &exam.name,
        provider: &exam.provider,
        blueprint_version: &exam.blueprint.version,
        blueprint_date: &date,
        blueprint_source: &exam.blueprint.source,
        question_count: exam.question_count,
        scored_count: exam.scored_count,
        duration_minutes: exam.duration_minutes,
        scale_min: exam.scale.min,
        scale_max: exam.scale.max,
        pass_mark: exam.scale.pass_mark,
        scoring_policy: exam.scoring_policy,
    };
    let exam_id = exams::queries::put(conn, &row)?;
    let mut places = Places::new();
    for domain in &exam.domains {
        let domain_id = exams::queries::put_domain(conn, exam_id, domain.number, &domain.name, domain.weight)?;
        for task in &domain.tasks {
            let task_id = exams::queries::put_task(conn, domain_id, &task.code, &task.name)?;
            places.insert(task.code.clone(), (domain_id, task_id));
        }
    }
    Ok((exam_id, places))
}

fn put_questions(
    conn: &mut DbConnection,
    file: &SeedFile,
    exam_id: ExamId,
    places: &Places,
    summary: &mut Summary,
) -> Result<(), Error> {
    for batch in file.questions.chunks(BATCH) {
        let keys: Vec<&str> = batch.iter().map(|question| question.external_key.as_str()).collect();
        let mut known = questions::queries::find_by_external_keys(conn, &keys)?;
        let contents: Vec<Content> = batch.iter().map(SeedQuestion::content).collect();
        let mut new = Vec::new();
        for (question, content) in batch.iter().zip(&contents) {
            let (domain_id, task_id) = *places
                .get(&question.task)
                .ok_or_else(|| Error::Refused(format!("{} has an unknown task", question.external_key)))?;
            let mut place = Place {
                exam_id,
                domain_id,
                task_id: Some(task_id),
                status: question.status(),
                origin: Origin::Bundled,
                external_key: Some(question.external_key.clone()),
                supersedes_id: None,
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
            let same = Content::of(&stored, &answers) == *content && stored.task_id == place.task_id;
            match (same, stored.status, place.status) {
                (true, before, wanted) if before == wanted => summary.unchanged += 1,
                (true, _, QuestionStatus::Retired) => {
                    questions::queries::retire(conn, &stored, true)?;
                    summary.moved += 1;
                }
                (true, _, _) => {
                    questions::queries::republish(conn, &stored)?;
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

/// What the file says must be there, and the counters of the domains must be right; otherwise all is rolled back.
fn verify(conn: &mut DbConnection, file: &SeedFile, exam_id: ExamId) -> Result<(), Error> {
    let code = &file.exam.code;
    let domains = exams::queries::domains(conn, exam_id)?;
    let weight: i32 = domains.iter().map(|domain| domain.weight).sum();
    if weight != 100 {
        return Err(Error::Refused(format!(
            "{code}: the domains in the database have weights that add to {weight}: one of them is no longer in the file"
        )));
    }
    let counted = questions::queries::count_published(conn, exam_id)?;
    for domain in &domains {
        let published = counted.get(&domain.id).copied().unwrap_or(0);
        if published != i64::from(domain.published_count) {
            return Err(Error::Internal(format!("{code}: domain {} has a wrong counter", domain.number)));
        }
    }
    let mut found = 0;
    for batch in file.questions.chunks(BATCH) {
        let keys: Vec<&str> = batch.iter().map(|question| question.external_key.as_str()).collect();
        found += questions::queries::count_by_external_keys(conn, exam_id, &keys)?;
    }
    if found != file.questions.len() as i64 {
        let expected = file.questions.len();
        return Err(Error::Internal(format!("{code}: {found} of {expected} questions are in the database")));
    }
    Ok(())
}
