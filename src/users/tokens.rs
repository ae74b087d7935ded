//! Operations on a user's sessions and on tokens for programs.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{
    messages::{CreateToken, NewTokenReply, TokenList, TokenReply},
    model::{NewToken, Token},
    queries,
    reauthentication::{Reauthentication, own_locked},
};
use crate::{
    auth::{
        model::{Identity, TokenId, TokenKind, UserId},
        passwords::Passwords,
        secret,
    },
    db::{DbConnection, types::Timestamp},
    error::{Error, Slug},
    http::{
        audit::{self, Event},
        caller::Learner,
        client::Client,
        etag::TaggedJson,
        idempotency::{Created, IdempotentJson},
        state::State,
    },
};

/// The maximum number of tokens for programs of a user.
pub const MOST_TOKENS: usize = 50;
const DAY: i64 = 24 * 60 * 60;

/// List your sessions and tokens. Returns the valid ones, newest first, without their secrets.
#[utoipa::path(
    get, path = "/api/v1/me/tokens", tag = "users", operation_id = "list_tokens",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The sessions and tokens", body = TokenList),
    )
)]
pub async fn list(learner: Learner, req: HttpRequest) -> Result<HttpResponse, Error> {
    let now = learner.now();
    let read = move |conn: &mut DbConnection, user: Identity| Ok((user, queries::tokens_of(conn, user.user_id, now)?));
    let (user, tokens) = learner.read(read).await?;
    let items = replies(learner.app(), &user, tokens);
    Ok(TaggedJson::of(&TokenList { items })?.answer(&req))
}

/// Get a session or token. Returns one of yours, without its secret.
#[utoipa::path(
    get, path = "/api/v1/me/tokens/{id}", tag = "users", operation_id = "get_token",
    security(("bearer" = [])),
    params(("id" = TokenId, Path, description = "The token")),
    responses(
        (status = 200, description = "The token", body = TokenReply),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "You have no such token"),
    )
)]
pub async fn get(learner: Learner, id: web::Path<TokenId>, req: HttpRequest) -> Result<HttpResponse, Error> {
    let (now, id) = (learner.now(), id.into_inner());
    let read = move |conn: &mut DbConnection, user: Identity| Ok((user, queries::tokens_of(conn, user.user_id, now)?));
    let (user, mut tokens) = learner.read(read).await?;
    tokens.retain(|token| token.id == id);
    let reply = replies(learner.app(), &user, tokens).pop().ok_or(Error::NotFound("token"))?;
    Ok(TaggedJson::of(&reply)?.answer(&req))
}

fn replies(app: &State, user: &Identity, tokens: Vec<Token>) -> Vec<TokenReply> {
    let used = app.recent_tokens.uses_of(user.user_id);
    let reply = |token: Token| {
        let used_here = used.get(&token.id).copied();
        TokenReply::new(token, Some(user.token_id), used_here)
    };
    tokens.into_iter().map(reply).collect()
}

/// Create a token for a program. The response contains the secret. No GET returns it.
///
/// This requires a session that began within the last ten minutes, or your password.
#[utoipa::path(
    post, path = "/api/v1/me/tokens", tag = "users", operation_id = "create_token",
    security(("bearer" = [])),
    request_body = CreateToken,
    responses(
        (status = 201, description = "The token with its secret", body = NewTokenReply),
        (status = 403, description = "You signed in more than ten minutes ago, the password is wrong, or the token belongs to a program"),
        (status = 409, description = "You have reached the maximum number of tokens, or the first request with this Idempotency-Key is still in progress"),
    )
)]
pub async fn create(
    learner: Learner,
    passwords: web::Data<Passwords>,
    client: Client,
    request: IdempotentJson<CreateToken>,
) -> Result<HttpResponse, Error> {
    let IdempotentJson { body: CreateToken { name, expires_in_days, current_password }, once } = request;
    if !(1..=3650).contains(&expires_in_days) {
        return Err(Error::invalid("/expires_in_days", "must be from 1 to 3650"));
    }
    let once = match once {
        Some(once) if current_password.is_some() => Some(once.stretched(&passwords).await?),
        once => once,
    };
    let reauthentication = Reauthentication::of(&learner, &passwords, &client, current_password).await?;
    let now = learner.now();
    let expires_at = now.plus_seconds(expires_in_days * DAY);
    let make = move |conn: &mut DbConnection, user: Identity| {
        // Other requests that create a token for this user wait here, on any server, and then count this one.
        reauthentication.check(user, &own_locked(conn, user)?, now)?;
        let (about, token) = issue(conn, user.user_id, name.as_str(), now, Some(expires_at))?;
        let (location, event) = (format!("/api/v1/me/tokens/{}", about.id), Event::TokenCreated(about.id));
        let reply = NewTokenReply { token, about: TokenReply::new(about, None, None) };
        Ok(Created::at(location, &reply)?.with_secret().as_event(event, user.user_id))
    };
    Ok(learner.create(once, make).await?.log(&client).answer())
}

/// Creates a token of a user, whose row is locked or new: the row that is stored, and the secret, which is not.
pub fn issue(
    conn: &mut DbConnection,
    user_id: UserId,
    name: &str,
    now: Timestamp,
    expires_at: Option<Timestamp>,
) -> Result<(Token, String), Error> {
    let tokens = queries::tokens_of(conn, user_id, now)?;
    if tokens.iter().filter(|token| token.kind == TokenKind::Api).count() >= MOST_TOKENS {
        let detail = format!("you already have {MOST_TOKENS} tokens: revoke one");
        return Err(Error::Conflict(Slug::TooManyTokens, detail));
    }
    let (token, hash) = secret::generate()?;
    let (id, kind) = (TokenId::new(), TokenKind::Api);
    queries::insert_token(conn, &NewToken { id, user_id, kind, name, hash: &hash, created_at: now, expires_at })?;
    let name = name.to_owned();
    Ok((Token { id, kind, name, created_at: now, expires_at, last_used_at: None }, token))
}

/// Revoke a session or token. Every server rejects it from the next request on.
#[utoipa::path(
    delete, path = "/api/v1/me/tokens/{id}", tag = "users", operation_id = "revoke_token",
    security(("bearer" = [])),
    params(("id" = TokenId, Path, description = "The token")),
    responses(
        (status = 204, description = "Revoked"),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "You have no such token"),
    )
)]
pub async fn revoke(learner: Learner, client: Client, id: web::Path<TokenId>) -> Result<HttpResponse, Error> {
    let (now, id) = (learner.now(), id.into_inner());
    let end = move |conn: &mut DbConnection, user: Identity| {
        let ended = queries::revoke(conn, user.user_id, id, now)?;
        if ended == 0 { Err(Error::NotFound("token")) } else { Ok(user.user_id) }
    };
    let user_id = learner.write(end).await?;
    audit::log(Event::TokenRevoked(id), Some(user_id), Some(user_id), &client);
    Ok(HttpResponse::NoContent().finish())
}
