//! Runs a drafting job: one outcome for each requested question, each stored in one transaction that holds the lease.
//!
//! No connection is held while the model writes. A worker that is stopped loses only the question it was working on.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;

use super::{
    brief::{self, Next},
    converse::{Converse, Usage},
    guards,
    job_desk::{self, JobDesk},
    model::{JOB_BUDGET, KIND, OutcomeKind, StoredOutcome, stored},
    patience::patiently,
    prompt::TEMPLATE,
    queries::{self, Budgets},
    settings::{GenerationSettings, SCRIPTED},
    writer::{self, Brief, Drafted, Outcome, Refusal, Stop, Written},
};
use crate::{
    db::{
        Db, DbConnection, database_time,
        types::{Json, Timestamp},
    },
    error::Error,
    exams::{
        self,
        model::{DomainId, ExamId, TaskId},
    },
    jobs::{
        self,
        model::{Job, Lease},
        worker::{Handler, Turn},
    },
    questions::{
        self,
        drafts::QuestionDraft,
        model::{Origin, QuestionId, QuestionStatus},
        queries::NewPlacement,
        similarity::live::Sketches,
        upkeep::Upkeep,
    },
};

/// The number of questions after which a job lets other jobs run first.
const QUESTIONS_PER_TURN: usize = 10;
/// How long a job waits if calls of other jobs have reserved the rest of the daily tokens.
const MOMENT: Duration = Duration::from_secs(60);
/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;

/// Drafts questions.
pub struct Drafting {
    /// The database.
    pub db: Db,
    /// The index for near-duplicates.
    pub sketches: Arc<Sketches>,
    /// The models.
    pub model: Arc<dyn Converse>,
    /// Settings.
    pub settings: Arc<GenerationSettings>,
}

impl Handler for Drafting {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn run<'a>(&'a self, job: &'a Job, lease: Lease) -> BoxFuture<'a, Turn> {
        Box::pin(async move {
            match self.turn(job, lease).await {
                Ok(turn) => turn,
                Err(stop) => self.stopped(stop, lease).await,
            }
        })
    }
}

impl Drafting {
    async fn turn(&self, job: &Job, lease: Lease) -> Result<Turn, Stop> {
        for _ in 0..QUESTIONS_PER_TURN {
            let (of, max_tokens) = (job.clone(), self.settings.max_tokens);
            let (brief, exam_id) = match self.db.read(move |conn| brief::next(conn, &of, max_tokens)).await? {
                Next::Write(brief, exam_id) => (brief, exam_id),
                Next::Nothing => return Ok(Turn::Done),
                Next::Impossible(why) => return Ok(Turn::Failed(why)),
            };
            let budgets = Budgets { per_job: self.settings.tokens_per_job, per_day: self.settings.tokens_per_day };
            let desk = JobDesk::new(&self.db, &self.sketches, lease, exam_id, budgets);
            let written = writer::write(&*self.model, &brief, &desk, &self.settings.reference_sites).await?;
            if let Some(turn) = self.store(lease, *brief, exam_id, written).await? {
                return Ok(turn);
            }
        }
        Ok(Turn::Again)
    }

    /// Stores the outcome of a question. Returns how the turn ends, if it ends.
    async fn store(&self, lease: Lease, brief: Brief, exam_id: ExamId, written: Written) -> Result<Option<Turn>, Stop> {
        let question = Arc::new((brief, written));
        Ok(patiently(|| self.try_store(lease, question.clone(), exam_id)).await?)
    }

    async fn try_store(
        &self,
        lease: Lease,
        question: Arc<(Brief, Written)>,
        exam_id: ExamId,
    ) -> Result<Option<Turn>, Error> {
        let (turn, sketches) = (self.sketches.turn().await?, self.sketches.clone());
        let store = move |conn: &mut DbConnection| {
            let (_turn, (brief, written)) = (&turn, &*question);
            store(conn, &sketches, lease, brief, exam_id, written)
        };
        self.db.write(store).await
    }

    /// How a turn ends if it stopped without an outcome.
    async fn stopped(&self, stop: Stop, lease: Lease) -> Turn {
        match stop {
            Stop::Model(failure) if failure.class.may_pass() => Turn::Retry(failure.detail),
            Stop::Model(failure) => Turn::Failed(failure.detail),
            Stop::Lost => Turn::Lost,
            Stop::DayBudget => match self.db.read(|conn| Ok(database_time(conn)?)).await {
                Ok(now) => {
                    // The setting may be raised before tomorrow.
                    let look_again = now.plus(self.settings.job_times.longest_backoff);
                    let why = format!("{stop}: the job continues tomorrow (UTC), or soon after the setting is raised");
                    Turn::Wait(next_day(now).min(look_again), why)
                }
                Err(error) => failed(&error),
            },
            Stop::DayReserved => match self.db.read(|conn| Ok(database_time(conn)?)).await {
                Ok(now) => Turn::Wait(now.plus(MOMENT), stop.to_string()),
                Err(error) => failed(&error),
            },
            Stop::JobBudget => {
                let reason = stop.to_string();
                match self.db.write(move |conn| refuse_the_rest(conn, lease, &reason)).await {
                    Ok(turn) => turn,
                    Err(error) => failed(&error),
                }
            }
            Stop::Error(error) => failed(&error),
        }
    }
}

/// The error is logged; the job shows only a general message.
fn failed(error: &Error) -> Turn {
    match error {
        Error::Busy | Error::Contended => Turn::Retry(error.to_string()),
        Error::Unavailable(_) => Turn::Retry("the database did not respond".into()),
        Error::Storage(..) => Turn::Retry("the database could not read or store data".into()),
        error => {
            log::error!("generation: {error}");
            Turn::Retry("an internal error occurred: the log has the details".into())
        }
    }
}

/// Midnight in UTC.
fn next_day(now: Timestamp) -> Timestamp {
    let since = now.seconds_since(Timestamp::EPOCH);
    Timestamp::EPOCH.plus_seconds(since - since % DAY + DAY)
}

/// Stores an outcome, with its question if there is one. Returns how the turn ends, if it ends.
///
/// The exam is locked meanwhile, and near-duplicates are searched again: if two jobs write the same question at the
/// same time, only one stores it.
fn store(
    conn: &mut DbConnection,
    sketches: &Sketches,
    lease: Lease,
    brief: &Brief,
    exam_id: ExamId,
    written: &Written,
) -> Result<Option<Turn>, Error> {
    let Some(job) = jobs::queries::hold(conn, lease)? else { return Ok(Some(Turn::Lost)) };
    let now = database_time(conn)?;
    let outcome = |kind, refusal| StoredOutcome::new(job.id, brief.number, kind, refusal, written.usage, now);
    let stored = match &written.outcome {
        Outcome::Refused(refusal) => outcome(OutcomeKind::Refused, Some(refusal)),
        Outcome::Duplicate(refusal) => outcome(OutcomeKind::Duplicate, Some(refusal)),
        Outcome::Drafted(drafted) => {
            exams::queries::lock_by_id(conn, exam_id)?;
            match job_desk::nearest(conn, sketches, exam_id, &drafted.content)? {
                Some(near) => outcome(OutcomeKind::Duplicate, Some(&guards::duplicate(&near))),
                None => match file(conn, exam_id, brief, drafted)? {
                    Err(why) => return Ok(Some(Turn::Failed(why))),
                    Ok(place) => {
                        let question_id = insert(conn, &job, place, brief, drafted, written.usage)?;
                        let (question_id, disagreed) = (Some(question_id), drafted.disagreed);
                        StoredOutcome { question_id, disagreed, ..outcome(OutcomeKind::Drafted, None) }
                    }
                },
            }
        }
    };
    queries::insert_outcomes(conn, &[stored])?;
    jobs::queries::note_progress(conn, &job)?;
    Ok(None)
}

/// The domain and task of a draft, or an error if the blueprint no longer has them.
fn file(
    conn: &mut DbConnection,
    exam_id: ExamId,
    brief: &Brief,
    drafted: &Drafted,
) -> Result<Result<(ExamId, DomainId, TaskId), String>, Error> {
    let exam = exams::queries::get(conn, exam_id)?;
    let blueprint = exams::queries::blueprint(conn, exam)?;
    let place = brief::place(&blueprint, brief.domain, Some(&drafted.task));
    Ok(place.and_then(|(domain, tasks)| {
        let task = tasks.first().ok_or_else(|| format!("{} has no task {} any more", brief.exam, drafted.task))?;
        Ok((exam_id, domain.id, task.id))
    }))
}

/// Stores a draft with its origin.
fn insert(
    conn: &mut DbConnection,
    job: &Job,
    (exam_id, domain_id, task_id): (ExamId, DomainId, TaskId),
    brief: &Brief,
    drafted: &Drafted,
    usage: Usage,
) -> Result<QuestionId, Error> {
    let place = NewPlacement {
        exam_id,
        domain_id,
        task_id: Some(task_id),
        status: QuestionStatus::Draft,
        origin: Origin::Generated,
        external_key: None,
        supersedes_id: None,
        written_by: job.requested_by,
        upkeep: Upkeep::default(),
        upkeep_changed: false,
    };
    let ids = questions::queries::insert(conn, &[(place, &drafted.content)])?;
    let question_id = *ids.first().ok_or_else(|| Error::Internal("a question that was stored has no id".into()))?;
    let draft = QuestionDraft {
        question_id,
        job_id: Some(job.id),
        requested_by: job.requested_by,
        model: brief.model.clone(),
        template: TEMPLATE.to_owned(),
        language: brief.language.clone(),
        input_tokens: stored(usage.input_tokens),
        output_tokens: stored(usage.output_tokens),
        content: Json(drafted.content.clone()),
        cold_answer: drafted.cold_answer.clone().map(Json),
        disagreed: drafted.disagreed,
        scripted: brief.model == SCRIPTED,
        accepted_at: None,
        changed: None,
    };
    questions::queries::insert_draft(conn, &draft)?;
    Ok(question_id)
}

/// Stores all remaining questions as refused, because the job's tokens are used up.
fn refuse_the_rest(conn: &mut DbConnection, lease: Lease, why: &str) -> Result<Turn, Error> {
    let Some(job) = jobs::queries::hold(conn, lease)? else { return Ok(Turn::Lost) };
    let Some(asked) = queries::find(conn, job.id)? else { return Ok(Turn::Lost) };
    let (now, known) = (database_time(conn)?, queries::numbers(conn, job.id)?);
    let refusal = Refusal { rule: JOB_BUDGET.to_owned(), reason: why.to_owned() };
    let missing = (1..=asked.asked).filter(|number| known.binary_search(number).is_err());
    let refused = missing
        .map(|number| StoredOutcome::new(job.id, number, OutcomeKind::Refused, Some(&refusal), Usage::default(), now));
    queries::insert_outcomes(conn, &refused.collect::<Vec<_>>())?;
    Ok(Turn::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_in_utc() {
        let at = |second: i64| Timestamp::EPOCH.plus_seconds(second);
        assert_eq!(next_day(at(0)), at(DAY));
        assert_eq!(next_day(at(DAY - 1)), at(DAY));
        assert_eq!(next_day(at(DAY)), at(2 * DAY));
    }
}
