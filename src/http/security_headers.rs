//! Header fields of every response for browsers and caches.

use actix_web::{
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderName, HeaderValue},
    middleware::Next,
};

use crate::http::client::Client;

/// For the API, which has no pages.
const NO_PAGE: &str = "default-src 'none'; frame-ancestors 'none'";
/// For the pages: their own files, and calls to this server. Nothing is inline.
const PAGES: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'none'; base-uri 'none'; frame-ancestors 'none'";
/// For the documentation: its own files, and calls to this server. The page has inline styles and icons.
const DOCS_PAGE: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// Adds the header fields that apply everywhere, unless an inner layer has set its own.
pub async fn protect(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let encrypted = Client::known(&req).is_some_and(|client| client.encrypted);
    let mut response = next.call(req).await?;
    add(&mut response, header::CONTENT_SECURITY_POLICY, NO_PAGE);
    add(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    add(&mut response, header::REFERRER_POLICY, "no-referrer");
    if encrypted {
        add(&mut response, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    Ok(response)
}

/// For the API: caches store nothing, except public responses that say so.
pub async fn no_store(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let mut response = next.call(req).await?;
    add(&mut response, header::CACHE_CONTROL, "no-store");
    Ok(response)
}

/// For the pages and their files.
pub async fn pages(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let mut response = next.call(req).await?;
    add(&mut response, header::CONTENT_SECURITY_POLICY, PAGES);
    Ok(response)
}

/// For the documentation, which is a page.
pub async fn docs_page(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let mut response = next.call(req).await?;
    add(&mut response, header::CONTENT_SECURITY_POLICY, DOCS_PAGE);
    Ok(response)
}

fn add<B>(response: &mut ServiceResponse<B>, name: HeaderName, value: &'static str) {
    if !response.headers().contains_key(&name) {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
}
