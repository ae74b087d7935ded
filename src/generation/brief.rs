//! What the model gets to see for the next question of a job.

use std::sync::Arc;

use rand::seq::{IteratorRandom, SliceRandom};

use super::{
    model::GenerationJob,
    queries,
    writer::{Brief, TaskBrief},
};
use crate::{
    auth::{self, model::Role},
    db::DbConnection,
    error::Error,
    exams::{
        self, Blueprint,
        model::{Domain, ExamId, Task},
    },
    jobs::model::Job,
    questions::{self, lint::Subjects, model::Content},
    subjects,
};

/// The number of published questions that are shown as examples of style.
pub const EXAMPLES: usize = 3;
/// The number of questions that are read to find examples: some may be of another kind.
pub const LOOKED_AT: usize = 12;
/// Stems that are shown so that they are not repeated: their number, the limit of each in characters, of all in bytes.
pub const STEMS: i64 = 60;
const STEM_LIMIT: usize = 300;
const STEMS_LIMIT: usize = 12_000;

/// The next step of a job.
pub enum Next {
    /// A question to write.
    Write(Box<Brief>, ExamId),
    /// Nothing: every question has an outcome.
    Nothing,
    /// The job cannot go on, and why.
    Impossible(String),
}

/// Determines the next step of a job.
pub fn next(conn: &mut DbConnection, job: &Job, max_tokens: u32) -> Result<Next, Error> {
    let Some(asked) = queries::find(conn, job.id)? else {
        return Ok(Next::Impossible("the request of the job no longer exists".into()));
    };
    let Some(number) = first_missing(&queries::numbers(conn, job.id)?, asked.asked) else { return Ok(Next::Nothing) };
    let role = match job.requested_by {
        Some(id) => auth::queries::role_of(conn, id)?,
        None => None,
    };
    if role.is_none_or(|role| role < Role::Author) {
        return Ok(Next::Impossible("the user who requested the job is no longer an author, or is disabled".into()));
    }
    let exam = exams::queries::get(conn, asked.exam_id)?;
    let blueprint = exams::queries::blueprint(conn, exam)?;
    let (domain, tasks) = match place(&blueprint, asked.domain, asked.task.as_deref()) {
        Ok(place) => place,
        Err(why) => return Ok(Next::Impossible(why)),
    };
    let counts = queries::counts_by_task(conn, domain.id)?;
    let brief_of = |task: &&Task| TaskBrief {
        code: task.code.clone(),
        name: task.name.clone(),
        questions: counts.get(&task.id).copied().unwrap_or_default(),
    };
    let only = asked.task.as_ref().and(tasks.first()).map(|task| task.id);
    let brief = Brief {
        exam: exams::model::ExamCode::try_from(blueprint.exam.code.clone())
            .map_err(|error| Error::Internal(format!("exam {}: {error}", blueprint.exam.code)))?,
        exam_name: blueprint.exam.name.clone(),
        provider: blueprint.exam.provider.clone(),
        domain: domain.number,
        domain_name: domain.name.clone(),
        tasks: tasks.iter().map(brief_of).collect(),
        kind: asked.question_kind,
        language: asked.language.clone(),
        notes: asked.notes.clone(),
        number,
        examples: examples(conn, domain, &asked)?,
        stems: shortened(queries::newest_stems(conn, domain.id, only, STEMS)?),
        subjects: Arc::new(Subjects::new(subjects::queries::all(conn)?)),
        verify: asked.verify,
        model: asked.model.clone(),
        max_tokens,
    };
    Ok(Next::Write(Box::new(brief), asked.exam_id))
}

/// The domain with a number, and the task with a code or else all tasks; or an error if the blueprint lacks them.
pub fn place<'a>(
    blueprint: &'a Blueprint,
    domain: i32,
    task: Option<&str>,
) -> Result<(&'a Domain, Vec<&'a Task>), String> {
    let exam = &blueprint.exam.code;
    let found = blueprint.domain(domain).ok_or_else(|| format!("{exam} has no domain {domain} any more"))?;
    let named = |one: &&Task| task.is_none_or(|code| one.code == code);
    let tasks: Vec<&Task> = blueprint.tasks_of(found).filter(named).collect();
    match (tasks.is_empty(), task) {
        (false, _) => Ok((found, tasks)),
        (true, Some(code)) => Err(format!("domain {domain} of {exam} has no task {code} any more")),
        (true, None) => Err(format!("domain {domain} of {exam} has no tasks any more")),
    }
}

/// The first number that has no outcome.
fn first_missing(numbers: &[i32], asked: i32) -> Option<i32> {
    (1..=asked).find(|number| numbers.binary_search(number).is_err())
}

/// A few random published questions of the domain, of the same kind if possible.
fn examples(conn: &mut DbConnection, domain: &Domain, asked: &GenerationJob) -> Result<Vec<Content>, Error> {
    let mut rng = rand::rng();
    let numbers = (0..domain.published_count).sample(&mut rng, LOOKED_AT);
    let drawn = questions::queries::ids_by_draw_number(conn, &[(domain.id, &numbers)])?;
    let ids: Vec<_> = drawn.into_values().collect();
    let found = questions::queries::find_all(conn, &ids)?;
    let mut found: Vec<Content> = found.iter().map(|(question, answers)| Content::of(question, answers)).collect();
    found.shuffle(&mut rng);
    found.sort_by_key(|content| content.kind != asked.question_kind);
    found.truncate(EXAMPLES);
    Ok(found)
}

/// As many stems as fit, each shortened.
pub fn shortened(stems: Vec<String>) -> Vec<String> {
    let mut room = STEMS_LIMIT;
    let short = stems.into_iter().map(|stem| stem.chars().take(STEM_LIMIT).collect::<String>());
    short
        .take_while(|stem| {
            let fits = stem.len() <= room;
            room = room.saturating_sub(stem.len());
            fits
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_next_once() {
        assert_eq!(first_missing(&[], 2), Some(1));
        assert_eq!(first_missing(&[1, 3], 3), Some(2));
        assert_eq!(first_missing(&[1, 2], 2), None);
    }

    #[test]
    fn stems_are_bounded() {
        let kept = shortened(vec!["é".repeat(10_000); 100]);
        assert!(kept.iter().all(|stem| stem.chars().count() == STEM_LIMIT));
        assert_eq!(kept.len(), STEMS_LIMIT / (STEM_LIMIT * 2));
    }
}
