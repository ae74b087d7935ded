//! From a file into the bank: every question that the bank can hold, or none if the file cannot be read to its end.
//!
//! A question is known again by the name that its file gives it, or else by its stem and answers. What is the same stays;
//! what changed supersedes, as a change by an author does.

use std::collections::HashMap;

use super::{
    filing::Filing,
    messages::{ImportReport, Imported, Outcome},
    model::{Found, Item, Malformed, Place},
    source::Source,
};
use crate::{
    db::{DbConnection, types::Timestamp},
    error::Error,
    exams::{
        self,
        model::{DomainId, Exam, TaskId},
    },
    questions::{
        authoring, keys,
        model::{Answer, Content, Origin, Question, QuestionId, QuestionStatus},
        queries, validation,
    },
    users::model::UserId,
};

/// Questions that are compared and stored together.
const BATCH: usize = 500;
/// The most questions of one file.
pub const MOST: usize = 100_000;

/// Where questions go, and as what.
pub struct Target {
    /// The exam.
    pub exam: Exam,
    /// Its domains and tasks.
    pub filing: Filing,
    /// What new and changed questions are: drafts, or published at once.
    pub status: QuestionStatus,
    /// Who imports; none at the command line.
    pub user_id: Option<UserId>,
    /// Whether to store nothing.
    pub dry_run: bool,
    /// The time.
    pub now: Timestamp,
}

/// A question that can be stored, with its key and its place in the exam.
struct Candidate {
    place: Place,
    name: String,
    key: String,
    filed: (DomainId, Option<TaskId>),
    content: Content,
}

impl From<Malformed> for Error {
    fn from(malformed: Malformed) -> Self {
        Self::invalid("", malformed.to_string())
    }
}

/// Imports the questions of a file. Runs inside a transaction, which an error rolls back whole.
pub fn run(conn: &mut DbConnection, source: &Source<'_>, target: &Target) -> Result<ImportReport, Error> {
    let mut import = Import {
        target,
        seen: HashMap::new(),
        report: ImportReport { dry_run: target.dry_run, ..ImportReport::default() },
    };
    let mut questions = source.questions();
    if !target.dry_run {
        exams::queries::lock_by_id(conn, target.exam.id)?;
    }
    loop {
        let batch = questions.by_ref().take(BATCH).collect::<Result<Vec<Found>, Malformed>>()?;
        if batch.is_empty() {
            if !target.dry_run {
                queries::look_again(conn, import.report.created)?;
            }
            return Ok(import.report);
        }
        if let Some(beyond) = batch.get(MOST.saturating_sub(import.report.questions.len())) {
            let detail = format!("is beyond {MOST} questions: divide the file");
            return Err(Malformed { place: beyond.place.clone(), detail }.into());
        }
        import.batch(conn, batch)?;
    }
}

struct Import<'a> {
    target: &'a Target,
    /// The keys of the file so far, and where they stand.
    seen: HashMap<String, Place>,
    report: ImportReport,
}

impl Import<'_> {
    fn batch(&mut self, conn: &mut DbConnection, batch: Vec<Found>) -> Result<(), Error> {
        let checked: Vec<Result<Candidate, Imported>> = batch.into_iter().map(|found| self.check(found)).collect();
        let keys: Vec<&str> = checked.iter().flatten().map(|candidate| candidate.key.as_str()).collect();
        let mut known = queries::find_by_external_keys(conn, &keys)?;
        add_by_id(conn, &keys, &mut known)?;
        let mut new = Vec::new();
        let mut lines = Vec::with_capacity(checked.len());
        for candidate in &checked {
            let line = match candidate {
                Err(skipped) => Ok((Outcome::Skipped, skipped.reason.clone(), None)),
                Ok(candidate) => match known.remove(&candidate.key) {
                    Some(stored) => self.compare(conn, candidate, stored),
                    None => {
                        new.push((self.place(candidate), &candidate.content));
                        Ok((Outcome::Created, None, None))
                    }
                },
            };
            lines.push(line?);
        }
        let ids = if self.target.dry_run { Vec::new() } else { queries::insert(conn, &new)? };
        let mut ids = ids.into_iter();
        drop(new);
        for (candidate, (outcome, reason, id)) in checked.into_iter().zip(lines) {
            let (place, name) = match candidate {
                Ok(candidate) => (candidate.place, candidate.name),
                Err(skipped) => (Place { file: skipped.file, line: skipped.line }, skipped.name),
            };
            let id = if outcome == Outcome::Created { ids.next() } else { id };
            self.report.add(Imported { file: place.file, line: place.line, name, outcome, reason, id });
        }
        Ok(())
    }

    /// A question that the bank could hold, or why it cannot.
    fn check(&mut self, found: Found) -> Result<Candidate, Imported> {
        let Found { place, name, outcome } = found;
        let skipped = |place: Place, name: String, reason: String| {
            let (file, line) = (place.file, place.line);
            Imported { file, line, name, outcome: Outcome::Skipped, reason: Some(reason), id: None }
        };
        let Item { key, category, mut content, .. } = match outcome {
            Ok(item) => item,
            Err(reason) => return Err(skipped(place, name, reason)),
        };
        let Some(filed) = self.target.filing.place(&category, &mut content.tags) else {
            let reason = "neither category nor tags name a domain or task of the exam: name one, or say the domain of \
                          the whole import";
            return Err(skipped(place, name, reason.into()));
        };
        let content = match validation::checked(content) {
            Ok(content) => content,
            Err(faults) => {
                let told = faults.iter().map(|fault| format!("{} {}", fault.pointer, fault.detail));
                return Err(skipped(place, name, told.collect::<Vec<_>>().join("; ")));
            }
        };
        let key = key.unwrap_or_else(|| keys::derived(&self.target.exam.code, &content));
        if key.trim().is_empty() || key.chars().count() > 200 || key.contains('\0') {
            return Err(skipped(place, name, "its id must have 1 to 200 characters".into()));
        }
        if let Some(before) = self.seen.get(&key) {
            let reason = format!("is there before, at {before}");
            return Err(skipped(place, name, reason));
        }
        self.seen.insert(key.clone(), place.clone());
        Ok(Candidate { place, name, key, filed, content })
    }

    fn place(&self, candidate: &Candidate) -> queries::Place {
        queries::Place {
            exam_id: self.target.exam.id,
            domain_id: candidate.filed.0,
            task_id: candidate.filed.1,
            status: self.target.status,
            origin: Origin::Imported,
            external_key: Some(candidate.key.clone()),
            supersedes_id: None,
            written_by: self.target.user_id,
        }
    }

    /// What becomes of a question whose key the bank has.
    fn compare(
        &self,
        conn: &mut DbConnection,
        candidate: &Candidate,
        stored: (Question, Vec<Answer>),
    ) -> Result<(Outcome, Option<String>, Option<QuestionId>), Error> {
        let is_same = |(question, answers): &(Question, Vec<Answer>)| {
            Content::of(question, answers) == candidate.content
                && (question.domain_id, question.task_id) == candidate.filed
        };
        if stored.0.exam_id != self.target.exam.id {
            let reason = format!("its id {:?} is that of a question of another exam", candidate.key);
            return Ok((Outcome::Skipped, Some(reason), None));
        }
        // The file says what is in service, whatever somebody else has in mind with it.
        if stored.0.status == QuestionStatus::Published && is_same(&stored) {
            return Ok((Outcome::Unchanged, None, Some(stored.0.id)));
        }
        // The key is with the revision in service; a newer one may be on its way.
        let newest = queries::revisions(conn, stored.0.id)?.pop().unwrap_or(stored.0.id);
        if !self.target.dry_run {
            // From here on nobody else changes it.
            queries::lock(conn, newest)?;
        }
        let newest = queries::find(conn, newest)?.unwrap_or(stored);
        if is_same(&newest) {
            return Ok((Outcome::Unchanged, None, Some(newest.0.id)));
        }
        if self.target.dry_run {
            return Ok((Outcome::Superseded, None, None));
        }
        let (user_id, now) = (self.target.user_id, self.target.now);
        let id =
            authoring::revise(conn, &newest.0, candidate.filed, &candidate.content, Origin::Imported, user_id, now)?;
        if self.target.status != QuestionStatus::Draft {
            let revision = queries::lock(conn, id)?.ok_or(Error::NotFound("question"))?;
            match self.target.status {
                QuestionStatus::Published => authoring::publish(conn, &revision, user_id, now)?,
                status => queries::set_status(conn, id, status)?,
            }
            queries::log_change(conn, &revision, self.target.status, user_id, now)?;
        }
        Ok((Outcome::Superseded, None, Some(id)))
    }
}

/// Questions without an external key, which exports name by their ids.
fn add_by_id(
    conn: &mut DbConnection,
    keys: &[&str],
    known: &mut HashMap<String, (Question, Vec<Answer>)>,
) -> Result<(), Error> {
    let unknown = keys.iter().filter(|key| !known.contains_key(**key));
    let ids: Vec<QuestionId> = unknown.filter_map(|key| key.parse().ok()).map(QuestionId).collect();
    if !ids.is_empty() {
        let found = queries::find_all(conn, &ids)?;
        known.extend(found.into_iter().map(|stored| (stored.0.id.to_string(), stored)));
    }
    Ok(())
}
