//! What reviewers are told: history, lint, near-duplicates.

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
    /// How far it has come.
    pub status: QuestionStatus,
    /// Where it comes from.
    pub origin: Origin,
    /// Who last wrote it here; null when it came with a seed file.
    pub written_by: Option<UserId>,
    /// The name of that user; null when the account was deleted, too.
    pub written_by_name: Option<String>,
    /// Everyone who wrote it or any part of it: none of them may publish it, unless an admin.
    pub writers: Vec<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who took it from which status to which, oldest first.
    pub status_changes: Vec<StatusChangeReply>,
    /// What it changed in the revision before it; empty for the first.
    pub differences: Vec<Difference>,
    /// What people changed in it since a language model drafted it; null when no model did.
    pub changed_since_drafted: Option<Vec<Difference>>,
}

/// That someone took a question from one status to another.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusChangeReply {
    /// The status before.
    pub from: QuestionStatus,
    /// The status after.
    pub to: QuestionStatus,
    /// Who did it; null when it was a seed file.
    pub by: Option<UserId>,
    /// The name of that user; null when the account was deleted, too.
    pub by_name: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Why a draft was rejected.
    pub reason: Option<RejectionReason>,
    /// What else was said.
    pub comment: Option<String>,
}

impl StatusChangeReply {
    /// How a change is told.
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

/// A field that is not what it was.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Difference {
    /// Where: a JSON Pointer (RFC 6901) into the question.
    #[schema(example = "/answers/1/body")]
    pub pointer: String,
    /// What was there; null when there was nothing.
    pub before: Value,
    /// What is there; null when there is nothing.
    pub after: Value,
}

/// What a reviewer should look at.
#[derive(Debug, Serialize, ToSchema)]
pub struct LintReply {
    /// Breaches of rules of item writing, and what has aged.
    pub warnings: Vec<Warning>,
    /// Questions of the same exam that say much the same, most alike first.
    pub similar: Vec<SimilarQuestion>,
}

/// A question that says much the same.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SimilarQuestion {
    /// The question.
    pub id: QuestionId,
    /// Its stem.
    pub stem: String,
    /// How far it has come.
    pub status: QuestionStatus,
    /// The Jaccard index of the two sets of 3-grams over stem and key: 1 is the same, from 0.8 on it is a duplicate.
    #[schema(minimum = 0, maximum = 1)]
    pub similarity: f64,
}

/// Questions that say much the same.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimilarList {
    /// The questions, most alike first.
    pub items: Vec<SimilarQuestion>,
}

/// What a reviewer of a whole bank should look at.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExamLintReply {
    /// How many published questions were looked at.
    pub questions: usize,
    /// Warnings about the bank as a whole.
    pub warnings: Vec<BankWarning>,
    /// Pairs of questions that are duplicates, at most 100, most alike first.
    pub duplicates: Vec<DuplicatePair>,
    /// How many questions break each rule of item writing or have aged, for those rules that some do.
    pub rules: Vec<RuleCount>,
}

/// Two questions that say the same.
#[derive(Debug, Serialize, ToSchema)]
pub struct DuplicatePair {
    /// One of them.
    pub id: QuestionId,
    /// The other.
    pub other_id: QuestionId,
    /// The Jaccard index of the two sets of 3-grams over stem and key.
    #[schema(minimum = 0, maximum = 1)]
    pub similarity: f64,
}

/// How often a rule is broken.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleCount {
    /// The rule.
    pub rule: &'static str,
    /// How many questions break it, but for those where that is accepted.
    pub questions: usize,
    /// In how many it is accepted.
    pub accepted: usize,
    /// Some of them, at most 20.
    pub examples: Vec<QuestionId>,
}
