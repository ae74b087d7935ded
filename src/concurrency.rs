//! Work of which only a few may run at once, and the signal that ends what runs for long.

use std::{sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::error::Error;

/// A limit for how many run at once, and for how long one waits.
#[derive(Debug, Clone)]
pub struct ConcurrencyLimit {
    free: Arc<Semaphore>,
    patience: Duration,
}

impl ConcurrencyLimit {
    /// So many permits; who waits longer than `patience` for one gets [`Error::Busy`].
    pub fn new(permits: usize, patience: Duration) -> Self {
        Self { free: Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS))), patience }
    }

    /// A permit, which ends when it is dropped. It belongs to the work rather than to the request: a client that goes away
    /// does not end what a thread does for it.
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

/// Room for imports, exports and surveys of a bank, each of which takes much memory.
#[derive(Debug, Clone)]
pub struct LargeWork(pub ConcurrencyLimit);

/// Tells what runs for long that the process is about to end. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct StopSignal(watch::Sender<bool>);

impl StopSignal {
    /// Gives the signal.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was given.
    pub fn is_stopping(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is given.
    pub async fn stopped(&self) {
        // This sender lives as long as the receiver.
        let _ = self.0.subscribe().wait_for(|stopping| *stopping).await;
    }
}
