//! Signing in and out.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite, time},
    http::header,
    web,
};
use serde::Deserialize;

use super::{
    messages::{SessionReply, SignIn},
    model::{Email, NewToken, User},
    queries,
};
use crate::{
    auth::{
        model::{TokenId, TokenKind},
        passwords::{Passwords, Verdict},
        secret,
    },
    db::{DbConnection, types::Timestamp},
    error::{Error, Slug},
    http::{
        audit::{self, Event},
        caller::{Learner, SESSION_COOKIE},
        client::Client,
        idempotency::{self, Created, IdempotentJson},
        state::State,
    },
};

/// The maximum number of sessions of a user. One more ends the oldest.
const MOST_SESSIONS: usize = 50;

/// Sign in. Returns the token of a new session, and sets the same token as a cookie for pages.
///
/// An unknown address and a wrong password get the same response, after the same time.
#[utoipa::path(
    post, path = "/api/v1/sessions", tag = "users", operation_id = "sign_in",
    request_body = SignIn,
    responses(
        (status = 201, description = "Signed in", body = SessionReply, headers(
            ("Set-Cookie" = String, description = "The same token as a cookie for pages: HttpOnly, SameSite=Lax"),
        )),
        (status = 401, description = "The e-mail address or the password is wrong"),
        (status = 403, description = "The account is disabled"),
        (status = 409, description = "The first request with this Idempotency-Key is still in progress"),
    )
)]
pub async fn sign_in(
    app: web::Data<State>,
    passwords: web::Data<Passwords>,
    client: Client,
    request: IdempotentJson<SignIn>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    app.limits.sign_in(&client)?;
    let IdempotentJson { body: SignIn { email, password }, once } = request;
    let once = match once {
        Some(once) => Some(once.stretched(&passwords).await?),
        None => None,
    };
    let email: Option<Email> = email.parse().ok();
    let user =
        app.db.read(move |conn| Ok(email.as_ref().map(|email| queries::find_by_email(conn, email)).transpose()?));
    let user = user.await?.flatten();
    let stored = user.as_ref().and_then(|user| user.password_hash.clone());
    let Verdict::Right { rehashed } = passwords.verify(password, stored.clone()).await? else {
        audit::log(Event::SignInFailed, user.map(|user| user.id), None, &client);
        return Err(Error::WrongCredentials);
    };
    let user = user.ok_or(Error::WrongCredentials)?;
    if user.disabled_at.is_some() {
        audit::log(Event::SignInFailed, Some(user.id), None, &client);
        return Err(Error::Denied(Slug::AccountDisabled, "this account is disabled: ask an admin to enable it"));
    }
    let name = user_agent(&req);
    let (user_id, now, lifetime) = (user.id, app.clock.now(), app.access.session_seconds);
    let created = app.db.write(move |conn| {
        idempotency::once(conn, idempotency::NOBODY, once.as_ref(), now, |conn| {
            // Meanwhile, the password may have been changed or the user disabled.
            let now_stored = queries::lock(conn, user_id)?.filter(|user| user.disabled_at.is_none());
            if now_stored.and_then(|user| user.password_hash) != stored {
                return Err(Error::WrongCredentials);
            }
            if let Some(hash) = &rehashed {
                queries::set_password(conn, user_id, hash)?;
            }
            begin(conn, &user, &name, now, now.plus_seconds(lifetime))
        })
    });
    let created = created.await?;
    let session: Session = serde_json::from_slice(&created.body)
        .map_err(|error| Error::Internal(format!("a session that cannot be read: {error}")))?;
    let mut response = created.log(&client).answer();
    let lasts = time::Duration::seconds(session.expires_at.seconds_since(now));
    add_cookie(&mut response, cookie(&app, &client, session.token, lasts))?;
    Ok(response)
}

/// The fields of a stored [`SessionReply`] that are needed.
#[derive(Deserialize)]
struct Session {
    token: String,
    expires_at: Timestamp,
}

fn begin(
    conn: &mut DbConnection,
    user: &User,
    name: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<Created, Error> {
    let (token, hash) = secret::generate()?;
    let id = TokenId::new();
    let new = NewToken {
        id,
        user_id: user.id,
        kind: TokenKind::Session,
        name,
        hash: &hash,
        created_at: now,
        expires_at: Some(expires_at),
    };
    queries::insert_token(conn, &new)?;
    let sessions = queries::tokens_of(conn, user.id, now)?.into_iter().filter(|token| token.kind == TokenKind::Session);
    for old in sessions.skip(MOST_SESSIONS) {
        queries::revoke(conn, user.id, old.id, now)?;
    }
    let reply = SessionReply { id, token, expires_at, user: user.clone().into() };
    let created = Created::at(format!("/api/v1/me/tokens/{id}"), &reply)?;
    Ok(created.with_secret().as_event(Event::SignedIn(id), user.id))
}

/// Sign out. This ends the session of the request and removes its cookie.
#[utoipa::path(
    delete, path = "/api/v1/sessions/current", tag = "users", operation_id = "sign_out",
    security(("bearer" = [])),
    responses(
        (status = 204, description = "Signed out"),
        (status = 404, description = "The token belongs to a program, not to a session"),
    )
)]
pub async fn sign_out(learner: Learner, client: Client) -> Result<HttpResponse, Error> {
    let now = learner.now();
    let end = move |conn: &mut DbConnection, user: crate::auth::model::Identity| {
        if user.token_kind != TokenKind::Session {
            return Err(Error::NotFound("session: this token belongs to a program"));
        }
        queries::revoke(conn, user.user_id, user.token_id, now)?;
        Ok(user)
    };
    let user = learner.write(end).await?;
    audit::log(Event::SignedOut(user.token_id), Some(user.user_id), Some(user.user_id), &client);
    let mut response = HttpResponse::NoContent().finish();
    add_cookie(&mut response, cookie(learner.app(), &client, String::new(), time::Duration::ZERO))?;
    Ok(response)
}

/// The cookie for pages. Browsers send it only over TLS, if the request came over TLS or the server is not on loopback.
pub fn cookie(app: &State, client: &Client, token: String, lasts: time::Duration) -> Cookie<'static> {
    Cookie::build(SESSION_COOKIE, token)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(client.encrypted || !app.http.host.is_loopback())
        .max_age(lasts)
        .finish()
}

/// Adds a cookie to a response.
pub fn add_cookie(response: &mut HttpResponse, cookie: Cookie<'static>) -> Result<(), Error> {
    response.add_cookie(&cookie).map_err(|error| Error::Internal(format!("cookie: {error}")))
}

/// The name of a session in the list of tokens.
fn user_agent(req: &HttpRequest) -> String {
    let agent = req.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let agent: String = agent.unwrap_or_default().chars().take(100).collect();
    if agent.trim().is_empty() { "unnamed".to_owned() } else { agent }
}
