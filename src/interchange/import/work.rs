//! Stores the questions of a file: compares them with the bank and stores them, several at a time, so that each
//! statement processes all of them.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use super::{
    action::{Action, QuestionResult, Revision},
    plan::{Candidate, Checked, Plan},
    standing::{why_left_alone, why_not_moved, why_not_replaced},
};
use crate::{
    auth::{
        self,
        model::{Names, UserId},
    },
    db::{DbConnection, types::Timestamp},
    error::Error,
    interchange::messages::Outcome,
    questions::{
        acceptance, authoring,
        drafts::QuestionDraft,
        keys,
        model::{Answer, Content, Origin, Question, QuestionId, QuestionStatus, Remark},
        queries,
    },
};

/// The most questions of a part that change their status, each with its own statements.
const MOST_MOVED: usize = 10;

/// The context for storing the questions of one transaction.
pub(super) struct Work<'a> {
    pub(super) plan: &'a Plan,
    pub(super) user_id: Option<UserId>,
    pub(super) now: Timestamp,
    pub(super) begun: Instant,
    pub(super) limit: Duration,
}

type Stored = (Question, Vec<Answer>);

/// The newest revisions of questions of the bank.
#[derive(Default)]
struct Newest {
    /// Their ids, by the ids of the revisions that have the keys.
    ids: HashMap<QuestionId, QuestionId>,
    found: HashMap<QuestionId, Stored>,
    /// Those that only imports have written.
    untouched: HashSet<QuestionId>,
    /// The names of their last writers.
    writers: Names,
    /// For questions that are published as in the file: their newer revisions that are not published yet.
    pending: HashMap<QuestionId, QuestionId>,
}

impl Newest {
    /// The newest revision of a question, its answers, and whether only imports have written it.
    fn of(&self, (question, _): &Stored) -> Option<(&Question, &[Answer], bool)> {
        let id = self.ids.get(&question.id)?;
        let (newest, answers) = self.found.get(id)?;
        Some((newest, answers, self.untouched.contains(id)))
    }
}

fn is_same(candidate: &Candidate, question: &Question, answers: &[Answer]) -> bool {
    (question.domain_id, question.task_id) == candidate.filed && Content::of(question, answers) == candidate.content
}

/// Whether the file equals the published revision.
fn is_in_service_as(candidate: &Candidate, (question, answers): &Stored) -> bool {
    question.status == QuestionStatus::Published && is_same(candidate, question, answers)
}

impl Work<'_> {
    pub(super) fn is_over(&self) -> bool {
        self.begun.elapsed() >= self.limit
    }

    /// Compares and stores some questions: at least one, and not all if the time is up.
    pub(super) fn part(&self, conn: &mut DbConnection, part: &[Checked]) -> Result<Vec<QuestionResult>, Error> {
        let keys: Vec<&str> =
            part.iter().flat_map(|checked| &checked.candidate).map(|candidate| candidate.key.as_str()).collect();
        let mut known = queries::find_by_external_keys(conn, &keys)?;
        add_by_id(conn, &keys, &mut known)?;
        let mut alike = self.alike(conn, part, &known)?;
        let newest = self.newest(conn, part, &known)?;
        let most = if self.plan.target.status == QuestionStatus::Draft { part.len() } else { MOST_MOVED };
        let (mut actions, mut taken) = (Vec::with_capacity(part.len()), HashSet::new());
        for checked in part {
            if taken.len() == most || (!actions.is_empty() && self.is_over()) {
                break;
            }
            actions.push(match &checked.candidate {
                Err(reason) => Action::Done(QuestionResult::skipped(reason.clone(), None)),
                Ok(candidate) => match known.get(&candidate.key) {
                    Some(stored) => match newest.of(stored).filter(|_| !is_in_service_as(candidate, stored)) {
                        // Two keys of one question: the second is compared with the result of the first.
                        Some((newest, ..)) if taken.contains(&newest.id) => break,
                        _ => {
                            let action = self.compare(conn, candidate, stored, &newest)?;
                            if let Action::Revision(revision) = &action {
                                taken.insert(revision.newest.id);
                            }
                            action
                        }
                    },
                    None => match alike.remove(&candidate.derived) {
                        Some(stored) => Action::Done(self.under_another_key(conn, candidate, &stored)?),
                        None => match self.refusal(candidate.draft.as_deref()) {
                            Some(reason) => Action::Done(QuestionResult::skipped(reason, None)),
                            None => Action::New(candidate),
                        },
                    },
                },
            });
        }
        self.store(conn, actions)
    }

    /// Stores new and changed questions.
    fn store(&self, conn: &mut DbConnection, actions: Vec<Action>) -> Result<Vec<QuestionResult>, Error> {
        let is_dry = self.plan.target.dry_run;
        let new: Vec<&Candidate> = actions.iter().filter_map(Action::candidate).collect();
        let mut new = if is_dry { Vec::new() } else { self.insert(conn, &new)? }.into_iter();
        let revisions: Vec<&Revision> = actions.iter().filter_map(Action::revision).collect();
        let revised = if is_dry { Vec::new() } else { self.revise(conn, &revisions)? };
        let mut revised = revised.into_iter();
        let told = |action| match action {
            Action::Done(told) => told,
            Action::New(_) => QuestionResult::new(Outcome::Created, new.next()),
            Action::Revision(Revision { newest, outcome, is_untouched, .. }) => {
                let id = revised.next().or(Some(newest.id).filter(|_| outcome == Outcome::Changed));
                QuestionResult { is_untouched, ..QuestionResult::new(outcome, id) }
            }
        };
        Ok(actions.into_iter().map(told).collect())
    }

    /// Locks and returns the newest revisions of the questions that are already in the bank.
    fn newest(
        &self,
        conn: &mut DbConnection,
        part: &[Checked],
        known: &HashMap<String, Stored>,
    ) -> Result<Newest, Error> {
        let candidates = part.iter().flat_map(|checked| &checked.candidate);
        let stored = candidates.filter_map(|candidate| Some((candidate, known.get(&candidate.key)?)));
        let stored = stored.filter(|(_, stored)| stored.0.exam_id == self.plan.exam_id);
        let (in_service, others): (Vec<_>, Vec<_>) =
            stored.partition(|(candidate, stored)| is_in_service_as(candidate, stored));
        let in_service = queries::newest(conn, in_service.iter().map(|(_, stored)| stored.0.id))?;
        let pending = in_service.into_iter().filter(|(id, newest)| id != newest).collect();
        let ids = others.iter().map(|(_, stored)| stored.0.id);
        let ids = match self.plan.target.dry_run {
            true => queries::newest(conn, ids)?,
            false => queries::lock_newest(conn, ids)?,
        };
        let mut last: Vec<QuestionId> = ids.values().copied().collect();
        last.sort_unstable();
        last.dedup();
        if last.is_empty() {
            return Ok(Newest { pending, ..Newest::default() });
        }
        let found: HashMap<_, _> =
            queries::find_all(conn, &last)?.into_iter().map(|stored| (stored.0.id, stored)).collect();
        let others = found.values().map(|(question, _)| question.written_by).filter(|writer| *writer != self.user_id);
        let writers = auth::queries::names(conn, others)?;
        Ok(Newest { ids, found, untouched: queries::untouched_imports(conn, &last)?, writers, pending })
    }

    /// Stores new questions, and the origin of those that a language model drafted.
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

    /// The origin to store: the importer counts as the user who requested the draft.
    fn draft_of(&self, question_id: QuestionId, draft: &QuestionDraft) -> QuestionDraft {
        QuestionDraft { question_id, requested_by: self.user_id, ..draft.clone() }
    }

    /// Why a draft of a language model is not published as requested.
    fn refusal(&self, draft: Option<&QuestionDraft>) -> Option<String> {
        let draft = draft.filter(|_| self.plan.target.status == QuestionStatus::Published)?;
        acceptance::check(draft, &Remark::default()).err().map(|refused| refused.to_string())
    }

    /// Questions of the bank with the same texts as those whose keys are unknown, by the keys derived from these texts.
    fn alike(
        &self,
        conn: &mut DbConnection,
        part: &[Checked],
        known: &HashMap<String, Stored>,
    ) -> Result<HashMap<String, Stored>, Error> {
        let candidates = part.iter().flat_map(|checked| &checked.candidate);
        let unknown = candidates.filter(|candidate| !known.contains_key(&candidate.key));
        let unknown: HashMap<&str, &Content> =
            unknown.map(|candidate| (candidate.derived.as_str(), &candidate.content)).collect();
        let mut alike: HashMap<String, Stored> = HashMap::new();
        if unknown.is_empty() {
            return Ok(alike);
        }
        let stems: Vec<&str> = unknown.values().map(|content| content.stem.as_str()).collect();
        for stored in queries::find_by_stems(conn, self.plan.exam_id, &stems)? {
            let content = Content::of(&stored.0, &stored.1);
            let key = keys::derived(&self.plan.target.exam, &content);
            let Some(of_file) = unknown.get(key.as_str()) else { continue };
            // Of several, prefer one that is not retired, then one with the same right answers.
            let rank = |question: &Question, content: &Content| {
                (question.status != QuestionStatus::Retired, content.right_answers().eq(of_file.right_answers()))
            };
            let before = alike.get(&key).map(|(question, answers)| rank(question, &Content::of(question, answers)));
            if before.is_none_or(|before| before < rank(&stored.0, &content)) {
                alike.insert(key, stored);
            }
        }
        Ok(alike)
    }

    /// What to do with a question that is in the bank under another key.
    fn under_another_key(
        &self,
        conn: &mut DbConnection,
        candidate: &Candidate,
        (stored, answers): &Stored,
    ) -> Result<QuestionResult, Error> {
        let name = stored.external_key.clone().unwrap_or_else(|| stored.id.to_string());
        if !answers.iter().map(|answer| answer.is_correct).eq(candidate.content.right_answers()) {
            let retired = if stored.status == QuestionStatus::Retired { " and retired" } else { "" };
            let reason = format!(
                "the bank has this question as {name}{retired}, but with other right answers. Correct the \
                 file, or the question in the bank"
            );
            return Ok(QuestionResult::skipped(reason, Some(stored.id)));
        }
        if stored.status == QuestionStatus::Retired {
            return Ok(QuestionResult::skipped(
                format!("the bank has it as {name}, which is retired"),
                Some(stored.id),
            ));
        }
        self.adopt(conn, candidate, stored.id)?;
        let reason = Some(format!("the bank has it as {name}"));
        Ok(QuestionResult { reason, ..QuestionResult::new(Outcome::Unchanged, Some(stored.id)) })
    }

    /// Records the origin of a question that was imported without it. Only for the importer's own drafts: a file alone
    /// cannot declare what others wrote to be a model's.
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

    /// What to do with a question whose key is in the bank.
    fn compare<'n>(
        &self,
        conn: &mut DbConnection,
        candidate: &'n Candidate,
        stored: &Stored,
        all: &'n Newest,
    ) -> Result<Action<'n>, Error> {
        let (target, user_id) = (&self.plan.target, self.user_id);
        if stored.0.exam_id != self.plan.exam_id {
            let reason = format!("its id {:?} belongs to a question of another exam", candidate.key);
            return Ok(Action::Done(QuestionResult::skipped(reason, None)));
        }
        // If the file equals the published revision, newer revisions of other users do not matter. Otherwise, the key
        // is with the published revision, and there may be a newer one.
        let newest = all.of(stored).filter(|_| !is_in_service_as(candidate, stored));
        let Some((newest, answers, is_untouched)) = newest else {
            let told = self.keep_up(conn, candidate, &stored.0)?;
            return Ok(Action::Done(QuestionResult {
                reason: all.pending.get(&stored.0.id).map(why_not_replaced),
                ..told
            }));
        };
        let (id, is_same) = (newest.id, is_same(candidate, newest, answers));
        let why = match is_same {
            true => why_not_moved(newest, target.status, user_id, &all.writers),
            false => why_left_alone(newest, user_id, &all.writers),
        };
        if is_same && (why.is_some() || newest.status != QuestionStatus::Draft || target.status == newest.status) {
            self.adopt(conn, candidate, id)?;
            let told = self.keep_up(conn, candidate, newest)?;
            return Ok(Action::Done(QuestionResult { reason: why, ..told }));
        }
        if let Some(reason) = why {
            return Ok(Action::Done(QuestionResult::skipped(reason, Some(id))));
        }
        let drafted = authoring::unaccepted_draft(conn, newest)?;
        if let Some(reason) = self.refusal(drafted.as_ref().or(candidate.draft.as_deref())) {
            return Ok(Action::Done(QuestionResult::skipped(reason, Some(id))));
        }
        let outcome = if newest.frozen { Outcome::Superseded } else { Outcome::Changed };
        // Undoing the import that created it still deletes a draft that only imports have written.
        let is_untouched = is_untouched && !newest.frozen;
        Ok(Action::Revision(Revision { candidate, newest, is_same, outcome, is_untouched }))
    }

    /// Stores revisions, and returns their ids.
    fn revise(&self, conn: &mut DbConnection, revisions: &[&Revision]) -> Result<Vec<QuestionId>, Error> {
        let changes: Vec<_> = revisions.iter().filter_map(|revision| revision.change()).collect();
        let mut changed = authoring::revise(conn, &changes, self.user_id, self.now)?.into_iter();
        let mut ids = Vec::with_capacity(revisions.len());
        for revision in revisions {
            let id = if revision.is_same { None } else { changed.next() };
            let id = id.unwrap_or(revision.newest.id);
            self.complete(conn, revision, id)?;
            ids.push(id);
        }
        Ok(ids)
    }

    /// Stores the upkeep of a revision, and changes its status as requested.
    fn complete(&self, conn: &mut DbConnection, revision: &Revision, id: QuestionId) -> Result<(), Error> {
        let Revision { candidate, newest, .. } = revision;
        if let Some(upkeep) = candidate.upkeep.as_ref().filter(|upkeep| **upkeep != newest.upkeep) {
            queries::set_upkeep(conn, id, upkeep)?;
        }
        match candidate.draft.as_deref() {
            Some(draft) if id != newest.id => queries::insert_draft(conn, &self.draft_of(id, draft))?,
            _ => self.adopt(conn, candidate, id)?,
        }
        let status = self.plan.target.status;
        if status != QuestionStatus::Draft {
            let revision = queries::lock(conn, id)?.ok_or(Error::NotFound("question"))?;
            match status {
                QuestionStatus::Published => {
                    authoring::publish(conn, &revision, self.user_id, &Remark::default(), self.now)?;
                }
                status => queries::set_status(conn, id, status)?,
            }
            queries::log_change(conn, &revision, status, self.user_id, Remark::default(), self.now)?;
        }
        Ok(())
    }

    /// What to do with a question that is the same in the file: its upkeep may differ.
    fn keep_up(
        &self,
        conn: &mut DbConnection,
        candidate: &Candidate,
        stored: &Question,
    ) -> Result<QuestionResult, Error> {
        let changed = candidate.upkeep.as_ref().filter(|upkeep| **upkeep != stored.upkeep);
        if let Some(upkeep) = changed.filter(|_| !self.plan.target.dry_run) {
            queries::set_upkeep(conn, stored.id, upkeep)?;
        }
        let outcome = if changed.is_some() { Outcome::Changed } else { Outcome::Unchanged };
        Ok(QuestionResult::new(outcome, Some(stored.id)))
    }
}

/// Adds questions without an external key, which exports name by their ids.
fn add_by_id(conn: &mut DbConnection, keys: &[&str], known: &mut HashMap<String, Stored>) -> Result<(), Error> {
    let unknown = keys.iter().filter(|key| !known.contains_key(**key));
    let ids: Vec<QuestionId> = unknown.filter_map(|key| key.parse().ok()).map(QuestionId).collect();
    if !ids.is_empty() {
        let found = queries::find_all(conn, &ids)?;
        known.extend(found.into_iter().map(|stored| (stored.0.id.to_string(), stored)));
    }
    Ok(())
}
