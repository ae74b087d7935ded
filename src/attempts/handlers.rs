//! What learners do with attempts.

use std::collections::HashSet;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    feedback::{ToldAttempt, ToldSlotState},
    messages::{AttemptClock, AttemptHead, AttemptPage, AttemptReply, AttemptSummary, SlotUpdate, StartAttempt},
    model::{Attempt, AttemptId, AttemptStatus, Feedback, Mode, SlotCounts},
    queries::{self, Filter},
    report::Report,
    sitting::{self, Finish},
    start, under_way,
};
use crate::{
    auth::model::Identity,
    db::DbConnection,
    error::Error,
    exams::{self, model::ExamCode},
    http::{
        caller::Learner,
        etag::{IfRevision, TaggedJson, revision_tag},
        extract::{Body, Cursor, Query, cut_to_page, next_page, page_limit},
        idempotency::{Created, IdempotentJson},
    },
    questions::cache::QuestionCache,
};

/// Begin an attempt.
///
/// The form of an exam is assembled exactly to the blueprint, and its clock starts. You can have one attempt at an exam under
/// way. A practice has questions of your choice, as many as there are, and any number may be under way; what stands in your
/// exam under way is in none of them.
#[utoipa::path(
    post, path = "/api/v1/attempts", tag = "attempts", operation_id = "start_attempt",
    security(("bearer" = [])),
    request_body = StartAttempt,
    responses(
        (status = 201, description = "The attempt with its form; no key is in it", body = AttemptReply,
            headers(("ETag" = String, description = "That of a GET"))),
        (status = 429, description = "Too many requests, or you began too many attempts in the last 24 hours and responded to none of their questions"),
        (status = 409, description = "You have an attempt at this exam under way, which `attempt_id` names; or the bank has too few questions, or none that fits a practice, and `detail` says what to change; or the first request with this Idempotency-Key is under way"),
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

/// Which of your attempts are asked for.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AttemptQuery {
    /// Those at one exam, by its code.
    exam: Option<ExamCode>,
    /// Those in this status.
    status: Option<AttemptStatus>,
    /// Those of this kind.
    mode: Option<Mode>,
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
    /// Where the page begins: `next_cursor` of the page before, with the same filters.
    cursor: Option<Cursor>,
}

/// List your attempts, newest first.
#[utoipa::path(
    get, path = "/api/v1/attempts", tag = "attempts", operation_id = "list_attempts",
    security(("bearer" = [])),
    params(AttemptQuery),
    responses(
        (status = 200, description = "A page", body = AttemptPage),
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
            Some(code) => Some(exams::queries::find(conn, code)?.ok_or(Error::NotFound("exam"))?.id),
            None => None,
        };
        let filter = Filter { exam_id, status: query.status, mode: query.mode };
        let before = query.cursor.map(|cursor| AttemptId(cursor.0));
        let overdue = queries::overdue(conn, user.user_id, now)?;
        Ok((overdue, queries::page(conn, user.user_id, filter, before, limit + 1)?))
    };
    let (overdue, mut found) = learner.read(read.clone()).await?;
    if !overdue.is_empty() {
        for id in overdue {
            finish(&learner, &cache, id).await?;
        }
        (_, found) = learner.read(read).await?;
    }
    let next_cursor = cut_to_page(&mut found, limit, |(attempt, ..)| Cursor(attempt.id.0));
    let url = next_cursor.as_ref().map(|cursor| format!("/api/v1/attempts?{}", next_page(req.query_string(), cursor)));
    let items = found.iter().map(|(attempt, exam, slots)| AttemptSummary::new(attempt, exam, *slots)).collect();
    Ok(TaggedJson::of(&AttemptPage { items, next_cursor })?.with_next(url).answer(&req))
}

/// Get one of your attempts with its form, to go on where you were.
#[utoipa::path(
    get, path = "/api/v1/attempts/{id}", tag = "attempts", operation_id = "get_attempt",
    security(("bearer" = [])),
    params(("id" = AttemptId, Path, description = "The attempt")),
    responses(
        (status = 200, description = "The attempt; no key is in it but of responses in a practice with immediate feedback",
            body = ToldAttempt),
        (status = 400, description = "The id is no UUID"),
        (status = 404, description = "No such attempt of yours"),
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
                let told = ToldAttempt::new(head, &domains, &slots, tries, &withheld);
                TaggedJson::with_changing(&told, &begun, &clock)
            }
        }
    };
    Ok(read_settled(&learner, cache, id.into_inner(), read).await?.answer(&req))
}

/// Put a response into a slot, in place of what was there. Doing it twice does no harm.
///
/// With `If-Match`, a slot that was changed meanwhile, by another tab or by a request that was late, is left alone: the 412
/// has the slot as it is. If it says already what it is to say, the answer is 200, so a request can be sent again when its
/// answer was lost.
#[utoipa::path(
    put, path = "/api/v1/attempts/{id}/slots/{position}", tag = "attempts", operation_id = "put_slot",
    security(("bearer" = [])),
    params(
        ("id" = AttemptId, Path, description = "The attempt"),
        ("position" = i32, Path, description = "The slot's place in the form", minimum = 1),
        ("If-Match" = Option<String>, Header, description = "The revision of the slot that is changed, in quotes: whichever, if absent"),
    ),
    request_body = SlotUpdate,
    responses(
        (status = 200, description = "The slot as it is now; in a practice with immediate feedback, with what was right",
            body = ToldSlotState,
            headers(("ETag" = String, description = "Its revision, in quotes"))),
        (status = 400, description = "Not JSON, or a path value is wrong"),
        (status = 404, description = "No such slot of yours"),
        (status = 409, description = "Submitted, abandoned, or out of time; in a practice with immediate feedback, the response \
            would be taken back, or the question stands in an exam of yours under way, which `attempt_id` names"),
        (status = 412, description = "It was changed since the revision of If-Match: `revision` and `slot` say how it is now",
            headers(("ETag" = String, description = "Its revision now, in quotes"))),
        (status = 422, description = "The response does not fit the question"),
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

/// Abandon an attempt. It ends without a report and counts as no result. Its questions count as served. Doing it twice
/// does no harm.
#[utoipa::path(
    delete, path = "/api/v1/attempts/{id}", tag = "attempts", operation_id = "abandon_attempt",
    security(("bearer" = [])),
    params(("id" = AttemptId, Path, description = "The attempt")),
    responses(
        (status = 204, description = "It is abandoned"),
        (status = 400, description = "The id is no UUID"),
        (status = 404, description = "No such attempt of yours"),
        (status = 409, description = "It was submitted, or its time ran out: the result stands"),
    )
)]
pub async fn abandon(
    learner: Learner,
    cache: web::Data<QuestionCache>,
    id: web::Path<AttemptId>,
) -> Result<HttpResponse, Error> {
    let (id, now) = (id.into_inner(), learner.now());
    match learner.write(move |conn, user| under_way::abandon(conn, &cache, user.user_id, id, now)).await? {
        AttemptStatus::Submitted => Err(under_way::submitted()),
        _ => Ok(HttpResponse::NoContent().finish()),
    }
}

/// Submit an attempt. Submitting again gives the same report.
#[utoipa::path(
    post, path = "/api/v1/attempts/{id}/submit", tag = "attempts", operation_id = "submit_attempt",
    security(("bearer" = [])),
    params(("id" = AttemptId, Path, description = "The attempt")),
    responses(
        (status = 200, description = "The report", body = Report),
        (status = 400, description = "The id is no UUID"),
        (status = 404, description = "No such attempt of yours"),
        (status = 409, description = "It was abandoned; or it was submitted before, and you have another attempt at this exam under way, which `attempt_id` names"),
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

/// Get the report of a submitted attempt. It has score, domains, and every slot with its key and why. While you have
/// another attempt at the same exam under way, it is not given out.
#[utoipa::path(
    get, path = "/api/v1/attempts/{id}/report", tag = "attempts", operation_id = "get_report",
    security(("bearer" = [])),
    params(("id" = AttemptId, Path, description = "The attempt")),
    responses(
        (status = 200, description = "The report", body = Report),
        (status = 400, description = "The id is no UUID"),
        (status = 404, description = "No such attempt of yours"),
        (status = 409, description = "This attempt or another one at the same exam is under way: `attempt_id` names it; or the attempt was abandoned"),
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

/// An attempt to read, whose time has not run out unnoticed.
struct Settled {
    attempt: Attempt,
    /// The code of its exam.
    exam: String,
    /// Another attempt at the exam, which is under way.
    other: Option<Attempt>,
}

/// Reads of one of the learner's attempts, or 404. If its time or that of another attempt at the same exam ran out
/// unnoticed, that one is graded first.
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
        // An exam that goes on is the one under way.
        let other = match attempt.status {
            AttemptStatus::InProgress if attempt.mode == Mode::Exam => None,
            _ => queries::under_way(conn, user.user_id, attempt.exam_id)?,
        };
        let both = || [Some(&attempt), other.as_ref()].into_iter().flatten();
        let overdue = both().find(|attempt| attempt.is_overdue(now)).map(|overdue| overdue.id);
        match overdue {
            Some(overdue) => Ok(Err(overdue)),
            None => read(conn, &kept, &Settled { attempt, exam, other }).map(Ok),
        }
    };
    // Each of the two may have run out.
    for _ in 0..3 {
        match learner.read_snapshot(look.clone()).await? {
            Ok(entity) => return Ok(entity),
            Err(overdue) => finish(learner, &cache, overdue).await?,
        }
    }
    Err(Error::Internal("an attempt that was graded is still under way".into()))
}

/// Grades an attempt whose time ran out.
async fn finish(learner: &Learner, cache: &web::Data<QuestionCache>, id: AttemptId) -> Result<(), Error> {
    let (cache, now) = (cache.clone(), learner.now());
    let finish =
        move |conn: &mut _, user: Identity| sitting::finish(conn, &cache, user.user_id, id, Finish::IfOverdue, now);
    learner.write(finish).await.map(drop)
}
