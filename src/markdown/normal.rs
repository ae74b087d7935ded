//! The normal form of a text, and whether the normal form has the same meaning.

use std::borrow::Cow;

use pulldown_cmark::{CodeBlockKind, Event, LinkType, Tag, TagEnd};

use super::{
    attributes, ends_line, inline::Place, is_safe_tag, is_text_char, parse, rewritten, silent, tidy::fits_span,
    to_html, to_plain, write,
};

/// Why a text cannot be converted to normal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there, and what to write instead.
    pub detail: String,
}

impl Flaw {
    fn at(text: &str, offset: usize, detail: impl Into<String>) -> Self {
        let before = text.as_bytes().get(..offset).unwrap_or_default();
        Self { line: 1 + before.iter().filter(|&&byte| byte == b'\n').count(), detail: detail.into() }
    }
}

/// The normal form of an author's text, with the same meaning.
///
/// Fails if the text has control characters, raw HTML, unsafe links, or something that the normal form cannot
/// represent.
pub fn normalize(text: &str) -> Result<Cow<'_, str>, Flaw> {
    if is_simple(text) {
        return Ok(Cow::Borrowed(text));
    }
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    if let Some((offset, c)) = unified.char_indices().find(|(_, c)| !is_text_char(*c)) {
        let detail = format!("has the character U+{:04X}, which cannot be shown: remove it", c as u32);
        return Err(Flaw::at(&unified, offset, detail));
    }
    if shows_nothing(&unified) {
        return Ok(Cow::Owned(super::from_plain(text)));
    }
    if let Some(&offset) = silent::unused_definitions(&unified).first() {
        let detail = "defines a link that nothing refers to: put a backslash before the [ if it is text";
        return Err(Flaw::at(&unified, offset, detail));
    }
    if let Some(offset) = silent::row_with_too_many_cells(&unified) {
        let detail = "has more cells in a row of a table than in its first row: give all rows the same number";
        return Err(Flaw::at(&unified, offset, detail));
    }
    let normal = rewritten(&to_html(&unified));
    if normal == text {
        return Ok(Cow::Borrowed(text));
    }
    let (before, after) = (tokens(&unified)?, tokens(&normal)?);
    let reads_differently = |offset| {
        let detail = "reads differently in the normal form that texts are stored in: remove empty parts, put a \
                      backslash before Markdown characters that are text, and put a space between an address and code";
        Flaw::at(&unified, offset, detail)
    };
    let mut same = before.iter().zip(&after).take_while(|((one, _), (other, _))| one == other);
    let common = same.by_ref().count();
    if common < before.len().max(after.len()) {
        let last = before.last().map_or(0, |(_, offset)| *offset);
        return Err(reads_differently(before.get(common).map_or(last, |(_, offset)| *offset)));
    }
    if rewritten(&to_html(&normal)) == normal { Ok(Cow::Owned(normal)) } else { Err(reads_differently(0)) }
}

/// Whether a text consists only of marks, such as the answer `+`: they are meant literally.
pub(super) fn shows_nothing(text: &str) -> bool {
    let is_mark = |c: char| c.is_ascii_digit() || "+-*_#>=~`.) ".contains(c);
    !text.trim().is_empty() && text.chars().all(is_mark) && visible(text).is_empty()
}

/// Whether a text has nothing that Markdown could interpret as syntax, so that it is its own normal form.
pub fn is_simple(text: &str) -> bool {
    text.is_empty() || text.split("\n\n").all(is_simple_line)
}

fn is_simple_line(line: &str) -> bool {
    let is_simple_char = |c: char| c.is_alphanumeric() || " .,'\"?!()/:;%$=+-@".contains(c);
    line.starts_with(char::is_alphabetic)
        && !line.ends_with(' ')
        && !line.contains("  ")
        && line.chars().all(is_simple_char)
}

/// Rewrites a text from the writer of the normal form until it no longer changes.
pub(super) fn settled(text: String) -> String {
    let mut text = text;
    for _ in 0..4 {
        if is_simple(&text) {
            return text;
        }
        let again = rewritten(&to_html(&text));
        if again == text {
            return text;
        }
        text = again;
    }
    let plain = write::plain(&to_plain(&text));
    if rewritten(&to_html(&plain)) == plain { plain } else { write::code(&to_plain(&text)) }
}

/// Converts a text that was stored before the normal form existed, if a reader could see more than text and code in it.
pub fn from_stored(text: &str) -> Cow<'_, str> {
    let is_harmless = text.chars().all(|c| !matches!(c, '<' | ']') && is_text_char(c));
    if is_harmless { Cow::Borrowed(text) } else { Cow::Owned(super::clean(text)) }
}

/// A text with all line ends as line feeds, and without characters that cannot be shown.
pub(super) fn unified(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    text.chars().map(|c| if ends_line(c) { '\n' } else { c }).filter(|&c| is_text_char(c)).collect()
}

/// What a reader sees of a text, however it is written: its characters without white space, and the URLs of links and
/// images.
pub fn visible(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    for event in parse(&unified(text)) {
        match event {
            Event::Text(part) | Event::Code(part) | Event::Html(part) | Event::InlineHtml(part) => {
                seen.extend(part.chars().filter(|c| !c.is_whitespace()));
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                seen += &super::encoded_url(&dest_url);
            }
            _ => {}
        }
    }
    seen
}

/// A part of the meaning of a text.
#[derive(Debug, PartialEq)]
enum Token {
    /// A character other than white space, and whether it is emphasized, strong, struck out and code.
    Char(char, [bool; 4]),
    /// The beginning of a paragraph.
    Paragraph,
    Break,
    /// The beginning or the end of another block or of a link, with its properties.
    Mark(String),
    Code(String, String),
}

/// The meaning of a text, each part with its offset.
fn tokens(text: &str) -> Result<Vec<(Token, usize)>, Flaw> {
    let mut reader = Reader {
        text,
        tokens: Vec::new(),
        styles: [0; 3],
        in_paragraph: false,
        containers: 0,
        links: 0,
        place: Place::Paragraph,
        code: None,
    };
    for (event, range) in parse(text).into_offset_iter() {
        reader.read(event, range.start)?;
    }
    Ok(reader.tokens)
}

struct Reader<'t> {
    text: &'t str,
    tokens: Vec<(Token, usize)>,
    /// How often emphasis, strong and strikethrough are on.
    styles: [u32; 3],
    in_paragraph: bool,
    /// How many lists and quotes are open.
    containers: usize,
    /// How many links are open.
    links: usize,
    place: Place,
    /// The language and the text of a code block.
    code: Option<(String, String)>,
}

impl Reader<'_> {
    fn read(&mut self, event: Event<'_>, offset: usize) -> Result<(), Flaw> {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                let shown: String = html.trim().chars().take(30).collect();
                let advice = "write Markdown for it, \\< for a < that is text, or put code between backticks";
                return Err(Flaw::at(self.text, offset, format!("has raw HTML, {shown}: {advice}")));
            }
            Event::Text(text) => match &mut self.code {
                Some((_, code)) => code.push_str(&text),
                None => self.chars(&text, false, offset),
            },
            Event::Code(code) => {
                if !fits_span(&code, self.links > 0, self.place) {
                    let detail = "has code that cannot stand between backticks here (a | in a table, a [ or ] in a link, or \
                                  runs of one and of two backticks): write it as text";
                    return Err(Flaw::at(self.text, offset, detail));
                }
                self.chars(&code, true, offset);
            }
            Event::HardBreak => self.tokens.push((Token::Break, offset)),
            Event::Rule => self.block("rule", offset),
            Event::Start(tag) => self.start(tag, offset)?,
            Event::End(tag) => self.end(tag, offset),
            _ => {}
        }
        Ok(())
    }

    fn start(&mut self, tag: Tag<'_>, offset: usize) -> Result<(), Flaw> {
        if !is_safe_tag(&tag) && !matches!(tag, Tag::HtmlBlock) {
            let detail = "has a link or an image with an address that is not safe: begin it with https://, http:// or, \
                          for a link, mailto:. If it is no link, put code between backticks, or a backslash before the [";
            return Err(Flaw::at(self.text, offset, detail));
        }
        match tag {
            Tag::Emphasis => self.styles[0] += 1,
            Tag::Strong => self.styles[1] += 1,
            Tag::Strikethrough => self.styles[2] += 1,
            Tag::Link { link_type: LinkType::Email, dest_url, .. } => {
                self.link("link", &format!("mailto:{dest_url}"), "", offset)?;
            }
            Tag::Link { dest_url, title, .. } => self.link("link", &dest_url, &title, offset)?,
            Tag::Image { dest_url, title, .. } => self.link("image", &dest_url, &title, offset)?,
            Tag::CodeBlock(kind) => {
                if self.containers > 0 {
                    let detail = "has a block of code inside a list or a quote: move it out, or put each line between \
                                  backticks";
                    return Err(Flaw::at(self.text, offset, detail));
                }
                let language = match kind {
                    CodeBlockKind::Fenced(info) => {
                        attributes::plain_language(info.split_whitespace().next().unwrap_or_default())
                    }
                    CodeBlockKind::Indented => String::new(),
                };
                self.block("code", offset);
                self.code = Some((language, String::new()));
            }
            Tag::Heading { level, .. } => self.block(&format!("heading {level}"), offset),
            Tag::List(first) => {
                self.containers += 1;
                self.block(&format!("list {first:?}"), offset);
            }
            Tag::BlockQuote(_) => {
                self.containers += 1;
                self.block("quote", offset);
            }
            Tag::Item => self.block("item", offset),
            Tag::Table(alignments) => {
                self.place = Place::Cell;
                self.block(&format!("table {alignments:?}"), offset);
            }
            Tag::TableRow => self.block("row", offset),
            Tag::TableCell => self.block("cell", offset),
            _ => self.in_paragraph = false,
        }
        Ok(())
    }

    fn end(&mut self, tag: TagEnd, offset: usize) {
        match tag {
            TagEnd::Emphasis => self.styles[0] -= 1,
            TagEnd::Strong => self.styles[1] -= 1,
            TagEnd::Strikethrough => self.styles[2] -= 1,
            TagEnd::Link | TagEnd::Image => {
                self.links -= 1;
                self.tokens.push((Token::Mark("end".into()), offset));
            }
            TagEnd::Table => {
                self.place = Place::Paragraph;
                self.in_paragraph = false;
            }
            TagEnd::CodeBlock => {
                if let Some((language, code)) = self.code.take() {
                    self.tokens.push((Token::Code(language, code.trim_matches('\n').to_owned()), offset));
                }
            }
            TagEnd::List(_) | TagEnd::BlockQuote(_) => {
                self.containers -= 1;
                self.block("end", offset);
            }
            _ => self.in_paragraph = false,
        }
    }

    fn link(&mut self, kind: &str, url: &str, title: &str, offset: usize) -> Result<(), Flaw> {
        if !title.is_empty() {
            let detail = format!("has a title for a {kind}, which is not kept: leave it out");
            return Err(Flaw::at(self.text, offset, detail));
        }
        self.links += 1;
        self.paragraph(offset);
        self.tokens.push((Token::Mark(format!("{kind} {}", super::encoded_url(url))), offset));
        Ok(())
    }

    fn block(&mut self, name: &str, offset: usize) {
        self.in_paragraph = false;
        self.tokens.push((Token::Mark(name.to_owned()), offset));
    }

    /// A paragraph begins at its content: items of a list may have paragraphs or not.
    fn paragraph(&mut self, offset: usize) {
        if !self.in_paragraph {
            self.in_paragraph = true;
            self.tokens.push((Token::Paragraph, offset));
        }
    }

    fn chars(&mut self, text: &str, is_code: bool, offset: usize) {
        self.paragraph(offset);
        let [emphasis, strong, strike] = self.styles.map(|times| times > 0);
        let visible = text.chars().filter(|c| !c.is_whitespace());
        self.tokens.extend(visible.map(|c| (Token::Char(c, [emphasis, strong, strike, is_code]), offset)));
    }
}

/// Whether a text is in normal form.
#[cfg(test)]
pub(super) fn is_normal(text: &str) -> bool {
    is_simple(text) || rewritten(&to_html(text)) == text
}
