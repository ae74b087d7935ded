//! Questions assembled from their rows: with answers, domain and task, successor and names.

use std::sync::Arc;

use super::{
    drafts::QuestionDraft,
    model::{Answer, Content, Entry, Question, QuestionId, Served},
};
use crate::{
    auth::model::{Names, UserId},
    db::types::Json,
};

/// A question whose immutable part is shared with the cache.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The part that may change.
    pub entry: Entry,
    /// The part that never changes after the first publication.
    pub served: Arc<Served>,
    /// The revision that replaced it or is to replace it.
    pub superseded_by: Option<QuestionId>,
    /// The origin of the draft, if a language model wrote it.
    pub draft: Option<Box<QuestionDraft>>,
    /// The names of its writer and of the requester of the draft.
    pub names: Names,
}

impl Listed {
    /// Its writer, and the requester of the draft.
    pub fn people(&self) -> [Option<UserId>; 2] {
        [self.entry.written_by, self.draft.as_ref().and_then(|draft| draft.requested_by)]
    }
}

/// A question with its answers in written order, and its domain and task.
#[derive(Debug, Clone)]
pub struct Filed {
    /// The question.
    pub question: Question,
    /// The answers in written order.
    pub answers: Vec<Answer>,
    /// The code of its exam.
    pub exam: String,
    /// The number of its domain.
    pub domain: i32,
    /// The code of its task, if it is filed under one.
    pub task: Option<String>,
    /// The revision that replaced it or is to replace it.
    pub superseded_by: Option<QuestionId>,
    /// The origin of the draft, if a language model wrote it.
    pub draft: Option<Box<QuestionDraft>>,
    /// The names of its writer and of the requester of the draft.
    pub names: Names,
}

impl From<Listed> for Filed {
    fn from(listed: Listed) -> Self {
        let Listed { entry, served, superseded_by, draft, names } = listed;
        // A question that only this list uses need not be copied.
        let served = Arc::unwrap_or_clone(served);
        let question = Question {
            id: entry.id,
            exam_id: served.exam_id,
            domain_id: served.domain_id,
            task_id: served.task_id,
            kind: served.kind,
            stem: served.stem,
            explanation: served.explanation,
            references: Json(served.references),
            tags: Json(served.tags),
            difficulty: served.difficulty,
            status: entry.status,
            origin: entry.origin,
            external_key: entry.external_key,
            supersedes_id: entry.supersedes_id,
            draw_number: entry.draw_number,
            created_at: served.created_at,
            updated_at: entry.updated_at,
            written_by: entry.written_by,
            frozen: entry.frozen,
            upkeep: entry.upkeep,
            upkeep_changed: entry.upkeep_changed,
        };
        let Served { answers, exam, domain, task, .. } = served;
        Self { question, answers, exam, domain, task, superseded_by, draft, names }
    }
}

impl Filed {
    /// Its writer, and the requester of the draft.
    pub fn people(&self) -> [Option<UserId>; 2] {
        [self.question.written_by, self.draft.as_ref().and_then(|draft| draft.requested_by)]
    }

    /// Its content.
    pub fn content(&self) -> Content {
        Content::of(&self.question, &self.answers)
    }
}
