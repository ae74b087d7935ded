//! What files of every format have in common.

use std::fmt;

use crate::questions::{model::Content, upkeep::Upkeep};

/// Where something stands in what was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file inside a package; none when the file is the whole.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: usize,
}

impl Location {
    /// A line of the only file.
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

/// One question of a file, whether the bank can hold it or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Where it begins.
    pub place: Location,
    /// Its title or its first words, for people.
    pub name: String,
    /// The question, or why it is not one that the bank can hold.
    pub outcome: Result<Item, String>,
}

/// A question that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The name that its source gives it for good, if it has one.
    pub key: Option<String>,
    /// Its title, if it has one.
    pub title: Option<String>,
    /// The path of its category, outermost first.
    pub category: Vec<String>,
    /// What it says.
    pub content: Content,
    /// What keeps it up to date, if its format has that.
    pub upkeep: Option<Upkeep>,
    /// What the file says of it that the bank has no place for, and that changes neither question nor key.
    pub notes: Vec<String>,
}

/// Why a file cannot be read on: nothing of it is imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {detail}")]
pub struct Malformed {
    /// Where.
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

/// The exam that questions are exported of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExamHead {
    /// The code, such as `clf-c02`.
    pub code: String,
    /// The full name.
    pub name: String,
}

/// A question to be written into a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    /// Its name for good: its external key, or its id.
    pub key: String,
    /// The number and the name of its domain.
    pub domain: (i32, String),
    /// The code and the name of its task, if it has one.
    pub task: Option<(String, String)>,
    /// What it says.
    pub content: Content,
    /// What keeps it up to date.
    pub upkeep: Upkeep,
}
