//! One transaction of an import.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    action::QuestionResult,
    model::{Counts, NewImport},
    plan::{Checked, Plan},
    work::Work,
};
use crate::{
    auth::model::{Identity, UserId},
    db::{DbConnection, types::Timestamp},
    error::{Error, Slug},
    exams,
    interchange::{import, messages::Outcome},
    questions::{model::QuestionId, queries},
};

/// The most questions that are compared and stored together, and the limit for the length of their texts in bytes.
/// After each part, the elapsed time is checked.
const PART_QUESTIONS: usize = 50;
const PART_BYTES: usize = 64 << 10;

/// The next questions of a plan, as many as the time allows. After the last question, the statistics are updated.
pub struct Step {
    plan: Arc<Plan>,
    from: usize,
    /// The outcomes of the questions before.
    before: Counts,
    work: Duration,
}

/// The result of a step.
pub struct Done {
    pub(super) results: Vec<QuestionResult>,
    /// When the work began.
    pub(super) begun: Instant,
    /// How long it took, without the commit.
    pub(super) worked: Duration,
}

impl Done {
    /// The number of questions that this step processed.
    pub fn count(&self) -> usize {
        self.results.len()
    }
}

impl Step {
    pub(super) fn new(plan: Arc<Plan>, from: usize, before: Counts, work: Duration) -> Self {
        Self { plan, from, before, work }
    }

    /// Stores the next questions, for a user or, on the command line, for nobody. Runs inside a transaction. A dry run
    /// needs none.
    pub fn run(&self, conn: &mut DbConnection, user: Option<Identity>, now: Timestamp) -> Result<Done, Error> {
        let begun = Instant::now();
        if !self.plan.target.dry_run {
            exams::queries::lock_by_id(conn, self.plan.exam_id)?;
        }
        self.check(conn, user)?;
        if self.from == self.plan.count() {
            queries::analyze(conn, self.from)?;
        }
        let work = Work { plan: &self.plan, user_id: user.map(|user| user.user_id), now, begun, limit: self.work };
        let mut results = Vec::new();
        while results.is_empty() || !work.is_over() {
            let part = part(self.plan.questions.get(self.from + results.len()..).unwrap_or_default());
            if part.is_empty() {
                break;
            }
            results.extend(work.part(conn, part)?);
        }
        if !self.plan.target.dry_run {
            self.record(conn, user.map(|user| user.user_id), &results)?;
        }
        Ok(Done { results, begun, worked: begun.elapsed() })
    }

    /// Records the progress of the import, and the questions that it created and changed.
    fn record(
        &self,
        conn: &mut DbConnection,
        user_id: Option<UserId>,
        results: &[QuestionResult],
    ) -> Result<(), Error> {
        let mut counts = self.before;
        results.iter().for_each(|result| counts.add(result.outcome));
        if let Some(id) = self.plan.id_of(counts) {
            let Plan { exam_id, format, .. } = *self.plan;
            import::queries::put(conn, NewImport { id, user_id, exam_id, format, counts })?;
            let with = |is_wanted: fn(&QuestionResult) -> bool| -> Vec<QuestionId> {
                results.iter().filter(|result| is_wanted(result)).filter_map(|result| result.id).collect()
            };
            let created = with(|result| matches!(result.outcome, Outcome::Created | Outcome::Superseded));
            queries::link_import(conn, id, &created)?;
            queries::link_changes(conn, id, &with(|result| result.outcome == Outcome::Changed))?;
            queries::note_untouched(conn, &with(|result| result.is_untouched))?;
        }
        Ok(())
    }

    /// Checks that the user still has the permission, and that the blueprint has not changed since the filing.
    fn check(&self, conn: &mut DbConnection, user: Option<Identity>) -> Result<(), Error> {
        self.plan.target.check_role(user)?;
        let exam = exams::queries::find(conn, &self.plan.target.exam)?.ok_or(Error::NotFound("exam"))?;
        if exam.id != self.plan.exam_id || !self.plan.filing.is_of(&exams::queries::blueprint(conn, exam)?) {
            let detail = "the exam's domains or tasks were changed during the import: send the file again";
            return Err(Error::Conflict(Slug::ExamChanged, detail.into()));
        }
        Ok(())
    }
}

/// The first few of these questions.
fn part(questions: &[Checked]) -> &[Checked] {
    let mut bytes = 0;
    let few = questions.iter().take(PART_QUESTIONS).take_while(|checked| {
        let fits = bytes < PART_BYTES;
        bytes += checked.candidate.as_ref().map_or(0, |candidate| candidate.length);
        fits
    });
    questions.get(..few.count()).unwrap_or_default()
}
