//! What authors ask of the bank.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    model::{QuestionId, QuestionPage, QuestionReply},
    queries,
};
use crate::{
    caller::Author,
    conditional::Entity,
    error::Error,
    exams::{self, model::ExamCode},
    extract::{Cursor, Page, cut_to_page},
};

/// Which questions are asked for.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct QuestionQuery {
    /// Those of one exam, by its code.
    exam: Option<ExamCode>,
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
        (status = 400, description = "The id is no UUID"),
        (status = 403, description = "Not an author"),
        (status = 404, description = "No such question"),
    )
)]
pub async fn get(author: Author, id: web::Path<QuestionId>, req: HttpRequest) -> Result<HttpResponse, Error> {
    let id = id.into_inner();
    let read = move |conn: &mut _, _| {
        let found = queries::find(conn, id)?.ok_or(Error::NotFound("question"))?;
        Entity::of(&QuestionReply::from(found))
    };
    Ok(author.read(read).await?.answer(&req))
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
        (status = 403, description = "Not an author"),
        (status = 404, description = "No such exam"),
    )
)]
pub async fn list(author: Author, query: web::Query<QuestionQuery>, req: HttpRequest) -> Result<HttpResponse, Error> {
    let query = query.into_inner();
    let page = Page { limit: query.limit.unwrap_or(50), cursor: query.cursor };
    let limit = page.limit()?;
    let read = move |conn: &mut _, _| {
        let exam_id = match &query.exam {
            Some(code) => Some(exams::queries::find_published(conn, code)?.ok_or(Error::NotFound("exam"))?.id),
            None => None,
        };
        let after = page.cursor.map(|cursor| QuestionId(cursor.0));
        let mut found = queries::page(conn, exam_id, after, limit + 1)?;
        let next_cursor = cut_to_page(&mut found, limit, |(question, _)| question.id.0);
        let url = next_cursor.as_ref().map(|cursor| {
            let exam = query.exam.as_ref().map(|code| format!("&exam={code}")).unwrap_or_default();
            format!("/api/v1/questions?limit={limit}{exam}&cursor={cursor}")
        });
        let items = found.into_iter().map(QuestionReply::from).collect();
        Ok(Entity::of(&QuestionPage { items, next_cursor })?.with_next(url))
    };
    Ok(author.read(read).await?.answer(&req))
}
