//! The own account: making it, reading it, changing it, deleting it.

use actix_web::{HttpRequest, HttpResponse, cookie::time, web};
use secrecy::SecretString;

use super::{
    admin,
    messages::{ChangeMe, ChangePassword, SignUp, UserReply},
    model::{NewUser, User},
    queries, sessions,
};
use crate::{
    auth::{
        model::{Identity, Role, TokenKind, UserId},
        passwords::{Passwords, Verdict},
    },
    db::DbConnection,
    error::{Error, Slug},
    http::{
        audit::{self, Event},
        caller::Learner,
        client::Client,
        etag::{TaggedJson, require_match},
        extract::Body,
        idempotency::{self, Created, IdempotentJson},
        state::State,
    },
};

/// Make an account, where this server lets everyone: then sign in.
#[utoipa::path(
    post, path = "/api/v1/users", tag = "users", operation_id = "sign_up",
    request_body = SignUp,
    responses(
        (status = 201, description = "The account, of a learner", body = UserReply,
            headers(("Location" = String, description = "The account's URL"))),
        (status = 403, description = "Sign-up is closed on this server"),
        (status = 409, description = "The address is taken, or the first request with this Idempotency-Key is under way"),
    )
)]
pub async fn sign_up(
    app: web::Data<State>,
    passwords: web::Data<Passwords>,
    client: Client,
    request: IdempotentJson<SignUp>,
) -> Result<HttpResponse, Error> {
    if !app.access.signup {
        let detail = "sign-up is closed on this server: ask an admin for an account";
        return Err(Error::Denied(Slug::SignupClosed, detail));
    }
    app.limits.sign_in(&client)?;
    let IdempotentJson { body: SignUp { email, password, display_name }, once } = request;
    let once = match once {
        Some(once) => Some(once.stretched(&passwords).await?),
        None => None,
    };
    let hash = passwords.hash(password.0).await?;
    let now = app.clock.now();
    let created = app.db.write(move |conn| {
        idempotency::once(conn, idempotency::NOBODY, once.as_ref(), now, |conn| {
            let id = UserId::new();
            let display_name = display_name.as_ref().map_or(email.local_part(), |name| name.as_str());
            let (email, password_hash) = (email.as_str(), Some(hash.as_str()));
            queries::insert(conn, &NewUser { id, email, display_name, password_hash, role: Role::Learner })?;
            let user = queries::find(conn, id)?.ok_or_else(|| Error::Internal("a new user is gone".into()))?;
            Ok(Created::at("/api/v1/me".into(), &UserReply::from(user))?.as_event(Event::SignedUp, id))
        })
    });
    Ok(created.await?.log(&client).answer())
}

/// Your account.
#[utoipa::path(
    get, path = "/api/v1/me", tag = "users", operation_id = "get_me",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The account", body = UserReply, headers(("ETag" = String))),
        (status = 304, description = "Unchanged since the ETag of If-None-Match"),
    )
)]
pub async fn get(learner: Learner, req: HttpRequest) -> Result<HttpResponse, Error> {
    let read = |conn: &mut DbConnection, user: Identity| TaggedJson::of(&UserReply::from(own(conn, user)?));
    Ok(learner.read(read).await?.answer(&req))
}

fn own(conn: &mut DbConnection, user: Identity) -> Result<User, Error> {
    queries::find(conn, user.user_id)?.ok_or_else(|| Error::Internal("a token of nobody".into()))
}

/// [`own`], for a change of what is read here.
fn own_locked(conn: &mut DbConnection, user: Identity) -> Result<User, Error> {
    queries::lock(conn, user.user_id)?.ok_or_else(|| Error::Internal("a token of nobody".into()))
}

/// Change your name, your time zone, or the address to sign in with, which takes the password.
#[utoipa::path(
    patch, path = "/api/v1/me", tag = "users", operation_id = "change_me",
    security(("bearer" = [])),
    request_body = ChangeMe,
    responses(
        (status = 200, description = "The account as it is now", body = UserReply, headers(("ETag" = String))),
        (status = 403, description = "The password is wrong or absent"),
        (status = 409, description = "The address is taken"),
        (status = 412, description = "It has changed since the ETag of If-Match"),
    )
)]
pub async fn change(
    learner: Learner,
    passwords: web::Data<Passwords>,
    client: Client,
    body: Body<ChangeMe>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let ChangeMe { display_name, email, time_zone, current_password } = body.0;
    let proven = match &email {
        Some(_) => Some(require_password(&learner, &passwords, &client, current_password.unwrap_or_default()).await?),
        None => None,
    };
    let (expected, moves) = (require_match(&req), email.is_some());
    let write = move |conn: &mut DbConnection, user: Identity| {
        let before = own_locked(conn, user)?;
        if let Some(proven) = &proven {
            proven.check(&before)?;
        }
        expected.check(&UserReply::from(before))?;
        if let Some(name) = &display_name {
            queries::set_display_name(conn, user.user_id, name)?;
        }
        if let Some(time_zone) = &time_zone {
            queries::set_time_zone(conn, user.user_id, time_zone)?;
        }
        if let Some(email) = &email {
            queries::set_email(conn, user.user_id, email)?;
        }
        Ok((user.user_id, TaggedJson::of(&UserReply::from(own(conn, user)?))?))
    };
    let (user_id, entity) = learner.write(write).await?;
    if moves {
        audit::log(Event::EmailChanged, Some(user_id), Some(user_id), &client);
    }
    Ok(entity.answer(&req))
}

/// The hash of the password that the caller gave, which was compared outside of any transaction.
struct Proven(Option<String>);

impl Proven {
    /// Refuses when the password was changed meanwhile.
    fn check(&self, user: &User) -> Result<(), Error> {
        if user.password_hash == self.0 { Ok(()) } else { Err(wrong_password()) }
    }
}

fn wrong_password() -> Error {
    Error::Denied(Slug::WrongPassword, "current_password is not your password")
}

/// Refuses a password that is not the caller's, and counts the try as a sign-in.
async fn require_password(
    learner: &Learner,
    passwords: &Passwords,
    client: &Client,
    password: SecretString,
) -> Result<Proven, Error> {
    learner.app().limits.sign_in(client)?;
    let user = learner.read(own).await?;
    match passwords.verify(password, user.password_hash.clone()).await? {
        Verdict::Right { .. } => Ok(Proven(user.password_hash)),
        Verdict::Wrong => {
            audit::log(Event::PasswordRefused, Some(user.id), Some(user.id), client);
            Err(wrong_password())
        }
    }
}

/// Set another password. Your other sessions end; tokens of programs stay.
#[utoipa::path(
    put, path = "/api/v1/me/password", tag = "users", operation_id = "change_password",
    security(("bearer" = [])),
    request_body = ChangePassword,
    responses(
        (status = 204, description = "It is set"),
        (status = 403, description = "The current password is wrong"),
    )
)]
pub async fn change_password(
    learner: Learner,
    passwords: web::Data<Passwords>,
    client: Client,
    body: Body<ChangePassword>,
) -> Result<HttpResponse, Error> {
    let ChangePassword { current_password, new_password } = body.0;
    let proven = require_password(&learner, &passwords, &client, current_password).await?;
    let hash = passwords.hash(new_password.0).await?;
    let now = learner.now();
    let write = move |conn: &mut DbConnection, user: Identity| {
        proven.check(&own_locked(conn, user)?)?;
        queries::set_password(conn, user.user_id, &hash)?;
        let this = (user.token_kind == TokenKind::Session).then_some(user.token_id);
        queries::revoke_sessions(conn, user.user_id, this, now)?;
        Ok(user.user_id)
    };
    let user_id = learner.write(write).await?;
    audit::log(Event::PasswordChanged, Some(user_id), Some(user_id), &client);
    Ok(HttpResponse::NoContent().finish())
}

/// Delete your account: address, name, password and tokens. Results stay for the statistics, and nobody's name with them.
#[utoipa::path(
    delete, path = "/api/v1/me", tag = "users", operation_id = "delete_me",
    security(("bearer" = [])),
    responses(
        (status = 204, description = "It is gone"),
        (status = 409, description = "You are the last admin"),
    )
)]
pub async fn delete(learner: Learner, client: Client) -> Result<HttpResponse, Error> {
    let now = learner.now();
    let erase = move |conn: &mut DbConnection, user: Identity| {
        admin::keep_one(conn, user.user_id)?;
        queries::erase(conn, user.user_id, now)?;
        Ok(user.user_id)
    };
    let user_id = learner.write(erase).await?;
    audit::log(Event::Deleted, Some(user_id), Some(user_id), &client);
    let mut response = HttpResponse::NoContent().finish();
    let gone = sessions::cookie(learner.app(), &client, String::new(), time::Duration::ZERO);
    sessions::add_cookie(&mut response, gone)?;
    Ok(response)
}
