//! The columns and their names.

use csv::StringRecord;

/// The most answers of a question.
pub(super) const ANSWERS: usize = 20;
/// How many problems an error lists.
const NAMED: usize = 5;

/// A column. Answers are counted from 0 here, from 1 in the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Key,
    Kind,
    Domain,
    Task,
    Difficulty,
    Tags,
    Stem,
    Correct,
    Explanation,
    References,
    Answer(usize),
    Match(usize),
    Rationale(usize),
}

const SINGLE: [(&str, Column); 10] = [
    ("key", Column::Key),
    ("kind", Column::Kind),
    ("domain", Column::Domain),
    ("task", Column::Task),
    ("difficulty", Column::Difficulty),
    ("tags", Column::Tags),
    ("stem", Column::Stem),
    ("correct", Column::Correct),
    ("explanation", Column::Explanation),
    ("references", Column::References),
];

/// All columns in the order in which they are written; rarely used ones come last.
pub(super) fn all() -> impl Iterator<Item = (String, Column)> {
    let numbered = (0..ANSWERS).flat_map(|index| {
        let name = |word: &str| format!("{word}_{}", index + 1);
        [
            (name("answer"), Column::Answer(index)),
            (name("match"), Column::Match(index)),
            (name("rationale"), Column::Rationale(index)),
        ]
    });
    SINGLE.iter().map(|&(name, column)| (name.to_owned(), column)).chain(numbered)
}

/// The columns of a header, or all errors in it. Columns without a name, which spreadsheets write, must be empty.
pub(super) fn named(header: &StringRecord) -> Result<Vec<Option<Column>>, Vec<String>> {
    // `Answer 1`, `answer1` and `Answer A` are `answer_1`.
    let plain = |name: &str| name.trim().to_lowercase().replace([' ', '_', '-', '\u{a0}'], "");
    let known: Vec<(String, String, Column)> = all().map(|(name, column)| (plain(&name), name, column)).collect();
    let find = |name: &str| {
        let wanted = plain(name);
        known
            .iter()
            .find(|(known, _, column)| *known == wanted || lettered(*column).is_some_and(|known| known == wanted))
    };
    let mut flaws = Vec::new();
    let is_nameless = |name: &str| name.trim().is_empty();
    let unknown = header.iter().filter(|name| !is_nameless(name) && find(name).is_none());
    let unknown: Vec<&str> = unknown.take(NAMED).collect();
    if !unknown.is_empty() {
        flaws.push(unknown_columns(&unknown));
    }
    let mut columns = Vec::new();
    for found in header.iter().map(find) {
        if let Some((_, name, column)) = found
            && columns.contains(&Some(*column))
        {
            flaws.push(format!("has the column `{name}` twice"));
        }
        columns.push(found.map(|(.., column)| *column));
    }
    if !columns.contains(&Some(Column::Stem)) {
        flaws.push("has no column `stem`".into());
    }
    if flaws.is_empty() { Ok(columns) } else { Err(flaws) }
}

/// The name of a column of an answer with its letter.
fn lettered(column: Column) -> Option<String> {
    let (word, index) = match column {
        Column::Answer(index) => ("answer", index),
        Column::Match(index) => ("match", index),
        Column::Rationale(index) => ("rationale", index),
        _ => return None,
    };
    ('a'..='z').nth(index).map(|letter| format!("{word}{letter}"))
}

fn unknown_columns(names: &[&str]) -> String {
    let quote = |name: &&str| format!("`{}`", name.trim().chars().take(40).collect::<String>());
    let unknown: Vec<String> = names.iter().map(quote).collect();
    let known: Vec<&str> = SINGLE.iter().map(|(name, _)| *name).collect();
    format!(
        "has unknown columns, {}: the first row must name the columns. Known columns are {}, and answer_N, match_N \
         and rationale_N for N from 1 to {ANSWERS}",
        unknown.join(", "),
        known.join(", ")
    )
}
