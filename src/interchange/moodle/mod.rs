//! Moodle XML: the format in which Moodle exports and imports its question bank.
//!
//! `read` keeps one question in memory at a time. It supports multiple choice, true/false, matching and ordering; other
//! types are reported. Settings of how Moodle serves a question (grades, penalties) are ignored. Hints, and feedback on
//! right and wrong responses, are left out with a note. `Writer` writes all texts as Markdown where Moodle allows.

mod answers;
mod read;
mod write;

pub use read::read;
pub use write::Writer;

#[cfg(test)]
mod tests;
