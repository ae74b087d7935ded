//! The result of a form on the exam's scale.

use super::form::PARTS;
use crate::exams::scale::Scale;

/// How probable each sum of marks of a form is, in parts of a mark from 0, and the scale of its exam.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// How probable 0, 1, … parts are.
    pub points: Vec<f64>,
    /// The scored slots.
    pub slots: usize,
    /// The exam's scale.
    pub scale: Scale,
}

impl Outcome {
    fn scores(&self) -> impl DoubleEndedIterator<Item = (i32, f64)> + ExactSizeIterator + use<'_> {
        let most = (self.slots * PARTS).max(1) as f64;
        let scored = move |(parts, chance): (usize, &f64)| (self.scale.scaled(parts as f64 / most), *chance);
        self.points.iter().enumerate().map(scored)
    }

    /// The probability that the form passes.
    pub fn pass_probability(&self) -> f64 {
        let passing = self.scores().rev().take_while(|(score, _)| *score >= self.scale.pass_mark);
        passing.map(|(_, chance)| chance).sum::<f64>().min(1.0)
    }

    /// The expected scaled score.
    pub fn mean(&self) -> f64 {
        self.scores().map(|(score, chance)| f64::from(score) * chance).sum()
    }

    /// The lowest score that the form reaches or stays below with this probability.
    pub fn quantile(&self, probability: f64) -> i32 {
        let mut sum = 0.0;
        let mut reached = self.scores().skip_while(|(_, chance)| {
            sum += chance;
            sum < probability
        });
        reached.next().map_or(self.scale.max, |(score, _)| score)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCALE: Scale = Scale { min: 100, max: 1000, pass_mark: 700 };

    fn certain(right: usize, slots: usize) -> Outcome {
        let mut points = vec![0.0; slots * PARTS + 1];
        points[right * PARTS] = 1.0;
        Outcome { points, slots, scale: SCALE }
    }

    #[test]
    fn the_line_between_pass_and_fail_is_that_of_a_report() {
        assert_eq!((certain(33, 50).pass_probability(), certain(33, 50).mean()), (0.0, 694.0));
        assert_eq!((certain(34, 50).pass_probability(), certain(34, 50).mean()), (1.0, 712.0));
        assert_eq!((certain(34, 50).quantile(0.05), certain(34, 50).quantile(0.95)), (712, 712));
    }

    #[test]
    fn quantiles_are_the_lowest_scores_that_are_reached() {
        let mut outcome = certain(0, 10);
        outcome.points = vec![0.0; 10 * PARTS + 1];
        for (right, chance) in [(2, 0.25), (5, 0.5), (8, 0.25)] {
            outcome.points[right * PARTS] = chance;
        }
        assert_eq!([0.25, 0.26, 0.75, 0.76].map(|p| outcome.quantile(p)), [280, 550, 550, 820]);
        assert_eq!((outcome.mean(), outcome.pass_probability()), (550.0, 0.25));
        // Sums of probabilities end a hair below 1.
        assert_eq!(outcome.quantile(1.0 + 1e-15), 1000);
    }
}
