//! Reads questions from a table.

use std::{
    cell::Cell,
    io::{self, Read},
    rc::Rc,
};

use csv::{ReaderBuilder, StringRecord};

use super::{
    columns::{self, Column},
    row::Row,
};
use crate::interchange::{
    bounds::QUESTION_LIMIT,
    model::{Found, Location, Malformed},
};

/// The questions of a table, one at a time. Ends with an error, or with all errors in the header row.
pub fn read(text: &str) -> impl Iterator<Item = Result<Found, Malformed>> + '_ {
    let (rows, errors) = match Rows::open(text) {
        Ok(rows) => (Some(rows), Vec::new()),
        Err(errors) => (None, errors),
    };
    errors.into_iter().map(Err).chain(rows.into_iter().flatten())
}

struct Rows<'t> {
    text: &'t str,
    separator: u8,
    reader: csv::Reader<Counted<'t>>,
    /// How many more bytes of the current record may be read.
    room: Rc<Cell<usize>>,
    record: StringRecord,
    header: Vec<Option<Column>>,
}

/// The properties of a record other than its fields.
struct Head {
    line: usize,
    has_stray_quote: bool,
}

impl<'t> Rows<'t> {
    fn open(text: &'t str) -> Result<Self, Vec<Malformed>> {
        let told = told_separator(text);
        let separator = told.unwrap_or_else(|| separator(text));
        let mut builder = ReaderBuilder::new();
        let reader = builder.delimiter(separator).has_headers(false).flexible(true);
        let room = Rc::new(Cell::new(0));
        let reader = reader.from_reader(Counted { text: text.as_bytes(), room: Rc::clone(&room) });
        let (record, header) = (StringRecord::new(), Vec::new());
        let mut rows = Self { text, separator, reader, room, record, header };
        if told.is_some() {
            rows.advance().map_err(|error| vec![error])?;
        }
        let head = rows.advance().map_err(|error| vec![error])?;
        let head = head.ok_or_else(|| vec![Malformed::at(1, "is empty: the first row must name the columns")])?;
        let flaw = |detail| Malformed::at(head.line, detail);
        rows.header = columns::named(&rows.record).map_err(|flaws| flaws.into_iter().map(flaw).collect::<Vec<_>>())?;
        Ok(rows)
    }

    /// Reads the next record that is not blank.
    fn advance(&mut self) -> Result<Option<Head>, Malformed> {
        loop {
            let from = self.reader.position().clone();
            self.room.set(QUESTION_LIMIT);
            let more = self.reader.read_record(&mut self.record);
            let raw = self.text.as_bytes().get(from.byte() as usize..self.reader.position().byte() as usize);
            let raw = raw.unwrap_or_default();
            // Blank lines before a record are counted as part of it.
            let start = raw.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(raw.len());
            let (blank, raw) = raw.split_at(start);
            let line = from.line() as usize + blank.iter().filter(|&&byte| byte == b'\n').count();
            if !more.map_err(|error| Malformed::at(line, error.to_string()))? {
                return Ok(None);
            }
            let quotes = quotes(raw, self.separator);
            if quotes == Quotes::Open {
                return Err(Malformed::at(line, "has a quote that is not closed: the rest of the file is inside"));
            }
            if self.record.iter().any(|field| !field.trim().is_empty()) {
                return Ok(Some(Head { line, has_stray_quote: quotes == Quotes::Stray }));
            }
        }
    }

    fn found(&self, head: &Head) -> Found {
        let row = Row::new(&self.header, &self.record);
        let outcome = if head.has_stray_quote {
            Err("has text after the closing quote of a field: double the quotes inside a quoted field".into())
        } else if let Some(fields) = self.beyond() {
            let columns = self.header.len();
            Err(format!("has {fields} fields for {columns} columns: quote the fields that contain the separator"))
        } else if let Some(number) = self.nameless() {
            Err(format!("has a value in column {number}, which has no name: name the column, or clear the field"))
        } else {
            row.item()
        };
        Found { place: Location::line(head.line), name: row.name(), outcome }
    }
}

impl Rows<'_> {
    /// The number of fields of the record, if there is a value beyond the last column. Missing fields are empty.
    fn beyond(&self) -> Option<usize> {
        let has_more = self.record.iter().skip(self.header.len()).any(|field| !field.trim().is_empty());
        has_more.then_some(self.record.len())
    }

    /// The number of a column that has a value but no name.
    fn nameless(&self) -> Option<usize> {
        let fields = self.header.iter().zip(&self.record);
        Some(fields.into_iter().position(|(column, field)| column.is_none() && !field.trim().is_empty())? + 1)
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Found, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        // An unclosed quote takes the rest of the file, so nothing is read after the error.
        self.advance().transpose().map(|head| head.map(|head| self.found(&head)))
    }
}

/// A text that is passed on only up to the limit.
struct Counted<'t> {
    text: &'t [u8],
    room: Rc<Cell<usize>>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.text.read(buffer)?;
        let Some(left) = self.room.get().checked_sub(length) else {
            let what = format!("has more than {QUESTION_LIMIT} bytes: is a quote not closed?");
            return Err(io::Error::other(what));
        };
        self.room.set(left);
        Ok(length)
    }
}

/// The separator from a first line `sep=;`, which spreadsheets write.
fn told_separator(text: &str) -> Option<u8> {
    let line = text.split(['\r', '\n']).next()?.trim_matches([' ', '"']);
    let (name, separator) = line.split_at_checked(4)?;
    let separator = if separator.is_empty() { "\t" } else { separator };
    let known = [("\t", b'\t'), (";", b';'), (",", b','), ("|", b'|')];
    let known = known.into_iter().find(|(known, _)| *known == separator)?;
    name.eq_ignore_ascii_case("sep=").then_some(known.1)
}

/// The separator that is most frequent in the first nonblank line.
fn separator(text: &str) -> u8 {
    let header = text.split(['\r', '\n']).find(|line| line.contains(char::is_alphanumeric)).unwrap_or_default();
    let count = |separator: &u8| header.bytes().filter(|byte| byte == separator).count();
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

#[derive(PartialEq, Eq)]
enum Quotes {
    Paired,
    /// There is text after the closing quote of a field.
    Stray,
    /// The quote of a field is not closed.
    Open,
}

/// Whether the quotes of a record are balanced: the parser does not check them.
fn quotes(record: &[u8], separator: u8) -> Quotes {
    let mut rest = record;
    loop {
        if let Some(quoted) = rest.strip_prefix(b"\"") {
            let Some(behind) = behind_quote(quoted) else { return Quotes::Open };
            if behind.first().is_some_and(|&byte| byte != separator && byte != b'\r' && byte != b'\n') {
                return Quotes::Stray;
            }
            rest = behind;
        }
        match rest.iter().position(|&byte| byte == separator) {
            Some(end) => rest = rest.get(end + 1..).unwrap_or_default(),
            None => return Quotes::Paired,
        }
    }
}

/// The text after the closing quote.
fn behind_quote(mut text: &[u8]) -> Option<&[u8]> {
    loop {
        let quote = text.iter().position(|&byte| byte == b'"')?;
        text = text.get(quote + 1..)?;
        match text.strip_prefix(b"\"") {
            Some(rest) => text = rest,
            None => return Some(text),
        }
    }
}
