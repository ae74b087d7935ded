//! Aiken, a text format of Moodle for single choice.
//!
//! ```text
//! Which one?
//! A. this one
//! B. that one
//! ANSWER: B
//! ```
//!
//! A question has one or more lines. Its answers have one line each, starting with `A.` or `A)`, without gaps. It ends
//! with `ANSWER:` and a letter in either case, perhaps in brackets or followed by the text of the answer. Blank answers
//! are skipped. Blank lines may stand anywhere but within the question's text. A line after `ANSWER:` that begins like
//! an explanation is an error: it would be read as the next question. A question that breaks these rules is
//! `Malformed`, and reading continues after it. If only the `ANSWER:` line is wrong, this question alone is left out.
//!
//! All texts are plain. The format has no place for rationales, explanation, references, tags, difficulty, category and
//! external key, nor for the formatting of texts: these are lost on export. Left out are questions that are not single
//! choice, that have a text of several lines, or whose text would read as an answer or an explanation.

mod read;
mod write;

pub use self::{read::read, write::Writer};

/// The beginning of the line that names the right answer.
const ANSWER: &str = "ANSWER";
/// A line that begins with one of these words and a colon explains the answer above it.
const EXPLAINS: [&str; 4] = ["explanation", "feedback", "rationale", "reason"];

/// The name and the rest of a line that names the right answer, split at the colon.
fn answer_line(line: &str) -> Option<(&str, &str)> {
    let (name, told) = line.split_at_checked(ANSWER.len()).filter(|(name, _)| name.eq_ignore_ascii_case(ANSWER))?;
    Some((name, told.trim_start().strip_prefix(':')?.trim()))
}

/// The letter at the beginning of a line, and the text after its `.` or `)`.
fn labeled(line: &str) -> Option<(char, &str)> {
    let mut chars = line.chars();
    let letter = chars.next().filter(char::is_ascii_uppercase)?;
    chars.next().filter(|c| matches!(c, '.' | ')'))?;
    Some((letter, chars.as_str()))
}

/// Whether a line explains the answer above it.
fn explains(line: &str) -> bool {
    let Some((name, _)) = line.split_once(':') else { return false };
    EXPLAINS.iter().any(|known| name.trim_end().eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests;
