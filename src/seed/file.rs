//! Seed files: their format, and what is checked before any of it is written.

use std::collections::HashSet;

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use crate::{
    error::{Error, Fault},
    exams::model::{ExamCode, ScoringPolicy},
    questions::{
        model::{AnswerContent, Content, QuestionKind, QuestionStatus, Reference},
        validation,
    },
};

static BUNDLED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/seed_data");

/// An exam with its questions, as a file holds them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedFile {
    pub(super) exam: SeedExam,
    pub(super) questions: Vec<SeedQuestion>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedExam {
    pub(super) code: ExamCode,
    pub(super) name: String,
    pub(super) provider: String,
    pub(super) blueprint: SeedBlueprint,
    pub(super) question_count: i32,
    pub(super) scored_count: i32,
    pub(super) duration_minutes: i32,
    pub(super) scale: SeedScale,
    pub(super) scoring_policy: ScoringPolicy,
    pub(super) domains: Vec<SeedDomain>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedBlueprint {
    pub(super) version: String,
    pub(super) effective_date: jiff::civil::Date,
    pub(super) source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedScale {
    pub(super) min: i32,
    pub(super) max: i32,
    pub(super) pass_mark: i32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedDomain {
    pub(super) number: i32,
    pub(super) name: String,
    pub(super) weight: i32,
    pub(super) tasks: Vec<SeedTask>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedTask {
    pub(super) code: String,
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedQuestion {
    pub(super) external_key: String,
    pub(super) task: String,
    pub(super) kind: QuestionKind,
    pub(super) difficulty: i32,
    #[serde(default)]
    pub(super) status: SeedStatus,
    pub(super) stem: String,
    pub(super) answers: Vec<SeedAnswer>,
    pub(super) explanation: String,
    pub(super) references: Vec<Reference>,
    #[serde(default)]
    pub(super) tags: Vec<String>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SeedStatus {
    #[default]
    Published,
    Retired,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedAnswer {
    #[serde(default)]
    pub(super) body: String,
    pub(super) correct: bool,
    pub(super) rationale: String,
    #[serde(default, rename = "match")]
    pub(super) match_body: Option<String>,
}

/// The files that are built into the program.
pub fn bundled() -> Result<Vec<SeedFile>, Error> {
    let json = BUNDLED.files().filter(|file| file.path().extension().is_some_and(|extension| extension == "json"));
    json.map(|file| parse(&file.path().display().to_string(), file.contents())).collect()
}

/// Reads a file and checks it whole: nothing is written that cannot be served.
pub fn parse(name: &str, text: &[u8]) -> Result<SeedFile, Error> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let file: SeedFile = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| Error::Refused(format!("{name}: {}: {}", error.path(), error.inner())))?;
    json.end().map_err(|error| Error::Refused(format!("{name}: {error}")))?;
    let faults = file.faults();
    if faults.is_empty() {
        return Ok(file);
    }
    let shown = faults.iter().take(10).map(|fault| format!("{} {}", fault.pointer, fault.detail));
    let more = faults.len().saturating_sub(10);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    Err(Error::Refused(format!("{name}: {}{more}", shown.collect::<Vec<_>>().join("; "))))
}

impl SeedFile {
    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut check = |holds: bool, pointer: &str, detail: String| {
            if !holds {
                faults.push(Fault { pointer: pointer.to_owned(), detail });
            }
        };
        let exam = &self.exam;
        let weight: i32 = exam.domains.iter().map(|domain| domain.weight).sum();
        check(weight == 100, "/exam/domains", format!("have weights that add to {weight}, not to 100"));
        let positive = exam.domains.iter().all(|domain| domain.weight > 0 && domain.number > 0);
        check(positive, "/exam/domains", "must have numbers and weights above 0".into());
        let numbers: HashSet<i32> = exam.domains.iter().map(|domain| domain.number).collect();
        check(numbers.len() == exam.domains.len(), "/exam/domains", "have a number twice".into());
        let codes = || exam.domains.iter().flat_map(|domain| &domain.tasks).map(|task| task.code.as_str());
        let tasks: HashSet<&str> = codes().collect();
        check(tasks.len() == codes().count(), "/exam/domains", "have a task code twice".into());
        let counts = exam.scored_count > 0 && exam.scored_count <= exam.question_count && exam.question_count <= 500;
        check(counts, "/exam/scored_count", "must be from 1 to question_count, and that at most 500".into());
        check((1..=1440).contains(&exam.duration_minutes), "/exam/duration_minutes", "must be from 1 to 1440".into());
        let scale = &exam.scale;
        let on_scale = scale.min < scale.max && (scale.min..=scale.max).contains(&scale.pass_mark);
        check(on_scale, "/exam/scale", "must have min below max and pass_mark between them".into());

        let mut keys = HashSet::new();
        for (index, question) in self.questions.iter().enumerate() {
            let key = &question.external_key;
            let at = |field: &str| format!("/questions/{index}{field}");
            check(!key.is_empty() && key.len() <= 200, &at("/external_key"), "must have 1 to 200 characters".into());
            check(keys.insert(key), &at("/external_key"), format!("{key:?} stands twice in the file"));
            let task = &question.task;
            check(tasks.contains(task.as_str()), &at("/task"), format!("{task:?} is no task of the exam"));
            for fault in validation::faults(&question.content()) {
                check(false, &at(&fault.pointer), format!("({key}) {}", fault.detail));
            }
        }
        faults
    }
}

impl SeedQuestion {
    pub(super) fn content(&self) -> Content {
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

    pub(super) fn status(&self) -> QuestionStatus {
        match self.status {
            SeedStatus::Published => QuestionStatus::Published,
            SeedStatus::Retired => QuestionStatus::Retired,
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
    fn faults_are_told_by_file_and_place() {
        let text = std::str::from_utf8(BUNDLED.get_file("clf-c02.json").unwrap().contents()).unwrap();
        for (from, to, told) in [
            ("\"weight\": 24", "\"weight\": 25", "add to 101"),
            ("\"pass_mark\": 700", "\"pass_mark\": 7000", "/exam/scale"),
            ("\"difficulty\"", "\"dificulty\"", "unknown field `dificulty`"),
            ("2023-09-19", "2023-19-09", "exam.blueprint.effective_date"),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            let error = parse("file.json", changed.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with("file.json: ") && error.contains(told), "{error}");
        }
    }

    #[test]
    fn nothing_may_follow_the_file() {
        let text = std::str::from_utf8(BUNDLED.get_file("clf-c02.json").unwrap().contents()).unwrap();
        let error = parse("file.json", format!("{text}{text}").as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with("file.json: trailing characters"), "{error}");
    }
}
