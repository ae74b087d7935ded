//! HTML, read for what it says.
//!
//! Tags may come in any order and nest to any depth: only some containers are kept inside each other, and for each mark
//! how often it is on.

use std::collections::BTreeMap;

use html5gum::{DefaultEmitter, HtmlString, StartTag, Token, Tokenizer};

use super::{
    ends_line,
    inline::{EMPHASIS, LINK, Line, Piece, Place, STRIKE, STRONG, Style},
    is_safe_url, is_text_char, is_web_url, tidy,
    tree::{Container, Tree},
    write::{Block, Document},
};

/// Elements that are dropped with everything in them.
const DROPPED: [&str; 8] = ["script", "style", "title", "template", "iframe", "noembed", "noframes", "svg"];

/// Reads HTML, a whole page or a part.
pub(super) fn document(html: &str) -> Document {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut reader = Reader::default();
    for token in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Ok(Token::StartTag(tag)) => reader.start(&tag),
            Ok(Token::EndTag(tag)) => reader.end(&String::from_utf8_lossy(&tag.name)),
            Ok(Token::String(text)) => reader.text(&String::from_utf8_lossy(&text)),
            _ => {}
        }
    }
    // What never ends is more likely a word about the element than the element.
    if let Some((_, _, text)) = reader.dropped.take() {
        reader.text(&text);
    }
    reader.flush();
    Document { blocks: reader.tree.finish(), links: reader.links }
}

#[derive(Debug, Default)]
struct Reader {
    tree: Tree,
    links: Vec<String>,
    line: Line,
    /// The marks of what comes next, and how often each is on.
    marks: Style,
    heading: Option<usize>,
    /// Language and text of preformatted text.
    code: Option<(String, String)>,
    code_spans: usize,
    raised: usize,
    lowered: usize,
    /// The element that is being dropped, how many of it are open, and the text in it.
    dropped: Option<(String, usize, String)>,
}

impl Reader {
    fn start(&mut self, tag: &StartTag<()>) {
        let name = String::from_utf8_lossy(&tag.name);
        if let Some((dropped, count, _)) = &mut self.dropped {
            *count += usize::from(*dropped == name && !tag.self_closing);
            return;
        }
        match &*name {
            name if DROPPED.contains(&name) => {
                let is_empty = name == "svg" && tag.self_closing;
                self.dropped = (!is_empty).then(|| (name.to_owned(), 1, String::new()));
            }
            "br" => self.line_break(),
            "hr" => self.block(|tree| tree.push(Block::Rule)),
            "img" => self.image(&tag.attributes),
            "a" => self.marks[LINK] = self.link(&attribute(&tag.attributes, "href")),
            "code" | "tt" | "kbd" | "samp" => {
                self.code_spans += 1;
                if let Some((language, _)) = &mut self.code {
                    *language = language_of(&attribute(&tag.attributes, "class"));
                }
            }
            "sup" => self.raised += 1,
            "sub" => self.lowered += 1,
            "pre" => {
                self.flush();
                self.code = Some((String::new(), String::new()));
            }
            "blockquote" => self.block(|tree| tree.open(Container::Quote)),
            "ul" | "menu" => self.block(|tree| tree.open(Container::List(None))),
            "ol" => {
                let first = attribute(&tag.attributes, "start").trim().parse().ok();
                let first = first.filter(|first| *first < 100_000_000).unwrap_or(1);
                self.block(|tree| tree.open(Container::List(Some(first))));
            }
            "li" => self.block(Tree::item),
            "table" => self.block(|tree| tree.open(Container::Table)),
            "tr" => self.block(Tree::row),
            "td" | "th" => self.block(|tree| tree.cell(alignment(&tag.attributes))),
            name => match mark(name) {
                Some(mark) => self.marks[mark] += 1,
                None => self.boundary(name, true),
            },
        }
    }

    fn end(&mut self, name: &str) {
        if let Some((dropped, count, _)) = &mut self.dropped {
            *count -= usize::from(dropped == name);
            if *count == 0 {
                self.dropped = None;
            }
            return;
        }
        match name {
            "br" => self.line_break(),
            "a" => self.marks[LINK] = 0,
            "code" | "tt" | "kbd" | "samp" => self.code_spans = self.code_spans.saturating_sub(1),
            "sup" => self.raised = self.raised.saturating_sub(1),
            "sub" => self.lowered = self.lowered.saturating_sub(1),
            "pre" => self.flush(),
            "blockquote" => self.block(|tree| tree.close(|container| container == Container::Quote)),
            "ul" | "ol" | "menu" => self.block(|tree| tree.close(|container| matches!(container, Container::List(_)))),
            "li" => self.block(|tree| tree.close(|container| container == Container::Item)),
            "td" | "th" => self.block(|tree| tree.close(|container| container == Container::Cell)),
            "table" => self.block(|tree| tree.close(|container| container == Container::Table)),
            name => match mark(name) {
                Some(mark) => self.marks[mark] = self.marks[mark].saturating_sub(1),
                None => self.boundary(name, false),
            },
        }
    }

    fn text(&mut self, text: &str) {
        if let Some((_, _, dropped)) = &mut self.dropped {
            dropped.push_str(text);
            return;
        }
        let text = text.chars().map(|c| if ends_line(c) { '\n' } else { c }).filter(|&c| is_text_char(c));
        if let Some((_, code)) = &mut self.code {
            let is_first = code.is_empty();
            code.extend(text.skip_while(|&c| is_first && c == '\n'));
        } else if self.code_spans > 0 {
            let code = text.map(|c| if c.is_ascii_whitespace() { ' ' } else { c }).collect();
            self.piece(Piece::Code(code));
        } else if self.raised > 0 {
            text.for_each(|c| self.piece(Piece::Char(raised(c))));
        } else if self.lowered > 0 {
            text.for_each(|c| self.piece(Piece::Char(lowered(c))));
        } else {
            text.for_each(|c| self.piece(Piece::Char(c)));
        }
    }

    fn piece(&mut self, piece: Piece) {
        let mut style = self.marks.map(|times| times.min(1));
        style[LINK] = self.marks[LINK];
        self.line.push((piece, style));
    }

    fn line_break(&mut self) {
        if let Some((_, code)) = &mut self.code {
            code.push('\n');
            return;
        }
        let last = self.line.iter().rev().find(|(piece, _)| !matches!(piece, Piece::Char(c) if c.is_whitespace()));
        if matches!(last, Some((Piece::Break, _))) && self.heading.is_none() {
            self.flush();
        } else {
            self.piece(Piece::Break);
        }
    }

    fn image(&mut self, attributes: &Attributes) {
        let (alt, url) = (attribute(attributes, "alt"), attribute(attributes, "src"));
        if self.code.is_some() || self.code_spans > 0 || !is_web_url(url.trim()) {
            self.text(&alt);
        } else {
            self.piece(Piece::Image { alt, url });
        }
    }

    /// The number of a link to an address: 0 if it is not safe.
    fn link(&mut self, url: &str) -> usize {
        let url = url.trim();
        if !is_safe_url(url) {
            return 0;
        }
        self.links.push(url.to_owned());
        self.links.len()
    }

    /// A tag that begins or ends a block of no kind that Markdown knows, or means nothing.
    fn boundary(&mut self, name: &str, is_start: bool) {
        if !is_block(name) {
            return;
        }
        if let Some((_, code)) = &mut self.code {
            if !code.is_empty() && !code.ends_with('\n') {
                code.push('\n');
            }
            return;
        }
        self.flush();
        if let Some(level) = name.strip_prefix('h').and_then(|level| level.parse().ok()) {
            self.heading = is_start.then_some(level);
        }
    }

    /// Ends what is open in a line, then goes on with the containers.
    fn block(&mut self, next: impl FnOnce(&mut Tree)) {
        self.flush();
        next(&mut self.tree);
    }

    /// Ends the paragraph, heading or preformatted text.
    fn flush(&mut self) {
        if let Some((language, code)) = self.code.take() {
            let text = code.trim_matches('\n').to_owned();
            if !text.trim().is_empty() {
                self.tree.push(Block::Code { language, text });
            }
        }
        let line = tidy::tidy(std::mem::take(&mut self.line), Place::Paragraph);
        if !line.is_empty() {
            self.tree.push(match self.heading {
                Some(level) => Block::Heading(level, tidy::unbroken(line)),
                None => Block::Paragraph(line),
            });
        }
    }
}

type Attributes = BTreeMap<HtmlString, html5gum::Spanned<HtmlString, ()>>;

fn attribute(attributes: &Attributes, name: &str) -> String {
    attributes.get(name.as_bytes()).map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
}

fn alignment(attributes: &Attributes) -> &'static str {
    let style = attribute(attributes, "style").replace(' ', "") + "align:" + &attribute(attributes, "align");
    match style.split("align:").skip(1).find(|value| !value.is_empty()).unwrap_or_default() {
        value if value.starts_with("left") => ":---",
        value if value.starts_with("center") => ":---:",
        value if value.starts_with("right") => "---:",
        _ => "---",
    }
}

/// The language that a class tells, `language-rust`.
fn language_of(class: &str) -> String {
    let language = class.split_ascii_whitespace().find_map(|class| class.strip_prefix("language-")).unwrap_or_default();
    plain_language(language)
}

/// The name of a language without what a fence cannot hold in every reader.
pub(super) fn plain_language(name: &str) -> String {
    let kept: String = name.chars().filter(|c| c.is_alphanumeric() || "+#.-".contains(*c)).collect();
    kept.trim_start_matches('.').to_owned()
}

/// Whether an element stands on lines of its own.
fn is_block(name: &str) -> bool {
    const NAMES: &str = "address article aside body caption center dd details div dl dt fieldset figcaption figure \
        footer form h1 h2 h3 h4 h5 h6 header hgroup html legend main nav option p section select summary tbody tfoot \
        thead tr";
    NAMES.split_ascii_whitespace().any(|block| block == name)
}

fn mark(name: &str) -> Option<usize> {
    match name {
        "em" | "i" | "cite" | "dfn" | "var" => Some(EMPHASIS),
        "strong" | "b" => Some(STRONG),
        "del" | "s" | "strike" => Some(STRIKE),
        _ => None,
    }
}

/// The superscript of what has one as a character.
fn raised(c: char) -> char {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    match c {
        '0'..='9' => RAISED[c as usize - '0' as usize],
        '+' => '⁺',
        '-' | '−' => '⁻',
        'n' => 'ⁿ',
        other => other,
    }
}

/// The subscript of what has one as a character.
fn lowered(c: char) -> char {
    match c {
        '0'..='9' => char::from_u32('₀' as u32 + c as u32 - '0' as u32).unwrap_or(c),
        '+' => '₊',
        '-' | '−' => '₋',
        other => other,
    }
}
