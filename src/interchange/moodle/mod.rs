//! Moodle XML: the format in which Moodle exports its question bank, and imports it again.
//!
//! `read` holds one question in memory at a time. It takes multiple choice, true/false, matching and ordering; every
//! other type is reported. What concerns only how Moodle serves a question is passed over: grades, penalties. Hints, and
//! feedback on right and wrong responses, are left out with a note. `Writer` says as Markdown all texts that Moodle renders.

mod answers;
mod read;
mod write;

pub use read::read;
pub use write::Writer;

#[cfg(test)]
mod tests;
