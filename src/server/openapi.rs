//! The API's description, from the code, and a page to read and try it.

use std::sync::{Arc, LazyLock};

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use utoipa::OpenApi;

use crate::{
    attempts,
    error::Error,
    exams, generation,
    http::{
        asset::Asset,
        description::Description,
        extract::{Cursor, SortCursor},
        problem::Problem,
    },
    interchange::{
        self,
        messages::{ExportFormat, ImportStatus},
        source::Format,
    },
    questions::{self, queries::Sort},
    readiness,
    server::{docs, health, metrics, promises::Promises},
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
        health::health, health::live, health::ready, metrics::metrics, document, root, to_docs, docs,
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
        readiness::handlers::readiness, readiness::handlers::calibration,
        attempts::history::activity, attempts::history::export,
        sessions::sign_in, sessions::sign_out,
        me::sign_up, me::get, me::change, me::change_password, me::delete,
        tokens::list, tokens::create, tokens::get, tokens::revoke,
        admin::list, admin::get, admin::change,
    ),
    tags(
        (name = "exams", description = "Exams have a blueprint of weighted domains; learners sit those that are published."),
        (name = "attempts", description = "A learner begins an attempt, responds, submits it and reads the report."),
        (name = "readiness", description = "Learners read how likely they pass, and authors how often that was right."),
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
    DOCUMENT.answer(&req, "no-cache").await
}

static DOCUMENT: LazyLock<Asset> = LazyLock::new(|| {
    let json = serde_json::to_vec(&Api::openapi()).unwrap_or_default();
    Asset::new("application/json".into(), json.into())
});

/// The same, to explain what is wrong with a request.
pub fn description() -> web::Data<Description> {
    static DESCRIPTION: LazyLock<Arc<Description>> =
        LazyLock::new(|| Arc::new(Description::new(serde_json::to_value(Api::openapi()).unwrap_or_default())));
    web::Data::from(Arc::clone(&DESCRIPTION))
}

/// Redirect to the page about the API, as long as there is no other page.
#[utoipa::path(
    get, path = "/", tag = "operations", operation_id = "root",
    responses((status = 302, description = "The documentation is at /docs/"))
)]
pub async fn root() -> HttpResponse {
    HttpResponse::Found().insert_header((header::LOCATION, "/docs/")).finish()
}

/// Redirect to the API documentation.
#[utoipa::path(
    get, path = "/docs", tag = "operations", operation_id = "docs_redirect",
    responses((status = 308, description = "The documentation is at /docs/"))
)]
pub async fn to_docs() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/docs/")).finish()
}

/// Get the API documentation. Returns the page or one of its assets, all of which are part of this program.
#[utoipa::path(
    get, path = "/docs/{file}", tag = "operations", operation_id = "docs",
    params(("file" = String, Path, description = "The name of an asset. Empty for the page itself")),
    responses(
        (status = 200, description = "The file", content_type = "text/html", body = String, headers(("ETag" = String))),
        (status = 304, description = "Not modified since the ETag in If-None-Match"),
        (status = 404, description = "No such file"),
    )
)]
pub async fn docs(file: web::Path<String>, req: HttpRequest) -> Result<HttpResponse, Error> {
    docs::answer(&file, &req).await
}
