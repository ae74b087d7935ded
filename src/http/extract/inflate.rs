//! Decompresses gzip bodies.

use std::io::Write;

use actix_web::{
    http::header::{self, HeaderMap},
    web::Bytes,
};
use flate2::write::MultiGzDecoder;
use futures_util::{Stream, StreamExt, future, stream};

use crate::error::Error;

/// How many compressed bytes are inflated at a time. Deflate expands a byte to at most 1032, so that at most about 1
/// MiB is in memory in addition to what was accepted.
const SLICE: usize = 1024;

/// The content coding of a request's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// None.
    Plain,
    /// gzip.
    Gzip,
}

impl Sent {
    /// Parses `Content-Encoding`. Any other coding is a 415.
    pub fn of(headers: &HeaderMap) -> Result<Self, Error> {
        let mut fields = headers.get_all(header::CONTENT_ENCODING);
        let coding = fields.next().map(|field| field.as_bytes().trim_ascii().to_ascii_lowercase());
        match (coding.as_deref(), fields.next()) {
            (None | Some(b"" | b"identity"), None) => Ok(Self::Plain),
            (Some(b"gzip" | b"x-gzip"), None) => Ok(Self::Gzip),
            _ => Err(Error::UnsupportedCoding),
        }
    }
}

/// Decompresses a gzip body in pieces. The caller limits the decompressed size; the compressed size is limited to
/// little more than `limit`.
pub fn inflate(
    raw: impl Stream<Item = Result<Bytes, Error>>,
    limit: usize,
) -> impl Stream<Item = Result<Bytes, Error>> {
    let mut inflater = Inflater::new(limit);
    raw.flat_map(|piece| stream::iter(slices(piece)))
        .map(Some)
        .chain(stream::once(future::ready(None)))
        .map(move |slice| match slice {
            Some(slice) => inflater.write(&slice?),
            None => inflater.finish(),
        })
        // A body that inflates to a large size keeps its thread busy: other tasks run between two slices.
        .then(async |plain| {
            tokio::task::yield_now().await;
            plain
        })
}

/// Cuts a piece into slices.
fn slices(piece: Result<Bytes, Error>) -> impl Iterator<Item = Result<Bytes, Error>> {
    let (mut rest, error) = match piece {
        Ok(piece) => (piece, None),
        Err(error) => (Bytes::new(), Some(error)),
    };
    let slices = std::iter::from_fn(move || (!rest.is_empty()).then(|| Ok(rest.split_to(rest.len().min(SLICE)))));
    slices.chain(error.map(Err))
}

struct Inflater {
    decoder: MultiGzDecoder<Vec<u8>>,
    limit: usize,
    /// How many compressed bytes may still come.
    left: usize,
}

impl Inflater {
    fn new(limit: usize) -> Self {
        // Incompressible data becomes slightly longer.
        let left = limit.saturating_add(limit / 256).saturating_add(SLICE);
        Self { decoder: MultiGzDecoder::new(Vec::new()), limit, left }
    }

    fn write(&mut self, slice: &[u8]) -> Result<Bytes, Error> {
        self.left = self.left.checked_sub(slice.len()).ok_or(Error::PayloadTooLarge(self.limit))?;
        self.decoder.write_all(slice).map_err(malformed)?;
        Ok(std::mem::take(self.decoder.get_mut()).into())
    }

    fn finish(&mut self) -> Result<Bytes, Error> {
        self.decoder.try_finish().map_err(malformed)?;
        Ok(std::mem::take(self.decoder.get_mut()).into())
    }
}

fn malformed(_: std::io::Error) -> Error {
    Error::BadRequest("the body is not valid gzip, although Content-Encoding says so, or it ends too early".into())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;

    use super::*;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    /// Decompresses a body that arrives in these pieces. Returns the result and the length of the longest piece.
    fn inflated(pieces: Vec<Vec<u8>>, limit: usize) -> Result<(Vec<u8>, usize), Error> {
        let raw = stream::iter(pieces.into_iter().map(|piece| Ok(Bytes::from(piece))));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let plain: Result<Vec<Bytes>, Error> =
            runtime.block_on(inflate(raw, limit).collect::<Vec<_>>()).into_iter().collect();
        plain.map(|plain| (plain.concat(), plain.iter().map(Bytes::len).max().unwrap_or(0)))
    }

    #[test]
    fn content_encoding_says_how_a_body_is_coded() {
        let sent = |fields: &[&str]| {
            let mut headers = HeaderMap::new();
            for field in fields {
                headers.append(header::CONTENT_ENCODING, HeaderValue::from_str(field).unwrap());
            }
            Sent::of(&headers).ok()
        };
        assert_eq!(sent(&[]), Some(Sent::Plain));
        assert_eq!(sent(&["identity"]), Some(Sent::Plain));
        assert_eq!(sent(&["GZIP "]), Some(Sent::Gzip));
        for other in [&["br"][..], &["gzip, gzip"], &["gzip", "gzip"], &["deflate"], &["zstd"], &["\u{e9}"]] {
            assert_eq!(sent(other), None, "{other:?}");
        }
    }

    #[test]
    fn a_decompression_bomb_is_inflated_in_pieces() {
        let (plain, longest) = inflated(vec![gzip(&vec![0; 50_000_000])], 100_000).unwrap();
        assert_eq!(plain.len(), 50_000_000);
        assert!(longest <= 1100 * SLICE, "{longest}");
    }

    #[test]
    fn endless_input_without_output_is_too_large() {
        let empty = gzip(b"");
        assert!(inflated(vec![empty.repeat(10)], 1000).is_ok());
        let outcome = inflated(vec![empty; 10_000], 1000);
        assert!(matches!(outcome, Err(Error::PayloadTooLarge(1000))));
    }

    proptest! {
        #[test]
        fn compressed_bodies_are_restored(plain in proptest::collection::vec(any::<u8>(), 0..5000), cut in 1_usize..6000) {
            let whole = gzip(&plain);
            let pieces = whole.chunks(cut).map(<[u8]>::to_vec).collect();
            prop_assert_eq!(inflated(pieces, plain.len()).unwrap().0, plain.clone());
            let twice = vec![whole.clone(), whole];
            prop_assert_eq!(inflated(twice, 2 * plain.len() + 100).unwrap().0, plain.repeat(2));
        }

        #[test]
        fn broken_gzip_bodies_are_refused(plain in proptest::collection::vec(any::<u8>(), 1..2000), at in any::<prop::sample::Index>()) {
            let whole = gzip(&plain);
            let torn = whole[..at.index(whole.len() - 1) + 1 .min(whole.len() - 1)].to_vec();
            if torn.len() < whole.len() {
                prop_assert!(matches!(inflated(vec![torn], 10_000), Err(Error::BadRequest(_))));
            }
            let mut changed = whole.clone();
            let checksum = whole.len() - 8 + at.index(8);
            changed[checksum] ^= 1;
            prop_assert!(matches!(inflated(vec![changed], 10_000), Err(Error::BadRequest(_))));
        }
    }
}
