//! Converts texts in Moodle's formats to Markdown.

use super::escapes::unescape;
use crate::{
    interchange::bounds::{self, Part},
    markdown,
};

/// The format of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// HTML if it looks like HTML, otherwise plain text.
    Moodle,
    /// HTML.
    Html,
    /// Markdown, which may contain HTML.
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

/// The format at the beginning of a text, or else the given one, and the rest of the text.
pub fn format(text: &str, otherwise: Format) -> (Format, &str) {
    let text = text.trim_ascii();
    let told = FORMATS.iter().find_map(|&(prefix, format)| Some((format, text.strip_prefix(prefix)?)));
    told.unwrap_or((otherwise, text))
}

/// Converts a text in its own format or else in the given one to Markdown.
pub fn to_markdown(part: Part, text: &str, otherwise: Format) -> Result<String, String> {
    let (format, text) = format(text, otherwise);
    let text = unescape(text);
    let text = text.trim_ascii();
    match format {
        Format::Markdown => bounds::clean(part, text),
        Format::Html => bounds::from_html(part, text),
        Format::Moodle if looks_like_html(text) => bounds::from_lines(part, text),
        Format::Moodle | Format::Plain => Ok(bounds::from_plain(text)),
    }
}

/// The beginning of a text as a reader sees it, for a name.
pub fn beginning(text: &str) -> String {
    let (format, text) = format(text, Format::Moodle);
    let text = unescape(text);
    let is_html = matches!(format, Format::Html) || (matches!(format, Format::Moodle) && looks_like_html(&text));
    if is_html { bounds::beginning(&bounds::plain_of_html(&text)) } else { bounds::beginning(&text) }
}

/// A text that has no format, in one line.
pub fn to_plain(text: &str) -> String {
    let words: Vec<&str> = text.split([' ', '\t', '\n']).filter(|word| !word.is_empty()).collect();
    unescape(&words.join(" ")).trim().to_owned()
}

fn looks_like_html(text: &str) -> bool {
    markdown::has_tags(text) || text.match_indices('&').any(|(at, _)| begins_with_entity(&text[at + 1..]))
}

fn begins_with_entity(text: &str) -> bool {
    let name: String = text.chars().take(9).take_while(|&c| c.is_ascii_alphanumeric() || c == '#').collect();
    name.len() > 1 && text[name.len()..].starts_with(';')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_explicit_or_inherited() {
        assert_eq!(format(" [html]<b>x</b>", Format::Plain), (Format::Html, "<b>x</b>"));
        assert_eq!(format("[plain][html]x", Format::Moodle), (Format::Plain, "[html]x"));
        assert_eq!(format("[guide] x ", Format::Markdown), (Format::Markdown, "[guide] x"));
    }

    #[test]
    fn each_format_is_turned_into_markdown_its_own_way() {
        let text = |text: &str| to_markdown(Part::Stem, text, Format::Moodle).unwrap();
        assert_eq!(text("[html]<p>x</p>"), markdown::from_html("<p>x</p>"));
        assert_eq!(text("<p class\\=\"x\">x</p>"), markdown::from_html("<p class=\"x\">x</p>"));
        assert_eq!(text("a &lt; b"), markdown::from_html("a &lt; b"));
        assert_eq!(text("[plain]<p>x</p>"), markdown::from_plain("<p>x</p>"));
        assert_eq!(text("wrapped\n   line"), markdown::from_plain("wrapped\n   line"));
        assert_eq!(text("<b>wrapped</b>\nline"), "**wrapped**  \nline");
        assert_eq!(text("two\\nlines"), markdown::from_plain("two\nlines"));
        assert_eq!(text("[markdown]hard  \nbreak"), markdown::clean("hard  \nbreak"));
        assert_eq!(text("[markdown]"), "");
    }

    #[test]
    fn a_name_is_what_a_reader_sees() {
        for (text, name) in [
            ("[html]<p>Which <b>one</b>\\: a \\= b?</p><video></video>", "Which one: a = b?"),
            ("[markdown]*Which*\\nis \\{\\}?", "Which\nis {}?"),
            ("<i>Which</i> &lt;one&gt;", "Which <one>"),
            ("List<String>", "List<String>"),
        ] {
            assert_eq!(beginning(text), name, "{text}");
        }
    }

    #[test]
    fn angle_brackets_alone_are_not_html() {
        for plain in ["a < b > c", "List<String>", "<>?", "x<y", "AT&T; R&D", "a <bold> move", "&;", "<éa>", "a <b> c"]
        {
            assert!(!looks_like_html(plain), "{plain}");
        }
        for html in ["a<br>b", "a<br/>b", "x<SUP>2</SUP>", "<img src=x>", "a&nbsp;b", "&#8364;", "<h1>x"] {
            assert!(looks_like_html(html), "{html}");
        }
    }
}
