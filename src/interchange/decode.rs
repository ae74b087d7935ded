//! Decodes bytes to text. All line ends become line feeds, and lines are counted from 1.

use std::borrow::Cow;

use encoding_rs::{DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::model::Malformed;

/// How far into the file the end of an XML declaration is searched, in bytes.
const DECLARATION_LIMIT: usize = 1024;

/// Decodes plain text: UTF-8, or UTF-16 with a byte order mark. The mark is removed.
///
/// Fails at the first invalid byte, and at a NUL character, which PostgreSQL cannot store.
pub fn text(bytes: &[u8]) -> Result<Cow<'_, str>, Malformed> {
    decode(bytes, UTF_8)
}

/// Decodes XML: like plain text, but a file without a byte order mark may be in the encoding of its declaration. The
/// declaration is not changed, even though the text is now UTF-8.
pub fn xml(bytes: &[u8]) -> Result<Cow<'_, str>, Malformed> {
    decode(bytes, declared(bytes)?)
}

fn decode<'b>(bytes: &'b [u8], unmarked: &'static Encoding) -> Result<Cow<'b, str>, Malformed> {
    let (encoding, mark) = Encoding::for_bom(bytes).unwrap_or((unmarked, 0));
    let bytes = bytes.get(mark..).unwrap_or_default();
    let text = if encoding == UTF_8 { Cow::Borrowed(utf8(bytes)?) } else { Cow::Owned(recode(bytes, encoding)?) };
    match text.find('\0') {
        Some(at) => {
            let before = text.as_bytes().get(..at).unwrap_or_default();
            Err(malformed(before, "has a NUL character: remove it, or save the file as UTF-8 if it is not".into()))
        }
        None => Ok(text),
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, Malformed> {
    std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        malformed(before, "is not UTF-8 here: save the file as UTF-8".into())
    })
}

fn recode(bytes: &[u8], encoding: &'static Encoding) -> Result<String, Malformed> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let size = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or_default();
    let mut text = String::with_capacity(size);
    match decoder.decode_to_string_without_replacement(bytes, &mut text, true) {
        (DecoderResult::InputEmpty, _) => Ok(text),
        _ => {
            let detail =
                format!("is not {} here, which the file's beginning says it is: save it as UTF-8", encoding.name());
            Err(malformed(text.as_bytes(), detail))
        }
    }
}

fn declared(bytes: &[u8]) -> Result<&'static Encoding, Malformed> {
    match bytes {
        [b'<', 0, ..] => return Ok(UTF_16LE),
        [0, b'<', ..] => return Ok(UTF_16BE),
        _ => {}
    }
    let Some(label) = label(bytes) else { return Ok(UTF_8) };
    match Encoding::for_label_no_replacement(label.as_bytes()) {
        // If the declaration can be read byte by byte, its claim to be UTF-16 is wrong.
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => Ok(UTF_8),
        Some(encoding) => Ok(encoding),
        None => {
            let label: String = label.chars().take(40).collect();
            Err(malformed(b"", format!("is in an unknown encoding, {label:?}: save the file as UTF-8")))
        }
    }
}

/// The encoding's label in the XML declaration.
fn label(bytes: &[u8]) -> Option<&str> {
    let declaration = bytes.strip_prefix(b"<?xml").filter(|rest| rest.first().is_some_and(u8::is_ascii_whitespace))?;
    let end = declaration.windows(2).take(DECLARATION_LIMIT).position(|pair| pair == b"?>")?;
    let (_, rest) = std::str::from_utf8(declaration.get(..end)?).ok()?.split_once("encoding")?;
    let value = rest.trim_start().strip_prefix('=')?.trim_start();
    let quoted = |quote| value.strip_prefix(quote)?.split_once(quote);
    quoted('"').or_else(|| quoted('\'')).map(|(label, _)| label)
}

fn malformed(before: &[u8], detail: String) -> Malformed {
    let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
    Malformed::at(line, detail)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::interchange::model::Location;

    fn utf16(text: &str, mark: bool, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let units = mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
        units.flat_map(bytes).collect()
    }

    fn refused(result: Result<Cow<'_, str>, Malformed>, line: usize, words: &str) {
        let malformed = result.unwrap_err();
        assert_eq!(malformed.place, Location::line(line), "{malformed}");
        assert!(malformed.detail.contains(words), "{malformed}");
    }

    #[test]
    fn utf8_is_borrowed_without_its_mark() {
        for bytes in ["größer\n".as_bytes(), "\u{feff}größer\n".as_bytes()] {
            assert!(matches!(text(bytes), Ok(Cow::Borrowed("größer\n"))));
            assert!(matches!(xml(bytes), Ok(Cow::Borrowed("größer\n"))));
        }
        assert_eq!(text(b"").unwrap(), "");
    }

    #[test]
    fn utf16_is_recognized_by_its_mark() {
        for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            assert_eq!(text(&utf16("größer 🦀", true, bytes)).unwrap(), "größer 🦀");
            assert_eq!(xml(&utf16("<größer/>", false, bytes)).unwrap(), "<größer/>");
        }
        let mut odd = utf16("a\nb\n", true, u16::to_le_bytes);
        odd.push(b'c');
        refused(text(&odd), 3, "is not UTF-16LE here");
        refused(text(b"\xFE\xFF\0a\0\n\xDC\0\0b"), 2, "is not UTF-16BE here");
    }

    #[test]
    fn other_bytes_are_refused_with_their_line() {
        refused(text(b"one\ntwo\ngr\xF6\xDFer"), 3, "save the file as UTF-8");
        refused(text(b"one\n\xE2\x82"), 2, "save the file as UTF-8");
        refused(xml(b"<a>\n\xF6</a>"), 2, "save the file as UTF-8");
        refused(text(b"one\ntw\0o"), 2, "NUL");
        refused(text(b"a\0\n\0"), 1, "NUL");
        refused(xml(b"<a>\n\0</a>"), 2, "NUL");
        refused(text(&utf16("one\n\0", true, u16::to_be_bytes)), 2, "NUL");
        refused(text(b"\xFF\xFE\0\0a\0\0\0"), 1, "NUL");
    }

    #[test]
    fn xml_is_in_the_encoding_that_it_declares() {
        for label in ["iso-8859-1", "ISO-8859-1", "windows-1252", " latin1 "] {
            let bytes = [format!("<?xml version='1.0'\n encoding = '{label}' ?><a>").as_bytes(), b"\xF6\x80"].concat();
            assert!(xml(&bytes).unwrap().ends_with("<a>ö€"), "{label}");
        }
        let japanese = b"<?xml version=\"1.0\" encoding=\"Shift_JIS\"?>\n\x93\xFA\n\x93";
        assert!(xml(&japanese[..japanese.len() - 2]).unwrap().ends_with("\n日"));
        refused(xml(japanese), 3, "is not Shift_JIS here");
        let wrong = "<?xml version=\"1.0\" encoding=\"utf-16\"?><a>ö</a>";
        assert_eq!(xml(wrong.as_bytes()).unwrap(), wrong);
        let marked = "\u{feff}<?xml version=\"1.0\" encoding=\"latin1\"?><a>ö</a>";
        assert!(xml(marked.as_bytes()).unwrap().ends_with("<a>ö</a>"));
        assert_eq!(text(wrong.as_bytes()).unwrap(), wrong);
    }

    #[test]
    fn unknown_encodings_are_refused() {
        for label in ["", "utf-9", "hz-gb-2312"] {
            refused(xml(format!("<?xml version='1.0' encoding='{label}'?>\n<a/>").as_bytes()), 1, "unknown encoding");
        }
        for none in ["<?xml version='1.0'?>", "<?xml encoding?>", "<?xml encoding=utf-9?>", "<?xml-x encoding='y'?>"] {
            assert_eq!(xml(none.as_bytes()).unwrap(), none);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), start in 0_usize..5) {
            let starts: [&[u8]; 5] =
                [b"", b"\xFF\xFE", b"\xFE\xFF", b"<?xml encoding='", b"<?xml encoding='gb18030'?>"];
            let bytes = [starts[start], &bytes].concat();
            for text in [text(&bytes), xml(&bytes)].into_iter().flatten() {
                prop_assert!(!text.contains('\0'));
            }
        }

        #[test]
        fn every_text_survives_a_round_trip(original in "[^\0\u{feff}]*") {
            prop_assert_eq!(text(original.as_bytes()).unwrap(), original.as_str());
            for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
                let bytes = utf16(&original, true, bytes);
                prop_assert_eq!(text(&bytes).unwrap(), original.as_str());
            }
        }
    }
}
