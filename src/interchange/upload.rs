//! Files that are being sent: each within a limit and a time, and all within the memory that there is for them.

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

/// How many of the largest files there is memory for.
const LARGEST: usize = 4;
/// What memory is counted in, in bytes.
const UNIT: usize = 1024;

/// Memory for files that are being sent.
pub struct Uploads(ConcurrencyLimit);

/// A file that was sent. It gives its memory back when it is dropped.
pub struct Upload {
    /// What was sent.
    pub bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

impl Uploads {
    /// Room for a few files of the largest size; a file that waits longer than `patience` for room gets [`Error::Busy`].
    pub fn new(limit: usize, patience: Duration) -> Self {
        let units = limit.saturating_mul(LARGEST).div_ceil(UNIT);
        Self(ConcurrencyLimit::new(units, patience))
    }

    /// A file, as long as the limit allows, within the time limit. While it comes it holds memory for what has come, and
    /// nothing else that others wait for.
    pub async fn read(&self, req: &HttpRequest, payload: web::Payload, http: &HttpSettings) -> Result<Upload, Error> {
        // A form would be taken for a part of the file. That of curl --data-binary names itself one and is none.
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
