//! Operations on the caller's own account.

use actix_web::{HttpRequest, HttpResponse, cookie::time, web};

use super::{
    admin,
    messages::{ChangeMe, ChangePassword, DeleteMe, SignUp, UserReply},
    model::NewUser,
    queries,
    reauthentication::{Proven, Reauthentication, own, own_locked, require_session},
    sessions,
};
use crate::{
    auth::{
        model::{Identity, Role, UserId},
        passwords::Passwords,
    },
    db::DbConnection,
    error::{Error, Slug},
    http::{
        audit::{self, Event},
        caller::Learner,
        client::Client,
        etag::{TaggedJson, optional_if_match},
        extract::{Body, OptionalBody},
        idempotency::{self, Created, IdempotentJson},
        state::State,
    },
};

/// Sign up. Creates an account, if this server allows sign-up. Sign in afterwards.
#[utoipa::path(
    post, path = "/api/v1/users", tag = "users", operation_id = "sign_up",
    request_body = SignUp,
    responses(
        (status = 201, description = "The new account, with the role `learner`", body = UserReply),
        (status = 403, description = "Sign-up is closed on this server"),
        (status = 409, description = "The e-mail address is already in use, or the first request with this Idempotency-Key is still in progress"),
    )
)]
pub async fn sign_up(
    app: web::Data<State>,
    passwords: web::Data<Passwords>,
    client: Client,
    request: IdempotentJson<SignUp>,
) -> Result<HttpResponse, Error> {
    if !app.access.signup {
        let detail = "sign-up is closed on this server: ask its operator for an account";
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

/// Get your account.
#[utoipa::path(
    get, path = "/api/v1/me", tag = "users", operation_id = "get_me",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The account", body = UserReply),
    )
)]
pub async fn get(learner: Learner, req: HttpRequest) -> Result<HttpResponse, Error> {
    let read = |conn: &mut DbConnection, user: Identity| TaggedJson::of(&UserReply::from(own(conn, user)?));
    Ok(learner.read(read).await?.answer(&req))
}

/// Change your account. Changes your name, your time zone or your e-mail address. Changing the address requires your
/// password.
#[utoipa::path(
    patch, path = "/api/v1/me", tag = "users", operation_id = "change_me",
    security(("bearer" = [])),
    request_body = ChangeMe,
    responses(
        (status = 200, description = "The changed account", body = UserReply),
        (status = 403, description = "The password is wrong, or the token belongs to a program and cannot change the address"),
        (status = 409, description = "The e-mail address is already in use"),
        (status = 412, description = "The resource has changed since the ETag in If-Match"),
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
    let proven = match (&email, current_password) {
        (Some(_), Some(password)) => Some(Proven::of(&learner, &passwords, &client, password, require_session).await?),
        (Some(_), None) => {
            learner.read(|_, user| require_session(user)).await?;
            return Err(Error::invalid("/current_password", "is required to change the e-mail address"));
        }
        (None, _) => None,
    };
    let (expected, moves) = (optional_if_match(&req)?, email.is_some());
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

/// Change your password. Your other sessions end. Tokens for programs stay valid.
#[utoipa::path(
    put, path = "/api/v1/me/password", tag = "users", operation_id = "change_password",
    security(("bearer" = [])),
    request_body = ChangePassword,
    responses(
        (status = 204, description = "Changed"),
        (status = 403, description = "The current password is wrong, or the token belongs to a program"),
    )
)]
pub async fn change_password(
    learner: Learner,
    passwords: web::Data<Passwords>,
    client: Client,
    body: Body<ChangePassword>,
) -> Result<HttpResponse, Error> {
    let ChangePassword { current_password, new_password } = body.0;
    let proven = Proven::of(&learner, &passwords, &client, current_password, require_session).await?;
    let hash = passwords.hash(new_password.0).await?;
    let now = learner.now();
    let write = move |conn: &mut DbConnection, user: Identity| {
        proven.check(&own_locked(conn, user)?)?;
        queries::set_password(conn, user.user_id, &hash)?;
        queries::revoke_sessions(conn, user.user_id, Some(user.token_id), now)?;
        Ok(user.user_id)
    };
    let user_id = learner.write(write).await?;
    audit::log(Event::PasswordChanged, Some(user_id), Some(user_id), &client);
    Ok(HttpResponse::NoContent().finish())
}

/// Delete your account. This removes your address, name, password, tokens, plans and review schedule. Your attempts
/// stay for statistics, without your name.
///
/// This requires a session that began within the last ten minutes, or your password in the body. If a proxy removes the
/// body of a DELETE request, sign in again instead.
#[utoipa::path(
    delete, path = "/api/v1/me", tag = "users", operation_id = "delete_me",
    security(("bearer" = [])),
    request_body(content = Option<DeleteMe>, description = "Required if you signed in more than ten minutes ago"),
    responses(
        (status = 204, description = "Deleted"),
        (status = 403, description = "You signed in more than ten minutes ago, the password is wrong, or the token belongs to a program"),
        (status = 409, description = "You are the last admin"),
    )
)]
pub async fn delete(
    learner: Learner,
    passwords: web::Data<Passwords>,
    client: Client,
    body: OptionalBody<DeleteMe>,
) -> Result<HttpResponse, Error> {
    let now = learner.now();
    let password = body.0.and_then(|body| body.current_password);
    let reauthentication = Reauthentication::of(&learner, &passwords, &client, password).await?;
    let erase = move |conn: &mut DbConnection, user: Identity| {
        reauthentication.check(user, &own(conn, user)?, now)?;
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
