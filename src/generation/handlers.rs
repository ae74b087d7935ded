//! Operations on generation jobs.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde::Deserialize;
use tokio::sync::Notify;
use utoipa::IntoParams;

use super::{
    events::{EventStreams, Feed, Position},
    messages::{GenerationJobPage, GenerationJobReply, NewGenerationJob},
    model::KIND,
    queries, request,
    settings::GenerationSettings,
};
use crate::{
    auth::model::{Identity, Role},
    db::DbConnection,
    error::{Error, Slug},
    exams::{self, model::ExamCode},
    http::{
        caller::Author,
        etag::TaggedJson,
        extract::{Cursor, Query, cut_to_page, next_page, page_limit},
        idempotency::{Created, IdempotentJson},
    },
    jobs::{
        self,
        model::{JobId, JobStatus},
    },
};

/// Create a generation job. A worker takes the job, and every question gets an outcome unless the job ends early.
/// Drafts are never published automatically.
#[utoipa::path(
    post, path = "/api/v1/generation-jobs", tag = "generation", operation_id = "create_generation_job",
    security(("bearer" = [])),
    request_body = NewGenerationJob,
    responses(
        (status = 202, description = "The job, which waits for a worker", body = GenerationJobReply),
        (status = 403, description = "Requires the author role"),
        (status = 409, description = "You have 20 unfinished jobs, or the first request with this Idempotency-Key is still in progress"),
        (status = 503, description = "Drafting is not set up: BEDROCK_MODEL_ID is not set. Or the service is busy, or its database is not available"),
    )
)]
pub async fn create(
    author: Author,
    settings: web::Data<GenerationSettings>,
    wake: web::Data<Notify>,
    creating: IdempotentJson<NewGenerationJob>,
) -> Result<HttpResponse, Error> {
    let IdempotentJson { body, once } = creating;
    let work = move |conn: &mut DbConnection, user: Identity| {
        let reply = request::request(conn, user.user_id, &body, &settings)?;
        Created::at(format!("/api/v1/generation-jobs/{}", reply.job.id), &reply)
    };
    let created = author.create(once, work).await?;
    wake.notify_one();
    Ok(created.answer_accepted())
}

/// The filters of a list of jobs.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GenerationJobQuery {
    /// Filter by the code of the exam.
    exam: Option<ExamCode>,
    /// Filter by status.
    status: Option<JobStatus>,
    /// The maximum number of items to return.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
    /// The position to continue from: `next_cursor` of the page before, with the same filters.
    cursor: Option<Cursor>,
}

/// List generation jobs. Returns the jobs of all authors, newest first.
#[utoipa::path(
    get, path = "/api/v1/generation-jobs", tag = "generation", operation_id = "list_generation_jobs",
    security(("bearer" = [])),
    params(GenerationJobQuery),
    responses(
        (status = 200, description = "A page of the list", body = GenerationJobPage),
        (status = 403, description = "Requires the author role"),
        (status = 404, description = "No such exam"),
    )
)]
pub async fn list(
    author: Author,
    settings: web::Data<GenerationSettings>,
    query: Query<GenerationJobQuery>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (query, text) = (query.into_inner(), req.query_string().to_owned());
    let limit = page_limit(query.limit)?;
    let read = move |conn: &mut DbConnection, _| {
        let exam = match &query.exam {
            Some(code) => Some(exams::queries::find(conn, code)?.ok_or(Error::NotFound("exam"))?.id),
            None => None,
        };
        let before = query.cursor.map(|cursor| JobId(cursor.0));
        let mut found = queries::page(conn, exam, query.status, before, limit + 1)?;
        let next_cursor = cut_to_page(&mut found, limit, |(job, ..)| Cursor(job.id.0));
        let url = next_cursor.as_ref().map(|cursor| format!("/api/v1/generation-jobs?{}", next_page(&text, cursor)));
        let items = request::summaries(conn, found, &settings)?;
        Ok(TaggedJson::of(&GenerationJobPage { items, next_cursor })?.with_next(url))
    };
    Ok(author.read(read).await?.answer(&req))
}

/// Get a generation job. Returns the job with the outcomes so far.
#[utoipa::path(
    get, path = "/api/v1/generation-jobs/{id}", tag = "generation", operation_id = "get_generation_job",
    security(("bearer" = [])),
    params(("id" = JobId, Path, description = "The job")),
    responses(
        (status = 200, description = "The job", body = GenerationJobReply),
        (status = 403, description = "Requires the author role"),
        (status = 404, description = "No such job"),
    )
)]
pub async fn get(
    author: Author,
    settings: web::Data<GenerationSettings>,
    id: web::Path<JobId>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let id = id.into_inner();
    let read = move |conn: &mut DbConnection, _| TaggedJson::of(&request::read(conn, id, &settings)?);
    Ok(author.read_snapshot(read).await?.answer(&req))
}

/// Cancel a generation job. Finished drafts stay. A question that is being written is discarded.
#[utoipa::path(
    post, path = "/api/v1/generation-jobs/{id}/cancel", tag = "generation", operation_id = "cancel_generation_job",
    security(("bearer" = [])),
    params(("id" = JobId, Path, description = "The job")),
    responses(
        (status = 200, description = "The canceled job", body = GenerationJobReply, headers(("ETag" = String))),
        (status = 403, description = "Only the user who requested the job or an admin can cancel it"),
        (status = 404, description = "No such job"),
        (status = 409, description = "The job has already ended"),
    )
)]
pub async fn cancel(
    author: Author,
    settings: web::Data<GenerationSettings>,
    id: web::Path<JobId>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let id = id.into_inner();
    let cancel = move |conn: &mut DbConnection, user: Identity| {
        let (job, ..) = queries::find_full(conn, id)?.ok_or(Error::NotFound("job"))?;
        if job.requested_by != Some(user.user_id) && user.role < Role::Admin {
            let detail = "only the user who requested the job or an admin can cancel it";
            return Err(Error::Denied(Slug::Forbidden, detail));
        }
        if !jobs::queries::finish(conn, id, JobStatus::Cancelled, None)? {
            let status = jobs::queries::find(conn, id)?.map_or(job.status, |job| job.status);
            return Err(Error::Conflict(Slug::Status, format!("the job has already ended: its status is {status}")));
        }
        TaggedJson::of(&request::read(conn, id, &settings)?)
    };
    let entity = author.write(cancel).await?;
    author.app().metrics.job_finished(KIND, JobStatus::Cancelled.as_str());
    Ok(entity.answer(&req))
}

/// Follow a generation job. Sends server-sent events until the job ends.
///
/// An `outcome` event is sent once for each question. Its id is the number of the question, and it contains the
/// progress of the job. A `status` event contains the job without its outcomes. The first one comes after the outcomes
/// so far; others follow when `status` or `failure` changes. The last one has the id `end`. After a reconnection with
/// `Last-Event-ID`, the outcomes continue after that number; with `end`, the response is 204, which ends reconnecting.
#[utoipa::path(
    get, path = "/api/v1/generation-jobs/{id}/events", tag = "generation", operation_id = "generation_job_events",
    security(("bearer" = [])),
    params(
        ("id" = JobId, Path, description = "The job"),
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event received",
            pattern = "^([0-9]{1,9}|end)$"),
    ),
    responses(
        (status = 200, description = "A stream of events", body = String, content_type = "text/event-stream"),
        (status = 204, description = "The last event was already received"),
        (status = 403, description = "Requires the author role"),
        (status = 404, description = "No such job"),
    )
)]
pub async fn events(
    author: Author,
    settings: web::Data<GenerationSettings>,
    streams: web::Data<EventStreams>,
    id: web::Path<JobId>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let position = Position::of(req.headers())?;
    let permit = streams.place()?;
    let mut feed = Feed::new(author, id.into_inner(), Arc::clone(&settings), position, permit);
    let first = feed.poll().await?;
    feed.take_place(&streams)?;
    if position == Position::End && feed.has_ended() {
        return Ok(HttpResponse::NoContent().finish());
    }
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        // Prevents proxies such as nginx from buffering the stream.
        .insert_header(("x-accel-buffering", "no"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(feed.events(first)))
}
