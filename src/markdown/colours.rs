//! Colours of texts and behind them.

use super::elements::{self, Class};

/// The longest tag that is looked at, in bytes.
const TAG_LIMIT: usize = 1000;

/// Whether a style marks a text by a colour behind it that is no shade of grey.
pub(super) fn is_highlighted(style: &str) -> bool {
    let declared = style.split(';').filter_map(|declaration| declaration.split_once(':'));
    let mut colours = declared.filter(|(name, _)| matches!(*name, "background" | "background-color"));
    colours.any(|(_, colour)| is_colour(colour))
}

/// Whether a part of a text with markup has another colour, which no text in Markdown has.
pub fn has_coloured_text(text: &str) -> bool {
    let tag = |at: usize| {
        let rest = text.get(at + 1..)?;
        let end = rest.bytes().take(TAG_LIMIT).position(|byte| matches!(byte, b'<' | b'>'))?;
        // Formats of lines escape signs.
        Some(rest.get(..end)?.replace('\\', "").to_ascii_lowercase())
    };
    text.match_indices('<').filter_map(|(at, _)| tag(at)).any(|tag| {
        let length = tag.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let Some((name, attributes)) = tag.split_at_checked(length) else { return false };
        let is_textual = matches!(elements::class(name), Some(Class::Inline | Class::Block | Class::Open));
        is_textual && attributes.match_indices("color").any(|(at, _)| names_colour(attributes, at))
    })
}

/// Whether the word that stands here in a tag is the attribute or the property of a colour, and has one.
fn names_colour(attributes: &str, at: usize) -> bool {
    let (Some(before), Some(behind)) = (attributes.get(..at), attributes.get(at + "color".len()..)) else {
        return false;
    };
    let begins = before.ends_with(|c: char| c.is_whitespace() || matches!(c, ';' | '"' | '\''));
    let value = behind.trim_start().strip_prefix([':', '=']).unwrap_or_default();
    let value = value.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
    let value = value.split(['"', '\'', ';', '!']).next().unwrap_or_default();
    begins && is_colour(&value.replace(char::is_whitespace, ""))
}

/// Whether a colour is one, and no shade of grey.
fn is_colour(colour: &str) -> bool {
    const PLAIN: [&str; 9] =
        ["transparent", "none", "inherit", "initial", "unset", "white", "black", "windowtext", "currentcolor"];
    let is_plain =
        PLAIN.contains(&colour) || ["gray", "grey", "smoke", "var("].iter().any(|part| colour.contains(part));
    !is_plain && !colour.is_empty() && channels(colour).is_none_or(|channels| !is_grey(channels))
}

/// Red, green and blue of a colour that is told by numbers.
fn channels(colour: &str) -> Option<[u8; 3]> {
    let numbers: Vec<u8> = match colour.strip_prefix('#') {
        Some(digits) if digits.len() == 3 => digits
            .chars()
            .map(|digit| u8::from_str_radix(&digit.to_string().repeat(2), 16))
            .collect::<Result<_, _>>()
            .ok()?,
        Some(digits) => {
            let pair = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
            [0, 2, 4].map(pair).into_iter().collect::<Option<_>>()?
        }
        None => {
            let numbers = colour.strip_prefix("rgb")?.trim_start_matches('a').trim_matches(['(', ')']);
            if numbers.ends_with(",0") && numbers.matches(',').count() == 3 {
                return Some([0; 3]);
            }
            numbers.split(',').take(3).map(|number| number.trim().parse()).collect::<Result<_, _>>().ok()?
        }
    };
    numbers.try_into().ok()
}

fn is_grey(channels: [u8; 3]) -> bool {
    let [most, least] =
        [channels.iter().max(), channels.iter().min()].map(|channel| channel.copied().unwrap_or_default());
    most - least < 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coloured_text_is_seen() {
        for text in [
            "<span style='color: red'>x</span>",
            "<FONT COLOR=#ff0000>x</FONT>",
            "<p style=\"margin:0; color : rgb(255, 0, 0) !important\">x",
            "[html]<span style\\=\"color\\:red\">x</span>",
        ] {
            assert!(has_coloured_text(text), "{text}");
        }
        for text in [
            "<span style='background-color: red'>x</span>",
            "<span style='color: #333'>x</span> <font color=black>y</font>",
            "List<color> x<color:red <table bordercolor=red> <img color=red>",
            "color: red",
        ] {
            assert!(!has_coloured_text(text), "{text}");
        }
    }
}
