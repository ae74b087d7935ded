//! Seeding: exams and questions from JSON files into the database, as often as you like.
//!
//! Everything is matched by its name in the file: exams by code, domains by number, tasks by code, questions by external
//! key. What is the same stays untouched. A published question that changed is superseded by a new revision, so that
//! attempts keep what they showed.

use std::collections::{HashMap, HashSet};

use diesel::{RunQueryDsl, connection::SimpleConnection};
use include_dir::{Dir, include_dir};
use serde::Deserialize;

use crate::{
    attempts,
    db::DbConnection,
    error::{Error, Fault},
    exams::{
        self,
        model::{DomainId, ExamId, ScoringPolicy, TaskId},
    },
    questions::{
        self,
        model::{AnswerContent, Content, Origin, QuestionKind, QuestionStatus, Reference},
        queries::Place,
        validation,
    },
    schema,
};

static BUNDLED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/seed_data");
/// Questions that are compared and written together.
const BATCH: usize = 500;

/// An exam with its questions, as a file holds them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedFile {
    exam: SeedExam,
    questions: Vec<SeedQuestion>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedExam {
    code: String,
    name: String,
    provider: String,
    blueprint: SeedBlueprint,
    question_count: i32,
    scored_count: i32,
    duration_minutes: i32,
    scale: SeedScale,
    scoring_policy: ScoringPolicy,
    domains: Vec<SeedDomain>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedBlueprint {
    version: String,
    effective_date: jiff::civil::Date,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedScale {
    min: i32,
    max: i32,
    pass_mark: i32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedDomain {
    number: i32,
    name: String,
    weight: i32,
    tasks: Vec<SeedTask>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedTask {
    code: String,
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedQuestion {
    external_key: String,
    task: String,
    kind: QuestionKind,
    difficulty: i32,
    #[serde(default)]
    status: SeedStatus,
    stem: String,
    answers: Vec<SeedAnswer>,
    explanation: String,
    references: Vec<Reference>,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SeedStatus {
    #[default]
    Published,
    Retired,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedAnswer {
    #[serde(default)]
    body: String,
    correct: bool,
    rationale: String,
    #[serde(default, rename = "match")]
    match_body: Option<String>,
}

/// What seeding did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Questions that were not there.
    pub created: usize,
    /// Questions whose revision was superseded by a changed one.
    pub superseded: usize,
    /// Questions that were retired or put back into service.
    pub moved: usize,
    /// Questions that were the same as before.
    pub unchanged: usize,
}

/// Whether what is there is cleared first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reset {
    /// Nothing is cleared.
    No,
    /// Exams and questions are cleared, unless attempts exist.
    UnlessAttempts,
    /// Exams and questions are cleared, and all attempts with them.
    WithAttempts,
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
        let code_is_plain = !exam.code.is_empty()
            && exam.code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && exam.code.len() <= 64;
        check(code_is_plain, "/exam/code", "must be lower-case letters, digits and hyphens".into());
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
    fn content(&self) -> Content {
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

    fn status(&self) -> QuestionStatus {
        match self.status {
            SeedStatus::Published => QuestionStatus::Published,
            SeedStatus::Retired => QuestionStatus::Retired,
        }
    }
}

/// Brings the files into the database and checks the counts. Runs inside a transaction, which an error rolls back whole.
pub fn apply(conn: &mut DbConnection, files: &[SeedFile], reset: Reset) -> Result<Summary, Error> {
    wait_for_turn(conn)?;
    if reset != Reset::No {
        clear(conn, reset)?;
    }
    let mut summary = Summary::default();
    for file in files {
        let (exam_id, places) = put_exam(conn, &file.exam)?;
        put_questions(conn, file, exam_id, &places, &mut summary)?;
        verify(conn, file, exam_id)?;
    }
    Ok(summary)
}

/// Servers that start together seed one after the other. On SQLite the transaction has the write lock already.
fn wait_for_turn(conn: &mut DbConnection) -> Result<(), Error> {
    if let DbConnection::Postgres(_) = conn {
        conn.batch_execute("LOCK TABLE exams IN SHARE ROW EXCLUSIVE MODE")?;
    }
    Ok(())
}

fn clear(conn: &mut DbConnection, reset: Reset) -> Result<(), Error> {
    let attempts = attempts::queries::count(conn)?;
    if attempts > 0 && reset != Reset::WithAttempts {
        return Err(Error::Refused(format!(
            "{attempts} attempt(s) exist and would be deleted: say --force as well if that is meant"
        )));
    }
    diesel::delete(schema::attempt_slots::table).execute(conn)?;
    diesel::delete(schema::attempts::table).execute(conn)?;
    diesel::delete(schema::answers::table).execute(conn)?;
    diesel::delete(schema::questions::table).execute(conn)?;
    diesel::delete(schema::tasks::table).execute(conn)?;
    diesel::delete(schema::domains::table).execute(conn)?;
    diesel::delete(schema::exams::table).execute(conn)?;
    Ok(())
}

/// The domain and task that a task code stands for.
type Places = HashMap<String, (DomainId, TaskId)>;

fn put_exam(conn: &mut DbConnection, exam: &SeedExam) -> Result<(ExamId, Places), Error> {
    let date = exam.blueprint.effective_date.to_string();
    let row = exams::model::ExamChange {
        code: &exam.code,
        name: &exam.name,
        provider: &exam.provider,
        blueprint_version: &exam.blueprint.version,
        blueprint_date: &date,
        blueprint_source: &exam.blueprint.source,
        question_count: exam.question_count,
        scored_count: exam.scored_count,
        duration_minutes: exam.duration_minutes,
        scale_min: exam.scale.min,
        scale_max: exam.scale.max,
        pass_mark: exam.scale.pass_mark,
        scoring_policy: exam.scoring_policy,
    };
    let exam_id = exams::queries::put(conn, &row)?;
    let mut places = Places::new();
    for domain in &exam.domains {
        let domain_id = exams::queries::put_domain(conn, exam_id, domain.number, &domain.name, domain.weight)?;
        for task in &domain.tasks {
            let task_id = exams::queries::put_task(conn, domain_id, &task.code, &task.name)?;
            places.insert(task.code.clone(), (domain_id, task_id));
        }
    }
    Ok((exam_id, places))
}

fn put_questions(
    conn: &mut DbConnection,
    file: &SeedFile,
    exam_id: ExamId,
    places: &Places,
    summary: &mut Summary,
) -> Result<(), Error> {
    for batch in file.questions.chunks(BATCH) {
        let keys: Vec<&str> = batch.iter().map(|question| question.external_key.as_str()).collect();
        let mut known = questions::queries::find_by_external_keys(conn, &keys)?;
        let contents: Vec<Content> = batch.iter().map(SeedQuestion::content).collect();
        let mut new = Vec::new();
        for (question, content) in batch.iter().zip(&contents) {
            let (domain_id, task_id) = *places
                .get(&question.task)
                .ok_or_else(|| Error::Refused(format!("{} has an unknown task", question.external_key)))?;
            let mut place = Place {
                exam_id,
                domain_id,
                task_id: Some(task_id),
                status: question.status(),
                origin: Origin::Bundled,
                external_key: Some(question.external_key.clone()),
                supersedes_id: None,
            };
            let Some((stored, answers)) = known.remove(&question.external_key) else {
                summary.created += 1;
                new.push((place, content));
                continue;
            };
            if stored.exam_id != exam_id {
                return Err(Error::Refused(format!(
                    "{} is the external key of a question of another exam",
                    question.external_key
                )));
            }
            let same = Content::of(&stored, &answers) == *content && stored.task_id == place.task_id;
            match (same, stored.status, place.status) {
                (true, before, wanted) if before == wanted => summary.unchanged += 1,
                (true, _, QuestionStatus::Retired) => {
                    questions::queries::retire(conn, &stored, true)?;
                    summary.moved += 1;
                }
                (true, _, _) => {
                    questions::queries::republish(conn, &stored)?;
                    summary.moved += 1;
                }
                (false, _, _) => {
                    questions::queries::retire(conn, &stored, false)?;
                    place.supersedes_id = Some(stored.id);
                    summary.superseded += 1;
                    new.push((place, content));
                }
            }
        }
        questions::queries::insert(conn, &new)?;
    }
    Ok(())
}

/// What the file says must be there, and the counters of the domains must be right; otherwise all is rolled back.
fn verify(conn: &mut DbConnection, file: &SeedFile, exam_id: ExamId) -> Result<(), Error> {
    let code = &file.exam.code;
    let domains = exams::queries::domains(conn, exam_id)?;
    let weight: i32 = domains.iter().map(|domain| domain.weight).sum();
    if weight != 100 {
        return Err(Error::Refused(format!(
            "{code}: the domains in the database have weights that add to {weight}: one of them is no longer in the file"
        )));
    }
    let counted = questions::queries::count_published(conn, exam_id)?;
    for domain in &domains {
        let published = counted.get(&domain.id).copied().unwrap_or(0);
        if published != i64::from(domain.published_count) {
            return Err(Error::Internal(format!("{code}: domain {} has a wrong counter", domain.number)));
        }
    }
    let mut found = 0;
    for batch in file.questions.chunks(BATCH) {
        let keys: Vec<&str> = batch.iter().map(|question| question.external_key.as_str()).collect();
        found += questions::queries::count_by_external_keys(conn, exam_id, &keys)?;
    }
    if found != file.questions.len() as i64 {
        let expected = file.questions.len();
        return Err(Error::Internal(format!("{code}: {found} of {expected} questions are in the database")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_files_are_good() {
        let files = bundled().unwrap();
        let clf = files.iter().find(|file| file.exam.code == "clf-c02").unwrap();
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
}
