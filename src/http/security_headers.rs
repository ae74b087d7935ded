//! What every answer tells browsers and caches.

use actix_web::{
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderName, HeaderValue},
    middleware::Next,
};

use crate::http::client::Client;

/// Of the API: nothing in it is a page.
const NO_PAGE: &str = "default-src 'none'; frame-ancestors 'none'";
/// Of the documentation: its own files, and calls to this server. The page sets styles and draws its icons inline.
const DOCS_PAGE: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// Adds the rules for browsers and caches, where a handler has not set its own.
pub async fn protect(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    // As the router reads it: `/%61pi/` is `/api/`.
    let path = req.match_info().as_str();
    let (is_docs, is_api) = (path.starts_with("/docs/"), path.starts_with("/api/"));
    let encrypted = Client::known(&req).is_some_and(|client| client.encrypted);
    let mut response = next.call(req).await?;
    let mut add = |name: HeaderName, value: &'static str| {
        if !response.headers().contains_key(&name) {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
    };
    add(header::CONTENT_SECURITY_POLICY, if is_docs { DOCS_PAGE } else { NO_PAGE });
    add(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    add(header::REFERRER_POLICY, "no-referrer");
    if is_api {
        // Only what is for all says otherwise.
        add(header::CACHE_CONTROL, "no-store");
    }
    if encrypted {
        add(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    Ok(response)
}
