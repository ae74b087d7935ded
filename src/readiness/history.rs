//! Past predictions: those at the end of earlier weeks.

use super::{
    estimate::{Estimate, FEWEST, Form},
    evidence::Exposure,
    record::{days, moment},
    result::Results,
};
use crate::{
    db::{day::Day, types::Timestamp},
    time_zone::TimeZone,
};

/// The maximum number of weeks in the history: the latest ones with new evidence.
pub const WEEKS: usize = 12;

/// The prediction at the end of a week.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Week {
    /// Its Monday.
    pub monday: Day,
    /// The probability of passing.
    pub pass_probability: f64,
    /// The mean scaled score.
    pub expected_score: f64,
}

/// The weeks in which new questions were answered, from the first one with enough evidence. The last one ends `now`.
///
/// Exposures are in chronological order. Weeks are those of the learner's time zone. Each is computed from the
/// responses up to its end; the marks of slots that are not fully right are taken from all of them.
pub fn history(
    form: &Form,
    results: &Results,
    exposures: &[Exposure],
    time_zone: &TimeZone,
    now: Timestamp,
) -> Vec<Week> {
    let monday_of = |exposure: &Exposure| time_zone.day_of(moment(exposure.at)).monday();
    let mut weeks = Vec::new();
    let mut known = exposures;
    while let Some(last) = known.last()
        && known.len() >= FEWEST
        && weeks.len() < WEEKS
    {
        let monday = monday_of(last);
        let end = days(time_zone.start_of(monday.plus(7)).min(now));
        let right = Estimate::new(form, known, end).right_slots();
        let (pass_probability, expected_score) = (results.pass_probability(&right), results.expected_score(&right));
        weeks.push(Week { monday, pass_probability, expected_score });
        known = &known[..known.partition_point(|exposure| monday_of(exposure) < monday)];
    }
    weeks.reverse();
    weeks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{exams::scale::Scale, readiness::form::PartialMarks};

    /// 2026-11-23, a Monday, in days from 1970-01-01.
    const MONDAY: f64 = 20_780.0;

    fn history_in(zone: &str, exposures: &[Exposure], now: f64) -> Vec<Week> {
        let form = Form { slots: vec![30, 20], scale: Scale { min: 0, max: 100, pass_mark: 75 } };
        let results = form.results(&PartialMarks::of([]));
        super::history(&form, &results, exposures, &TimeZone::stored(zone), moment(now))
    }

    fn history(exposures: &[Exposure], now: f64) -> Vec<Week> {
        history_in("UTC", exposures, now)
    }

    fn mondays(weeks: &[Week]) -> Vec<String> {
        weeks.iter().map(|week| week.monday.to_string()).collect()
    }

    fn responses(at: f64, count: usize, right: usize) -> impl Iterator<Item = Exposure> {
        (0..count).map(move |i| Exposure { domain: i % 2, task: None, mark: f64::from(i < right), at })
    }

    #[test]
    fn weeks_begin_on_mondays_of_the_learner() {
        for (at, zone, monday) in [
            (MONDAY - 0.01, "UTC", "2026-11-16"),
            (MONDAY, "UTC", "2026-11-23"),
            (MONDAY + 6.99, "UTC", "2026-11-23"),
            (MONDAY + 7.0, "UTC", "2026-11-30"),
            (MONDAY - 0.01, "Europe/Vienna", "2026-11-23"),
            (MONDAY - 1.0 / 24.0, "Europe/Vienna", "2026-11-23"),
            (MONDAY + 0.1, "America/New_York", "2026-11-16"),
            (-3.1, "UTC", "1969-12-22"),
        ] {
            let weeks = history_in(zone, &responses(at, 20, 10).collect::<Vec<_>>(), at + 0.001);
            assert_eq!(mondays(&weeks), [monday], "{at} {zone}");
        }
    }

    #[test]
    fn each_week_has_the_prediction_of_its_time() {
        let first: Vec<Exposure> = responses(MONDAY + 1.5, 40, 14).collect();
        let both: Vec<Exposure> = first.iter().copied().chain(responses(MONDAY + 17.0, 40, 40)).collect();
        let weeks = history(&both, MONDAY + 17.5);
        assert_eq!(mondays(&weeks), ["2026-11-23", "2026-12-07"]);
        assert_eq!(history(&first, MONDAY + 7.0), weeks[..1]);
        assert!(weeks[1].pass_probability > weeks[0].pass_probability);
        assert!(weeks[1].expected_score > weeks[0].expected_score);
    }

    #[test]
    fn weeks_without_enough_evidence_are_left_out() {
        let few: Vec<Exposure> = responses(MONDAY + 1.0, 19, 10).chain(responses(MONDAY + 10.0, 1, 1)).collect();
        assert_eq!(mondays(&history(&few, MONDAY + 10.0)), ["2026-11-30"]);
        assert_eq!(history(&few[..19], MONDAY + 10.0), []);
    }

    #[test]
    fn long_histories_are_cut_to_their_newest_weeks() {
        let all: Vec<Exposure> = (0..40).flat_map(|week| responses(f64::from(week * 7), 25, 20)).collect();
        let weeks = history(&all, 300.0);
        assert_eq!((weeks.len(), weeks[WEEKS - 1].monday.to_string().as_str()), (WEEKS, "1970-09-28"));
    }
}
