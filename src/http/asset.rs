//! Responses that are the same for everyone while the program runs.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::OnceLock,
    task::{Context, Poll},
};

use actix_web::{
    HttpRequest, HttpResponse,
    body::{BodySize, MessageBody},
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    web::{self, Bytes},
};

use super::{
    compression::{Coding, mark},
    etag,
};
use crate::error::Error;

/// Bytes with their ETag, compressed once for each coding.
pub struct Asset {
    content_type: String,
    plain: Bytes,
    tag: String,
    encoded: [OnceLock<Bytes>; Coding::ALL.len()],
}

impl Asset {
    /// An asset of this media type.
    pub fn new(content_type: String, plain: Bytes) -> Self {
        let tag = etag::tag(&plain);
        Self { content_type, plain, tag, encoded: Default::default() }
    }

    /// The hash of these bytes, for use in a URL.
    pub fn version(&self) -> &str {
        self.tag.trim_matches('"')
    }

    /// 200 with the bytes in the coding that the client prefers, or 304.
    pub async fn answer(&'static self, req: &HttpRequest, caching: &'static str) -> Result<HttpResponse, Error> {
        let mut response = HttpResponse::Ok();
        response.insert_header((header::CACHE_CONTROL, caching));
        if let Some(known) = etag::known(req, &self.tag) {
            // The compression layer adds Vary.
            return Ok(response.status(StatusCode::NOT_MODIFIED).insert_header((header::ETAG, known)).finish());
        }
        response.insert_header((header::ETAG, self.tag.as_str())).content_type(self.content_type.as_str());
        let coding = Coding::preferred(req.headers()).filter(|_| super::compression::is_text(&self.content_type));
        let Some(coding) = coding else { return Ok(response.body(Pieces(self.plain.clone()))) };
        let mut response = response.body(Pieces(self.encoded(coding).await?));
        mark(response.headers_mut(), coding);
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        Ok(response)
    }

    async fn encoded(&'static self, coding: Coding) -> Result<Bytes, Error> {
        let place = &self.encoded[coding as usize];
        if let Some(encoded) = place.get() {
            return Ok(encoded.clone());
        }
        let encode = move || place.get_or_init(|| coding.encode(&self.plain).into()).clone();
        web::block(encode).await.map_err(|error| Error::Internal(format!("an asset could not be compressed: {error}")))
    }
}

/// A long shared body, sent piece by piece. So a client that does not read it takes the memory of one piece, and not of
/// the whole body.
struct Pieces(Bytes);

impl MessageBody for Pieces {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0.len() as u64)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        const PIECE: usize = 16 * 1024;
        let length = self.0.len().min(PIECE);
        Poll::Ready((length > 0).then(|| Ok(self.0.split_to(length))))
    }
}
