//! Markdown, the language of all texts of the bank: what is safe, and the ways from and to HTML and plain text.
//!
//! The dialect is CommonMark with tables and strikethrough. Safe Markdown has no raw HTML, its links lead to `http:`,
//! `https:` and `mailto:` addresses only, its images to the first two: a relative address means nothing away from its
//! page. HTML is never filtered but read for what it says (`read`) and written anew as Markdown (`write`), so that
//! nothing gets through that is not known to be safe.

mod inline;
mod read;
mod tree;
mod write;

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd, html};

/// HTML as Markdown: safe elements are kept as what Markdown has for them, all else is dropped, scripts and styles with
/// what is in them. Outside of code, `<` never stands where it could begin a tag.
pub fn from_html(html: &str) -> String {
    write::document(&read::document(html))
}

/// Plain text as Markdown that reads the same: unchanged if Markdown sees only text in it, else with escapes.
pub fn from_plain(text: &str) -> String {
    if text.chars().all(is_xml_char) && !inline::has_tag_start(text) && reads_as_itself(text) {
        return text.to_owned();
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace(|c| !is_xml_char(c), "");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let paragraphs = lines.split(|line| line.is_empty()).filter(|paragraph| !paragraph.is_empty());
    let escaped: Vec<String> = paragraphs.map(|paragraph| inline::escape(&paragraph.join("\n"))).collect();
    escaped.join("\n\n")
}

/// Safe Markdown as it is; else Markdown with its raw HTML turned into Markdown and its unsafe links dropped, their
/// texts kept.
pub fn clean(markdown: &str) -> String {
    if is_safe(markdown) {
        return markdown.to_owned();
    }
    let mut page = String::new();
    html::push_html(&mut page, parse(markdown));
    from_html(&page)
}

/// Whether it has no raw HTML and no link, image or link definition to an unsafe address.
pub fn is_safe(markdown: &str) -> bool {
    let mut events = parse(markdown);
    events.reference_definitions().iter().all(|(_, link)| is_safe_url(&link.dest))
        && events.all(|event| match event {
            Event::Html(_) | Event::InlineHtml(_) => false,
            Event::Start(tag) => is_safe_tag(&tag),
            _ => true,
        })
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

/// Whether XML 1.0 can hold it.
pub(crate) fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// Whether Markdown sees paragraphs of text in it, every character of it, and nothing else.
fn reads_as_itself(text: &str) -> bool {
    let mut rest = text.chars().filter(|c| !c.is_whitespace());
    let only_text = parse(text).all(|event| match event {
        Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) | Event::SoftBreak => true,
        Event::Text(part) => part.chars().filter(|c| !c.is_whitespace()).all(|c| rest.next() == Some(c)),
        _ => false,
    });
    only_text && rest.next().is_none()
}

#[cfg(test)]
mod tests;
