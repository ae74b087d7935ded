//! The SQL types used in `schema.rs`: Diesel's own where both databases have them, otherwise ours.
//!
//! `diesel.toml` imports this module into the printed schema. The names are those that the diesel CLI prints for
//! PostgreSQL, so that the printed file needs no patch. On SQLite, our types are text.

pub use diesel::sql_types::{Bool, Bytea, Float8, Int4, Int8, Nullable, Text};
use diesel::{query_builder::QueryId, sql_types::SqlType};

/// `uuid` on PostgreSQL, hyphenated lower-case text on SQLite.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951), sqlite_type(name = "Text"))]
pub struct Uuid;

/// `timestamptz` on PostgreSQL, UTC text of fixed width on SQLite, so that it sorts.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185), sqlite_type(name = "Text"))]
pub struct Timestamptz;

/// `jsonb` on PostgreSQL, JSON text on SQLite.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 3802, array_oid = 3807), sqlite_type(name = "Text"))]
pub struct Jsonb;

/// An SQL interval: named by the operators that `table!` writes for time columns, and used nowhere else.
#[derive(Debug, Clone, Copy, Default, QueryId, SqlType)]
#[diesel(postgres_type(oid = 1186, array_oid = 1187), sqlite_type(name = "Text"))]
pub struct Interval;

impl diesel::sql_types::ops::Add for Timestamptz {
    type Rhs = Interval;
    type Output = Timestamptz;
}

impl diesel::sql_types::ops::Sub for Timestamptz {
    type Rhs = Interval;
    type Output = Timestamptz;
}
