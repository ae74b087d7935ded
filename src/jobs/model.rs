//! A job as it is stored.

use diesel::{Identifiable, Queryable, Selectable};

use crate::{
    auth::model::UserId,
    db::types::{Timestamp, id, text_enum},
    schema::jobs,
};

id!(
    /// The id of a job.
    JobId
);
id!(
    /// The random value by which a worker holds a job.
    LeaseId
);

text_enum!(
    /// The status of a job.
    JobStatus {
        /// Waiting for a worker.
        Queued = "queued",
        /// A worker is working on it.
        Running = "running",
        /// Every requested question has an outcome.
        Succeeded = "succeeded",
        /// It ended early: `failure` says why.
        Failed = "failed",
        /// A user canceled it.
        Cancelled = "cancelled",
    }
);

/// A stored job.
#[derive(Debug, Clone, Identifiable, Queryable, Selectable)]
pub struct Job {
    /// The id.
    pub id: JobId,
    /// What kind of work it is.
    pub kind: String,
    /// Its status.
    pub status: JobStatus,
    /// The user who requested the job.
    pub requested_by: Option<UserId>,
    /// Why it failed, or why it waits, for people.
    pub failure: Option<String>,
    /// Failures in a row.
    pub failures: i32,
    /// No worker takes it before this time.
    pub run_after: Timestamp,
    /// The worker that has it.
    pub lease_id: Option<LeaseId>,
    /// The end of the lease, if the worker does not renew it.
    pub leased_until: Option<Timestamp>,
    /// When a worker first took the job.
    pub started_at: Option<Timestamp>,
    /// When the job ended.
    pub finished_at: Option<Timestamp>,
    /// When the job was requested.
    pub created_at: Timestamp,
}

/// A job that a worker has just taken.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The job.
    pub job: Job,
    /// The lease of the worker.
    pub lease: Lease,
    /// Whether no worker had it before.
    pub is_first: bool,
}

/// A worker's lease on a job. It stays valid after its end until another worker takes the job or the job ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job_id: JobId,
    /// The random value of this lease.
    pub id: LeaseId,
}
