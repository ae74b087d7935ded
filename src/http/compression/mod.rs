//! Compresses responses with the coding that the client prefers: `br` or `gzip`.
//!
//! Each coding of a representation has its own entity tag: `"x"` uncompressed, `"x-gzip"` for gzip. So tags stay
//! strong, and [`super::etag`] recognizes a state by any of its tags.

use std::future::poll_fn;

use actix_web::{
    body::{BodySize, BodyStream, BoxBody, MessageBody},
    dev::ServiceResponse,
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderValue},
    },
    web::{self, Bytes},
};
use futures_util::{Stream, stream};

pub use coding::Coding;
use coding::Encoder;

use crate::error::Error;

mod coding;

/// Shorter responses are not compressed.
const SHORTEST: u64 = 1024;
/// Longer ones are compressed on a blocking thread.
const LONG: usize = 32 * 1024;
/// Forbids compressing a response that contains a secret, whose compressed length would reveal it (BREACH). Proxies
/// obey it, too.
pub const NO_TRANSFORM: &str = "no-store, no-transform";

/// Compresses a text that is long enough, unless it is already compressed, contains a secret, or is an event stream.
pub async fn compress(mut response: ServiceResponse<BoxBody>, accepted: Option<Coding>) -> ServiceResponse<BoxBody> {
    let is_known = response.status() == StatusCode::NOT_MODIFIED;
    if !is_known && !may_be_compressed(&response) {
        return response;
    }
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    let (false, Some(coding)) = (is_known, accepted) else { return response };
    mark(response.headers_mut(), coding);
    let (request, response) = response.into_parts();
    let (response, body) = response.into_parts();
    let body = match body.try_into_bytes() {
        Ok(plain) if plain.len() > LONG => match web::block(move || coding.encode(&plain)).await {
            Ok(encoded) => BoxBody::new(encoded),
            // Only if the thread panicked.
            Err(error) => BoxBody::new(BodyStream::new(stream::iter([Err::<Bytes, _>(error)]))),
        },
        Ok(plain) => BoxBody::new(coding.encode(&plain)),
        Err(body) => BoxBody::new(BodyStream::new(Box::pin(pieces(body, coding)))),
    };
    ServiceResponse::new(request, response.set_body(body))
}

/// Sets the coding of a response, and its entity tag for that coding.
pub(super) fn mark(headers: &mut HeaderMap, coding: Coding) {
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding.as_str()));
    let tag = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()).map(|tag| coding.tag(tag));
    if let Some(tag) = tag.and_then(|tag| HeaderValue::try_from(tag).ok()) {
        headers.insert(header::ETAG, tag);
    }
}

fn may_be_compressed(response: &ServiceResponse<BoxBody>) -> bool {
    let is_long = match response.response().body().size() {
        BodySize::Sized(length) => length >= SHORTEST,
        BodySize::Stream => true,
        BodySize::None => false,
    };
    let headers = response.headers();
    let field = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    is_long
        && !headers.contains_key(header::CONTENT_ENCODING)
        && field(header::CONTENT_TYPE).is_some_and(is_text)
        && !field(header::CACHE_CONTROL).is_some_and(|rules| rules.contains("no-transform"))
}

/// Whether a media type is text that is sent as a whole, so not an event stream.
pub(super) fn is_text(media_type: &str) -> bool {
    let plain = media_type.split(';').next().unwrap_or_default().trim();
    plain != "text/event-stream"
        && (plain.starts_with("text/")
            || plain.ends_with("json")
            || plain.ends_with("xml")
            || plain.ends_with("javascript"))
}

/// A long body, piece by piece. Each piece is compressed on a blocking thread.
fn pieces(body: BoxBody, coding: Coding) -> impl Stream<Item = Result<Bytes, Error>> {
    stream::unfold(Some((body, Encoder::new(coding))), async |state| {
        let (mut body, mut encoder) = state?;
        loop {
            let piece = poll_fn(|cx| std::pin::Pin::new(&mut body).poll_next(cx)).await;
            let more = match piece {
                Some(Ok(piece)) => web::block(move || (encoder.write(&piece), encoder)).await,
                Some(Err(error)) => return Some((Err(lost(error)), None)),
                None => {
                    let last = web::block(move || encoder.finish()).await;
                    return Some((last.map(Bytes::from).map_err(lost), None));
                }
            };
            let encoded;
            (encoded, encoder) = match more {
                Ok(more) => more,
                Err(error) => return Some((Err(lost(error)), None)),
            };
            if !encoded.is_empty() {
                return Some((Ok(encoded.into()), Some((body, encoder))));
            }
        }
    })
}

fn lost(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("a body could not be compressed: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_compressed_and_events_and_packages_are_not() {
        for text in
            ["application/json", "application/problem+json", "text/plain; version=0.0.4", "text/html", "text/css"]
        {
            assert!(is_text(text), "{text}");
        }
        for other in ["text/event-stream", "application/zip", "application/octet-stream", "image/png"] {
            assert!(!is_text(other), "{other}");
        }
    }

    #[test]
    fn a_marked_answer_has_the_tag_of_its_coding() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ETAG, HeaderValue::from_static("\"abc\""));
        mark(&mut headers, Coding::Gzip);
        assert_eq!(headers.get(header::ETAG).unwrap(), "\"abc-gzip\"");
        assert_eq!(headers.get(header::CONTENT_ENCODING).unwrap(), "gzip");
    }
}
