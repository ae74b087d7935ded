//! Texts in the formats of Moodle, as Markdown.

use super::escapes::unescape;
use crate::interchange::bounds;

/// What a text is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// HTML where it looks like it, else plain text.
    Moodle,
    /// HTML.
    Html,
    /// Markdown, with HTML in it perhaps.
    Markdown,
    /// Plain text.
    Plain,
}

const FORMATS: [(&str, Format); 4] = [
    ("[moodle]", Format::Moodle),
    ("[html]", Format::Html),
    ("[markdown]", Format::Markdown),
    ("[plain]", Format::Plain),
];

/// The elements that tell HTML from a text with angle brackets, such as `List<String>`.
const ELEMENTS: [&str; 41] = [
    "a",
    "abbr",
    "b",
    "blockquote",
    "br",
    "code",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "em",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "kbd",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
];

/// The format that a text tells, or else the given one, and the text after that.
pub fn format(text: &str, otherwise: Format) -> (Format, &str) {
    let text = text.trim();
    let told = FORMATS.iter().find_map(|&(prefix, format)| Some((format, text.strip_prefix(prefix)?)));
    told.unwrap_or((otherwise, text))
}

/// A text as Markdown, in the format that it tells or else in the given one.
pub fn to_markdown(text: &str, otherwise: Format) -> String {
    let (format, text) = format(text, otherwise);
    match format {
        Format::Markdown => bounds::clean(unescape(text).trim()),
        Format::Html => bounds::from_html(unescape(text).trim()),
        Format::Moodle if looks_like_html(text) => bounds::from_html(unescape(text).trim()),
        Format::Moodle | Format::Plain => bounds::from_plain(&to_plain(text)),
    }
}

/// A text that has no format. Line breaks in the file are spaces.
pub fn to_plain(text: &str) -> String {
    let words: Vec<&str> = text.split([' ', '\t', '\n']).filter(|word| !word.is_empty()).collect();
    unescape(&words.join(" ")).trim().to_owned()
}

fn looks_like_html(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| begins_with_element(&text[at + 1..]))
        || text.match_indices('&').any(|(at, _)| begins_with_entity(&text[at + 1..]))
}

fn begins_with_element(text: &str) -> bool {
    let text = text.strip_prefix('/').unwrap_or(text);
    let name: String = text.chars().take(11).take_while(char::is_ascii_alphanumeric).collect();
    let is_whole = text[name.len()..].starts_with(['>', '/', ' ', '\t', '\n']);
    is_whole && ELEMENTS.contains(&name.to_ascii_lowercase().as_str())
}

fn begins_with_entity(text: &str) -> bool {
    let name: String = text.chars().take(9).take_while(|&c| c.is_ascii_alphanumeric() || c == '#').collect();
    name.len() > 1 && text[name.len()..].starts_with(';')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown;

    #[test]
    fn the_format_is_told_or_inherited() {
        assert_eq!(format(" [html]<b>x</b>", Format::Plain), (Format::Html, "<b>x</b>"));
        assert_eq!(format("[plain][html]x", Format::Moodle), (Format::Plain, "[html]x"));
        assert_eq!(format("[guide] x ", Format::Markdown), (Format::Markdown, "[guide] x"));
    }

    #[test]
    fn each_format_is_turned_into_markdown_its_own_way() {
        let text = |text: &str| to_markdown(text, Format::Moodle);
        assert_eq!(text("[html]<p>x</p>"), markdown::from_html("<p>x</p>"));
        assert_eq!(text("<p class\\=\"x\">x</p>"), markdown::from_html("<p class=\"x\">x</p>"));
        assert_eq!(text("a &lt; b"), markdown::from_html("a &lt; b"));
        assert_eq!(text("[plain]<p>x</p>"), markdown::from_plain("<p>x</p>"));
        assert_eq!(text("wrapped\n   line"), markdown::from_plain("wrapped line"));
        assert_eq!(text("two\\nlines"), markdown::from_plain("two\nlines"));
        assert_eq!(text("[markdown]hard  \nbreak"), markdown::clean("hard  \nbreak"));
        assert_eq!(text("[markdown]"), "");
    }

    #[test]
    fn angle_brackets_alone_are_not_html() {
        for plain in ["a < b > c", "List<String>", "<>?", "x<y", "AT&T; R&D", "a <bold> move", "&;", "<éa>"] {
            assert!(!looks_like_html(plain), "{plain}");
        }
        for html in ["a<br>b", "a<br/>b", "x</SUP>", "<img src\\=x>", "a&nbsp;b", "&#8364;", "<h1>x"] {
            assert!(looks_like_html(html), "{html}");
        }
    }
}
