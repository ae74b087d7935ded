//! Describes domains and tasks that a question names but the exam does not have, in terms of its format.

use crate::interchange::{
    filing::{Filing, Unknown},
    source::Format,
    xml::short,
};

/// The names that the exam does not have, each with its location.
pub(super) fn names(format: Format, unknown: Vec<Unknown>) -> Vec<String> {
    let name = |unknown| match (format, unknown) {
        (Format::Csv, Unknown::Explicit(what, name)) => {
            format!("`{what}` is {:?}, which the exam does not have", short(name))
        }
        (Format::Json, Unknown::Explicit(what, name)) => {
            format!("/{what} is {:?}, which the exam does not have", short(name))
        }
        (_, Unknown::Explicit(what, name)) => format!("the exam has no {what} {:?}", short(name)),
        (_, Unknown::Category(name)) => format!("its category {:?} is no domain or task of the exam", short(name)),
    };
    unknown.into_iter().map(name).collect()
}

/// Why a question cannot be filed under a domain, and what to write.
pub(super) fn reason(format: Format, filing: &Filing, unknown: &[String]) -> String {
    let why = if unknown.is_empty() { nothing(format).to_owned() } else { unknown.join(", ") };
    format!(
        "{why}; the exam's domains are {}. Correct the file, or give a domain for the whole import: domain= over HTTP, --domain at the command line",
        filing.domains()
    )
}

/// The advice for a question that names no domain.
fn nothing(format: Format) -> &'static str {
    match format {
        Format::Csv => "`domain` and `task` are empty",
        Format::Json => "/domain and /task are missing",
        Format::Aiken => "Aiken cannot name a domain",
        Format::Gift => {
            "neither a line $CATEGORY: above it nor a tag in a comment, such as // [tag:domain:1], names a domain or task"
        }
        Format::MoodleXml => "neither its category nor a tag, such as domain:1, names a domain or task",
        Format::Qti => {
            "neither the manifest's classification nor a keyword there, such as domain:1, names a domain or task"
        }
    }
}
