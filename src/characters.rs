//! Characters that are invisible, or that change how other characters are displayed.

/// Whether a character is invisible or changes how the text around it is displayed: Unicode's default ignorable
/// characters, all marks and overrides of the writing direction, line separators, and annotations. Spaces do not count.
pub fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{13430}'..='\u{1345f}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// The first hidden character of a text that its script does not need. Arabic, the scripts of India and neighboring
/// scripts need joiners; emoji need joiners and selectors.
pub fn find_hidden(text: &str) -> Option<char> {
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let is_needed = match c {
            '\u{200c}' | '\u{200d}' if joins(before) => true,
            '\u{200d}' => (before == '\u{fe0f}' || is_emoji(before)) && characters.peek().is_some_and(|&c| is_emoji(c)),
            '\u{fe0e}' | '\u{fe0f}' => is_emoji(before),
            _ => false,
        };
        if is_hidden(c) && !is_needed {
            return Some(c);
        }
        before = c;
    }
    None
}

/// Whether a text may be a name or part of one: a single line without hidden characters, so that no two names look the
/// same because of them, and no name changes the text around it.
pub fn is_name(text: &str) -> bool {
    !text.contains(char::is_control) && find_hidden(text).is_none()
}

/// Whether a text is invisible: it contains only spaces, hidden characters, or characters that fonts draw without ink.
/// The last are the characters of `UnicodeData.txt` (Unicode 16) that are named blank, null or filler and are not
/// ignorable by default: BRAILLE PATTERN BLANK, MUSICAL SYMBOL NULL NOTEHEAD and KHITAN SMALL SCRIPT FILLER. The gap
/// and line fillers of other scripts are visible.
pub fn is_blank(text: &str) -> bool {
    let is_drawn_empty = |c| matches!(c, '\u{2800}' | '\u{16fe4}' | '\u{1d159}');
    text.chars().all(|c| c.is_whitespace() || c.is_control() || is_hidden(c) || is_drawn_empty(c))
}

/// Whether a character is in a Unicode range that contains emoji.
fn is_emoji(c: char) -> bool {
    matches!(c, '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}'
        | '\u{24c2}' | '\u{25a0}'..='\u{27bf}' | '\u{2934}'..='\u{2935}' | '\u{2b00}'..='\u{2bff}' | '\u{3030}'
        | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}')
}

/// Whether a character belongs to a script that uses joiners.
fn joins(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' | '\u{8a0}'..='\u{dff}' | '\u{1000}'..='\u{109f}'
        | '\u{1780}'..='\u{18af}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}')
}

/// Whether a character is a letter or a digit, or a mark of a script that writes vowels as marks.
pub fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36f}') || joins(c)
}

/// A text without its hidden characters.
pub fn shown(text: &str) -> String {
    text.chars().filter(|&c| !is_hidden(c)).collect()
}

/// A text with its line breaks, without hidden characters and characters that control terminals.
pub fn printable(text: &str) -> String {
    text.chars().filter(|&c| matches!(c, '\n' | '\t') || !c.is_control() && !is_hidden(c)).collect()
}

/// A text in one line of limited length, without hidden characters and characters that control terminals.
pub fn plain(text: &str, most: usize) -> String {
    let is_break = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let seen = text.trim_matches(|c: char| c.is_whitespace() || is_break(c)).chars();
    let mut characters = seen.filter(|&c| is_break(c) || !is_hidden(c)).map(|c| if is_break(c) { ' ' } else { c });
    let mut plain: String = characters.by_ref().take(most).collect();
    if characters.next().is_some() {
        plain.pop();
        plain.push('…');
    }
    plain
}

/// The words of a text in one line of at most `limit` characters, with an ellipsis if it is longer.
pub fn words_within(text: &str, limit: usize) -> String {
    let mut name = String::new();
    for word in text.split_whitespace() {
        if !name.is_empty() {
            name.push(' ');
        }
        name.push_str(word);
        if let Some((end, _)) = name.char_indices().nth(limit) {
            name.truncate(end);
            return format!("{}…", name.trim_end());
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_found() {
        for c in "\u{200b}\u{200e}\u{202e}\u{2066}\u{2060}\u{feff}\u{61c}\u{ad}\u{e0041}\u{fe0f}\u{3164}".chars() {
            let text = format!("Amazon{c}S3");
            assert_eq!(find_hidden(&text), Some(c));
            assert_eq!((shown(&text).as_str(), plain(&text, 20).as_str()), ("AmazonS3", "AmazonS3"));
        }
        for text in ["größer 10 % – „так“", "日本語、한국어", "שירות", "خدمة", "a\u{a0}b"] {
            assert_eq!(find_hidden(text), None, "{text}");
        }
    }

    #[test]
    fn joiners_are_allowed_where_scripts_need_them() {
        assert_eq!(find_hidden("می\u{200c}شود"), None);
        assert_eq!(find_hidden("क्\u{200d}ष"), None);
        assert_eq!(find_hidden("Amazon\u{200d} S3"), Some('\u{200d}'));
        assert_eq!(find_hidden("\u{200c}"), Some('\u{200c}'));
    }

    #[test]
    fn joiners_and_selectors_are_allowed_in_emoji() {
        for text in ["I \u{2764}\u{fe0f} S3", "\u{1f469}\u{200d}\u{1f4bb}", "\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}"] {
            assert!(is_name(text), "{text}");
        }
        for (text, c) in [
            ("\u{2764}\u{fe0f}\u{fe0f}", '\u{fe0f}'),
            ("\u{1f469}\u{200d}", '\u{200d}'),
            ("\u{1f469}\u{200d}a", '\u{200d}'),
            ("1\u{fe0f}", '\u{fe0f}'),
        ] {
            assert_eq!(find_hidden(text), Some(c), "{text:?}");
        }
    }

    #[test]
    fn a_name_has_no_hidden_characters() {
        for name in ["Ada Lovelace", "שירות", "خدمة", "می\u{200c}شود", "O’Neill – Söhne", "e\u{301}"]
        {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "a\nb",
            "a\0",
            "a\u{85}b",
            "Ada\u{200b}",
            "\u{202e}adA",
            "A\u{2066}da\u{2069}",
            "Ada\u{feff}",
            "a\u{2028}b",
        ] {
            assert!(!is_name(name), "{name:?}");
        }
    }

    #[test]
    fn texts_without_ink_are_blank() {
        for text in ["", " \u{a0}\u{3000}", "\u{2800}", "\u{1d159}", "\u{2800} \u{2800}", "\u{200b}", "\u{16fe4}"] {
            assert!(is_blank(text), "{text:?}");
        }
        for text in ["a", "\u{2800}\u{2801}", "\u{1d15a}", "\u{2422}", "\u{a8f9}", "\u{2205}"] {
            assert!(!is_blank(text), "{text:?}");
        }
    }

    #[test]
    fn a_plain_text_is_one_short_line() {
        assert_eq!(plain(" a\nb\u{1b}[31m\u{2028}c\u{9b} ", 20), "a b [31m c");
        assert_eq!(plain("äöüß", 3), "äö…");
    }
}
