//! Stored responses, in the database.

use diesel::{connection::SimpleConnection, prelude::*, result::Error as DieselError};

use super::{MEMORY, NOBODY};
use crate::{
    auth::model::UserId,
    db::{DbConnection, on_backend, types::Timestamp},
    error::{Error, Slug},
    schema::idempotency_keys::{self, dsl},
};

/// A stored response.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = idempotency_keys)]
pub struct Stored {
    /// The hash that identifies the request.
    pub fingerprint: Vec<u8>,
    /// The URL of the created resource.
    pub location: String,
    /// The JSON, or what was made of it.
    pub body: Vec<u8>,
    /// Whether the body is encrypted.
    pub sealed: bool,
}

/// The response to store.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = idempotency_keys)]
pub struct Answer<'a> {
    /// The URL of the new thing.
    pub location: &'a str,
    /// The JSON, or what was made of it.
    pub body: Vec<u8>,
    /// Whether the body is encrypted.
    pub sealed: bool,
    /// The user whom it is about: it is erased with that user.
    pub subject_id: Option<UserId>,
    /// Now.
    pub updated_at: Timestamp,
}

/// Takes a key for this transaction, if it is free: never used, or used so long ago that the response has expired.
///
/// A second request waits until the first one has committed or rolled back. If that takes long, the result is a 409.
pub fn claim(
    conn: &mut DbConnection,
    user_id: UserId,
    key: &[u8; 32],
    fingerprint: &[u8; 32],
    now: Timestamp,
) -> Result<bool, Error> {
    if let DbConnection::Postgres(_) = conn {
        conn.batch_execute("SET LOCAL lock_timeout = '2s'")?;
    }
    let claimed = insert(conn, user_id, key, fingerprint, now).map_err(|error| match error {
        // SQLSTATE 55P03, which Diesel does not show.
        DieselError::DatabaseError(_, info) if info.message() == "canceling statement due to lock timeout" => in_use(),
        error => error.into(),
    })?;
    if let DbConnection::Postgres(_) = conn {
        conn.batch_execute("SET LOCAL lock_timeout = 0")?;
    }
    Ok(claimed)
}

/// The error while the first request with the same key is in progress.
pub fn in_use() -> Error {
    let detail = "the first request with this Idempotency-Key is still in progress: try again in a moment";
    Error::Conflict(Slug::IdempotencyKeyInUse, detail.into())
}

fn insert(
    conn: &mut DbConnection,
    user_id: UserId,
    key: &[u8; 32],
    fingerprint: &[u8; 32],
    now: Timestamp,
) -> QueryResult<bool> {
    diesel::delete(idempotency_keys::table)
        .filter(dsl::user_id.eq(user_id))
        .filter(dsl::key_hash.eq(key.as_slice()))
        .filter(dsl::created_at.le(now.plus_seconds(-MEMORY)))
        .execute(conn)?;
    let inserted = on_backend!(conn, c => diesel::insert_into(idempotency_keys::table)
        .values((
            dsl::user_id.eq(user_id),
            dsl::key_hash.eq(key.as_slice()),
            dsl::fingerprint.eq(fingerprint.as_slice()),
            dsl::location.eq(""),
            dsl::body.eq(Vec::new()),
            dsl::sealed.eq(false),
            dsl::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(inserted == 1)
}

/// Stores the response under a claimed key.
pub fn complete(conn: &mut DbConnection, user_id: UserId, key: &[u8; 32], answer: &Answer) -> QueryResult<()> {
    diesel::update(idempotency_keys::table)
        .filter(dsl::user_id.eq(user_id))
        .filter(dsl::key_hash.eq(key.as_slice()))
        .set(answer)
        .execute(conn)?;
    Ok(())
}

/// Replaces the value of the claim of a key without a response. Returns whether the claim still had the old value.
pub fn renew(conn: &mut DbConnection, user_id: UserId, key: &[u8; 32], old: &[u8], new: &[u8]) -> QueryResult<bool> {
    let renewed = diesel::update(idempotency_keys::table)
        .filter(dsl::user_id.eq(user_id))
        .filter(dsl::key_hash.eq(key.as_slice()))
        .filter(dsl::location.eq(""))
        .filter(dsl::body.eq(old))
        .set(dsl::body.eq(new))
        .execute(conn)?;
    Ok(renewed == 1)
}

/// Removes the claim of a key that has no response yet, if it has one of these values.
pub fn release(conn: &mut DbConnection, user_id: UserId, key: &[u8; 32], values: &[Vec<u8>]) -> QueryResult<()> {
    on_backend!(conn, c => diesel::delete(idempotency_keys::table)
        .filter(dsl::user_id.eq(user_id))
        .filter(dsl::key_hash.eq(key.as_slice()))
        .filter(dsl::location.eq(""))
        .filter(dsl::body.eq_any(values))
        .execute(c))?;
    Ok(())
}

/// The response that is stored under a key.
pub fn find(conn: &mut DbConnection, user_id: UserId, key: &[u8; 32]) -> QueryResult<Option<Stored>> {
    idempotency_keys::table
        .filter(dsl::user_id.eq(user_id))
        .filter(dsl::key_hash.eq(key.as_slice()))
        .select(Stored::as_select())
        .first(conn)
        .optional()
}

/// Erases the responses to a user, and those about the user that were returned to clients without a sign-in.
pub fn forget(conn: &mut DbConnection, user_id: UserId) -> QueryResult<()> {
    diesel::delete(idempotency_keys::table).filter(dsl::user_id.eq(user_id)).execute(conn)?;
    diesel::delete(idempotency_keys::table)
        .filter(dsl::user_id.eq(NOBODY))
        .filter(dsl::subject_id.eq(user_id))
        .execute(conn)?;
    Ok(())
}

/// Deletes responses that are no longer kept, and returns their number.
pub fn purge(conn: &mut DbConnection, now: Timestamp) -> QueryResult<usize> {
    diesel::delete(idempotency_keys::table).filter(dsl::created_at.le(now.plus_seconds(-MEMORY))).execute(conn)
}
