//! Deleting drafts: which questions can be deleted, and by whom. What learners may have been served always stays.

use super::{
    authoring,
    filed::Filed,
    model::{Question, QuestionId, QuestionStatus},
    queries,
};
use crate::{
    auth::model::{Identity, Role, UserId},
    db::{DbConnection, types::text_enum},
    error::{Error, Slug},
    exams,
};

text_enum!(
    /// Why a question was not deleted.
    KeptReason {
        /// Learners may have seen it.
        Published = "published",
        /// It has a newer revision.
        Superseded = "superseded",
        /// It was rejected, and the history keeps it.
        Rejected = "rejected",
        /// It was submitted for review since the import.
        InReview = "in_review",
        /// It was edited, or its status was changed, since the import.
        Changed = "changed",
        /// The import changed it and did not create it. Its earlier text is not kept.
        NotCreated = "not_created",
    }
);

/// Why a question cannot be deleted by anyone.
pub fn why_kept(question: &Question, successor: Option<QuestionId>) -> Option<KeptReason> {
    match question.status {
        _ if question.frozen => Some(KeptReason::Published),
        _ if successor.is_some() => Some(KeptReason::Superseded),
        QuestionStatus::Draft | QuestionStatus::InReview => None,
        QuestionStatus::Retired => Some(KeptReason::Rejected),
        QuestionStatus::Published => Some(KeptReason::Published),
    }
}

/// Deletes a draft or a question in review, and returns its writer. Runs inside a transaction.
///
/// Any author may edit a draft, but only its writer, the user who requested it from a model, or an admin may delete it,
/// because it cannot be restored. Others can reject it.
pub fn delete(
    conn: &mut DbConnection,
    user: Identity,
    id: QuestionId,
    check: impl Fn(&Filed) -> Result<(), Error>,
) -> Result<Option<UserId>, Error> {
    // Imports compare the questions that they change while they hold the lock of the exam.
    let exam_id = queries::exam_of(conn, id)?.ok_or(Error::NotFound("question"))?;
    exams::queries::lock_by_id(conn, exam_id)?;
    let filed = authoring::locked(conn, id, check)?;
    let question = &filed.question;
    let requested_by = filed.draft.as_ref().and_then(|draft| draft.requested_by);
    if ![question.written_by, requested_by].contains(&Some(user.user_id)) && user.role < Role::Admin {
        let detail = "only its last writer, the user who requested it from a language model, or an admin can delete a draft: retire it instead";
        return Err(Error::Denied(Slug::Forbidden, detail));
    }
    let (slug, detail) = match why_kept(question, filed.superseded_by) {
        None | Some(KeptReason::InReview | KeptReason::Changed | KeptReason::NotCreated) => {
            queries::delete(conn, &[id])?;
            return Ok(question.written_by);
        }
        Some(KeptReason::Published) => (Slug::Status, "learners may have seen the question: retire it instead"),
        Some(KeptReason::Superseded) => (Slug::Superseded, "the question has a newer revision: delete that one first"),
        Some(KeptReason::Rejected) => (Slug::Status, "the question was rejected: make it a draft before you delete it"),
    };
    Err(Error::Conflict(slug, detail.to_owned()))
}
