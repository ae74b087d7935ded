//! Which questions of the bank say much the same as one.
//!
//! A sketch of every question that is not retired is kept in memory, 150 bytes each, and brought up to date before it is
//! asked, by the times at which rows last changed. What the sketches cannot rule out is compared exactly. A question that was
//! deleted has no row to be found by: its sketch goes when it would be compared, or within an hour.

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

/// The longest, in seconds, that a transaction may take before others see it: rows are found again for so long after their
/// time of change, where the database does not tell that no transaction is as old as that.
const OVERLAP: i64 = 300;
/// Rows are found again for so long in any case, in seconds: clocks are set back a little at times.
const MARGIN: i64 = 5;
/// Questions that are read together.
const BATCH: usize = 1000;
/// Questions that are compared together, and at most: a bank that says the same again and again has no end of them.
const COMPARED_AT_ONCE: usize = 50;
const COMPARED: usize = 1000;
/// How often questions are looked for that are no longer there, in seconds.
const SWEEP: i64 = 3600;
/// The most questions that are returned.
const MOST: usize = 20;

/// The sketches of the bank. They are made when they are first asked for.
pub struct Sketches {
    known: Mutex<Known>,
    limit: ConcurrencyLimit,
}

#[derive(Default)]
struct Known {
    by_exam: HashMap<ExamId, Index<QuestionId>>,
    at: HashMap<QuestionId, Timestamp>,
    /// When this was last brought up to date, by the clock of the database.
    read: Option<Read>,
    /// When the questions that were deleted were last taken out, by the same clock.
    swept_at: Option<Timestamp>,
}

/// How far the rows were read.
#[derive(Clone, Copy)]
struct Read {
    at: Timestamp,
    /// All changes until then were seen.
    settled: Timestamp,
}

impl Sketches {
    /// None yet. Searches run one after the other; one that waits for its turn longer than `patience` gets
    /// [`Error::Busy`].
    pub fn new(patience: Duration) -> Self {
        Self { known: Mutex::default(), limit: ConcurrencyLimit::new(1, patience) }
    }

    /// A turn, to be taken before a connection: who waits for the sketches with one keeps others from it.
    pub async fn turn(&self) -> Result<OwnedSemaphorePermit, Error> {
        self.limit.permit().await
    }

    /// The questions of an exam that are at least [`SIMILAR`] to this content, most alike first. `of` and the other
    /// revisions of its question are not told.
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
            // Those that follow are no more alike than the least of as many as are told.
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

    /// Brings the sketches up to date, which takes long the first time.
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
        // What a panic left is as good as before it: each question is put whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether nothing that follows is more alike than what was found.
fn is_settled(found: &[SimilarQuestion], next: Option<&(QuestionId, f64)>) -> bool {
    let least = found.get(MOST - 1);
    least.zip(next).is_some_and(|(least, (_, most))| least.similarity >= *most)
}

/// From when on rows may have changed since they were read. The clock may have been set back since then.
fn changes_since(before: Read, now: Timestamp) -> Timestamp {
    if now < before.at { now.plus_seconds(-OVERLAP).min(before.settled) } else { before.settled }
}

impl Known {
    fn bring_up_to_date(&mut self, conn: &mut DbConnection) -> Result<(), Error> {
        // Asked before the rows are read: a transaction that commits in between is seen.
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

    /// Takes out questions that were deleted.
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
