//! Operations on finished imports.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{PAUSE, queries, undo};
use crate::{
    auth,
    db::DbConnection,
    error::Error,
    exams::{self, model::ExamCode},
    http::{
        audit::{self, Event},
        caller::Author,
        client::Client,
        etag::TaggedJson,
        extract::{Cursor, Query, cut_to_page, next_page, page_limit},
    },
    interchange::messages::{ImportPage, ImportReply, UndoReport},
    questions::model::ImportId,
};

/// The filters of a list of imports.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportsQuery {
    /// Filter by the code of the exam.
    exam: Option<ExamCode>,
    /// The maximum number of items to return.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
    /// The position to continue from: `next_cursor` of the page before, with the same filters.
    cursor: Option<Cursor>,
}

/// List imports. Returns the imports of all authors that stored something, newest first.
#[utoipa::path(
    get, path = "/api/v1/imports", tag = "interchange", operation_id = "list_imports",
    security(("bearer" = [])),
    params(ImportsQuery),
    responses(
        (status = 200, description = "A page of the list", body = ImportPage),
        (status = 403, description = "Requires the author role"),
        (status = 404, description = "No such exam"),
    )
)]
pub async fn list(author: Author, query: Query<ImportsQuery>, req: HttpRequest) -> Result<HttpResponse, Error> {
    let (query, text) = (query.into_inner(), req.query_string().to_owned());
    let limit = page_limit(query.limit)?;
    let read = move |conn: &mut DbConnection, _| {
        let exam = match &query.exam {
            Some(code) => Some(exams::queries::find(conn, code)?.ok_or(Error::NotFound("exam"))?.id),
            None => None,
        };
        let before = query.cursor.map(|cursor| ImportId(cursor.0));
        let mut found = queries::page(conn, exam, before, limit + 1)?;
        let next_cursor = cut_to_page(&mut found, limit, |(import, _)| Cursor(import.id.0));
        let url = next_cursor.as_ref().map(|cursor| format!("/api/v1/imports?{}", next_page(&text, cursor)));
        let names = auth::queries::names(conn, found.iter().map(|(import, _)| import.user_id))?;
        let items = found.into_iter().map(|found| ImportReply::new(found, &names)).collect();
        Ok(TaggedJson::of(&ImportPage { items, next_cursor })?.with_next(url))
    };
    Ok(author.read(read).await?.answer(&req))
}

/// Get an import. Returns who imported the file, and how many of its questions were stored. `GET
/// /api/v1/questions?import=` lists the questions that it created.
#[utoipa::path(
    get, path = "/api/v1/imports/{id}", tag = "interchange", operation_id = "get_import",
    security(("bearer" = [])),
    params(("id" = ImportId, Path, description = "The import")),
    responses(
        (status = 200, description = "The import", body = ImportReply),
        (status = 403, description = "Requires the author role"),
        (status = 404, description = "No such import"),
    )
)]
pub async fn get(author: Author, id: web::Path<ImportId>, req: HttpRequest) -> Result<HttpResponse, Error> {
    let id = id.into_inner();
    let read = move |conn: &mut DbConnection, _| {
        let found = queries::find(conn, id)?.ok_or(Error::NotFound("import"))?;
        let names = auth::queries::names(conn, [found.0.user_id])?;
        TaggedJson::of(&ImportReply::new(found, &names))
    };
    Ok(author.read(read).await?.answer(&req))
}

/// Undo an import. This deletes the questions that the import created, unless somebody changed them since.
///
/// A question stays if it was edited, if its status was changed, if it has a newer revision, or if learners may have
/// seen it. A question that the import changed but did not create stays as the import left it. The response lists these
/// questions with the reason. Later imports of the same author do not count as edits. Questions are deleted in several
/// transactions. After an error, send the request again to delete the rest.
#[utoipa::path(
    delete, path = "/api/v1/imports/{id}/questions", tag = "interchange", operation_id = "delete_imported_questions",
    security(("bearer" = [])),
    params(("id" = ImportId, Path, description = "The import")),
    responses(
        (status = 200, description = "The number of deleted questions, and the questions that stay", body = UndoReport),
        (status = 403, description = "Only the user who imported the questions or an admin can delete them"),
        (status = 404, description = "No such import"),
    )
)]
pub async fn undo(author: Author, client: Client, id: web::Path<ImportId>) -> Result<HttpResponse, Error> {
    // The undo continues even if the client disconnects.
    let done = actix_web::rt::spawn(undone(author, client, id.into_inner())).await;
    Ok(HttpResponse::Ok().json(done.map_err(|_| Error::Internal("undoing an import panicked".into()))??))
}

async fn undone(author: Author, client: Client, id: ImportId) -> Result<UndoReport, Error> {
    let (mut report, mut after) = (UndoReport::default(), None);
    loop {
        let delete = move |conn: &mut DbConnection, user| {
            let batch = undo::run(conn, user, id, after)?;
            Ok((user.user_id, batch))
        };
        let (actor, batch) = author.write(delete).await?;
        if batch.deleted > 0 {
            audit::log(Event::ImportUndone(id.0, batch.deleted), batch.importer, Some(actor), &client);
        }
        report.deleted += batch.deleted;
        report.kept.extend(batch.kept);
        let Some(last) = batch.last else { return Ok(report) };
        after = Some(last);
        tokio::time::sleep(PAUSE).await;
    }
}
