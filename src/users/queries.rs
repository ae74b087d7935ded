//! Users and tokens in the database.

use diesel::prelude::*;

use super::model::{DisplayName, Email, NewToken, NewUser, Token, User};
use crate::{
    auth::model::{Role, TokenId, TokenKind, UserId},
    db::{DbConnection, locked, on_backend, on_unique_violation, types::Timestamp},
    error::{Error, Slug},
    http::idempotency,
    schema::{learner_questions, plans, tokens, users},
    time_zone::TimeZone,
};

/// A user who was not deleted.
pub fn find(conn: &mut DbConnection, id: UserId) -> QueryResult<Option<User>> {
    users::table
        .filter(users::id.eq(id))
        .filter(users::deleted_at.is_null())
        .select(User::as_select())
        .first(conn)
        .optional()
}

/// A user who was not deleted, locked against changes and other such locks until the end of this transaction. Other
/// rows can still refer to the user.
pub fn lock(conn: &mut DbConnection, id: UserId) -> QueryResult<Option<User>> {
    let user = || users::table.filter(users::id.eq(id)).filter(users::deleted_at.is_null());
    locked!(conn, user().select(User::as_select()), for_no_key_update.first).optional()
}

/// The same, locked against new rows that refer to the user as well, such as attempts.
pub fn lock_with_references(conn: &mut DbConnection, id: UserId) -> QueryResult<Option<User>> {
    let user = || users::table.filter(users::id.eq(id)).filter(users::deleted_at.is_null());
    locked!(conn, user().select(User::as_select()), for_update.first).optional()
}

/// The user with this address.
pub fn find_by_email(conn: &mut DbConnection, email: &Email) -> QueryResult<Option<User>> {
    users::table.filter(users::email.eq(email.as_str())).select(User::as_select()).first(conn).optional()
}

/// The users after `after` who were not deleted, oldest first.
pub fn page(
    conn: &mut DbConnection,
    email: Option<&Email>,
    after: Option<UserId>,
    limit: i64,
) -> QueryResult<Vec<User>> {
    let mut query = users::table
        .filter(users::deleted_at.is_null())
        .order(users::id)
        .limit(limit)
        .select(User::as_select())
        .into_boxed();
    if let Some(email) = email {
        query = query.filter(users::email.eq(email.as_str()));
    }
    if let Some(after) = after {
        query = query.filter(users::id.gt(after));
    }
    query.load(conn)
}

/// Stores a user. Fails if the address is taken.
pub fn insert(conn: &mut DbConnection, user: &NewUser) -> Result<(), Error> {
    diesel::insert_into(users::table).values(user).execute(conn).map_err(taken)?;
    Ok(())
}

fn taken(error: diesel::result::Error) -> Error {
    let detail = "an account with this e-mail address already exists";
    on_unique_violation(error, Error::Conflict(Slug::EmailTaken, detail.into()))
}

/// Replaces a password's hash.
pub fn set_password(conn: &mut DbConnection, id: UserId, hash: &str) -> QueryResult<usize> {
    diesel::update(users::table.filter(users::id.eq(id))).set(users::password_hash.eq(hash)).execute(conn)
}

/// Replaces the address. Fails if it is taken.
pub fn set_email(conn: &mut DbConnection, id: UserId, email: &Email) -> Result<(), Error> {
    let user = users::table.filter(users::id.eq(id));
    diesel::update(user).set(users::email.eq(email.as_str())).execute(conn).map_err(taken)?;
    Ok(())
}

/// Replaces the display name.
pub fn set_display_name(conn: &mut DbConnection, id: UserId, name: &DisplayName) -> QueryResult<usize> {
    diesel::update(users::table.filter(users::id.eq(id))).set(users::display_name.eq(name.as_str())).execute(conn)
}

/// Replaces the time zone.
pub fn set_time_zone(conn: &mut DbConnection, id: UserId, time_zone: &TimeZone) -> QueryResult<usize> {
    diesel::update(users::table.filter(users::id.eq(id))).set(users::time_zone.eq(time_zone.name())).execute(conn)
}

/// The time zone of a user.
pub fn time_zone(conn: &mut DbConnection, id: UserId) -> QueryResult<TimeZone> {
    let name: String = on_backend!(conn, c => users::table.find(id).select(users::time_zone).first(c))?;
    Ok(TimeZone::stored(&name))
}

/// Replaces the extra time for exams, from 0 to 300 percent.
pub fn set_extra_time(conn: &mut DbConnection, id: UserId, percent: i32) -> QueryResult<usize> {
    diesel::update(users::table.filter(users::id.eq(id))).set(users::extra_time_percent.eq(percent)).execute(conn)
}

/// Replaces the role.
pub fn set_role(conn: &mut DbConnection, id: UserId, role: Role) -> QueryResult<usize> {
    diesel::update(users::table.filter(users::id.eq(id))).set(users::role.eq(role)).execute(conn)
}

/// Disables a user from `since` on, or enables the user again.
pub fn set_disabled(conn: &mut DbConnection, id: UserId, since: Option<Timestamp>) -> QueryResult<usize> {
    diesel::update(users::table.filter(users::id.eq(id))).set(users::disabled_at.eq(since)).execute(conn)
}

/// The active admins. On PostgreSQL their rows are locked, so that two of them cannot be removed at the same time.
pub fn lock_admins(conn: &mut DbConnection) -> QueryResult<Vec<UserId>> {
    let acting = || {
        users::table
            .filter(users::role.eq(Role::Admin))
            .filter(users::disabled_at.is_null())
            .filter(users::deleted_at.is_null())
            .order(users::id)
            .select(users::id)
    };
    locked!(conn, acting(), for_update.load)
}

/// Erases a user's personal data, tokens and stored responses. The row stays, as the owner of results.
pub fn erase(conn: &mut DbConnection, id: UserId, now: Timestamp) -> QueryResult<()> {
    // The row first: on PostgreSQL this waits for transactions that are adding tokens to it, so that none is missed.
    diesel::update(users::table.filter(users::id.eq(id)))
        .set((
            users::email.eq(format!("deleted:{id}")),
            users::display_name.eq(""),
            users::password_hash.eq(None::<String>),
            users::role.eq(Role::Learner),
            users::time_zone.eq("UTC"),
            users::extra_time_percent.eq(0),
            users::disabled_at.eq(now),
            users::deleted_at.eq(now),
        ))
        .execute(conn)?;
    diesel::delete(tokens::table.filter(tokens::user_id.eq(id))).execute(conn)?;
    diesel::delete(learner_questions::table.filter(learner_questions::user_id.eq(id))).execute(conn)?;
    diesel::delete(plans::table.filter(plans::user_id.eq(id))).execute(conn)?;
    idempotency::queries::forget(conn, id)
}

/// Stores a token.
pub fn insert_token(conn: &mut DbConnection, token: &NewToken) -> QueryResult<()> {
    diesel::insert_into(tokens::table).values(token).execute(conn)?;
    Ok(())
}

/// The valid tokens of a user, newest first.
pub fn tokens_of(conn: &mut DbConnection, user_id: UserId, now: Timestamp) -> QueryResult<Vec<Token>> {
    tokens::table
        .filter(tokens::user_id.eq(user_id))
        .filter(tokens::revoked_at.is_null())
        .filter(tokens::expires_at.is_null().or(tokens::expires_at.gt(now)))
        .order(tokens::id.desc())
        .select(Token::as_select())
        .load(conn)
}

/// Revokes a token of a user. Returns how many were revoked: 0 if it does not exist or belongs to another user.
pub fn revoke(conn: &mut DbConnection, user_id: UserId, id: TokenId, now: Timestamp) -> QueryResult<usize> {
    diesel::update(tokens::table)
        .filter(tokens::user_id.eq(user_id))
        .filter(tokens::id.eq(id))
        .filter(tokens::revoked_at.is_null())
        .set(tokens::revoked_at.eq(now))
        .execute(conn)
}

/// Revokes the sessions of a user except this one. Returns how many were revoked.
pub fn revoke_sessions(
    conn: &mut DbConnection,
    user_id: UserId,
    but: Option<TokenId>,
    now: Timestamp,
) -> QueryResult<usize> {
    let sessions = tokens_of(conn, user_id, now)?.into_iter().filter(|token| token.kind == TokenKind::Session);
    let mut ended = 0;
    for session in sessions.filter(|token| Some(token.id) != but) {
        ended += revoke(conn, user_id, session.id, now)?;
    }
    Ok(ended)
}
