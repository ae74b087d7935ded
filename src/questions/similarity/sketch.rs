//! A summary of a question's shingles in 136 bytes, enough to rule out most other questions as near-duplicates.

use super::{Shingles, ratio};

/// The number of words of a map: 1,024 bits.
const WORDS: usize = 16;

/// The number of shingles, and the positions of their hashes in a bitmap of 1,024 bits.
#[derive(Debug, Clone)]
pub struct Sketch {
    /// The number of shingles.
    size: u32,
    /// The number of shingles minus the number of bits: those whose bit was already set.
    spare: u32,
    /// A bit is set if at least one shingle has its position.
    map: [u64; WORDS],
}

impl Sketch {
    /// The sketch of these shingles.
    pub fn new(shingles: &Shingles) -> Self {
        let mut map = [0_u64; WORDS];
        for shingle in &shingles.0 {
            let bit = shingle >> 22;
            if let Some(word) = map.get_mut(bit as usize / 64) {
                *word |= 1 << (bit % 64);
            }
        }
        let size = shingles.0.len() as u32;
        let bits: u32 = map.iter().map(|word| word.count_ones()).sum();
        Self { size, spare: size - bits, map }
    }

    /// An upper bound of the Jaccard index.
    ///
    /// If only one map has a bit, its question has a shingle that the other lacks. So the number of shared shingles is
    /// at most the size of either without the bits that only it has.
    pub fn most(&self, other: &Self) -> f64 {
        let common: u32 = self.map.iter().zip(&other.map).map(|(a, b)| (a & b).count_ones()).sum();
        ratio((common + self.spare.min(other.spare)) as usize, self.size as usize, other.size as usize)
    }

    /// Whether the Jaccard index may be this high. Often the sizes alone rule it out.
    pub(super) fn may_reach(&self, other: &Self, at_least: f64) -> bool {
        let (a, b) = (self.size as usize, other.size as usize);
        ratio(a.min(b), a, b) >= at_least && self.most(other) >= at_least
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::questions::similarity::{SIMILAR, jaccard};

    fn shingles(set: BTreeSet<u32>) -> Shingles {
        Shingles(set.into_iter().collect())
    }

    #[test]
    fn a_sketch_is_small() {
        assert_eq!(size_of::<Sketch>(), 136);
    }

    #[test]
    fn bounds_of_sets_that_fall_on_bits_of_their_own_are_exact() {
        let set = |range: std::ops::Range<u32>| shingles(range.map(|n| n << 22).collect());
        let sketch = |range| Sketch::new(&set(range));
        assert_eq!(sketch(0..100).most(&sketch(0..100)), 1.0);
        assert_eq!(sketch(0..100).most(&sketch(100..200)), 0.0);
        assert_eq!(sketch(0..100).most(&sketch(50..150)), 1.0 / 3.0);
        assert_eq!(sketch(0..0).most(&sketch(0..0)), 0.0);
    }

    #[test]
    fn unrelated_questions_of_the_usual_size_are_ruled_out() {
        let random = |seed: u32| shingles((0..200).map(|n| (n * 977 + seed).wrapping_mul(0x9E37_79B9)).collect());
        assert!(Sketch::new(&random(1)).most(&Sketch::new(&random(500))) < SIMILAR);
    }

    proptest! {
        #[test]
        fn no_index_is_above_its_bound(
            shared in prop::collection::btree_set(any::<u32>(), 0..400),
            a in prop::collection::btree_set(any::<u32>(), 0..400),
            b in prop::collection::btree_set(any::<u32>(), 0..400),
        ) {
            let (a, b) = (shingles(&shared | &a), shingles(&shared | &b));
            let (first, second) = (Sketch::new(&a), Sketch::new(&b));
            let likeness = jaccard(&a, &b);
            prop_assert!(first.most(&second) >= likeness);
            prop_assert_eq!(first.most(&second), second.most(&first));
            prop_assert!(first.may_reach(&second, likeness));
        }
    }
}
