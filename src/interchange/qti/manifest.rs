//! `imsmanifest.xml`: the items of a package, and their data.

use std::collections::BTreeSet;

use super::{KEY_CATALOG, common, item::Labels, unheld};
use crate::interchange::{
    bounds::{self, PATH_LIMIT},
    import::MOST,
    model::Malformed,
    xml::{Element, Parser, Step, short},
};

/// The most types of resources that are collected.
const TYPES: usize = 100;

/// An item of a package.
#[derive(Debug, PartialEq, Eq)]
pub struct Resource {
    /// The path of its file, as the manifest writes it.
    pub file: String,
    /// The line of the manifest that names it.
    pub line: usize,
    /// Whether it is QTI 1.2, which is a different format.
    pub is_old: bool,
    /// Its data.
    pub labels: Labels,
}

/// The items that a manifest lists, in its order. Every path in it is safe.
pub fn resources(text: &str) -> Result<Vec<Resource>, Malformed> {
    let mut parser = Parser::new(text, common);
    let mut resources = Vec::new();
    let mut of_tests = Vec::new();
    let (mut is_manifest, mut base) = (false, String::new());
    // The types of resources other than items, for the error about a package without items.
    let mut types = BTreeSet::new();
    loop {
        match parser.step()? {
            Step::Open(element) if element.name == "resource" && is_manifest => {
                let (line, element) = (element.line, parser.tree(element)?);
                let resource = resource(&element, &base)?;
                if resource.is_none() && resources.is_empty() && types.len() < TYPES {
                    let is_scorm = element.attribute("scormtype").is_some();
                    types.insert(if is_scorm { unheld::SCORM.to_owned() } else { kind(&element) });
                    if of_tests.len() < MOST {
                        of_tests.extend(items_of_test(&element, &base));
                    }
                }
                if resources.len() == MOST && resource.is_some() {
                    return Err(Malformed::at(line, format!("exceeds {MOST} questions: split the package")));
                }
                resources.extend(resource);
            }
            Step::Open(element) => {
                is_manifest |= element.name == "manifest";
                if matches!(&*element.name, "manifest" | "resources") {
                    base += &folder(&element);
                }
                if base.len() > PATH_LIMIT {
                    return Err(Malformed::at(element.line, format!("names a path of more than {PATH_LIMIT} bytes")));
                }
                if !is_manifest {
                    return Err(Malformed::at(element.line, "must be a manifest"));
                }
            }
            Step::End if is_manifest && !resources.is_empty() => return Ok(resources),
            // A test may be the only resource, with the items as its files.
            Step::End if is_manifest && !of_tests.is_empty() => return Ok(of_tests),
            Step::End if is_manifest => return Err(Malformed::at(1, unheld::package(&types))),
            Step::End => return Err(Malformed::at(1, "must be a manifest")),
            Step::Close | Step::Text(_) | Step::Exact(_) => {}
        }
    }
}

/// Whether a path stays inside the package.
pub fn is_safe(path: &str) -> bool {
    let drive = path.as_bytes().get(1) == Some(&b':');
    let leaves = path.starts_with('/') || path.split('/').any(|part| part == "..");
    !drive && !leaves && !path.contains(['\\', '\0'])
}

/// The folder in `xml:base`: the part up to the last slash.
fn folder(element: &Element) -> String {
    let base = element.attribute("base").unwrap_or_default().replace('\\', "/");
    base.rfind('/').and_then(|slash| base.get(..=slash)).unwrap_or_default().to_owned()
}

/// The paths in an element, its own first.
fn paths(element: &Element, base: &str) -> Vec<String> {
    let files = element.named("file").filter_map(|file| file.attribute("href"));
    let base = format!("{base}{}", folder(element));
    if base.len() > PATH_LIMIT {
        return vec![base];
    }
    let path = |href: &str| format!("{base}{}", href.replace('\\', "/").trim_start_matches("./"));
    element.attribute("href").into_iter().chain(files).map(path).collect()
}

fn resource(element: &Element, base: &str) -> Result<Option<Resource>, Malformed> {
    if element.is_cut {
        return Err(Malformed::at(element.line, bounds::too_long()));
    }
    let paths = paths(element, base);
    if let Some(path) = paths.iter().find(|path| !is_safe(path)) {
        return Err(Malformed::at(element.line, format!("names the path {:?}, which leaves the package", short(path))));
    }
    if paths.iter().any(|path| path.len() > PATH_LIMIT) {
        return Err(Malformed::at(element.line, format!("names a path of more than {PATH_LIMIT} bytes")));
    }
    let kind = kind(element);
    let is_old = kind.starts_with("imsqti") && kind.contains("xmlv1p");
    if !is_old && !kind.starts_with("imsqti_item") {
        return Ok(None);
    }
    let file = paths.into_iter().next();
    let file = file.ok_or_else(|| Malformed::at(element.line, "lists an item without a file: give it an href"))?;
    Ok(Some(Resource { file, line: element.line, is_old, labels: labels(element) }))
}

fn kind(resource: &Element) -> String {
    resource.attribute("type").unwrap_or_default().trim().to_ascii_lowercase()
}

/// The files that are listed with a test, which are its items.
fn items_of_test(element: &Element, base: &str) -> Vec<Resource> {
    if !kind(element).starts_with("imsqti_test") {
        return Vec::new();
    }
    let paths = paths(element, base);
    let own = element.attribute("href").and(paths.first()).cloned();
    let files =
        paths.into_iter().filter(|path| Some(path) != own.as_ref() && path.to_ascii_lowercase().ends_with(".xml"));
    files.map(|file| Resource { file, line: element.line, is_old: false, labels: Labels::default() }).collect()
}

fn labels(resource: &Element) -> Labels {
    let mut labels = Labels::default();
    let Some(lom) = resource.all().find(|element| element.name == "lom") else { return labels };
    if let Some(general) = lom.child("general") {
        let texts = general.named("keyword").map(label).filter(|tag| !tag.is_empty());
        labels.tags = texts.collect();
        labels.key = general.named("identifier").find_map(key);
    }
    let mut paths = lom.named("classification").filter_map(|classification| classification.child("taxonpath"));
    labels.category = paths.find_map(|path| Some(category(path)).filter(|path| !path.is_empty())).unwrap_or_default();
    labels
}

/// Only our own keys: other identifiers belong to other systems.
fn key(identifier: &Element) -> Option<String> {
    let is_ours = identifier.child("catalog")?.text().trim() == KEY_CATALOG;
    identifier.child("entry").filter(|_| is_ours).map(Element::text)
}

/// The taxons of a path are siblings or, in older metadata, nested.
fn category(path: &Element) -> Vec<String> {
    let mut entries = Vec::new();
    for taxon in path.named("taxon") {
        entries.extend(taxon.child("entry").map(label).filter(|label| !label.is_empty()));
        entries.extend(category(taxon));
    }
    entries
}

/// The text in the first language.
fn label(element: &Element) -> String {
    element.elements().next().unwrap_or(element).text().trim().to_owned()
}
