//! Middleware around every request: its id, access log, metrics, problem documents, compression.

use std::time::Instant;

use actix_web::{
    HttpMessage, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use uuid::Uuid;

use super::{
    access_log::AccessLine,
    client::Client,
    compression::{Coding, compress},
    extract::Sent,
    methods,
    state::State,
    url,
};
use crate::error::Error;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The maximum total size of the header fields of a request, in bytes.
pub const HEADER_LIMIT: usize = 16 * 1024;

/// Wraps every request. Uses the id from `X-Request-Id` or creates one, returns it, logs one line, counts, turns every
/// error into a problem document, and sends the response as the request requires: compressed, or without its
/// body.
pub async fn observe(
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let app = req.app_data::<web::Data<State>>().cloned();
    let id = request_id(&req);
    let (method, coding) = (methods::take(&mut req), Coding::preferred(req.headers()));
    let trusted = app.as_ref().map_or(&[][..], |app| &app.http.trusted_proxies);
    req.extensions_mut().insert(Client::of(req.peer_addr(), req.headers(), trusted, id.clone()));
    if let Some(app) = &app {
        app.metrics.request_started();
    }
    let response = match check(&req) {
        Err(error) => req.error_response(error),
        // Handlers and extractors return responses; an error here comes from Actix, before any of them ran.
        Ok(()) => next.call(req).await?.map_into_boxed_body(),
    };
    let response = as_problem(methods::complete(&method, response), &id);
    let mut response = compress(response, coding).await;
    if method == Method::HEAD {
        response = methods::without_body(response);
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let status = response.status();
    let request = response.request();
    let took = started.elapsed();
    let line = AccessLine::of(&method, request, status, took);
    if let Some(app) = app {
        let route = request.match_pattern();
        let route = route.as_deref().unwrap_or("unmatched");
        app.metrics.request_ended(known_method(&method), route, status.as_str(), took);
    }
    Ok(response.map_body(|_, body| line.written_with(body)))
}

/// Checks the head of a request, for all operations.
fn check(req: &ServiceRequest) -> Result<(), Error> {
    if header_bytes(req) > HEADER_LIMIT {
        return Err(Error::HeadersTooLarge(HEADER_LIMIT));
    }
    url::check(req)?;
    if req.method().is_safe() {
        return Ok(());
    }
    // Even if no body is expected, because its content is unknown.
    Sent::of(req.headers()).map(drop)
}

/// Clients choose methods, but the number of labels must stay small.
fn known_method(method: &Method) -> &str {
    match method.as_str() {
        method @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => method,
        _ => "other",
    }
}

/// The id that the client sent, if it is short and plain, so that it can be logged unchanged.
fn request_id(req: &ServiceRequest) -> String {
    let sent = req.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let plain = |id: &&str| {
        (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    sent.filter(plain).map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

fn header_bytes(req: &ServiceRequest) -> usize {
    req.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum()
}

/// Gives every error a body as in RFC 9457: our errors by their kind, those of Actix by their status.
fn as_problem(response: ServiceResponse<BoxBody>, id: &str) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error()
        || response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/problem+json")
    {
        return response;
    }
    let path = response.request().path().to_owned();
    let problem = match response.response().error().and_then(|error| error.as_error::<Error>()) {
        Some(error) => error.respond(&path, id),
        None => by_status(status, &response).respond(&path, id),
    };
    let mut problem: HttpResponse = problem;
    // Header fields that were added to the response stay: Allow, rate limits, rules for browsers.
    for (name, value) in response.headers() {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH && !problem.headers().contains_key(name) {
            problem.headers_mut().append(name.clone(), value.clone());
        }
    }
    response.into_response(problem)
}

fn by_status(status: StatusCode, response: &ServiceResponse<BoxBody>) -> Error {
    match status {
        StatusCode::NOT_FOUND => Error::NotFound("URL"),
        StatusCode::METHOD_NOT_ALLOWED => Error::MethodNotAllowed,
        status if status.is_client_error() => match response.response().error() {
            Some(error) => Error::BadRequest(error.to_string()),
            None => Error::BadRequest("the request was rejected".into()),
        },
        status => Error::Internal(format!("status {status} without a reason")),
    }
}
