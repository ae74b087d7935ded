//! Questions as authors are told them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{
    auth::model::UserId,
    db::{day::Day, types::Timestamp},
    questions::{
        drafts::GeneratedReply,
        filed::{Filed, Listed},
        model::{Answer, AnswerId, Origin, QuestionId, QuestionKind, QuestionStatus, Reference},
    },
    subjects::model::SubjectId,
};

/// A question as authors see it, key included.
// It borrows: a page has a thousand texts.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionReply<'a> {
    /// The id of this revision.
    pub id: QuestionId,
    /// The code of its exam.
    pub exam: &'a str,
    /// The number of its domain.
    pub domain: i32,
    /// The code of its task.
    pub task: Option<&'a str>,
    /// What it asks for.
    pub kind: QuestionKind,
    /// How far it has come.
    pub status: QuestionStatus,
    /// Where it comes from.
    pub origin: Origin,
    /// Its name in the file that it comes from.
    pub external_key: Option<&'a str>,
    /// The revision that this one took the place of, or is to take it.
    pub supersedes_id: Option<QuestionId>,
    /// The revision that took the place of this one, or is to take it.
    pub superseded_by: Option<QuestionId>,
    /// Who last wrote it here; null when it came with a seed file. `history` tells all writers.
    pub written_by: Option<UserId>,
    /// The name of that user; null when the account was deleted, too.
    pub written_by_name: Option<&'a str>,
    /// Whether learners may have been served it: then a change makes a new revision.
    pub frozen: bool,
    /// The question.
    pub stem: &'a str,
    /// The answers in their written order.
    #[schema(value_type = Vec<AnswerReply>)]
    pub answers: AnswersReply<'a>,
    /// Why the key is right.
    pub explanation: &'a str,
    /// Where to read on.
    pub references: &'a [Reference],
    /// Free labels.
    pub tags: &'a [String],
    /// From 1 (recall) to 5 (several facts weighed in a scenario).
    #[schema(minimum = 1, maximum = 5)]
    pub difficulty: i32,
    /// What it rests on, such as a service.
    pub subjects: &'a BTreeSet<SubjectId>,
    /// The day by which somebody should look whether it still holds.
    pub review_by: Option<Day>,
    /// Rules of lint whose warnings are accepted, each with the reason.
    pub accepted_warnings: &'a BTreeMap<String, String>,
    /// When this revision was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Where it comes from, if a language model drafted it.
    pub generated: Option<GeneratedReply>,
}

/// An answer as authors see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnswerReply<'a> {
    /// The id.
    pub id: AnswerId,
    /// The text.
    pub body: &'a str,
    /// Whether it belongs to the key.
    pub is_correct: bool,
    /// Why it is right or wrong.
    pub rationale: &'a str,
    /// For `matching`: what belongs to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub match_body: Option<&'a str>,
}

/// The answers of a question as authors see them.
#[derive(Debug)]
pub enum AnswersReply<'a> {
    /// As JSON already.
    Written(&'a RawValue),
    /// As they were read.
    Read(&'a [Answer]),
}

impl Serialize for AnswersReply<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Written(json) => json.serialize(serializer),
            Self::Read(answers) => serializer.collect_seq(answers.iter().map(|answer| AnswerReply {
                id: answer.id,
                body: &answer.body,
                is_correct: answer.is_correct,
                rationale: &answer.rationale,
                match_body: answer.match_body.as_deref(),
            })),
        }
    }
}

/// A page of the bank.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionPage<'a> {
    /// The questions, in the order that was asked for.
    pub items: Vec<QuestionReply<'a>>,
    /// How many there are in all, if that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl<'a> From<&'a Filed> for QuestionReply<'a> {
    fn from(filed: &'a Filed) -> Self {
        let Filed { question, answers, exam, domain, task, superseded_by, draft, names } = filed;
        Self {
            id: question.id,
            exam,
            domain: *domain,
            task: task.as_deref(),
            kind: question.kind,
            status: question.status,
            origin: question.origin,
            external_key: question.external_key.as_deref(),
            supersedes_id: question.supersedes_id,
            superseded_by: *superseded_by,
            written_by: question.written_by,
            written_by_name: names.of(question.written_by),
            frozen: question.frozen,
            stem: &question.stem,
            answers: AnswersReply::Read(answers),
            explanation: &question.explanation,
            references: &question.references.0,
            tags: &question.tags.0,
            difficulty: question.difficulty,
            subjects: &question.upkeep.subjects.0,
            review_by: question.upkeep.review_by,
            accepted_warnings: &question.upkeep.accepted_warnings.0,
            created_at: question.created_at,
            updated_at: question.updated_at,
            generated: draft.as_ref().map(|draft| GeneratedReply::of((**draft).clone(), &filed.content(), names)),
        }
    }
}

impl<'a> From<&'a Listed> for QuestionReply<'a> {
    fn from(listed: &'a Listed) -> Self {
        let Listed { entry, served, superseded_by, draft, names } = listed;
        let content = || Filed::from(listed.clone()).content();
        Self {
            id: entry.id,
            exam: &served.exam,
            domain: served.domain,
            task: served.task.as_deref(),
            kind: served.kind,
            status: entry.status,
            origin: entry.origin,
            external_key: entry.external_key.as_deref(),
            supersedes_id: entry.supersedes_id,
            superseded_by: *superseded_by,
            written_by: entry.written_by,
            written_by_name: names.of(entry.written_by),
            frozen: entry.frozen,
            stem: &served.stem,
            answers: AnswersReply::Written(&served.answers_json),
            explanation: &served.explanation,
            references: &served.references,
            tags: &served.tags,
            difficulty: served.difficulty,
            subjects: &entry.upkeep.subjects.0,
            review_by: entry.upkeep.review_by,
            accepted_warnings: &entry.upkeep.accepted_warnings.0,
            created_at: served.created_at,
            updated_at: entry.updated_at,
            generated: draft.as_ref().map(|draft| GeneratedReply::of((**draft).clone(), &content(), names)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::to_raw_value;

    use super::*;

    #[test]
    fn answers_are_told_the_same_whether_they_were_written_before_or_not() {
        let answer = |match_body: Option<&str>| Answer {
            id: AnswerId::new(),
            question_id: QuestionId::new(),
            position: 0,
            body: "`a` \"b\"\n\u{7f}c".into(),
            is_correct: true,
            rationale: String::new(),
            match_body: match_body.map(str::to_owned),
        };
        let answers = [answer(Some("\\d")), answer(None)];
        let read = AnswersReply::Read(&answers);
        let json = to_raw_value(&read).unwrap();
        let bytes = |reply: &AnswersReply| serde_json::to_vec(reply).unwrap();
        assert_eq!(bytes(&AnswersReply::Written(&json)), bytes(&read));
        let told: serde_json::Value = serde_json::from_str(json.get()).unwrap();
        assert_eq!((&told[0]["match_body"], told[1].get("match_body")), (&"\\d".into(), None));
    }
}
