//! Inline content: characters, line ends, pictures, links and readings (ruby text).

use std::borrow::Cow;

use super::Reader;
use crate::markdown::{
    attributes::{Attributes, attribute},
    ends_line,
    inline::{self, LINK, Piece, Style},
    is_safe_url, is_text_char, is_web_url,
    markup::Source,
};

/// A combining overline, for the character before it.
const OVERLINE: char = '\u{305}';
/// The beginning of URLs of files that exist only in a Moodle course.
const FILES: &str = "@@PLUGINFILE@@";

impl Reader {
    /// A reading is put in parentheses after its base text; the fallback parentheses are dropped.
    pub(super) fn reading(&mut self, name: &str, is_start: bool) {
        self.in_brackets = name == "rp" && is_start;
        if std::mem::take(&mut self.in_reading) {
            self.piece(Piece::Char(')'));
        }
        if name == "rt" && is_start {
            self.in_reading = true;
            self.piece(Piece::Char('('));
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        if self.dropped.is_some() || self.in_brackets {
            if !text.trim().is_empty() {
                self.in_dropped();
            }
            return;
        }
        let overlined = |c: char| [Some(c), Some(OVERLINE).filter(|_| self.overlines > 0 && !c.is_whitespace())];
        let text = text.chars().map(|c| if ends_line(c) { '\n' } else { c }).filter(|&c| is_text_char(c));
        let text: String = text.flat_map(overlined).flatten().collect();
        let text = text.chars();
        if let Some((_, code)) = &mut self.code {
            self.length += text.clone().filter(|c| !c.is_whitespace()).count();
            let is_first = code.is_empty();
            code.extend(text.skip_while(|&c| is_first && c == '\n'));
        } else if self.code_spans > 0 {
            let code = text.map(|c| if c.is_ascii_whitespace() { ' ' } else { c }).collect();
            self.piece(Piece::Code(code));
        } else if self.source == Some(Source::Lines) {
            self.lines(text.as_str());
        } else if self.blanks.is_some() {
            text.for_each(|c| self.exact(c));
        } else {
            text.for_each(|c| self.piece(Piece::Char(c)));
        }
    }

    /// Text with its line ends.
    fn lines(&mut self, text: &str) {
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 && !std::mem::take(&mut self.is_broken) {
                self.line_break();
            }
            let line = if index > 0 { inline::indented(line) } else { Cow::Borrowed(line) };
            self.is_broken &= line.trim().is_empty();
            line.chars().for_each(|c| self.piece(Piece::Char(c)));
        }
    }

    /// A character of a text that keeps spaces at the beginning of lines.
    fn exact(&mut self, c: char) {
        let begins_line = self.is_indented || matches!(self.line.last(), None | Some((Piece::Break, _)));
        self.is_indented = begins_line && matches!(c, ' ' | '\t');
        match c {
            '\n' if !self.line.is_empty() => self.piece(Piece::Break),
            '\n' => {}
            ' ' if begins_line => self.piece(Piece::Char(inline::NO_BREAK)),
            '\t' if begins_line => (0..4).for_each(|_| self.piece(Piece::Char(inline::NO_BREAK))),
            c => self.piece(Piece::Char(c)),
        }
    }

    pub(super) fn style(&self) -> Style {
        let mut style = self.marks.map(|times| times.min(1));
        style[LINK] = self.marks[LINK];
        style
    }

    pub(super) fn piece(&mut self, piece: Piece) {
        self.length += match &piece {
            Piece::Char(c) => usize::from(!c.is_whitespace()),
            Piece::Code(code) => code.len(),
            Piece::Image { .. } | Piece::Break => 1,
        };
        let style = self.style();
        self.line.push((piece, style));
    }

    pub(super) fn line_break(&mut self) {
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

    pub(super) fn image(&mut self, attributes: &Attributes) {
        let (alt, url) = (attribute(attributes, "alt"), attribute(attributes, "src"));
        self.picture = None;
        if !is_web_url(url.trim()) {
            self.unheld_picture(&url);
        }
        if self.code.is_some() || self.code_spans > 0 || !is_web_url(url.trim()) {
            self.text(&alt);
        } else {
            self.piece(Piece::Image { alt, url });
        }
    }

    fn unheld_picture(&mut self, url: &str) {
        let shown: String = url.trim().chars().take(40).collect();
        self.unheld(|| format!("shows the picture {shown:?}, which the bank cannot hold: link to it by https://"));
    }

    /// A picture with sources only, without an image that Markdown could show.
    pub(super) fn end_picture(&mut self) {
        if let Some(url) = self.picture.take() {
            self.unheld_picture(&url);
        }
    }

    /// The number of a link to a URL: 0 if the URL is not safe.
    pub(super) fn link(&mut self, url: &str) -> usize {
        let url = url.trim();
        if !is_safe_url(url) {
            if url.starts_with(FILES) {
                self.unheld(|| "links to a file that only its course has: link to it by https://".to_owned());
            }
            return 0;
        }
        self.links.push(url.to_owned());
        self.links.len()
    }
}
