//! Limits while a file is read, so that its cost in time and memory is proportional to its size.
//!
//! Texts are converted by the functions here. A text of more than 100,000 bytes is not converted: a placeholder that is
//! too long for the bank is rejected with the message for long texts.

use std::fmt;

use crate::{markdown, questions::validation::TEXT_LIMIT};

/// The most bytes of one question with everything that belongs to it: enough for the longest question of the bank in
/// every format.
pub const QUESTION_LIMIT: usize = 4 << 20;
/// The most answers of a question that are read: more than the bank allows, so that the error can give their number.
pub const ANSWER_LIMIT: usize = 100;
/// The most memory for all questions of a file, in bytes.
pub const MEMORY_LIMIT: usize = 256 << 20;
/// The longest path of a file inside a package, in bytes.
pub const PATH_LIMIT: usize = 1000;
/// The longest text before conversion, in bytes. HTML is longer than the Markdown that it is converted to.
pub const RAW_LIMIT: usize = 100_000;
/// The longest text that is searched for first words, in bytes.
const NAME_SOURCE: usize = 2000;

/// A text of a question, for error messages. Answers are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The question itself.
    Stem,
    /// The explanation, or the feedback for everyone.
    Explanation,
    /// An answer.
    Answer(usize),
    /// The text matched to an answer.
    Match(usize),
    /// The rationale of an answer.
    Rationale(usize),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stem => f.write_str("the question"),
            Self::Explanation => f.write_str("the explanation"),
            Self::Answer(number) => write!(f, "answer {number}"),
            Self::Match(number) => write!(f, "the match of answer {number}"),
            Self::Rationale(number) => write!(f, "the feedback on answer {number}"),
        }
    }
}

/// The error that the right answer of a question is blank.
pub fn blank_and_right(number: usize) -> String {
    format!("answer {number} is right, and blank: write its text")
}

/// The error that a question is longer than [`QUESTION_LIMIT`].
pub fn too_long() -> String {
    format!("is longer than {QUESTION_LIMIT} bytes")
}

/// The error that a question has more answers than [`ANSWER_LIMIT`].
pub fn too_many_answers() -> String {
    format!("has more than {ANSWER_LIMIT} answers")
}

/// Converts Markdown of a file to normal form, or returns what a text cannot represent, and where.
pub fn clean(part: Part, text: &str) -> Result<String, String> {
    spoken(part, text, markdown::held_markdown)
}

/// The same for a cell of a table, where line ends are kept.
pub fn cell(part: Part, text: &str) -> Result<String, String> {
    spoken(part, text, markdown::held_cell)
}

/// The same for HTML.
pub fn from_html(part: Part, text: &str) -> Result<String, String> {
    convert(part, text, markdown::held_html)
}

/// The same for HTML where line ends are kept.
pub fn from_lines(part: Part, text: &str) -> Result<String, String> {
    spoken(part, text, markdown::held_lines)
}

/// [`markdown::from_plain`] for a text that may be too long.
pub fn from_plain(text: &str) -> String {
    too_long_text(text).unwrap_or_else(|| markdown::from_plain(text))
}

/// The beginning of HTML as Markdown, for a name.
pub fn plain_of_html(html: &str) -> String {
    markdown::from_html(html.get(..html.floor_char_boundary(NAME_SOURCE)).unwrap_or_default())
}

/// The beginning of a text as a reader sees it, for a name.
pub fn beginning(text: &str) -> String {
    markdown::to_plain(text.get(..text.floor_char_boundary(NAME_SOURCE)).unwrap_or_default())
}

/// Converts a text that was written by hand: an answer that is a single tag, such as `<br>`, is meant as text. (The
/// empty answer of an HTML editor is such a tag, too.)
fn spoken(part: Part, text: &str, with: fn(&str) -> Result<String, String>) -> Result<String, String> {
    let converted = convert(part, text, with)?;
    let is_spoken_of = converted.is_empty() && matches!(part, Part::Answer(_)) && markdown::is_lone_tag(text);
    Ok(if is_spoken_of { markdown::from_plain(text.trim()) } else { converted })
}

fn convert(part: Part, text: &str, with: fn(&str) -> Result<String, String>) -> Result<String, String> {
    match too_long_text(text) {
        Some(long) => Ok(long),
        None => with(text).map_err(|what| format!("{part} {what}")),
    }
}

fn too_long_text(text: &str) -> Option<String> {
    (text.len() > RAW_LIMIT).then(|| "…".repeat(TEXT_LIMIT + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_too_long_is_not_converted_and_stays_too_long() {
        let plain = |_, text: &str| Ok(from_plain(text));
        for convert in [clean, from_html, from_lines, plain] {
            assert_eq!(convert(Part::Stem, &"a".repeat(RAW_LIMIT)).unwrap().len(), RAW_LIMIT);
            let text = format!("References:\n\n{}", "- [a](https://a.example)\n".repeat(RAW_LIMIT / 20));
            let long = convert(Part::Stem, &text).unwrap();
            assert!(long.chars().count() > TEXT_LIMIT && !long.contains(char::is_whitespace));
        }
    }

    #[test]
    fn a_name_needs_only_the_beginning() {
        assert_eq!(beginning("*Which* one?"), "Which one?");
        assert!(beginning(&"é".repeat(1 << 20)).len() <= NAME_SOURCE);
    }
}
