//! Finds all near-duplicates of a bank.
//!
//! The questions of a bank of 100,000 make five billion pairs. Prefix filtering leaves the few that can be similar
//! (Chaudhuri, Ganti and Kaushik 2006; Bayardo, Ma and Srikant 2007). Take two sets of `a` and `b` elements that share
//! `o`, both in one order of all elements: then the first `a − o + k` of the one and the first `b − o + k` of the other
//! share `k`. With the rarest elements first, hardly any dissimilar sets do that.

use std::collections::HashMap;

use super::{Shingles, Sketch, common, ratio};

/// The number of questions that are processed together: their counters fit into the cache of a processor.
const BLOCK: usize = 16_384;
/// All pairs with a Jaccard index of at least `at_least`, each with its index, most similar first. In each pair, the
/// question that comes first in `all` is first.
///
/// Stops when there are `most` of them: in a repetitive bank, nearly every pair is one. Otherwise exact for thresholds
/// above 0: questions that share nothing are never listed. The time grows with the square of the bank and as the
/// threshold falls: for 100,000 questions it is seconds at 0.8, and half a minute at 0.5.
pub fn pairs<K: Copy>(all: &[(K, Shingles)], at_least: f64, most: usize) -> Vec<(K, K, f64)> {
    let found = places(all.iter().map(|(_, shingles)| shingles), at_least, most, BLOCK);
    let keys = |pair: Pair| Some((all.get(pair.places.0)?.0, all.get(pair.places.1)?.0, pair.likeness));
    found.into_iter().filter_map(keys).collect()
}

/// The pairs by their indices, with blocks of this many questions.
fn places<'a>(all: impl Iterator<Item = &'a Shingles> + Clone, at_least: f64, most: usize, block: usize) -> Vec<Pair> {
    let bank = by_rarity(all);
    let mut found = Vec::new();
    for (start, block) in (0..).step_by(block).zip(bank.chunks(block)) {
        search(block, bank.get(start..).unwrap_or_default(), at_least, most, &mut found);
    }
    found.truncate(most);
    found.sort_by(|a, b| b.likeness.total_cmp(&a.likeness).then_with(|| a.places.cmp(&b.places)));
    found
}

/// Two questions by their indices in the given list.
#[derive(Debug, PartialEq)]
struct Pair {
    places: (usize, usize),
    likeness: f64,
}

/// A question, prepared for the search.
struct Record {
    /// Its index in the given list.
    place: usize,
    /// The ranks of its shingles in the order of rarity, rarest first.
    ranks: Vec<u32>,
    sketch: Sketch,
}

/// The questions in order of the number of their shingles, smallest first.
fn by_rarity<'a>(all: impl Iterator<Item = &'a Shingles> + Clone) -> Vec<Record> {
    let mut uses: HashMap<u32, u32> = HashMap::new();
    for shingle in all.clone().flat_map(|shingles| &shingles.0) {
        *uses.entry(*shingle).or_default() += 1;
    }
    let mut order: Vec<(u32, u32)> = uses.into_iter().map(|(shingle, uses)| (uses, shingle)).collect();
    order.sort_unstable();
    let rank: HashMap<u32, u32> = (0..).zip(order).map(|(rank, (_, shingle))| (shingle, rank)).collect();
    let record = |(place, shingles): (usize, &Shingles)| {
        let mut ranks: Vec<u32> = shingles.0.iter().filter_map(|shingle| rank.get(shingle).copied()).collect();
        ranks.sort_unstable();
        Record { place, ranks, sketch: Sketch::new(shingles) }
    };
    let mut bank: Vec<Record> = all.enumerate().map(record).collect();
    bank.sort_by_key(|record| record.ranks.len());
    bank
}

/// Finds the pairs of a question of the block and one after it in the bank. The bank begins with the block.
fn search(block: &[Record], bank: &[Record], at_least: f64, most: usize, found: &mut Vec<Pair>) {
    let (Some(first), Some(last)) = (block.first(), block.last()) else { return };
    let rare = rare(at_least);
    let holders = Holders::new(block, at_least);
    let mut counts = vec![0_u8; block.len()];
    for (place, record) in bank.iter().enumerate() {
        let size = record.ranks.len();
        let smallest = up(at_least * size as f64).max(first.ranks.len());
        if smallest > last.ranks.len() || found.len() >= most {
            break;
        }
        let shared = overlap(at_least, size, smallest);
        counts.fill(0);
        for rank in record.ranks.iter().take((size + rare).saturating_sub(shared)) {
            for &holder in holders.of(*rank) {
                if let Some(count) = counts.get_mut(usize::from(holder)) {
                    *count = count.saturating_add(1);
                }
            }
        }
        let enough = rare.min(shared);
        let earlier = counts.iter().zip(block).take(place);
        for (_, other) in earlier.filter(|(count, _)| usize::from(**count) >= enough) {
            if record.sketch.may_reach(&other.sketch, at_least) {
                let likeness = ratio(common(&record.ranks, &other.ranks), size, other.ranks.len());
                if likeness >= at_least {
                    let places = (record.place.min(other.place), record.place.max(other.place));
                    found.push(Pair { places, likeness });
                }
            }
        }
    }
}

/// The questions of a block that have a shingle among their rarest, by their indices in the block.
struct Holders(HashMap<u32, Vec<u16>>);

impl Holders {
    fn new(block: &[Record], at_least: f64) -> Self {
        let mut lists: HashMap<u32, Vec<u16>> = HashMap::new();
        for (place, record) in (0..).zip(block) {
            let size = record.ranks.len();
            // It shares no fewer with a larger one than with one of its own size.
            let shared = overlap(at_least, size, size);
            for rank in record.ranks.iter().take((size + rare(at_least)).saturating_sub(shared)) {
                lists.entry(*rank).or_default().push(place);
            }
        }
        Self(lists)
    }

    fn of(&self, rank: u32) -> &[u16] {
        self.0.get(&rank).map_or(&[], Vec::as_slice)
    }
}

/// How many of their rarest shingles two questions must share before they are compared in full: at a lower threshold,
/// more shingles are considered rare, and more pairs share some. Measured: 8 at 0.8 and 20 at 0.5 are fastest.
fn rare(at_least: f64) -> usize {
    up(40.0 * (1.0 - at_least))
}

/// The least number of elements that two sets of these sizes share if their index is `at_least`: `t/(1+t)·(a+b)`.
fn overlap(at_least: f64, a: usize, b: usize) -> usize {
    up(at_least / (1.0 + at_least) * (a + b) as f64)
}

/// The next whole number, from 1. A possible rounding error is subtracted first: too low a bound only costs time.
fn up(bound: f64) -> usize {
    (bound - 1e-6).ceil().max(1.0) as usize
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::questions::similarity::jaccard;

    fn brute_force(all: &[Shingles], at_least: f64) -> Vec<Pair> {
        let mut found = Vec::new();
        for (place, first) in all.iter().enumerate() {
            for (other, second) in all.iter().enumerate().skip(place + 1) {
                let likeness = jaccard(first, second);
                if likeness >= at_least {
                    found.push(Pair { places: (place, other), likeness });
                }
            }
        }
        found.sort_by(|a, b| b.likeness.total_cmp(&a.likeness).then_with(|| a.places.cmp(&b.places)));
        found
    }

    fn bank(sets: Vec<BTreeSet<u32>>) -> Vec<Shingles> {
        // Spread over the range, like hashes.
        let spread = |set: BTreeSet<u32>| {
            let mut hashes: Vec<u32> = set.into_iter().map(|element| element.wrapping_mul(0x9E37_79B9)).collect();
            hashes.sort_unstable();
            Shingles(hashes)
        };
        sets.into_iter().map(spread).collect()
    }

    #[test]
    fn pairs_keep_the_order_of_the_given_list() {
        let sets = [vec![1, 2, 3, 4], vec![9], vec![1, 2, 3, 4], vec![], vec![1, 2, 3], vec![]];
        let all: Vec<(char, Shingles)> = ('a'..).zip(sets.map(Shingles)).collect();
        assert_eq!(pairs(&all, 0.8, 9), [('a', 'c', 1.0)]);
        assert_eq!(pairs(&all, 0.75, 9), [('a', 'c', 1.0), ('a', 'e', 0.75), ('c', 'e', 0.75)]);
        assert_eq!(pairs(&all[..1], 0.1, 9), []);
        assert_eq!(pairs::<char>(&[], 0.1, 9), []);
    }

    #[test]
    fn thresholds_out_of_range_end_as_well() {
        let all = bank(vec![BTreeSet::from([1, 2]), BTreeSet::from([1, 2]), BTreeSet::from([3])]);
        for (at_least, count) in [(-1.0, 1), (0.0, 1), (1.0, 1), (1.1, 0), (f64::INFINITY, 0), (f64::NAN, 0)] {
            assert_eq!(places(all.iter(), at_least, usize::MAX, BLOCK).len(), count, "{at_least}");
        }
    }

    /// Sets of many sizes, many of them similar: each is a window of a short range without a few elements.
    fn sets() -> impl Strategy<Value = Vec<BTreeSet<u32>>> {
        let window = (0_u32..30, 0_u32..90, prop::collection::btree_set(0_u32..120, 0..12));
        let set = window.prop_map(|(from, length, without)| &BTreeSet::from_iter(from..from + length) - &without);
        prop::collection::vec(set, 0..40)
    }

    proptest! {
        #[test]
        fn pairs_are_those_of_brute_force(sets in sets(), percent in 1_u32..=100, block in 1_usize..50) {
            let (all, at_least) = (bank(sets), f64::from(percent) / 100.0);
            prop_assert_eq!(places(all.iter(), at_least, usize::MAX, block), brute_force(&all, at_least));
        }

        #[test]
        fn a_threshold_that_a_pair_just_reaches_finds_it(a in 0_u32..60, b in 0_u32..60, shared in 1_u32..60) {
            let first = BTreeSet::from_iter(0..shared + a);
            let second: BTreeSet<u32> = (0..shared).chain(1000..1000 + b).collect();
            let all = bank(vec![first, second]);
            let likeness = jaccard(&all[0], &all[1]);
            prop_assert_eq!(places(all.iter(), likeness, usize::MAX, BLOCK), vec![Pair { places: (0, 1), likeness }]);
            prop_assert_eq!(places(all.iter(), likeness + 1e-9, usize::MAX, BLOCK), vec![]);
        }
    }
}
