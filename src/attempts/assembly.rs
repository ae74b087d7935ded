//! Assembling a form: the number of slots per domain, the questions that fill them, and the order of all of it.
//!
//! All but `random_seed` depends on arguments alone: the same seed on the same bank gives the same form. Questions are
//! drawn by their dense draw numbers, so that the cost grows with the form and the learner's history, never the bank.

use std::collections::BTreeMap;

use rand::{
    Rng, RngExt, SeedableRng,
    rngs::ChaCha8Rng,
    seq::{SliceRandom, index},
};
use sha2::{Digest, Sha256};

use crate::{
    exams::{
        apportionment::{self, Share, apportion},
        model::Domain,
    },
    questions::{
        model::{Answer, QuestionKind},
        placement::{names_all_above, names_letters},
    },
};

/// Seeds are integers below 2⁵³, which every JSON parser reads exactly.
pub const SEED_LIMIT: i64 = 1 << 53;

/// The slots of each domain, and notes for the learner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// In the order of the domains.
    pub shares: Vec<Share>,
    /// Where the plan departs from the blueprint because the bank is too small.
    pub notes: Vec<String>,
}

/// Divides a form among the domains by their weights, the scored slots by the same rule. `None` when the bank has fewer
/// published questions than the form has slots.
pub fn plan(domains: &[Domain], question_count: u32, scored_count: u32) -> Option<Plan> {
    let shares = apportionment::shares(domains, question_count, scored_count)?;
    let weights: Vec<u32> = domains.iter().map(|domain| domain.weight.unsigned_abs()).collect();
    let wanted = apportion(&weights, &vec![u32::MAX; domains.len()], question_count);
    let notes = domains
        .iter()
        .zip(wanted.iter().zip(&shares))
        .filter(|(_, (wanted, share))| share.slots < **wanted)
        .map(|(domain, (wanted, share))| {
            format!(
                "Domain {} has only {} published questions for {wanted} slots: the other domains fill the rest, by weight.",
                domain.number, share.slots
            )
        })
        .collect();
    Some(Plan { shares, notes })
}

/// The random number generator of one attempt.
pub struct Draw(ChaCha8Rng);

impl Draw {
    /// Everything that is drawn depends on the seed alone.
    pub fn from_seed(seed: i64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed.unsigned_abs()))
    }

    /// A random seed, if the request has none.
    pub fn random_seed() -> i64 {
        rand::rng().random_range(0..SEED_LIMIT)
    }

    /// The generator itself.
    pub fn chance(&mut self) -> &mut impl Rng {
        &mut self.0
    }

    /// `count` different numbers below `published`, at random among those that were served least often.
    ///
    /// `served` maps each number to how often it was served. Numbers that are not in it were never served.
    pub fn numbers(&mut self, published: u32, served: &BTreeMap<u32, u32>, count: u32) -> Vec<u32> {
        let known: Vec<u32> = served.keys().copied().filter(|&number| number < published).collect();
        let fresh = published - known.len() as u32;
        if count <= fresh {
            let picked = index::sample(&mut self.0, fresh as usize, count as usize);
            return picked.into_iter().map(|index| nth_missing(&known, index as u32)).collect();
        }
        let mut numbers: Vec<u32> = (0..fresh).map(|index| nth_missing(&known, index)).collect();
        let mut by_times: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for number in known {
            by_times.entry(served[&number]).or_default().push(number);
        }
        for mut level in by_times.into_values() {
            level.shuffle(&mut self.0);
            numbers.extend(level);
        }
        numbers.truncate(count as usize);
        // The scored slots are taken from the front. Without this, they would be those that were served least often.
        numbers.shuffle(&mut self.0);
        numbers
    }
}

/// The order in which the answers are shown, as their written positions. Answers that refer to others by position
/// stay where they were written. The right-hand distractors of a matching question are not included.
///
/// The seed is shown to the learner, and this code is public. So the order also depends on texts that no learner sees
/// before submission. Otherwise the seed would reveal the order in which the answers were written, which is the key of
/// an `ordering` question.
pub fn answer_order(seed: i64, kind: QuestionKind, explanation: &str, answers: &[Answer]) -> Vec<i32> {
    let shown = answers.iter().filter(|answer| kind != QuestionKind::Matching || answer.is_correct);
    let shown: Vec<&Answer> = shown.collect();
    let order: Vec<i32> = shown.iter().map(|answer| answer.position).collect();
    if kind != QuestionKind::Ordering && shown.iter().any(|answer| names_letters(&answer.body)) {
        return order;
    }
    // The written order of an `ordering` question is its key, so no answer keeps its position.
    let moves = |answer: &Answer| kind == QuestionKind::Ordering || !names_all_above(&answer.body);
    let moving: Vec<usize> = (0..shown.len()).filter(|&i| moves(shown[i])).collect();
    let mut positions: Vec<i32> = moving.iter().map(|&i| order[i]).collect();
    positions.shuffle(&mut hidden_chance(seed, [(explanation, answers)]));
    let mut result = order;
    for (place, position) in moving.into_iter().zip(positions) {
        result[place] = position;
    }
    result
}

/// Shuffles the slots of a form. Like the order of answers, the result depends on texts that no learner sees before
/// submission: as they are drawn, the scored slots of a domain come before the others.
pub fn mix<'a, T>(seed: i64, slots: &mut [T], contents: impl IntoIterator<Item = (&'a str, &'a [Answer])>) {
    slots.shuffle(&mut hidden_chance(seed, contents));
}

/// A random number generator that depends on a seed and on explanations and rationales.
fn hidden_chance<'a>(seed: i64, contents: impl IntoIterator<Item = (&'a str, &'a [Answer])>) -> ChaCha8Rng {
    let mut hidden = Sha256::new_with_prefix(seed.to_le_bytes());
    for (explanation, answers) in contents {
        hidden.update(explanation);
        for answer in answers {
            hidden.update(answer.id.0);
            hidden.update(&answer.rationale);
        }
    }
    ChaCha8Rng::from_seed(hidden.finalize().into())
}

/// The `index`th number, from 0, that is not in the sorted list.
fn nth_missing(sorted: &[u32], index: u32) -> u32 {
    // The number of missing ones before sorted[j] is sorted[j] - j, which never decreases.
    let (mut low, mut high) = (0, sorted.len());
    while low < high {
        let middle = (low + high) / 2;
        if sorted[middle] - middle as u32 <= index { low = middle + 1 } else { high = middle }
    }
    index + low as u32
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        exams::model::DomainId,
        questions::model::{AnswerId, QuestionId},
    };

    fn domains(parts: &[(i32, i32)]) -> Vec<Domain> {
        (1..)
            .zip(parts)
            .map(|(number, &(weight, published_count))| Domain {
                id: DomainId::new(),
                number,
                name: format!("Domain {number}"),
                weight,
                published_count,
            })
            .collect()
    }

    fn answers(bodies: &[&str]) -> Vec<Answer> {
        (0..)
            .zip(bodies)
            .map(|(position, body)| Answer {
                // The same in every run, since orders depend on it.
                id: AnswerId(uuid::Uuid::from_u128(position as u128)),
                question_id: QuestionId::new(),
                position,
                body: (*body).to_owned(),
                is_correct: position == 0,
                rationale: String::new(),
                match_body: None,
            })
            .collect()
    }

    #[test]
    fn the_cloud_practitioner_form_is_blueprint_exact() {
        let plan = plan(&domains(&[(24, 99), (30, 99), (34, 99), (12, 99)]), 65, 50).unwrap();
        assert_eq!(plan.shares.iter().map(|share| share.slots).collect::<Vec<_>>(), [16, 19, 22, 8]);
        assert_eq!(plan.shares.iter().map(|share| share.scored).collect::<Vec<_>>(), [12, 15, 17, 6]);
        assert!(plan.notes.is_empty());
    }

    #[test]
    fn other_domains_fill_the_slots_of_a_small_one_and_a_note_says_so() {
        let thin = plan(&domains(&[(24, 99), (30, 99), (34, 99), (12, 2)]), 65, 50).unwrap();
        assert_eq!(thin.shares.iter().map(|share| share.slots).sum::<u32>(), 65);
        assert_eq!(thin.shares.iter().map(|share| share.scored).sum::<u32>(), 50);
        assert_eq!(thin.shares[3], Share { slots: 2, scored: 2 });
        assert!(thin.notes[0].starts_with("Domain 4 has only 2 published questions for 8 slots"), "{:?}", thin.notes);
        assert_eq!(plan(&domains(&[(50, 30), (50, 30)]), 65, 50), None);
    }

    #[test]
    fn answers_that_refer_to_positions_stay_in_place() {
        for seed in 0..50 {
            let order =
                answer_order(seed, QuestionKind::SingleChoice, "", &answers(&["a", "b", "c", "All of the above"]));
            assert_eq!(order[3], 3);
            let order = answer_order(seed, QuestionKind::SingleChoice, "", &answers(&["a", "b", "c", "Both A and B"]));
            assert_eq!(order, [0, 1, 2, 3]);
        }
    }

    #[test]
    fn a_step_that_refers_to_all_does_not_keep_its_position() {
        let steps = answers(&["Stop the writers", "Snapshot all of these volumes", "Restore"]);
        let orders: HashSet<Vec<i32>> =
            (0..200).map(|seed| answer_order(seed, QuestionKind::Ordering, "", &steps)).collect();
        assert_eq!(orders.len(), 6);
    }

    #[test]
    fn the_seed_alone_does_not_reveal_the_order_of_slots() {
        let answers = answers(&["a", "b"]);
        let mixed = |explanation: &str| {
            let mut slots = [1, 2, 3, 4];
            mix(7, &mut slots, [(explanation, answers.as_slice())]);
            slots
        };
        assert_eq!(mixed("why"), mixed("why"));
        let orders: HashSet<[i32; 4]> = (0..200).map(|n| mixed(&format!("because {n}"))).collect();
        assert_eq!(orders.len(), 24);
    }

    #[test]
    fn the_key_is_equally_likely_at_every_position() {
        let answers = answers(&["key", "b", "c", "d"]);
        let mut counts = [0; 4];
        for seed in 0..4000 {
            let order = answer_order(seed, QuestionKind::SingleChoice, "", &answers);
            counts[order.iter().position(|&position| position == 0).unwrap()] += 1;
        }
        assert!(counts.iter().all(|count| (900..1100).contains(count)), "{counts:?}");
    }

    #[test]
    fn the_seed_alone_does_not_reveal_the_order_of_answers() {
        let answers = answers(&["first", "second", "third", "fourth"]);
        let order = |explanation: &str| answer_order(7, QuestionKind::Ordering, explanation, &answers);
        assert_eq!(order("why"), order("why"));
        let orders: HashSet<Vec<i32>> = (0..200).map(|n| order(&format!("because {n}"))).collect();
        assert_eq!(orders.len(), 24);
    }

    #[test]
    fn every_question_is_equally_likely_to_be_drawn() {
        let served = BTreeMap::from([(3, 1), (4, 2)]);
        let mut counts = [0; 10];
        for seed in 0..8000 {
            for number in Draw::from_seed(seed).numbers(10, &served, 4) {
                counts[number as usize] += 1;
            }
        }
        assert_eq!((counts[3], counts[4]), (0, 0));
        let fresh = counts.iter().filter(|&&count| count > 0);
        assert!(fresh.clone().count() == 8 && fresh.clone().all(|count| (3800..4200).contains(count)), "{counts:?}");
    }

    proptest! {
        #[test]
        fn draws_are_distinct_in_range_and_least_served_first(
            published in 0_u32..60,
            history in prop::collection::btree_map(0_u32..80, 1_u32..4, 0..40),
            count in 0_u32..70,
            seed in 0_i64..SEED_LIMIT,
        ) {
            let drawn = Draw::from_seed(seed).numbers(published, &history, count);
            prop_assert_eq!(&drawn, &Draw::from_seed(seed).numbers(published, &history, count));
            prop_assert_eq!(drawn.len() as u32, count.min(published));
            let different: HashSet<u32> = drawn.iter().copied().collect();
            prop_assert_eq!(different.len(), drawn.len());
            prop_assert!(drawn.iter().all(|&number| number < published));
            let times = |number: &u32| history.get(number).copied().unwrap_or(0);
            let most = drawn.iter().map(times).max().unwrap_or(0);
            let left_out = (0..published).filter(|number| !different.contains(number));
            prop_assert!(left_out.map(|number| times(&number)).all(|times| times >= most));
        }
    }
}
