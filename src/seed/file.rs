//! Seed files: their format, and the checks before anything is written.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use include_dir::{Dir, include_dir};
use serde::{Deserialize, Serialize};

use super::json::from_json;
use crate::{
    characters::find_hidden,
    db::{day::Day, types::Json},
    error::{Error, FieldError},
    exams::messages::ExamBody,
    generation::{
        bank::{Bank, BankQuestion},
        settings::SCRIPTED,
    },
    interchange::model::Export,
    questions::{
        drafts::SCRIPTED_DRAFT,
        model::{AnswerContent, Content, QuestionKind, QuestionStatus, Reference},
        upkeep::{AcceptedWarnings, Upkeep},
        validation,
    },
    subjects::model::SubjectId,
};

pub(super) static BUNDLED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/seed_data");

/// An exam with its questions, in a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedFile {
    pub(super) exam: ExamBody,
    pub(super) questions: Vec<SeedQuestion>,
    /// The data that `tripos generate` adds to the files that it writes.
    #[serde(default)]
    generation: Option<Generation>,
}

/// The part of that data that says which model wrote the questions.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Generation {
    parameters: GenerationParameters,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct GenerationParameters {
    model: String,
}

impl Generation {
    /// Whether the questions come from the built-in script.
    fn is_scripted(&self) -> bool {
        self.parameters.model == SCRIPTED
    }
}

/// A question in a file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedQuestion {
    pub(crate) external_key: String,
    /// The code of the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) task: Option<String>,
    /// The number of the domain. Not needed if `task` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) domain: Option<i32>,
    pub(crate) kind: QuestionKind,
    pub(crate) difficulty: i32,
    #[serde(default)]
    status: SeedStatus,
    pub(crate) stem: String,
    answers: Vec<SeedAnswer>,
    #[serde(default)]
    explanation: String,
    #[serde(default)]
    references: Vec<Reference>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    subjects: BTreeSet<SubjectId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    review_by: Option<Day>,
    #[serde(default, skip_serializing_if = "AcceptedWarnings::is_empty")]
    accepted_warnings: AcceptedWarnings,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SeedStatus {
    #[default]
    Published,
    Retired,
    /// Not seeded, because nobody has reviewed it.
    Draft,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedAnswer {
    #[serde(default)]
    body: String,
    correct: bool,
    #[serde(default)]
    rationale: String,
    #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
    match_body: Option<String>,
}

/// The files that are embedded in the program.
pub fn bundled() -> Result<Vec<SeedFile>, Error> {
    let json = BUNDLED.files().filter(|file| file.path().extension().is_some_and(|extension| extension == "json"));
    json.map(|file| parse(&file.path().display().to_string(), file.contents())).collect()
}

/// Parses a file and checks all of it, so that only valid questions are stored.
pub fn parse(name: &str, text: &[u8]) -> Result<SeedFile, Error> {
    let mut file: SeedFile = from_json(text).map_err(|what| Error::Refused(format!("{name}: {what}")))?;
    let mut faults = file.faults();
    file.normalize(&mut faults);
    if faults.is_empty() {
        return Ok(file);
    }
    let shown = faults.iter().take(10).map(|fault| format!("{} {}", fault.pointer, fault.detail));
    let more = faults.len().saturating_sub(10);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    Err(Error::Refused(format!("{name}: {}{more}", shown.collect::<Vec<_>>().join("; "))))
}

impl SeedFile {
    /// The number of questions in the file.
    pub fn count(&self) -> usize {
        self.questions.len()
    }

    /// The exam with its questions, without retired ones.
    pub(crate) fn into_bank(self) -> Bank {
        let exam = self.exam;
        let domains =
            exam.domains.iter().flat_map(|domain| domain.tasks.iter().map(|task| (&*task.code, domain.number)));
        let domains: HashMap<&str, i32> = domains.collect();
        let questions = self.questions.iter().filter(|question| !question.is_retired()).map(|question| BankQuestion {
            key: question.external_key.clone(),
            domain: question
                .task
                .as_deref()
                .and_then(|code| domains.get(code).copied())
                .or(question.domain)
                .unwrap_or_default(),
            task: question.task.clone(),
            is_published: question.status == SeedStatus::Published,
            content: question.content(),
        });
        let questions = questions.collect();
        Bank { questions, exam, subjects: Arc::default() }
    }

    fn faults(&self) -> Vec<FieldError> {
        let located = |fault: FieldError| FieldError { pointer: format!("/exam{}", fault.pointer), ..fault };
        let mut faults: Vec<FieldError> = self.exam.faults().into_iter().map(located).collect();
        let mut check = |holds: bool, pointer: &str, detail: String| {
            if !holds {
                faults.push(FieldError { pointer: pointer.to_owned(), detail });
            }
        };
        let codes = self.exam.domains.iter().flat_map(|domain| &domain.tasks).map(|task| task.code.as_str());
        let tasks: HashSet<&str> = codes.collect();
        let mut keys = HashSet::new();
        let is_scripted = self.generation.as_ref().is_some_and(Generation::is_scripted);
        for (index, question) in self.questions.iter().enumerate() {
            let key = &question.external_key;
            let at = |field: &str| format!("/questions/{index}{field}");
            check(
                !key.is_empty() && key.chars().count() <= 200 && find_hidden(key).is_none(),
                &at("/external_key"),
                "must have 1 to 200 characters, none of them invisible".into(),
            );
            check(keys.insert(key), &at("/external_key"), format!("{key:?} appears twice in the file"));
            let is_kept_out = !is_scripted || question.status != SeedStatus::Published;
            check(is_kept_out, &at("/status"), format!("must not be published ({key:?}): {SCRIPTED_DRAFT}"));
            match (&question.task, question.domain) {
                (Some(task), _) => {
                    check(tasks.contains(task.as_str()), &at("/task"), format!("the exam has no task {task:?}"));
                }
                (None, Some(number)) => {
                    let known = self.exam.domains.iter().any(|domain| domain.number == number);
                    check(known, &at("/domain"), format!("the exam has no domain {number}"));
                }
                (None, None) => check(false, &at("/task"), "is required if there is no domain".into()),
            }
        }
        faults
    }

    /// Converts the texts of all questions to normal form.
    fn normalize(&mut self, faults: &mut Vec<FieldError>) {
        for (index, question) in self.questions.iter_mut().enumerate() {
            let key = question.external_key.clone();
            let located = |fault: FieldError| FieldError {
                pointer: format!("/questions/{index}{}", fault.pointer),
                detail: format!("({key}) {}", fault.detail),
            };
            faults.extend(question.upkeep().faults().into_iter().map(located));
            match validation::checked(question.content()) {
                Ok(content) => question.set_content(content),
                Err(found) => faults.extend(found.into_iter().map(located)),
            }
        }
    }
}

impl SeedQuestion {
    pub(crate) fn content(&self) -> Content {
        Content {
            kind: self.kind,
            stem: self.stem.clone(),
            explanation: self.explanation.clone(),
            references: self.references.clone(),
            tags: self.tags.clone(),
            difficulty: self.difficulty,
            answers: self
                .answers
                .iter()
                .map(|answer| AnswerContent {
                    body: answer.body.clone(),
                    is_correct: answer.correct,
                    rationale: answer.rationale.clone(),
                    match_body: answer.match_body.clone(),
                })
                .collect(),
        }
    }

    /// The upkeep of the question.
    pub(crate) fn upkeep(&self) -> Upkeep {
        Upkeep {
            subjects: Json(self.subjects.clone()),
            review_by: self.review_by,
            accepted_warnings: Json(self.accepted_warnings.clone()),
        }
    }

    fn set_content(&mut self, content: Content) {
        let Content { kind, stem, explanation, references, tags, difficulty, answers } = content;
        let answers = answers.into_iter().map(SeedAnswer::from).collect();
        (self.kind, self.stem, self.explanation, self.references) = (kind, stem, explanation, references);
        (self.tags, self.difficulty, self.answers) = (tags, difficulty, answers);
    }

    /// The question of a file, in this status.
    pub(crate) fn in_status(question: &Export, status: QuestionStatus) -> Self {
        let status = match status {
            QuestionStatus::Published => SeedStatus::Published,
            QuestionStatus::Retired => SeedStatus::Retired,
            QuestionStatus::Draft | QuestionStatus::InReview => SeedStatus::Draft,
        };
        Self { status, ..Self::from(question) }
    }

    pub(crate) fn is_retired(&self) -> bool {
        self.status == SeedStatus::Retired
    }

    pub(super) fn is_draft(&self) -> bool {
        self.status == SeedStatus::Draft
    }

    pub(super) fn status(&self) -> QuestionStatus {
        match self.status {
            SeedStatus::Published => QuestionStatus::Published,
            SeedStatus::Retired => QuestionStatus::Retired,
            SeedStatus::Draft => QuestionStatus::Draft,
        }
    }
}

impl From<AnswerContent> for SeedAnswer {
    fn from(answer: AnswerContent) -> Self {
        let AnswerContent { body, is_correct, rationale, match_body } = answer;
        Self { body, correct: is_correct, rationale, match_body }
    }
}

impl From<&Export> for SeedQuestion {
    fn from(question: &Export) -> Self {
        let content = question.content.clone();
        Self {
            external_key: question.key.clone(),
            task: question.task.as_ref().map(|(code, _)| code.clone()),
            domain: question.task.is_none().then_some(question.domain.0),
            kind: content.kind,
            difficulty: content.difficulty,
            status: SeedStatus::Published,
            stem: content.stem,
            answers: content.answers.into_iter().map(SeedAnswer::from).collect(),
            explanation: content.explanation,
            references: content.references,
            tags: content.tags,
            subjects: question.upkeep.subjects.0.clone(),
            review_by: question.upkeep.review_by,
            accepted_warnings: question.upkeep.accepted_warnings.0.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_files_are_good() {
        let files = bundled().unwrap();
        let clf = files.iter().find(|file| &*file.exam.code == "clf-c02").unwrap();
        assert!(clf.questions.len() >= 65);
    }

    #[test]
    fn errors_name_the_file_and_the_location() {
        let text = std::str::from_utf8(BUNDLED.get_file("clf-c02.json").unwrap().contents()).unwrap();
        for (from, to, told) in [
            ("\"weight\": 24", "\"weight\": 25", "add up to 100, not to 101"),
            ("\"pass_mark\": 700", "\"pass_mark\": 7000", "/exam/scale"),
            ("\"difficulty\"", "\"dificulty\"", "/questions/0/dificulty is not a known field (line "),
            ("2023-09-19", "2023-19-09", "/exam/blueprint/effective_date is not valid here (line "),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            let error = parse("file.json", changed.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with("file.json: ") && error.contains(told), "{error}");
        }
    }

    #[test]
    fn errors_about_another_shape_do_not_mention_rust() {
        for (text, told) in [
            (r#"{"exam": 1}"#, "/exam must be an object (line 1)"),
            ("{\"exam\":\n [1]}", "/exam/"),
            ("[1]", "the file must be an object"),
            ("{}", "/exam is required (line 1)"),
            ("{\n\"exam\": tru}", "this is not valid JSON: error at line 2, column "),
            ("{\n", "this is not valid JSON: the text ends too early at line 2, column 0"),
        ] {
            let error = parse("bad.json", text.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(&format!("bad.json: {told}")), "{text}: {error}");
            assert!(!["struct", "invalid type", "expected", "`"].iter().any(|word| error.contains(word)), "{error}");
        }
    }

    #[test]
    fn nothing_may_follow_the_file() {
        let text = std::str::from_utf8(BUNDLED.get_file("clf-c02.json").unwrap().contents()).unwrap();
        let error = parse("file.json", format!("{text}{text}").as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with("file.json: this is not valid JSON: error at line "), "{error}");
    }
}
