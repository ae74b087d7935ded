//! A version of all files of the pages, named by their hash.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use actix_web::web::{self, Bytes};

use super::files::{self, media_type};
use crate::{
    error::Error,
    http::{asset::Asset, etag},
};

const DOCUMENT: &str = "index.html";
/// The placeholder for the hash in the document.
const BUILD: &str = "{build}";

/// A version of the pages. Its files never change.
pub struct Site {
    build: String,
    /// The document that refers to the others.
    pub document: Asset,
    assets: HashMap<String, Asset>,
}

/// The newest is last. A release build has one; a debug build adds one whenever a file has changed. Never freed.
static SITES: Mutex<Vec<&'static Site>> = Mutex::new(Vec::new());

impl Site {
    fn of(files: Vec<(String, Bytes)>) -> Result<Self, Error> {
        let build = build_of(&files);
        let mut document = None;
        let mut assets = HashMap::new();
        for (path, bytes) in files {
            let Some(media_type) = media_type(&path) else { continue };
            if path == DOCUMENT {
                let text = String::from_utf8_lossy(&bytes).replace(BUILD, &build);
                document = Some(Asset::new(media_type.into(), text.into()));
            } else {
                assets.insert(path, Asset::new(media_type.into(), bytes));
            }
        }
        let document = document.ok_or_else(|| Error::Internal(format!("web/{DOCUMENT} is not there")))?;
        Ok(Self { build, document, assets })
    }

    /// The current version.
    pub async fn current() -> Result<&'static Self, Error> {
        if !cfg!(debug_assertions)
            && let Some(site) = sites().last().copied()
        {
            return Ok(site);
        }
        let read = web::block(|| -> Result<&'static Self, Error> {
            let files = files::all()?;
            let build = build_of(&files);
            // Two concurrent requests add one.
            let mut sites = sites();
            if let Some(known) = sites.iter().position(|site| site.build == build) {
                let site = sites.remove(known);
                sites.push(site);
                return Ok(site);
            }
            let site: &'static Self = Box::leak(Box::new(Self::of(files)?));
            sites.push(site);
            Ok(site)
        });
        read.await.map_err(|error| Error::Internal(format!("the pages could not be read: {error}")))?
    }

    /// A file of the version with this hash. Another version has other files with the same names, and is no substitute.
    pub async fn find(build: &str, file: &str) -> Result<Option<&'static Asset>, Error> {
        let known = || sites().iter().copied().find(|site| site.build == build);
        let site = match known() {
            Some(site) => Some(site),
            // The document has not been requested since the server started.
            None => Some(Self::current().await?).filter(|site| site.build == build),
        };
        Ok(site.and_then(|site| site.assets.get(file)))
    }
}

fn sites() -> std::sync::MutexGuard<'static, Vec<&'static Site>> {
    SITES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The hash of all files and their names, for use in a URL.
fn build_of(files: &[(String, Bytes)]) -> String {
    let tags: Vec<String> = files.iter().map(|(path, bytes)| format!("{path} {}\n", etag::tag(bytes))).collect();
    etag::tag(tags.concat().as_bytes()).trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(script: &'static str) -> Vec<(String, Bytes)> {
        let document = r#"<script src="assets/{build}/main.js"></script>"#;
        vec![("index.html".into(), document.into()), ("main.js".into(), script.into()), ("note.md".into(), "no".into())]
    }

    #[test]
    fn the_hash_changes_with_each_file_and_each_name() {
        let before = build_of(&files("1"));
        assert_eq!(before, build_of(&files("1")));
        assert_ne!(before, build_of(&files("2")));
        let mut renamed = files("1");
        renamed[1].0 = "other.js".into();
        assert_ne!(before, build_of(&renamed));
    }

    #[test]
    fn only_what_a_browser_needs_is_an_asset() {
        let site = Site::of(files("1")).unwrap();
        assert_eq!(site.assets.keys().collect::<Vec<_>>(), ["main.js"]);
        assert!(Site::of(files("1").split_off(1)).is_err(), "there is no document");
    }

    #[test]
    fn every_file_that_the_document_names_is_there() {
        let all = files::all().unwrap();
        let document = all.iter().find(|(path, _)| path == DOCUMENT).unwrap();
        let document = String::from_utf8_lossy(&document.1).into_owned();
        let named: Vec<&str> = document.split('"').filter_map(|part| part.strip_prefix("assets/{build}/")).collect();
        assert!(named.len() > 5, "{named:?}");
        for name in named {
            assert!(all.iter().any(|(path, _)| path == name), "{name}");
        }
    }
}
