//! Shared functions of the readers of line-based formats.

use crate::characters::words_within;

/// The longest name that is made of a question's first words, in characters.
const NAME_LIMIT: usize = 60;

/// The lines of a text and their numbers, from 1. A line ends with \n, \r\n or \r.
pub fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = text;
    (1..).map_while(move |number| {
        if rest.is_empty() {
            return None;
        }
        let (line, end) = rest.split_at(rest.find(['\n', '\r']).unwrap_or(rest.len()));
        rest = end.strip_prefix("\r\n").or_else(|| end.strip_prefix(['\n', '\r'])).unwrap_or(end);
        Some((number, line))
    })
}

/// The first words of a text in one line, as a name for people.
pub fn first_words(text: &str) -> String {
    words_within(text, NAME_LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_end_counts_once() {
        let lines: Vec<_> = numbered("a\nb\r\nc\r\rd\n\ne").collect();
        assert_eq!(lines, [(1, "a"), (2, "b"), (3, "c"), (4, ""), (5, "d"), (6, ""), (7, "e")]);
        assert_eq!(numbered("").count(), 0);
        assert_eq!(numbered("a\n").count(), 1);
    }

    #[test]
    fn a_name_is_one_short_line() {
        assert_eq!(first_words(" Which\n one? "), "Which one?");
        assert_eq!(first_words(&"é".repeat(60)), "é".repeat(60));
        assert_eq!(first_words(&"é".repeat(61)), format!("{}…", "é".repeat(60)));
        assert_eq!(first_words(&"twelve chars ".repeat(9)).chars().count(), 61);
    }
}
