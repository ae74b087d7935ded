//! Reads the meaning of HTML.
//!
//! Tags may come in any order and nest to any depth: only some containers are kept nested, and each mark has a
//! counter.

mod text;

use std::collections::HashMap;

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

use super::{
    attributes::{Attributes, alignment, attribute, is_hidden, language_of, marker, marks, number, span},
    elements::{self, Class},
    inline::{EMPHASIS, LINK, Line, Piece, Place, STRIKE, STRONG, Style},
    markup::{self, Source},
    scripts::Script,
    tidy,
    tree::{Container, Tree},
    write::{Block, Document},
};

/// Elements that are dropped with their content.
const DROPPED: [&str; 11] =
    ["script", "style", "title", "template", "iframe", "noembed", "noframes", "svg", "math", "canvas", "textarea"];

/// Reads HTML, a page or a fragment.
pub(super) fn document(html: &str, source: Source) -> Document {
    beginning(html, source, usize::MAX)
}

/// The same, but stops soon after this many visible characters: callers that reject longer texts need no more.
pub(super) fn beginning(html: &str, source: Source, length: usize) -> Document {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut reader = Reader { source: Some(source), ..Reader::default() };
    for token in Tokenizer::new_with_emitter(&*markup::escaped(html, source), emitter) {
        if reader.length >= length {
            break;
        }
        match token {
            Ok(Token::StartTag(tag)) => {
                reader.start(&tag);
                let name = String::from_utf8_lossy(&tag.name);
                if tag.self_closing && elements::class(&name) == Some(Class::Inline) {
                    reader.end(&name);
                }
            }
            Ok(Token::EndTag(tag)) => reader.end(&String::from_utf8_lossy(&tag.name)),
            Ok(Token::String(text)) => reader.text(&String::from_utf8_lossy(&text)),
            Ok(Token::Comment(_)) if source == Source::Markdown => {
                reader.unheld(|| "has an HTML comment: take it out, or write it between backticks".to_owned());
            }
            _ => {}
        }
    }
    reader.flush();
    reader.end_picture();
    if let Some(what) = reader.tree.joined {
        reader.unheld(|| format!("has {what} in a cell of a table, which must be one line: move that below the table"));
    }
    let joins_lines = reader.tree.joins_lines;
    Document { blocks: reader.tree.finish(), links: reader.links, unheld: reader.unheld, joins_lines }
}

#[derive(Debug, Default)]
struct Reader {
    source: Option<Source>,
    tree: Tree,
    links: Vec<String>,
    line: Line,
    /// The counters of the marks for the next text.
    marks: Style,
    /// The open inline elements: each name with the marks that its elements turned on.
    open: HashMap<String, Vec<Inline>>,
    heading: Option<usize>,
    /// The language and the text of preformatted text.
    code: Option<(String, String)>,
    code_spans: usize,
    /// The number of open elements with an overline.
    overlines: usize,
    /// The element that keeps line ends and spaces, and how many of it are open.
    blanks: Option<(String, usize)>,
    /// The number of visible characters so far.
    length: usize,
    /// Whether the last line has nothing but indentation.
    is_indented: bool,
    /// The open superscripts and subscripts of the line.
    scripts: Vec<Script>,
    /// Whether a reading (ruby text) is open, in parentheses, and whether its fallback parentheses are.
    in_reading: bool,
    in_brackets: bool,
    /// Whether a line end has no effect, because the line has ended already.
    is_broken: bool,
    dropped: Option<Dropped>,
    /// The URL of a source in a `<picture>` that has no image so far.
    picture: Option<String>,
    /// The number of texts side by side of which Moodle shows only the one in the reader's language.
    languages: usize,
    /// The first thing that text cannot represent.
    unheld: Option<String>,
}

/// An element that is being dropped, and how many of its name are open.
#[derive(Debug)]
struct Dropped {
    name: String,
    open: usize,
    /// Whether its author hid it: then its content is reported.
    is_hidden: bool,
}

/// The marks that an inline element turned on.
#[derive(Debug, Default)]
struct Inline {
    marks: [usize; 3],
    is_script: bool,
    is_overlined: bool,
}

impl Reader {
    fn unheld(&mut self, what: impl FnOnce() -> String) {
        self.unheld.get_or_insert_with(what);
    }

    /// Something would be visible in an element that is being dropped.
    fn in_dropped(&mut self) {
        if self.dropped.as_ref().is_some_and(|dropped| dropped.is_hidden) {
            self.unheld(|| "has something that its style hides: take it out, or let it show".to_owned());
        }
    }

    fn start(&mut self, tag: &StartTag<()>) {
        let name = String::from_utf8_lossy(&tag.name);
        if let Some(dropped) = &mut self.dropped {
            dropped.open += usize::from(dropped.name == name && !tag.self_closing);
            if name == "img" {
                self.in_dropped();
            }
            return;
        }
        let style = attribute(&tag.attributes, "style").to_ascii_lowercase().replace(' ', "");
        if is_hidden(&tag.attributes, &style) {
            self.dropped = Some(Dropped { name: name.into_owned(), open: 1, is_hidden: true });
            if elements::is_void(&String::from_utf8_lossy(&tag.name)) {
                self.in_dropped();
                self.dropped = None;
            }
            return;
        }
        if let Some(Class::Unheld(what)) = elements::class(&name) {
            self.unheld(|| format!("has {what}, which no text can show"));
        }
        if style.contains("background") && style.contains("url(") {
            self.unheld(|| "has a picture behind its text, which the bank cannot hold".to_owned());
        }
        let is_one_of = |class: &str| class.split_ascii_whitespace().any(|class| class == "multilang");
        self.languages += usize::from(is_one_of(&attribute(&tag.attributes, "class")));
        if self.languages > 1 {
            self.unheld(|| "is in several languages, of which Moodle shows one: keep one".to_owned());
        }
        self.keep_blanks(&name, &style);
        match &*name {
            name if DROPPED.contains(&name) => {
                let is_empty = name == "svg" && tag.self_closing;
                self.dropped = (!is_empty).then(|| Dropped { name: name.to_owned(), open: 1, is_hidden: false });
            }
            "br" => {
                self.line_break();
                self.is_broken = true;
            }
            "hr" => self.block(|tree| tree.push(Block::Rule)),
            "img" => self.image(&tag.attributes),
            "source" => self.picture = Some(attribute(&tag.attributes, "srcset")).filter(|url| !url.is_empty()),
            "pre" | "listing" | "xmp" => {
                self.flush();
                self.code = Some((String::new(), String::new()));
            }
            "blockquote" => self.block(|tree| tree.open(Container::Quote)),
            "ul" | "ol" | "menu" | "dir" => {
                let marker = marker(&tag.attributes, name == "ol");
                self.block(|tree| tree.open(Container::List(marker)));
            }
            "li" => {
                let number = number(&tag.attributes, "value");
                self.block(|tree| tree.item(number));
            }
            "table" => self.block(|tree| tree.open(Container::Table)),
            "tr" => self.block(Tree::row),
            "td" | "th" => {
                let [columns, rows] = ["colspan", "rowspan"].map(|name| span(&tag.attributes, name));
                self.block(|tree| tree.cell(alignment(&tag.attributes), columns, rows));
            }
            "rt" | "rp" | "rb" | "rtc" => self.reading(name.as_ref(), true),
            name if elements::class(name) == Some(Class::Inline) => self.open(name, &tag.attributes),
            name => self.boundary(name, true),
        }
    }

    fn end(&mut self, name: &str) {
        if let Some(dropped) = &mut self.dropped {
            dropped.open -= usize::from(dropped.name == name);
            if dropped.open == 0 {
                self.dropped = None;
            }
            return;
        }
        if let Some((_, count)) = self.blanks.as_mut().filter(|(open, _)| open == name) {
            *count -= 1;
            if *count == 0 {
                self.blanks = None;
            }
        }
        match name {
            "br" => self.line_break(),
            "pre" | "listing" | "xmp" => self.flush(),
            "blockquote" => self.block(|tree| tree.close(|container| container == Container::Quote)),
            "ul" | "ol" | "menu" | "dir" => {
                self.block(|tree| tree.close(|container| matches!(container, Container::List(_))));
            }
            "li" => self.block(|tree| tree.close(|container| container == Container::Item)),
            "td" | "th" => self.block(|tree| tree.close(|container| container == Container::Cell)),
            "table" => self.block(|tree| tree.close(|container| container == Container::Table)),
            "rt" | "rp" | "rb" | "rtc" => self.reading(name, false),
            name if elements::class(name) == Some(Class::Inline) => self.close(name),
            name => self.boundary(name, false),
        }
    }

    /// Registers an element that keeps line ends and spaces.
    fn keep_blanks(&mut self, name: &str, style: &str) {
        match &mut self.blanks {
            Some((open, count)) => *count += usize::from(open == name),
            None if style.contains("white-space:pre") && !elements::is_void(name) => {
                self.blanks = Some((name.to_owned(), 1));
            }
            None => {}
        }
    }

    /// Begins an inline element.
    fn open(&mut self, name: &str, attributes: &Attributes) {
        let style = attribute(attributes, "style").to_ascii_lowercase().replace(' ', "");
        let mut inline = Inline {
            marks: marks(name, &style),
            is_script: false,
            is_overlined: style.contains("text-decoration") && style.contains("overline"),
        };
        self.overlines += usize::from(inline.is_overlined);
        for mark in [EMPHASIS, STRONG, STRIKE] {
            self.marks[mark] += inline.marks[mark];
        }
        match name {
            "a" => self.marks[LINK] = self.link(&attribute(attributes, "href")),
            "q" => self.piece(Piece::Char('"')),
            "code" | "tt" | "kbd" | "samp" => {
                self.code_spans += 1;
                if let Some((language, _)) = &mut self.code {
                    *language = language_of(&attribute(attributes, "class"));
                }
            }
            _ => {}
        }
        let is_raised = name == "sup" || style.contains("vertical-align:super");
        if is_raised || name == "sub" || style.contains("vertical-align:sub") {
            inline.is_script = true;
            let from = self.code.as_ref().map_or(self.line.len(), |(_, code)| code.len());
            self.scripts.push(Script { is_raised, from });
        }
        self.open.entry(name.to_owned()).or_default().push(inline);
    }

    /// Ends an inline element.
    fn close(&mut self, name: &str) {
        let Some(inline) = self.open.get_mut(name).and_then(Vec::pop) else { return };
        if inline.is_script {
            self.end_script();
        }
        self.overlines -= usize::from(inline.is_overlined);
        for mark in [EMPHASIS, STRONG, STRIKE] {
            self.marks[mark] -= inline.marks[mark];
        }
        match name {
            "a" => self.marks[LINK] = 0,
            "q" => self.piece(Piece::Char('"')),
            "code" | "tt" | "kbd" | "samp" => self.code_spans -= 1,
            "ruby" => self.reading("ruby", false),
            "picture" => self.end_picture(),
            _ => {}
        }
    }

    /// Ends the last superscript or subscript.
    fn end_script(&mut self) {
        let Some(script) = self.scripts.pop() else { return };
        match &mut self.code {
            Some((_, code)) => script.write_code(code),
            None => {
                let style = self.style();
                script.write(&mut self.line, style);
            }
        }
    }

    /// A tag that begins or ends a block that Markdown does not have, or that has no meaning.
    fn boundary(&mut self, name: &str, is_start: bool) {
        if !elements::is_block(name) {
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

    /// Ends everything that is open in a line, then continues with the containers.
    fn block(&mut self, next: impl FnOnce(&mut Tree)) {
        self.flush();
        next(&mut self.tree);
    }

    /// Ends the paragraph, heading or preformatted text.
    fn flush(&mut self) {
        // Superscripts and subscripts continue in the next one.
        let scripts = self.scripts.clone();
        while !self.scripts.is_empty() {
            self.end_script();
        }
        self.scripts.extend(scripts.into_iter().map(|script| Script { from: 0, ..script }));
        (self.is_broken, self.is_indented) = (true, false);
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
