//! Reading bodies: each within a size and a time.

use std::{future::Future, time::Duration};

use actix_web::{
    HttpMessage, HttpRequest,
    dev::Payload,
    error::PayloadError,
    http::header,
    web::{self, Bytes, BytesMut},
};
use futures_util::{Stream, StreamExt};

use crate::{error::Error, http::state::State};

/// The bytes of a JSON body: as many as the limit allows, within the time limit.
pub fn read(req: &HttpRequest, payload: &mut Payload) -> impl Future<Output = Result<Bytes, Error>> + use<> {
    let is_json = req.content_type().eq_ignore_ascii_case("application/json");
    let length = req.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let app = req.app_data::<web::Data<State>>().cloned();
    let payload = payload.take();
    async move {
        let app = app.ok_or_else(|| Error::Internal("no application data".into()))?;
        if !is_json {
            return Err(Error::UnsupportedMediaType);
        }
        let (limit, time) = (app.http.body_limit, app.http.body_timeout);
        if length.is_some_and(|length: usize| length > limit) {
            return Err(Error::PayloadTooLarge(limit));
        }
        collect(payload, limit, time, async |_| Ok(())).await
    }
}

/// Reads a body of at most `limit` bytes within a time limit. `hold` is told how long it is before more of it is kept.
pub async fn collect(
    mut body: impl Stream<Item = Result<Bytes, PayloadError>> + Unpin,
    limit: usize,
    time: Duration,
    mut hold: impl AsyncFnMut(usize) -> Result<(), Error>,
) -> Result<Bytes, Error> {
    let whole = async {
        let mut bytes = BytesMut::new();
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(|_| Error::BadRequest("the body could not be read to its end".into()))?;
            let length = bytes.len() + piece.len();
            if length > limit {
                return Err(Error::PayloadTooLarge(limit));
            }
            hold(length).await?;
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes.freeze())
    };
    tokio::time::timeout(time, whole).await.map_err(|_| Error::BodyTooSlow(time.as_secs()))?
}
