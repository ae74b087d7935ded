//! Questions as a table: comma-separated values, as spreadsheets open and save them.
//!
//! The first row names the columns, in any order and in upper or lower case, `Answer 1` for `answer_1`; every other row is
//! a question. Columns without a name must be empty. Fields missing at the end of a row count as empty. Fields are
//! separated by commas, semicolons or tabs, whichever the first row has most of, or what a line `sep=;` before it names. A
//! field that contains the separator, a quote or a line break stands in double quotes, and a quote inside is doubled. Empty
//! rows are skipped. Letters may stand for the numbers of answers: `Answer A`.
//!
//! - `stem`: the question; required.
//! - `kind`: `single_choice`, `multiple_response`, `ordering` or `matching`; if empty, one of the first two, by how
//!   many answers are correct.
//! - `answer_1` … `answer_20`: the answers; of `ordering`, in the right order.
//! - `correct`: the right answers by letter or number, such as `B`, `A,C`, `2` or `1 3`; empty for `ordering` and
//!   `matching`.
//! - `match_1` … `match_20`: for `matching`, what belongs to the answer of that number; where there is no such answer,
//!   a distractor that belongs to none.
//! - `rationale_1` … `rationale_20`: why the answer of that number is right or wrong.
//! - `explanation`: why the right answers are right.
//! - `references`: where to read on, one a line: `title <https://…>`, `[title](https://…)` or the address alone.
//! - `difficulty`: from 1 to 5; 3 if empty.
//! - `tags`: labels, separated by `;` or `|`; a backslash before one of these or before a backslash makes it part of
//!   the label.
//! - `domain`: the number or the name of the domain.
//! - `task`: the code of the task.
//! - `key`: the name that the question keeps for good.
//!
//! Texts are Markdown in which line ends count, as in the cells that people write. Spreadsheets run a field as a formula
//! if it begins with `=`, `+`, `-`, `@`, a full-width form of these, a tab, a line feed or a carriage return. To prevent
//! this, export adds an apostrophe before such a field, and import removes it. Export also adds one before a field that
//! begins with apostrophes and then such a character, so that import restores it.
//!
//! Exported files are UTF-8 with commas and with all columns, whether they are needed or not; their lines end with
//! carriage return and line feed (RFC 4180), those inside a text as the text has them.

mod cells;
mod columns;
mod reader;
mod row;
mod writer;

#[cfg(test)]
mod tests;

pub use reader::read;
pub use writer::Writer;
