//! Finds questions of the bank that are similar to a given one.
//!
//! A sketch of every question that is not retired is kept in memory, 136 bytes each. Before each search, the sketches
//! are updated by the times at which rows last changed. Candidates are then compared exactly. A question that was
//! deleted has no changed row: its sketch is removed when it would be compared, or within an hour.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::OwnedSemaphorePermit;

use super::{Index, SIMILAR, Shingles, jaccard, shingles};
use crate::{
    concurrency::ConcurrencyLimit,
    db::{self, DbConnection, types::Timestamp},
    error::Error,
    exams::model::ExamId,
    questions::{
        messages::SimilarQuestion,
        model::{Content, QuestionId, QuestionStatus},
        queries,
    },
};

/// The assumed maximum duration of a transaction in seconds. Rows are read again for this long after their time of
/// change, unless the database reports that no older transaction is open.
const OVERLAP: i64 = 300;
/// Rows are always read again for this long, in seconds, because clocks may be set back slightly.
const MARGIN: i64 = 5;
/// The number of questions that are read at a time.
const BATCH: usize = 1000;
/// The number of questions that are compared at a time, and the maximum: a repetitive bank has very many candidates.
const COMPARED_AT_ONCE: usize = 50;
const COMPARED: usize = 1000;
/// How often the index looks for questions that no longer exist, in seconds.
const SWEEP: i64 = 3600;
/// The maximum number of similar questions that are returned.
const MOST: usize = 20;

/// The sketches of the bank. They are built at first use.
pub struct Sketches {
    known: Mutex<Known>,
    limit: ConcurrencyLimit,
}

#[derive(Default)]
struct Known {
    by_exam: HashMap<ExamId, Index<QuestionId>>,
    at: HashMap<QuestionId, Timestamp>,
    /// The state of the last update, on the clock of the database.
    read: Option<Read>,
    /// When deleted questions were last removed, on the same clock.
    swept_at: Option<Timestamp>,
}

/// The state of an update.
#[derive(Clone, Copy)]
struct Read {
    at: Timestamp,
    /// All changes up to this time have been seen.
    settled: Timestamp,
}

impl Sketches {
    /// Starts empty. Searches run one at a time; a search that waits longer than `patience` for its turn gets
    /// [`Error::Busy`].
    pub fn new(patience: Duration) -> Self {
        Self { known: Mutex::default(), limit: ConcurrencyLimit::new(1, patience) }
    }

    /// A permit for a search. Take it before a connection, so that no connection is held while waiting.
    pub async fn turn(&self) -> Result<OwnedSemaphorePermit, Error> {
        self.limit.permit().await
    }

    /// The questions of an exam that are at least [`SIMILAR`] to this content, most similar first. `of` and the other
    /// revisions of its question are left out.
    pub fn similar(
        &self,
        conn: &mut DbConnection,
        exam_id: ExamId,
        content: &Content,
        of: Option<QuestionId>,
    ) -> Result<Vec<SimilarQuestion>, Error> {
        let wanted = shingles(content);
        let mut candidates = self.candidates(conn, exam_id, &wanted)?;
        if let Some(id) = of {
            let own = queries::revisions(conn, id)?;
            candidates.retain(|(candidate, _)| !own.contains(candidate));
        }
        candidates.truncate(COMPARED);
        let mut found: Vec<SimilarQuestion> = Vec::new();
        for batch in candidates.chunks(COMPARED_AT_ONCE) {
            // The rest are not more similar than the least similar question found.
            if is_settled(&found, batch.first()) {
                break;
            }
            let ids: Vec<QuestionId> = batch.iter().map(|(id, _)| *id).collect();
            let stored = queries::find_all(conn, &ids)?;
            if stored.len() < ids.len() {
                let left: HashSet<QuestionId> = stored.iter().map(|(question, _)| question.id).collect();
                self.lock().forget(|id| ids.contains(&id) && !left.contains(&id));
            }
            for (question, answers) in stored {
                let similarity = jaccard(&wanted, &shingles(&Content::of(&question, &answers)));
                if similarity >= SIMILAR && question.status != QuestionStatus::Retired {
                    let (id, stem, status) = (question.id, question.stem, question.status);
                    found.push(SimilarQuestion { id, stem, status, similarity });
                }
            }
            found.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then(a.id.cmp(&b.id)));
            found.truncate(MOST);
        }
        Ok(found)
    }

    /// Updates the sketches. The first time takes long.
    pub fn refresh(&self, conn: &mut DbConnection) -> Result<(), Error> {
        self.lock().bring_up_to_date(conn)
    }

    fn candidates(
        &self,
        conn: &mut DbConnection,
        exam_id: ExamId,
        wanted: &Shingles,
    ) -> Result<Vec<(QuestionId, f64)>, Error> {
        let mut known = self.lock();
        known.bring_up_to_date(conn)?;
        Ok(known.by_exam.get(&exam_id).map(|index| index.candidates(wanted, SIMILAR)).unwrap_or_default())
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        // A panic leaves the sketches valid, because each question is replaced as a whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether no later candidate can be more similar than those found.
fn is_settled(found: &[SimilarQuestion], next: Option<&(QuestionId, f64)>) -> bool {
    let least = found.get(MOST - 1);
    least.zip(next).is_some_and(|(least, (_, most))| least.similarity >= *most)
}

/// The time since which rows may have changed after they were read. The clock may have been set back since then.
fn changes_since(before: Read, now: Timestamp) -> Timestamp {
    if now < before.at { now.plus_seconds(-OVERLAP).min(before.settled) } else { before.settled }
}

impl Known {
    fn bring_up_to_date(&mut self, conn: &mut DbConnection) -> Result<(), Error> {
        // Read before the rows, so that a transaction that commits in between is seen.
        let (at, settled) = db::settled_time(conn, OVERLAP)?;
        let settled = settled.min(at.plus_seconds(-MARGIN));
        let since = self.read.map(|before| changes_since(before, at));
        let mut changed = queries::changed_since(conn, since)?;
        changed.retain(|(id, at)| self.at.get(id) != Some(at));
        for batch in changed.chunks(BATCH) {
            let ids: Vec<QuestionId> = batch.iter().map(|(id, _)| *id).collect();
            for (question, answers) in queries::find_all(conn, &ids)? {
                let index = self.by_exam.entry(question.exam_id).or_default();
                if question.status == QuestionStatus::Retired {
                    index.remove(question.id);
                } else {
                    index.put(question.id, &shingles(&Content::of(&question, &answers)));
                }
                self.at.insert(question.id, question.updated_at);
            }
        }
        self.read = Some(Read { at, settled });
        if at < self.swept_at.unwrap_or(at).plus_seconds(SWEEP) {
            self.swept_at.get_or_insert(at);
            return Ok(());
        }
        let stored: HashSet<QuestionId> = queries::changed_since(conn, None)?.into_iter().map(|(id, _)| id).collect();
        self.forget(|id| !stored.contains(&id));
        self.swept_at = Some(at);
        Ok(())
    }

    /// Removes questions that were deleted.
    fn forget(&mut self, is_gone: impl Fn(QuestionId) -> bool) {
        let gone: Vec<QuestionId> = self.at.keys().copied().filter(|id| is_gone(*id)).collect();
        for id in gone {
            self.at.remove(&id);
            self.by_exam.values_mut().for_each(|index| index.remove(id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_found_when_the_clock_was_set_back() {
        let at = |second: i64| Timestamp::from_microseconds(second * 1_000_000).unwrap();
        let before = Read { at: at(10_000), settled: at(9_990) };
        assert_eq!(changes_since(before, at(10_060)), at(9_990));
        assert_eq!(changes_since(before, at(9_400)), at(9_400 - OVERLAP));
        assert_eq!(changes_since(before, at(9_999)), at(9_999 - OVERLAP));
    }
}
