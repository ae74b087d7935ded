//! How well a learner knows a domain or a task.

use serde::{Deserialize, Serialize};
use statrs::distribution::{Beta, Continuous, ContinuousCDF};
use utoipa::ToSchema;

use super::{
    evidence::{self, Exposure},
    fit::Assumptions,
    form::{PartialMarks, Share},
};

/// The probability of a credible interval.
pub const CREDIBLE: f64 = 0.9;

/// The estimated share of a domain that a learner would get right, with its uncertainty.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Mastery {
    /// The mean, from 0 to 1.
    pub mean: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
    /// The probability that the true value lies in the interval.
    #[schema(example = 0.9)]
    pub credible: f64,
}

impl Mastery {
    /// The mean of a Beta distribution and its central interval, to three decimals.
    pub fn of(share: Share) -> Self {
        let (low, high) = interval(share);
        Self { mean: share.mean(), low, high, credible: CREDIBLE }.map(|value| value)
    }

    /// The same for points instead of right responses, because partly right responses earn points, too.
    pub fn of_points(share: Share, partial: &PartialMarks) -> Self {
        let rest = partial.mean();
        let (low, high) = interval(share);
        Self { mean: share.mean(), low, high, credible: CREDIBLE }.map(|right| right + (1.0 - right) * rest)
    }

    fn map(self, to: impl Fn(f64) -> f64) -> Self {
        let rounded = |value: f64| (to(value) * 1000.0).round() / 1000.0;
        Self { mean: rounded(self.mean), low: rounded(self.low), high: rounded(self.high), ..self }
    }
}

/// The central interval that contains a share with the probability [`CREDIBLE`].
pub fn interval(share: Share) -> (f64, f64) {
    let tail = (1.0 - CREDIBLE) / 2.0;
    (quantile(share, tail), quantile(share, 1.0 - tail))
}

/// The quantile of a Beta distribution.
fn quantile(Share { a, b }: Share, probability: f64) -> f64 {
    let Ok(beta) = Beta::new(a, b) else { return probability };
    // The inverse in the library stops early; two steps of Newton's method refine it.
    let refined = |value: f64| {
        let next = value - (beta.cdf(value) - probability) / beta.pdf(value);
        if next > 0.0 && next < 1.0 { next } else { value }
    };
    refined(refined(beta.inverse_cdf(probability)))
}

/// The weight of the domain in the estimate of a task, as a number of first exposures.
const DOMAIN_WORTH: f64 = 6.0;

/// The shares of tasks, which have few responses of their own: the share of the domain is the prior.
pub fn tasks(domains: &[Share], exposures: &[Exposure], now: f64, assumed: &Assumptions) -> Vec<Share> {
    let start = |domain: &Share| {
        let mean = domain.mean();
        // Not more certain than the estimate of the domain.
        let strength = DOMAIN_WORTH.min(domain.a + domain.b);
        Share { a: mean * strength, b: (1.0 - mean) * strength }
    };
    let mut tasks: Vec<Share> = domains.iter().map(start).collect();
    for (_, exposure, weight) in evidence::weights(exposures, now, assumed) {
        if let Some(task) = exposure.task.and_then(|task| tasks.get_mut(task)) {
            if exposure.is_right() { task.a += weight } else { task.b += weight }
        }
    }
    tasks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::readiness::fit::ASSUMED;

    fn exposure(task: usize, mark: f64) -> Exposure {
        Exposure { domain: 0, task: Some(task), mark, at: 0.0 }
    }

    #[test]
    fn a_task_without_responses_is_known_as_its_domain_but_less_certainly() {
        let domain = Share { a: 70.0, b: 30.0 };
        let unseen = tasks(&[domain, domain], &[exposure(1, 1.0)], 0.0, &ASSUMED)[0];
        assert!((unseen.mean() - domain.mean()).abs() < 1e-12);
        let (sure, unsure) = (interval(domain), interval(unseen));
        assert!(unsure.0 < sure.0 && sure.1 < unsure.1);
        // An unknown domain says nothing about its tasks.
        assert_eq!(tasks(&[Share { a: 0.5, b: 0.5 }], &[], 0.0, &ASSUMED), [Share { a: 0.5, b: 0.5 }]);
    }

    #[test]
    fn a_task_with_its_own_evidence_differs_from_its_domain() {
        let domain = Share { a: 70.0, b: 30.0 };
        let wrong = tasks(&[domain, domain], &[exposure(1, 0.0); 20], 0.0, &ASSUMED)[1];
        assert!(wrong.mean() < 0.2, "{wrong:?}");
    }

    #[test]
    fn partial_marks_raise_the_share_of_points_above_that_of_right_responses() {
        let share = Share { a: 6.0, b: 4.0 };
        let points = Mastery::of_points(share, &PartialMarks::of([0.5; 9]));
        // 9 halves and one 0: 0.45 for each of four tenths.
        assert_eq!(points.mean, 0.78);
        let plain = Mastery::of(share);
        assert!(plain.low < points.low && plain.high < points.high);
    }

    /// Reference values from the closed forms: Beta(1, n) has the quantile 1 − (1 − p)^(1/n), Beta(n, 1) has p^(1/n).
    #[test]
    fn intervals_agree_with_closed_forms() {
        for n in [0, 1, 5, 12, 17, 50].map(f64::from) {
            let (none, all) = (interval(Share { a: 1.0, b: 1.0 + n }), interval(Share { a: 1.0 + n, b: 1.0 }));
            assert!((none.0 - (1.0 - 0.95_f64.powf(1.0 / (n + 1.0)))).abs() < 1e-12, "{none:?}");
            assert!((none.1 - (1.0 - 0.05_f64.powf(1.0 / (n + 1.0)))).abs() < 1e-12, "{none:?}");
            assert!((all.0 - 0.05_f64.powf(1.0 / (n + 1.0))).abs() < 1e-12, "{all:?}");
            assert!((all.1 - 0.95_f64.powf(1.0 / (n + 1.0))).abs() < 1e-12, "{all:?}");
        }
    }

    proptest! {
        #[test]
        fn intervals_hold_their_mean_and_narrow_with_data(right in 0_u32..40, wrong in 0_u32..40) {
            let share = |times: f64| Share { a: 1.0 + times * f64::from(right), b: 1.0 + times * f64::from(wrong) };
            let (few, many) = (Mastery::of(share(1.0)), Mastery::of(share(10.0)));
            prop_assert!(0.0 <= few.low && few.low <= few.mean && few.mean <= few.high && few.high <= 1.0, "{few:?}");
            prop_assert!(many.high - many.low <= few.high - few.low, "{few:?} {many:?}");
        }

        // With a parameter below 0.2, a quantile may be closer to 0 or 1 than the next number.
        #[test]
        fn the_ends_of_an_interval_are_its_quantiles(a in 0.3..2000.0, b in 0.3..2000.0) {
            let beta = Beta::new(a, b).unwrap();
            let (low, high) = interval(Share { a, b });
            prop_assert!(low <= high);
            prop_assert!((beta.cdf(low) - 0.05).abs() < 1e-9, "{low}");
            prop_assert!((beta.cdf(high) - 0.95).abs() < 1e-9, "{high}");
        }
    }
}
