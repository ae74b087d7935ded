//! Notes on questions that are accepted although some content of the file is left out: the same rule for all formats.

use crate::markdown;

const COLOR: &str = "the color of its text is left out: check whether it carries meaning";
const LINES: &str = "the lines of a table cell were joined into one line: check that it reads well";
const UNEVEN: &str = "its right answers earn different shares of the mark: in the bank, they all count the same";
const PART: &str = "its right answer earns a part of the mark: the bank gives the whole mark";

/// Notes on texts with markup.
pub fn of_texts<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> impl Iterator<Item = String> {
    let is_colored = texts.clone().any(markdown::has_colored_text);
    let joins_lines = texts.clone().any(markdown::joins_lines);
    [(is_colored, COLOR), (joins_lines, LINES)]
        .into_iter()
        .filter(|(is_told, _)| *is_told)
        .map(|(_, note)| note.to_owned())
}

/// The note on the shares of the mark that answers earn, where `whole` is the full mark.
pub fn of_shares(shares: &[f64], whole: f64) -> Option<String> {
    let right = || shares.iter().copied().filter(|share| *share > 0.0);
    let (least, most) = (right().reduce(f64::min)?, right().reduce(f64::max)?);
    let told = match right().count() {
        1 => (most < 0.99 * whole).then_some(PART),
        // Thirds are rounded in files.
        _ => (most - least > 0.02 * most).then_some(UNEVEN),
    };
    told.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_that_the_bank_cannot_give_are_reported() {
        for (shares, told) in [
            ([70.0, 30.0, -100.0], Some(UNEVEN)),
            ([50.0, 50.0, 0.0], None),
            ([33.33, 33.33, 33.34], None),
            ([50.0, 0.0, 0.0], Some(PART)),
            ([100.0, 0.0, -50.0], None),
            ([0.0, 0.0, 0.0], None),
        ] {
            assert_eq!(of_shares(&shares, 100.0).as_deref(), told, "{shares:?}");
        }
    }
}
