//! Files of subjects: what questions are about, and whether it is still current. The embedded files are in their own
//! folder, because each file next to it is an exam.

use serde::Deserialize;

use super::{file::BUNDLED, json::from_json};
use crate::{
    error::{Error, FieldError},
    subjects::{messages::SubjectBody, model::Subject},
};

/// The folder of the embedded files.
const FOLDER: &str = "subjects";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectFile {
    subjects: Vec<SubjectBody>,
}

/// The subjects that are embedded in the program.
pub fn bundled_subjects() -> Result<Vec<Subject>, Error> {
    let files = BUNDLED.get_dir(FOLDER).into_iter().flat_map(|folder| folder.files());
    let read = files.map(|file| parse_subjects(&file.path().display().to_string(), file.contents()));
    Ok(read.collect::<Result<Vec<_>, _>>()?.concat())
}

/// Parses a file and checks all of it.
pub fn parse_subjects(name: &str, text: &[u8]) -> Result<Vec<Subject>, Error> {
    let file: SubjectFile = from_json(text).map_err(|what| Error::Refused(format!("{name}: {what}")))?;
    for (index, subject) in file.subjects.iter().enumerate() {
        let refused = |FieldError { pointer, detail }| {
            Error::Refused(format!("{name}: /subjects/{index}{pointer} ({}) {detail}", subject.id))
        };
        if let Some(fault) = subject.faults().into_iter().next() {
            return Err(refused(fault));
        }
        if file.subjects.iter().take(index).any(|before| before.id == subject.id) {
            return Err(refused(FieldError { pointer: "/id".into(), detail: "appears twice in the file".into() }));
        }
    }
    Ok(file.subjects.iter().map(|subject| subject.stored(None)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_subjects_are_good() {
        assert!(bundled_subjects().unwrap().iter().any(|subject| &*subject.id == "aws:s3"));
    }

    #[test]
    fn faults_are_told_by_file_and_subject() {
        let row = r#"{"id": "a:b", "name": "B", "status": "current", "as_of": "2026-11-27", "source": "https://example.org"}"#;
        let parse = |rows: &str| parse_subjects("file.json", format!(r#"{{"subjects": [{rows}]}}"#).as_bytes());
        assert_eq!(parse(row).unwrap().len(), 1);
        for (rows, told) in [
            (row.replace("https://", "ftp://"), "file.json: /subjects/0/source (a:b) must be an address"),
            (row.replace("current", "renamed"), "file.json: /subjects/0/renamed_to (a:b) is required"),
            (row.replace("current", "gone"), "file.json: /subjects/0/status must be one of current"),
            (row.replace("a:b", "b"), "file.json: /subjects/0/id must be a namespace and a name"),
            (format!("{row}, {row}"), "file.json: /subjects/1/id (a:b) appears twice"),
        ] {
            let error = parse(&rows).unwrap_err().to_string();
            assert!(error.starts_with(told), "{error}");
        }
    }
}
