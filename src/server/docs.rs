//! The API documentation: a page and its assets, which are part of this program.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use actix_web::{HttpRequest, HttpResponse, web::Bytes};
use utoipa_swagger_ui::{Config, serve};

use crate::{error::Error, http::asset::Asset};

/// The page names each asset with its version, so that a new version has a new URL.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// A response to a URL without the version must be revalidated.
const ASK_AGAIN: &str = "no-cache";
const PAGE: &str = "index.html";
/// The title that the page comes with, and ours.
const TITLES: [&str; 2] = ["<title>Swagger UI</title>", "<title>Tripos</title>"];

static CONFIG: LazyLock<Arc<Config<'static>>> =
    LazyLock::new(|| Arc::new(Config::from("/openapi.json").use_base_layout()));

/// The files that were requested. They are few, and never freed.
static ASSETS: LazyLock<Mutex<HashMap<String, &'static Asset>>> = LazyLock::new(Mutex::default);

/// A file of the page, or the page itself.
pub async fn answer(file: &str, req: &HttpRequest) -> Result<HttpResponse, Error> {
    let file = if file.is_empty() { PAGE } else { file };
    let asset = find(file)?.ok_or(Error::NotFound("file"))?;
    let is_named = req.query_string().strip_prefix("v=") == Some(asset.version());
    asset.answer(req, if is_named { FOR_EVER } else { ASK_AGAIN }).await
}

fn find(file: &str) -> Result<Option<&'static Asset>, Error> {
    let known = ASSETS.lock().unwrap_or_else(PoisonError::into_inner).get(file).copied();
    if known.is_some() {
        return Ok(known);
    }
    let found = serve(file, Arc::clone(&CONFIG)).map_err(|error| Error::Internal(format!("docs: {error}")))?;
    let Some(found) = found else { return Ok(None) };
    let bytes = match found.bytes {
        Cow::Borrowed(built_in) => Bytes::from_static(built_in),
        Cow::Owned(bytes) => bytes.into(),
    };
    let bytes = if file == PAGE { page(&String::from_utf8_lossy(&bytes))?.into() } else { bytes };
    let asset = Asset::new(found.content_type, bytes);
    let mut assets = ASSETS.lock().unwrap_or_else(PoisonError::into_inner);
    // Concurrent requests share one asset.
    Ok(Some(assets.entry(file.to_owned()).or_insert_with(|| Box::leak(Box::new(asset)))))
}

/// The page with its title and with the version of each file that it names.
fn page(page: &str) -> Result<String, Error> {
    let [from, to] = TITLES;
    Ok(with_versions(page)?.replace(from, to))
}

fn with_versions(page: &str) -> Result<String, Error> {
    let parts = page.split('"').enumerate().map(|(index, part)| {
        // Every second part is between quotes.
        let file = part.strip_prefix("./").unwrap_or(part);
        let asset = if index % 2 == 1 && file.contains('.') { find(file)? } else { None };
        Ok(asset.map_or_else(|| part.to_owned(), |asset| format!("{part}?v={}", asset.version())))
    });
    Ok(parts.collect::<Result<Vec<_>, Error>>()?.join("\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_its_assets_with_their_versions() {
        let page = find(PAGE).unwrap().unwrap();
        let again = find(PAGE).unwrap().unwrap();
        assert!(std::ptr::eq(page, again));
        let script = find("swagger-ui-bundle.js").unwrap().unwrap();
        let page = with_versions(r#"<a src="./swagger-ui-bundle.js" title="no.file"> "#).unwrap();
        assert_eq!(page, format!(r#"<a src="./swagger-ui-bundle.js?v={}" title="no.file"> "#, script.version()));
        assert!(find("nothing.js").unwrap().is_none());
    }
}
