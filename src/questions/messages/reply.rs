//! Questions in responses to authors.

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

/// A question as authors see it, including the key.
// It borrows its texts, because a page has up to a thousand of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionReply<'a> {
    /// The id of this revision.
    pub id: QuestionId,
    /// The code of its exam.
    pub exam: &'a str,
    /// The number of its domain.
    pub domain: i32,
    /// The code of the task.
    pub task: Option<&'a str>,
    /// The kind of the question.
    pub kind: QuestionKind,
    /// The status of the question.
    pub status: QuestionStatus,
    /// The origin of the question.
    pub origin: Origin,
    /// The unique name of the question, by which imports and seed files recognize it.
    pub external_key: Option<&'a str>,
    /// The revision that this one replaces, or will replace.
    pub supersedes_id: Option<QuestionId>,
    /// The revision that replaces this one, or will replace it.
    pub superseded_by: Option<QuestionId>,
    /// The user who last edited it. Null if it came from a seed file or the command line. `history` lists all writers.
    pub written_by: Option<UserId>,
    /// The name of that user. Also null if the account was deleted.
    pub written_by_name: Option<&'a str>,
    /// Whether learners may have seen this revision. If so, a change creates a new revision.
    pub frozen: bool,
    /// The question.
    pub stem: &'a str,
    /// The answers in their written order.
    #[schema(value_type = Vec<AnswerReply>)]
    pub answers: AnswersReply<'a>,
    /// Why the key is right.
    pub explanation: &'a str,
    /// References for further reading.
    pub references: &'a [Reference],
    /// Tags, freely chosen.
    pub tags: &'a [String],
    /// From 1 (recall) to 5 (a scenario that combines several facts).
    #[schema(minimum = 1, maximum = 5)]
    pub difficulty: i32,
    /// The subjects that the question depends on, such as a service.
    pub subjects: &'a BTreeSet<SubjectId>,
    /// The day by which someone should review the question.
    pub review_by: Option<Day>,
    /// The lint rules whose warnings are accepted, each with the reason.
    pub accepted_warnings: &'a BTreeMap<String, String>,
    /// When this revision was created.
    pub created_at: Timestamp,
    /// When this revision last changed.
    pub updated_at: Timestamp,
    /// The origin of the draft, if a language model wrote it.
    pub generated: Option<GeneratedReply>,
}

/// An answer as authors see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnswerReply<'a> {
    /// The id.
    pub id: AnswerId,
    /// The text.
    pub body: &'a str,
    /// Whether the answer is part of the key.
    pub is_correct: bool,
    /// Why the answer is right or wrong.
    pub rationale: &'a str,
    /// For `matching`: the text on the right-hand side that belongs to this answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub match_body: Option<&'a str>,
}

/// The answers of a question as authors see them.
#[derive(Debug)]
pub enum AnswersReply<'a> {
    /// Already written as JSON.
    Written(&'a RawValue),
    /// As they were read from the database.
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

/// A page of questions.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionPage<'a> {
    /// The questions, in the requested order.
    pub items: Vec<QuestionReply<'a>>,
    /// The number of all matching questions. Absent unless `total` was requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    /// The cursor of the next page. Absent on the last page.
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
    fn cached_and_new_json_of_answers_are_equal() {
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
