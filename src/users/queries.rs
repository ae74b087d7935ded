//! Users and tokens in the database.

use diesel::prelude::*;

use super::{
    model::{Email, Identity, Role, TokenId, TokenKind, UserId},
    secret::TokenHash,
};
use crate::{
    db::{DbConnection, each, types::Timestamp},
    schema::{tokens, users},
};

/// The user of a token that is neither revoked nor expired. One look-up by the unique hash.
pub fn find_by_token(conn: &mut DbConnection, hash: &TokenHash, now: Timestamp) -> QueryResult<Option<Identity>> {
    let found: Option<(UserId, Role, Option<Timestamp>)> = each!(conn, c => tokens::table
        .inner_join(users::table)
        .filter(tokens::hash.eq(hash.as_slice()))
        .filter(tokens::revoked_at.is_null())
        .select((users::id, users::role, tokens::expires_at))
        .first(c))
    .optional()?;
    Ok(found
        .filter(|(_, _, expires_at)| expires_at.is_none_or(|end| now < end))
        .map(|(user_id, role, _)| Identity { user_id, role }))
}

/// Makes a user who has no password. A unique violation says that the address is taken.
pub fn create(conn: &mut DbConnection, email: &Email, display_name: &str, role: Role) -> QueryResult<UserId> {
    let id = UserId::new();
    diesel::insert_into(users::table)
        .values((
            users::id.eq(id),
            users::email.eq(email.as_str()),
            users::display_name.eq(display_name),
            users::role.eq(role),
        ))
        .execute(conn)?;
    Ok(id)
}

/// Gives a user a token.
pub fn create_token(
    conn: &mut DbConnection,
    user_id: UserId,
    kind: TokenKind,
    name: &str,
    hash: &TokenHash,
) -> QueryResult<TokenId> {
    let id = TokenId::new();
    diesel::insert_into(tokens::table)
        .values((
            tokens::id.eq(id),
            tokens::user_id.eq(user_id),
            tokens::kind.eq(kind),
            tokens::name.eq(name),
            tokens::hash.eq(hash.as_slice()),
        ))
        .execute(conn)?;
    Ok(id)
}
