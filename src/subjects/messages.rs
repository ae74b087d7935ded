//! Subjects in requests, responses and files.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::{Subject, SubjectId, SubjectStatus};
use crate::{
    auth::model::UserId,
    characters::{is_blank, is_name},
    db::day::Day,
    error::FieldError,
};

/// A subject to store.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectBody {
    /// The id: a namespace and a name, such as `aws:s3`.
    pub id: SubjectId,
    /// The full official name, which the texts of questions use.
    #[schema(
        min_length = 1,
        max_length = 200,
        example = "Amazon S3",
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub name: String,
    /// The status of the subject.
    pub status: SubjectStatus,
    /// The new name, if the status is `renamed`.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub renamed_to: Option<String>,
    /// The day since which the status applies, or the day on which it was last checked.
    pub as_of: Day,
    /// The URL of a source for the status.
    #[schema(
        max_length = 2000,
        pattern = r#"^https?://[^\s\x00-\x1f\x7f-\x9f<>"]*$"#,
        example = "https://aws.amazon.com/s3/"
    )]
    pub source: String,
}

impl SubjectBody {
    /// All errors in it, located by JSON Pointers.
    pub fn faults(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let mut check = |holds: bool, pointer: &str, detail: &str| {
            if !holds {
                faults.push(FieldError { pointer: pointer.to_owned(), detail: detail.to_owned() });
            }
        };
        let is_short_name = |text: &str| !is_blank(text) && text.chars().count() <= 200 && is_name(text);
        let rule = "must have 1 to 200 characters on one line, none of them invisible";
        check(is_short_name(&self.name), "/name", rule);
        let is_renamed = self.status == SubjectStatus::Renamed;
        check(
            is_renamed == self.renamed_to.is_some(),
            "/renamed_to",
            "is required if the status is renamed, and not allowed otherwise",
        );
        check(self.renamed_to.as_deref().is_none_or(is_short_name), "/renamed_to", rule);
        let is_web = self.source.starts_with("https://") || self.source.starts_with("http://");
        let is_one_word = !self.source.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"".contains(c));
        let fits = is_web && is_one_word && self.source.chars().count() <= 2000 && is_name(&self.source);
        let rule = "must be an address that begins with https:// or http://, of at most 2000 visible characters other than <, > and \"";
        check(fits, "/source", rule);
        faults
    }

    /// The row to store.
    pub fn stored(&self, written_by: Option<UserId>) -> Subject {
        let Self { id, name, status, renamed_to, as_of, source } = self.clone();
        Subject { id, name, status, renamed_to, as_of, source, written_by }
    }
}

/// A subject.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubjectReply {
    /// The id.
    pub id: SubjectId,
    /// The full official name.
    pub name: String,
    /// The status of the subject.
    pub status: SubjectStatus,
    /// The new name.
    pub renamed_to: Option<String>,
    /// The day since which the status applies, or the day on which it was last checked.
    pub as_of: Day,
    /// The URL of a source for the status.
    pub source: String,
    /// The user who last changed it. Null if it comes from a seed file.
    pub written_by: Option<UserId>,
}

impl From<Subject> for SubjectReply {
    fn from(subject: Subject) -> Self {
        let Subject { id, name, status, renamed_to, as_of, source, written_by } = subject;
        Self { id, name, status, renamed_to, as_of, source, written_by }
    }
}

/// A page of subjects.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubjectPage {
    /// The subjects, ordered by id.
    pub items: Vec<SubjectReply>,
    /// The cursor of the next page. Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}
