//! Replies for reviewers: history, lint, near-duplicates.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    auth::model::{Names, UserId},
    db::types::Timestamp,
    questions::{
        lint::{BankWarning, Warning},
        model::{Origin, QuestionId, QuestionStatus, RejectionReason, StatusChange},
    },
};

/// The revisions of a question.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryReply {
    /// The revisions, newest first.
    pub revisions: Vec<RevisionReply>,
}

/// One revision of a question.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevisionReply {
    /// The id.
    pub id: QuestionId,
    /// The status of this revision.
    pub status: QuestionStatus,
    /// The origin of this revision.
    pub origin: Origin,
    /// The user who last edited it. Null if it came from a seed file or the command line.
    pub written_by: Option<UserId>,
    /// The name of that user. Also null if the account was deleted.
    pub written_by_name: Option<String>,
    /// Everyone who wrote any part of this revision. Of these users, only admins can publish it.
    pub writers: Vec<UserId>,
    /// When it was created.
    pub created_at: Timestamp,
    /// The status changes, oldest first.
    pub status_changes: Vec<StatusChangeReply>,
    /// What changed from the revision before. Empty for the first revision.
    pub differences: Vec<Difference>,
    /// What people changed since a language model drafted it. Null if no model did.
    pub changed_since_drafted: Option<Vec<Difference>>,
}

/// A change of a question's status.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusChangeReply {
    /// The old status.
    pub from: QuestionStatus,
    /// The new status.
    pub to: QuestionStatus,
    /// The user who made the change. Null if it came from a seed file or the command line.
    pub by: Option<UserId>,
    /// The name of that user. Also null if the account was deleted.
    pub by_name: Option<String>,
    /// When the status changed.
    pub at: Timestamp,
    /// Why a draft was rejected.
    pub reason: Option<RejectionReason>,
    /// The comment.
    pub comment: Option<String>,
}

impl StatusChangeReply {
    /// A change as it is shown.
    pub fn new(change: StatusChange, names: &Names) -> Self {
        Self {
            from: change.from_status,
            to: change.to_status,
            by: change.user_id,
            by_name: names.of(change.user_id).map(str::to_owned),
            at: change.created_at,
            reason: change.reason,
            comment: change.comment,
        }
    }
}

/// A field that has changed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Difference {
    /// A JSON Pointer (RFC 6901) into the question.
    #[schema(example = "/answers/1/body")]
    pub pointer: String,
    /// The old value. Null if the field was added.
    pub before: Value,
    /// The new value. Null if the field was removed.
    pub after: Value,
}

/// The result of checking a question.
#[derive(Debug, Serialize, ToSchema)]
pub struct LintReply {
    /// Warnings about broken rules of item writing, and about outdated content.
    pub warnings: Vec<Warning>,
    /// Similar questions of the same exam, most similar first.
    pub similar: Vec<SimilarQuestion>,
}

/// A similar question.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SimilarQuestion {
    /// The question.
    pub id: QuestionId,
    /// The stem.
    pub stem: String,
    /// The status of the question.
    pub status: QuestionStatus,
    /// The Jaccard index of the two sets of 3-grams of stem and key. 1 means identical; from 0.8 on, the questions
    /// count as duplicates.
    #[schema(minimum = 0, maximum = 1)]
    pub similarity: f64,
}

/// Similar questions.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimilarList {
    /// The questions, most similar first.
    pub items: Vec<SimilarQuestion>,
}

/// The result of checking a bank.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExamLintReply {
    /// The number of published questions that were checked.
    pub questions: usize,
    /// Warnings about the bank as a whole.
    pub warnings: Vec<BankWarning>,
    /// Pairs of duplicate questions, at most 100, most similar first.
    pub duplicates: Vec<DuplicatePair>,
    /// The number of questions that break each rule. Rules that no question breaks are left out.
    pub rules: Vec<RuleCount>,
}

/// Two questions that are duplicates.
#[derive(Debug, Serialize, ToSchema)]
pub struct DuplicatePair {
    /// One of the two.
    pub id: QuestionId,
    /// The other one.
    pub other_id: QuestionId,
    /// The Jaccard index of the two sets of 3-grams of stem and key.
    #[schema(minimum = 0, maximum = 1)]
    pub similarity: f64,
}

/// The number of questions that break a rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleCount {
    /// The rule.
    pub rule: &'static str,
    /// The number of questions that break the rule, without those for which the warning is accepted.
    pub questions: usize,
    /// The number of questions for which the warning is accepted.
    pub accepted: usize,
    /// Some of the questions that `questions` counts, at most 20.
    pub examples: Vec<QuestionId>,
}
