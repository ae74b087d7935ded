//! The rule about numeric answers.

use super::item::{Finding, Item};

/// The answers as numbers, if there are three or more and all are numbers with the same unit.
pub fn values(item: &Item) -> Option<Vec<f64>> {
    let read: Option<Vec<Quantity>> = item.choices().map(|(_, _, body)| quantity(body)).collect();
    let numbers = read.filter(|numbers| numbers.len() >= 3)?;
    let one_unit = numbers.windows(2).all(|pair| matches!(pair, [a, b] if a.before == b.before && a.unit == b.unit));
    one_unit.then(|| numbers.into_iter().map(|number| number.value).collect())
}

/// Numbers that are neither ascending nor descending.
pub fn unsorted(item: &Item) -> Vec<Finding> {
    let Some(values) = values(item) else { return Vec::new() };
    if values.is_sorted() || values.is_sorted_by(|a, b| a >= b) {
        return Vec::new();
    }
    vec![Finding::at("/answers", "are numbers out of order: sort them")]
}

/// A number with its unit.
#[derive(Debug, PartialEq)]
struct Quantity {
    before: String,
    value: f64,
    unit: String,
}

/// Parses "$1,000", "−5 °C", "99.9 %", "Port 443": one number with the text before and after it.
fn quantity(text: &str) -> Option<Quantity> {
    let text = text.trim().trim_end_matches('.');
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let (before, rest) = text.split_at(start);
    let end = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ','))).unwrap_or(rest.len());
    let (digits, unit) = rest.split_at(end);
    let is_grouped = digits.split('.').next()?.split(',').skip(1).all(|group| group.len() == 3);
    if !is_grouped || unit.chars().any(char::is_numeric) {
        return None;
    }
    let value: f64 = digits.replace(',', "").parse().ok()?;
    let unsigned = before.strip_suffix(['-', '−']);
    let unit = unit.trim().to_lowercase();
    // "1 day" and "7 days" have the same unit; "m" and "ms" do not.
    let singular = unit.strip_suffix('s').filter(|rest| rest.len() >= 3);
    Some(Quantity {
        before: unsigned.unwrap_or(before).trim().to_lowercase(),
        value: if unsigned.is_some() { -value } else { value },
        unit: singular.unwrap_or(&unit).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::{super::item::found, *};

    #[test]
    fn numbers_of_one_unit_are_to_be_sorted() {
        for bad in
            [["*5", "1", "10"], ["*7 days", "1 day", "30 days"], ["*$1,000", "$20", "$3,000"], ["*-1", "-5", "0"]]
        {
            assert_eq!(found(unsorted, "How many?", &bad), ["/answers"], "{bad:?}");
        }
        assert_eq!(found(unsorted, "Which port?", &["*Port 22", "Port 443", "Port 80"]), ["/answers"]);
    }

    #[test]
    fn sorted_numbers_and_mixed_answers_are_fine() {
        for good in [
            ["*1", "5", "10"],
            ["*10%", "5%", "1%"],
            ["*5 MB", "1 GB", "10 MB"],
            ["*99.9 %", "99.99 %", "99.999 %"],
            ["*10.0.0.0/16", "1", "20"],
            ["*5", "1", "ten"],
        ] {
            assert_eq!(found(unsorted, "How many?", &good), [""; 0], "{good:?}");
        }
        assert_eq!(found(unsorted, "How many?", &["*5", "1"]), [""; 0]);
    }

    #[test]
    fn quantities_are_read_as_a_whole_or_not_at_all() {
        let read = |text| quantity(text).map(|q| (q.before, q.value, q.unit));
        assert_eq!(read("About 1,234.5 Hours."), Some(("about".into(), 1234.5, "hour".into())));
        assert_eq!(read("−5 °C"), Some((String::new(), -5.0, "°c".into())));
        for none in ["", "none", "1.2.3", "1,5", "12:30", "2 of 3", ".", "5,"] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
