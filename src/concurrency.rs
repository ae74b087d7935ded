//! Limits for concurrent work, and the signal that stops long-running work.

use std::{sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::error::Error;

/// A limit for concurrent work, and for the time that callers wait.
#[derive(Debug, Clone)]
pub struct ConcurrencyLimit {
    free: Arc<Semaphore>,
    patience: Duration,
}

impl ConcurrencyLimit {
    /// Creates a limit with this many permits. Waiting longer than `patience` for one is [`Error::Busy`].
    pub fn new(permits: usize, patience: Duration) -> Self {
        Self { free: Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS))), patience }
    }

    /// A permit, released when it is dropped. It belongs to the work and not to the request: a thread keeps working
    /// after its client has disconnected.
    pub async fn permit(&self) -> Result<OwnedSemaphorePermit, Error> {
        self.permits(1).await
    }

    /// Several permits at once.
    pub async fn permits(&self, count: u32) -> Result<OwnedSemaphorePermit, Error> {
        match tokio::time::timeout(self.patience, self.free.clone().acquire_many_owned(count)).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(Error::Busy),
        }
    }

    /// A permit, if one is free.
    pub fn try_permit(&self) -> Option<OwnedSemaphorePermit> {
        self.free.clone().try_acquire_owned().ok()
    }
}

/// The limit for imports, exports and bank-wide checks, each of which takes much memory.
#[derive(Debug, Clone)]
pub struct LargeWork(pub ConcurrencyLimit);

/// Tells long-running work that the process is about to stop. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct StopSignal(watch::Sender<bool>);

impl StopSignal {
    /// Gives the signal.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Whether the signal was given.
    pub fn is_stopping(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for the signal.
    pub async fn stopped(&self) {
        // This sender lives as long as the receiver.
        let _ = self.0.subscribe().wait_for(|stopping| *stopping).await;
    }
}
