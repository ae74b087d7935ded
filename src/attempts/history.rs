//! Operations on all attempts of a learner: activity and export.

use std::future::ready;

use actix_web::{HttpRequest, HttpResponse, http::header, web::Bytes};
use futures_util::stream::{self, StreamExt};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    activity::{self, ActivityReply},
    export::{self, MyExport},
    queries,
};
use crate::{
    auth::model::Identity,
    db::DbConnection,
    error::Error,
    http::{caller::Learner, etag::TaggedJson, extract::Query},
    time_zone::TimeZone,
    users,
};

const DAY: i64 = 24 * 60 * 60;

/// The range of days.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ActivityQuery {
    /// The number of days, up to today.
    #[param(minimum = 1, maximum = 366, default = 30)]
    days: Option<i64>,
}

/// Get your activity. Returns the days on which you answered questions, and your streaks of consecutive days, in the
/// time zone of your account.
#[utoipa::path(
    get, path = "/api/v1/me/activity", tag = "attempts", operation_id = "get_activity",
    security(("bearer" = [])),
    params(ActivityQuery),
    responses(
        (status = 200, description = "The days and the streaks", body = ActivityReply),
    )
)]
pub async fn activity(learner: Learner, query: Query<ActivityQuery>, req: HttpRequest) -> Result<HttpResponse, Error> {
    let (now, days) = (learner.now(), query.days.unwrap_or(30));
    if !(1..=activity::YEAR).contains(&days) {
        return Err(Error::BadRequest(format!("days must be from 1 to {}", activity::YEAR)));
    }
    let read = move |conn: &mut DbConnection, user: Identity| {
        let account = users::queries::find(conn, user.user_id)?.ok_or(Error::NotFound("account"))?;
        let since = now.plus_seconds(-(activity::YEAR + 1) * DAY);
        let answered = queries::export::answered_since(conn, user.user_id, since)?;
        TaggedJson::of(&activity::activity(&answered, TimeZone::stored(&account.time_zone), days, now))
    };
    Ok(learner.read(read).await?.answer(&req))
}

/// Export your data. Returns one JSON document with what is stored about you as a learner.
///
/// The document contains your account, your tokens without their secrets, your attempts with all responses and reports,
/// your last response to each question with the day of its review, and your plans. The server streams the document. If
/// reading fails, the document ends early.
#[utoipa::path(
    get, path = "/api/v1/me/export", tag = "users", operation_id = "export_me",
    security(("bearer" = [])),
    responses(
        (status = 200, description = "The document", body = MyExport,
            headers(("Content-Disposition" = String, description = "The name of the file, as an attachment"))),
    )
)]
pub async fn export(learner: Learner) -> Result<HttpResponse, Error> {
    let now = learner.now();
    // An error before the first byte is sent can still change the status code.
    let first = move |conn: &mut DbConnection, user| Ok((export::piece(conn, user, None, now)?, user));
    let ((first, after), user) = learner.read(first).await?;
    // The request was authorized as a whole: revoking its token meanwhile does not truncate the document.
    let app = learner.shared();
    let rest = stream::try_unfold(after, move |after| {
        let app = app.clone();
        async move {
            let Some(after) = after else { return Ok::<_, Error>(None) };
            let piece = move |conn: &mut DbConnection| export::piece(conn, user, Some(after), now);
            let (text, next) = app.db.read(piece).await?;
            Ok(Some((Bytes::from(text), next)))
        }
    });
    let pieces = stream::once(ready(Ok(Bytes::from(first)))).chain(rest);
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"tripos-export.json\""))
        .streaming(pieces))
}
