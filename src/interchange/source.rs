//! An uploaded file, read question by question.

use std::borrow::Cow;

use super::{
    aiken, csv, decode, gift, json,
    model::{Found, Malformed},
    moodle,
    provenance::Generation,
    qti,
};
use crate::db::types::text_enum;

text_enum!(
    /// A file format for imports, with its media type: `gift` and `aiken` (`text/plain`), `moodle_xml`
    /// (`application/xml`), `qti` (`application/xml`, or `application/zip` for a package), `csv` (`text/csv`), `json`
    /// (`application/json`).
    Format {
        /// GIFT, Moodle's text format.
        Gift = "gift",
        /// Aiken, the simplest text format.
        Aiken = "aiken",
        /// Moodle XML.
        MoodleXml = "moodle_xml",
        /// QTI 2.1, 2.2 or 3.0, an item or a package.
        Qti = "qti",
        /// A table with a row for each question.
        Csv = "csv",
        /// The format of seed files.
        Json = "json",
    }
);

impl Format {
    /// Guesses the format from the name of a file and its beginning.
    pub fn guess(name: &str, bytes: &[u8]) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        let begins_with = |text: &str| {
            let head = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
            String::from_utf8_lossy(head).contains(text)
        };
        match extension.to_ascii_lowercase().as_str() {
            "gift" => Some(Self::Gift),
            "aiken" => Some(Self::Aiken),
            "xml" if begins_with("<quiz") => Some(Self::MoodleXml),
            "xml" | "zip" => Some(Self::Qti),
            "csv" | "tsv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// The questions of a file, in order. After a [`Malformed`], nothing is imported; if the format allows it, reading
/// continues to collect more errors.
pub type Questions<'a> = Box<dyn Iterator<Item = Result<Found, Malformed>> + 'a>;

/// The text of a file, or its bytes if the format is not a text format.
pub enum Source<'a> {
    /// Bytes.
    Bytes(&'a [u8]),
    /// Text, with its format.
    Text(Format, Cow<'a, str>),
}

impl<'a> Source<'a> {
    /// Decodes the bytes of a file.
    pub fn new(format: Format, bytes: &'a [u8]) -> Result<Self, Malformed> {
        Ok(match format {
            Format::Qti => Self::Bytes(bytes),
            Format::MoodleXml => Self::Text(format, decode::xml(bytes)?),
            _ => Self::Text(format, decode::text(bytes)?),
        })
    }

    /// The origin of the questions, if the file is one of `tripos generate`.
    pub fn generation(&self) -> Result<Option<Generation<'_>>, Malformed> {
        match self {
            Self::Text(Format::Json, text) => Generation::read(text),
            _ => Ok(None),
        }
    }

    /// What a file without questions should contain, for the error. A QTI package has its own error.
    pub fn expected(&self) -> &'static str {
        match self {
            Self::Text(Format::Gift, _) => {
                "has no question: a question is a text with its answers in braces, such as Which? {=right ~wrong}"
            }
            Self::Text(Format::Aiken, _) => {
                "has no question: write its text, its answers on lines that begin with A. and B., and a line ANSWER: A"
            }
            Self::Text(Format::Csv, _) => "has no question: write each one in a row below the header row",
            Self::Text(Format::Json, _) => "has no question: `questions` is empty",
            Self::Bytes(_) | Self::Text(Format::MoodleXml | Format::Qti, _) => "has no question",
        }
    }

    /// The questions.
    pub fn questions(&self) -> Questions<'_> {
        match self {
            Self::Bytes(bytes) => Box::new(qti::read(bytes)),
            Self::Text(Format::Gift, text) => Box::new(gift::read(text)),
            Self::Text(Format::Aiken, text) => Box::new(aiken::read(text)),
            Self::Text(Format::Csv, text) => Box::new(csv::read(text)),
            Self::Text(Format::Json, text) => Box::new(json::read(text)),
            Self::Text(Format::MoodleXml | Format::Qti, text) => Box::new(moodle::read(text)),
        }
    }
}
