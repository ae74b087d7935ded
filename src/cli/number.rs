//! Arguments that are whole numbers.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

/// A parser for whole numbers in a range.
pub fn number<N>(range: RangeInclusive<N>) -> impl Fn(&str) -> Result<N, String> + Clone + Send + Sync + 'static
where
    N: FromStr + PartialOrd + Display + Clone + Send + Sync + 'static,
{
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| format!("must be a whole number from {} to {}", range.start(), range.end()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_whole_and_in_its_range() {
        let parse = number(1..=64_u8);
        assert_eq!(parse("64"), Ok(64));
        for text in ["", "x", "1.5", "0", "65", "256", "-1", " 1"] {
            assert_eq!(parse(text).unwrap_err(), "must be a whole number from 1 to 64", "{text}");
        }
    }
}
