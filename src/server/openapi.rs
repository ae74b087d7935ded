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
    readiness, reviews,
    server::{docs, health, metrics, promises::Promises},
    subjects,
    users::{access, admin, me, sessions, tokens},
    web::handlers as pages,
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
        pages::document, pages::asset,
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
        reviews::handlers::reviews, reviews::handlers::get_plan, reviews::handlers::put_plan,
        reviews::handlers::delete_plan,
        attempts::history::activity, attempts::history::export,
        access::server, sessions::sign_in, sessions::sign_out,
        me::sign_up, me::get, me::change, me::change_password, me::delete,
        tokens::list, tokens::create, tokens::get, tokens::revoke,
        admin::list, admin::get, admin::change,
    ),
    tags(
        (name = "exams", description = "Exams have a blueprint of weighted domains; learners sit those that are published."),
        (name = "attempts", description = "A learner begins an attempt, responds, submits it and reads the report."),
        (name = "readiness", description = "Learners read how likely they pass, and authors how often that was right."),
        (name = "reviews", description = "Questions come back when they are due; a plan spreads reviews over the days until an exam."),
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

/// Redirect to the page about the API.
#[utoipa::path(
    get, path = "/docs", tag = "operations", operation_id = "docs_redirect",
    responses((status = 308, description = "The page is at /docs/"))
)]
pub async fn to_docs() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/docs/")).finish()
}

/// Get the page about the API and its assets, all from this program.
#[utoipa::path(
    get, path = "/docs/{file}", tag = "operations", operation_id = "docs",
    params(("file" = String, Path, description = "An asset of the page; empty for the page itself")),
    responses(
        (status = 200, description = "The file", content_type = "text/html", body = String, headers(("ETag" = String))),
        (status = 304, description = "Unchanged since the ETag of If-None-Match"),
        (status = 404, description = "No such file"),
    )
)]
pub async fn docs(file: web::Path<String>, req: HttpRequest) -> Result<HttpResponse, Error> {
    docs::answer(&file, &req).await
}
