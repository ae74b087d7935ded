//! One transaction of an import.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    model::{Counts, NewImport},
    plan::{Candidate, Checked, Plan},
    standing::{why_left_alone, why_not_moved},
};
use crate::{
    auth::model::{Identity, UserId},
    db::{DbConnection, types::Timestamp},
    error::{Error, Slug},
    exams,
    interchange::{import, messages::Outcome},
    questions::{
        acceptance, authoring,
        drafts::QuestionDraft,
        keys,
        model::{Answer, Content, Origin, Question, QuestionId, QuestionStatus, Remark},
        queries,
    },
};

/// The most questions that are compared and stored together, and the bytes of their texts at which it is enough: little
/// work, after which the time is looked at.
const PART_QUESTIONS: usize = 50;
const PART_BYTES: usize = 64 << 10;

/// The next questions of a plan, as many as the time allows; behind the last one, a look at what was stored.
pub struct Step {
    plan: Arc<Plan>,
    from: usize,
    /// What came of the questions before.
    before: Counts,
    work: Duration,
}

/// What came of a question.
pub(super) struct Told {
    pub(super) outcome: Outcome,
    pub(super) reason: Option<String>,
    pub(super) id: Option<QuestionId>,
    /// Whether the question in the bank is what this import stored, and nobody else's work.
    is_ours: bool,
}

impl Told {
    fn new(outcome: Outcome, id: Option<QuestionId>) -> Self {
        let is_ours = matches!(outcome, Outcome::Created | Outcome::Superseded);
        Self { outcome, reason: None, id, is_ours }
    }

    fn skipped(reason: String, id: Option<QuestionId>) -> Self {
        Self { reason: Some(reason), ..Self::new(Outcome::Skipped, id) }
    }
}

/// What came of a step.
pub struct Done {
    pub(super) results: Vec<Told>,
    /// When the work began.
    pub(super) begun: Instant,
    /// How long it took, without the commit.
    pub(super) worked: Duration,
}

impl Done {
    /// How many questions of the file are done with this.
    pub fn count(&self) -> usize {
        self.results.len()
    }
}

impl Step {
    pub(super) fn new(plan: Arc<Plan>, from: usize, before: Counts, work: Duration) -> Self {
        Self { plan, from, before, work }
    }

    /// Stores the next questions, for a user or, at the command line, for nobody. Runs inside a transaction; a dry run
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

    /// Notes how far the import has come, and which questions it stored.
    fn record(&self, conn: &mut DbConnection, user_id: Option<UserId>, results: &[Told]) -> Result<(), Error> {
        let mut counts = self.before;
        results.iter().for_each(|result| counts.add(result.outcome));
        if let Some(id) = self.plan.id_of(counts) {
            let Plan { exam_id, format, .. } = *self.plan;
            import::queries::put(conn, NewImport { id, user_id, exam_id, format, counts })?;
            let stored = results.iter().filter(|result| result.is_ours).filter_map(|result| result.id);
            queries::link_import(conn, id, &stored.collect::<Vec<_>>())?;
        }
        Ok(())
    }

    /// Whether the user still may, and the exam still is what the questions were filed under.
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

struct Work<'a> {
    plan: &'a Plan,
    user_id: Option<UserId>,
    now: Timestamp,
    begun: Instant,
    limit: Duration,
}

type Stored = (Question, Vec<Answer>);

impl Work<'_> {
    fn is_over(&self) -> bool {
        self.begun.elapsed() >= self.limit
    }

    /// Compares and stores some questions: at least the first, and not all when the time is over.
    fn part(&self, conn: &mut DbConnection, part: &[Checked]) -> Result<Vec<Told>, Error> {
        let keys: Vec<&str> =
            part.iter().flat_map(|checked| &checked.candidate).map(|candidate| candidate.key.as_str()).collect();
        let mut known = queries::find_by_external_keys(conn, &keys)?;
        add_by_id(conn, &keys, &mut known)?;
        let mut alike = self.alike(conn, part, &known)?;
        let (mut new, mut results) = (Vec::new(), Vec::with_capacity(part.len()));
        for checked in part {
            if !results.is_empty() && self.is_over() {
                break;
            }
            results.push(match &checked.candidate {
                Err(reason) => Told::skipped(reason.clone(), None),
                Ok(candidate) => match known.remove(&candidate.key) {
                    Some(stored) => self.compare(conn, candidate, stored)?,
                    None => match alike.remove(&candidate.derived) {
                        Some(stored) => self.under_another_key(conn, candidate, &stored.0)?,
                        None => match self.refusal(candidate.draft.as_deref()) {
                            Some(reason) => Told::skipped(reason, None),
                            None => {
                                new.push(candidate);
                                Told::new(Outcome::Created, None)
                            }
                        },
                    },
                },
            });
        }
        if !self.plan.target.dry_run {
            let mut ids = self.insert(conn, &new)?.into_iter();
            for created in results.iter_mut().filter(|result| result.outcome == Outcome::Created) {
                created.id = ids.next();
            }
        }
        Ok(results)
    }

    /// Stores new questions, and where those come from that a language model drafted.
    fn insert(&self, conn: &mut DbConnection, new: &[&Candidate]) -> Result<Vec<QuestionId>, Error> {
        let rows: Vec<_> = new.iter().map(|candidate| (self.place(candidate), &candidate.content)).collect();
        let ids = queries::insert(conn, &rows)?;
        for (id, candidate) in ids.iter().zip(new) {
            let Some(draft) = candidate.draft.as_deref() else { continue };
            let mut draft = self.draft_of(*id, draft);
            if self.plan.target.status == QuestionStatus::Published {
                draft.changed = Some(acceptance::changed(&draft.content.0, &candidate.content));
                draft.accepted_at = Some(self.now);
            }
            queries::insert_draft(conn, &draft)?;
        }
        Ok(ids)
    }

    /// What is stored of where a question comes from: its importer counts as who asked for it.
    fn draft_of(&self, question_id: QuestionId, draft: &QuestionDraft) -> QuestionDraft {
        QuestionDraft { question_id, requested_by: self.user_id, ..draft.clone() }
    }

    /// Why a draft of a language model is not published, if it was to be.
    fn refusal(&self, draft: Option<&QuestionDraft>) -> Option<String> {
        let draft = draft.filter(|_| self.plan.target.status == QuestionStatus::Published)?;
        acceptance::check(draft, &Remark::default()).err().map(|refused| refused.to_string())
    }

    /// The questions of the bank with the texts of those whose keys it does not have, by the keys that these texts give.
    fn alike(
        &self,
        conn: &mut DbConnection,
        part: &[Checked],
        known: &HashMap<String, Stored>,
    ) -> Result<HashMap<String, Stored>, Error> {
        let candidates = part.iter().flat_map(|checked| &checked.candidate);
        let unknown = candidates.filter(|candidate| !known.contains_key(&candidate.key));
        let stems: Vec<&str> = unknown.map(|candidate| candidate.content.stem.as_str()).collect();
        let mut alike: HashMap<String, Stored> = HashMap::new();
        if stems.is_empty() {
            return Ok(alike);
        }
        for stored in queries::find_by_stems(conn, self.plan.exam_id, &stems)? {
            let key = keys::derived(&self.plan.target.exam, &Content::of(&stored.0, &stored.1));
            // Of several, one that is not retired.
            if alike.get(&key).is_none_or(|(other, _)| other.status == QuestionStatus::Retired) {
                alike.insert(key, stored);
            }
        }
        Ok(alike)
    }

    /// What becomes of a question that the bank has under another key.
    fn under_another_key(
        &self,
        conn: &mut DbConnection,
        candidate: &Candidate,
        stored: &Question,
    ) -> Result<Told, Error> {
        let name = stored.external_key.clone().unwrap_or_else(|| stored.id.to_string());
        if stored.status == QuestionStatus::Retired {
            return Ok(Told::skipped(format!("the bank has it as {name}, which is retired"), Some(stored.id)));
        }
        self.adopt(conn, candidate, stored.id)?;
        let reason = Some(format!("the bank has it as {name}"));
        Ok(Told { reason, ..Told::new(Outcome::Unchanged, Some(stored.id)) })
    }

    /// Notes where a question comes from that was brought in without it. Only the importer's own drafts: what others wrote
    /// is not called a model's on the word of a file.
    fn adopt(&self, conn: &mut DbConnection, candidate: &Candidate, id: QuestionId) -> Result<(), Error> {
        let Some(draft) = candidate.draft.as_deref().filter(|_| !self.plan.target.dry_run) else { return Ok(()) };
        let Some(question) = queries::lock(conn, id)? else { return Ok(()) };
        if question.origin != Origin::Generated && !question.frozen && question.written_by == self.user_id {
            queries::mark_generated(conn, id)?;
            queries::insert_draft(conn, &self.draft_of(id, draft))?;
        }
        Ok(())
    }

    fn place(&self, candidate: &Candidate) -> queries::NewPlacement {
        queries::NewPlacement {
            exam_id: self.plan.exam_id,
            domain_id: candidate.filed.0,
            task_id: candidate.filed.1,
            status: self.plan.target.status,
            origin: candidate.origin(),
            external_key: Some(candidate.key.clone()),
            supersedes_id: None,
            written_by: self.user_id,
            upkeep: candidate.upkeep.clone().unwrap_or_default(),
            upkeep_changed: candidate.upkeep.is_some(),
        }
    }

    /// What becomes of a question whose key the bank has.
    fn compare(&self, conn: &mut DbConnection, candidate: &Candidate, stored: Stored) -> Result<Told, Error> {
        let is_same = |(question, answers): &Stored| {
            (question.domain_id, question.task_id) == candidate.filed
                && Content::of(question, answers) == candidate.content
        };
        let (target, user_id, now) = (&self.plan.target, self.user_id, self.now);
        if stored.0.exam_id != self.plan.exam_id {
            let reason = format!("its id {:?} is that of a question of another exam", candidate.key);
            return Ok(Told::skipped(reason, None));
        }
        // The file says what is in service, whatever somebody else has in mind with it.
        if stored.0.status == QuestionStatus::Published && is_same(&stored) {
            return self.keep_up(conn, candidate, &stored.0);
        }
        // The key is with the revision in service; a newer one may be on its way.
        let mut newest = queries::newest(conn, stored.0.id)?;
        if !target.dry_run {
            // Once it is locked and still is the newest, nobody else changes it.
            queries::lock(conn, newest)?;
            while let Some(newer) = queries::successor(conn, newest)? {
                newest = newer;
                queries::lock(conn, newest)?;
            }
        }
        let newest = queries::find(conn, newest)?.unwrap_or(stored);
        let (newest, is_same) = (&newest.0, is_same(&newest));
        let id = newest.id;
        let why = if is_same { why_not_moved(newest, target.status, user_id) } else { why_left_alone(newest, user_id) };
        if is_same && (why.is_some() || newest.status != QuestionStatus::Draft || target.status == newest.status) {
            self.adopt(conn, candidate, id)?;
            return Ok(Told { reason: why.map(str::to_owned), ..self.keep_up(conn, candidate, newest)? });
        }
        if let Some(reason) = why {
            return Ok(Told::skipped(reason.to_owned(), Some(id)));
        }
        let drafted = authoring::unaccepted_draft(conn, newest)?;
        if let Some(reason) = self.refusal(drafted.as_ref().or(candidate.draft.as_deref())) {
            return Ok(Told::skipped(reason, Some(id)));
        }
        let outcome = if newest.frozen { Outcome::Superseded } else { Outcome::Changed };
        if target.dry_run {
            return Ok(Told::new(outcome, Some(id).filter(|_| outcome == Outcome::Changed)));
        }
        // A draft that only imports have written can be taken back with the last of them.
        let is_ours = newest.frozen || queries::is_untouched_import(conn, id)?;
        let (filed, content) = (candidate.filed, &candidate.content);
        let id = match is_same {
            true => id,
            false => authoring::revise(conn, newest, filed, content, candidate.origin(), user_id, now)?,
        };
        if let Some(upkeep) = candidate.upkeep.as_ref().filter(|upkeep| **upkeep != newest.upkeep) {
            queries::set_upkeep(conn, id, upkeep)?;
        }
        match candidate.draft.as_deref() {
            Some(draft) if id != newest.id => queries::insert_draft(conn, &self.draft_of(id, draft))?,
            _ => self.adopt(conn, candidate, id)?,
        }
        if target.status != QuestionStatus::Draft {
            let revision = queries::lock(conn, id)?.ok_or(Error::NotFound("question"))?;
            match target.status {
                QuestionStatus::Published => authoring::publish(conn, &revision, user_id, &Remark::default(), now)?,
                status => queries::set_status(conn, id, status)?,
            }
            queries::log_change(conn, &revision, target.status, user_id, Remark::default(), now)?;
        }
        Ok(Told { is_ours, ..Told::new(outcome, Some(id)) })
    }

    /// What becomes of a question that says the same in the file.
    fn keep_up(&self, conn: &mut DbConnection, candidate: &Candidate, stored: &Question) -> Result<Told, Error> {
        let changed = candidate.upkeep.as_ref().filter(|upkeep| **upkeep != stored.upkeep);
        if let Some(upkeep) = changed.filter(|_| !self.plan.target.dry_run) {
            queries::set_upkeep(conn, stored.id, upkeep)?;
        }
        let outcome = if changed.is_some() { Outcome::Changed } else { Outcome::Unchanged };
        Ok(Told::new(outcome, Some(stored.id)))
    }
}

impl Candidate {
    fn origin(&self) -> Origin {
        if self.draft.is_some() { Origin::Generated } else { Origin::Imported }
    }
}

/// Questions without an external key, which exports name by their ids.
fn add_by_id(conn: &mut DbConnection, keys: &[&str], known: &mut HashMap<String, Stored>) -> Result<(), Error> {
    let unknown = keys.iter().filter(|key| !known.contains_key(**key));
    let ids: Vec<QuestionId> = unknown.filter_map(|key| key.parse().ok()).map(QuestionId).collect();
    if !ids.is_empty() {
        let found = queries::find_all(conn, &ids)?;
        known.extend(found.into_iter().map(|stored| (stored.0.id.to_string(), stored)));
    }
    Ok(())
}
