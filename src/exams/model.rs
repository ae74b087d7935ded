//! An exam and its blueprint, in the database and in the API.

use std::{fmt, ops::Deref};

use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::scale::Scale;
use crate::{
    auth::model::UserId,
    db::types::{Timestamp, id, text_enum},
    schema::{domains, exams, tasks},
};

id!(
    /// The id of an exam.
    ExamId
);
id!(
    /// The id of a domain.
    DomainId
);
id!(
    /// The id of a task.
    TaskId
);

/// The code that identifies an exam to people and in URLs: 1 to 64 lowercase letters, digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, pattern = "^[a-z0-9-]{1,64}$", example = "clf-c02")]
pub struct ExamCode(String);

impl fmt::Display for ExamCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ExamCode {
    type Error = &'static str;

    fn try_from(code: String) -> Result<Self, Self::Error> {
        let is_plain = code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if is_plain && (1..=64).contains(&code.len()) {
            Ok(Self(code))
        } else {
            Err("must be 1 to 64 lowercase letters, digits and hyphens, such as clf-c02")
        }
    }
}

impl Deref for ExamCode {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

text_enum!(
    /// How a response with several parts is marked.
    ScoringPolicy {
        /// The mark is 1 if the whole response is right, otherwise 0.
        AllOrNothing = "all_or_nothing",
        /// The mark is the number of right parts minus the number of wrong parts, divided by the number of parts, and
        /// never below 0.
        PerComponent = "per_component",
    }
);

text_enum!(
    /// The status of an exam.
    ExamStatus {
        /// In preparation.
        Draft = "draft",
        /// Open for attempts.
        Published = "published",
        /// No longer offered.
        Retired = "retired",
    }
);

/// A certification exam with the numbers of its blueprint.
#[derive(Debug, Clone, Identifiable, Queryable, Selectable)]
#[diesel(table_name = exams)]
pub struct Exam {
    /// The id.
    pub id: ExamId,
    /// The code that identifies it to people and in URLs, such as `clf-c02`.
    pub code: String,
    /// The full name.
    pub name: String,
    /// The organization that offers the certification.
    pub provider: String,
    /// The blueprint's version.
    pub blueprint_version: String,
    /// The day from which the blueprint applies, such as `2023-09-19`.
    pub blueprint_date: String,
    /// Where the blueprint was published.
    pub blueprint_source: String,
    /// The number of slots in a full form.
    pub question_count: i32,
    /// How many of them are scored.
    pub scored_count: i32,
    /// The duration of a full form, in minutes.
    pub duration_minutes: i32,
    /// The scaled score if no response is right.
    pub scale_min: i32,
    /// The scaled score if every response is right.
    pub scale_max: i32,
    /// The scaled score needed to pass.
    pub pass_mark: i32,
    /// How responses are marked.
    pub scoring_policy: ScoringPolicy,
    /// The status. Only a published exam can be taken.
    pub status: ExamStatus,
    /// When the exam or its numbers last changed.
    pub updated_at: Timestamp,
    /// The user who last changed it here; none while it is as in a seed file.
    pub written_by: Option<UserId>,
    /// Information for learners; may be empty.
    pub description: String,
}

impl Exam {
    /// The scale of its scores.
    pub fn scale(&self) -> Scale {
        Scale { min: self.scale_min, max: self.scale_max, pass_mark: self.pass_mark }
    }
}

/// A weighted part of a blueprint.
#[derive(Debug, Clone, Identifiable, Queryable, Selectable)]
#[diesel(table_name = domains)]
pub struct Domain {
    /// The id.
    pub id: DomainId,
    /// The number in the blueprint, from 1.
    pub number: i32,
    /// The name.
    pub name: String,
    /// The percentage of the scored content.
    pub weight: i32,
    /// The number of its published questions. Their draw numbers start at 0.
    pub published_count: i32,
}

/// A task statement within a domain.
#[derive(Debug, Clone, Identifiable, Queryable, Selectable)]
#[diesel(table_name = tasks)]
pub struct Task {
    /// The id.
    pub id: TaskId,
    /// The domain.
    pub domain_id: DomainId,
    /// The code, such as `1.1`.
    pub code: String,
    /// The name.
    pub name: String,
}

/// The columns of an exam, to be inserted or updated.
#[derive(Debug, PartialEq, Eq, Insertable, AsChangeset)]
#[diesel(table_name = exams)]
pub struct ExamChange<'a> {
    /// The code, which cannot change. Attempts refer to exams. An UPDATE that names a column of a unique index waits
    /// for transactions that begin an attempt, even if the value stays the same, and they wait for it.
    #[diesel(skip_update)]
    pub code: &'a str,
    /// The full name.
    pub name: &'a str,
    /// The organization that offers the certification.
    pub provider: &'a str,
    /// The blueprint's version.
    pub blueprint_version: &'a str,
    /// The day from which the blueprint applies.
    pub blueprint_date: &'a str,
    /// Where the blueprint is published.
    pub blueprint_source: &'a str,
    /// The number of slots in a full form.
    pub question_count: i32,
    /// How many of them are scored.
    pub scored_count: i32,
    /// The duration of a full form, in minutes.
    pub duration_minutes: i32,
    /// The scaled score if no response is right.
    pub scale_min: i32,
    /// The scaled score if every response is right.
    pub scale_max: i32,
    /// The scaled score needed to pass.
    pub pass_mark: i32,
    /// How responses are marked.
    pub scoring_policy: ScoringPolicy,
    /// Information for learners.
    pub description: &'a str,
}

impl<'a> From<&'a Exam> for ExamChange<'a> {
    fn from(exam: &'a Exam) -> Self {
        Self {
            code: &exam.code,
            name: &exam.name,
            provider: &exam.provider,
            blueprint_version: &exam.blueprint_version,
            blueprint_date: &exam.blueprint_date,
            blueprint_source: &exam.blueprint_source,
            question_count: exam.question_count,
            scored_count: exam.scored_count,
            duration_minutes: exam.duration_minutes,
            scale_min: exam.scale_min,
            scale_max: exam.scale_max,
            pass_mark: exam.pass_mark,
            scoring_policy: exam.scoring_policy,
            description: &exam.description,
        }
    }
}
