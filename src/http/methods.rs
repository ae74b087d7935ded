//! HEAD, OPTIONS and Allow, for every URL (RFC 9110, section 9.3).

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderValue},
    },
    web::Bytes,
};

/// Turns a HEAD into a GET for routing. Returns the original method.
pub fn take(req: &mut ServiceRequest) -> Method {
    let sent = req.method().clone();
    if sent == Method::HEAD {
        req.head_mut().method = Method::GET;
    }
    sent
}

/// Completes the `Allow` of a 405. For OPTIONS, the response becomes a 204. `OPTIONS *` is about the server as a whole.
pub fn complete(sent: &Method, mut response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    if sent == Method::OPTIONS && response.request().path() == "*" {
        return with_methods(response, HeaderValue::from_static("DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"));
    }
    if response.status() != StatusCode::METHOD_NOT_ALLOWED {
        return response;
    }
    let allowed = response.headers().get(header::ALLOW).and_then(|value| value.to_str().ok());
    let mut methods: Vec<&str> = allowed.unwrap_or_default().split(',').map(str::trim).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.push("OPTIONS");
    methods.retain(|method| !method.is_empty());
    methods.sort_unstable();
    let Ok(allow) = HeaderValue::try_from(methods.join(", ")) else { return response };
    if sent == Method::OPTIONS {
        return with_methods(response, allow);
    }
    response.headers_mut().insert(header::ALLOW, allow);
    response
}

/// The response to OPTIONS, with these methods.
fn with_methods(mut response: ServiceResponse<BoxBody>, methods: HeaderValue) -> ServiceResponse<BoxBody> {
    response.headers_mut().insert(header::ALLOW, methods);
    *response.response_mut().status_mut() = StatusCode::NO_CONTENT;
    response.map_body(|_, _| BoxBody::new(()))
}

/// The response to HEAD: that of GET, without its body.
pub fn without_body(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    response.map_body(|_, body| BoxBody::new(Absent(body.size())))
}

/// A body that is not sent, but whose length is known.
struct Absent(BodySize);

impl MessageBody for Absent {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        self.0
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(None)
    }
}
