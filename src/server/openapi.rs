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
        description = "Tripos is a server for practicing certification exams. It assembles forms that follow an exam's \
            blueprint, keeps the time, grades responses and reports results.\n\n\
            **Terms:** the *bank* holds the questions of an exam. An attempt has a *form*: a list of *slots*, each with one \
            question. A question has *answers* to choose from, and a *key*, which is the correct response. A learner's \
            *response* to a question earns a *mark* from 0 to 1.\n\n\
            **Authentication:** sign in with `POST /api/v1/sessions`, and send the token as `Authorization: Bearer …`. Pages \
            can use the session cookie instead; with it, changes from pages of other origins get a 403.\n\n\
            **Errors** are problem documents (RFC 9457).\n\n\
            **Long lists** are paged: follow `Link: rel=\"next\"`, or pass `next_cursor` as `cursor`.\n\n\
            **Conditional requests:** a GET with `If-None-Match` returns 304 if nothing has changed. A change with `If-Match` \
            returns 412 if the resource has changed.\n\n\
            **Idempotency:** a POST that creates something accepts an `Idempotency-Key`. If it succeeded and is sent again with \
            the same key within a day, the server returns the first response with `Idempotent-Replayed: true`, and creates \
            nothing twice.\n\n\
            **Rate limits:** `RateLimit` contains the number of requests left.\n\n\
            **Times** are RFC 3339 in UTC, with milliseconds.",
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
        (name = "exams", description = "Exams and their blueprints. Learners begin attempts at published exams."),
        (name = "attempts", description = "Learners begin an attempt, respond to its questions, submit it and read the report."),
        (name = "readiness", description = "Learners see how likely they are to pass, and authors see how accurate these predictions were."),
        (name = "reviews", description = "Learners see which questions are due for review, and plan reviews until the day of an exam."),
        (name = "questions", description = "Authors write, review and publish the questions of the bank."),
        (name = "subjects", description = "Subjects are what questions depend on, such as a cloud service. Authors record whether one was renamed or has ended."),
        (name = "interchange", description = "Authors import and export questions in the file formats of other systems."),
        (name = "generation", description = "Authors request drafts of questions from a language model."),
        (name = "users", description = "Users sign up, sign in, and manage their accounts and tokens. Admins manage users."),
        (name = "operations", description = "Health, metrics and this description, for operators and monitors."),
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

/// The same description, to explain what is wrong with a request.
pub fn description() -> web::Data<Description> {
    static DESCRIPTION: LazyLock<Arc<Description>> =
        LazyLock::new(|| Arc::new(Description::new(serde_json::to_value(Api::openapi()).unwrap_or_default())));
    web::Data::from(Arc::clone(&DESCRIPTION))
}

/// Redirect to the API documentation.
#[utoipa::path(
    get, path = "/docs", tag = "operations", operation_id = "docs_redirect",
    responses((status = 308, description = "The documentation is at /docs/"))
)]
pub async fn to_docs() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "docs/")).finish()
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
