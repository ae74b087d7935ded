//! Reading bodies: each within a size limit and a time limit.

use std::{future::Future, pin::pin, time::Duration};

use actix_web::{
    HttpMessage, HttpRequest,
    dev::Payload,
    error::PayloadError,
    http::header,
    web::{self, Bytes, BytesMut},
};
use futures_util::{Stream, StreamExt};

use super::inflate::{Sent, inflate};
use crate::{error::Error, http::state::State};

/// The bytes of a JSON body, within the size limit and the time limit.
pub fn read(req: &HttpRequest, payload: &mut Payload) -> impl Future<Output = Result<Bytes, Error>> + use<> {
    let is_json = req.content_type().eq_ignore_ascii_case("application/json");
    let sent = Sent::of(req.headers());
    let length = req.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let app = req.app_data::<web::Data<State>>().cloned();
    let payload = payload.take();
    async move {
        let app = app.ok_or_else(|| Error::Internal("no application data".into()))?;
        if !is_json {
            return Err(Error::UnsupportedMediaType);
        }
        let (sent, limit, time) = (sent?, app.http.body_limit, app.http.body_timeout);
        if sent == Sent::Plain && length.is_some_and(|length: usize| length > limit) {
            return Err(Error::PayloadTooLarge(limit));
        }
        collect(payload, sent, limit, time, async |_| Ok(())).await
    }
}

/// Reads a body of at most `limit` bytes, after decompression, within a time limit. `hold` is called with its length
/// before more of it is kept.
pub async fn collect(
    body: impl Stream<Item = Result<Bytes, PayloadError>> + Unpin,
    sent: Sent,
    limit: usize,
    time: Duration,
    hold: impl AsyncFnMut(usize) -> Result<(), Error>,
) -> Result<Bytes, Error> {
    let unreadable = |_| Error::BadRequest("the body could not be read to its end".into());
    let body = body.map(|piece| piece.map_err(unreadable));
    let whole = async {
        match sent {
            Sent::Plain => join(body, limit, hold).await,
            Sent::Gzip => join(pin!(inflate(body, limit)), limit, hold).await,
        }
    };
    tokio::time::timeout(time, whole).await.map_err(|_| Error::BodyTooSlow(time.as_secs()))?
}

async fn join(
    mut pieces: impl Stream<Item = Result<Bytes, Error>> + Unpin,
    limit: usize,
    mut hold: impl AsyncFnMut(usize) -> Result<(), Error>,
) -> Result<Bytes, Error> {
    let mut bytes = BytesMut::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece?;
        let length = bytes.len() + piece.len();
        if length > limit {
            return Err(Error::PayloadTooLarge(limit));
        }
        hold(length).await?;
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes.freeze())
}
