//! From a fit to the result of a form.

use super::{
    fit::{Fit, logistic},
    form::{Case, Share},
};

/// The nodes of a standard normal distribution and their weights: the five-point Gauss-Hermite rule.
const FIVE: [(f64, f64); 5] = [
    (-2.856_970_013_872_805_7, 0.011_257_411_327_720_688),
    (-1.355_626_179_974_266, 0.222_075_922_005_612_67),
    (0.0, 0.533_333_333_333_333_3),
    (1.355_626_179_974_266, 0.222_075_922_005_612_67),
    (2.856_970_013_872_805_7, 0.011_257_411_327_720_688),
];

/// Cases of the shared parameters: this many to either side of the middle, at this distance in standard deviations.
const CASES: i32 = 5;
const DISTANCE: f64 = 0.7;

/// The share of right responses for log-odds that are normal with this mean and variance, as the Beta distribution with
/// the same mean and variance.
pub fn share(mean: f64, variance: f64) -> Share {
    let sd = variance.sqrt();
    let (mut first, mut second) = (0.0, 0.0);
    for (point, weight) in FIVE {
        let share = logistic(mean + sd * point);
        first += weight * share;
        second += weight * share * share;
    }
    Share::from_moments(first, second - first * first)
}

/// The share of each domain by itself.
pub fn shares(fit: &Fit) -> Vec<Share> {
    let count = fit.means.len();
    let variance = |domain: usize| fit.own[domain] + fit.shared[domain * count + domain];
    (0..count).map(|domain| share(fit.means[domain], variance(domain))).collect()
}

/// Cases of the shared parameters, for a form with this many slots in each domain.
///
/// The shared parameters have more than one dimension, but only the one that moves the score of the form matters.
pub fn cases(fit: &Fit, slots: &[usize]) -> Vec<Case> {
    let moved = directions(fit, slots);
    let points: Vec<(f64, f64)> =
        (-CASES..=CASES).map(|i| f64::from(i) * DISTANCE).map(|point| (point, (-point * point / 2.0).exp())).collect();
    let total: f64 = points.iter().map(|(_, weight)| weight).sum();
    let case = |(point, weight): (f64, f64)| Case {
        weight: weight / total,
        shares: (0..slots.len()).map(|d| share(fit.means[d] + moved[d] * point, fit.own[d])).collect(),
    };
    points.into_iter().map(case).collect()
}

/// How far the log-odds of each domain move if the shared parameters change the score by one standard deviation.
fn directions(fit: &Fit, slots: &[usize]) -> Vec<f64> {
    let count = slots.len();
    let pull: Vec<f64> =
        fit.means.iter().map(|mean| logistic(*mean)).zip(slots).map(|(p, &n)| n as f64 * p * (1.0 - p)).collect();
    let moved: Vec<f64> =
        fit.shared.chunks(count.max(1)).map(|row| row.iter().zip(&pull).map(|(c, w)| c * w).sum()).collect();
    let variance: f64 = moved.iter().zip(&pull).map(|(m, w)| m * w).sum();
    let sd = variance.max(0.0).sqrt();
    moved.into_iter().map(|m: f64| if sd > 0.0 { m / sd } else { 0.0 }).collect()
}
