//! Undoing an import: deletes the questions that it created, if only imports have written them and nobody was served
//! them, in several transactions. Questions that it only changed stay, because their old text is not stored.

use super::queries;
use crate::{
    auth::model::{Identity, Role, UserId},
    db::DbConnection,
    error::{Error, Slug},
    exams,
    interchange::messages::KeptQuestion,
    questions::{
        self,
        deletion::{self, KeptReason},
        model::{ImportId, QuestionId, QuestionStatus},
    },
};

/// The number of questions that are deleted together. It is small, because others wait meanwhile.
const BATCH: i64 = 100;

/// The result of a batch.
pub struct Batch {
    /// Who imported.
    pub importer: Option<UserId>,
    /// The number of deleted questions.
    pub deleted: usize,
    /// The questions that were not deleted. In the last batch, also those that the import changed but did not create.
    pub kept: Vec<KeptQuestion>,
    /// The last question that was processed; none after the last batch.
    pub last: Option<QuestionId>,
}

/// Deletes the next questions of an import after an id. Runs inside a transaction.
///
/// Only the importer or an admin may delete them, because they cannot be restored.
pub fn run(conn: &mut DbConnection, user: Identity, id: ImportId, after: Option<QuestionId>) -> Result<Batch, Error> {
    let (import, _) = queries::find(conn, id)?.ok_or(Error::NotFound("import"))?;
    if import.user_id != Some(user.user_id) && user.role < Role::Admin {
        let detail = "only the user who imported the questions or an admin can delete them";
        return Err(Error::Denied(Slug::Forbidden, detail));
    }
    exams::queries::lock_by_id(conn, import.exam_id)?;
    let found = questions::queries::lock_of_import(conn, id, after, BATCH)?;
    let last = found.last().map(|(question, ..)| question.id);
    let (mut deleted, mut kept) = (Vec::new(), Vec::new());
    for (question, touched, successor) in found {
        let changed = touched.then_some(match question.status {
            QuestionStatus::InReview => KeptReason::InReview,
            _ => KeptReason::Changed,
        });
        match deletion::why_kept(&question, successor).or(changed) {
            None => deleted.push(question.id),
            Some(reason) => kept.push(KeptQuestion { id: question.id, reason, import: None }),
        }
    }
    if !deleted.is_empty() {
        questions::queries::delete(conn, &deleted)?;
        queries::add_deleted(conn, id, i32::try_from(deleted.len()).unwrap_or(i32::MAX))?;
    }
    if last.is_none() {
        let changed = questions::queries::changed_by_import(conn, id)?.into_iter();
        kept.extend(changed.map(|(id, import)| KeptQuestion { id, reason: KeptReason::NotCreated, import }));
    }
    Ok(Batch { importer: import.user_id, deleted: deleted.len(), kept, last })
}
