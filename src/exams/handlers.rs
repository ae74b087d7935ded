//! What is asked about exams, and how authors write them.

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
        etag::{TaggedJson, demand_match},
        extract::Body,
        idempotency::{Created, IdempotentJson},
    },
};

/// List the exams that can be sat. Authors see the others, too.
#[utoipa::path(
    get, path = "/api/v1/exams", tag = "exams", operation_id = "list_exams",
    security((), ("bearer" = [])),
    responses(
        (status = 200, description = "The exams, by code", body = ExamList),
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

/// Get an exam with its blueprint. It has domains, tasks, and how many questions there are for each.
#[utoipa::path(
    get, path = "/api/v1/exams/{code}", tag = "exams", operation_id = "get_exam",
    security((), ("bearer" = [])),
    params(("code" = ExamCode, Path, description = "The exam's code")),
    responses(
        (status = 200, description = "The exam", body = ExamReply),
        (status = 400, description = "No exam has such a code"),
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

/// Add an exam. Learners see it when it is published.
#[utoipa::path(
    post, path = "/api/v1/exams", tag = "exams", operation_id = "create_exam",
    security(("bearer" = [])),
    request_body = ExamBody,
    responses(
        (status = 201, description = "The exam, a draft", body = ExamReply),
        (status = 403, description = "Not an author"),
        (status = 409, description = "There is an exam with this code"),
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

/// Replace the blueprint of an exam. Reports that were made before keep what they say.
#[utoipa::path(
    put, path = "/api/v1/exams/{code}", tag = "exams", operation_id = "replace_exam",
    security(("bearer" = [])),
    params(("code" = ExamCode, Path, description = "The exam's code")),
    request_body = ExamBody,
    responses(
        (status = 200, description = "The exam as it is now", body = ExamReply),
        (status = 403, description = "Not an author"),
        (status = 404, description = "No such exam"),
        (status = 412, description = "It has changed since the ETag of If-Match"),
        (status = 428, description = "If-Match is missing"),
    )
)]
pub async fn replace(
    author: Author,
    code: web::Path<ExamCode>,
    body: Body<ExamBody>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let expected = demand_match(&req)?;
    let write = move |conn: &mut _, user: Identity| {
        let check = |stored: &Blueprint| expected.check(&ExamReply::from(stored.clone()));
        TaggedJson::of(&ExamReply::from(authoring::replace(conn, user.user_id, &code, &body.0, check)?))
    };
    Ok(author.write(write).await?.answer(&req))
}

/// Open an exam for attempts, or take it out of service.
#[utoipa::path(
    put, path = "/api/v1/exams/{code}/status", tag = "exams", operation_id = "change_exam_status",
    security(("bearer" = [])),
    params(("code" = ExamCode, Path, description = "The exam's code")),
    request_body = ExamStatusChange,
    responses(
        (status = 200, description = "The exam as it is now", body = ExamReply),
        (status = 403, description = "Not an author"),
        (status = 404, description = "No such exam"),
        (status = 412, description = "It has changed since the ETag of If-Match"),
        (status = 428, description = "If-Match is missing"),
    )
)]
pub async fn change_status(
    author: Author,
    code: web::Path<ExamCode>,
    body: Body<ExamStatusChange>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (expected, status) = (demand_match(&req)?, body.0.status);
    let write = move |conn: &mut _, user: Identity| {
        let check = |stored: &Blueprint| expected.check(&ExamReply::from(stored.clone()));
        TaggedJson::of(&ExamReply::from(authoring::change_status(conn, user.user_id, &code, status, check)?))
    };
    Ok(author.write(write).await?.answer(&req))
}
