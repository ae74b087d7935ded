//! The document, and the files that it refers to.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, Accept, Header, HeaderValue, Quality},
    web,
};

use super::site::Site;
use crate::{error::Error, http::state::State};

/// The URL of a file contains the hash of all files, so that a new version has a new URL.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// The document must be revalidated.
const ASK_AGAIN: &str = "no-cache";

/// Get the pages. Browsers get the pages; other clients are redirected to the API documentation.
#[utoipa::path(
    get, path = "/", tag = "operations", operation_id = "root",
    responses(
        (status = 200, description = "The pages, for clients that accept HTML", content_type = "text/html",
         body = String, headers(("ETag" = String))),
        (status = 302, description = "Redirects clients that do not accept HTML, and all clients if WEB=off, to the API documentation at /docs/"),
    )
)]
pub async fn document(app: web::Data<State>, req: HttpRequest) -> Result<HttpResponse, Error> {
    let mut response = if app.http.web && prefers_html(&req) {
        Site::current().await?.document.answer(&req, ASK_AGAIN).await?
    } else {
        HttpResponse::Found().insert_header((header::LOCATION, "docs/")).finish()
    };
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Accept"));
    Ok(response)
}

/// Get a file of the pages.
#[utoipa::path(
    get, path = "/assets/{build}/{file}", tag = "operations", operation_id = "asset",
    params(
        ("build" = String, Path, description = "The hash of all files, as in the page"),
        ("file" = String, Path, description = "The path of the file"),
    ),
    responses(
        (status = 200, description = "The file. It never changes under this URL", content_type = "text/javascript",
         body = String, headers(("ETag" = String))),
        (status = 404, description = "No such file, the server has another version of the pages, or WEB=off"),
    )
)]
pub async fn asset(
    app: web::Data<State>,
    path: web::Path<(String, String)>,
    req: HttpRequest,
) -> Result<HttpResponse, Error> {
    let (build, file) = path.into_inner();
    let asset = if app.http.web { Site::find(&build, &file).await? } else { None };
    asset.ok_or(Error::NotFound("file"))?.answer(&req, FOR_EVER).await
}

/// Whether HTML is requested by name, with no lower quality than JSON. Programs that accept anything get no HTML.
fn prefers_html(req: &HttpRequest) -> bool {
    let Ok(accept) = Accept::parse(req) else { return false };
    let quality = |wanted: &str| {
        let named = accept.0.iter().filter(|one| one.item.essence_str() == wanted);
        named.map(|one| one.quality).max().unwrap_or(Quality::ZERO)
    };
    let html = quality("text/html");
    html > Quality::ZERO && html >= quality("application/json")
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn html_is_for_clients_that_request_it_explicitly() {
        let prefers =
            |accept: &str| prefers_html(&TestRequest::get().insert_header(("accept", accept)).to_http_request());
        assert!(prefers("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        assert!(prefers("application/json;q=0.5, text/html"));
        for other in ["*/*", "text/*", "application/json", "application/json, text/html;q=0.9", "text/html;q=0", "~"] {
            assert!(!prefers(other), "{other}");
        }
        assert!(!prefers_html(&TestRequest::get().to_http_request()));
    }
}
