//! Whether an import may change a question of the bank: others may be at work on it.

use crate::{
    auth::model::UserId,
    questions::model::{Question, QuestionStatus},
};

/// What keeps a question, which is as the file has it, from the status that was asked for, and what to do about it.
pub(super) fn why_not_moved(newest: &Question, to: QuestionStatus, importer: Option<UserId>) -> Option<&'static str> {
    match (newest.status, to) {
        (_, QuestionStatus::Draft) | (QuestionStatus::Published, _) => None,
        (QuestionStatus::InReview, QuestionStatus::Published) => Some("is in review: have it published there"),
        (QuestionStatus::Draft, _) if newest.written_by != importer => {
            Some("is a draft of somebody else: have it put into review or published by its status")
        }
        (QuestionStatus::Retired, _) if newest.frozen => Some("is retired: publish it again by its status"),
        (QuestionStatus::Retired, _) => Some("was rejected: make it a draft again first"),
        _ => None,
    }
}

/// Why an import does not change a question: somebody is at work on it. At the command line nobody is the importer.
pub(super) fn why_left_alone(newest: &Question, importer: Option<UserId>) -> Option<&'static str> {
    match newest.status {
        QuestionStatus::InReview => {
            Some("is in review, and differs from the file: have it published or made a draft first")
        }
        QuestionStatus::Draft if newest.written_by != importer => {
            Some("is a draft of somebody else, and differs from the file: have it published or retired first")
        }
        _ => None,
    }
}
