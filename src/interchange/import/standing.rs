//! Whether an import may change a question of the bank: others may be at work on it.

use crate::{
    auth::model::{Names, UserId},
    questions::model::{Question, QuestionId, QuestionStatus},
};

/// What keeps a question, which is as the file has it, from the status that was asked for, and what to do about it.
pub(super) fn why_not_moved(
    newest: &Question,
    to: QuestionStatus,
    importer: Option<UserId>,
    writers: &Names,
) -> Option<String> {
    let why = match (newest.status, to) {
        (_, QuestionStatus::Draft) | (QuestionStatus::Published, _) => return None,
        (QuestionStatus::InReview, QuestionStatus::Published) => "is in review: publish it by changing its status",
        (QuestionStatus::Draft, _) if newest.written_by != importer => {
            let whose = whose(newest, importer, writers);
            return Some(format!("is {whose}: it can be reviewed and published by changing its status"));
        }
        (QuestionStatus::Retired, _) if newest.frozen => "is retired: publish it again by changing its status",
        (QuestionStatus::Retired, _) => "was rejected: make it a draft again first",
        _ => return None,
    };
    Some(why.to_owned())
}

/// Why an import does not change a question: somebody is at work on it. At the command line nobody is the importer.
pub(super) fn why_left_alone(newest: &Question, importer: Option<UserId>, writers: &Names) -> Option<String> {
    match newest.status {
        QuestionStatus::InReview => {
            Some("is in review and differs from the file: publish it or make it a draft first".to_owned())
        }
        QuestionStatus::Draft if newest.written_by != importer => {
            let whose = whose(newest, importer, writers);
            Some(format!("is {whose}, and differs from the file: edit it, or have it published or retired first"))
        }
        _ => None,
    }
}

/// The note on a question that is published as the file has it, while a newer revision waits to be published.
pub(super) fn why_not_replaced(pending: &QuestionId) -> String {
    format!("is published as in the file; its newer revision {pending}, which is not published yet, was not changed")
}

/// Whose draft it is. Whoever edited a draft last is its writer.
fn whose(draft: &Question, importer: Option<UserId>, writers: &Names) -> String {
    let by = match (draft.written_by, writers.of(draft.written_by)) {
        (None, _) => "a draft from the command line or of a deleted account".to_owned(),
        (_, Some(name)) => format!("a draft that {name} wrote or edited last"),
        (_, None) => "a draft of a deleted account".to_owned(),
    };
    match importer {
        Some(_) => by,
        None => format!("{by} (the command line changes only drafts that were imported there)"),
    }
}
