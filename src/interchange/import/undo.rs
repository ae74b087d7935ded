//! Taking an import back: its questions are deleted that are still as it left them and that nobody was served, a few in each
//! transaction.

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
        model::{ImportId, QuestionId},
    },
};

/// Questions that are deleted together: few, since others wait meanwhile.
const BATCH: i64 = 100;

/// What came of a batch.
pub struct Batch {
    /// Who imported.
    pub importer: Option<UserId>,
    /// The number of deleted questions.
    pub deleted: usize,
    /// The questions that were not deleted.
    pub kept: Vec<KeptQuestion>,
    /// The last question that was looked at; none behind the last batch.
    pub last: Option<QuestionId>,
}

/// Deletes the next questions of an import behind an id. Runs inside a transaction.
///
/// Only who imported them, or an admin, deletes them: nothing brings them back.
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
        let reason = deletion::why_kept(&question, successor).or(touched.then_some(KeptReason::Changed));
        match reason {
            None => deleted.push(question.id),
            Some(reason) => kept.push(KeptQuestion { id: question.id, reason }),
        }
    }
    if !deleted.is_empty() {
        questions::queries::delete(conn, &deleted)?;
    }
    Ok(Batch { importer: import.user_id, deleted: deleted.len(), kept, last })
}
