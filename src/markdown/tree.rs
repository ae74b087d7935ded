//! The blocks of a document while it is read: containers that are open inside each other.

use super::{
    inline::{Line, Piece, Place, Style},
    tidy,
    write::Block,
};

/// Containers inside each other: what is nested deeper stands in the deepest.
const DEPTH: usize = 24;
/// The most columns of a table: what would stand beyond goes into the last.
const COLUMNS: usize = 50;

/// What blocks stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    Root,
    Quote,
    List(Option<u32>),
    Item,
    Table,
    Cell,
}

/// A container that is open, and what it has so far.
#[derive(Debug)]
struct Open {
    container: Container,
    blocks: Vec<Block>,
    /// Of a list.
    items: Vec<Vec<Block>>,
    /// Of a table.
    rows: Vec<Vec<Line>>,
    columns: Vec<&'static str>,
}

impl Default for Tree {
    fn default() -> Self {
        Self { open: vec![Open::new(Container::Root)] }
    }
}

impl Open {
    fn new(container: Container) -> Self {
        Self { container, blocks: Vec::new(), items: Vec::new(), rows: Vec::new(), columns: Vec::new() }
    }
}

/// The containers that are open, the outermost first.
#[derive(Debug)]
pub(super) struct Tree {
    open: Vec<Open>,
}

impl Tree {
    /// The blocks, when everything is closed.
    pub(super) fn finish(mut self) -> Vec<Block> {
        self.close_above(|container| container == Container::Root);
        self.open.pop().map(|root| root.blocks).unwrap_or_default()
    }

    /// Opens a container, unless too many are open.
    pub(super) fn open(&mut self, container: Container) {
        if self.open.len() < DEPTH {
            self.open.push(Open::new(container));
        }
    }

    /// Begins an item, of a list of its own if none is open.
    pub(super) fn item(&mut self) {
        if !self.close_above(|container| matches!(container, Container::List(_))) {
            self.open(Container::List(None));
        }
        self.open(Container::Item);
    }

    /// Begins a row.
    pub(super) fn row(&mut self) {
        if let Some(table) = self.table() {
            table.rows.push(Vec::new());
        }
    }

    /// Begins a cell.
    pub(super) fn cell(&mut self, alignment: &'static str) {
        if let Some(table) = self.table() {
            if table.rows.len() <= 1 {
                table.columns.push(alignment);
            }
            self.open(Container::Cell);
        }
    }

    /// The innermost table, everything in it closed.
    fn table(&mut self) -> Option<&mut Open> {
        self.close_above(|container| container == Container::Table).then(|| self.open.last_mut())?
    }

    /// Where the innermost container of a kind is. From in a cell, nothing is found outside of it but its table; from in
    /// a quote, no list outside of it.
    fn find(&self, is_wanted: impl Fn(Container) -> bool) -> Option<usize> {
        let index = self.open.iter().rposition(|open| is_wanted(open.container))?;
        let wanted = self.open.get(index)?.container;
        let is_closed_in = self.open.iter().skip(index + 1).any(|open| match open.container {
            Container::Cell => wanted != Container::Table,
            Container::Quote => matches!(wanted, Container::List(_) | Container::Item),
            _ => false,
        });
        (!is_closed_in).then_some(index)
    }

    /// Closes everything inside of the innermost container of a kind, if there is one.
    pub(super) fn close_above(&mut self, is_wanted: impl Fn(Container) -> bool) -> bool {
        let Some(index) = self.find(is_wanted) else { return false };
        while self.open.len() > index + 1 {
            self.close_last();
        }
        true
    }

    /// Closes the innermost container of a kind, if there is one.
    pub(super) fn close(&mut self, is_wanted: impl Fn(Container) -> bool) {
        if self.close_above(is_wanted) {
            self.close_last();
        }
    }

    fn close_last(&mut self) {
        let Some(closed) = self.open.pop() else { return };
        match closed.container {
            Container::Root => self.open.push(closed),
            Container::Quote if closed.blocks.is_empty() => {}
            Container::Quote => self.push(Block::Quote(closed.blocks)),
            Container::List(first) => {
                if !closed.items.is_empty() {
                    self.push(Block::List { first, items: closed.items });
                }
            }
            Container::Item => match self.open.last_mut() {
                Some(list) if matches!(list.container, Container::List(_)) => {
                    if !closed.blocks.is_empty() {
                        list.items.push(closed.blocks);
                    }
                }
                _ => closed.blocks.into_iter().for_each(|block| self.push(block)),
            },
            Container::Cell => {
                if let Some(table) = self.open.last_mut() {
                    table.add_cell(closed.blocks);
                }
            }
            Container::Table => {
                let (columns, rows) = (closed.columns, closed.rows);
                closed.blocks.into_iter().for_each(|block| self.push(block));
                if let Some(table) = table(columns, rows) {
                    self.push(table);
                }
            }
        }
    }

    /// Adds a block. Code inside of a container becomes code spans: readers disagree on where its lines begin.
    pub(super) fn push(&mut self, block: Block) {
        let block = match block {
            Block::Code { text, .. } if self.open.len() > 1 => Block::Paragraph(spans(&text)),
            other => other,
        };
        let Some(open) = self.open.last_mut() else { return };
        match (open.container, open.items.last_mut()) {
            (Container::List(_), Some(item)) => item.push(block),
            (Container::List(_), None) => open.items.push(vec![block]),
            _ => open.blocks.push(block),
        }
    }
}

impl Open {
    fn add_cell(&mut self, blocks: Vec<Block>) {
        let mut line = Line::new();
        flatten(blocks, &mut line);
        if self.rows.is_empty() {
            self.rows.push(Vec::new());
        }
        let Some(row) = self.rows.last_mut() else { return };
        let is_full = row.len() == COLUMNS;
        match row.last_mut() {
            Some(last) if is_full => last.append(&mut line),
            _ => row.push(line),
        }
    }
}

/// Lines of code as code spans with line breaks between them.
fn spans(code: &str) -> Line {
    let mut line = Line::new();
    for row in code.lines().filter(|row| !row.trim().is_empty()) {
        if !line.is_empty() {
            line.push((Piece::Break, Style::default()));
        }
        line.push((Piece::Code(row.replace('\t', " ")), Style::default()));
    }
    tidy::tidy(line, Place::Paragraph)
}

/// What blocks say, in one line.
fn flatten(blocks: Vec<Block>, line: &mut Line) {
    for block in blocks {
        match block {
            Block::Paragraph(part) | Block::Heading(_, part) => line.extend(part),
            Block::Code { text, .. } => line.push((Piece::Code(text.replace('\n', " ")), Style::default())),
            Block::Quote(blocks) => flatten(blocks, line),
            Block::List { items, .. } => items.into_iter().for_each(|item| flatten(item, line)),
            Block::Table { rows, .. } => {
                for cell in rows.into_iter().flatten() {
                    line.extend(cell);
                    line.push((Piece::Char(' '), Style::default()));
                }
            }
            Block::Rule => {}
        }
        line.push((Piece::Char(' '), Style::default()));
    }
}

/// A table without what is empty in it.
fn table(mut columns: Vec<&'static str>, mut rows: Vec<Vec<Line>>) -> Option<Block> {
    for row in &mut rows {
        row.iter_mut().for_each(|cell| *cell = tidy::unbroken(tidy::tidy(std::mem::take(cell), Place::Cell)));
        while row.pop_if(|cell| cell.is_empty()).is_some() {}
    }
    rows.retain(|row| !row.is_empty());
    columns.resize(rows.iter().map(Vec::len).max()?, "---");
    Some(Block::Table { columns, rows })
}
