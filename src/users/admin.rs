//! Operations of admins on users.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    messages::{ChangeUser, UserPage, UserReply},
    model::{Email, User},
    queries,
};
use crate::{
    auth::model::{Identity, UserId},
    db::DbConnection,
    error::{Error, Slug},
    http::{
        audit::{self, Event},
        caller::Admin,
        client::Client,
        etag::{TaggedJson, optional_if_match},
        extract::{Body, Cursor, Query, cut_to_page, page_limit},
    },
};

/// The filters of a list of users.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UserQuery {
    /// Filter by e-mail address.
    #[param(example = "ada@example.org")]
    email: Option<String>,
    /// The maximum number of items to return.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
    /// The position to continue from: `next_cursor` of the page before.
    cursor: Option<Cursor>,
}

/// List users. Oldest first.
#[utoipa::path(
    get, path = "/api/v1/users", tag = "users", operation_id = "list_users",
    security(("bearer" = [])),
    params(UserQuery),
    responses(
        (status = 200, description = "A page of the list", body = UserPage),
        (status = 403, description = "Requires the admin role"),
    )
)]
pub async fn list(admin: Admin, query: Query<UserQuery>, req: HttpRequest) -> Result<HttpResponse, Error> {
    let query = query.into_inner();
    let limit = page_limit(query.limit)?;
    let read = move |conn: &mut DbConnection, _| {
        let email: Option<Email> = match &query.email {
            None => None,
            Some(text) => match text.parse() {
                Ok(email) => Some(email),
                // No user has an invalid address.
                Err(_) => return TaggedJson::of(&UserPage { items: Vec::new(), next_cursor: None }),
            },
        };
        let after = query.cursor.map(|cursor| UserId(cursor.0));
        let mut found = queries::page(conn, email.as_ref(), after, limit + 1)?;
        let next_cursor = cut_to_page(&mut found, limit, |user| Cursor(user.id.0));
        let url = next_cursor.as_ref().map(|cursor| format!("/api/v1/users?limit={limit}&cursor={cursor}"));
        let items = found.into_iter().map(UserReply::from).collect();
        Ok(TaggedJson::of(&UserPage { items, next_cursor })?.with_next(url))
    };
    Ok(admin.read(read).await?.answer(&req))
}

/// Get a user.
#[utoipa::path(
    get, path = "/api/v1/users/{id}", tag = "users", operation_id = "get_user",
    security(("bearer" = [])),
    params(("id" = UserId, Path, description = "The user")),
    responses(
        (status = 200, description = "The user", body = UserReply),
        (status = 400, description = "The id is not a UUID"),
        (status = 403, description = "Requires the admin role"),
        (status = 404, description = "No such user"),
    )
)]
pub async fn get(admin: Admin, id: web::Path<UserId>, req: HttpRequest) -> Result<HttpResponse, Error> {
    let id = id.into_inner();
    let read = move |conn: &mut DbConnection, _| TaggedJson::of(&UserReply::from(find(conn, id)?));
    Ok(admin.read(read).await?.answer(&req))
}

fn find(conn: &mut DbConnection, id: UserId) -> Result<User, Error> {
    queries::find(conn, id)?.ok_or(Error::NotFound("user"))
}

/// Change a user. Changes the role, sets the extra time, or disables or enables the account. This applies from the
/// user's next request on. Extra time applies to attempts that begin afterwards.
#[utoipa::path(
    patch, path = "/api/v1/users/{id}", tag = "users", operation_id = "change_user",
    security(("bearer" = [])),
    params(("id" = UserId, Path, description = "The user")),
    request_body = ChangeUser,
    responses(
        (status = 200, description = "The changed user", body = UserReply),
        (status = 400, description = "The body is not well-formed JSON, the id is not a UUID, or If-Match is malformed"),
        (status = 403, description = "Requires the admin role"),
        (status = 404, description = "No such user"),
        (status = 409, description = "The user is the last admin"),
        (status = 412, description = "The resource has changed since the ETag in If-Match"),
    )
)]
pub async fn change(
    admin: Admin,
    client: Client,
    id: web::Path<UserId>,
    body: Body<ChangeUser>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (id, now, ChangeUser { role, disabled, extra_time_percent }) = (id.into_inner(), admin.now(), body.0);
    let extra_time = extra_time_percent.map(|percent| match percent {
        0..=300 => Ok(percent as i32),
        _ => Err(Error::invalid("/extra_time_percent", "must be from 0 to 300")),
    });
    let extra_time = extra_time.transpose()?;
    let expected = optional_if_match(&req)?;
    let write = move |conn: &mut DbConnection, actor: Identity| {
        // Lock the admins before other users, as everywhere, so that there is no deadlock.
        if role.is_some() || disabled.is_some() {
            queries::lock_admins(conn)?;
        }
        let before = queries::lock(conn, id)?.ok_or(Error::NotFound("user"))?;
        expected.check(&UserReply::from(before.clone()))?;
        let role = role.filter(|role| *role != before.role);
        let disabled = disabled.filter(|disabled| *disabled != before.disabled_at.is_some());
        if role.is_some() || disabled == Some(true) {
            keep_one(conn, id)?;
        }
        if let Some(role) = role {
            queries::set_role(conn, id, role)?;
        }
        if let Some(disabled) = disabled {
            queries::set_disabled(conn, id, disabled.then_some(now))?;
        }
        if let Some(percent) = extra_time {
            queries::set_extra_time(conn, id, percent)?;
        }
        Ok((actor, role, disabled, TaggedJson::of(&UserReply::from(find(conn, id)?))?))
    };
    let (actor, role, disabled, entity) = admin.write(write).await?;
    let events = [
        role.map(Event::RoleChanged),
        disabled.map(|disabled| if disabled { Event::Disabled } else { Event::Enabled }),
    ];
    for event in events.into_iter().flatten() {
        audit::log(event, Some(id), Some(actor.user_id), &client);
    }
    Ok(entity.answer(&req))
}

/// Rejects a change that would remove the last active admin.
pub fn keep_one(conn: &mut DbConnection, going: UserId) -> Result<(), Error> {
    if queries::lock_admins(conn)? == [going] {
        let detail = "this is the last admin: make another user an admin first".to_owned();
        return Err(Error::Conflict(Slug::LastAdmin, detail));
    }
    Ok(())
}
