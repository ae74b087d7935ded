//! Bounds that hold while a file is read, so that no file takes more time or memory than its size explains.
//!
//! Texts are converted through the functions here. What the bank would refuse for its length after the conversion is
//! not converted first: a text that stands in for it is refused in the same words.

use crate::{markdown, questions::validation::TEXT_LIMIT};

/// The most bytes of one question, with all that belongs to it: the longest that the bank holds fits in, as each format
/// writes it.
pub const QUESTION_LIMIT: usize = 4 << 20;
/// The most answers of a question that are looked at; more than the bank holds, so that these are told by their number.
pub const ANSWER_LIMIT: usize = 100;
/// The most bytes of what the questions of a file take in memory together.
pub const MEMORY_LIMIT: usize = 256 << 20;
/// The longest path of a file inside a package, in bytes.
pub const PATH_LIMIT: usize = 1000;
/// The longest text before it is converted, in bytes. HTML takes more room than the Markdown that it becomes.
pub const RAW_LIMIT: usize = 100_000;
/// The longest text of which the first words are sought, in bytes.
const NAME_SOURCE: usize = 2000;

/// Why a question is not read that is longer than [`QUESTION_LIMIT`].
pub fn too_long() -> String {
    format!("is longer than {QUESTION_LIMIT} bytes")
}

/// Why a question is not read that has more answers than [`ANSWER_LIMIT`].
pub fn too_many_answers() -> String {
    format!("has more than {ANSWER_LIMIT} answers")
}

/// [`markdown::clean`] of a text that may be long.
pub fn clean(text: &str) -> String {
    convert(text, markdown::clean)
}

/// [`markdown::from_html`] of a text that may be long.
pub fn from_html(text: &str) -> String {
    convert(text, markdown::from_html)
}

/// [`markdown::from_plain`] of a text that may be long.
pub fn from_plain(text: &str) -> String {
    convert(text, markdown::from_plain)
}

/// The beginning of a text as a reader sees it, for a name.
pub fn beginning(text: &str) -> String {
    markdown::to_plain(text.get(..text.floor_char_boundary(NAME_SOURCE)).unwrap_or_default())
}

fn convert(text: &str, with: fn(&str) -> String) -> String {
    if text.len() > RAW_LIMIT { "…".repeat(TEXT_LIMIT + 1) } else { with(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_too_long_is_not_converted_and_stays_too_long() {
        for convert in [clean, from_html, from_plain] {
            assert_eq!(convert(&"a".repeat(RAW_LIMIT)).len(), RAW_LIMIT);
            let long = convert(&format!("References:\n\n{}", "- [a](https://a.example)\n".repeat(RAW_LIMIT / 20)));
            assert!(long.chars().count() > TEXT_LIMIT && !long.contains(char::is_whitespace));
        }
    }

    #[test]
    fn a_name_needs_only_the_beginning() {
        assert_eq!(beginning("*Which* one?"), "Which one?");
        assert!(beginning(&"é".repeat(1 << 20)).len() <= NAME_SOURCE);
    }
}
