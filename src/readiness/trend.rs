//! Whether a learner improves in a domain.

use serde::Serialize;
use utoipa::ToSchema;

use super::mastery::CREDIBLE;

/// The number of newest first exposures of a domain that count.
const WINDOW: usize = 60;
/// The minimum number in each half.
const LEAST: usize = 10;
/// The quantile of the standard normal distribution at 0.95.
const NORMAL_95: f64 = 1.644_853_626_951_472_2;

/// The difference between the newer half and the older half of a domain's latest first exposures.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Trend {
    /// The change in the share of points, from -1 to 1.
    pub change: f64,
    /// The lower end of the interval. Above 0, the learner got better.
    pub low: f64,
    /// The upper end of the interval. Below 0, the learner got worse.
    pub high: f64,
    /// The probability that the true value lies in the interval.
    #[schema(example = 0.9)]
    pub credible: f64,
}

/// The trend of marks in chronological order; `None` with fewer than 20 of them.
///
/// Each half is a Beta(1 + points, 1 + rest) distribution, as in a report, and their difference is treated as normal.
pub fn trend(marks: &[f64]) -> Option<Trend> {
    let latest = &marks[marks.len().saturating_sub(WINDOW)..];
    let (older, newer) = latest.split_at(latest.len() / 2);
    if older.len() < LEAST {
        return None;
    }
    let moments = |marks: &[f64]| {
        let points: f64 = marks.iter().sum();
        let (a, b) = (1.0 + points, 1.0 + marks.len() as f64 - points);
        (a / (a + b), a * b / ((a + b).powi(2) * (a + b + 1.0)))
    };
    let ((before, old_variance), (after, new_variance)) = (moments(older), moments(newer));
    let (change, reach) = (after - before, NORMAL_95 * (old_variance + new_variance).sqrt());
    let rounded = |value: f64| (value * 1000.0).round() / 1000.0;
    Some(Trend {
        change: rounded(change),
        low: rounded((change - reach).max(-1.0)),
        high: rounded((change + reach).min(1.0)),
        credible: CREDIBLE,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trend_needs_ten_responses_on_each_side() {
        assert_eq!(trend(&[1.0; 19]), None);
        assert!(trend(&[1.0; 20]).is_some());
    }

    #[test]
    fn a_steady_learner_has_no_trend() {
        let marks: Vec<f64> = (0..60).map(|i| f64::from(i % 3 > 0)).collect();
        let steady = trend(&marks).unwrap();
        assert_eq!(steady.change, 0.0);
        assert!(steady.low < 0.0 && steady.high > 0.0);
    }

    #[test]
    fn an_improving_or_declining_learner_has_a_trend() {
        let mut marks = vec![0.0; 15];
        marks.extend([1.0; 15]);
        let better = trend(&marks).unwrap();
        assert!(better.low > 0.0 && better.change > 0.8 && better.high <= 1.0, "{better:?}");
        marks.reverse();
        let worse = trend(&marks).unwrap();
        assert!(worse.high < 0.0 && worse.change == -better.change, "{worse:?}");
    }

    #[test]
    fn only_the_latest_responses_are_looked_at() {
        let mut marks = vec![0.0; 500];
        marks.extend([1.0; 60]);
        assert_eq!(trend(&marks).unwrap().change, 0.0);
    }
}
