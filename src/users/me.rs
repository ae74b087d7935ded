//! The own account: making it, reading it, changing it, deleting it.

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
        etag::{TaggedJson, require_match},
        extract::{Body, OptionalBody},
        idempotency::{self, Created, IdempotentJson},
        state::State,
    },
};

/// Sign up. This makes an account, where the server lets everyone; then sign in.
#[utoipa::path(
    post, path = "/api/v1/users", tag = "users", operation_id = "sign_up",
    request_body = SignUp,
    responses(
        (status = 201, description = "The account, of a learner", body = UserReply),
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

/// Change your name, your time zone, or the address to sign in with, which takes the password.
#[utoipa::path(
    patch, path = "/api/v1/me", tag = "users", operation_id = "change_me",
    security(("bearer" = [])),
    request_body = ChangeMe,
    responses(
        (status = 200, description = "The account as it is now", body = UserReply),
        (status = 403, description = "The password is wrong, or the token is one of a program, which changes no address"),
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
    let proven = match (&email, current_password) {
        (Some(_), Some(password)) => Some(Proven::of(&learner, &passwords, &client, password, require_session).await?),
        (Some(_), None) => {
            learner.read(|_, user| require_session(user)).await?;
            return Err(Error::invalid("/current_password", "must be there to change the address"));
        }
        (None, _) => None,
    };
    let (expected, moves) = (require_match(&req)?, email.is_some());
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

/// Set another password. Your other sessions end; tokens of programs stay.
#[utoipa::path(
    put, path = "/api/v1/me/password", tag = "users", operation_id = "change_password",
    security(("bearer" = [])),
    request_body = ChangePassword,
    responses(
        (status = 204, description = "It is set"),
        (status = 403, description = "The current password is wrong, or the token is one of a program"),
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

/// Delete your account: address, name, password and tokens. Results stay for the statistics, and nobody's name with them.
///
/// This takes a session that began within ten minutes, or the password in the body: sign in again where something on the way
/// drops the body of a DELETE.
#[utoipa::path(
    delete, path = "/api/v1/me", tag = "users", operation_id = "delete_me",
    security(("bearer" = [])),
    request_body(content = Option<DeleteMe>, description = "Needed when you signed in more than ten minutes ago"),
    responses(
        (status = 204, description = "It is gone"),
        (status = 403, description = "You signed in too long ago, the password is wrong, or the token is one of a program"),
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
