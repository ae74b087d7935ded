//! Text colors and background colors.

use super::elements::{self, Class};

/// The longest tag that is examined, in bytes.
const TAG_LIMIT: usize = 1000;

/// Whether a style highlights a text with a background color that is not a shade of gray.
pub(super) fn is_highlighted(style: &str) -> bool {
    let declared = style.split(';').filter_map(|declaration| declaration.split_once(':'));
    let mut colors = declared.filter(|(name, _)| matches!(*name, "background" | "background-color"));
    colors.any(|(_, color)| is_color(color))
}

/// Whether part of a text with markup has a text color, which Markdown cannot represent.
pub fn has_colored_text(text: &str) -> bool {
    let tag = |at: usize| {
        let rest = text.get(at + 1..)?;
        let end = rest.bytes().take(TAG_LIMIT).position(|byte| matches!(byte, b'<' | b'>'))?;
        // Line-based formats escape special characters.
        Some(rest.get(..end)?.replace('\\', "").to_ascii_lowercase())
    };
    text.match_indices('<').filter_map(|(at, _)| tag(at)).any(|tag| {
        let length = tag.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let Some((name, attributes)) = tag.split_at_checked(length) else { return false };
        let is_textual = matches!(elements::class(name), Some(Class::Inline | Class::Block | Class::Open));
        is_textual && attributes.match_indices("color").any(|(at, _)| names_color(attributes, at))
    })
}

/// Whether an attribute or a property at this offset in a tag sets a color.
fn names_color(attributes: &str, at: usize) -> bool {
    let (Some(before), Some(behind)) = (attributes.get(..at), attributes.get(at + "color".len()..)) else {
        return false;
    };
    let begins = before.ends_with(|c: char| c.is_whitespace() || matches!(c, ';' | '"' | '\''));
    let value = behind.trim_start().strip_prefix([':', '=']).unwrap_or_default();
    let value = value.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
    let value = value.split(['"', '\'', ';', '!']).next().unwrap_or_default();
    begins && is_color(&value.replace(char::is_whitespace, ""))
}

/// Whether a value is a color that is not a shade of gray.
fn is_color(color: &str) -> bool {
    const PLAIN: [&str; 9] =
        ["transparent", "none", "inherit", "initial", "unset", "white", "black", "windowtext", "currentcolor"];
    let is_plain = PLAIN.contains(&color) || ["gray", "grey", "smoke", "var("].iter().any(|part| color.contains(part));
    !is_plain && !color.is_empty() && channels(color).is_none_or(|channels| !is_grey(channels))
}

/// Red, green and blue of a color that is given as numbers.
fn channels(color: &str) -> Option<[u8; 3]> {
    let numbers: Vec<u8> = match color.strip_prefix('#') {
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
            let numbers = color.strip_prefix("rgb")?.trim_start_matches('a').trim_matches(['(', ')']);
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
    fn colored_text_is_detected() {
        for text in [
            "<span style='color: red'>x</span>",
            "<FONT COLOR=#ff0000>x</FONT>",
            "<p style=\"margin:0; color : rgb(255, 0, 0) !important\">x",
            "[html]<span style\\=\"color\\:red\">x</span>",
        ] {
            assert!(has_colored_text(text), "{text}");
        }
        for text in [
            "<span style='background-color: red'>x</span>",
            "<span style='color: #333'>x</span> <font color=black>y</font>",
            "List<color> x<color:red <table bordercolor=red> <img color=red>",
            "color: red",
        ] {
            assert!(!has_colored_text(text), "{text}");
        }
    }
}
