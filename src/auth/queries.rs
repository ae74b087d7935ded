//! Identities in the database.

use std::collections::HashSet;

use diesel::prelude::*;

use super::{
    model::{Identity, Names, Role, TokenId, TokenKind, UserId},
    secret::TokenHash,
};
use crate::{
    db::{DbConnection, locked, on_backend, types::Timestamp},
    schema::{tokens, users},
};

/// The columns of a token that is not revoked, and of its user.
pub type TokenRow = (UserId, Role, i32, TokenId, TokenKind, Option<Timestamp>, Timestamp);

/// The identity of a token, unless the token has expired.
pub fn identity(row: TokenRow, now: Timestamp) -> Option<Identity> {
    let (user_id, role, extra_time_percent, token_id, token_kind, expires_at, token_created_at) = row;
    let is_good = expires_at.is_none_or(|end| now < end);
    is_good.then_some(Identity { user_id, role, extra_time_percent, token_id, token_kind, token_created_at })
}

/// The user of a token that is neither revoked nor expired, unless the user is disabled. One lookup by the unique hash.
pub fn find_by_token(conn: &mut DbConnection, hash: &TokenHash, now: Timestamp) -> QueryResult<Option<Identity>> {
    let found: Option<TokenRow> = on_backend!(conn, c => tokens::table
        .inner_join(users::table)
        .filter(tokens::hash.eq(hash.as_slice()))
        .filter(tokens::revoked_at.is_null())
        .filter(users::disabled_at.is_null())
        .select((
            users::id,
            users::role,
            users::extra_time_percent,
            tokens::id,
            tokens::kind,
            tokens::expires_at,
            tokens::created_at,
        ))
        .first(c))
    .optional()?;
    Ok(found.and_then(|row| identity(row, now)))
}

/// Prevents a user from being deleted before this transaction ends. Returns whether the user exists.
pub fn keep(conn: &mut DbConnection, id: UserId) -> QueryResult<bool> {
    let user = || users::table.filter(users::id.eq(id)).filter(users::deleted_at.is_null()).select(users::id);
    let found: Option<UserId> = locked!(conn, user(), for_key_share.first).optional()?;
    Ok(found.is_some())
}

/// Writes when tokens were last used.
pub fn touch(conn: &mut DbConnection, uses: &[(TokenId, Timestamp)]) -> QueryResult<()> {
    for (id, at) in uses {
        diesel::update(tokens::table)
            .filter(tokens::id.eq(id))
            .filter(tokens::last_used_at.is_null().or(tokens::last_used_at.lt(at)))
            .set(tokens::last_used_at.eq(at))
            .execute(conn)?;
    }
    Ok(())
}

/// Deletes tokens that expired or were revoked before `before`, and returns their number.
pub fn purge_tokens(conn: &mut DbConnection, before: Timestamp) -> QueryResult<usize> {
    // One statement for each, so that each uses an index.
    let expired = diesel::delete(tokens::table.filter(tokens::expires_at.lt(before))).execute(conn)?;
    let revoked = diesel::delete(tokens::table.filter(tokens::revoked_at.lt(before))).execute(conn)?;
    Ok(expired + revoked)
}

/// The role of a user who is not disabled.
pub fn role_of(conn: &mut DbConnection, id: UserId) -> QueryResult<Option<Role>> {
    users::table.find(id).filter(users::disabled_at.is_null()).select(users::role).first(conn).optional()
}

/// The display names of those of these users who were not deleted. Without users, no query is sent.
pub fn names(conn: &mut DbConnection, ids: impl IntoIterator<Item = Option<UserId>>) -> QueryResult<Names> {
    let ids: Vec<UserId> = ids.into_iter().flatten().collect::<HashSet<_>>().into_iter().collect();
    if ids.is_empty() {
        return Ok(Names::default());
    }
    let found: Vec<(UserId, String)> = on_backend!(conn, c => users::table
        .filter(users::id.eq_any(&ids))
        .filter(users::deleted_at.is_null())
        .select((users::id, users::display_name))
        .load(c))?;
    Ok(Names(found.into_iter().collect()))
}
