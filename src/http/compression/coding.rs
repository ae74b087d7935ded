//! Content codings: which one a client prefers, and the encoders.

use std::io::Write;

use actix_web::http::header::{self, HeaderMap};
use brotli::CompressorWriter;
use flate2::{Compression, write::GzEncoder};

/// A content coding for responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// Brotli (RFC 7932).
    Brotli,
    /// gzip (RFC 1952).
    Gzip,
}

impl Coding {
    /// All codings, with the server's preference first.
    pub const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    /// Its name in `Accept-Encoding` and `Content-Encoding`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// The client's preferred coding. `None` if it lists none of them, or prefers the uncompressed body.
    pub fn preferred(headers: &HeaderMap) -> Option<Self> {
        let lines = headers.get_all(header::ACCEPT_ENCODING).filter_map(|line| line.to_str().ok());
        let accepted: Vec<(&str, u16)> = lines.flat_map(|line| line.split(',')).filter_map(accepted).collect();
        let quality = |name: &str| {
            let of = |wanted: &str| accepted.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            of(name).map(|(_, quality)| *quality)
        };
        let any = quality("*");
        let ranked = Self::ALL.map(|coding| (coding, quality(coding.as_str()).or(any).unwrap_or(0)));
        let (coding, best) = ranked.into_iter().rev().max_by_key(|(_, quality)| *quality)?;
        (best > 0 && best >= quality("identity").unwrap_or(0)).then_some(coding)
    }

    /// The entity tag for this coding, from the uncompressed one. A weak tag is the same for all codings.
    pub fn tag(self, plain: &str) -> String {
        match plain.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')) {
            Some(tag) => format!("\"{tag}-{}\"", self.as_str()),
            None => plain.to_owned(),
        }
    }

    /// Compresses a whole body.
    pub fn encode(self, plain: &[u8]) -> Vec<u8> {
        let mut encoder = Encoder::new(self);
        let mut encoded = encoder.write(plain);
        encoded.append(&mut encoder.finish());
        encoded
    }
}

/// A name with its quality in thousandths. `None` if the quality is invalid.
fn accepted(item: &str) -> Option<(&str, u16)> {
    let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
    let quality = match parameters.trim() {
        "" => 1000,
        weight => {
            let (_, value) = weight.split_once('=').filter(|(key, _)| key.trim().eq_ignore_ascii_case("q"))?;
            let value: f32 = value.trim().parse().ok().filter(|value| (0.0..=1.0).contains(value))?;
            (value * 1000.0) as u16
        }
    };
    Some((name.trim(), quality))
}

/// An encoder that writes to memory.
pub enum Encoder {
    /// See [`Coding::Brotli`].
    Brotli(Box<CompressorWriter<Vec<u8>>>),
    /// See [`Coding::Gzip`].
    Gzip(Box<GzEncoder<Vec<u8>>>),
}

impl Encoder {
    /// Fast rather than small, because a response is sent once.
    pub fn new(coding: Coding) -> Self {
        const BUFFER: usize = 4096;
        const QUALITY: u32 = 2;
        const LEVEL: u32 = 3;
        /// The logarithm of the window's size: 256 KiB.
        const WINDOW: u32 = 18;
        match coding {
            Coding::Brotli => Self::Brotli(Box::new(CompressorWriter::new(Vec::new(), BUFFER, QUALITY, WINDOW))),
            Coding::Gzip => Self::Gzip(Box::new(GzEncoder::new(Vec::new(), Compression::new(LEVEL)))),
        }
    }

    /// Takes a piece, and returns the bytes compressed so far, which may be none.
    pub fn write(&mut self, piece: &[u8]) -> Vec<u8> {
        // Writing to memory never fails.
        let (written, out) = match self {
            Self::Brotli(encoder) => (encoder.write_all(piece), encoder.get_mut()),
            Self::Gzip(encoder) => (encoder.write_all(piece), encoder.get_mut()),
        };
        debug_assert!(written.is_ok());
        std::mem::take(out)
    }

    /// The rest.
    pub fn finish(self) -> Vec<u8> {
        match self {
            Self::Brotli(encoder) => encoder.into_inner(),
            Self::Gzip(encoder) => encoder.finish().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use actix_web::http::header::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn decode(coding: Coding, encoded: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        match coding {
            Coding::Brotli => brotli::Decompressor::new(encoded, 4096).read_to_end(&mut plain).unwrap(),
            Coding::Gzip => flate2::read::GzDecoder::new(encoded).read_to_end(&mut plain).unwrap(),
        };
        plain
    }

    #[test]
    fn the_client_chooses() {
        let preferred = |line: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_str(line).unwrap());
            Coding::preferred(&headers)
        };
        for line in
            ["gzip", "gzip, deflate", "GZIP;q=0.5", "br;q=0, gzip", "br;q=0.5, gzip;q=0.6", "*, br;q=0", "zstd,gzip"]
        {
            assert_eq!(preferred(line), Some(Coding::Gzip), "{line}");
        }
        for line in ["br", "gzip, br", "gzip, deflate, br, zstd", "*", "gzip;q=0.5, br; q=0.7", "br, identity"] {
            assert_eq!(preferred(line), Some(Coding::Brotli), "{line}");
        }
        for line in
            ["", "identity", "deflate", "gzip;q=0", "*;q=0", "gzip;q=0.5, identity", "gzip;q=2", "gzip;q=x", "gzip;x"]
        {
            assert_eq!(preferred(line), None, "{line}");
        }
        assert_eq!(Coding::preferred(&HeaderMap::new()), None);
    }

    #[test]
    fn a_weak_tag_stays() {
        assert_eq!(Coding::Gzip.tag("W/\"a\""), "W/\"a\"");
        assert_eq!(Coding::Brotli.tag("\"a\""), "\"a-br\"");
    }

    proptest! {
        #[test]
        fn a_body_encoded_in_pieces_decodes_to_the_original(pieces in proptest::collection::vec(
            proptest::collection::vec(any::<u8>(), 0..3000), 0..5,
        )) {
            for coding in Coding::ALL {
                let mut encoder = Encoder::new(coding);
                let mut encoded: Vec<u8> = pieces.iter().flat_map(|piece| encoder.write(piece)).collect();
                encoded.append(&mut encoder.finish());
                prop_assert_eq!(decode(coding, &encoded), pieces.concat());
                prop_assert_eq!(decode(coding, &coding.encode(&pieces.concat())), pieces.concat());
            }
        }
    }
}
