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
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Content, Ref, RefOr, Response,
        path::Operation,
        request_body::RequestBody,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use crate::{
    attempts,
    error::Error,
    exams, generation,
    http::{
        caller::SESSION_COOKIE,
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
    server::{health, metrics},
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
            tells how many requests are left. Times are RFC 3339 in UTC.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
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
        attempts::history::activity, attempts::history::export,
        sessions::sign_in, sessions::sign_out,
        me::sign_up, me::get, me::change, me::change_password, me::delete,
        tokens::list, tokens::create, tokens::get, tokens::revoke,
        admin::list, admin::get, admin::change,
    ),
    tags(
        (name = "exams", description = "What can be sat: blueprints of weighted domains"),
        (name = "attempts", description = "Sitting an exam"),
        (name = "questions", description = "The bank, for authors"),
        (name = "subjects", description = "What questions rest on, and what has become of it, for authors"),
        (name = "interchange", description = "Questions in the formats of this field, for authors"),
        (name = "generation", description = "Questions drafted by a language model, for authors"),
        (name = "users", description = "Accounts, sessions, tokens"),
        (name = "operations", description = "For those who run the service"),
    ),
    components(schemas(Cursor, ExportFormat, Format, ImportStatus, Problem, Sort, SortCursor)),
    modifiers(&Credentials, &General),
)]
pub struct Api;

struct Credentials;

impl Modify for Credentials {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A session's token or a program's: `tripos_…`"))
            .build();
        let cookie = ApiKeyValue::with_description(
            SESSION_COOKIE,
            "What signing in sets, for pages of this site and of the CORS allow-list",
        );
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
        for (_, operation) in operations(api) {
            if let Some(security) = &mut operation.security {
                security.push(SecurityRequirement::new("cookie", Vec::<String>::new()));
            }
        }
    }
}

/// What operations answer because of what they take, said here once for all of them.
struct General;

impl Modify for General {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let problem = Content::new(Some(Ref::from_schema_name("Problem")));
        for (method, operation) in operations(api) {
            let guarded = operation.security.is_some();
            let is_api = guarded || operation.tags.iter().flatten().all(|tag| tag != "operations");
            let takes_body = operation.request_body.is_some();
            let is_json = |body: &RefOr<RequestBody>| match body {
                RefOr::T(body) => body.content.contains_key("application/json"),
                RefOr::Ref(_) => true,
            };
            let takes_json = operation.request_body.as_ref().is_some_and(is_json);
            let general = [
                (is_api, "400", "The request cannot be understood"),
                (guarded, "401", "No valid token"),
                (guarded && method != "get", "403", "Sent with the cookie by a page of another site"),
                (takes_body, "408", "The body did not come in time"),
                (takes_body, "413", "The body is too large"),
                (takes_json, "415", "The body is not JSON"),
                (takes_body, "422", "A field is wrong"),
                (is_api, "429", "Too many requests: Retry-After tells when to come again"),
            ];
            let responses = &mut operation.responses.responses;
            for (_, status, description) in general.into_iter().filter(|(applies, ..)| *applies) {
                responses.entry(status.into()).or_insert_with(|| RefOr::T(Response::new(description)));
            }
            for (status, response) in responses {
                if let (RefOr::T(response), '4' | '5') = (response, status.chars().next().unwrap_or_default()) {
                    response.content.insert("application/problem+json".into(), RefOr::T(problem.clone()));
                }
            }
        }
    }
}

/// Every operation with its method.
fn operations(api: &mut utoipa::openapi::OpenApi) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    api.paths.paths.values_mut().flat_map(|item| {
        let of = [
            ("get", &mut item.get),
            ("post", &mut item.post),
            ("put", &mut item.put),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        of.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
    })
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
    Ok(TaggedJson::of(&*DOCUMENT)?.public().answer(&req))
}

static DOCUMENT: LazyLock<utoipa::openapi::OpenApi> = LazyLock::new(Api::openapi);

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
