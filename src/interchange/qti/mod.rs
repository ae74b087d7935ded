//! QTI of 1EdTech (IMS): single items of version 2.1, 2.2 or 3.0, and ZIP packages of items.
//!
//! - `feedback`: which feedback explains the key, and which an answer.
//! - `html`: the content of an element as HTML, for `markdown`.
//! - `response`: the key, and whether marks depend on anything else.
//! - `rules`: the outcomes of a response by the rules of an item, and the feedback that they show.
//! - `interaction`: choices, orders and matches as answers.
//! - `item`: an item as a question.
//! - `manifest` and `package`: which items a package holds, and the items one at a time.
//! - `unheld`: the names of unsupported elements and resources.
//! - `write`: questions as a package of QTI 3.0.

mod alternatives;
mod feedback;
mod html;
mod interaction;
mod item;
mod manifest;
mod package;
mod response;
mod rules;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
mod unheld;
mod write;

pub use write::Writer;

use self::{item::Labels, package::Package};
use super::{
    decode,
    model::{Found, Malformed},
    xml::{self, Element},
};

/// The catalog in the manifest of an exported package that holds the exact keys of its questions.
const KEY_CATALOG: &str = "tripos";
/// Why a file of QTI 1.2, which has other elements, is not read.
const IS_OLD: &str = "is QTI 1.2: export it as QTI 2.1, 2.2 or 3.0";

/// The questions of an item or of a package, one at a time. Ends with the first `Malformed`.
pub fn read(bytes: &[u8]) -> impl Iterator<Item = Result<Found, Malformed>> + '_ {
    let (package, single) = if bytes.starts_with(b"PK") {
        match Package::open(bytes) {
            Ok(package) => (Some(package), None),
            Err(malformed) => (None, Some(Err(malformed))),
        }
    } else {
        (None, Some(single(bytes)))
    };
    package.into_iter().flatten().chain(single)
}

fn single(bytes: &[u8]) -> Result<Found, Malformed> {
    item::found(&decode::xml(bytes)?, Labels::default())
}

/// The common name of `simpleChoice` and `qti-simple-choice`: without `qti-` and hyphens, in lower case.
fn common(name: &str) -> String {
    let name = name.strip_prefix("qti-").unwrap_or(name);
    name.chars().filter(|&c| c != '-').map(|c| c.to_ascii_lowercase()).collect()
}

/// Parses a document to a tree, with names that are the same in all versions.
fn document(text: &str) -> Result<Element, Malformed> {
    xml::document(text, common)
}

/// Adds the name of a file of the package to an error.
fn within(file: &str) -> impl FnOnce(Malformed) -> Malformed + '_ {
    move |mut malformed| {
        malformed.place.file = Some(file.to_owned());
        malformed
    }
}
