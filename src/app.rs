//! What handlers share.

use std::{sync::atomic::AtomicBool, time::Duration};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{
    clock::Clock,
    config::{AccessSettings, HttpSettings},
    db::Db,
    error::Error,
    health::AwsProbe,
    limits::Limits,
    metrics::Metrics,
    questions::similar::Sketches,
    users::{passwords::Passwords, recent::RecentTokens},
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
    /// Room for imports and exports.
    pub large: Turns,
    /// Whether the server is about to stop, and load balancers are to send it no more requests.
    pub leaving: AtomicBool,
    /// Who may come in.
    pub access: AccessSettings,
    /// Limits of the HTTP server.
    pub http: HttpSettings,
}

/// A few at a time, because each takes much memory.
pub struct Turns {
    free: Semaphore,
    patience: Duration,
}

impl Turns {
    /// So many at a time; who waits longer than `patience` for a turn gets [`Error::Busy`].
    pub fn new(at_once: usize, patience: Duration) -> Self {
        Self { free: Semaphore::new(at_once), patience }
    }

    /// A turn, which ends when it is dropped.
    pub async fn turn(&self) -> Result<SemaphorePermit<'_>, Error> {
        match tokio::time::timeout(self.patience, self.free.acquire()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(Error::Busy),
        }
    }
}
