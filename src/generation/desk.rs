//! A desk in memory, for work without the database.

use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::{BoxFuture, FutureExt, ready};

use super::{
    converse::Usage,
    writer::{Desk, NearDuplicate, Stop},
};
use crate::questions::{
    model::Content,
    similarity::{DUPLICATE, Index, Shingles, jaccard, shingles},
};

/// A budget of tokens, and the questions that drafts are compared with.
pub struct MemoryDesk {
    limit: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    used: u64,
    index: Index<usize>,
    /// Their names, stems and shingles.
    questions: Vec<(String, String, Shingles)>,
}

impl MemoryDesk {
    /// A desk without questions and with a budget of so many tokens.
    pub fn new(limit: u64) -> Self {
        Self { limit, state: Mutex::default() }
    }

    /// Adds a question that later drafts are compared with, under its id or external key.
    pub fn add(&self, name: impl Into<String>, content: &Content) {
        let mut state = self.lock();
        let (key, shingles) = (state.questions.len(), shingles(content));
        state.index.put(key, &shingles);
        state.questions.push((name.into(), content.stem.clone(), shingles));
    }

    /// The tokens that are used, or reserved by calls in progress and by calls whose usage is unknown.
    pub fn used(&self) -> u64 {
        self.lock().used
    }

    fn nearest(&self, content: &Content) -> Option<NearDuplicate> {
        let state = self.lock();
        let wanted = shingles(content);
        let candidates = state.index.candidates(&wanted, DUPLICATE).into_iter();
        let near = candidates.filter_map(|(key, _)| {
            let (name, stem, shingles) = state.questions.get(key)?;
            let similarity = jaccard(&wanted, shingles);
            let near = || NearDuplicate { name: name.clone(), stem: stem.clone(), similarity };
            (similarity >= DUPLICATE).then(near)
        });
        near.max_by(|a, b| a.similarity.total_cmp(&b.similarity))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk for MemoryDesk {
    fn reserve(&self, tokens: u32) -> BoxFuture<'_, Result<(), Stop>> {
        let mut state = self.lock();
        let wanted = state.used.saturating_add(tokens.into());
        let fits = wanted <= self.limit;
        if fits {
            state.used = wanted;
        }
        ready(if fits { Ok(()) } else { Err(Stop::JobBudget) }).boxed()
    }

    fn settle(&self, reserved: u32, usage: Option<Usage>) -> BoxFuture<'_, Result<(), Stop>> {
        let mut state = self.lock();
        let used = usage.map_or(reserved, Usage::total);
        state.used = state.used.saturating_sub(reserved.into()).saturating_add(used.into());
        ready(Ok(())).boxed()
    }

    fn near_duplicate<'a>(&'a self, content: &'a Content) -> BoxFuture<'a, Result<Option<NearDuplicate>, Stop>> {
        ready(Ok(self.nearest(content))).boxed()
    }
}
