//! An in-memory cache of questions that can no longer change.
//!
//! Once a question is published, it is frozen: its content, its answers and its domain and task stay as they are,
//! and a change creates a new revision with a new id. So an entry with this id is never out of date and needs no
//! invalidation, whichever server writes. Two conditions make that true:
//!
//! * Texts of a release before the normal form are rewritten once, even when frozen. Only questions that are known to be in
//!   normal form are cached; the others are read each time.
//! * A transaction that publishes and is rolled back must not leave its question here. So code that changes questions
//!   reads the database instead of the cache.
//!
//! Status, external key, successor and time of the last change are not cached: they are queried each time.

use std::{collections::HashMap, mem::size_of, sync::Arc};

use diesel::QueryResult;
use quick_cache::{Weighter, sync::Cache};

use super::{
    model::{Answer, QuestionId, Reference, Served},
    queries,
};
use crate::db::DbConnection;

/// The approximate overhead of the allocator and the cache for each question and each text.
const OVERHEAD: usize = 64;
/// A typical size of a question, as a hint for the capacity.
const TYPICAL: u64 = 4096;

/// Settings of the bank.
#[derive(Debug, Clone)]
pub struct QuestionSettings {
    /// `QUESTION_CACHE_BYTES`, default 32 MiB: memory for the cache of published questions; 0 turns it off.
    pub cache_bytes: u64,
}

/// Questions by id. When it is full, questions that were used rarely or long ago are evicted.
pub struct QuestionCache {
    kept: Cache<QuestionId, Arc<Served>, Bytes>,
}

impl QuestionCache {
    /// A cache with this capacity in bytes; 0 caches nothing.
    pub fn new(bytes: u64) -> Self {
        Self { kept: Cache::with_weighter((bytes / TYPICAL) as usize, bytes, Bytes) }
    }

    /// A question that was published at some time, with its answers in written order.
    pub fn get(&self, conn: &mut DbConnection, id: QuestionId) -> QueryResult<Option<Arc<Served>>> {
        match self.kept.get(&id) {
            Some(known) => Ok(Some(known)),
            None => Ok(self.load(conn, &[id])?.pop()),
        }
    }

    /// The same for several questions, by id.
    pub fn get_all(
        &self,
        conn: &mut DbConnection,
        ids: impl IntoIterator<Item = QuestionId>,
    ) -> QueryResult<HashMap<QuestionId, Arc<Served>>> {
        let (mut found, mut missing) = (HashMap::new(), Vec::new());
        for id in ids {
            match self.kept.get(&id) {
                Some(known) => _ = found.insert(id, known),
                None => missing.push(id),
            }
        }
        if !missing.is_empty() {
            found.extend(self.load(conn, &missing)?.into_iter().map(|served| (served.id, served)));
        }
        Ok(found)
    }

    fn load(&self, conn: &mut DbConnection, ids: &[QuestionId]) -> QueryResult<Vec<Arc<Served>>> {
        let found = queries::served(conn, ids)?.into_iter().map(|(served, is_final)| {
            let served = Arc::new(served);
            if is_final {
                self.kept.insert(served.id, served.clone());
            }
            served
        });
        Ok(found.collect())
    }
}

/// Weighs a question by the memory that it takes.
#[derive(Clone)]
struct Bytes;

impl Weighter<QuestionId, Arc<Served>> for Bytes {
    fn weight(&self, _: &QuestionId, served: &Arc<Served>) -> u64 {
        let Served { exam, task, stem, explanation, references, tags, answers, answers_json, .. } = served.as_ref();
        let text = |text: &String| text.len() + OVERHEAD / 4;
        let answer = |answer: &Answer| {
            size_of::<Answer>()
                + text(&answer.body)
                + text(&answer.rationale)
                + answer.match_body.as_ref().map_or(0, text)
        };
        let reference = |reference: &Reference| size_of::<Reference>() + text(&reference.title) + text(&reference.url);
        let bytes = size_of::<Served>()
            + OVERHEAD
            + [exam, stem, explanation].into_iter().chain(task).map(text).sum::<usize>()
            + references.iter().map(reference).sum::<usize>()
            + tags.iter().map(|tag| size_of::<String>() + text(tag)).sum::<usize>()
            + answers.iter().map(answer).sum::<usize>()
            + answers_json.get().len();
        bytes as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;

    use crate::{
        db::types::Timestamp,
        exams::model::{DomainId, ExamId},
        questions::model::QuestionKind,
    };

    fn served(text: &str) -> Arc<Served> {
        Arc::new(Served {
            id: QuestionId::new(),
            exam_id: ExamId::new(),
            line: QuestionId::new(),
            domain_id: DomainId::new(),
            task_id: None,
            exam: "demo".into(),
            domain: 1,
            task: None,
            kind: QuestionKind::SingleChoice,
            stem: text.into(),
            explanation: String::new(),
            references: vec![],
            tags: vec![],
            difficulty: 1,
            created_at: Timestamp::EPOCH,
            answers: vec![],
            answers_json: RawValue::NULL.to_owned(),
        })
    }

    #[test]
    fn the_cache_respects_its_capacity() {
        for allowed in [0, 1_000_000] {
            let cache = QuestionCache::new(allowed);
            for _ in 0..2_000 {
                let served = served(&"x".repeat(1_000));
                cache.kept.insert(served.id, served);
            }
            assert!(cache.kept.weight() <= allowed, "{}", cache.kept.weight());
            assert_eq!(cache.kept.is_empty(), allowed == 0);
        }
    }

    #[test]
    fn longer_texts_weigh_more() {
        let weight = |text: &str| Bytes.weight(&QuestionId::new(), &served(text));
        assert_eq!(weight(&"x".repeat(500)) - weight(""), 500);
    }
}
