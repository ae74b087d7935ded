//! The blocks of a document while it is read: nested open containers.

use super::{
    cells::{LINES, joined},
    inline::{self, Line, Piece, Place, Style},
    numerals::written,
    tidy,
    write::Block,
};

/// The maximum depth of containers. Deeper content is put in the deepest one.
const DEPTH: usize = 24;
/// The maximum number of columns of a table. Further cells are put in the last one.
const COLUMNS: usize = 50;

/// The maximum number of characters that the cells of a table repeat in the rows and columns that they span: no text in
/// the bank is longer.
const REPEATED: usize = 10_000;

/// A container of blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    Root,
    Quote,
    List(Marker),
    Item,
    Table,
    Cell,
}

/// The marker of the items of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    Bullet,
    /// Numbers, starting with this one.
    Number(u32),
    /// Letters or numerals that Markdown lacks, `a`, `A`, `i`, `I`, `α` or `1`, starting with this one, as text.
    Written(char, i64),
    /// The same in descending order, starting with a number or else ending with 1.
    Reversed(char, Option<i64>),
}

impl Marker {
    fn first(self) -> Option<i64> {
        match self {
            Self::Bullet | Self::Reversed(..) => None,
            Self::Number(first) => Some(first.into()),
            Self::Written(_, first) => Some(first),
        }
    }

    fn from(self, first: u32) -> Self {
        match self {
            Self::Bullet | Self::Reversed(..) => self,
            Self::Number(_) => Self::Number(first),
            Self::Written(kind, _) => Self::Written(kind, first.into()),
        }
    }
}

/// An open container with its content so far.
#[derive(Debug)]
struct Open {
    container: Container,
    blocks: Vec<Block>,
    /// For a list.
    items: Vec<Vec<Block>>,
    /// For a table.
    rows: Vec<Vec<Line>>,
    columns: Vec<&'static str>,
    /// For a cell: the number of columns and rows that it spans.
    span: (usize, usize),
    /// For a table: for each column, the number of further rows that a cell above spans, and its content.
    above: Vec<(usize, Line)>,
    /// For a table: the number of characters that its cells have repeated.
    repeated: usize,
}

impl Default for Tree {
    fn default() -> Self {
        Self { open: vec![Open::new(Container::Root)], joined: None, joins_lines: false }
    }
}

impl Open {
    fn new(container: Container) -> Self {
        Self {
            container,
            blocks: Vec::new(),
            items: Vec::new(),
            rows: Vec::new(),
            columns: Vec::new(),
            span: (1, 1),
            above: Vec::new(),
            repeated: 0,
        }
    }
}

/// The open containers, outermost first.
#[derive(Debug)]
pub(super) struct Tree {
    open: Vec<Open>,
    /// Content of a table cell that a single line cannot show.
    pub(super) joined: Option<&'static str>,
    /// Whether lines of a cell were joined.
    pub(super) joins_lines: bool,
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

    /// Begins an item, in a new list if none is open. A number that is not the next one begins another list.
    pub(super) fn item(&mut self, number: Option<u32>) {
        if !self.close_above(|container| matches!(container, Container::List(_))) {
            self.open(Container::List(Marker::Bullet));
        }
        if let (Some(number), Some(list)) = (number, self.open.last_mut())
            && let Container::List(marker) = list.container
            && marker
                .first()
                .is_some_and(|first| first.saturating_add_unsigned(list.items.len() as u64) != i64::from(number))
        {
            if !list.items.is_empty() {
                self.close_last();
                self.open(Container::List(marker));
            }
            if let Some(list) = self.open.last_mut() {
                list.container = Container::List(marker.from(number));
            }
        }
        self.open(Container::Item);
    }

    /// Begins a row.
    pub(super) fn row(&mut self) {
        if let Some(table) = self.table() {
            table.end_row();
            table.rows.push(Vec::new());
        }
    }

    /// Begins a cell that spans this many columns and rows.
    pub(super) fn cell(&mut self, alignment: &'static str, columns: usize, rows: usize) {
        let Some(table) = self.table() else { return };
        if table.rows.len() <= 1 {
            table.columns.extend(vec![alignment; columns]);
        }
        let depth = self.open.len();
        self.open(Container::Cell);
        if let Some(cell) = self.open.get_mut(depth) {
            cell.span = (columns, rows);
        }
    }

    /// The innermost table, after closing everything in it.
    fn table(&mut self) -> Option<&mut Open> {
        self.close_above(|container| container == Container::Table).then(|| self.open.last_mut())?
    }

    /// The index of the innermost container of a kind. A search in a cell ends at its table; a search for a list ends
    /// at a quote.
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

    /// Closes everything inside the innermost container of a kind, if there is one.
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
            Container::List(_) if closed.items.is_empty() => {}
            Container::List(Marker::Bullet) => self.push(Block::List { first: None, items: closed.items }),
            Container::List(Marker::Number(first)) => {
                self.push(Block::List { first: Some(first), items: closed.items });
            }
            Container::List(Marker::Written(kind, first)) => {
                written(kind, first.., closed.items).into_iter().for_each(|block| self.push(block));
            }
            Container::List(Marker::Reversed(kind, first)) => {
                let first = first.unwrap_or(i64::try_from(closed.items.len()).unwrap_or_default());
                let numbers = (0..).map(|index| first - index);
                written(kind, numbers, closed.items).into_iter().for_each(|block| self.push(block));
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
                match joined(&closed.blocks) {
                    Some(LINES) => self.joins_lines = true,
                    what => self.joined = self.joined.or(what),
                }
                if let Some(table) = self.open.last_mut() {
                    table.add_cell(closed.blocks, closed.span);
                }
            }
            Container::Table => {
                let mut closed = closed;
                closed.end_row();
                let (columns, rows) = (closed.columns, closed.rows);
                closed.blocks.into_iter().for_each(|block| self.push(block));
                if let Some(table) = table(columns, rows) {
                    self.push(table);
                }
            }
        }
    }

    /// Adds a block. Code inside a container becomes code spans: readers disagree on where its lines begin.
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
    fn add_cell(&mut self, blocks: Vec<Block>, (columns, rows): (usize, usize)) {
        let mut line = Line::new();
        flatten(blocks, &mut line);
        if self.rows.is_empty() {
            self.rows.push(Vec::new());
        }
        self.fill_from_above(false);
        for column in 0..columns {
            let Some(at) = self.rows.last().map(Vec::len) else { return };
            if column > 0 && at == COLUMNS {
                return;
            }
            let said = if column == 0 { line.clone() } else { self.again(&line) };
            self.push_cell(said);
            if rows > 1 && at < COLUMNS {
                self.above.resize(self.above.len().max(at + 1), (0, Line::new()));
                let again = self.again(&line);
                if let Some(above) = self.above.get_mut(at) {
                    *above = (rows, again);
                }
            }
        }
    }

    /// The content of a cell for another column or row, as long as the limit for repeated text allows it.
    fn again(&mut self, line: &Line) -> Line {
        self.repeated += line.len();
        if self.repeated <= REPEATED { line.clone() } else { Line::new() }
    }

    fn push_cell(&mut self, mut line: Line) {
        let Some(row) = self.rows.last_mut() else { return };
        let is_full = row.len() == COLUMNS;
        match row.last_mut() {
            Some(last) if is_full => last.append(&mut line),
            _ => row.push(line),
        }
    }

    /// Adds the content of cells that began in a row above, up to the next free column or to the end of the row.
    fn fill_from_above(&mut self, to_end: bool) {
        while let Some(row) = self.rows.last() {
            let above = self.above.get(row.len());
            let fills = above.is_some_and(|(left, _)| *left > 0);
            let goes_on = to_end && self.above.iter().skip(row.len()).any(|(left, _)| *left > 0);
            if row.len() == COLUMNS || !(fills || goes_on) {
                return;
            }
            let line = above.filter(|_| fills).map(|(_, line)| line.clone()).unwrap_or_default();
            let line = self.again(&line);
            self.push_cell(line);
        }
    }

    fn end_row(&mut self) {
        if self.rows.is_empty() {
            return;
        }
        self.fill_from_above(true);
        self.above.iter_mut().for_each(|(left, _)| *left = left.saturating_sub(1));
    }
}

/// Lines of code as code spans with line breaks between them.
fn spans(code: &str) -> Line {
    let mut line = Line::new();
    for row in code.lines().filter(|row| !row.trim().is_empty()) {
        if !line.is_empty() {
            line.push((Piece::Break, Style::default()));
        }
        // Several spaces at the beginning of a span are shown as one.
        let code = row.trim_start_matches([' ', '\t']);
        let blanks = inline::indentation(&row[..row.len() - code.len()]);
        line.push((Piece::Code(blanks + &code.replace('\t', " ")), Style::default()));
    }
    tidy::tidy(line, Place::Paragraph)
}

/// The content of blocks in one line, in which breaks separate the parts.
fn flatten(blocks: Vec<Block>, line: &mut Line) {
    for block in blocks {
        match block {
            Block::Paragraph(part) | Block::Heading(_, part) => line.extend(part),
            Block::Code { text, .. } => line.push((Piece::Code(text.replace('\n', " ")), Style::default())),
            Block::Quote(blocks) => flatten(blocks, line),
            Block::List { first, items } => {
                for (index, item) in items.into_iter().enumerate() {
                    let label = first.map(|first| format!("{}. ", first as usize + index)).unwrap_or_default();
                    line.extend(inline::plain(&label));
                    flatten(item, line);
                }
            }
            Block::Table { rows, .. } => {
                for cell in rows.into_iter().flatten() {
                    line.extend(cell);
                    line.push((Piece::Char(' '), Style::default()));
                }
            }
            Block::Rule => {}
        }
        line.push((Piece::Break, Style::default()));
    }
}

/// A table without empty rows and columns.
fn table(mut columns: Vec<&'static str>, mut rows: Vec<Vec<Line>>) -> Option<Block> {
    for row in &mut rows {
        row.iter_mut().for_each(|cell| {
            *cell = tidy::tidy(tidy::joined(tidy::tidy(std::mem::take(cell), Place::Cell)), Place::Cell)
        });
        while row.pop_if(|cell| cell.is_empty()).is_some() {}
    }
    rows.retain(|row| !row.is_empty());
    columns.resize(rows.iter().map(Vec::len).max()?, "---");
    Some(Block::Table { columns, rows })
}
