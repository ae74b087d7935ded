//! Whether an import may change a question of the bank: others may be at work on it.

use crate::{
    auth::model::UserId,
    questions::model::{Question, QuestionStatus},
};

/// What keeps a question, which is as the file has it, from the status that was asked for, and what to do about it.
pub(super) fn why_not_moved(newest: &Question, to: QuestionStatus, importer: Option<UserId>) -> Option<&'static str> {
    match (newest.status, to) {
        (_, QuestionStatus::Draft) | (QuestionStatus::Published, _) => None,
        (QuestionStatus::InReview, QuestionStatus::Published) => {
            Some("is in review: publish it by changing its status")
        }
        (QuestionStatus::Draft, _) if newest.written_by != importer => {
            Some("is another author's draft: it can be reviewed and published by changing its status")
        }
        (QuestionStatus::Retired, _) if newest.frozen => Some("is retired: publish it again by changing its status"),
        (QuestionStatus::Retired, _) => Some("was rejected: make it a draft again first"),
        _ => None,
    }
}

/// Why an import does not change a question: somebody is at work on it. At the command line nobody is the importer.
pub(super) fn why_left_alone(newest: &Question, importer: Option<UserId>) -> Option<&'static str> {
    match newest.status {
        QuestionStatus::InReview => Some("is in review and differs from the file: publish it or make it a draft first"),
        QuestionStatus::Draft if newest.written_by != importer => {
            Some("is another author's draft and differs from the file: it must be published or retired first")
        }
        _ => None,
    }
}
