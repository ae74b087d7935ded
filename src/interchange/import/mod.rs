//! Imports a file into the bank: every question that the bank can represent, or none if the file is unreadable.
//!
//! First the whole file is read, converted and checked, without a connection (`plan`). Then its questions are stored in
//! short transactions (`step`, `work`), with a pause after each one so that other writers get their turn. If an import
//! stops early, the stored questions stay; importing the same file again finds them unchanged and continues.
//!
//! A question is matched by the external key in its file, or else by its stem and answers. If unchanged, it stays; if
//! it changed, it is superseded, or changed in place if it is a draft. Drafts of others and questions in review stay.

use std::{sync::Arc, time::Duration};

use self::model::Counts;
use super::{
    filing::Filing,
    messages::{ImportReport, Imported, Outcome},
    model::Malformed,
};
use crate::{
    auth::model::{Identity, Role},
    db::DbConnection,
    error::{Error, FieldError, Slug},
    exams::{
        self,
        model::{ExamCode, ExamId},
    },
    questions::model::{ImportId, QuestionStatus},
};

mod action;
pub mod faults;
pub mod handlers;
pub mod model;
mod plan;
pub mod queries;
mod standing;
mod step;
mod undo;
mod unfiled;
mod work;

pub use plan::Plan;
pub use step::{Done, Step};

/// The most questions of one file.
pub const MOST: usize = 100_000;
/// The most errors of a file that are reported.
pub const FLAWS: usize = 50;
/// How long a transaction may work before it is committed.
const WORK: Duration = Duration::from_millis(40);
/// The same if commits are slow.
const LEAST_WORK: Duration = Duration::from_millis(5);
/// The longest time of a transaction, including its commit.
const TRANSACTION: Duration = Duration::from_millis(80);
/// The pause after a transaction. In SQLite, writers that wait for the lock first retry every 25 ms.
const PAUSE: Duration = Duration::from_millis(30);
/// The number of new questions from which on the statistics of the query planner are updated.
const MANY: i32 = 1000;
/// How many times in a row no connection may be available before the import gives up.
const BUSY_TRIES: u32 = 5;

/// The target of an import.
#[derive(Debug, Clone)]
pub struct Target {
    /// The exam.
    pub exam: ExamCode,
    /// The number of the domain for questions that name no domain.
    pub domain: Option<i32>,
    /// The status of new and changed questions: draft, in review, or published.
    pub status: QuestionStatus,
    /// Whether to store nothing.
    pub dry_run: bool,
}

impl Target {
    /// The exam and its filing rules, if the user may import with these settings. Without a user (on the command line),
    /// all settings are allowed.
    pub fn find(&self, conn: &mut DbConnection, user: Option<Identity>) -> Result<(ExamId, Filing), Error> {
        self.check_role(user)?;
        let exam = exams::queries::find(conn, &self.exam)?.ok_or(Error::NotFound("exam"))?;
        let blueprint = exams::queries::blueprint(conn, exam)?;
        let unknown = |number| Error::NoneOf(blueprint.no_domain(number));
        let found = |number: i32| blueprint.domain(number).ok_or_else(|| unknown(number));
        let fallback = self.domain.map(found).transpose()?.map(|domain| domain.id);
        Ok((blueprint.exam.id, Filing::new(&blueprint, fallback)))
    }

    fn check_role(&self, user: Option<Identity>) -> Result<(), Error> {
        let may_publish = user.is_none_or(|user| user.role >= Role::Admin);
        if self.status == QuestionStatus::Published && !may_publish {
            let detail = "writers cannot publish their own questions unless they are admins: import drafts";
            return Err(Error::Denied(Slug::OwnQuestion, detail));
        }
        Ok(())
    }
}

/// Why a file was not imported: the first [`FLAWS`] errors in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable(pub Vec<Malformed>);

impl From<Malformed> for Unreadable {
    fn from(malformed: Malformed) -> Self {
        Self(vec![malformed])
    }
}

impl From<Unreadable> for Error {
    fn from(Unreadable(flaws): Unreadable) -> Self {
        let fault = |flaw: Malformed| FieldError { pointer: String::new(), detail: flaw.to_string() };
        Self::Invalid(flaws.into_iter().map(fault).collect())
    }
}

/// Why an import stopped before all questions were stored.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub struct Stopped {
    /// Why.
    pub cause: Error,
    /// The number of questions that were processed before the error; their results stay. 0 in a dry run.
    pub stored: usize,
    /// The number of questions in the file.
    pub of: usize,
    /// The import. Absent if nothing was stored.
    pub import: Option<ImportId>,
}

impl From<Stopped> for Error {
    fn from(Stopped { cause, stored, of, import }: Stopped) -> Self {
        if stored == 0 {
            return cause;
        }
        let by = import.map(|id| format!(" (import {id})")).unwrap_or_default();
        let done = format!(
            "the first {stored} of {of} questions were already imported or skipped{by}, and stay: send the file again to import the rest"
        );
        Self::Stopped { cause: Box::new(cause), done }
    }
}

/// Stores the questions of a file. `transact` runs each step in its own transaction.
pub async fn run(plan: Plan, mut transact: impl AsyncFnMut(Step) -> Result<Done, Error>) -> Result<Finished, Stopped> {
    let plan = Arc::new(plan);
    let (mut results, mut work, mut busy) = (Vec::with_capacity(plan.count()), WORK, 0);
    let mut counts = Counts::default();
    while results.len() < plan.count() {
        match transact(Step::new(Arc::clone(&plan), results.len(), counts, work)).await {
            Ok(done) => {
                let commit = done.begun.elapsed().saturating_sub(done.worked);
                work = TRANSACTION.saturating_sub(commit).clamp(LEAST_WORK, WORK);
                done.results.iter().for_each(|result| counts.add(result.outcome));
                results.extend(done.results);
                busy = 0;
            }
            Err(Error::Busy) if busy < BUSY_TRIES => busy += 1,
            Err(cause) => {
                let stored = if plan.target.dry_run { 0 } else { results.len() };
                return Err(Stopped { cause, stored, of: plan.count(), import: plan.id_of(counts) });
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    if !plan.target.dry_run && counts.created >= MANY {
        let stopped = |cause| Stopped { cause, stored: plan.count(), of: plan.count(), import: plan.id_of(counts) };
        transact(Step::new(Arc::clone(&plan), plan.count(), counts, work)).await.map_err(stopped)?;
    }
    Ok(Finished { id: plan.id_of(counts), plan, results })
}

/// A finished import.
pub struct Finished {
    /// Its id, if it stored anything.
    pub id: Option<ImportId>,
    plan: Arc<Plan>,
    results: Vec<action::QuestionResult>,
}

impl Finished {
    /// The results of all questions. This takes a moment for many questions.
    pub fn report(self) -> ImportReport {
        let mut report = ImportReport { id: self.id, dry_run: self.plan.target.dry_run, ..ImportReport::default() };
        for ((place, name, notes), result) in self.plan.told().zip(self.results) {
            let (name, action::QuestionResult { outcome, reason, id, .. }) = (name.to_owned(), result);
            let notes = if outcome == Outcome::Skipped { Vec::new() } else { notes.to_vec() };
            report.add(Imported { file: place.file.clone(), line: place.line, name, outcome, reason, notes, id });
        }
        report
    }
}
