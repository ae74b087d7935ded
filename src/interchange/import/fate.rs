//! What becomes of a question of a file.

use super::plan::Candidate;
use crate::{
    interchange::messages::Outcome,
    questions::{
        authoring::Change,
        model::{Question, QuestionId},
    },
};

/// What came of a question.
pub(super) struct Told {
    pub(super) outcome: Outcome,
    pub(super) reason: Option<String>,
    pub(super) id: Option<QuestionId>,
    /// Whether the question in the bank is still what imports alone have written.
    pub(super) is_untouched: bool,
}

impl Told {
    pub(super) fn new(outcome: Outcome, id: Option<QuestionId>) -> Self {
        Self { outcome, reason: None, id, is_untouched: false }
    }

    pub(super) fn skipped(reason: String, id: Option<QuestionId>) -> Self {
        Self { reason: Some(reason), ..Self::new(Outcome::Skipped, id) }
    }
}

/// What becomes of a question of the file.
pub(super) enum Fate<'a> {
    /// Nothing is stored.
    Told(Told),
    New(&'a Candidate),
    Revision(Revision<'a>),
}

/// A question of the file that changes one of the bank.
pub(super) struct Revision<'a> {
    pub(super) candidate: &'a Candidate,
    pub(super) newest: &'a Question,
    /// Whether only its status is changed.
    pub(super) is_same: bool,
    pub(super) outcome: Outcome,
    /// Whether imports alone have written it.
    pub(super) is_untouched: bool,
}

impl<'a> Fate<'a> {
    pub(super) fn candidate(&self) -> Option<&'a Candidate> {
        if let Self::New(candidate) = self { Some(candidate) } else { None }
    }

    pub(super) fn revision(&self) -> Option<&Revision<'a>> {
        if let Self::Revision(revision) = self { Some(revision) } else { None }
    }
}

impl<'a> Revision<'a> {
    /// The change of the content, if there is one.
    pub(super) fn change(&self) -> Option<Change<'a>> {
        let Self { candidate, newest: question, .. } = *self;
        let (place, origin) = (candidate.filed, candidate.origin());
        (!self.is_same).then_some(Change { question, place, content: &candidate.content, origin })
    }
}
