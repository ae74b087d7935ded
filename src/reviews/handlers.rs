//! Operations on reviews and plans.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    history,
    messages::{PlanReply, PutPlan, Reviews},
    outlook::Outlook,
    queries,
    schedule::Schedule,
};
use crate::{
    auth::model::{Identity, UserId},
    db::{DbConnection, types::Timestamp},
    error::Error,
    exams::{
        self,
        model::{Domain, Exam, ExamCode, ExamId},
    },
    http::{
        caller::Learner,
        etag::{TaggedJson, optional_if_match},
        extract::{Body, Query},
    },
    users,
};

/// The exam to report on.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReviewsQuery {
    /// The code of the exam.
    exam: ExamCode,
}

/// Get your reviews for an exam. Returns the questions that are due, and a forecast, in the time zone of your account.
///
/// Each question that you answered comes back on a day that FSRS computes from your responses, or that your plan for
/// the exam sets. To answer the due questions, begin an attempt with the mode `review`. Questions of your exam in
/// progress are left out.
#[utoipa::path(
    get, path = "/api/v1/me/reviews", tag = "reviews", operation_id = "get_reviews",
    security(("bearer" = [])),
    params(ReviewsQuery),
    responses(
        (status = 200, description = "The reviews", body = Reviews),
        (status = 404, description = "No such exam"),
    )
)]
pub async fn reviews(learner: Learner, query: Query<ReviewsQuery>, req: HttpRequest) -> Result<HttpResponse, Error> {
    let (now, code) = (learner.now(), query.into_inner().exam);
    let read = move |conn: &mut DbConnection, user_id| {
        let blueprint = exams::queries::published_blueprint(conn, &code)?.ok_or(Error::NotFound("exam"))?;
        let outlook = Outlook::read(conn, user_id, blueprint.exam.id, &blueprint.domains, now)?;
        TaggedJson::of(&Reviews::new(&blueprint, &outlook))
    };
    Ok(with_cards(&learner, now, read).await?.answer(&req))
}

/// Set your plan for an exam. Creates the plan or replaces it.
///
/// A question gets a review before the exam only if your probability of recalling its answer on that day would be below
/// `exam_day_retention`. The review is due on the last day on which one review is enough, or earlier if FSRS says so.
/// These reviews and the questions that you have not answered yet share the days, with at most `reviews_per_day` on
/// each. A question that does not fit on its day moves to an earlier or later day. Questions that do not fit before the
/// exam are left out, starting with those that would raise your recall least. See docs/scoring.md.
#[utoipa::path(
    put, path = "/api/v1/me/plans/{exam}", tag = "reviews", operation_id = "put_plan",
    security(("bearer" = [])),
    params(("exam" = ExamCode, Path, description = "The exam")),
    request_body = PutPlan,
    responses(
        (status = 200, description = "The plan and the work that it requires", body = PlanReply),
        (status = 404, description = "No such exam"),
        (status = 412, description = "The plan has changed, or there is none"),
    )
)]
pub async fn put_plan(
    learner: Learner,
    code: web::Path<ExamCode>,
    body: Body<PutPlan>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (now, code, body, expected) = (learner.now(), code.into_inner(), body.0, optional_if_match(&req)?);
    let write = move |conn: &mut DbConnection, user: Identity| {
        let (exam, domains) = find(conn, &code)?;
        let schedule = lock(conn, user.user_id, &exam)?;
        if expected.is_given() {
            schedule.plan.ok_or(Error::PreconditionFailed)?;
            expected.check(&reply(conn, user.user_id, &exam, &domains, now)?)?;
        }
        let plan = body.checked(schedule.time_zone.day_of(now))?;
        history::make_cards(conn, user.user_id, now)?;
        queries::put_plan(conn, user.user_id, exam.id, &plan, now)?;
        reschedule(conn, user.user_id, exam.id, now)?;
        TaggedJson::of(&reply(conn, user.user_id, &exam, &domains, now)?)
    };
    Ok(learner.write(write).await?.answer(&req))
}

/// Get your plan for an exam. Returns the plan and the work that it requires.
#[utoipa::path(
    get, path = "/api/v1/me/plans/{exam}", tag = "reviews", operation_id = "get_plan",
    security(("bearer" = [])),
    params(("exam" = ExamCode, Path, description = "The exam")),
    responses(
        (status = 200, description = "The plan and the work that it requires", body = PlanReply),
        (status = 404, description = "No such exam, or you have no plan for it"),
    )
)]
pub async fn get_plan(learner: Learner, code: web::Path<ExamCode>, req: HttpRequest) -> Result<HttpResponse, Error> {
    let (now, code) = (learner.now(), code.into_inner());
    let read = move |conn: &mut DbConnection, user_id| {
        let (exam, domains) = find(conn, &code)?;
        TaggedJson::of(&reply(conn, user_id, &exam, &domains, now)?)
    };
    Ok(with_cards(&learner, now, read).await?.answer(&req))
}

/// Delete your plan for an exam. Questions then come back on the days that FSRS computes.
#[utoipa::path(
    delete, path = "/api/v1/me/plans/{exam}", tag = "reviews", operation_id = "delete_plan",
    security(("bearer" = [])),
    params(("exam" = ExamCode, Path, description = "The exam")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 404, description = "No such exam, or you have no plan for it"),
        (status = 412, description = "The plan has changed"),
    )
)]
pub async fn delete_plan(learner: Learner, code: web::Path<ExamCode>, req: HttpRequest) -> Result<HttpResponse, Error> {
    let (now, code, expected) = (learner.now(), code.into_inner(), optional_if_match(&req)?);
    let write = move |conn: &mut DbConnection, user: Identity| {
        let (exam, domains) = find(conn, &code)?;
        lock(conn, user.user_id, &exam)?;
        if expected.is_given() {
            expected.check(&reply(conn, user.user_id, &exam, &domains, now)?)?;
        }
        if queries::delete_plan(conn, user.user_id, exam.id)? == 0 {
            return Err(Error::NotFound("plan"));
        }
        reschedule(conn, user.user_id, exam.id, now)
    };
    learner.write(write).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A published exam with its domains, or 404.
fn find(conn: &mut DbConnection, code: &str) -> Result<(Exam, Vec<Domain>), Error> {
    exams::queries::find_published(conn, code)?.ok_or(Error::NotFound("exam"))
}

/// The learner's plan for an exam, or 404.
fn reply(
    conn: &mut DbConnection,
    user_id: UserId,
    exam: &Exam,
    domains: &[Domain],
    now: Timestamp,
) -> Result<PlanReply, Error> {
    let outlook = Outlook::read(conn, user_id, exam.id, domains, now)?;
    let plan = outlook.schedule.plan.ok_or(Error::NotFound("plan"))?;
    let seconds = queries::median_seconds(conn, user_id)?;
    Ok(PlanReply::new(exam, &plan, &outlook, seconds))
}

/// The learner's calendar and plan for an exam, locked until the end of this transaction. Meanwhile, no response is marked
/// and no attempt begins, so every card is either rescheduled here or computed from the new plan.
fn lock(conn: &mut DbConnection, user_id: UserId, exam: &Exam) -> Result<Schedule, Error> {
    users::queries::lock(conn, user_id)?.ok_or(Error::NotFound("account"))?;
    let locked = queries::lock_attempts(conn, user_id, exam.id)?;
    users::queries::lock_with_references(conn, user_id)?;
    // An attempt that began between these locks is not waited for: its response may be waiting for the second one.
    if queries::count_attempts(conn, user_id, exam.id)? > locked {
        return Err(Error::Contended);
    }
    Ok(queries::schedule(conn, user_id, exam.id)?)
}

/// Recomputes when each question of an exam is due.
fn reschedule(conn: &mut DbConnection, user_id: UserId, exam_id: ExamId, now: Timestamp) -> Result<(), Error> {
    let schedule = queries::schedule(conn, user_id, exam_id)?;
    let today = schedule.time_zone.day_of(now);
    let mut cards = queries::lock_cards(conn, user_id, exam_id)?;
    for card in &mut cards {
        if let Some((memory, at)) = card.memory().zip(card.answered_at) {
            card.set_card(memory, schedule.due(memory, at, today));
        }
    }
    Ok(queries::put_records(conn, user_id, &cards, now)?)
}

/// Reads after all of the learner's responses have cards. Responses from before cards existed get them first.
async fn with_cards(
    learner: &Learner,
    now: Timestamp,
    read: impl Fn(&mut DbConnection, UserId) -> Result<TaggedJson, Error> + Clone + Send + 'static,
) -> Result<TaggedJson, Error> {
    let look = {
        let read = read.clone();
        move |conn: &mut DbConnection, user: Identity| match queries::lacks_cards(conn, user.user_id)? {
            true => Ok(None),
            false => read(conn, user.user_id).map(Some),
        }
    };
    if let Some(found) = learner.read(look).await? {
        return Ok(found);
    }
    let make = move |conn: &mut DbConnection, user: Identity| {
        history::make_cards(conn, user.user_id, now)?;
        read(conn, user.user_id)
    };
    learner.write(make).await
}
