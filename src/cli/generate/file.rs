//! The file that drafts are written to. It is a seed file that also contains the progress of the drafting.

use std::{
    collections::HashSet,
    fs::{self, Permissions},
    io::{self, BufWriter, ErrorKind, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    error::Error,
    exams::messages::ExamBody,
    generation::{
        model::OutcomeKind,
        prompt::TEMPLATE,
        writer::{Outcome, Written},
    },
    interchange::model::Export,
    questions::{
        drafts::ColdAnswer,
        keys,
        model::{Content, QuestionKind, QuestionStatus},
        upkeep::Upkeep,
    },
    seed::{self, SeedQuestion},
};

/// The longest chain of symbolic links to a file.
const MOST_LINKS: usize = 16;
/// The least number of hexadecimal digits at the end of an external key.
const DIGITS: usize = 8;

/// The arguments of the command. A file can only be continued with the same ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameters {
    pub exam: String,
    pub domain: i32,
    pub task: Option<String>,
    pub kind: QuestionKind,
    pub count: i32,
    pub language: String,
    pub notes: String,
    pub verify: bool,
    pub model: String,
}

impl Parameters {
    /// The differences, for people.
    fn differences(&self, other: &Self) -> Vec<String> {
        let shown = |parameters: &Self| serde_json::to_value(parameters).unwrap_or_default();
        let (file, asked) = (shown(self), shown(other));
        let fields = file.as_object().into_iter().flatten();
        fields
            .filter(|(name, value)| asked.get(*name) != Some(*value))
            .map(|(name, value)| format!("{name} was {value} and is now {}", asked.get(name).unwrap_or_default()))
            .collect()
    }
}

/// The outcome of a question.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    pub number: i32,
    pub outcome: OutcomeKind,
    /// The external key of the draft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The drafted content, kept even if the question in the file is edited later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    /// Whether the model, without the key, gave another answer or none.
    #[serde(default)]
    pub disagreed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cold_answer: Option<ColdAnswer>,
    pub template: String,
    pub input_tokens: u32,
    pub output_tokens: u32,
}

/// The progress of the drafting.
#[derive(Debug, Serialize, Deserialize)]
pub struct Progress {
    pub parameters: Parameters,
    pub outcomes: Vec<Record>,
}

/// The file.
#[derive(Debug, Serialize, Deserialize)]
pub struct Drafts {
    pub exam: ExamBody,
    pub generation: Progress,
    pub questions: Vec<SeedQuestion>,
}

/// The file that a path leads to, with symbolic links resolved. The file need not exist, but its folder must.
pub fn resolved(path: &Path) -> Result<PathBuf, Error> {
    let refused = |error: io::Error| Error::Refused(format!("cannot write {}: {error}", path.display()));
    let mut target = std::path::absolute(path).map_err(refused)?;
    for _ in 0..MOST_LINKS {
        let (Some(folder), Some(name)) = (target.parent(), target.file_name()) else {
            return Err(Error::Usage(format!("{}: is not a file name", path.display())));
        };
        let file = folder.canonicalize().map_err(refused)?.join(name);
        match fs::read_link(&file) {
            Ok(link) => target = file.parent().unwrap_or(Path::new("/")).join(link),
            Err(_) => return Ok(file),
        }
    }
    Err(Error::Refused(format!("cannot write {}: too many links", path.display())))
}

impl Drafts {
    /// Reads the file, or returns an empty one if it does not exist. Rejects any other file.
    pub fn open(path: &Path, exam: ExamBody, parameters: Parameters) -> Result<Self, Error> {
        let refused = |detail: String| Err(Error::Usage(format!("{}: {detail}", path.display())));
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let generation = Progress { parameters, outcomes: Vec::new() };
                return Ok(Self { exam, generation, questions: Vec::new() });
            }
            Err(error) => return refused(error.to_string()),
        };
        let stored: Self = match seed::from_json(&text) {
            Ok(stored) => stored,
            Err(error) => return refused(format!("is not a file that `tripos generate` can continue: {error}")),
        };
        let differences = stored.generation.parameters.differences(&parameters);
        if !differences.is_empty() {
            let differences = differences.join("; ");
            return refused(format!("was begun with other arguments: {differences}: use another file"));
        }
        Ok(Self { exam, ..stored })
    }

    /// The numbers of questions that have no outcome yet.
    pub fn missing(&self) -> Vec<i32> {
        let known: HashSet<i32> = self.generation.outcomes.iter().map(|record| record.number).collect();
        (1..=self.generation.parameters.count).filter(|number| !known.contains(number)).collect()
    }

    /// Input and output tokens of all outcomes.
    pub fn usage(&self) -> (i64, i64) {
        let outcomes = &self.generation.outcomes;
        let sum = |of: fn(&Record) -> u32| outcomes.iter().map(|record| i64::from(of(record))).sum();
        (sum(|record| record.input_tokens), sum(|record| record.output_tokens))
    }

    /// Adds the outcome of a question. Returns the key and the content if it is a draft.
    pub fn add(&mut self, number: i32, written: Written, taken: impl Fn(&str) -> bool) -> Option<(String, Content)> {
        let mut record = Record {
            number,
            outcome: OutcomeKind::Refused,
            key: None,
            rule: None,
            reason: None,
            content: None,
            disagreed: false,
            cold_answer: None,
            template: TEMPLATE.to_owned(),
            input_tokens: written.usage.input_tokens,
            output_tokens: written.usage.output_tokens,
        };
        let mut added = None;
        match written.outcome {
            Outcome::Refused(refusal) => (record.rule, record.reason) = (Some(refusal.rule), Some(refusal.reason)),
            Outcome::Duplicate(refusal) => {
                record.outcome = OutcomeKind::Duplicate;
                (record.rule, record.reason) = (Some(refusal.rule), Some(refusal.reason));
            }
            Outcome::Drafted(drafted) => {
                let key = self.key(&drafted.task, &drafted.content, taken);
                let domain = (self.generation.parameters.domain, String::new());
                let task = Some((drafted.task, String::new()));
                let upkeep = Upkeep::default();
                let export = Export { key: key.clone(), domain, task, content: drafted.content, upkeep };
                self.questions.push(SeedQuestion::in_status(&export, QuestionStatus::Draft));
                record.outcome = OutcomeKind::Drafted;
                (record.key, record.content) = (Some(key.clone()), Some(export.content.clone()));
                (record.disagreed, record.cold_answer) = (drafted.disagreed, drafted.cold_answer);
                added = Some((key, export.content));
            }
        }
        self.generation.outcomes.push(record);
        added
    }

    /// A key that contains the exam and the task, and that no other question has.
    fn key(&self, task: &str, content: &Content, taken: impl Fn(&str) -> bool) -> String {
        let derived = keys::derived(&self.exam.code, content);
        let digits = derived.rsplit('#').next().unwrap_or_default();
        // Task codes may contain any characters.
        let task: String = task.chars().filter(|&c| c.is_ascii_alphanumeric() || "._-".contains(c)).collect();
        let is_free = |key: &String| !taken(key) && self.questions.iter().all(|other| other.external_key != *key);
        let key = |length| format!("gen-{}-{task}-{}", &*self.exam.code, digits.get(..length).unwrap_or(digits));
        (DIGITS..digits.len()).map(key).find(is_free).unwrap_or_else(|| key(digits.len()))
    }

    /// Replaces the file, atomically.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        let write = || -> io::Result<()> {
            let folder = path.parent().unwrap_or(Path::new("/"));
            let permissions =
                fs::metadata(path).map_or_else(|_| Permissions::from_mode(0o666), |file| file.permissions());
            let mut part =
                tempfile::Builder::new().prefix(".tripos-drafts-").permissions(permissions).tempfile_in(folder)?;
            let mut out = BufWriter::new(part.as_file_mut());
            serde_json::to_writer_pretty(&mut out, self)?;
            out.write_all(b"\n")?;
            out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
            part.persist(path)?;
            Ok(())
        };
        write().map_err(|error| Error::Refused(format!("cannot write {}: {error}", path.display())))
    }
}
