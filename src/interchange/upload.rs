//! Uploads of files: each within a size limit and a time limit, and all within a memory limit.

use std::time::Duration;

use actix_web::{
    HttpMessage, HttpRequest,
    web::{self, Bytes},
};
use tokio::sync::OwnedSemaphorePermit;

use crate::{
    concurrency::ConcurrencyLimit,
    error::Error,
    http::{
        extract::{self, Sent},
        settings::HttpSettings,
    },
};

/// The memory limit, as a number of files of the largest size.
const LARGEST: usize = 4;
/// The unit of memory, in bytes.
const UNIT: usize = 1024;

/// The memory for uploads.
pub struct Uploads(ConcurrencyLimit);

/// An uploaded file. It releases its memory when it is dropped.
pub struct Upload {
    /// What was sent.
    pub bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

impl Uploads {
    /// Memory for a few files of the largest size. An upload that waits longer than `patience` gets [`Error::Busy`].
    pub fn new(limit: usize, patience: Duration) -> Self {
        let units = limit.saturating_mul(LARGEST).div_ceil(UNIT);
        Self(ConcurrencyLimit::new(units, patience))
    }

    /// Reads a file within the size limit and the time limit. During the upload, it holds memory only for the bytes
    /// that have arrived, and no other shared resource.
    pub async fn read(&self, req: &HttpRequest, payload: web::Payload, http: &HttpSettings) -> Result<Upload, Error> {
        // A form would be read as part of the file. curl --data-binary declares a URL-encoded form wrongly.
        if req.content_type().to_ascii_lowercase().starts_with("multipart/") {
            return Err(Error::FileInForm);
        }
        let sent = Sent::of(req.headers())?;
        let mut room: Option<OwnedSemaphorePermit> = None;
        let hold = async |length: usize| {
            let held = room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
            let missing = length.div_ceil(UNIT).saturating_sub(held);
            let more = self.0.permits(u32::try_from(missing).map_err(|_| Error::Busy)?).await?;
            match &mut room {
                Some(room) => room.merge(more),
                None => room = Some(more),
            }
            Ok(())
        };
        let bytes = extract::collect(payload, sent, http.import_limit, http.import_timeout, hold).await?;
        Ok(Upload { bytes, _room: room })
    }
}
