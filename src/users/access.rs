//! What a server allows without an account.

use actix_web::{HttpRequest, HttpResponse, web};

use super::messages::ServerReply;
use crate::{
    error::Error,
    http::{etag::TaggedJson, state::State},
};

/// Get the public settings of this server.
#[utoipa::path(
    get, path = "/api/v1/server", tag = "users", operation_id = "get_server",
    responses(
        (status = 200, description = "Whether sign-up is open", body = ServerReply),
    )
)]
pub async fn server(app: web::Data<State>, req: HttpRequest) -> Result<HttpResponse, Error> {
    Ok(TaggedJson::of(&ServerReply { sign_up: app.access.signup })?.answer(&req))
}
