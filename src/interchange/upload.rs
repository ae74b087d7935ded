//! Files that are being sent: each within a limit and a time, and all within the memory that there is for them.

use std::{sync::Arc, time::Duration};

use actix_web::web::{self, Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{error::Error, http::settings::HttpSettings};

/// How many of the largest files there is memory for.
const LARGEST: usize = 4;
/// What memory is counted in, in bytes.
const UNIT: usize = 1024;

/// Memory for files that are being sent.
pub struct Uploads {
    free: Arc<Semaphore>,
    patience: Duration,
}

/// A file that was sent. It gives its memory back when it is dropped.
pub struct Upload {
    /// What was sent.
    pub bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

impl Uploads {
    /// Room for a few files of the largest size; a file that waits longer than `patience` for room gets [`Error::Busy`].
    pub fn new(limit: usize, patience: Duration) -> Self {
        let units = limit.saturating_mul(LARGEST).div_ceil(UNIT).min(Semaphore::MAX_PERMITS);
        Self { free: Arc::new(Semaphore::new(units)), patience }
    }

    /// A file, as long as the limit allows, within the time limit. While it comes it holds memory for what has come, and
    /// nothing else that others wait for.
    pub async fn read(&self, payload: web::Payload, http: &HttpSettings) -> Result<Upload, Error> {
        let (limit, time) = (http.import_limit, http.import_timeout);
        let whole = self.whole(payload, limit);
        tokio::time::timeout(time, whole).await.map_err(|_| Error::BodyTooSlow(time.as_secs()))?
    }

    async fn whole(&self, mut payload: web::Payload, limit: usize) -> Result<Upload, Error> {
        let (mut bytes, mut room) = (BytesMut::new(), None);
        while let Some(piece) = payload.next().await {
            let piece = piece.map_err(|_| Error::BadRequest("the body could not be read to its end".into()))?;
            if bytes.len() + piece.len() > limit {
                return Err(Error::PayloadTooLarge(limit));
            }
            let held = room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
            let missing = (bytes.len() + piece.len()).div_ceil(UNIT).saturating_sub(held);
            let more = self.room(missing).await?;
            match &mut room {
                Some(room) => room.merge(more),
                None => room = Some(more),
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(Upload { bytes: bytes.freeze(), _room: room })
    }

    async fn room(&self, units: usize) -> Result<OwnedSemaphorePermit, Error> {
        let units = u32::try_from(units).map_err(|_| Error::Busy)?;
        match tokio::time::timeout(self.patience, self.free.clone().acquire_many_owned(units)).await {
            Ok(Ok(room)) => Ok(room),
            _ => Err(Error::Busy),
        }
    }
}
