//! Types for files of all formats.

use std::fmt;

use crate::questions::{model::Content, upkeep::Upkeep};

/// A location in an uploaded file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file inside a package; none if the upload is a single file.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: usize,
}

impl Location {
    /// A line of a single file.
    pub fn line(line: usize) -> Self {
        Self { file: None, line }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{file}, line {}", self.line),
            None => write!(f, "line {}", self.line),
        }
    }
}

/// A question of a file, whether the bank can represent it or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Where it begins.
    pub place: Location,
    /// Its title or its first words, for people.
    pub name: String,
    /// The question, or why the bank cannot represent it.
    pub outcome: Result<Item, String>,
}

/// A question that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its permanent key in the source, if it has one.
    pub key: Option<String>,
    /// Its title, if it has one.
    pub title: Option<String>,
    /// The path of its category, outermost first.
    pub category: Vec<String>,
    /// Its content.
    pub content: Content,
    /// The upkeep, if the format supports it.
    pub upkeep: Option<Upkeep>,
    /// Notes on content that the bank cannot store and that changes neither the question nor its key.
    pub notes: Vec<String>,
}

/// Why a file cannot be read any further: nothing of it is imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {detail}")]
pub struct Malformed {
    /// The location.
    pub place: Location,
    /// What to change.
    pub detail: String,
}

impl Malformed {
    /// At a line of the only file.
    pub fn at(line: usize, detail: impl Into<String>) -> Self {
        Self { place: Location::line(line), detail: detail.into() }
    }
}

/// The exam of exported questions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExamHead {
    /// The code, such as `clf-c02`.
    pub code: String,
    /// The full name.
    pub name: String,
}

/// A question to export.
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    /// Its permanent key: its external key, or its id.
    pub key: String,
    /// The number and the name of its domain.
    pub domain: (i32, String),
    /// The code and the name of its task, if it has one.
    pub task: Option<(String, String)>,
    /// Its content.
    pub content: Content,
    /// Its upkeep.
    pub upkeep: Upkeep,
}
