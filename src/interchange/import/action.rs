//! What an import does with a question of a file.

use super::plan::Candidate;
use crate::{
    interchange::messages::Outcome,
    questions::{
        authoring::Change,
        model::{Question, QuestionId},
    },
};

/// The result for a question.
pub(super) struct QuestionResult {
    pub(super) outcome: Outcome,
    pub(super) reason: Option<String>,
    pub(super) id: Option<QuestionId>,
    /// Whether the question in the bank has been written only by imports.
    pub(super) is_untouched: bool,
}

impl QuestionResult {
    pub(super) fn new(outcome: Outcome, id: Option<QuestionId>) -> Self {
        Self { outcome, reason: None, id, is_untouched: false }
    }

    pub(super) fn skipped(reason: String, id: Option<QuestionId>) -> Self {
        Self { reason: Some(reason), ..Self::new(Outcome::Skipped, id) }
    }
}

/// What to do with a question of the file.
pub(super) enum Action<'a> {
    /// Nothing is stored.
    Done(QuestionResult),
    New(&'a Candidate),
    Revision(Revision<'a>),
}

/// A change of a question in the bank.
pub(super) struct Revision<'a> {
    pub(super) candidate: &'a Candidate,
    pub(super) newest: &'a Question,
    /// Whether only its status changes.
    pub(super) is_same: bool,
    pub(super) outcome: Outcome,
    /// Whether it has been written only by imports.
    pub(super) is_untouched: bool,
}

impl<'a> Action<'a> {
    pub(super) fn candidate(&self) -> Option<&'a Candidate> {
        if let Self::New(candidate) = self { Some(candidate) } else { None }
    }

    pub(super) fn revision(&self) -> Option<&Revision<'a>> {
        if let Self::Revision(revision) = self { Some(revision) } else { None }
    }
}

impl<'a> Revision<'a> {
    /// The change of the content, if there is any.
    pub(super) fn change(&self) -> Option<Change<'a>> {
        let Self { candidate, newest: question, .. } = *self;
        let (place, origin) = (candidate.filed, candidate.origin());
        (!self.is_same).then_some(Change { question, place, content: &candidate.content, origin })
    }
}
