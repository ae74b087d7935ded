//! Time zones by name. Their rules are compiled in, so that all servers use the same ones, even in an image without them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::{day::Day, types::Timestamp};

/// A time zone of the IANA database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, max_length = 50, example = "Europe/Vienna")]
pub struct TimeZone(jiff::tz::TimeZone);

impl TimeZone {
    /// The stored zone, or UTC if its rules are no longer known.
    pub fn stored(name: &str) -> Self {
        name.parse().unwrap_or(Self(jiff::tz::TimeZone::UTC))
    }

    /// Its name, as the database writes it.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The day of an instant in this zone.
    pub fn day_of(&self, instant: Timestamp) -> Day {
        Day::in_zone(instant, &self.0)
    }

    /// The instant at which a day begins in this zone.
    pub fn start_of(&self, day: Day) -> Timestamp {
        day.start_in(&self.0)
    }
}

impl FromStr for TimeZone {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let zone = jiff::tz::TimeZone::get(name).ok().filter(|zone| zone.iana_name().is_some());
        zone.map(Self).ok_or_else(|| "is not the name of a time zone, such as Europe/Vienna or UTC".to_owned())
    }
}

impl TryFrom<String> for TimeZone {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        name.parse()
    }
}

impl From<TimeZone> for String {
    fn from(zone: TimeZone) -> Self {
        zone.name().to_owned()
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_known_by_their_names_whatever_the_case() {
        for (given, name) in [("Europe/Vienna", "Europe/Vienna"), ("asia/kolkata", "Asia/Kolkata"), ("UTC", "UTC")] {
            assert_eq!(given.parse::<TimeZone>().unwrap().name(), name);
        }
        for wrong in ["", "Vienna", "Europe/Atlantis", "+01:00", "CET-1CEST", "../etc/passwd", "Europe/Vienna\0"] {
            assert!(wrong.parse::<TimeZone>().is_err(), "{wrong:?}");
        }
        assert_eq!(TimeZone::stored("Europe/Atlantis").name(), "UTC");
    }

    #[test]
    fn a_day_begins_where_the_zone_says() {
        // 2026-03-28 23:30 UTC: half past midnight in Vienna.
        let instant = Timestamp::from_microseconds(1_774_740_600_000_000).unwrap();
        assert_eq!(TimeZone::stored("UTC").day_of(instant).to_string(), "2026-03-28");
        assert_eq!(TimeZone::stored("Europe/Vienna").day_of(instant).to_string(), "2026-03-29");
        assert_eq!(TimeZone::stored("America/New_York").day_of(instant).to_string(), "2026-03-28");
        // Clocks are set forward on this day, and in Cairo at midnight.
        let vienna = TimeZone::stored("Europe/Vienna");
        assert_eq!(vienna.start_of(vienna.day_of(instant)).to_string(), "2026-03-28T23:00:00.000Z");
        let cairo = TimeZone::stored("Africa/Cairo");
        let day = Day::of(instant).plus(27);
        assert_eq!(
            (day.to_string().as_str(), cairo.start_of(day).to_string().as_str()),
            ("2026-04-24", "2026-04-23T22:00:00.000Z")
        );
        assert_eq!(cairo.day_of(cairo.start_of(day)), day);
    }
}
