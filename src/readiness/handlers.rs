//! Operations on readiness: predictions for learners, their calibration for authors.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    messages::{Calibration, Readiness},
    queries,
    record::Record,
};
use crate::{
    auth::model::Identity,
    db::DbConnection,
    error::Error,
    exams::{
        self,
        model::{ExamCode, TaskId},
    },
    http::{
        caller::{Author, Learner},
        etag::TaggedJson,
        extract::Query,
    },
    users,
};

/// The exam to report on.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReadinessQuery {
    /// The code of the exam.
    exam: ExamCode,
}

/// Get your readiness for an exam. Returns the probability that you pass, how well you know each domain, and what to
/// practice next.
///
/// The numbers are computed from your graded responses to questions that you had not seen before. See docs/scoring.md
/// for the method and its accuracy.
#[utoipa::path(
    get, path = "/api/v1/me/readiness", tag = "readiness", operation_id = "get_readiness",
    security(("bearer" = [])),
    params(ReadinessQuery),
    responses(
        (status = 200, description = "Your readiness", body = Readiness),
        (status = 404, description = "No such exam"),
    )
)]
pub async fn readiness(
    learner: Learner,
    query: Query<ReadinessQuery>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (now, code) = (learner.now(), query.into_inner().exam);
    let read = move |conn: &mut DbConnection, user: Identity| {
        let blueprint = exams::queries::published_blueprint(conn, &code)?.ok_or(Error::NotFound("exam"))?;
        let tasks: Vec<TaskId> = blueprint.tasks.iter().map(|task| task.id).collect();
        let record = Record::read(conn, user.user_id, &blueprint.exam, &blueprint.domains, &tasks)?;
        let time_zone = users::queries::time_zone(conn, user.user_id)?;
        TaggedJson::of(&Readiness::new(&blueprint, &record, &time_zone, now))
    };
    Ok(learner.read(read).await?.answer(&req))
}

/// Get the calibration of predictions. The server stores a prediction when a learner begins an exam whose questions are
/// all unseen, with enough evidence. The response groups them by tenths of the scale, with the share that passed.
#[utoipa::path(
    get, path = "/api/v1/exams/{code}/calibration", tag = "readiness", operation_id = "exam_calibration",
    security(("bearer" = [])),
    params(("code" = ExamCode, Path, description = "The exam")),
    responses(
        (status = 200, description = "The calibration", body = Calibration),
        (status = 403, description = "Requires the author role"),
        (status = 404, description = "No such exam"),
    )
)]
pub async fn calibration(author: Author, code: web::Path<ExamCode>, req: HttpRequest) -> Result<HttpResponse, Error> {
    let read = move |conn: &mut DbConnection, _| {
        let exam = exams::queries::find(conn, &code)?.ok_or(Error::NotFound("exam"))?;
        let predictions = queries::predictions(conn, &exam)?;
        TaggedJson::of(&Calibration::new(exam.code, &predictions))
    };
    Ok(author.read(read).await?.answer(&req))
}
