//! The content of a paragraph, heading or cell: pieces with their styles, written as Markdown.

use std::borrow::Cow;

use super::tidy::{BareUrl, delimiter, tidy};

/// A character, or another inline piece.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    Char(char),
    Code(String),
    Image { alt: String, url: String },
    Break,
}

/// The marks of a piece: 0 for off; for a link its number, otherwise 1.
pub(super) type Style = [usize; 4];

pub(super) const EMPHASIS: usize = 0;
pub(super) const STRONG: usize = 1;
pub(super) const STRIKE: usize = 2;
pub(super) const LINK: usize = 3;
const DELIMITERS: [&str; 4] = ["*", "**", "~~", "["];

/// The space that Markdown keeps at the beginning of a line.
pub(super) const NO_BREAK: char = '\u{a0}';
/// The width of a tab, and the widest indentation.
const TAB: usize = 4;
const WIDEST: usize = 80;

/// Pieces with their styles.
pub(super) type Line = Vec<(Piece, Style)>;

/// The context of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Paragraph,
    Heading,
    Cell,
}

/// Characters without marks.
pub(super) fn plain(text: &str) -> Line {
    text.chars().map(|c| (Piece::Char(c), Style::default())).collect()
}

/// A line of text with its indentation as no-break spaces, which Markdown keeps. One space is not an indentation.
pub(super) fn indented(line: &str) -> Cow<'_, str> {
    let text = line.trim_start_matches([' ', '\t']);
    let blanks = indentation(&line[..line.len() - text.len()]);
    if blanks.is_empty() || text.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(blanks + text) }
}

/// The spaces and tabs at the beginning of a line as no-break spaces of the same width.
pub(super) fn indentation(blanks: &str) -> String {
    let is_blank = |c: &char| matches!(c, ' ' | '\t');
    let width: usize = blanks.chars().take_while(is_blank).map(|c| if c == '\t' { TAB } else { 1 }).sum();
    if width < 2 { String::new() } else { NO_BREAK.to_string().repeat(width.min(WIDEST)) }
}

/// The width of a special space, such as an em space, in no-break spaces.
pub(super) fn wide_space(c: char) -> usize {
    match c {
        '\u{2001}' | '\u{2003}' | '\u{3000}' => 2,
        '\u{2000}' | '\u{2002}' | '\u{2004}'..='\u{200a}' | '\u{202f}' | '\u{205f}' => 1,
        _ => 0,
    }
}

pub(super) fn is_space(piece: &Piece) -> bool {
    match piece {
        Piece::Char(c) => c.is_whitespace(),
        Piece::Break => true,
        Piece::Code(_) | Piece::Image { .. } => false,
    }
}

/// A line as Markdown.
pub(super) fn write(line: &Line, links: &[String], place: Place) -> String {
    let mut ink = Ink { line, links, place, bare: Vec::new(), out: String::new() };
    ink.marked(0, line.len(), [false; 4]);
    ink.out
}

/// A line without links as Markdown, with its URLs unescaped: readers that turn them into links would take backslashes
/// as part of them. `None` if the result is the same as that of [`write()`].
pub(super) fn write_bare(line: &Line) -> Option<String> {
    let mut url = BareUrl::default();
    let bare: Vec<bool> = line.iter().map(|(piece, _)| url.goes_on(piece)).collect();
    let is_marked = |((piece, style), is_bare): (&(Piece, Style), &bool)| {
        *is_bare && style[LINK] == 0 && matches!(piece, Piece::Char('*' | '~' | '_'))
    };
    if line.iter().any(|(_, style)| style[LINK] != 0) || !line.iter().zip(&bare).any(is_marked) {
        return None;
    }
    let mut ink = Ink { line, links: &[], place: Place::Paragraph, bare, out: String::new() };
    ink.marked(0, line.len(), [false; 4]);
    Some(ink.out)
}

struct Ink<'a> {
    line: &'a Line,
    links: &'a [String],
    place: Place,
    /// Which pieces belong to URLs that are written unescaped.
    bare: Vec<bool>,
    out: String,
}

impl Ink<'_> {
    /// Writes part of the line inside the open marks. Of the other marks, the longest is opened first.
    fn marked(&mut self, from: usize, to: usize, open: [bool; 4]) {
        let mut at = from;
        while at < to {
            let style = self.line[at].1;
            let closed = (0..4).filter(|&mark| style[mark] != 0 && !open[mark]);
            let extent = |mark: usize| self.line[at..to].iter().take_while(|(_, s)| s[mark] == style[mark]).count();
            let Some((length, mark)) = closed.map(|mark| (extent(mark), mark)).max() else {
                self.piece(at);
                at += 1;
                continue;
            };
            let mut inner = open;
            inner[mark] = true;
            self.out += DELIMITERS[mark];
            self.marked(at, at + length, inner);
            match self.links.get(style[LINK].wrapping_sub(1)) {
                Some(url) if mark == LINK => self.out += &format!("]({})", destination(url)),
                _ => self.out += DELIMITERS[mark],
            }
            at += length;
        }
    }

    fn piece(&mut self, at: usize) {
        match &self.line[at].0 {
            Piece::Char('<') => self.out += "&lt;",
            // Some readers would see the end of a code span or of a cell despite a backslash, or take an escaped
            // backslash before a code span as an escape.
            Piece::Char('`') => self.out += "&#96;",
            Piece::Char('\\') if self.beside(at, at + 1) == '`' => self.out += "&#92;",
            Piece::Char('|') if self.place == Place::Cell => self.out += "&#124;",
            Piece::Char('&') if self.begins_entity(at) => self.out += "&amp;",
            Piece::Char(c) => match c {
                '*' | '~' | '_' if self.bare.get(at) == Some(&true) => self.out.push(*c),
                c if !self.is_special(at, *c) => self.out.push(*c),
                // Some readers parse the text of a link twice, and remove a backslash the first time.
                '[' => self.out += "&#91;",
                ']' => self.out += "&#93;",
                c => self.out.extend(['\\', *c]),
            },
            Piece::Break => self.out += "  \n",
            Piece::Code(code) => self.out += &code_span(code),
            Piece::Image { alt, url } => {
                let mut marked = Style::default();
                marked[LINK] = 1;
                let alt: Line = alt.chars().map(|c| (Piece::Char(c), marked)).collect();
                let place = if self.place == Place::Cell { Place::Cell } else { Place::Heading };
                let mut ink = Ink { line: &tidy(alt, place), links: &[], place, bare: Vec::new(), out: String::new() };
                (0..ink.line.len()).for_each(|at| ink.piece(at));
                self.out += &format!("![{}]({})", ink.out, destination(url));
            }
        }
    }

    /// The character that will be written before or after another one.
    fn beside(&self, at: usize, other: usize) -> char {
        let here = &self.line[at].1;
        let (piece, style) = match self.line.get(other) {
            Some((piece, style)) => (piece, style),
            None => (&Piece::Break, &Style::default()),
        };
        match piece {
            _ if other > at && style[LINK] != 0 && style[LINK] != here[LINK] => '[',
            _ if style != here => '*',
            Piece::Break => '\n',
            Piece::Char(c) => *c,
            Piece::Code(_) => '`',
            Piece::Image { .. } => '!',
        }
    }

    fn is_special(&self, at: usize, c: char) -> bool {
        let (before, after) = (self.beside(at, at.wrapping_sub(1)), self.beside(at, at + 1));
        let stands_alone = before.is_whitespace() && after.is_whitespace();
        let in_link = self.line[at].1[LINK] != 0;
        match c {
            '\\' => after.is_ascii_punctuation() || after == '\n',
            '*' | '~' if !stands_alone => true,
            '_' if !stands_alone => !before.is_alphanumeric() || !after.is_alphanumeric(),
            // A definition, a footnote or a checkbox begins a line.
            '[' => in_link || self.is_line_start(at),
            ']' => in_link || matches!(self.after_blanks(at), '(' | '[' | ':'),
            '!' => after == '[',
            '#' if self.place == Place::Heading => at + 1 == self.line.len(),
            _ => self.place == Place::Paragraph && self.begins_block(at, c, after),
        }
    }

    /// Whether a block would begin here.
    fn begins_block(&self, at: usize, c: char, after: char) -> bool {
        if matches!(c, '.' | ')') && after.is_whitespace() {
            let digits = self.line[..at].iter().rev().take_while(|(piece, _)| is_digit(piece)).count();
            return (1..=9).contains(&digits) && self.is_line_start(at - digits);
        }
        if !self.is_line_start(at) {
            return false;
        }
        match c {
            '>' => true,
            '#' => {
                let run = self.line[at..].iter().take_while(|(piece, _)| matches!(piece, Piece::Char('#'))).count();
                run <= 6 && self.beside(at, at + run).is_whitespace()
            }
            '+' | '-' | '*' if after.is_whitespace() => true,
            '-' | '_' | '*' => self.is_rule(at),
            '=' | '|' | ':' => at > 0 && self.is_rule(at),
            _ => false,
        }
    }

    fn is_line_start(&self, at: usize) -> bool {
        at == 0 || matches!(self.line[at - 1].0, Piece::Break | Piece::Char('\n'))
    }

    /// Whether the rest of the line could be a thematic break, underline a heading or be the delimiter row of a table.
    fn is_rule(&self, at: usize) -> bool {
        let rest = self.line[at..].iter().take_while(|(piece, _)| !matches!(piece, Piece::Break | Piece::Char('\n')));
        rest.map(|(piece, _)| piece).all(|piece| match piece {
            Piece::Char(c) => matches!(c, '=' | '-' | '_' | '*' | '|' | ':' | ' ' | '\t'),
            _ => false,
        })
    }

    /// The first character after this one that is not white space.
    fn after_blanks(&self, at: usize) -> char {
        let blanks = self.line[at + 1..].iter().take_while(|(piece, _)| is_space(piece)).count();
        self.beside(at, at + 1 + blanks)
    }

    fn begins_entity(&self, at: usize) -> bool {
        let mut name = self.line[at + 1..].iter().map(|(piece, _)| piece).skip_while(|piece| match piece {
            Piece::Char(c) => c.is_ascii_alphanumeric() || *c == '#',
            _ => false,
        });
        matches!(name.next(), Some(Piece::Char(';')))
    }
}

fn is_digit(piece: &Piece) -> bool {
    matches!(piece, Piece::Char('0'..='9'))
}

fn code_span(code: &str) -> String {
    let delimiter = delimiter(code).unwrap_or("`");
    let is_padded = code.starts_with(' ') && code.ends_with(' ');
    // Some readers take a backslash before the delimiter as an escape.
    let touches = code.starts_with('`') || code.ends_with(['`', '\\']);
    let pad = if is_padded || touches { " " } else { "" };
    format!("{delimiter}{pad}{code}{pad}{delimiter}")
}

/// The length of the longest run of backticks.
pub(super) fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

/// A URL with all bytes percent-encoded that would not survive in HTML or Markdown.
pub(super) fn encoded(url: &str) -> String {
    let mut encoded = String::with_capacity(url.len());
    for byte in url.trim().bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$%&'()*+,-./:;=?@_~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded += &format!("%{byte:02X}");
        }
    }
    encoded
}

/// A URL as the destination of a link.
fn destination(url: &str) -> String {
    let encoded = encoded(url);
    let mut escaped = String::with_capacity(encoded.len());
    for c in encoded.chars() {
        match c {
            '&' if encoded.contains(';') => escaped += "&amp;",
            '(' | ')' => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
    }
    escaped
}
