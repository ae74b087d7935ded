//! Words: how texts are split for searching, and what a search asks for.
//!
//! The program splits, not the databases, so that both find the same. A word is a run of letters and digits, in lower
//! case; a tag is one word, marked so that no text can be mistaken for it.

use std::{collections::BTreeSet, fmt::Write};

use super::{model::Content, queries};
use crate::{db::DbConnection, error::Error};

/// The most characters of a word that count.
const WORD_LIMIT: usize = 60;
/// Questions whose words are stored together.
const BATCH: i64 = 1000;
/// The most words that a search may ask for.
pub const TERM_LIMIT: usize = 20;

/// What is found when a word is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// The word.
    Word(String),
    /// Words that begin so.
    Prefix(String),
}

/// Stores the words of questions that have none yet: those that were there before the table was.
pub fn fill(conn: &mut DbConnection) -> Result<usize, Error> {
    let found = queries::without_words(conn, BATCH)?;
    let words: Vec<_> = found
        .iter()
        .map(|(question, answers)| {
            (question.id, words(&Content::of(question, answers), question.external_key.as_deref()))
        })
        .collect();
    queries::put_words(conn, &words, false)?;
    Ok(words.len())
}

/// The words of a question, each once, with white space between them: of stem, answers, explanation, tags and key.
pub fn words(content: &Content, external_key: Option<&str>) -> String {
    let mut found = BTreeSet::new();
    let texts = [content.stem.as_str(), &content.explanation];
    let of_answers = content.answers.iter().flat_map(|a| [Some(a.body.as_str()), a.match_body.as_deref()]).flatten();
    for text in texts.into_iter().chain(of_answers).chain(content.tags.iter().map(String::as_str)).chain(external_key) {
        found.extend(split(text));
    }
    found.extend(content.tags.iter().map(|tag| tag_word(tag)));
    found.into_iter().collect::<Vec<_>>().join(" ")
}

/// The word that stands for a tag, whatever its case.
pub fn tag_word(tag: &str) -> String {
    tag.trim().to_lowercase().bytes().fold(String::from("#"), |mut word, byte| {
        let _ = write!(word, "{byte:02x}");
        word
    })
}

/// What a search text asks for: questions with all of its words, where `lamb*` is any word that begins so.
pub fn terms(text: &str) -> Vec<Term> {
    let mut found = Vec::new();
    for part in text.split_whitespace() {
        let mut words: Vec<String> = split(part).collect();
        if part.ends_with('*')
            && let Some(last) = words.pop()
        {
            found.extend(words.into_iter().map(Term::Word));
            found.push(Term::Prefix(last));
        } else {
            found.extend(words.into_iter().map(Term::Word));
        }
    }
    found
}

fn split(text: &str) -> impl Iterator<Item = String> {
    let runs = text.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty());
    runs.map(|run| run.to_lowercase().chars().filter(|c| c.is_alphanumeric()).take(WORD_LIMIT).collect())
}

/// The terms as PostgreSQL's `tsquery`. Words are letters and digits, so that quotes hold them.
pub fn as_tsquery(terms: &[Term]) -> String {
    join(terms, " & ", |term| match term {
        Term::Word(word) => format!("'{word}'"),
        Term::Prefix(word) => format!("'{word}':*"),
    })
}

/// The terms as a query of SQLite's FTS5.
pub fn as_fts5(terms: &[Term]) -> String {
    join(terms, " AND ", |term| match term {
        Term::Word(word) => format!("\"{word}\""),
        Term::Prefix(word) => format!("\"{word}\" *"),
    })
}

fn join(terms: &[Term], between: &str, each: impl Fn(&Term) -> String) -> String {
    terms.iter().map(each).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_are_split_into_words() {
        let all = |text: &str| split(text).collect::<Vec<_>>();
        assert_eq!(
            all("Amazon S3 (us-east-1): naïve, C++ & 10.0.0.1"),
            ["amazon", "s3", "us", "east", "1", "naïve", "c", "10", "0", "0", "1"]
        );
        assert_eq!(all("  ...  "), Vec::<String>::new());
    }

    #[test]
    fn searches_ask_for_all_words_and_for_beginnings() {
        let terms = terms("S3 us-east* lamb* \"' & | :*");
        assert_eq!(as_tsquery(&terms), "'s3' & 'us' & 'east':* & 'lamb':*");
        assert_eq!(as_fts5(&terms), "\"s3\" AND \"us\" AND \"east\" * AND \"lamb\" *");
        assert_eq!(tag_word(" S3 "), "#7333");
    }

    proptest! {
        #[test]
        fn no_text_breaks_out_of_the_quotes(text in ".*") {
            for term in terms(&text) {
                let (Term::Word(word) | Term::Prefix(word)) = term;
                prop_assert!(word.chars().all(char::is_alphanumeric) && !word.is_empty() && word.chars().count() <= WORD_LIMIT);
            }
        }
    }
}
