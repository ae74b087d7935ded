//! The similarity of two questions, and the near-duplicates in a bank.
//!
//! A question is compared by its shingles: the runs of three characters of its stem and its key, in lower case, with
//! every run of white space and punctuation as one space. The similarity is the Jaccard index of the two sets: the
//! number of shingles in both, divided by the number in either.

mod index;
pub mod live;
mod pairs;
mod sketch;

pub use index::Index;
pub use pairs::pairs;
pub use sketch::Sketch;

use crate::{markdown, questions::model::Content};

/// From this similarity on, two questions count as duplicates: the same question, perhaps in other words.
pub const DUPLICATE: f64 = 0.8;
/// From this similarity on, a reviewer should look at both questions.
pub const SIMILAR: f64 = 0.5;

/// The shingles of a question: sorted, each once, as hashes of 32 bits.
///
/// No two shingles of the letters a to z, digits and spaces share a hash, so that among English questions the index is
/// exact. Of any other two, one in 2³² pairs does: two questions of 300 shingles each meet such a pair once in 24,000
/// comparisons, and then their index is off by 1/300 or so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shingles(Vec<u32>);

/// The shingles of a question's stem and key.
///
/// The key of a choice question is its right answers, that of `ordering` all its answers in any order, that of
/// `matching` each answer with what belongs to it. A shingle never spans two of these texts, so that the order in which
/// answers are written is irrelevant. A question without letters and digits has no shingles, and is similar to none.
pub fn shingles(content: &Content) -> Shingles {
    let mut all = Vec::new();
    collect(&content.stem, &mut all);
    for answer in content.answers.iter().filter(|answer| answer.is_correct) {
        match &answer.match_body {
            Some(matched) => collect(&format!("{} {matched}", answer.body), &mut all),
            None => collect(&answer.body, &mut all),
        }
    }
    all.sort_unstable();
    all.dedup();
    Shingles(all)
}

/// The Jaccard index of two questions, from 0 to 1; 0 if either has no shingles.
pub fn jaccard(a: &Shingles, b: &Shingles) -> f64 {
    ratio(common(&a.0, &b.0), a.0.len(), b.0.len())
}

/// Appends the shingles of a text. The text is padded with spaces, so that the beginnings and ends of its words count.
fn collect(text: &str, all: &mut Vec<u32>) {
    let text = markdown::to_plain(text);
    let (mut first, mut second) = ('\0', ' ');
    let characters = text.chars().flat_map(char::to_lowercase).chain([' ']);
    for character in characters.map(|c| if c.is_alphanumeric() { c } else { ' ' }) {
        if character == ' ' && second == ' ' {
            continue;
        }
        if first != '\0' {
            all.push(hash([first, second, character]));
        }
        (first, second) = (second, character);
    }
}

/// Packs three characters of 21 bits each, and multiplies by the golden ratio.
fn hash([first, second, third]: [char; 3]) -> u32 {
    let packed = u64::from(first) << 42 | u64::from(second) << 21 | u64::from(third);
    (packed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32
}

/// The number of elements in both of two sorted lists.
fn common(a: &[u32], b: &[u32]) -> usize {
    let (mut a, mut b, mut shared) = (a.iter(), b.iter(), 0);
    let (mut left, mut right) = (a.next(), b.next());
    while let (Some(x), Some(y)) = (left, right) {
        shared += usize::from(x == y);
        if x <= y {
            left = a.next();
        }
        if y <= x {
            right = b.next();
        }
    }
    shared
}

/// The Jaccard index of two sets of these sizes that share this many elements.
fn ratio(shared: usize, a: usize, b: usize) -> f64 {
    if shared == 0 { 0.0 } else { shared as f64 / (a + b - shared) as f64 }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::questions::model::{AnswerContent, QuestionKind};

    fn question(kind: QuestionKind, stem: &str, answers: &[(&str, bool, Option<&str>)]) -> Shingles {
        let answer = |&(body, is_correct, matched): &(&str, bool, Option<&str>)| AnswerContent {
            body: body.into(),
            is_correct,
            rationale: String::new(),
            match_body: matched.map(Into::into),
        };
        shingles(&Content {
            kind,
            stem: stem.into(),
            explanation: String::new(),
            references: vec![],
            tags: vec![],
            difficulty: 1,
            answers: answers.iter().map(answer).collect(),
        })
    }

    fn single(stem: &str, key: &str) -> Shingles {
        question(QuestionKind::SingleChoice, stem, &[(key, true, None), ("distractor", false, None)])
    }

    #[test]
    fn case_white_space_and_punctuation_do_not_count() {
        assert_eq!(single("Which  service,\nthen?", "Amazon S3"), single("which service -- then", "amazon s3."));
        assert_ne!(single("Which service then?", "Amazon S3"), single("Which service then?", "Amazon S4"));
    }

    #[test]
    fn a_text_has_the_shingles_of_its_padded_self() {
        let expected: HashSet<u32> = [" ab", "ab ", "b c", " c ", " 4 "]
            .map(|text| text.chars().collect::<Vec<_>>().try_into().unwrap())
            .map(hash)
            .into();
        assert_eq!(single("Ab, c?", "4").0.into_iter().collect::<HashSet<_>>(), expected);
    }

    #[test]
    fn only_the_key_counts_and_not_its_order() {
        use QuestionKind::{Matching, MultipleResponse};
        let multiple = |answers: &[_]| question(MultipleResponse, "Which?", answers);
        let (a, b) = (("red", true, None), ("blue", true, None));
        assert_eq!(multiple(&[a, b, ("green", false, None)]), multiple(&[b, ("grey", false, None), a]));
        let matching = |one, two| question(Matching, "Match.", &[("ax", true, Some(one)), ("by", true, Some(two))]);
        assert_ne!(matching("one", "two"), matching("two", "one"));
    }

    #[test]
    fn similarity_is_intersection_over_union() {
        let likeness = |a: &[u32], b: &[u32]| jaccard(&Shingles(a.into()), &Shingles(b.into()));
        assert_eq!(likeness(&[1, 2, 3], &[1, 2, 3]), 1.0);
        assert_eq!(likeness(&[1, 2, 3], &[2, 3, 4]), 0.5);
        assert_eq!(likeness(&[1, 2], &[3]), 0.0);
        assert_eq!(likeness(&[], &[]), 0.0);
    }

    #[test]
    fn thresholds_distinguish_rewording_from_another_question() {
        let stem = "A shop keeps receipts for seven years and hardly reads them. Which storage class costs least?";
        let original = single(stem, "S3 Glacier Deep Archive");
        let reworded = single(&stem.replace("A shop", "One store"), "Amazon S3 Glacier Deep Archive");
        let cousin = single(
            "A clinic keeps scans for seven years and reads them daily. Which storage class costs least?",
            "S3 Standard",
        );
        let stranger = single("Which pillar covers recovery from failures by itself?", "Reliability");
        assert!(jaccard(&original, &reworded) >= DUPLICATE);
        assert!((SIMILAR..DUPLICATE).contains(&jaccard(&original, &cousin)), "{}", jaccard(&original, &cousin));
        assert!(jaccard(&original, &stranger) < SIMILAR);
    }

    #[test]
    fn no_two_english_shingles_share_a_hash() {
        let letters: Vec<char> = ('a'..='z').chain('0'..='9').chain([' ']).collect();
        let mut seen = HashSet::new();
        for &first in &letters {
            for &second in &letters {
                assert!(letters.iter().all(|&third| seen.insert(hash([first, second, third]))));
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_has_sorted_shingles_and_is_like_itself(stem in any::<String>(), key in any::<String>()) {
            let found = single(&stem, &key);
            prop_assert!(found.0.is_sorted_by(|a, b| a < b));
            prop_assert_eq!(jaccard(&found, &found), if found.0.is_empty() { 0.0 } else { 1.0 });
        }

        #[test]
        fn merging_counts_as_sets_do(
            a in prop::collection::btree_set(0_u32..40, 0..30),
            b in prop::collection::btree_set(0_u32..40, 0..30),
        ) {
            let lists: [Vec<u32>; 2] = [a.iter().copied().collect(), b.iter().copied().collect()];
            prop_assert_eq!(common(&lists[0], &lists[1]), a.intersection(&b).count());
        }
    }
}
