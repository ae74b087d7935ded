//! Workers. Each takes a job, runs it, and stores the outcome, until it is stopped.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep, timeout},
};

use super::{
    model::{Claimed, Job, JobStatus, Lease},
    queries,
};
use crate::{
    concurrency::StopSignal,
    db::{Db, DbConnection, database_time, types::Timestamp},
    error::Error,
    telemetry::metrics::Metrics,
};

/// How many failures in a row end a job.
const MOST_FAILURES: i32 = 10;
/// How long releasing a job may take when the process stops.
const LAST_WRITE_LIMIT: Duration = Duration::from_secs(3);

/// Runs jobs of one kind.
pub trait Handler: Send + Sync {
    /// The kind.
    fn kind(&self) -> &'static str;

    /// Runs a job. The future is dropped if the lease is lost or the worker stops. So all writes must be in
    /// transactions that [`queries::hold`] the lease, and a later run must continue after what was stored.
    fn run<'a>(&'a self, job: &'a Job, lease: Lease) -> BoxFuture<'a, Turn>;
}

/// How a turn at a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// The job is done.
    Done,
    /// There is more to do. Other waiting jobs come first.
    Again,
    /// It cannot continue before a time, for this reason.
    Wait(Timestamp, String),
    /// It failed with a temporary error, for this reason.
    Retry(String),
    /// It failed permanently, for this reason.
    Failed(String),
    /// Another worker has the job, or it has ended.
    Lost,
}

/// The times of leases and workers.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// How long a lease lasts without renewal.
    pub lease: Duration,
    /// How often a worker renews its lease.
    pub renew: Duration,
    /// How often it checks whether it still has the job.
    pub check: Duration,
    /// How often an idle worker looks for jobs from other servers.
    pub poll: Duration,
    /// How long a job waits after a failure. Doubles with each further failure in a row.
    pub backoff: Duration,
    /// The longest time that it waits.
    pub longest_backoff: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(30),
            renew: Duration::from_secs(10),
            check: Duration::from_secs(1),
            poll: Duration::from_secs(1),
            backoff: Duration::from_secs(5),
            longest_backoff: Duration::from_secs(600),
        }
    }
}

/// The workers of one process.
pub struct Workers {
    /// The database.
    pub db: Db,
    /// The handlers, one for each kind. Jobs of other kinds are left to other processes.
    pub handlers: Vec<Arc<dyn Handler>>,
    /// How many jobs run at a time.
    pub count: usize,
    /// Notified of new jobs of this process.
    pub wake: Arc<Notify>,
    /// Stops the workers.
    pub stop: StopSignal,
    /// Counts jobs.
    pub metrics: Metrics,
    /// Times.
    pub times: Times,
}

impl Workers {
    /// Runs jobs until it is stopped. Running jobs are then released, so that other workers take them at once.
    pub async fn run(self) {
        if !self.handlers.is_empty() {
            join_all((0..self.count).map(|_| self.work())).await;
        }
    }

    async fn work(&self) {
        while !self.stop.is_stopping() {
            match self.claim().await {
                Ok(Some(claimed)) => self.attend(claimed).await,
                Ok(None) => self.rest(self.times.poll).await,
                Err(error) => {
                    log::log!(error.log_level(), "jobs: {error}");
                    self.rest(self.times.poll * 5).await;
                }
            }
        }
    }

    /// Takes the next job.
    async fn claim(&self) -> Result<Option<Claimed>, Error> {
        let kinds: Vec<&'static str> = self.handlers.iter().map(|handler| handler.kind()).collect();
        // First only read, so that idle workers take no locks.
        let candidates = self.db.read(move |conn| Ok(queries::due(conn, &kinds)?)).await?;
        for id in candidates {
            let time = self.times.lease;
            if let Some(claimed) = self.db.write(move |conn| Ok(queries::claim(conn, id, time)?)).await? {
                return Ok(Some(claimed));
            }
        }
        Ok(None)
    }

    async fn rest(&self, time: Duration) {
        tokio::select! {
            () = self.stop.stopped() => {}
            () = self.wake.notified() => {}
            () = sleep(time.mul_f64(jitter())) => {}
        }
    }

    /// Runs a job until it is done or lost, or until the worker is stopped.
    async fn attend(&self, Claimed { job, lease, is_first }: Claimed) {
        let Some(handler) = self.handlers.iter().find(|handler| handler.kind() == job.kind) else { return };
        // A long job returns to the queue from time to time, so it is taken many times.
        let level = if is_first { log::Level::Info } else { log::Level::Debug };
        log::log!(level, job:% = job.id, kind = job.kind.as_str(); "job {}: taken", job.id);
        let _running = self.metrics.job_runs();
        if job.failures >= MOST_FAILURES {
            let why = format!("given up after {MOST_FAILURES} failures in a row: its worker died or lost the database");
            if let Err(error) = self.tell(&job, lease, Turn::Failed(why)).await {
                log::log!(error.log_level(), job:% = job.id; "job {}: cannot store its outcome: {error}", job.id);
            }
            return;
        }
        let run = AssertUnwindSafe(handler.run(&job, lease)).catch_unwind();
        let turn = tokio::select! {
            turn = run => Some(turn.unwrap_or_else(|_| Turn::Retry("an internal error occurred: the log has the details".into()))),
            () = self.keep(lease) => Some(Turn::Lost),
            () = self.stop.stopped() => None,
        };
        let told = match turn {
            Some(Turn::Lost) => return log_loss(&job),
            Some(turn) => self.tell(&job, lease, turn).await,
            None => {
                log::info!(job:% = job.id; "job {}: released because this process stops", job.id);
                let give_back = self.tell(&job, lease, Turn::Again);
                timeout(LAST_WRITE_LIMIT, give_back).await.unwrap_or(Err(Error::Busy))
            }
        };
        if let Err(error) = told {
            // Its lease expires, and then another worker takes it.
            log::log!(error.log_level(), job:% = job.id; "job {}: cannot store its outcome: {error}", job.id);
        }
    }

    /// Renews a lease until it is lost.
    async fn keep(&self, lease: Lease) {
        let (time, mut renewed) = (self.times.lease, Instant::now());
        loop {
            sleep(self.times.check).await;
            let now = Instant::now();
            let held = if now - renewed < self.times.renew {
                self.db.read(move |conn| Ok(queries::is_held(conn, lease)?)).await
            } else {
                let held = self.db.write(move |conn| Ok(queries::renew(conn, lease, time)?)).await;
                if let Ok(true) = held {
                    renewed = now;
                }
                held
            };
            match held {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    log::log!(error.log_level(), job:% = lease.job_id; "job {}: cannot check its lease: {error}", lease.job_id);
                    // By now, another worker may have it.
                    if now - renewed >= time {
                        return;
                    }
                }
            }
        }
    }

    /// Stores how a turn ended.
    async fn tell(&self, job: &Job, lease: Lease, turn: Turn) -> Result<(), Error> {
        let (times, chance) = (self.times, jitter());
        let again = turn == Turn::Again;
        match self.db.write(move |conn| tell(conn, lease, &turn, &times, chance)).await? {
            End::Finished(status, why) => {
                self.metrics.job_finished(&job.kind, status.as_str());
                let why = why.map(|why| format!(": {why}")).unwrap_or_default();
                log::info!(job:% = job.id, status = status.as_str(); "job {}: {status}{why}", job.id);
            }
            End::Queued if again => {}
            End::Queued => log::info!(job:% = job.id; "job {}: waiting", job.id),
            End::Lost => log_loss(job),
        }
        Ok(())
    }
}

fn log_loss(job: &Job) {
    log::info!(job:% = job.id; "job {}: taken over, canceled, or its lease ran out", job.id);
}

/// What became of a job at the end of a turn.
enum End {
    /// It is finished: its status, and why.
    Finished(JobStatus, Option<String>),
    /// It goes on later.
    Queued,
    /// This worker no longer has it.
    Lost,
}

/// Stores how a turn ended.
fn tell(conn: &mut DbConnection, lease: Lease, turn: &Turn, times: &Times, chance: f64) -> Result<End, Error> {
    let Some(job) = queries::hold(conn, lease)? else { return Ok(End::Lost) };
    let now = database_time(conn)?;
    let (status, why) = match turn {
        Turn::Lost => return Ok(End::Lost),
        Turn::Done => (JobStatus::Succeeded, None),
        Turn::Failed(why) => (JobStatus::Failed, Some(why.clone())),
        Turn::Retry(why) if job.failures + 1 >= MOST_FAILURES => {
            (JobStatus::Failed, Some(format!("given up after {MOST_FAILURES} failures in a row: {why}")))
        }
        Turn::Retry(why) => {
            let failures = job.failures + 1;
            let after = now.plus(times.backoff(failures).mul_f64(chance));
            let why = format!(
                "{why}; the job is retried, and fails after {MOST_FAILURES} failures in a row (so far {failures})"
            );
            queries::give_back(conn, job.id, after, Some(&why), failures)?;
            return Ok(End::Queued);
        }
        Turn::Wait(until, why) => {
            queries::give_back(conn, job.id, *until, Some(why), job.failures)?;
            return Ok(End::Queued);
        }
        Turn::Again => {
            queries::give_back(conn, job.id, now, None, job.failures)?;
            return Ok(End::Queued);
        }
    };
    queries::finish(conn, job.id, status, why.as_deref())?;
    Ok(End::Finished(status, why))
}

impl Times {
    /// How long a job waits after this many failures in a row.
    fn backoff(&self, failures: i32) -> Duration {
        let doublings = u32::try_from(failures - 1).unwrap_or(0).min(16);
        self.backoff.saturating_mul(1 << doublings).min(self.longest_backoff)
    }
}

/// A factor from 0.75 to 1, so that jobs that failed together are not retried together.
fn jitter() -> f64 {
    rand::random_range(0.75..=1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_in_a_row_makes_the_wait_twice_as_long_up_to_a_limit() {
        let times = Times::default();
        let waits: Vec<u64> = [1, 2, 3, 8, 9, i32::MAX].map(|failures| times.backoff(failures).as_secs()).into();
        assert_eq!(waits, [5, 10, 20, 600, 600, 600]);
    }
}
