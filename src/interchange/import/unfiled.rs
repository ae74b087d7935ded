//! Why a question cannot be filed under a domain, in the words of its format.

use crate::interchange::{filing::Filing, source::Format, xml::short};

/// What no domain or task of the exam was found by, and what to write.
pub(super) fn reason(format: Format, filing: &Filing, category: &[String], tags: &[String]) -> String {
    let wrong: Vec<String> = filing.unknown_names(category, tags).map(|named| field(format, named)).collect();
    let why = if wrong.is_empty() { nothing(format).to_owned() } else { wrong.join(", ") };
    format!(
        "{why}; {}. Correct the file, or say the domain of the whole import: domain= over HTTP, --domain at the command \
         line",
        filing.known_domains()
    )
}

/// A name that is none of the exam, and where it stands.
fn field(format: Format, named: (Option<&str>, &str)) -> String {
    match (format, named) {
        (Format::Csv, (Some(what), name)) => format!("`{what}` is {:?}, which the exam does not have", short(name)),
        (Format::Json, (Some(what), name)) => format!("/{what} is {:?}, which the exam does not have", short(name)),
        (_, (Some(what), name)) => format!("the exam has no {what} {:?}", short(name)),
        (_, (None, name)) => format!("its category {:?} is no domain or task of the exam", short(name)),
    }
}

/// What a question lacks that names no domain.
fn nothing(format: Format) -> &'static str {
    match format {
        Format::Csv => "`domain` and `task` are empty",
        Format::Json => "/domain and /task are missing",
        Format::Aiken => "Aiken has no place for the domain",
        Format::Gift => {
            "neither a line $CATEGORY: above it nor a tag in a comment, such as // [tag:domain:1], names a domain or task"
        }
        Format::MoodleXml => "neither its category nor a tag, such as domain:1, names a domain or task",
        Format::Qti => {
            "neither the manifest's classification nor a keyword there, such as domain:1, names a domain or task"
        }
    }
}
