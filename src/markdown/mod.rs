//! Markdown, the format of all texts of the bank: its normal form, and conversions from and to HTML and plain text.
//!
//! The dialect is CommonMark with tables and strikethrough. A text is stored only in its normal form, which `write`
//! makes from parsed input. It is safe by construction, for every reader and not only for the parser that is used here:
//!
//! - lines end with a line feed, and there are no other control characters;
//! - code is in fences that begin in column 0, or in spans within one line;
//! - outside of code there is no `<`, no backtick that is not a delimiter, and no bracket that could make a link;
//! - links lead to `http:`, `https:` and `mailto:` addresses only, images to the first two.
//!
//! [`normalize`] is for authors: it rejects what the normal form cannot represent. [`held_markdown`], [`held_cell`],
//! [`held_html`], [`held_lines`] and [`from_plain`] are for files: unknown elements are text (`markup`), elements
//! become Markdown that reads the same (`elements` lists them), and content that text cannot represent is reported.
//! [`clean`] and [`from_html`] do the same, but drop such content.

mod attributes;
mod cells;
mod colors;
mod elements;
mod inline;
mod markup;
mod normal;
mod numerals;
mod read;
mod references;
mod scripts;
mod silent;
mod tidy;
mod tree;
mod write;

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd, html};

pub use self::colors::has_colored_text;
use self::{elements::Class, markup::Source};
pub use self::{
    normal::{Flaw, from_stored, is_simple, normalize, visible},
    references::{link_item, split_link_item},
};

/// More characters than any text of the bank has, white space not counted, and more bytes.
const LONGEST: usize = 10_001;
const TOO_LONG: usize = 40_000;
/// The maximum nesting depth up to which code that looks like a link is escaped.
const NESTED: usize = 8;

/// HTML as Markdown in normal form that reads the same. Content that text cannot represent is dropped.
pub fn from_html(html: &str) -> String {
    converted(html, Source::Html)
}

/// HTML as Markdown in normal form, or what text cannot represent in it, as a predicate: "has a drawing, …".
pub fn held_html(html: &str) -> Result<String, String> {
    held(html, Source::Html)
}

/// [`held_html`] for HTML where line ends and indentation are kept.
pub fn held_lines(html: &str) -> Result<String, String> {
    held(html, Source::Lines)
}

fn held(html: &str, source: Source) -> Result<String, String> {
    let mut document = read::beginning(html, source, LONGEST);
    // A single tag that is never closed is meant as text, such as the answer `<h1>`.
    if document.shows_nothing() && !html.contains("<!--") {
        document = read::beginning(html, Source::Markdown, LONGEST);
    }
    if let Some(unheld) = document.unheld {
        return Err(unheld);
    }
    let text = write::document(&document);
    // A text that will be rejected for its length need not be in normal form.
    Ok(if text.len() > TOO_LONG { text } else { normal::settled(text) })
}

fn converted(html: &str, source: Source) -> String {
    normal::settled(write::document(&read::document(html, source)))
}

/// Converts HTML made from Markdown back to Markdown, which may still read differently.
fn rewritten(html: &str) -> String {
    write::document(&read::document(html, Source::Html))
}

/// Plain text as Markdown in normal form that reads the same: line ends are kept, and blank lines separate
/// paragraphs.
pub fn from_plain(text: &str) -> String {
    if is_simple(text) { text.to_owned() } else { normal::settled(write::plain(&normal::unified(text))) }
}

/// Markdown in normal form. Raw HTML becomes Markdown; unsafe links and content that text cannot represent are dropped,
/// but the texts of links are kept.
pub fn clean(markdown: &str) -> String {
    match page(markdown, Kept::Shown) {
        Some(page) => converted(&page, Source::Markdown),
        None => from_plain(markdown),
    }
}

/// Markdown in normal form, or what text cannot represent in it.
pub fn held_markdown(markdown: &str) -> Result<String, String> {
    held_page(markdown, Kept::Written)
}

/// [`held_markdown`] for Markdown where line ends and indentation are kept, as in a cell of a spreadsheet.
pub fn held_cell(markdown: &str) -> Result<String, String> {
    held_page(markdown, Kept::Lines)
}

/// What is kept of Markdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// What readers show.
    Shown,
    /// Also what readers ignore silently.
    Written,
    /// Also line ends.
    Lines,
}

fn held_page(markdown: &str, kept: Kept) -> Result<String, String> {
    match page(markdown, kept) {
        Some(_) if silent::row_with_too_many_cells(&normal::unified(markdown)).is_some() => {
            Err("has a table with more cells in a row than in its first row: give all rows the same number".to_owned())
        }
        Some(page) => held(&page, Source::Markdown),
        None => Ok(from_plain(markdown)),
    }
}

/// Markdown as HTML, raw HTML included. `None` if it reads the same as plain text.
fn page(markdown: &str, kept: Kept) -> Option<String> {
    if is_simple(markdown) {
        return None;
    }
    let mut unified = normal::unified(markdown);
    if normal::shows_nothing(&unified) {
        return None;
    }
    let mut page = String::new();
    if kept == Kept::Shown {
        html::push_html(&mut page, parse(&unified));
        return Some(page);
    }
    if kept == Kept::Lines {
        silent::needless_escapes(&unified).into_iter().rev().for_each(|at| unified.insert(at, '\\'));
    }
    for at in silent::unused_definitions(&unified).into_iter().rev() {
        unified.insert(at, '\\');
    }
    // If one is inside another, the outer one reads as a link only when the inner one does not.
    escape_all(&mut unified, silent::code_as_links);
    // If a list has become text, the list after it may be next.
    escape_all(&mut unified, silent::signs_as_marks);
    html::push_html(&mut page, written(&unified, kept == Kept::Lines).into_iter());
    Some(page)
}

/// Escapes the findings, and those that appear only after that.
fn escape_all(text: &mut String, find: impl Fn(&str) -> Vec<usize>) {
    for _ in 0..NESTED {
        let found = find(text);
        if found.is_empty() {
            break;
        }
        for at in found.into_iter().rev() {
            text.insert(at, '\\');
        }
    }
}

/// The events of a text. Unsafe autolinks, such as `<db:name>`, are text.
fn written(text: &str, keeps_lines: bool) -> Vec<Event<'_>> {
    let (mut events, mut containers) = (Vec::new(), 0_usize);
    let (mut in_brackets, mut has_line_ended) = (false, false);
    for (event, range) in parse(text).into_offset_iter() {
        if std::mem::take(&mut has_line_ended) {
            let line = text.get(..range.start).unwrap_or_default().rsplit('\n').next().unwrap_or_default();
            let blanks = inline::indentation(line);
            events.extend((containers == 0 && !blanks.is_empty()).then(|| Event::Text(blanks.into())));
        }
        match &event {
            Event::Start(Tag::List(_) | Tag::BlockQuote(_)) => containers += 1,
            Event::End(TagEnd::List(_) | TagEnd::BlockQuote(_)) => containers -= 1,
            _ => {}
        }
        events.push(match event {
            Event::SoftBreak if keeps_lines => Event::HardBreak,
            Event::Start(Tag::Link { link_type: LinkType::Autolink, dest_url, .. }) if !is_safe_url(&dest_url) => {
                in_brackets = true;
                Event::Text("<".into())
            }
            Event::End(TagEnd::Link) if std::mem::take(&mut in_brackets) => Event::Text(">".into()),
            other => other,
        });
        has_line_ended = keeps_lines && matches!(events.last(), Some(Event::HardBreak));
    }
    events
}

/// Whether HTML, or Markdown with HTML, has a table cell of several lines, which are joined.
pub fn joins_lines(text: &str) -> bool {
    let has = |name: &str| text.as_bytes().windows(name.len()).any(|part| part.eq_ignore_ascii_case(name.as_bytes()));
    if text.len() > TOO_LONG * NESTED {
        return false;
    }
    if has("<td") || has("<th") {
        return read::document(text, Source::Html).joins_lines;
    }
    let page = (text.contains('|') && has("<br")).then(|| page(text, Kept::Shown)).flatten();
    page.is_some_and(|page| read::document(&page, Source::Markdown).joins_lines)
}

/// Whether a text is a single tag, such as `<br>`, or `<!DOCTYPE html>`.
pub fn is_lone_tag(text: &str) -> bool {
    let inside = text.trim().strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or_default();
    inside.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '!' | '?' | '/'))
        && !inside.contains(['<', '>'])
}

/// Whether a text has tags of HTML: `List<String>` has none.
pub fn has_tags(text: &str) -> bool {
    markup::has_tags(text)
}

/// Whether HTML has an element with this name that contains text.
pub fn is_textual(name: &str) -> bool {
    !matches!(elements::class(name), None | Some(Class::Hidden | Class::Unheld(_)))
}

/// Whether the element with this name has no end tag.
pub fn is_void(name: &str) -> bool {
    elements::is_void(name)
}

/// A URL, percent-encoded as it is written into a text.
pub fn encoded_url(url: &str) -> String {
    inline::encoded(url)
}

/// Whether a text has a link, an image, or a URL outside of code.
pub fn has_links(markdown: &str) -> bool {
    let (mut shown, mut is_code) = (String::new(), false);
    for event in parse(markdown) {
        match event {
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => return true,
            Event::Start(Tag::CodeBlock(_)) => is_code = true,
            Event::End(TagEnd::CodeBlock) => is_code = false,
            // A URL may come in pieces.
            Event::Text(text) if !is_code => shown += &text,
            Event::Code(_) | Event::SoftBreak | Event::HardBreak | Event::Start(_) => shown.push(' '),
            _ => {}
        }
    }
    let shown = shown.to_ascii_lowercase();
    // Readers with extensions to CommonMark turn these into links.
    ["://", "www.", "mailto:"].iter().any(|start| shown.contains(start))
}

/// Markdown as safe XHTML: well-formed as an XML fragment. Raw HTML is shown as text, unsafe links lose their link.
pub fn to_html(markdown: &str) -> String {
    let mut kept = Vec::new();
    let events = parse(markdown).filter_map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
        Event::Start(ref tag @ (Tag::Link { .. } | Tag::Image { .. })) => {
            kept.push(is_safe_tag(tag));
            is_safe_tag(tag).then_some(event)
        }
        Event::End(TagEnd::Link | TagEnd::Image) => kept.pop().unwrap_or_default().then_some(event),
        other => Some(other),
    });
    let mut page = String::new();
    html::push_html(&mut page, events);
    page.retain(is_xml_char);
    page
}

/// Markdown as the plain text that a reader sees.
pub fn to_plain(markdown: &str) -> String {
    if is_simple(markdown) {
        return markdown.to_owned();
    }
    let mut text = String::new();
    let mut numbers: Vec<Option<u64>> = Vec::new();
    for event in parse(markdown) {
        match event {
            Event::Text(part) | Event::Code(part) | Event::Html(part) | Event::InlineHtml(part) => text += &part,
            Event::SoftBreak | Event::HardBreak => text.push('\n'),
            Event::Start(Tag::List(first)) => numbers.push(first),
            Event::Start(Tag::Item) => {
                new_line(&mut text);
                match numbers.last_mut() {
                    Some(Some(number)) => {
                        text += &format!("{number}. ");
                        *number += 1;
                    }
                    _ => text += "- ",
                }
            }
            Event::End(TagEnd::List(_)) => {
                numbers.pop();
                new_line(&mut text);
            }
            Event::End(TagEnd::TableCell) => text.push('\t'),
            Event::End(TagEnd::Item | TagEnd::TableHead | TagEnd::TableRow) => new_line(&mut text),
            Event::End(TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::CodeBlock | TagEnd::HtmlBlock) => {
                new_line(&mut text);
                text.push('\n');
            }
            _ => {}
        }
    }
    text.truncate(text.trim_end().len());
    text
}

fn new_line(text: &mut String) {
    let kept = text.trim_end_matches(['\t', ' ']).len();
    text.truncate(kept);
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

fn parse(markdown: &str) -> Parser<'_> {
    Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH)
}

fn is_safe_tag(tag: &Tag<'_>) -> bool {
    match tag {
        Tag::HtmlBlock => false,
        Tag::Link { link_type: LinkType::Email, .. } => true,
        Tag::Link { dest_url, .. } => is_safe_url(dest_url),
        Tag::Image { dest_url, .. } => is_web_url(dest_url),
        _ => true,
    }
}

fn is_safe_url(url: &str) -> bool {
    is_web_url(url) || has_scheme(url, "mailto:")
}

fn is_web_url(url: &str) -> bool {
    has_scheme(url, "https:") || has_scheme(url, "http:")
}

fn has_scheme(url: &str, scheme: &str) -> bool {
    url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

/// Whether XML 1.0 allows a character.
pub(crate) fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// Whether a text in normal form may contain a character.
fn is_text_char(c: char) -> bool {
    matches!(c, '\t' | '\n')
        || (is_xml_char(c) && !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}'))
}

/// Whether some reader begins a new line after a character.
fn ends_line(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests;
