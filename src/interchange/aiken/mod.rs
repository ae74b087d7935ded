//! Aiken, a text format of Moodle for single choice.
//!
//! ```text
//! Which one?
//! A. this one
//! B. that one
//! ANSWER: B
//! ```
//!
//! A question is one line or several, its answers are one line each, from `A.` or `A)` on without gaps, and `ANSWER:`
//! ends it: a letter, small or capital, in brackets perhaps, which the text of the answer may follow. Blank answers are
//! passed over. Blank lines may stand anywhere but within the question's text. A line behind `ANSWER:` that begins as an
//! explanation does is a flaw: it would be read as the next question. A question that breaks these rules is
//! `Malformed`, and the reading goes on behind its `ANSWER:`.
//!
//! All texts are plain. The format holds nothing else: rationales, explanation, references, tags, difficulty, category
//! and key of a question are lost when it is written, and so is the formatting of its texts. What is not single choice,
//! or has a text of several lines, is left out.

mod read;
mod write;

pub use self::{read::read, write::Writer};

/// How the line begins that names the right answer.
const ANSWER: &str = "ANSWER";
/// What a line begins with, before a colon, that explains the answer above it.
const EXPLAINS: [&str; 4] = ["explanation", "feedback", "rationale", "reason"];

/// The name and what follows the colon of a line that tells the right answer.
fn answer_line(line: &str) -> Option<(&str, &str)> {
    let (name, told) = line.split_at_checked(ANSWER.len()).filter(|(name, _)| name.eq_ignore_ascii_case(ANSWER))?;
    Some((name, told.trim_start().strip_prefix(':')?.trim()))
}

/// The letter that a line begins with, and what follows its `.` or `)`.
fn labelled(line: &str) -> Option<(char, &str)> {
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
