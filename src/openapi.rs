//! The API's description, from the code, and a page to read and try it.

use std::sync::{Arc, LazyLock};

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Content, Ref, RefOr,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::{
    attempts,
    conditional::Entity,
    error::{Error, Problem},
    exams,
    extract::Cursor,
    health, metrics, questions,
};

/// The description of the API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tripos",
        description = "Practice for certification exams: blueprint-exact forms, a server's clock, graded reports.\n\n\
            Errors are problem documents (RFC 9457). Lists are pages: follow `Link: rel=\"next\"` or pass `next_cursor` \
            back as `cursor`. A GET with `If-None-Match` is answered 304 when nothing changed. Times are RFC 3339 in UTC.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    paths(
        health::health, health::live, health::ready, metrics::metrics, document, to_docs, docs,
        exams::handlers::list, exams::handlers::get,
        questions::handlers::list, questions::handlers::get,
        attempts::handlers::list, attempts::handlers::start, attempts::handlers::get, attempts::handlers::put_slot,
        attempts::handlers::submit, attempts::handlers::report,
    ),
    tags(
        (name = "exams", description = "What can be sat: blueprints of weighted domains"),
        (name = "attempts", description = "Sitting an exam"),
        (name = "questions", description = "The bank, for authors"),
        (name = "operations", description = "For those who run the service"),
    ),
    components(schemas(Cursor, Problem)),
    modifiers(&Bearer, &Problems),
)]
pub struct Api;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A token that `tripos user create` printed: `tripos_…`"))
            .build();
        api.components.get_or_insert_default().add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// Every error is a problem document: said here once, for all operations.
struct Problems;

impl Modify for Problems {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let problem = Content::new(Some(Ref::from_schema_name("Problem")));
        let operations = api.paths.paths.values_mut().flat_map(|item| {
            [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten()
        });
        for (status, response) in operations.flat_map(|operation| &mut operation.responses.responses) {
            if let (RefOr::T(response), '4' | '5') = (response, status.chars().next().unwrap_or_default()) {
                response.content.insert("application/problem+json".into(), RefOr::T(problem.clone()));
            }
        }
    }
}

/// This description.
#[utoipa::path(
    get, path = "/openapi.json", tag = "operations", operation_id = "openapi",
    responses(
        (status = 200, description = "OpenAPI 3.1", body = Object, headers(("ETag" = String))),
        (status = 304, description = "Unchanged since the ETag of If-None-Match"),
    )
)]
pub async fn document(req: HttpRequest) -> Result<HttpResponse, Error> {
    Ok(Entity::of(&Api::openapi())?.answer(&req))
}

/// The way to the page about the API.
#[utoipa::path(
    get, path = "/docs", tag = "operations", operation_id = "docs_redirect",
    responses((status = 308, description = "The page is at /docs/"))
)]
pub async fn to_docs() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/docs/")).finish()
}

static DOCS: LazyLock<Arc<utoipa_swagger_ui::Config<'static>>> =
    LazyLock::new(|| Arc::new(utoipa_swagger_ui::Config::from("/openapi.json").use_base_layout()));

/// The page about the API and its assets, all from this program.
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
    Ok(HttpResponse::Ok().content_type(found.content_type.as_str()).body(found.bytes.into_owned()))
}
