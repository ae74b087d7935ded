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

/// The columns that a header names, or what is wrong with it.
pub(super) fn named(header: &StringRecord) -> Result<Vec<Column>, String> {
    let known: Vec<(String, Column)> = all().collect();
    let find = |name: &str| known.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.trim()));
    let unknown: Vec<&str> = header.iter().filter(|name| find(name).is_none()).take(NAMED).collect();
    if !unknown.is_empty() {
        return Err(unknown_columns(&unknown));
    }
    let mut columns = Vec::new();
    for (name, column) in header.iter().filter_map(find) {
        if columns.contains(column) {
            return Err(format!("has the column `{name}` twice"));
        }
        columns.push(*column);
    }
    if columns.contains(&Column::Stem) { Ok(columns) } else { Err("has no column `stem`".into()) }
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
