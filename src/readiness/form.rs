//! The result of a form that a learner has not seen: the number of right slots, and the marks of the others. The score
//! is in `result`. Exact sums, no sampling.

/// Marks are counted in parts of this size: halves, thirds, quarters and sixths of a mark are whole numbers of parts.
pub const PARTS: usize = 12;

/// What is known about the share of a domain that a learner gets right: a Beta distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// The first parameter.
    pub a: f64,
    /// The second parameter.
    pub b: f64,
}

impl Share {
    /// The Beta distribution with this mean and variance. The mean is kept away from 0 and 1, and the variance within
    /// the range that is possible.
    pub fn from_moments(mean: f64, variance: f64) -> Self {
        let mean = mean.clamp(1e-6, 1.0 - 1e-6);
        let most = mean * (1.0 - mean);
        // At one end, practically a fixed share; at the other, hardly anything is known.
        let strength = (most / variance.max(1e-12) - 1.0).clamp(0.1, 1e7);
        Self { a: mean * strength, b: (1.0 - mean) * strength }
    }

    /// The expected share.
    pub fn mean(self) -> f64 {
        self.a / (self.a + self.b)
    }
}

/// A case of the shared parameters, and the shares of the domains in that case.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The probability of the case.
    pub weight: f64,
    /// The share of each domain.
    pub shares: Vec<Share>,
}

/// The probability of each number of right slots among `slots`, from 0: a Beta-binomial distribution.
///
/// By the ratio of neighbors, (n − k)(a + k) / ((k + 1)(b + n − k − 1)), from the mean to both sides: all terms are positive
/// and none is much larger than the first, so that rounding does no harm.
pub fn beta_binomial(slots: usize, Share { a, b }: Share) -> Vec<f64> {
    let n = slots as f64;
    let start = ((n * a / (a + b)).round() as usize).min(slots);
    let ratio = |k: usize| {
        let k = k as f64;
        ((n - k) * (a + k), (k + 1.0) * (b + n - k - 1.0))
    };
    let mut chances = vec![1.0; slots + 1];
    for k in start..slots {
        let (up, down) = ratio(k);
        chances[k + 1] = chances[k] * (up / down);
    }
    for k in (0..start).rev() {
        let (up, down) = ratio(k);
        chances[k] = chances[k + 1] * (down / up);
    }
    let total: f64 = chances.iter().sum();
    chances.iter_mut().for_each(|chance| *chance /= total);
    chances
}

/// The probability of each number of right slots over all domains, from 0. Within a case the domains are independent,
/// so that their distributions are convolved; the cases are then added up by their weights.
pub fn right_slots(cases: &[Case], slots: &[usize]) -> Vec<f64> {
    let mut chances = vec![0.0; slots.iter().sum::<usize>() + 1];
    for case in cases {
        let form = case
            .shares
            .iter()
            .zip(slots)
            .fold(vec![case.weight], |form, (&share, &slots)| convolve(&form, &beta_binomial(slots, share)));
        chances.iter_mut().zip(form).for_each(|(sum, chance)| *sum += chance);
    }
    chances
}

fn convolve(left: &[f64], right: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; left.len() + right.len() - 1];
    for (i, l) in left.iter().enumerate() {
        sums[i..].iter_mut().zip(right).for_each(|(sum, r)| *sum += l * r);
    }
    sums
}

/// The marks of a slot that is not fully right: the probability of 0, 1, … parts of a mark, without trailing zeros.
#[derive(Debug, Clone, PartialEq)]
pub struct PartialMarks(Vec<f64>);

impl PartialMarks {
    /// From marks below 1. One mark of 0 is added, so that the distribution exists without any marks. A mark between
    /// two parts counts for both, so that its mean is kept.
    pub fn of(marks: impl IntoIterator<Item = f64>) -> Self {
        let mut chances = vec![0.0; PARTS];
        chances[0] = 1.0;
        let mut count = 1.0;
        for mark in marks {
            let parts = mark.max(0.0) * PARTS as f64;
            // A third may be slightly less or more than four parts.
            let parts = if (parts - parts.round()).abs() < 1e-6 { parts.round() } else { parts };
            let parts = parts.min((PARTS - 1) as f64);
            let (below, rest) = (parts.floor() as usize, parts.fract());
            chances[below] += 1.0 - rest;
            if rest > 0.0 {
                chances[below + 1] += rest;
            }
            count += 1.0;
        }
        while chances.len() > 1 && chances.last() == Some(&0.0) {
            chances.pop();
        }
        chances.iter_mut().for_each(|chance| *chance /= count);
        Self(chances)
    }

    /// The mean mark of such a slot.
    pub fn mean(&self) -> f64 {
        self.0.iter().enumerate().map(|(parts, chance)| parts as f64 * chance).sum::<f64>() / PARTS as f64
    }

    /// The probability of each sum of parts over 0, 1, …, `slots` such slots.
    pub fn sums(&self, slots: usize) -> Vec<Vec<f64>> {
        let mut sums = vec![vec![1.0]];
        for _ in 0..slots {
            let next = convolve(sums.last().map_or(&[], |sum| sum), &self.0);
            sums.push(next);
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn share() -> impl Strategy<Value = Share> {
        (0.1..300.0, 0.1..300.0).prop_map(|(a, b)| Share { a, b })
    }

    fn mean(chances: &[f64]) -> f64 {
        chances.iter().enumerate().map(|(value, chance)| value as f64 * chance).sum()
    }

    fn is_distribution(chances: &[f64]) -> bool {
        chances.iter().all(|chance| *chance >= 0.0) && (chances.iter().sum::<f64>() - 1.0).abs() < 1e-12
    }

    #[test]
    fn a_uniform_share_makes_every_number_equally_likely() {
        for chance in beta_binomial(9, Share { a: 1.0, b: 1.0 }) {
            assert!((chance - 0.1).abs() < 1e-15);
        }
    }

    #[test]
    fn marks_are_whole_parts_or_lie_between_two() {
        assert_eq!(PartialMarks::of([]), PartialMarks(vec![1.0]));
        assert_eq!(PartialMarks::of([1.0 / 3.0]), PartialMarks(vec![0.5, 0.0, 0.0, 0.0, 0.5]));
        let fifth = PartialMarks::of([0.2, 0.2]);
        assert!((fifth.mean() - 0.4 / 3.0).abs() < 1e-15, "{fifth:?}");
        // Nearly right is not right.
        assert!(PartialMarks::of([0.99; 50]).mean() < 1.0);
    }

    proptest! {
        #[test]
        fn right_slots_are_a_distribution_with_the_mean_of_its_shares(
            domains in prop::collection::vec((share(), 0_usize..20), 1..7), weight in 0.0..1.0,
        ) {
            let (shares, slots): (Vec<Share>, Vec<usize>) = domains.into_iter().unzip();
            let cases = [Case { weight, shares: shares.clone() }, Case { weight: 1.0 - weight, shares: shares.clone() }];
            let right = right_slots(&cases, &slots);
            prop_assert!(is_distribution(&right), "{right:?}");
            let expected: f64 = shares.iter().zip(&slots).map(|(share, n)| share.mean() * *n as f64).sum();
            prop_assert!((mean(&right) - expected).abs() < 1e-9);
        }

        #[test]
        fn moments_make_a_distribution_that_has_them(mean in 0.01..0.99, spread in 0.001..0.9) {
            let variance = spread * mean * (1.0 - mean);
            let Share { a, b } = Share::from_moments(mean, variance);
            prop_assert!((a / (a + b) - mean).abs() < 1e-12);
            prop_assert!((a * b / ((a + b).powi(2) * (a + b + 1.0)) - variance).abs() < 1e-12);
        }
    }
}
