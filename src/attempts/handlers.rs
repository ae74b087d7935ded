//! Operations on attempts.

use std::collections::HashSet;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    feedback::{AttemptWithFeedback, SlotStateWithFeedback},
    in_progress,
    messages::{AttemptClock, AttemptHead, AttemptPage, AttemptReply, AttemptSummary, SlotUpdate, StartAttempt},
    model::{Attempt, AttemptId, AttemptStatus, Feedback, Mode, SlotCounts},
    queries::{self, Filter},
    report::Report,
    sitting::{self, Finish},
    start,
};
use crate::{
    auth::model::{Identity, Role},
    db::DbConnection,
    error::Error,
    exams::{
        self,
        model::{ExamCode, ExamStatus},
    },
    http::{
        caller::Learner,
        etag::{IfRevision, TaggedJson, revision_tag},
        extract::{Body, Cursor, Query, cut_to_page, next_page, page_limit},
        idempotency::{Created, IdempotentJson},
    },
    questions::{cache::QuestionCache, model::QuestionId},
    reviews,
};

/// Begin an attempt.
///
/// In an exam, the server assembles a form that follows the blueprint, and starts the clock. You can have one such
/// attempt in progress for each exam. In a practice, the server draws questions that match your choice; if fewer match,
/// the practice is shorter. A review contains the questions that are due: see `GET /api/v1/me/reviews`. You can have
/// any number of practices and reviews in progress. A new one never contains questions of your exam in progress.
#[utoipa::path(
    post, path = "/api/v1/attempts", tag = "attempts", operation_id = "start_attempt",
    security(("bearer" = [])),
    request_body = StartAttempt,
    responses(
        (status = 201, description = "The attempt with its form, without the keys", body = AttemptReply,
            headers(("ETag" = String, description = "The ETag that a GET would return"))),
        (status = 429, description = "Too many requests, or you began too many attempts in the last 24 hours without a response to any of their questions"),
        (status = 409, description = "Exam: you have an attempt of mode `exam` at this exam in progress (`attempt_id`), or the bank has too few questions. Practice: no question matches, and `detail` says what to change; or, while you have such an exam in progress (`attempt_id`), no question outside of it matches. Review: nothing is due, and `next_due_at` says when the next questions are due. Any mode: the first request with this Idempotency-Key is still in progress"),
    )
)]
pub async fn start(
    learner: Learner,
    cache: web::Data<QuestionCache>,
    request: IdempotentJson<StartAttempt>,
) -> Result<HttpResponse, Error> {
    let (now, IdempotentJson { body, once }) = (learner.now(), request);
    let max_unanswered = learner.app().access.max_unanswered_attempts;
    let start = move |conn: &mut DbConnection, user: Identity| {
        let attempt = start::start(conn, &cache, user, &body, max_unanswered, now)?;
        Created::at(format!("/api/v1/attempts/{}", attempt.head.summary.id), &attempt)
    };
    Ok(learner.create_from_snapshot(once, start).await?.answer())
}

/// The filters of a list of attempts.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AttemptQuery {
    /// Filter by the code of the exam.
    exam: Option<ExamCode>,
    /// Filter by status.
    status: Option<AttemptStatus>,
    /// Filter by mode.
    mode: Option<Mode>,
    /// The maximum number of items to return.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
    /// The position to continue from: `next_cursor` of the page before, with the same filters.
    cursor: Option<Cursor>,
}

/// List your attempts. Newest first.
#[utoipa::path(
    get, path = "/api/v1/attempts", tag = "attempts", operation_id = "list_attempts",
    security(("bearer" = [])),
    params(AttemptQuery),
    responses(
        (status = 200, description = "A page of the list", body = AttemptPage),
        (status = 404, description = "No such exam"),
    )
)]
pub async fn list(
    learner: Learner,
    cache: web::Data<QuestionCache>,
    query: Query<AttemptQuery>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (now, limit, query) = (learner.now(), page_limit(query.limit)?, query.into_inner());
    let read = move |conn: &mut DbConnection, user: Identity| {
        let exam_id = match &query.exam {
            Some(code) => {
                let exam = exams::queries::find(conn, code)?.ok_or(Error::NotFound("exam"))?;
                // Only authors know of exams in preparation.
                if exam.status != ExamStatus::Published
                    && user.role < Role::Author
                    && !queries::has_attempt(conn, user.user_id, exam.id)?
                {
                    return Err(Error::NotFound("exam"));
                }
                Some(exam.id)
            }
            None => None,
        };
        let filter = Filter { exam_id, status: query.status, mode: query.mode };
        let before = query.cursor.map(|cursor| AttemptId(cursor.0));
        let overdue = queries::overdue(conn, user.user_id, now)?;
        let held = queries::export::exams_in_progress(conn, user.user_id, now)?;
        Ok((overdue, (held, queries::page(conn, user.user_id, filter, before, limit + 1)?)))
    };
    let (overdue, (mut held, mut found)) = learner.read(read.clone()).await?;
    if !overdue.is_empty() {
        for id in overdue {
            finish(&learner, &cache, id).await?;
        }
        (_, (held, found)) = learner.read(read).await?;
    }
    let next_cursor = cut_to_page(&mut found, limit, |(attempt, ..)| Cursor(attempt.id.0));
    let url = next_cursor.as_ref().map(|cursor| format!("/api/v1/attempts?{}", next_page(req.query_string(), cursor)));
    let items = found.into_iter().map(|(attempt, exam, slots)| {
        let attempt = if held.contains(&attempt.exam_id) { attempt.without_result() } else { attempt };
        AttemptSummary::new(&attempt, &exam, slots)
    });
    let items = items.collect();
    Ok(TaggedJson::of(&AttemptPage { items, next_cursor })?.with_next(url).answer(&req))
}

/// Get an attempt. Returns one of your attempts with its form, so that you can continue it.
#[utoipa::path(
    get, path = "/api/v1/attempts/{id}", tag = "attempts", operation_id = "get_attempt",
    security(("bearer" = [])),
    params(("id" = AttemptId, Path, description = "The attempt")),
    responses(
        (status = 200, description = "The attempt. It contains keys only for answered slots of an attempt with immediate feedback",
            body = AttemptWithFeedback),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "You have no such attempt"),
    )
)]
pub async fn get(
    learner: Learner,
    cache: web::Data<QuestionCache>,
    id: web::Path<AttemptId>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let now = learner.now();
    let read = move |conn: &mut _, cache: &QuestionCache, Settled { attempt, exam, other }: &Settled| {
        let domains = exams::queries::domains(conn, attempt.exam_id)?;
        let slots = queries::filled_slots(conn, cache, attempt.user_id, attempt.id)?;
        let (begun, clock) = (AttemptClock::of(attempt, attempt.started_at), AttemptClock::of(attempt, now));
        match attempt.feedback {
            Feedback::AtEnd => {
                TaggedJson::with_changing(&AttemptReply::new(attempt, exam, &domains, &slots), &begun, &clock)
            }
            Feedback::AtOnce => {
                let head = AttemptHead::new(attempt, exam, SlotCounts::of(&slots));
                let tries = queries::teaching::tries(conn, attempt.user_id, &[attempt.id])?;
                let withheld = match other {
                    Some(exam) => queries::practice::lines_of(conn, exam)?,
                    None => HashSet::new(),
                };
                let lines: Vec<QuestionId> = slots.iter().map(|filled| filled.question.line).collect();
                let due_days = reviews::queries::due_days(conn, attempt.user_id, &lines)?;
                let reply = AttemptWithFeedback::new(head, &domains, &slots, tries, &due_days, &withheld);
                TaggedJson::with_changing(&reply, &begun, &clock)
            }
        }
    };
    Ok(read_settled(&learner, cache, id.into_inner(), read).await?.answer(&req))
}

/// Update a slot. This replaces the whole slot: the response, the flags, the struck-out answers and the time. An absent
/// or empty `response` removes the response. With immediate feedback, the first response counts and stays: another one
/// is a try. To change only the other fields, send the first one again. A repeated request leaves the same state.
///
/// With `If-Match`, the server rejects the change if the slot has changed since, for example in another tab or by a
/// delayed request. The 412 response contains the current slot. If the slot already has the requested state, the
/// response is 200, so you can repeat a request whose response was lost.
#[utoipa::path(
    put, path = "/api/v1/attempts/{id}/slots/{position}", tag = "attempts", operation_id = "put_slot",
    security(("bearer" = [])),
    params(
        ("id" = AttemptId, Path, description = "The attempt"),
        ("position" = i32, Path, description = "The position of the slot in the form, from 1", minimum = 1),
        ("If-Match" = Option<String>, Header, description = "The revision of the slot, in quotes. If absent, the change applies to any revision"),
    ),
    request_body = SlotUpdate,
    responses(
        (status = 200, description = "The changed slot. With immediate feedback, it includes which response was right",
            body = SlotStateWithFeedback,
            headers(("ETag" = String, description = "The revision of the slot, in quotes"))),
        (status = 400, description = "The body is not well-formed JSON, or If-Match or a value in the path is malformed"),
        (status = 404, description = "You have no such attempt, or it has no such slot"),
        (status = 409, description = "The attempt was submitted or abandoned, or its time ran out. With immediate feedback: the request would remove a response, or the slot has 50 tries already, or the question is in your exam in progress, whose id is `attempt_id`"),
        (status = 412, description = "The slot has changed since the revision in If-Match. `revision` and `slot` contain its current state",
            headers(("ETag" = String, description = "The current revision of the slot, in quotes"))),
        (status = 422, description = "The response or a struck-out answer does not match the question, or a field is invalid"),
    )
)]
pub async fn put_slot(
    learner: Learner,
    cache: web::Data<QuestionCache>,
    path: web::Path<(AttemptId, i32)>,
    body: Body<SlotUpdate>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (now, (id, position), expected) = (learner.now(), path.into_inner(), IfRevision::of(&req)?);
    let respond = move |conn: &mut _, user: Identity| {
        sitting::respond(conn, &cache, user.user_id, id, position, &body.0, &expected, now)
    };
    let slot = learner.write(respond).await?;
    Ok(HttpResponse::Ok().insert_header((header::ETAG, revision_tag(slot.revision()))).json(slot))
}

/// Abandon an attempt. The attempt ends without a report or a result. Its questions count as served. Repeating the
/// request has no further effect.
#[utoipa::path(
    delete, path = "/api/v1/attempts/{id}", tag = "attempts", operation_id = "abandon_attempt",
    security(("bearer" = [])),
    params(("id" = AttemptId, Path, description = "The attempt")),
    responses(
        (status = 204, description = "Abandoned"),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "You have no such attempt"),
        (status = 409, description = "The attempt was submitted or its time ran out, so it has a result. Or its result is withheld while you have an exam in progress: `attempt_id` is the exam attempt"),
    )
)]
pub async fn abandon(
    learner: Learner,
    cache: web::Data<QuestionCache>,
    id: web::Path<AttemptId>,
) -> Result<HttpResponse, Error> {
    let (id, now) = (id.into_inner(), learner.now());
    match learner.write(move |conn, user| in_progress::abandon(conn, &cache, user.user_id, id, now)).await? {
        AttemptStatus::Submitted => Err(in_progress::submitted()),
        _ => Ok(HttpResponse::NoContent().finish()),
    }
}

/// Submit an attempt. The server grades the attempt and returns the report. Submitting again returns the same report,
/// except while you have another attempt of mode `exam` at the same exam in progress.
#[utoipa::path(
    post, path = "/api/v1/attempts/{id}/submit", tag = "attempts", operation_id = "submit_attempt",
    security(("bearer" = [])),
    params(("id" = AttemptId, Path, description = "The attempt")),
    responses(
        (status = 200, description = "The report", body = Report),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "You have no such attempt"),
        (status = 409, description = "The attempt was abandoned. Or you have another attempt of mode `exam` at this exam in progress (`attempt_id`), and this one was already submitted, or is a practice or review"),
    )
)]
pub async fn submit(
    learner: Learner,
    cache: web::Data<QuestionCache>,
    id: web::Path<AttemptId>,
) -> Result<web::Json<Report>, Error> {
    let (id, now) = (id.into_inner(), learner.now());
    let report = learner.write(move |conn, user| sitting::submit(conn, &cache, user.user_id, id, now)).await?;
    Ok(web::Json(report))
}

/// Get the report of an attempt. Returns the score, the result of each domain, and every slot with its key and
/// explanation. The report is withheld while you have another attempt of mode `exam` at the same exam in progress.
#[utoipa::path(
    get, path = "/api/v1/attempts/{id}/report", tag = "attempts", operation_id = "get_report",
    security(("bearer" = [])),
    params(("id" = AttemptId, Path, description = "The attempt")),
    responses(
        (status = 200, description = "The report", body = Report),
        (status = 400, description = "The id is not a UUID"),
        (status = 404, description = "You have no such attempt"),
        (status = 409, description = "The attempt is in progress or was abandoned, or another attempt of mode `exam` at the same exam is in progress. `attempt_id` is the attempt in progress"),
    )
)]
pub async fn report(
    learner: Learner,
    cache: web::Data<QuestionCache>,
    id: web::Path<AttemptId>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let read = |conn: &mut _, _: &QuestionCache, settled: &Settled| {
        TaggedJson::of(&sitting::report(conn, &settled.attempt, settled.other.as_ref())?)
    };
    Ok(read_settled(&learner, cache, id.into_inner(), read).await?.answer(&req))
}

/// An attempt to read. If its time has run out, it is graded already.
struct Settled {
    attempt: Attempt,
    /// The code of its exam.
    exam: String,
    /// Another attempt at the exam, in progress.
    other: Option<Attempt>,
}

/// Reads one of the learner's attempts, or returns 404. If the time of this attempt or of another attempt at the same
/// exam ran out without a submission, that attempt is graded first.
async fn read_settled(
    learner: &Learner,
    cache: web::Data<QuestionCache>,
    id: AttemptId,
    read: impl Fn(&mut DbConnection, &QuestionCache, &Settled) -> Result<TaggedJson, Error> + Clone + Send + 'static,
) -> Result<TaggedJson, Error> {
    let now = learner.now();
    let kept = cache.clone();
    let look = move |conn: &mut _, user: Identity| {
        let (attempt, exam) = queries::find(conn, user.user_id, id)?.ok_or(Error::NotFound("attempt"))?;
        // An exam attempt in progress is itself the one in progress: there is no other.
        let other = match attempt.status {
            AttemptStatus::InProgress if attempt.mode == Mode::Exam => None,
            _ => queries::in_progress(conn, user.user_id, attempt.exam_id)?,
        };
        let overdue =
            [Some(&attempt), other.as_ref()].into_iter().flatten().find(|one| one.is_overdue(now)).map(|one| one.id);
        // The result of a practice has to wait while an exam is in progress.
        let waits = attempt.mode != Mode::Exam && other.as_ref().is_some_and(|exam| !exam.is_overdue(now));
        match overdue.filter(|_| !waits) {
            Some(overdue) => Ok(Err(overdue)),
            None => {
                let attempt = if other.is_some() { attempt.without_result() } else { attempt };
                read(conn, &kept, &Settled { attempt, exam, other }).map(Ok)
            }
        }
    };
    // The time of both attempts may have run out.
    for _ in 0..3 {
        match learner.read_snapshot(look.clone()).await? {
            Ok(entity) => return Ok(entity),
            Err(overdue) => finish(learner, &cache, overdue).await?,
        }
    }
    Err(Error::Internal("an attempt that was graded is still in progress".into()))
}

/// Grades an attempt whose time ran out.
async fn finish(learner: &Learner, cache: &web::Data<QuestionCache>, id: AttemptId) -> Result<(), Error> {
    let (cache, now) = (cache.clone(), learner.now());
    let finish =
        move |conn: &mut _, user: Identity| sitting::finish(conn, &cache, user.user_id, id, Finish::IfOverdue, now);
    learner.write(finish).await.map(drop)
}
