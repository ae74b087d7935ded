//! Blocks, and how they are written as Markdown.

use std::borrow::Cow;

use super::{
    inline::{self, EMPHASIS, LINK, Line, Piece, Place, STRIKE, STRONG, Style},
    markup::Source,
    normal, tidy,
};

/// A parsed document.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub blocks: Vec<Block>,
    /// The URLs of its links, by number.
    pub links: Vec<String>,
    /// The first thing in it that text cannot represent.
    pub unheld: Option<String>,
    /// Whether a table cell had several lines, which were joined.
    pub joins_lines: bool,
}

impl Document {
    /// Whether it has no text and nothing that text cannot represent.
    pub(super) fn shows_nothing(&self) -> bool {
        self.blocks.is_empty() && self.unheld.is_none()
    }
}

/// A block.
#[derive(Debug)]
pub(super) enum Block {
    Paragraph(Line),
    Heading(usize, Line),
    Code { language: String, text: String },
    Quote(Vec<Block>),
    List { first: Option<u32>, items: Vec<Vec<Block>> },
    Table { columns: Vec<&'static str>, rows: Vec<Vec<Line>> },
    Rule,
}

/// A document as Markdown.
pub(super) fn document(document: &Document) -> String {
    let text = Pen { links: &document.links }.blocks(&document.blocks, "\n\n");
    // Rules alone would be read as literal marks.
    if normal::shows_nothing(&text) { String::new() } else { text }
}

/// Plain text as paragraphs, which blank lines separate, with line ends kept.
pub(super) fn plain(text: &str) -> String {
    let lines: Vec<Cow<'_, str>> = text.lines().map(|line| inline::indented(line.trim_ascii_end())).collect();
    let paragraphs = lines.split(|line| line.trim().is_empty()).filter(|paragraph| !paragraph.is_empty());
    let paragraph = |lines: &[Cow<'_, str>]| {
        let line = lines.iter().map(|line| inline::plain(line));
        let line = line.reduce(|mut line, next| {
            line.push((Piece::Break, Style::default()));
            line.extend(next);
            line
        });
        Block::Paragraph(tidy::tidy(line.unwrap_or_default(), Place::Paragraph))
    };
    document(&Document { blocks: paragraphs.map(paragraph).collect(), ..Document::default() })
}

/// Text as a block of code.
pub(super) fn code(text: &str) -> String {
    let block = Block::Code { language: String::new(), text: text.trim_matches('\n').to_owned() };
    document(&Document { blocks: vec![block], ..Document::default() })
}

struct Pen<'a> {
    links: &'a [String],
}

impl Pen<'_> {
    fn blocks(&self, blocks: &[Block], gap: &str) -> String {
        let mut texts = Vec::with_capacity(blocks.len());
        let mut flips = false;
        for (index, block) in blocks.iter().enumerate() {
            // Adjacent lists are distinguished by their markers.
            flips = !flips && index > 0 && is_same_list(&blocks[index - 1], block);
            texts.push(self.block(block, flips));
        }
        texts.join(gap)
    }

    fn block(&self, block: &Block, flips: bool) -> String {
        match block {
            Block::Paragraph(line) => self.line(line, Place::Paragraph),
            Block::Heading(level, line) => format!("{} {}", "#".repeat(*level), self.line(line, Place::Heading)),
            Block::Code { language, text } => {
                let fence = "`".repeat(inline::longest_run(text).max(2) + 1);
                format!("{fence}{language}\n{text}\n{fence}")
            }
            Block::Quote(blocks) => indent(&self.blocks(blocks, "\n\n"), "> ", "> "),
            Block::List { first, items } => self.list(*first, items, flips),
            Block::Table { columns, rows } => self.table(columns, rows),
            Block::Rule => "***".to_owned(),
        }
    }

    /// A line with its marks, or without most of them if Markdown would not read them as intended.
    fn line(&self, line: &Line, place: Place) -> String {
        if place == Place::Paragraph
            && let Some(bare) = inline::write_bare(line)
            && reads_as(&bare, line)
        {
            return bare;
        }
        let text = inline::write(line, self.links, place);
        if line.iter().all(|(_, style)| style[..LINK] == Style::default()[..LINK]) || self.reads_back(&text) {
            return text;
        }
        let mut plain = line.clone();
        for (_, style) in &mut plain {
            for mark in [EMPHASIS, STRONG, STRIKE] {
                style[mark] = 0;
            }
        }
        inline::write(&plain, self.links, place)
    }

    fn reads_back(&self, text: &str) -> bool {
        let back = super::read::document(&super::to_html(text), Source::Html);
        match back.blocks.as_slice() {
            [Block::Paragraph(line)] => inline::write(line, &back.links, Place::Paragraph) == text,
            _ => false,
        }
    }

    fn list(&self, first: Option<u32>, items: &[Vec<Block>], flips: bool) -> String {
        let gap = if items.iter().all(|item| is_tight(item)) { "\n" } else { "\n\n" };
        let mut texts = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let marker = match (first, flips) {
                (None, false) => "- ".to_owned(),
                (None, true) => "* ".to_owned(),
                (Some(first), _) => format!("{}{} ", first as usize + index, if flips { ')' } else { '.' }),
            };
            texts.push(indent(&self.blocks(item, gap), &marker, &" ".repeat(marker.len())));
        }
        texts.join(gap)
    }

    fn table(&self, columns: &[&'static str], rows: &[Vec<Line>]) -> String {
        let mut lines = Vec::with_capacity(rows.len() + 1);
        for row in rows {
            let mut cells: Vec<String> = row.iter().map(|cell| self.line(cell, Place::Cell)).collect();
            if lines.is_empty() {
                cells.resize(columns.len(), String::new());
            }
            lines.push(format!("| {} |", cells.join(" | ")));
            if lines.len() == 1 {
                lines.push(format!("| {} |", columns.join(" | ")));
            }
        }
        lines.join("\n")
    }
}

/// Whether Markdown parses a text as exactly this line.
fn reads_as(text: &str, line: &Line) -> bool {
    let back = super::read::document(&super::to_html(text), Source::Html);
    matches!(back.blocks.as_slice(), [Block::Paragraph(read)] if read == line)
}

fn is_same_list(before: &Block, block: &Block) -> bool {
    match (before, block) {
        (Block::List { first: a, .. }, Block::List { first: b, .. }) => a.is_some() == b.is_some(),
        _ => false,
    }
}

/// Whether an item needs no blank lines: a paragraph, perhaps followed by a list that needs none.
fn is_tight(item: &[Block]) -> bool {
    match item {
        [Block::Paragraph(_)] => true,
        [Block::Paragraph(_), Block::List { first: None | Some(1), items }] => items.iter().all(|item| is_tight(item)),
        _ => false,
    }
}

/// Puts a prefix before the first line and another one before all others.
fn indent(text: &str, first: &str, others: &str) -> String {
    let mut out = String::with_capacity(text.len() + first.len());
    for (index, line) in text.split('\n').enumerate() {
        let prefix = if index == 0 { first } else { others };
        if index > 0 {
            out.push('\n');
        }
        out += if line.is_empty() { prefix.trim_end() } else { prefix };
        out += line;
    }
    out
}
