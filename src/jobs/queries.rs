//! Jobs in the database. All times are on the clock of the database.

use std::time::Duration;

use diesel::prelude::*;

use super::model::{Claimed, Job, JobId, JobStatus, Lease, LeaseId};
use crate::{
    auth::model::UserId,
    db::{DbConnection, database_time, locked, types::Timestamp},
    schema::jobs,
};

/// How many candidates a worker reads at a time. Other workers may take some of them meanwhile.
const CANDIDATES: i64 = 16;

/// Adds a job to the queue.
pub fn enqueue(conn: &mut DbConnection, kind: &str, requested_by: UserId) -> QueryResult<JobId> {
    let (id, now) = (JobId::new(), database_time(conn)?);
    diesel::insert_into(jobs::table)
        .values((
            jobs::id.eq(id),
            jobs::kind.eq(kind),
            jobs::status.eq(JobStatus::Queued),
            jobs::requested_by.eq(requested_by),
            jobs::run_after.eq(now),
            jobs::created_at.eq(now),
            jobs::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(id)
}

/// How many unfinished jobs of a kind a user has requested.
pub fn count_unfinished(conn: &mut DbConnection, kind: &str, requested_by: UserId) -> QueryResult<i64> {
    jobs::table
        .filter(jobs::requested_by.eq(requested_by))
        .filter(jobs::kind.eq(kind))
        .filter(jobs::finished_at.is_null())
        .count()
        .get_result(conn)
}

diesel::alias!(const OTHERS: Alias<Others> = jobs as others);

/// Jobs of these kinds that no worker has and that may run now. Users take turns: first those none of whose jobs was ever
/// taken, then those whose last job was taken longest ago. Of one user's jobs, the oldest comes first.
pub fn due(conn: &mut DbConnection, kinds: &[&str]) -> QueryResult<Vec<JobId>> {
    let now = database_time(conn)?;
    let last_taken = || {
        OTHERS
            .filter(OTHERS.field(jobs::requested_by).eq(jobs::requested_by))
            .filter(OTHERS.field(jobs::taken_at).is_not_null())
            .order(OTHERS.field(jobs::taken_at).desc())
            .select(OTHERS.field(jobs::taken_at))
            .single_value()
    };
    jobs::table
        .filter(jobs::finished_at.is_null())
        .filter(jobs::kind.eq_any(kinds))
        .filter(jobs::run_after.le(now))
        .filter(jobs::leased_until.is_null().or(jobs::leased_until.le(now)))
        .order((last_taken().is_not_null(), last_taken(), jobs::run_after, jobs::id))
        .limit(CANDIDATES)
        .select(jobs::id)
        .load(conn)
}

/// Takes a job for this time, unless another worker was first.
///
/// A conditional UPDATE, which works the same in PostgreSQL, Citus and SQLite: of two workers, the second sees the
/// lease of the first. An expired lease counts as a failure: its worker died, perhaps because of this job.
pub fn claim(conn: &mut DbConnection, id: JobId, time: Duration) -> QueryResult<Option<Claimed>> {
    let now = database_time(conn)?;
    let lease = Lease { job_id: id, id: LeaseId::new() };
    diesel::update(jobs::table.find(id))
        .filter(jobs::finished_at.is_null())
        .filter(jobs::run_after.le(now))
        .filter(jobs::leased_until.le(now))
        .set(jobs::failures.eq(jobs::failures + 1))
        .execute(conn)?;
    let taken = diesel::update(jobs::table.find(id))
        .filter(jobs::finished_at.is_null())
        .filter(jobs::run_after.le(now))
        .filter(jobs::leased_until.is_null().or(jobs::leased_until.le(now)))
        .set((
            jobs::status.eq(JobStatus::Running),
            jobs::lease_id.eq(lease.id),
            jobs::leased_until.eq(now.plus(time)),
            jobs::taken_at.eq(now),
            jobs::failure.eq(None::<String>),
            jobs::updated_at.eq(now),
        ))
        .execute(conn)?;
    if taken == 0 {
        return Ok(None);
    }
    let begun = diesel::update(jobs::table.find(id).filter(jobs::started_at.is_null()))
        .set(jobs::started_at.eq(now))
        .execute(conn)?;
    Ok(find(conn, id)?.map(|job| Claimed { job, lease, is_first: begun > 0 }))
}

/// Extends a lease to this time from now. Returns false if the lease is lost.
pub fn renew(conn: &mut DbConnection, lease: Lease, time: Duration) -> QueryResult<bool> {
    let now = database_time(conn)?;
    let renewed = diesel::update(jobs::table.find(lease.job_id).filter(jobs::lease_id.eq(lease.id)))
        .set((jobs::leased_until.eq(now.plus(time)), jobs::updated_at.eq(now)))
        .execute(conn)?;
    Ok(renewed > 0)
}

/// Whether a lease is still held.
pub fn is_held(conn: &mut DbConnection, lease: Lease) -> QueryResult<bool> {
    let held = jobs::table.find(lease.job_id).filter(jobs::lease_id.eq(lease.id));
    diesel::select(diesel::dsl::exists(held)).get_result(conn)
}

/// Locks the job of a lease until the end of this transaction, so that nobody else takes or ends it. Returns `None` if
/// the lease is lost: then nothing may be stored.
pub fn hold(conn: &mut DbConnection, lease: Lease) -> QueryResult<Option<Job>> {
    let job = || jobs::table.find(lease.job_id).filter(jobs::lease_id.eq(lease.id));
    locked!(conn, job().select(Job::as_select()), for_no_key_update.first).optional()
}

/// Resets the count of failures in a row, because a held job made progress.
pub fn note_progress(conn: &mut DbConnection, job: &Job) -> QueryResult<()> {
    if job.failures > 0 {
        diesel::update(jobs::table.find(job.id)).set(jobs::failures.eq(0)).execute(conn)?;
    }
    Ok(())
}

/// Returns a held job to the queue. It is not taken again before a time.
pub fn give_back(
    conn: &mut DbConnection,
    id: JobId,
    run_after: Timestamp,
    why: Option<&str>,
    failures: i32,
) -> QueryResult<()> {
    let now = database_time(conn)?;
    diesel::update(jobs::table.find(id))
        .set((
            jobs::status.eq(JobStatus::Queued),
            jobs::lease_id.eq(None::<LeaseId>),
            jobs::leased_until.eq(None::<Timestamp>),
            jobs::run_after.eq(run_after),
            jobs::failure.eq(why),
            jobs::failures.eq(failures),
            jobs::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Ends a job, and with it any lease. Returns false if it had already ended.
pub fn finish(conn: &mut DbConnection, id: JobId, status: JobStatus, why: Option<&str>) -> QueryResult<bool> {
    let now = database_time(conn)?;
    let ended = diesel::update(jobs::table.find(id).filter(jobs::finished_at.is_null()))
        .set((
            jobs::status.eq(status),
            jobs::lease_id.eq(None::<LeaseId>),
            jobs::leased_until.eq(None::<Timestamp>),
            jobs::failure.eq(why),
            jobs::finished_at.eq(now),
            jobs::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(ended > 0)
}

/// A job by its id.
pub fn find(conn: &mut DbConnection, id: JobId) -> QueryResult<Option<Job>> {
    jobs::table.find(id).select(Job::as_select()).first(conn).optional()
}
