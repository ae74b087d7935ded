//! Import and export of questions in the usual file formats.
//!
//! A reader returns the questions of a file one by one, and a writer takes them one by one; neither knows the bank.
//! `import` and `export` stand between them and the database.

pub mod aiken;
pub mod anki;
pub mod bounds;
pub mod csv;
pub mod decode;
pub mod export;
pub mod filing;
pub mod gift;
pub mod handlers;
pub mod import;
pub mod json;
pub mod labels;
pub mod lines;
pub mod marks;
pub mod messages;
pub mod model;
pub mod moodle;
mod notes;
pub mod provenance;
pub mod qti;
#[cfg(test)]
mod round_trips;
#[cfg(test)]
mod samples;
pub mod source;
pub mod upload;
mod xml;
