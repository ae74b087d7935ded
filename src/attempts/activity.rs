//! A learner's activity: the days with answers, the minutes, and the streaks of consecutive days.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    db::{day::Day, types::Timestamp},
    time_zone::TimeZone,
};

/// How many days back streaks are computed.
pub const YEAR: i64 = 366;

/// The days on which you answered questions.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ActivityReply {
    /// The time zone that sets where a day begins and ends. Change it with `PATCH /api/v1/me`.
    pub time_zone: TimeZone,
    /// Consecutive days on which you answered questions.
    pub streak: Streak,
    /// The days in the requested range on which you answered questions, oldest first.
    pub days: Vec<ActiveDay>,
}

/// The number of consecutive days, within the last year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Streak {
    /// Days in a row up to today, or up to yesterday if there are no answers today yet.
    pub current: i32,
    /// The longest streak.
    pub longest: i32,
}

/// A day on which you answered questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ActiveDay {
    /// The day.
    pub date: Day,
    /// The number of slots that you answered. A slot counts once, on the day of its `answered_at`.
    pub answers: i32,
    /// The time spent on these slots, in minutes, as measured by the client.
    pub minutes: i32,
}

/// The activity of the last `days` days up to `now`, from the time of each answered slot and the seconds spent on it.
pub fn activity(answered: &[(Timestamp, i32)], time_zone: TimeZone, days: i64, now: Timestamp) -> ActivityReply {
    let mut by_day: BTreeMap<Day, (i32, i64)> = BTreeMap::new();
    for (at, seconds) in answered {
        let (answers, all) = by_day.entry(time_zone.day_of(*at)).or_default();
        *answers += 1;
        *all += i64::from(*seconds);
    }
    let today = time_zone.day_of(now);
    let first = today.plus(1 - days);
    let streak = streak(by_day.keys().copied(), today);
    let days = by_day.range(first..=today).map(|(date, (answers, seconds))| ActiveDay {
        date: *date,
        answers: *answers,
        minutes: i32::try_from((seconds + 30) / 60).unwrap_or(i32::MAX),
    });
    ActivityReply { streak, days: days.collect(), time_zone }
}

/// The streaks of these days, which are in ascending order.
fn streak(days: impl Iterator<Item = Day>, today: Day) -> Streak {
    let (mut longest, mut run, mut last) = (0, 0, None);
    for day in days.filter(|day| *day <= today) {
        run = if last == Some(day.plus(-1)) { run + 1 } else { 1 };
        longest = longest.max(run);
        last = Some(day);
    }
    let goes_on = last.is_some_and(|last| last >= today.plus(-1));
    Streak { current: if goes_on { run } else { 0 }, longest }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noon of a day after 2026-11-01, in UTC.
    fn noon(day: i64) -> Timestamp {
        Timestamp::from_microseconds(1_793_534_400_000_000).unwrap().plus_seconds((day - 1) * 86_400)
    }

    #[test]
    fn days_in_a_row_are_counted_up_to_today_or_yesterday() {
        let of = |days: &[i64], today: i64| {
            let answered: Vec<_> = days.iter().map(|day| (noon(*day), 60)).collect();
            let Streak { current, longest } = activity(&answered, TimeZone::stored("UTC"), 30, noon(today)).streak;
            (current, longest)
        };
        assert_eq!(of(&[], 5), (0, 0));
        assert_eq!(of(&[5], 5), (1, 1));
        assert_eq!(of(&[1, 2, 3, 5], 5), (1, 3));
        assert_eq!(of(&[3, 4], 5), (2, 2));
        assert_eq!(of(&[2, 3], 5), (0, 2));
        // The clock was set back: days in the future are not counted.
        assert_eq!(of(&[5, 6], 5), (1, 1));
    }

    #[test]
    fn the_range_is_counted_in_days_and_minutes_are_rounded() {
        let answered = [(noon(1), 500), (noon(3), 29), (noon(4), 45), (noon(4), 46)];
        let reply = activity(&answered, TimeZone::stored("UTC"), 2, noon(4));
        let days: Vec<_> = reply.days.iter().map(|day| (day.date.to_string(), day.answers, day.minutes)).collect();
        assert_eq!(days, [("2026-11-03".to_owned(), 1, 0), ("2026-11-04".to_owned(), 2, 2)]);
    }
}
