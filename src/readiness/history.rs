//! What would have been said at the end of earlier weeks.

use super::{
    estimate::{Estimate, FEWEST, Form},
    evidence::Exposure,
    result::Results,
};

/// The most weeks that are told: those with new evidence, the newest of them.
pub const WEEKS: usize = 12;

/// What was known at the end of a week.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Week {
    /// Its Monday, in days from 1970-01-01.
    pub monday: i64,
    /// The probability of passing.
    pub pass_probability: f64,
    /// The mean scaled score.
    pub expected_score: f64,
}

/// The weeks in which new questions were answered, from the first one with enough evidence; the running one ends `now`.
///
/// Exposures are in the order of time, and told in days from 1970-01-01. Each week is computed from the responses until then;
/// what slots earn that are not fully right is taken from all of them.
pub fn history(form: &Form, results: &Results, exposures: &[Exposure], now: f64) -> Vec<Week> {
    let mut weeks = Vec::new();
    let mut known = exposures;
    while let Some(last) = known.last()
        && known.len() >= FEWEST
        && weeks.len() < WEEKS
    {
        let monday = monday_of(last.at);
        let end = ((monday + 7) as f64).min(now);
        let right = Estimate::new(form, known, end).right_slots();
        let (pass_probability, expected_score) = (results.pass_probability(&right), results.expected_score(&right));
        weeks.push(Week { monday, pass_probability, expected_score });
        known = &known[..known.partition_point(|exposure| monday_of(exposure.at) < monday)];
    }
    weeks.reverse();
    weeks
}

/// The Monday of the week of a moment. 1970-01-01 was a Thursday.
fn monday_of(at: f64) -> i64 {
    let day = at.floor() as i64;
    day - (day + 3).rem_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{exams::scale::Scale, readiness::form::PartialMarks};

    fn history(exposures: &[Exposure], now: f64) -> Vec<Week> {
        let form = Form { slots: vec![30, 20], scale: Scale { min: 0, max: 100, pass_mark: 75 } };
        super::history(&form, &form.results(&PartialMarks::of([])), exposures, now)
    }

    fn responses(at: f64, count: usize, right: usize) -> impl Iterator<Item = Exposure> {
        (0..count).map(move |i| Exposure { domain: i % 2, task: None, mark: f64::from(i < right), at })
    }

    #[test]
    fn weeks_begin_on_mondays() {
        // 2026-11-23 is a Monday, 20780 days after 1970-01-01.
        assert_eq!([20779.99, 20780.0, 20786.99, 20787.0].map(monday_of), [20773, 20780, 20780, 20787]);
        assert_eq!([-3.0, -3.1].map(monday_of), [-3, -10]);
    }

    #[test]
    fn each_week_says_what_was_known_then() {
        let first: Vec<Exposure> = responses(20781.5, 40, 14).collect();
        let both: Vec<Exposure> = first.iter().copied().chain(responses(20797.0, 40, 40)).collect();
        let weeks = history(&both, 20797.5);
        assert_eq!(weeks.iter().map(|week| week.monday).collect::<Vec<_>>(), [20780, 20794]);
        assert_eq!(history(&first, 20787.0), weeks[..1]);
        assert!(weeks[1].pass_probability > weeks[0].pass_probability);
        assert!(weeks[1].expected_score > weeks[0].expected_score);
    }

    #[test]
    fn weeks_without_enough_evidence_are_left_out() {
        let few: Vec<Exposure> = responses(20781.0, 19, 10).chain(responses(20790.0, 1, 1)).collect();
        let weeks = history(&few, 20790.0);
        assert_eq!(weeks.iter().map(|week| week.monday).collect::<Vec<_>>(), [20787]);
        assert_eq!(history(&few[..19], 20790.0), []);
    }

    #[test]
    fn long_histories_are_cut_to_their_newest_weeks() {
        let all: Vec<Exposure> = (0..40).flat_map(|week| responses(f64::from(week * 7), 25, 20)).collect();
        let weeks = history(&all, 300.0);
        assert_eq!((weeks.len(), weeks[WEEKS - 1].monday), (WEEKS, monday_of(39.0 * 7.0)));
    }
}
