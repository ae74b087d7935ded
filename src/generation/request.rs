//! Requesting a job. Everything here runs inside a transaction.

use super::{
    messages::{GenerationJobReply, GenerationJobSummary, NewGenerationJob},
    model::{GenerationJob, KIND},
    queries::{self, FullJob},
    settings::GenerationSettings,
};
use crate::{
    auth::model::UserId,
    db::DbConnection,
    error::{Error, FieldError, Slug},
    exams::{self, Blueprint},
    jobs::{self, model::JobId},
};

/// The maximum number of unfinished jobs of a user. Concurrent requests may exceed it.
const MOST_UNFINISHED: i64 = 20;

/// Adds a job to the queue.
pub fn request(
    conn: &mut DbConnection,
    user_id: UserId,
    body: &NewGenerationJob,
    settings: &GenerationSettings,
) -> Result<GenerationJobReply, Error> {
    if settings.model.is_none() {
        return Err(Error::GenerationUnconfigured);
    }
    let mut faults = body.faults();
    let fault = |pointer: &str, detail| FieldError { pointer: pointer.to_owned(), detail };
    let model = settings.choose(body.model.as_deref()).map_err(|detail| faults.push(fault("/model", detail)));
    let exam = exams::queries::find(conn, &body.exam)?;
    let place = match exam {
        Some(exam) => place(&exams::queries::blueprint(conn, exam)?, body),
        None => Err(fault("/exam", format!("there is no exam {}", body.exam))),
    };
    let (Ok(model), Ok((exam_id, domain)), true) =
        (model, place.map_err(|fault| faults.push(fault)), faults.is_empty())
    else {
        return Err(Error::Invalid(faults));
    };
    if jobs::queries::count_unfinished(conn, KIND, user_id)? >= MOST_UNFINISHED {
        let detail = format!("you have {MOST_UNFINISHED} unfinished jobs: wait until one ends, or cancel one");
        return Err(Error::Conflict(Slug::TooManyJobs, detail));
    }
    let job_id = jobs::queries::enqueue(conn, KIND, user_id)?;
    let asked = GenerationJob {
        job_id,
        exam_id,
        domain,
        task: body.task.clone(),
        question_kind: body.kind,
        asked: body.count,
        language: body.language.clone(),
        notes: body.notes.clone(),
        verify: body.verify,
        model: model.to_owned(),
        input_tokens: 0,
        output_tokens: 0,
    };
    queries::insert(conn, asked)?;
    read(conn, job_id, settings)
}

/// The exam and the number of the domain of a request.
fn place(blueprint: &Blueprint, body: &NewGenerationJob) -> Result<(exams::model::ExamId, i32), FieldError> {
    let (domain, _) = blueprint.place(body.domain, body.task.as_deref())?;
    if blueprint.tasks_of(domain).next().is_none() {
        let detail = format!("domain {} has no tasks to draft questions for", domain.number);
        return Err(FieldError { pointer: "/domain".into(), detail });
    }
    Ok((blueprint.exam.id, domain.number))
}

/// A job in its current state, with its outcomes.
pub fn read(conn: &mut DbConnection, id: JobId, settings: &GenerationSettings) -> Result<GenerationJobReply, Error> {
    let found = queries::find_full(conn, id)?.ok_or(Error::NotFound("job"))?;
    let outcomes = queries::outcomes(conn, id, 0)?.into_iter().map(Into::into).collect();
    let notes = found.1.notes.clone();
    let job = summaries(conn, vec![found], settings)?.pop().ok_or(Error::NotFound("job"))?;
    Ok(GenerationJobReply { job, notes, outcomes })
}

/// Jobs with their progress.
pub fn summaries(
    conn: &mut DbConnection,
    found: Vec<FullJob>,
    settings: &GenerationSettings,
) -> Result<Vec<GenerationJobSummary>, Error> {
    let progress = queries::progress(conn, &found)?;
    let summary = |full: &FullJob| Some(GenerationJobSummary::new(full, *progress.get(&full.0.id)?, settings));
    Ok(found.iter().filter_map(summary).collect())
}
