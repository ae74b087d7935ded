//! The API's description, from the code, and a page to read and try it.

use std::{
    borrow::Cow,
    convert::Infallible,
    pin::Pin,
    sync::{Arc, LazyLock},
    task::{Context, Poll},
};

use actix_web::{
    HttpRequest, HttpResponse,
    body::{BodySize, MessageBody},
    http::header,
    web::{self, Bytes},
};
use utoipa::OpenApi;

use crate::{
    attempts,
    error::Error,
    exams, generation,
    http::{
        etag::TaggedJson,
        extract::{Cursor, SortCursor},
        problem::Problem,
    },
    interchange::{
        self,
        messages::{ExportFormat, ImportStatus},
        source::Format,
    },
    questions::{self, queries::Sort},
    server::{health, metrics, promises::Promises},
    subjects,
    users::{admin, me, sessions, tokens},
};

/// The description of the API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tripos",
        description = "Practice for certification exams: blueprint-exact forms, a server's clock, graded reports.\n\n\
            Errors are problem documents (RFC 9457). Lists are pages: follow `Link: rel=\"next\"` or pass `next_cursor` \
            back as `cursor`. A GET with `If-None-Match` is answered 304 when nothing changed; a change with `If-Match` is \
            answered 412 when something did. A POST that creates may carry an `Idempotency-Key`: sent again within a day, \
            it is answered as the first time (`Idempotent-Replayed: true`), and nothing is created twice. `RateLimit` \
            tells how many requests are left. Times are RFC 3339 in UTC, to the millisecond.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/", description = "This server")),
    paths(
        health::health, health::live, health::ready, metrics::metrics, document, to_docs, docs,
        exams::handlers::list, exams::handlers::create, exams::handlers::get, exams::handlers::replace,
        exams::handlers::change_status,
        questions::handlers::list, questions::handlers::create, questions::handlers::get, questions::handlers::replace,
        questions::handlers::change_status, questions::handlers::change_upkeep, questions::handlers::delete,
        questions::quality::history, questions::quality::similar,
        subjects::handlers::list, subjects::handlers::get, subjects::handlers::put,
        questions::quality::lint_one, questions::quality::lint_body, questions::quality::lint_exam,
        interchange::handlers::import, interchange::import::handlers::list, interchange::import::handlers::get,
        interchange::import::handlers::undo, interchange::handlers::export, interchange::handlers::export_report,
        generation::handlers::list, generation::handlers::create, generation::handlers::get,
        generation::handlers::cancel, generation::handlers::events,
        generation::statistics::handlers::statistics,
        attempts::handlers::list, attempts::handlers::start, attempts::handlers::get, attempts::handlers::put_slot,
        attempts::handlers::abandon, attempts::handlers::submit, attempts::handlers::report,
        sessions::sign_in, sessions::sign_out,
        me::sign_up, me::get, me::change, me::change_password, me::delete,
        tokens::list, tokens::create, tokens::get, tokens::revoke,
        admin::list, admin::get, admin::change,
    ),
    tags(
        (name = "exams", description = "Exams have a blueprint of weighted domains; learners sit those that are published."),
        (name = "attempts", description = "A learner begins an attempt, responds, submits it and reads the report."),
        (name = "questions", description = "Authors write, review and publish the questions of the bank."),
        (name = "subjects", description = "Authors keep what questions rest on, such as a service, and what has become of it."),
        (name = "interchange", description = "Authors import and export questions in the formats of other systems."),
        (name = "generation", description = "Authors have a language model draft questions."),
        (name = "users", description = "People sign up and in, and manage their accounts and tokens; admins manage users."),
        (name = "operations", description = "Those who run the service read its health and metrics; anyone reads this description."),
    ),
    components(schemas(Cursor, ExportFormat, Format, ImportStatus, Problem, Sort, SortCursor)),
    modifiers(&Promises),
)]
pub struct Api;

/// Get this description.
#[utoipa::path(
    get, path = "/openapi.json", tag = "operations", operation_id = "openapi",
    responses(
        (status = 200, description = "OpenAPI 3.1", body = Object, headers(("ETag" = String))),
    )
)]
pub async fn document(req: HttpRequest) -> Result<HttpResponse, Error> {
    Ok(TaggedJson::of(&*DOCUMENT)?.public().answer(&req))
}

static DOCUMENT: LazyLock<utoipa::openapi::OpenApi> = LazyLock::new(Api::openapi);

/// Redirect to the page about the API.
#[utoipa::path(
    get, path = "/docs", tag = "operations", operation_id = "docs_redirect",
    responses((status = 308, description = "The page is at /docs/"))
)]
pub async fn to_docs() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/docs/")).finish()
}

static DOCS: LazyLock<Arc<utoipa_swagger_ui::Config<'static>>> =
    LazyLock::new(|| Arc::new(utoipa_swagger_ui::Config::from("/openapi.json").use_base_layout()));

/// Get the page about the API and its assets, all from this program.
#[utoipa::path(
    get, path = "/docs/{file}", tag = "operations", operation_id = "docs",
    params(("file" = String, Path, description = "An asset of the page; empty for the page itself")),
    responses(
        (status = 200, description = "The file", content_type = "text/html", body = String),
        (status = 404, description = "No such file"),
    )
)]
pub async fn docs(file: web::Path<String>) -> Result<HttpResponse, Error> {
    let found = utoipa_swagger_ui::serve(&file, Arc::clone(&DOCS))
        .map_err(|error| Error::Internal(format!("docs: {error}")))?
        .ok_or(Error::NotFound("file"))?;
    let bytes = match found.bytes {
        Cow::Borrowed(built_in) => Bytes::from_static(built_in),
        Cow::Owned(bytes) => bytes.into(),
    };
    Ok(HttpResponse::Ok().content_type(found.content_type.as_str()).body(Pieces(bytes)))
}

/// A long body that is the same for all, handed over piece by piece: a client that does not read it holds one piece, not
/// a copy of the whole.
struct Pieces(Bytes);

impl MessageBody for Pieces {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0.len() as u64)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        const PIECE: usize = 16 * 1024;
        let length = self.0.len().min(PIECE);
        Poll::Ready((length > 0).then(|| Ok(self.0.split_to(length))))
    }
}
