//! A calendar day without a time, such as a due date.

use std::{fmt, io::Write};

use diesel::{
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::{Pg, PgValue},
    serialize::{self, IsNull, Output, ToSql},
    sql_types::Text,
    sqlite::Sqlite,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    connection::{MultiBackend, MultiRawValue},
    types::{SqliteValue, Timestamp, portable},
};

/// A calendar day, written as `2026-11-30` in the database and in JSON.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow, Serialize, Deserialize, ToSchema,
)]
#[diesel(sql_type = Text)]
#[serde(transparent)]
#[schema(value_type = String, format = Date, example = "2027-06-30")]
pub struct Day(jiff::civil::Date);

impl Day {
    /// The day of an instant in UTC.
    pub fn of(instant: Timestamp) -> Self {
        Self(instant.date())
    }

    /// The day of an instant in a time zone.
    pub fn in_zone(instant: Timestamp, zone: &jiff::tz::TimeZone) -> Self {
        Self(instant.date_in(zone))
    }

    /// The day `days` later, within the supported range of time.
    pub fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add(jiff::SignedDuration::from_hours(24 * days)))
    }

    /// The number of days since another day; negative if that day is later.
    pub fn days_since(self, earlier: Self) -> i64 {
        self.0.duration_since(earlier.0).as_hours() / 24
    }

    /// The Monday of its week.
    pub fn monday(self) -> Self {
        self.plus(-i64::from(self.0.weekday().to_monday_zero_offset()))
    }

    /// Its first moment in a time zone.
    pub fn start_in(self, zone: &jiff::tz::TimeZone) -> Timestamp {
        Timestamp::at_start_of(self.0, zone)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ToSql<Text, Pg> for Day {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        write!(out, "{}", self.0)?;
        Ok(IsNull::No)
    }
}

impl FromSql<Text, Pg> for Day {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(<String as FromSql<Text, Pg>>::from_sql(value)?.parse()?))
    }
}

impl ToSql<Text, Sqlite> for Day {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.to_string());
        Ok(IsNull::No)
    }
}

impl FromSql<Text, Sqlite> for Day {
    fn from_sql(value: SqliteValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(<String as FromSql<Text, Sqlite>>::from_sql(value)?.parse()?))
    }
}

portable!([] Day => Text);
