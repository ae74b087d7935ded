//! Rust values of the portable SQL types: ids, timestamps, JSON documents and enumerations of words.

use std::{fmt, io::Write, time::Duration};

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::{Pg, PgValue},
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{HasSqlType, Text},
    sqlite::Sqlite,
};
use serde::{Deserialize, Serialize, Serializer, de::DeserializeOwned};
use utoipa::ToSchema;

use super::{
    connection::{MultiBackend, MultiRawValue},
    sql_types,
};

pub(crate) type SqliteValue<'a> = <Sqlite as Backend>::RawValue<'a>;

/// Lets the two-database connection bind and read a type that both databases support.
macro_rules! portable {
    ([$($generics:tt)*] $rust:ty => $sql:ty) => {
        impl<$($generics)*> FromSql<$sql, MultiBackend> for $rust {
            fn from_sql(raw: MultiRawValue<'_>) -> deserialize::Result<Self> {
                raw.from_sql::<Self, $sql>()
            }
        }

        impl<$($generics)*> ToSql<$sql, MultiBackend> for $rust {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
                out.set_value((<$sql>::default(), self));
                Ok(IsNull::No)
            }
        }
    };
}

macro_rules! portable_sql_type {
    ($($sql:ty),*) => {$(
        impl HasSqlType<$sql> for MultiBackend {
            fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
                Self::lookup_sql_type::<$sql>(lookup)
            }
        }
    )*};
}

portable_sql_type!(sql_types::Uuid, sql_types::Timestamptz, sql_types::Jsonb);

/// Declares the id type of a table, so that ids of different tables cannot be confused.
///
/// The stored form is a UUID. New ids are of version 7, so that new rows sort after old ones.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord,
            diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
            serde::Serialize, serde::Deserialize, utoipa::ToSchema,
        )]
        #[diesel(sql_type = $crate::db::sql_types::Uuid)]
        #[serde(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl $name {
            /// A new id, greater than those made before it.
            #[expect(clippy::new_without_default, reason = "a default id would be a surprise")]
            pub fn new() -> Self {
                Self(uuid::Uuid::now_v7())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        $crate::db::types::stored_uuid!($name);
    };
}
pub(crate) use id;

/// Stores a newtype over a UUID: 16 bytes on PostgreSQL, text on SQLite.
macro_rules! stored_uuid {
    ($name:ident) => {
        const _: () = {
            use diesel::{
                deserialize::{self, FromSql},
                serialize::{self, IsNull, Output, ToSql},
            };
            use $crate::db::{MultiBackend, MultiRawValue, sql_types::Uuid};

            impl ToSql<Uuid, diesel::pg::Pg> for $name {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, diesel::pg::Pg>) -> serialize::Result {
                    std::io::Write::write_all(out, self.0.as_bytes())?;
                    Ok(IsNull::No)
                }
            }

            impl FromSql<Uuid, diesel::pg::Pg> for $name {
                fn from_sql(value: diesel::pg::PgValue<'_>) -> deserialize::Result<Self> {
                    Ok(Self(uuid::Uuid::from_slice(value.as_bytes())?))
                }
            }

            impl ToSql<Uuid, diesel::sqlite::Sqlite> for $name {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, diesel::sqlite::Sqlite>) -> serialize::Result {
                    out.set_value(self.0.to_string());
                    Ok(IsNull::No)
                }
            }

            impl FromSql<Uuid, diesel::sqlite::Sqlite> for $name {
                fn from_sql(value: $crate::db::types::SqliteValue<'_>) -> deserialize::Result<Self> {
                    let text = $crate::db::types::sqlite_text(value)?;
                    Ok(Self(uuid::Uuid::parse_str(&text)?))
                }
            }

    $crate::db::types::portable!([] $name => Uuid);
        };
    };
}
pub(crate) use {portable, stored_uuid};

/// Reads a SQLite value as text.
pub(crate) fn sqlite_text(value: SqliteValue<'_>) -> deserialize::Result<String> {
    <String as FromSql<Text, Sqlite>>::from_sql(value)
}

/// An instant in UTC, to the microsecond, which both databases store exactly. In JSON, RFC 3339 to the millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow, Deserialize, ToSchema)]
#[diesel(sql_type = sql_types::Timestamptz)]
#[serde(transparent)]
#[schema(value_type = String, format = DateTime, example = "2026-11-23T10:30:00.000Z")]
pub struct Timestamp(jiff::Timestamp);

/// Microseconds from 1970-01-01 to 2000-01-01, the epoch of PostgreSQL.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

impl Timestamp {
    /// 1970-01-01 UTC.
    pub const EPOCH: Self = Self(jiff::Timestamp::UNIX_EPOCH);

    /// The instant of so many microseconds after 1970-01-01 UTC, or `None` beyond the year 9999.
    pub fn from_microseconds(microseconds: i64) -> Option<Self> {
        jiff::Timestamp::from_microsecond(microseconds).ok().map(Self)
    }

    /// Microseconds after 1970-01-01 UTC.
    pub fn as_microseconds(self) -> i64 {
        self.0.as_microsecond()
    }

    /// The instant `seconds` later (or earlier, if negative), within the supported range of time.
    pub fn plus_seconds(self, seconds: i64) -> Self {
        let moved = self.0.saturating_add(jiff::SignedDuration::from_secs(seconds));
        Self(moved.unwrap_or(self.0))
    }

    /// The instant `time` later, within the supported range of time.
    pub fn plus(self, time: Duration) -> Self {
        let moved = self.0.saturating_add(jiff::SignedDuration::try_from(time).unwrap_or(jiff::SignedDuration::MAX));
        // No finer than what both databases can store.
        moved.ok().and_then(|moved| Self::from_microseconds(moved.as_microsecond())).unwrap_or(self)
    }

    /// The day in UTC.
    pub(super) fn date(self) -> jiff::civil::Date {
        jiff::tz::Offset::UTC.to_datetime(self.0).date()
    }

    /// The day in a time zone.
    pub(super) fn date_in(self, zone: &jiff::tz::TimeZone) -> jiff::civil::Date {
        zone.to_datetime(self.0).date()
    }

    /// The first moment of a day in a time zone, within the supported range of time.
    pub(super) fn at_start_of(date: jiff::civil::Date, zone: &jiff::tz::TimeZone) -> Self {
        let start = date.to_zoned(zone.clone()).map(|start| start.timestamp());
        Self(start.unwrap_or(jiff::Timestamp::MAX))
    }

    /// Whole seconds from `earlier` to this instant; 0 if `earlier` is later, since clocks may be set back.
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.0.duration_since(earlier.0).as_secs().max(0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Truncated, not rounded: a time in the future is never shown.
        write!(f, "{:.3}", self.0)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl ToSql<sql_types::Timestamptz, Pg> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&(self.as_microseconds() - POSTGRES_EPOCH).to_be_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<sql_types::Timestamptz, Pg> for Timestamp {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let since_epoch = i64::from_be_bytes(value.as_bytes().try_into()?);
        let microseconds = since_epoch.checked_add(POSTGRES_EPOCH).ok_or("timestamp out of range")?;
        Self::from_microseconds(microseconds).ok_or_else(|| "timestamp out of range".into())
    }
}

impl ToSql<sql_types::Timestamptz, Sqlite> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(format!("{:.6}", self.0));
        Ok(IsNull::No)
    }
}

impl FromSql<sql_types::Timestamptz, Sqlite> for Timestamp {
    fn from_sql(value: SqliteValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(sqlite_text(value)?.parse()?))
    }
}

portable!([] Timestamp => sql_types::Timestamptz);

/// A JSON document in a column.
#[derive(Debug, Clone, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Jsonb)]
pub struct Json<T: fmt::Debug>(pub T);

/// The version byte before the text of a `jsonb` value on the wire.
const JSONB_VERSION: u8 = 1;

impl<T: Serialize + fmt::Debug> ToSql<sql_types::Jsonb, Pg> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&[JSONB_VERSION])?;
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}

impl<T: DeserializeOwned + fmt::Debug> FromSql<sql_types::Jsonb, Pg> for Json<T> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes() {
            [JSONB_VERSION, text @ ..] => Ok(Self(serde_json::from_slice(text)?)),
            _ => Err("unknown version of jsonb".into()),
        }
    }
}

impl<T: Serialize + fmt::Debug> ToSql<sql_types::Jsonb, Sqlite> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}

impl<T: DeserializeOwned + fmt::Debug> FromSql<sql_types::Jsonb, Sqlite> for Json<T> {
    fn from_sql(value: SqliteValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(serde_json::from_str(&sqlite_text(value)?)?))
    }
}

portable!([T: Serialize + DeserializeOwned + fmt::Debug + Send + Sync + 'static] Json<T> => sql_types::Jsonb);

/// Declares an enumeration that is stored, sent and read as a lower-case word.
macro_rules! text_enum {
    ($(#[doc = $doc:literal])* $name:ident { $($(#[doc = $variant_doc:literal])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord,
            diesel::expression::AsExpression, diesel::deserialize::FromSqlRow, serde::Serialize, serde::Deserialize,
        )]
        #[diesel(sql_type = diesel::sql_types::Text)]
        pub enum $name {
            $($(#[doc = $variant_doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// All words, in the order of their declaration.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word for it in the database, the API and the files.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(word: &str) -> Result<Self, String> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    other => Err(format!("{other:?} is not one of {}", Self::WORDS.join(", "))),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        // Not derived: the derive does not see names that a macro passes on.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some([$($word),+]))
                    .description(Some(concat!($($doc,)* "\n" $(, "\n- `", $word, "`:" $(, $variant_doc)*)+).trim()))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }

        impl<DB> diesel::serialize::ToSql<diesel::sql_types::Text, DB> for $name
        where
            DB: diesel::backend::Backend,
            str: diesel::serialize::ToSql<diesel::sql_types::Text, DB>,
        {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, DB>,
            ) -> diesel::serialize::Result {
                diesel::serialize::ToSql::<diesel::sql_types::Text, DB>::to_sql(self.as_str(), out)
            }
        }

        impl<DB> diesel::deserialize::FromSql<diesel::sql_types::Text, DB> for $name
        where
            DB: diesel::backend::Backend,
            String: diesel::deserialize::FromSql<diesel::sql_types::Text, DB>,
        {
            fn from_sql(value: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                let word = <String as diesel::deserialize::FromSql<diesel::sql_types::Text, DB>>::from_sql(value)?;
                Ok(word.parse()?)
            }
        }
    };
}
pub(crate) use text_enum;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_to_the_millisecond() {
        for (microseconds, text) in [
            (1_795_428_000_000_000, "2026-11-23T10:00:00.000Z"),
            (1_795_428_000_120_000, "2026-11-23T10:00:00.120Z"),
            (1_795_428_000_999_999, "2026-11-23T10:00:00.999Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
        ] {
            let time = Timestamp::from_microseconds(microseconds).unwrap();
            assert_eq!((time.to_string().as_str(), serde_json::to_value(time).unwrap()), (text, text.into()));
        }
    }
}
