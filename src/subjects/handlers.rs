//! Operations on subjects.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    messages::{SubjectBody, SubjectPage, SubjectReply},
    model::{SubjectId, SubjectStatus},
    queries,
};
use crate::{
    auth::model::Identity,
    error::{Error, FieldError},
    http::{
        caller::Author,
        etag::{TaggedJson, require_if_match},
        extract::{Body, Query, cut_to_page, next_page, page_limit},
    },
};

/// The filters of a list of subjects.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SubjectQuery {
    /// Filter by status.
    status: Option<SubjectStatus>,
    /// The maximum number of items to return.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
    /// The position to continue from: `next_cursor` of the page before.
    cursor: Option<SubjectId>,
}

/// List subjects. Returns what questions depend on, such as services, each with its status. Ordered by id.
#[utoipa::path(
    get, path = "/api/v1/subjects", tag = "subjects", operation_id = "list_subjects",
    security(("bearer" = [])),
    params(SubjectQuery),
    responses(
        (status = 200, description = "A page of the list", body = SubjectPage),
        (status = 403, description = "Requires the author role"),
    )
)]
pub async fn list(author: Author, query: Query<SubjectQuery>, req: HttpRequest) -> Result<HttpResponse, Error> {
    let (query, text) = (query.into_inner(), req.query_string().to_owned());
    let limit = page_limit(query.limit)?;
    let read = move |conn: &mut _, _| {
        let mut found = queries::page(conn, query.status, query.cursor.as_ref(), limit + 1)?;
        let next_cursor = cut_to_page(&mut found, limit, |last| last.id.clone());
        let url = next_cursor.as_ref().map(|cursor| format!("/api/v1/subjects?{}", next_page(&text, cursor)));
        let items = found.into_iter().map(SubjectReply::from).collect();
        Ok(TaggedJson::of(&SubjectPage { items, next_cursor })?.with_next(url))
    };
    Ok(author.read(read).await?.answer(&req))
}

/// Get a subject.
#[utoipa::path(
    get, path = "/api/v1/subjects/{id}", tag = "subjects", operation_id = "get_subject",
    security(("bearer" = [])),
    params(("id" = SubjectId, Path, description = "The subject")),
    responses(
        (status = 200, description = "The subject", body = SubjectReply),
        (status = 400, description = "The id is malformed"),
        (status = 403, description = "Requires the author role"),
        (status = 404, description = "No such subject"),
    )
)]
pub async fn get(author: Author, id: web::Path<SubjectId>, req: HttpRequest) -> Result<HttpResponse, Error> {
    let read = move |conn: &mut _, _| {
        TaggedJson::of(&SubjectReply::from(queries::find(conn, &id)?.ok_or(Error::NotFound("subject"))?))
    };
    Ok(author.read(read).await?.answer(&req))
}

/// Create or replace a subject. Seed files no longer change the subject afterwards.
#[utoipa::path(
    put, path = "/api/v1/subjects/{id}", tag = "subjects", operation_id = "put_subject",
    security(("bearer" = [])),
    params(("id" = SubjectId, Path, description = "The subject", example = "aws:cloud-map")),
    request_body = SubjectBody,
    responses(
        (status = 200, description = "The changed subject", body = SubjectReply),
        (status = 201, description = "The new subject", body = SubjectReply),
        (status = 403, description = "Requires the author role"),
        (status = 412, description = "The subject has changed since the ETag in If-Match, or does not exist"),
        (status = 428, description = "The subject exists, and If-Match is missing"),
    )
)]
pub async fn put(
    author: Author,
    id: web::Path<SubjectId>,
    body: Body<SubjectBody>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (id, body, expected) = (id.into_inner(), body.0, require_if_match(&req)?);
    let location = header::HeaderValue::from_str(&format!("/api/v1/subjects/{id}"));
    let is_conditional = req.headers().contains_key(header::IF_MATCH);
    let write = move |conn: &mut _, user: Identity| {
        let known = queries::lock(conn, &id)?;
        match &known {
            Some(known) => expected.check(&SubjectReply::from(known.clone()))?,
            None if is_conditional => return Err(Error::PreconditionFailed),
            None => {}
        }
        let mut faults = body.faults();
        if body.id != id {
            let detail = format!("must be {id}: the id of a subject cannot be changed");
            faults.push(FieldError { pointer: "/id".into(), detail });
        }
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let subject = body.stored(Some(user.user_id));
        queries::put(conn, &subject)?;
        Ok((TaggedJson::of(&SubjectReply::from(subject))?, known.is_none()))
    };
    let (entity, is_new) = author.write(write).await?;
    let mut response = entity.answer(&req);
    if let (true, Ok(location)) = (is_new, location) {
        *response.status_mut() = StatusCode::CREATED;
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}
