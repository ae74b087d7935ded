//! The order of a draft's answers. Models put the key in some positions more often than in others.

use rand::{Rng, seq::SliceRandom};

use crate::questions::{
    lint,
    model::{Content, QuestionKind},
};

/// Puts the answers in an order that does not reveal the key: numbers ascend, all else is random. For `ordering`, the
/// written order is the key, and stays.
pub fn shuffle(content: &mut Content, rng: &mut impl Rng) {
    if content.kind == QuestionKind::Ordering {
        return;
    }
    match lint::numbers(content) {
        Some(numbers) => {
            let mut answers: Vec<_> = numbers.into_iter().zip(std::mem::take(&mut content.answers)).collect();
            answers.sort_by(|(a, _), (b, _)| a.total_cmp(b));
            content.answers = answers.into_iter().map(|(_, answer)| answer).collect();
        }
        None => content.answers.shuffle(rng),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand::{SeedableRng, rngs::ChaCha8Rng};

    use super::*;
    use crate::generation::samples::content;

    #[test]
    fn the_key_occurs_at_every_position_and_no_answer_is_lost() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut places = HashSet::new();
        for _ in 0..100 {
            let mut content = content(QuestionKind::SingleChoice);
            let before: HashSet<String> = content.answers.iter().map(|answer| answer.body.clone()).collect();
            shuffle(&mut content, &mut rng);
            assert_eq!(content.answers.iter().map(|answer| answer.body.clone()).collect::<HashSet<_>>(), before);
            places.insert(content.answers.iter().position(|answer| answer.is_correct));
        }
        assert_eq!(places.len(), 4);
    }

    #[test]
    fn numbers_are_sorted_and_steps_stay() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut numbers = content(QuestionKind::SingleChoice);
        for (answer, body) in numbers.answers.iter_mut().zip(["30 days", "1 day", "365 days", "7 days"]) {
            answer.body = body.into();
        }
        let key = numbers.answers.iter().find(|answer| answer.is_correct).cloned();
        shuffle(&mut numbers, &mut rng);
        let bodies: Vec<_> = numbers.answers.iter().map(|answer| answer.body.as_str()).collect();
        assert_eq!(bodies, ["1 day", "7 days", "30 days", "365 days"]);
        assert_eq!(numbers.answers.iter().find(|answer| answer.is_correct), key.as_ref());
        let ordering = content(QuestionKind::Ordering);
        for _ in 0..20 {
            let mut shuffled = ordering.clone();
            shuffle(&mut shuffled, &mut rng);
            assert_eq!(shuffled, ordering);
        }
    }
}
