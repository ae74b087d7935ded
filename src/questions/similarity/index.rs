//! The sketches of all questions in memory, to find the few questions that a new one may repeat.

use std::{collections::HashMap, hash::Hash};

use super::{Shingles, Sketch};

/// The sketches of a bank by key: about 20 MB for 100,000 questions.
///
/// A search scans all sketches, which takes a millisecond or two at that size.
#[derive(Debug, Clone)]
pub struct Index<K> {
    places: HashMap<K, usize>,
    keys: Vec<K>,
    sketches: Vec<Sketch>,
}

impl<K> Default for Index<K> {
    fn default() -> Self {
        Self { places: HashMap::new(), keys: Vec::new(), sketches: Vec::new() }
    }
}

impl<K: Copy + Eq + Hash> Index<K> {
    /// Adds a question, or replaces the one with the same key.
    pub fn put(&mut self, key: K, shingles: &Shingles) {
        self.remove(key);
        self.places.insert(key, self.keys.len());
        self.keys.push(key);
        self.sketches.push(Sketch::new(shingles));
    }

    /// Removes a question, if it is there.
    pub fn remove(&mut self, key: K) {
        let Some(place) = self.places.remove(&key) else { return };
        self.keys.swap_remove(place);
        self.sketches.swap_remove(place);
        if let Some(moved) = self.keys.get(place) {
            self.places.insert(*moved, place);
        }
    }

    /// The questions whose Jaccard index with these shingles may be at least this high, each with an upper bound,
    /// highest first: all questions that reach it, and a few that only an exact comparison can rule out.
    pub fn candidates(&self, shingles: &Shingles, at_least: f64) -> Vec<(K, f64)> {
        let sketch = Sketch::new(shingles);
        let found = self.keys.iter().zip(&self.sketches).filter(|(_, other)| sketch.may_reach(other, at_least));
        let mut found: Vec<(K, f64)> = found.map(|(key, other)| (*key, sketch.most(other))).collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        found
    }

    /// The number of questions.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are no questions.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use proptest::prelude::*;

    use super::*;
    use crate::questions::similarity::jaccard;

    fn shingles(from: u32, length: u32) -> Shingles {
        let set: BTreeSet<u32> = (from..from + length).map(|n| n.wrapping_mul(0x9E37_79B9)).collect();
        Shingles(set.into_iter().collect())
    }

    #[test]
    fn questions_are_found_until_they_are_removed() {
        let mut index = Index::default();
        for key in 0..5 {
            index.put(key, &shingles(key * 1000, 100));
        }
        let found = |index: &Index<u32>, wanted| {
            index.candidates(&wanted, 0.9).into_iter().map(|(key, _)| key).collect::<Vec<_>>()
        };
        assert_eq!(found(&index, shingles(2000, 100)), [2]);
        index.remove(1);
        index.remove(1);
        assert_eq!((index.len(), index.is_empty()), (4, false));
        assert!(index.candidates(&shingles(1000, 100), 0.9).is_empty());
        assert_eq!(found(&index, shingles(4000, 100)), [4]);
        index.put(4, &shingles(7000, 100));
        assert_eq!(index.len(), 4);
        assert!(index.candidates(&shingles(4000, 100), 0.9).is_empty());
        assert_eq!(found(&index, shingles(7000, 100)), [4]);
    }

    proptest! {
        #[test]
        fn no_match_is_missed(
            steps in prop::collection::vec((0_u8..20, prop::option::of((0_u32..200, 0_u32..300))), 0..60),
            wanted in (0_u32..200, 1_u32..300),
            percent in 1_u32..=100,
        ) {
            let (mut index, mut model) = (Index::default(), HashMap::new());
            for (key, filed) in steps {
                if let Some((from, length)) = filed {
                    index.put(key, &shingles(from, length));
                    model.insert(key, shingles(from, length));
                } else {
                    index.remove(key);
                    model.remove(&key);
                }
            }
            prop_assert_eq!(index.len(), model.len());
            let (wanted, at_least) = (shingles(wanted.0, wanted.1), f64::from(percent) / 100.0);
            let found = index.candidates(&wanted, at_least);
            prop_assert!(found.is_sorted_by(|a, b| a.1 >= b.1));
            prop_assert!(found.iter().all(|(key, most)| *most >= jaccard(&wanted, &model[key])));
            let distinct: HashSet<u8> = found.iter().map(|(key, _)| *key).collect();
            prop_assert_eq!(distinct.len(), found.len());
            for (key, other) in &model {
                prop_assert!(jaccard(&wanted, other) < at_least || distinct.contains(key));
            }
            prop_assert!(distinct.iter().all(|key| model.contains_key(key)));
        }
    }
}
