//! Jobs that draft questions, and their budgets, in the database.

use std::collections::HashMap;

use diesel::{dsl::count_star, prelude::*};

use super::{
    converse::Usage,
    messages::Progress,
    model::{GenerationJob, OutcomeKind, StoredOutcome},
};
use crate::{
    db::{DbConnection, day::Day, on_backend},
    exams::model::{DomainId, ExamId, TaskId},
    jobs::model::{Job, JobId, JobStatus},
    questions::model::QuestionStatus,
    schema::{exams, generation_days, generation_jobs, generation_outcomes, jobs, questions, users},
};

/// A job with its request, the code of its exam and the name of the requester.
pub type FullJob = (Job, GenerationJob, String, Option<String>);

/// The user who requested a job, if not deleted.
#[diesel::dsl::auto_type]
fn requester() -> _ {
    users::id.nullable().eq(jobs::requested_by).and(users::deleted_at.is_null())
}

/// Stores the request of a job.
pub fn insert(conn: &mut DbConnection, new: GenerationJob) -> QueryResult<()> {
    diesel::insert_into(generation_jobs::table).values(new).execute(conn)?;
    Ok(())
}

/// The request of a job.
pub fn find(conn: &mut DbConnection, id: JobId) -> QueryResult<Option<GenerationJob>> {
    generation_jobs::table.find(id).select(GenerationJob::as_select()).first(conn).optional()
}

/// The same, with its state and the code of its exam.
pub fn find_full(conn: &mut DbConnection, id: JobId) -> QueryResult<Option<FullJob>> {
    on_backend!(conn, c => generation_jobs::table
        .inner_join(jobs::table)
        .inner_join(exams::table)
        .left_join(users::table.on(requester()))
        .filter(generation_jobs::job_id.eq(id))
        .select((Job::as_select(), GenerationJob::as_select(), exams::code, users::display_name.nullable()))
        .first(c))
    .optional()
}

/// A page of jobs that are older than `before`, newest first.
pub fn page(
    conn: &mut DbConnection,
    exam_id: Option<ExamId>,
    status: Option<JobStatus>,
    before: Option<JobId>,
    limit: i64,
) -> QueryResult<Vec<FullJob>> {
    let mut query = generation_jobs::table
        .inner_join(jobs::table)
        .inner_join(exams::table)
        .left_join(users::table.on(requester()))
        .order(jobs::id.desc())
        .limit(limit)
        .select((Job::as_select(), GenerationJob::as_select(), exams::code, users::display_name.nullable()))
        .into_boxed();
    if let Some(id) = exam_id {
        query = query.filter(generation_jobs::exam_id.eq(id));
    }
    if let Some(status) = status {
        query = query.filter(jobs::status.eq(status));
    }
    if let Some(before) = before {
        query = query.filter(jobs::id.lt(before));
    }
    query.load(conn)
}

/// The outcomes of a job after a number, ordered by number.
pub fn outcomes(conn: &mut DbConnection, id: JobId, after: i32) -> QueryResult<Vec<StoredOutcome>> {
    on_backend!(conn, c => generation_outcomes::table
        .filter(generation_outcomes::job_id.eq(id))
        .filter(generation_outcomes::number.gt(after))
        .order(generation_outcomes::number)
        .select(StoredOutcome::as_select())
        .load(c))
}

/// The numbers of the questions that have an outcome, in order.
pub fn numbers(conn: &mut DbConnection, id: JobId) -> QueryResult<Vec<i32>> {
    generation_outcomes::table
        .filter(generation_outcomes::job_id.eq(id))
        .order(generation_outcomes::number)
        .select(generation_outcomes::number)
        .load(conn)
}

/// The progress of jobs.
pub fn progress(conn: &mut DbConnection, found: &[FullJob]) -> QueryResult<HashMap<JobId, Progress>> {
    let ids: Vec<JobId> = found.iter().map(|(job, ..)| job.id).collect();
    let counts: Vec<(JobId, OutcomeKind, bool, i64)> = on_backend!(conn, c => generation_outcomes::table
        .filter(generation_outcomes::job_id.eq_any(&ids))
        .group_by((generation_outcomes::job_id, generation_outcomes::outcome, generation_outcomes::disagreed))
        .select((generation_outcomes::job_id, generation_outcomes::outcome, generation_outcomes::disagreed, count_star()))
        .load(c))?;
    let mut all: HashMap<JobId, Progress> =
        found.iter().map(|(job, asked, ..)| (job.id, Progress::of(asked.asked))).collect();
    for (id, outcome, disagreed, count) in counts {
        if let Some(progress) = all.get_mut(&id) {
            progress.add(outcome, disagreed, i32::try_from(count).unwrap_or(i32::MAX));
        }
    }
    Ok(all)
}

/// Stores outcomes.
pub fn insert_outcomes(conn: &mut DbConnection, outcomes: &[StoredOutcome]) -> QueryResult<()> {
    let rows = outcomes.to_vec();
    on_backend!(conn, c => diesel::insert_into(generation_outcomes::table).values(rows).execute(c))?;
    Ok(())
}

/// The token budgets.
#[derive(Debug, Clone, Copy)]
pub struct Budgets {
    /// Per job.
    pub per_job: i64,
    /// For all jobs, per day.
    pub per_day: i64,
}

/// The result of reserving tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserved {
    /// They are reserved.
    Yes,
    /// The budget of the job is used up.
    JobSpent,
    /// The budget of the day is used up.
    DaySpent,
    /// The rest of the day's budget is reserved by calls in progress, which may need less.
    DayReserved,
}

/// Reserves tokens of a job's budget and of the day's budget, of both or of neither. All transactions lock them in this
/// order, so that they cannot deadlock.
pub fn reserve(conn: &mut DbConnection, id: JobId, day: Day, tokens: i64, budgets: Budgets) -> QueryResult<Reserved> {
    let of_job = diesel::update(generation_jobs::table.find(id))
        .filter(generation_jobs::tokens_taken.le(budgets.per_job - tokens))
        .set(generation_jobs::tokens_taken.eq(generation_jobs::tokens_taken + tokens))
        .execute(conn)?;
    if of_job == 0 {
        return Ok(Reserved::JobSpent);
    }
    on_backend!(conn, c => diesel::insert_into(generation_days::table)
        .values(generation_days::day.eq(day))
        .on_conflict_do_nothing()
        .execute(c))?;
    let of_day = diesel::update(generation_days::table.find(day))
        .filter(generation_days::tokens_taken.le(budgets.per_day - tokens))
        .set((
            generation_days::tokens_taken.eq(generation_days::tokens_taken + tokens),
            generation_days::tokens_reserved.eq(generation_days::tokens_reserved + tokens),
        ))
        .execute(conn)?;
    if of_day == 0 {
        take(conn, id, -tokens)?;
        let used: i64 = generation_days::table
            .find(day)
            .select(generation_days::tokens_taken - generation_days::tokens_reserved)
            .first(conn)?;
        let fits = used <= budgets.per_day - tokens;
        return Ok(if fits { Reserved::DayReserved } else { Reserved::DaySpent });
    }
    Ok(Reserved::Yes)
}

/// Replaces the reservation of a call with its actual usage. If the usage is unknown, the whole reservation counts.
pub fn settle(conn: &mut DbConnection, id: JobId, day: Day, reserved: i64, usage: Option<Usage>) -> QueryResult<()> {
    let difference = usage.map_or(0, |usage| i64::from(usage.total()) - reserved);
    let usage = usage.unwrap_or_default();
    take(conn, id, difference)?;
    diesel::update(generation_jobs::table.find(id))
        .set((
            generation_jobs::input_tokens.eq(generation_jobs::input_tokens + i64::from(usage.input_tokens)),
            generation_jobs::output_tokens.eq(generation_jobs::output_tokens + i64::from(usage.output_tokens)),
        ))
        .execute(conn)?;
    diesel::update(generation_days::table.find(day))
        .set((
            generation_days::tokens_taken.eq(generation_days::tokens_taken + difference),
            generation_days::tokens_reserved.eq(generation_days::tokens_reserved - reserved),
        ))
        .execute(conn)?;
    Ok(())
}

fn take(conn: &mut DbConnection, id: JobId, tokens: i64) -> QueryResult<()> {
    diesel::update(generation_jobs::table.find(id))
        .set(generation_jobs::tokens_taken.eq(generation_jobs::tokens_taken + tokens))
        .execute(conn)?;
    Ok(())
}

/// The number of questions in each task of a domain, retired ones excluded.
pub fn counts_by_task(conn: &mut DbConnection, id: DomainId) -> QueryResult<HashMap<TaskId, i64>> {
    let counts: Vec<(Option<TaskId>, i64)> = questions::table
        .filter(questions::domain_id.eq(id))
        .filter(questions::status.ne(QuestionStatus::Retired))
        .group_by(questions::task_id)
        .select((questions::task_id, count_star()))
        .load(conn)?;
    Ok(counts.into_iter().filter_map(|(task, count)| Some((task?, count))).collect())
}

/// The stems of the newest questions of a domain or of one of its tasks, retired ones excluded.
pub fn newest_stems(
    conn: &mut DbConnection,
    domain_id: DomainId,
    task_id: Option<TaskId>,
    limit: i64,
) -> QueryResult<Vec<String>> {
    let mut query = questions::table
        .filter(questions::domain_id.eq(domain_id))
        .filter(questions::status.ne(QuestionStatus::Retired))
        .order(questions::id.desc())
        .limit(limit)
        .select(questions::stem)
        .into_boxed();
    if let Some(id) = task_id {
        query = query.filter(questions::task_id.eq(id));
    }
    query.load(conn)
}
