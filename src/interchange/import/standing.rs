//! Decides whether an import may change a question of the bank: somebody else may be working on it.

use crate::{
    auth::model::{Names, UserId},
    questions::model::{Question, QuestionId, QuestionStatus},
};

/// Why a question that equals the one in the file does not get the requested status, and what to do.
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

/// Why an import leaves a question unchanged: somebody else works on it. On the command line, there is no importer.
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

/// The note on a question that is published as in the file and has a newer revision that is not published.
pub(super) fn why_not_replaced(pending: &QuestionId) -> String {
    format!("is already published with this content; its newer revision {pending} is not published and was not changed")
}

/// Describes the owner of a draft: the user who edited it last.
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
