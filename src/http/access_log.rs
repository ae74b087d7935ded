//! The access log: one line for each request, with the user and the size of the response.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    HttpRequest,
    body::{BodySize, BoxBody, MessageBody},
    http::{Method, StatusCode},
    web::{self, Bytes},
};

use super::{caller::Credentials, client::Client, state::State};
use crate::auth::model::UserId;

/// A line that is written when the size of the response is known.
pub struct AccessLine {
    method: Method,
    path: String,
    status: StatusCode,
    took: Duration,
    client: Option<Client>,
    user: Option<UserId>,
}

impl AccessLine {
    /// The line for a request with this method, the status of its response, and the time that it took.
    pub fn of(method: &Method, request: &HttpRequest, status: StatusCode, took: Duration) -> Self {
        let sent = Credentials::of(request).ok().flatten();
        let token = sent.and_then(|sent| sent.token_hash());
        // A token that was rejected for this request is not among the recent ones.
        let user = token.and_then(|token| request.app_data::<web::Data<State>>()?.recent_tokens.user(&token));
        Self {
            method: method.clone(),
            path: request.path().to_owned(),
            status,
            took,
            client: Client::known(request),
            user,
        }
    }

    /// Writes the line: at once if the size of the body is known, otherwise when the body has been sent.
    pub fn written_with(self, body: BoxBody) -> BoxBody {
        match body.size() {
            _ if self.method == Method::HEAD => self.write(0),
            BodySize::None => self.write(0),
            BodySize::Sized(bytes) => self.write(bytes),
            BodySize::Stream => return BoxBody::new(Counted { body, bytes: 0, line: self }),
        }
        body
    }

    fn write(&self, bytes: u64) {
        let Self { method, path, status, took, client, user } = self;
        // Load balancers check the health every second.
        let routine = *status == StatusCode::OK && path.starts_with("/health");
        let client = client.as_ref();
        let address = client.map(|client| client.address.to_string()).unwrap_or_default();
        let user = user.map(|user| user.to_string()).unwrap_or_default();
        log::log!(
            target: "tripos::access",
            if routine { log::Level::Debug } else { log::Level::Info },
            method = method.as_str(), path = path.as_str(), status = status.as_u16(), bytes,
            micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX), address = address.as_str(),
            user_id = user.as_str(), request_id = client.map_or("", |client| client.request_id.as_str());
            "{method} {path} {}", status.as_u16()
        );
    }
}

/// A body of unknown size, with the line that is written when the body ends or the client disconnects.
struct Counted {
    body: BoxBody,
    bytes: u64,
    line: AccessLine,
}

impl MessageBody for Counted {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let next = Pin::new(&mut self.body).poll_next(context);
        if let Poll::Ready(Some(Ok(bytes))) = &next {
            self.bytes += bytes.len() as u64;
        }
        next
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.line.write(self.bytes);
    }
}
