//! The columns and their names.

use csv::StringRecord;

/// The most answers of a question.
pub(super) const ANSWERS: usize = 20;
/// How much of what is wrong an error names.
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

/// All columns in the order in which they are written: those that few questions fill are the last.
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

/// The columns that a header names, or what is wrong with it. Spreadsheets write columns without a name: these are none.
pub(super) fn named(header: &StringRecord) -> Result<Vec<Option<Column>>, String> {
    // `Answer 1` and `answer1` are `answer_1`.
    let plain = |name: &str| name.trim().to_lowercase().replace([' ', '_', '-', '\u{a0}'], "");
    let known: Vec<(String, String, Column)> = all().map(|(name, column)| (plain(&name), name, column)).collect();
    let find = |name: &str| {
        let wanted = plain(name);
        known.iter().find(|(known, ..)| *known == wanted)
    };
    let is_nameless = |name: &str| name.trim().is_empty();
    let unknown = header.iter().filter(|name| !is_nameless(name) && find(name).is_none());
    let unknown: Vec<&str> = unknown.take(NAMED).collect();
    if !unknown.is_empty() {
        return Err(unknown_columns(&unknown));
    }
    let mut columns = Vec::new();
    for found in header.iter().map(find) {
        if let Some((_, name, column)) = found
            && columns.contains(&Some(*column))
        {
            return Err(format!("has the column `{name}` twice"));
        }
        columns.push(found.map(|(.., column)| *column));
    }
    if columns.contains(&Some(Column::Stem)) { Ok(columns) } else { Err("has no column `stem`".into()) }
}

fn unknown_columns(names: &[&str]) -> String {
    let quote = |name: &&str| format!("`{}`", name.trim().chars().take(40).collect::<String>());
    let unknown: Vec<String> = names.iter().map(quote).collect();
    let known: Vec<&str> = SINGLE.iter().map(|(name, _)| *name).collect();
    format!(
        "has unknown columns, {}: the first row must name the columns, and those known are {}, and answer_N, match_N \
         and rationale_N for N from 1 to {ANSWERS}",
        unknown.join(", "),
        known.join(", ")
    )
}
