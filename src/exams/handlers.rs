//! Operations on exams.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{
    Blueprint, authoring,
    messages::{ExamBody, ExamList, ExamReply, ExamStatusChange, ExamSummary},
    model::{ExamCode, ExamStatus},
    queries,
};
use crate::{
    auth::model::{Identity, Role},
    error::Error,
    http::{
        caller::{Anyone, Author},
        etag::{TaggedJson, require_if_match},
        extract::Body,
        idempotency::{Created, IdempotentJson},
    },
};

/// List exams. Returns the published exams, ordered by code. Authors see exams in every status.
#[utoipa::path(
    get, path = "/api/v1/exams", tag = "exams", operation_id = "list_exams",
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "The exams", body = ExamList),
    )
)]
pub async fn list(anyone: Anyone, req: HttpRequest) -> Result<HttpResponse, Error> {
    let read = |conn: &mut _, role: Option<Role>| {
        let exams = queries::list(conn, role >= Some(Role::Author))?;
        let items = exams.into_iter().map(ExamSummary::from).collect();
        Ok(TaggedJson::of(&ExamList { items })?.public_if(role < Some(Role::Author)))
    };
    Ok(anyone.read_snapshot(read).await?.answer(&req))
}

/// Get an exam. Returns the blueprint: the domains, their tasks, and the number of available questions in each domain.
#[utoipa::path(
    get, path = "/api/v1/exams/{code}", tag = "exams", operation_id = "get_exam",
    security((), ("bearer" = [])),
    params(("code" = ExamCode, Path, description = "The exam's code")),
    responses(
        (status = 200, description = "The exam", body = ExamReply),
        (status = 400, description = "The code is malformed"),
        (status = 404, description = "No such exam"),
    )
)]
pub async fn get(anyone: Anyone, code: web::Path<ExamCode>, req: HttpRequest) -> Result<HttpResponse, Error> {
    let read = move |conn: &mut _, role: Option<Role>| {
        let seen = |status| status == ExamStatus::Published || role >= Some(Role::Author);
        let exam = queries::find(conn, &code)?.filter(|exam| seen(exam.status)).ok_or(Error::NotFound("exam"))?;
        Ok(TaggedJson::of(&ExamReply::from(queries::blueprint(conn, exam)?))?.public_if(role < Some(Role::Author)))
    };
    Ok(anyone.read_snapshot(read).await?.answer(&req))
}

/// Create an exam. The exam is a draft. Learners see it once it is published.
#[utoipa::path(
    post, path = "/api/v1/exams", tag = "exams", operation_id = "create_exam",
    security(("bearer" = [])),
    request_body = ExamBody,
    responses(
        (status = 201, description = "The new exam", body = ExamReply),
        (status = 403, description = "Requires the author role"),
        (status = 409, description = "An exam with this code already exists, or the first request with this Idempotency-Key is still in progress"),
    )
)]
pub async fn create(author: Author, creating: IdempotentJson<ExamBody>) -> Result<HttpResponse, Error> {
    let IdempotentJson { body, once } = creating;
    let work = move |conn: &mut _, user: Identity| {
        let reply = ExamReply::from(authoring::create(conn, user.user_id, &body)?);
        Created::at(format!("/api/v1/exams/{}", reply.code), &reply)
    };
    Ok(author.create(once, work).await?.answer())
}

/// Replace the blueprint of an exam. Existing reports do not change.
#[utoipa::path(
    put, path = "/api/v1/exams/{code}", tag = "exams", operation_id = "replace_exam",
    security(("bearer" = [])),
    params(("code" = ExamCode, Path, description = "The exam's code", example = "http-basics")),
    request_body = ExamBody,
    responses(
        (status = 200, description = "The changed exam", body = ExamReply),
        (status = 403, description = "Requires the author role"),
        (status = 404, description = "No such exam"),
        (status = 412, description = "The resource has changed since the ETag in If-Match"),
        (status = 428, description = "If-Match is missing"),
    )
)]
pub async fn replace(
    author: Author,
    code: web::Path<ExamCode>,
    body: Body<ExamBody>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let expected = require_if_match(&req)?;
    let write = move |conn: &mut _, user: Identity| {
        let check = |stored: &Blueprint| expected.check(&ExamReply::from(stored.clone()));
        TaggedJson::of(&ExamReply::from(authoring::replace(conn, user.user_id, &code, &body.0, check)?))
    };
    Ok(author.write(write).await?.answer(&req))
}

/// Change the status of an exam. This opens the exam for attempts, or takes it out of service.
#[utoipa::path(
    put, path = "/api/v1/exams/{code}/status", tag = "exams", operation_id = "change_exam_status",
    security(("bearer" = [])),
    params(("code" = ExamCode, Path, description = "The exam's code")),
    request_body = ExamStatusChange,
    responses(
        (status = 200, description = "The changed exam", body = ExamReply),
        (status = 403, description = "Requires the author role"),
        (status = 404, description = "No such exam"),
        (status = 412, description = "The resource has changed since the ETag in If-Match"),
        (status = 428, description = "If-Match is missing"),
    )
)]
pub async fn change_status(
    author: Author,
    code: web::Path<ExamCode>,
    body: Body<ExamStatusChange>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (expected, status) = (require_if_match(&req)?, body.0.status);
    let write = move |conn: &mut _, user: Identity| {
        let check = |stored: &Blueprint| expected.check(&ExamReply::from(stored.clone()));
        TaggedJson::of(&ExamReply::from(authoring::change_status(conn, user.user_id, &code, status, check)?))
    };
    Ok(author.write(write).await?.answer(&req))
}
