//! The statistics of drafts, for authors.

use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Deserializer, de::Error as _};
use utoipa::IntoParams;

use super::{GenerationStatistics, assemble, queries};
use crate::{
    db::types::Timestamp,
    error::Error,
    exams::{self, model::ExamCode},
    http::{caller::Author, etag::TaggedJson, extract::Query},
};

/// The filters of the statistics.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StatisticsQuery {
    /// Filter by the code of the exam.
    exam: Option<ExamCode>,
    /// Count only drafts that were created at or after this time. A date means the beginning of that day in UTC.
    #[serde(default, deserialize_with = "time_or_date")]
    #[param(value_type = Option<String>, example = "2026-11-23")]
    since: Option<Timestamp>,
}

fn time_or_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let parse = |text: String| serde_json::from_value(text.into()).ok();
    let time = parse(text.clone()).or_else(|| parse(format!("{text}T00:00:00Z")));
    time.map(Some).ok_or_else(|| D::Error::custom("must be a date or a time, such as 2026-11-23T10:30:00Z"))
}

/// Get statistics of drafts. Counts the outcomes of drafted questions by model, template and task, and in total. Drafts
/// from the built-in script are not counted.
#[utoipa::path(
    get, path = "/api/v1/generation-jobs/statistics", tag = "generation", operation_id = "generation_statistics",
    security(("bearer" = [])),
    params(StatisticsQuery),
    responses(
        (status = 200, description = "The statistics", body = GenerationStatistics),
        (status = 403, description = "Requires the author role"),
        (status = 404, description = "No such exam"),
    )
)]
pub async fn statistics(
    author: Author,
    query: Query<StatisticsQuery>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let StatisticsQuery { exam, since } = query.into_inner();
    let read = move |conn: &mut _, _| {
        let exam_id = match &exam {
            Some(code) => Some(exams::queries::find(conn, code)?.ok_or(Error::NotFound("exam"))?.id),
            None => None,
        };
        TaggedJson::of(&assemble(&queries::counts(conn, exam_id, since)?))
    };
    Ok(author.read(read).await?.answer(&req))
}
