//! The backslashes of GIFT.

/// The characters that are escaped in texts, besides line breaks.
const SPECIALS: [char; 7] = ['~', '=', '#', '{', '}', ':', '\\'];
/// The characters that are escaped in the labels of comments.
const LABEL_SPECIALS: [char; 2] = [']', '\\'];

/// The unescaped characters, with their offsets.
pub fn unescaped(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut is_escaped = false;
    text.char_indices().filter(move |&(_, c)| {
        let was_escaped = is_escaped;
        is_escaped = c == '\\' && !was_escaped;
        !was_escaped
    })
}

/// The offset of the first unescaped occurrence of a pattern.
pub fn find(text: &str, pattern: &str) -> Option<usize> {
    unescaped(text).map(|(at, _)| at).find(|&at| text[at..].starts_with(pattern))
}

/// The parts before and after the first unescaped pattern.
pub fn split_once<'a>(text: &'a str, pattern: &str) -> Option<(&'a str, &'a str)> {
    find(text, pattern).map(|at| (&text[..at], &text[at + pattern.len()..]))
}

/// The parts before and after the last unescaped pattern.
pub fn rsplit_once<'a>(text: &'a str, pattern: &str) -> Option<(&'a str, &'a str)> {
    let at = unescaped(text).map(|(at, _)| at).filter(|&at| text[at..].starts_with(pattern)).last()?;
    Some((&text[..at], &text[at + pattern.len()..]))
}

/// Removes the escapes. A backslash that escapes nothing stays.
pub fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => plain.push('\n'),
            ('\\', Some(special)) if SPECIALS.contains(&special) => plain.push(special),
            (c, other) => plain.extend([c].into_iter().chain(other)),
        }
    }
    plain
}

/// Escapes a text into one line without syntax.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\n' | '\r' => escaped.push_str("\\n"),
            special if SPECIALS.contains(&special) => escaped.extend(['\\', special]),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The text of a label up to its closing bracket, and the rest.
pub fn unescape_label(text: &str) -> Option<(String, &str)> {
    let mut label = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let next = chars.as_str().chars().next().filter(|next| LABEL_SPECIALS.contains(next));
        match (c, next) {
            (']', _) => return Some((label, chars.as_str())),
            ('\\', Some(special)) => {
                label.push(special);
                chars.next();
            }
            _ => label.push(c),
        }
    }
    None
}

/// Escapes the text of a label, so that the closing bracket is the first unescaped one.
pub fn escape_label(text: &str) -> String {
    text.replace('\\', "\\\\").replace(']', "\\]")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_are_recognized_and_removed() {
        assert_eq!(find("a\\=b\\\\=c", "="), Some(6));
        assert_eq!(find("a\\:::b", "::"), Some(3));
        assert_eq!(split_once("a\\#b#c#d", "#"), Some(("a\\#b", "c#d")));
        assert_eq!(unescape("\\~\\=\\#\\{\\}\\:\\n\\\\ \\x \\[ é\\"), "~=#{}:\n\\ \\x \\[ é\\");
        assert_eq!(escape("a:b\r\nc\rd\\"), "a\\:b\\nc\\nd\\\\");
    }

    #[test]
    fn labels_end_at_their_bracket() {
        assert_eq!(unescape_label("a\\]b\\\\] [x"), Some(("a]b\\".into(), " [x")));
        assert_eq!(unescape_label("C:\\new]"), Some(("C:\\new".into(), "")));
        assert_eq!(unescape_label("a\\]"), None);
    }

    proptest! {
        #[test]
        fn escaped_texts_survive_a_round_trip(text in "([~=#{}:\\\\\n\\]>-]|\\PC){0,12}") {
            let escaped = escape(&text);
            prop_assert!(!escaped.contains('\n'));
            prop_assert!(unescaped(&escaped).all(|(_, c)| c == '\\' || !SPECIALS.contains(&c)), "{}", escaped);
            prop_assert_eq!(unescape(&escaped), text.clone());
            let label = format!("{}]rest", escape_label(&text));
            prop_assert_eq!(unescape_label(&label), Some((text, "rest")));
        }
    }
}
