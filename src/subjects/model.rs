//! A subject, as it is stored, and its id.

use std::{fmt, ops::Deref};

use diesel::{
    AsChangeset, Identifiable, Insertable, Queryable, Selectable,
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    serialize::{self, Output, ToSql},
    sql_types::Text,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    auth::model::UserId,
    db::{day::Day, types::text_enum},
    schema::subjects,
};

/// The id of a subject, with a namespace: `aws:s3`.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow, Serialize, Deserialize, ToSchema,
)]
#[diesel(sql_type = Text)]
#[serde(try_from = "String")]
#[schema(value_type = String, pattern = "^[a-z0-9-]{1,30}:[a-z0-9.-]{1,60}$", example = "aws:s3")]
pub struct SubjectId(String);

impl fmt::Display for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for SubjectId {
    type Error = &'static str;

    fn try_from(id: String) -> Result<Self, Self::Error> {
        let is_plain = |text: &str, most: usize, dots: bool| {
            let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || (dots && b == b'.');
            (1..=most).contains(&text.len()) && text.bytes().all(fits)
        };
        let is_slug =
            id.split_once(':').is_some_and(|(space, name)| is_plain(space, 30, false) && is_plain(name, 60, true));
        if is_slug {
            Ok(Self(id))
        } else {
            Err(
                "must be a namespace and a name, such as aws:s3, of lowercase letters, digits and hyphens, at most 30 in the namespace and 60 in the name, which may also have dots",
            )
        }
    }
}

impl Deref for SubjectId {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<DB> ToSql<Text, DB> for SubjectId
where
    DB: diesel::backend::Backend,
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.as_str().to_sql(out)
    }
}

impl<DB> FromSql<Text, DB> for SubjectId
where
    DB: diesel::backend::Backend,
    String: FromSql<Text, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(String::from_sql(value)?))
    }
}

text_enum!(
    /// The status of a subject.
    SubjectStatus {
        /// It exists under this name.
        Current = "current",
        /// It has a new name.
        Renamed = "renamed",
        /// It is closed to new customers.
        Closed = "closed",
        /// It has ended.
        Ended = "ended",
    }
);

/// A stored subject.
#[derive(Debug, Clone, PartialEq, Eq, Identifiable, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Subject {
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
    /// The user who last changed it here; none while it is as in a file.
    pub written_by: Option<UserId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_a_namespace_and_a_name() {
        for good in ["aws:s3", "k8s:1.34", "a:b", "aws:iam-identity-center"] {
            assert!(SubjectId::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for bad in
            ["", "s3", "aws:", ":s3", "aws:S3", "aws:a:b", "a.b:c", "aws:s 3", &format!("aws:{}", "x".repeat(61))]
        {
            assert!(SubjectId::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
