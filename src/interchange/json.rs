//! The format of seed files: an exam with its questions, as JSON.

use std::{
    fmt,
    io::{self, Write},
};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    bounds::{self, QUESTION_LIMIT},
    import::MOST,
    lines::first_words,
    model::{Export, Found, Item, Location, Malformed},
};
use crate::{
    exams::messages::ExamBody,
    http::extract::in_plain_words,
    questions::{model::QuestionStatus, upkeep::Upkeep},
    seed::SeedQuestion,
};

/// Why a question that is retired in the file is skipped.
pub const RETIRED: &str = "is retired in the file";

/// Fields that have another name in the API than in files.
const API_NAMES: [(&str, &str); 4] =
    [("is_correct", "correct"), ("match_body", "match"), ("id", "external_key"), ("key", "external_key")];

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow, deserialize_with = "few")]
    questions: Vec<&'a RawValue>,
}

/// A list, of which no more items are read than an import allows.
pub(super) fn few<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<&'de RawValue>, D::Error> {
    struct Few;

    impl<'de> Visitor<'de> for Few {
        type Value = Vec<&'de RawValue>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut questions = Vec::new();
            while let Some(question) = list.next_element()? {
                if questions.len() == MOST {
                    return Err(A::Error::custom(format!("a list has more than {MOST} entries: split the file")));
                }
                questions.push(question);
            }
            Ok(questions)
        }
    }

    deserializer.deserialize_seq(Few)
}

/// The questions of a file. Its exam is ignored.
pub fn read(text: &str) -> impl Iterator<Item = Result<Found, Malformed>> + '_ {
    let (questions, malformed) = match serde_json::from_str::<File<'_>>(text) {
        // A list would be read as the fields in order.
        _ if text.trim_start().starts_with('[') => {
            let detail =
                "must be an object with `exam` and `questions`, as an export writes it, but is a list".to_owned();
            (Vec::new(), Some(Err(Malformed { place: Location::line(1), detail })))
        }
        Ok(file) => (file.questions, None),
        Err(error) => (Vec::new(), Some(Err(unreadable("", &error)))),
    };
    let (mut line, mut counted) = (1, 0);
    let found = questions.into_iter().map(move |raw| {
        // Both are slices of the same text, so that the difference of their addresses is the offset of the question.
        let start = (raw.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        line += text.as_bytes().get(counted..start).unwrap_or_default().iter().filter(|&&b| b == b'\n').count();
        counted = start;
        Ok(question(raw.get(), Location::line(line)))
    });
    malformed.into_iter().chain(found)
}

fn question(text: &str, place: Location) -> Found {
    if text.len() > QUESTION_LIMIT {
        return Found { place, name: first_words(&bounds::beginning(text)), outcome: Err(bounds::too_long()) };
    }
    let mut json = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize::<_, SeedQuestion>(&mut json) {
        Err(error) => {
            let name = first_words(text);
            Found { place, name, outcome: Err(in_words(&error.path().to_string(), error.inner())) }
        }
        Ok(question) => {
            let name = first_words(&question.stem);
            if question.is_retired() {
                return Found { place, name, outcome: Err(RETIRED.into()) };
            }
            let domain = question.domain.map(|number| format!("domain:{number}"));
            let task = question.task.as_ref().map(|code| format!("task:{code}"));
            let category = domain.into_iter().chain(task).collect();
            let (key, content) = (Some(question.external_key.clone()), question.content());
            // If the file has no upkeep, the upkeep in the bank stays as it is.
            let upkeep = Some(question.upkeep()).filter(|upkeep| *upkeep != Upkeep::default());
            let item = Item { key, title: None, category, content, upkeep, notes: Vec::new() };
            Found { place, name, outcome: Ok(item) }
        }
    }
}

/// The error that a file, or this part of it, cannot be read.
pub(super) fn unreadable(part: &str, error: &serde_json::Error) -> Malformed {
    let detail = match error.is_data() {
        true => in_words(part, error),
        false if error.is_eof() => "this is not well-formed JSON: it ends too early".to_owned(),
        false => format!("this is not well-formed JSON at column {}", error.column()),
    };
    Malformed::at(error.line().max(1), detail)
}

/// The error at this path of a file.
pub(super) fn in_words(path: &str, error: &serde_json::Error) -> String {
    // In a file that is valid JSON, this is a word of another type.
    if !error.is_data() && path.is_empty() {
        return "this is not well-formed JSON".to_owned();
    }
    let found = error.to_string();
    let (field, detail) = in_plain_words(&found);
    let path = path.trim_start_matches('.');
    let unknown = field.filter(|_| found.starts_with("unknown field"));
    let known = unknown.and_then(|field| API_NAMES.iter().find(|(of_api, _)| *of_api == field));
    let detail = known.map_or(detail.clone(), |(_, name)| format!("{detail}: write {name}").into());
    match field.filter(|field| !path.ends_with(field)) {
        Some(field) if path.is_empty() => format!("{field} {detail}"),
        Some(field) => format!("{path}.{field} {detail}"),
        None if path.is_empty() => detail.into_owned(),
        None => format!("{path} {detail}"),
    }
}

/// Writes the file that `tripos seed` and an import take.
pub struct Writer<W> {
    out: W,
    status: QuestionStatus,
    is_first: bool,
}

impl<W: Write> Writer<W> {
    /// Begins with the exam, whose questions in this status follow.
    pub fn new(mut out: W, exam: &ExamBody, status: QuestionStatus) -> io::Result<Self> {
        out.write_all(b"{\n  \"exam\": ")?;
        serde_json::to_writer(&mut out, exam)?;
        out.write_all(b",\n  \"questions\": [")?;
        Ok(Self { out, status, is_first: true })
    }

    /// Adds a question, on a line of its own.
    pub fn add(&mut self, question: &Export) -> io::Result<Option<String>> {
        self.out.write_all(if self.is_first { b"\n    " } else { b",\n    " })?;
        self.is_first = false;
        serde_json::to_writer(&mut self.out, &SeedQuestion::in_status(question, self.status))?;
        Ok(None)
    }

    /// Ends the file.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(b"\n  ]\n}\n")?;
        Ok(self.out)
    }
}
