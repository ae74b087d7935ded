//! What handlers share.

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    auth::{passwords::Passwords, recent_tokens::RecentTokens},
    aws::AwsProbe,
    clock::Clock,
    db::Db,
    error::Error,
    http::{
        rate_limit::Limits,
        settings::{AccessSettings, HttpSettings},
    },
    interchange::upload::Uploads,
    questions::similarity::live::Sketches,
    telemetry::metrics::Metrics,
};

/// The parts of a running service, made once by [`crate::server`] and injected into every handler.
pub struct App {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Counts and times.
    pub metrics: Metrics,
    /// Asks for AWS credentials.
    pub aws: AwsProbe,
    /// How often who may ask.
    pub limits: Limits,
    /// Hashes and compares passwords.
    pub passwords: Passwords,
    /// The tokens of the last minutes.
    pub recent_tokens: RecentTokens,
    /// What near-duplicates are found by.
    pub sketches: Sketches,
    /// Room for imports, exports and surveys.
    pub large: ConcurrencyLimit,
    /// Memory for files that are being sent.
    pub uploads: Uploads,
    /// Room for searches of near-duplicates, which take turns at their sketches.
    pub comparing: ConcurrencyLimit,
    /// Whether the server is about to stop, and load balancers are to send it no more requests.
    pub leaving: AtomicBool,
    /// Who may come in.
    pub access: AccessSettings,
    /// Limits of the HTTP server.
    pub http: HttpSettings,
}

/// A few at a time, because each takes much memory.
pub struct ConcurrencyLimit {
    free: Arc<Semaphore>,
    patience: Duration,
}

impl ConcurrencyLimit {
    /// So many at a time; who waits longer than `patience` for a turn gets [`Error::Busy`].
    pub fn new(at_once: usize, patience: Duration) -> Self {
        Self { free: Arc::new(Semaphore::new(at_once)), patience }
    }

    /// A turn, which ends when it is dropped. It belongs to the work rather than to the request: a client that goes away
    /// does not end what a thread does for it.
    pub async fn turn(&self) -> Result<OwnedSemaphorePermit, Error> {
        match tokio::time::timeout(self.patience, self.free.clone().acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(Error::Busy),
        }
    }
}
