//! What authors ask of the bank.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    model::{QuestionId, QuestionPage, QuestionReply},
    queries,
};
use crate::{
    app::App,
    conditional,
    error::{Error, Problem},
    exams,
    extract::{Author, Cursor, Page},
};

/// Which questions are asked for.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct QuestionQuery {
    /// Those of one exam, by its code.
    #[param(example = "clf-c02")]
    exam: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
    /// Where the page begins: `next_cursor` of the page before.
    cursor: Option<Cursor>,
}

/// One question with its key, rationales and references.
#[utoipa::path(
    get, path = "/api/v1/questions/{id}", tag = "questions", operation_id = "get_question",
    security(("bearer" = [])),
    params(("id" = QuestionId, Path, description = "The question")),
    responses(
        (status = 200, description = "The question", body = QuestionReply, headers(("ETag" = String))),
        (status = 304, description = "Unchanged since the ETag of If-None-Match"),
        (status = 400, description = "The id is no UUID", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an author", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such question", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn get(
    _: Author,
    app: web::Data<App>,
    id: web::Path<QuestionId>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let id = id.into_inner();
    let found = app.db.read(move |conn| Ok(queries::find(conn, id)?)).await?;
    conditional::json(&req, &QuestionReply::from(found.ok_or(Error::NotFound("question"))?))
}

/// The questions of the bank, oldest first, a page at a time.
#[utoipa::path(
    get, path = "/api/v1/questions", tag = "questions", operation_id = "list_questions",
    security(("bearer" = [])),
    params(QuestionQuery),
    responses(
        (status = 200, description = "A page", body = QuestionPage, headers(
            ("ETag" = String), ("Link" = String, description = "The next page, as rel=\"next\""),
        )),
        (status = 304, description = "Unchanged since the ETag of If-None-Match"),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Not an author", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such exam", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn list(
    _: Author,
    app: web::Data<App>,
    query: web::Query<QuestionQuery>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let query = query.into_inner();
    let page = Page { limit: query.limit.unwrap_or(50), cursor: query.cursor };
    let limit = page.limit()?;
    let exam = query.exam.clone();
    let mut found = app
        .db
        .read(move |conn| {
            let exam_id = match &exam {
                Some(code) => Some(exams::queries::find_published(conn, code)?.ok_or(Error::NotFound("exam"))?.id),
                None => None,
            };
            let after = page.cursor.map(|cursor| QuestionId(cursor.0));
            // One more than asked for tells whether there is a next page.
            Ok(queries::page(conn, exam_id, after, limit + 1)?)
        })
        .await?;
    let more = found.len() as i64 > limit;
    found.truncate(limit as usize);
    let next_cursor = found.last().filter(|_| more).map(|(question, _)| Cursor(question.id.0).to_string());
    let link = next_cursor.as_ref().map(|cursor| {
        let exam = query.exam.map(|code| format!("&exam={code}")).unwrap_or_default();
        format!("</api/v1/questions?limit={limit}{exam}&cursor={cursor}>; rel=\"next\"")
    });
    let items = found.into_iter().map(QuestionReply::from).collect();
    let mut response = conditional::json(&req, &QuestionPage { items, next_cursor })?;
    if let Some(link) = link.and_then(|link| header::HeaderValue::try_from(link).ok()) {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}
