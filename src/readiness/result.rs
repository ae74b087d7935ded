//! The result of a form on the exam's scale.

use super::form::{PARTS, PartialMarks};
use crate::exams::scale::Scale;

/// The results of a form, for each number of right slots.
#[derive(Debug, Clone)]
pub struct Results {
    scale: Scale,
    /// The probability of each sum of parts that the other slots earn, by their number.
    sums: Vec<Vec<f64>>,
    /// The probability of passing, by the number of right slots.
    passing: Vec<f64>,
    /// The expected scaled score, by the number of right slots.
    scores: Vec<f64>,
}

impl Results {
    /// For a form with this many scored slots, of which those that are not fully right earn partial marks,
    /// independently of each other.
    pub fn new(slots: usize, partial: &PartialMarks, scale: Scale) -> Self {
        let sums = partial.sums(slots);
        let score = |parts: usize| scale.scaled(parts as f64 / (slots * PARTS).max(1) as f64);
        let scored: Vec<i32> = (0..=slots * PARTS).map(score).collect();
        // Scores do not decrease with the parts.
        let enough = scored.partition_point(|score| *score < scale.pass_mark);
        let by_right = |value: &dyn Fn(&[f64], usize) -> f64| -> Vec<f64> {
            (0..=slots).map(|right| value(&sums[slots - right], right * PARTS)).collect()
        };
        let passing = by_right(&|sum, start| sum.iter().skip(enough.saturating_sub(start)).sum());
        let scores =
            by_right(&|sum, start| sum.iter().zip(&scored[start..]).map(|(c, score)| c * f64::from(*score)).sum());
        Self { scale, sums, passing, scores }
    }

    /// The probability that a form passes, from the probability of each number of right slots.
    pub fn pass_probability(&self, right: &[f64]) -> f64 {
        dot(right, &self.passing).clamp(0.0, 1.0)
    }

    /// The expected scaled score.
    pub fn expected_score(&self, right: &[f64]) -> f64 {
        dot(right, &self.scores)
    }

    /// The probability of each sum of marks, in parts of a mark from 0.
    pub fn points(&self, right: &[f64]) -> Vec<f64> {
        let slots = right.len() - 1;
        let mut chances = vec![0.0; slots * PARTS + 1];
        for (right, chance) in right.iter().enumerate() {
            let sums = &self.sums[slots - right];
            chances[right * PARTS..].iter_mut().zip(sums).for_each(|(sum, part)| *sum += chance * part);
        }
        chances
    }

    /// The lowest scores that a form reaches or stays below with these probabilities.
    pub fn quantiles<const N: usize>(&self, right: &[f64], probabilities: [f64; N]) -> [i32; N] {
        let points = self.points(right);
        let most = (points.len() - 1).max(1) as f64;
        probabilities.map(|probability| {
            let mut sum = 0.0;
            let reached = points.iter().position(|chance| {
                sum += chance;
                sum >= probability
            });
            reached.map_or(self.scale.max, |parts| self.scale.scaled(parts as f64 / most))
        })
    }
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(l, r)| l * r).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::readiness::form::{Share, beta_binomial};

    const SCALE: Scale = Scale { min: 100, max: 1000, pass_mark: 700 };

    fn whole(slots: usize) -> Results {
        Results::new(slots, &PartialMarks::of([]), SCALE)
    }

    fn certain(right: usize, slots: usize) -> Vec<f64> {
        (0..=slots).map(|number| f64::from(number == right)).collect()
    }

    #[test]
    fn the_line_between_pass_and_fail_is_that_of_a_report() {
        let of = |right| {
            let right = certain(right, 50);
            (
                whole(50).pass_probability(&right),
                whole(50).expected_score(&right),
                whole(50).quantiles(&right, [0.05, 0.95]),
            )
        };
        assert_eq!(of(33), (0.0, 694.0, [694, 694]));
        assert_eq!(of(34), (1.0, 712.0, [712, 712]));
    }

    #[test]
    fn quantiles_are_the_lowest_scores_that_are_reached() {
        let mut right = vec![0.0; 11];
        (right[2], right[5], right[8]) = (0.25, 0.5, 0.25);
        assert_eq!(whole(10).quantiles(&right, [0.25, 0.26, 0.75, 0.76]), [280, 550, 550, 820]);
        assert_eq!((whole(10).expected_score(&right), whole(10).pass_probability(&right)), (550.0, 0.25));
        // Sums of probabilities end slightly below 1.
        assert_eq!(whole(10).quantiles(&right, [1.0 + 1e-15]), [1000]);
    }

    #[test]
    fn without_partial_marks_points_are_whole() {
        let right = beta_binomial(5, Share { a: 3.0, b: 2.0 });
        let points = Results::new(5, &PartialMarks::of([0.0; 7]), SCALE).points(&right);
        for (parts, chance) in points.into_iter().enumerate() {
            let expected = if parts % PARTS == 0 { right[parts / PARTS] } else { 0.0 };
            assert_eq!(chance, expected);
        }
    }

    #[test]
    fn a_form_without_slots_earns_nothing() {
        let none = whole(0);
        assert_eq!((none.pass_probability(&[1.0]), none.expected_score(&[1.0])), (0.0, 100.0));
        assert_eq!(none.quantiles(&[1.0], [0.5]), [100]);
    }

    proptest! {
        #[test]
        fn points_are_a_distribution_with_the_mean_of_its_marks(
            a in 0.1..300.0, b in 0.1..300.0, slots in 1_usize..40, marks in prop::collection::vec(0.0..0.9, 0..30),
        ) {
            let (share, partial) = (Share { a, b }, PartialMarks::of(marks));
            let right = beta_binomial(slots, share);
            let results = Results::new(slots, &partial, SCALE);
            let points = results.points(&right);
            prop_assert!(points.iter().all(|chance| *chance >= 0.0));
            prop_assert!((points.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let mean: f64 = points.iter().enumerate().map(|(parts, chance)| parts as f64 * chance).sum();
            let expected = share.mean() + (1.0 - share.mean()) * partial.mean();
            prop_assert!((mean / PARTS as f64 - expected * slots as f64).abs() < 1e-9);
            // The sum by the number of right slots equals the sum by points.
            let most = (slots * PARTS) as f64;
            let told = points.iter().enumerate().map(|(parts, chance)| (SCALE.scaled(parts as f64 / most), *chance));
            let (mut passing, mut score) = (0.0, 0.0);
            told.for_each(|(scaled, chance)| {
                passing += if scaled >= SCALE.pass_mark { chance } else { 0.0 };
                score += chance * f64::from(scaled);
            });
            prop_assert!((results.pass_probability(&right) - passing).abs() < 1e-12);
            prop_assert!((results.expected_score(&right) - score).abs() < 1e-9);
        }
    }
}
