//! Questions in requests. The replies are in `reply`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer};
use utoipa::{
    ToSchema,
    openapi::schema::{Object, ObjectBuilder, Schema, SchemaType, Type},
};

pub use self::{quality::*, reply::*};
use super::{
    model::{AnswerContent, Content, QuestionKind, QuestionStatus, Reference, RejectionReason, Remark},
    upkeep::Upkeep,
};
use crate::{
    characters::is_name,
    db::{day::Day, types::Json},
    error::Error,
    exams::model::ExamCode,
    http::extract::{integer, optional_integer},
    subjects::model::SubjectId,
};

mod quality;
mod reply;

/// A question to store. Texts are Markdown without raw HTML.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuestionBody {
    /// The code of its exam.
    pub exam: ExamCode,
    /// The number of the domain. Not needed if `task` is given.
    #[serde(default, deserialize_with = "optional_integer")]
    #[schema(example = 1)]
    pub domain: Option<i64>,
    /// The code of the task.
    #[schema(example = "1.1")]
    pub task: Option<String>,
    /// The kind of the question.
    pub kind: QuestionKind,
    /// The question.
    #[schema(min_length = 1, max_length = 10_000)]
    pub stem: String,
    /// The answers. For `ordering`, in the correct order.
    #[schema(min_items = 2, max_items = 20)]
    pub answers: Vec<AnswerBody>,
    /// Why the key is right.
    #[serde(default)]
    #[schema(max_length = 10_000)]
    pub explanation: String,
    /// References for further reading.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub references: Vec<Reference>,
    /// Tags, freely chosen.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub tags: Vec<String>,
    /// From 1 (recall) to 5 (a scenario that combines several facts).
    #[serde(default = "medium", deserialize_with = "integer")]
    #[schema(minimum = 1, maximum = 5, default = 3)]
    pub difficulty: i32,
    /// A unique name for the question. Imports and seed files recognize the question by it. It cannot be changed.
    #[schema(min_length = 1, max_length = 200)]
    pub external_key: Option<String>,
    /// The subjects that the question depends on, such as a service. Changes to `subjects`, `review_by` and
    /// `accepted_warnings` do not create a new revision. If one of these fields is absent, it stays as it is.
    #[schema(max_items = 20, value_type = Option<Vec<SubjectId>>)]
    pub subjects: Option<BTreeSet<SubjectId>>,
    /// The day by which someone should review the question. Null for none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Day>)]
    pub review_by: Option<Option<Day>>,
    /// The lint rules whose warnings are accepted, each with the reason.
    #[schema(schema_with = accepted_warnings_or_null)]
    pub accepted_warnings: Option<BTreeMap<String, String>>,
}

fn medium() -> i32 {
    3
}

/// At most 20 rules, each with a reason.
fn accepted_warnings() -> Object {
    let line = |most| {
        let pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$";
        ObjectBuilder::new().schema_type(Type::String).max_length(Some(most)).pattern(Some(pattern))
    };
    ObjectBuilder::new()
        .property_names(Some(line(100)))
        .additional_properties(Some(Schema::from(line(500))))
        .max_properties(Some(20))
        .description(Some("Rules of lint whose warnings are accepted, each with the reason."))
        .build()
}

fn accepted_warnings_or_null() -> Object {
    let mut schema = accepted_warnings();
    schema.schema_type = SchemaType::from_iter([Type::Object, Type::Null]);
    schema
}

/// A value that is present, null or not.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// An answer of the question to store.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerBody {
    /// The text. Empty for a distractor on the right-hand side of a `matching` question.
    #[serde(default)]
    #[schema(max_length = 10_000)]
    pub body: String,
    /// Whether the answer is part of the key. In an `ordering` question, all answers are.
    pub is_correct: bool,
    /// Why the answer is right or wrong.
    #[serde(default)]
    #[schema(max_length = 10_000)]
    pub rationale: String,
    /// For `matching`: the text on the right-hand side that belongs to this answer.
    #[schema(max_length = 10_000)]
    pub match_body: Option<String>,
}

impl QuestionBody {
    /// The content of the question.
    pub fn content(&self) -> Content {
        let answer = |answer: &AnswerBody| AnswerContent {
            body: answer.body.clone(),
            is_correct: answer.is_correct,
            rationale: answer.rationale.clone(),
            match_body: answer.match_body.clone(),
        };
        Content {
            kind: self.kind,
            stem: self.stem.clone(),
            explanation: self.explanation.clone(),
            references: self.references.clone(),
            tags: self.tags.clone(),
            difficulty: self.difficulty,
            answers: self.answers.iter().map(answer).collect(),
        }
    }

    /// The new upkeep, given the old one.
    pub fn upkeep(&self, before: &Upkeep) -> Upkeep {
        Upkeep {
            subjects: self.subjects.clone().map_or_else(|| before.subjects.clone(), Json),
            review_by: self.review_by.unwrap_or(before.review_by),
            accepted_warnings: self.accepted_warnings.clone().map_or_else(|| before.accepted_warnings.clone(), Json),
        }
    }
}

/// The upkeep of a question. It replaces the previous upkeep, and does not create a new revision.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpkeepBody {
    /// The subjects that the question depends on, such as a service.
    #[serde(default)]
    #[schema(max_items = 20, value_type = Vec<SubjectId>)]
    pub subjects: BTreeSet<SubjectId>,
    /// The day by which someone should review the question.
    pub review_by: Option<Day>,
    /// The lint rules whose warnings are accepted, each with the reason.
    #[serde(default)]
    #[schema(schema_with = accepted_warnings)]
    pub accepted_warnings: BTreeMap<String, String>,
}

impl From<UpkeepBody> for Upkeep {
    fn from(body: UpkeepBody) -> Self {
        let UpkeepBody { subjects, review_by, accepted_warnings } = body;
        Self { subjects: Json(subjects), review_by, accepted_warnings: Json(accepted_warnings) }
    }
}

/// A new status for a question.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuestionStatusChange {
    /// The new status. A `draft` can become `in_review`, and back. `published` requires `in_review`, and an admin or
    /// an author who wrote no part of it. `retired` rejects a question that was never published, and takes a published
    /// one out of service. From `retired`, `published` returns it to service, and `draft` reopens a rejected one.
    pub status: QuestionStatus,
    /// With `retired`: the reason for rejecting a draft or a question in review. Required for a draft of a language
    /// model.
    pub reason: Option<RejectionReason>,
    /// A comment for the history: one line with at least one letter or digit, and no invisible characters. Required to
    /// publish a question whose key the model disagreed with.
    #[schema(max_length = 2000, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    pub comment: Option<String>,
}

impl QuestionStatusChange {
    /// The remark on the change.
    pub fn remark(&self) -> Result<Remark, Error> {
        let comment = self.comment.as_deref();
        if comment.is_some_and(|comment| comment.chars().count() > 2000 || !is_name(comment)) {
            let detail = "must have at most 2000 characters, none of them a control character or invisible";
            return Err(Error::invalid("/comment", detail));
        }
        let comment = comment.map(str::trim).filter(|comment| !comment.is_empty());
        if comment.is_some_and(|comment| !comment.contains(char::is_alphanumeric)) {
            return Err(Error::invalid("/comment", "must contain a letter or a digit"));
        }
        Ok(Remark { reason: self.reason, comment: comment.map(str::to_owned) })
    }
}
