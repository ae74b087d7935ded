//! Search words: how texts are split into words, and how search texts are parsed.
//!
//! The program splits texts, not the databases, so that both find the same. A word is a run of letters and digits, in
//! lower case; a tag is one word, marked so that no text can be mistaken for it.

use std::{collections::BTreeSet, fmt::Write};

use super::{model::Content, queries};
use crate::{db::DbConnection, error::Error};

/// The maximum number of characters of a word that are stored.
const WORD_LIMIT: usize = 60;
/// The maximum length of all words of a question in bytes: a `tsvector` of PostgreSQL holds less than 1 MiB. Texts of
/// ASCII letters never reach it.
const WORDS_LIMIT: usize = 1_000_000;
/// The number of questions whose words are stored together.
const BATCH: i64 = 1000;
/// The maximum number of words in a search.
pub const TERM_LIMIT: usize = 20;

/// A search term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// The word.
    Word(String),
    /// Words that begin with this.
    Prefix(String),
}

/// Stores the words of questions that have none yet, because they are older than the table.
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

/// The words of a question, each once, separated by spaces: of tags, key, stem, explanation and answers. Words
/// beyond `WORDS_LIMIT`, counted in this order, are left out.
pub fn words(content: &Content, external_key: Option<&str>) -> String {
    let tags = content.tags.iter().map(String::as_str);
    let of_answers = content.answers.iter().flat_map(|a| [Some(a.body.as_str()), a.match_body.as_deref()]).flatten();
    let texts = tags.clone().chain(external_key).chain([content.stem.as_str(), &content.explanation]).chain(of_answers);
    let (mut found, mut length) = (BTreeSet::new(), 0);
    for word in tags.map(tag_word).chain(texts.flat_map(split)) {
        let longer = length + word.len() + 1;
        if longer <= WORDS_LIMIT && found.insert(word) {
            length = longer;
        }
    }
    found.into_iter().collect::<Vec<_>>().join(" ")
}

/// The word that stands for a tag, whatever its case.
pub fn tag_word(tag: &str) -> String {
    tag.trim().to_lowercase().bytes().fold(String::from("#"), |mut word, byte| {
        let _ = write!(word, "{byte:02x}");
        word
    })
}

/// Parses a search text: questions must contain all of its words. `lamb*` is any word that begins with `lamb`.
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
    join(terms, " & ", of_tsquery)
}

/// The same for questions with any of the terms.
pub fn any_as_tsquery(terms: &[Term]) -> String {
    join(terms, " | ", of_tsquery)
}

fn of_tsquery(term: &Term) -> String {
    match term {
        Term::Word(word) => format!("'{word}'"),
        Term::Prefix(word) => format!("'{word}':*"),
    }
}

/// The terms as a query of SQLite's FTS5.
pub fn as_fts5(terms: &[Term]) -> String {
    join(terms, " AND ", of_fts5)
}

/// The same for questions with any of the terms.
pub fn any_as_fts5(terms: &[Term]) -> String {
    join(terms, " OR ", of_fts5)
}

fn of_fts5(term: &Term) -> String {
    match term {
        Term::Word(word) => format!("\"{word}\""),
        Term::Prefix(word) => format!("\"{word}\" *"),
    }
}

fn join(terms: &[Term], between: &str, each: impl Fn(&Term) -> String) -> String {
    terms.iter().map(each).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::questions::model::{AnswerContent, QuestionKind};

    #[test]
    fn the_words_of_the_largest_question_have_a_limit_and_its_tags_come_first() {
        let content = |letter: char, length: usize| {
            let mut number = 0;
            let mut text = || {
                let words = std::iter::repeat_with(|| {
                    number += 1;
                    format!("{number}{}", letter.to_string().repeat(length))
                });
                words.take(10_000 / (length + 7)).collect::<Vec<_>>().join(" ")
            };
            let answers = (0..20).map(|_| AnswerContent {
                body: text(),
                is_correct: true,
                rationale: text(),
                match_body: Some(text()),
            });
            Content {
                kind: QuestionKind::Matching,
                answers: answers.collect(),
                stem: text(),
                explanation: text(),
                references: vec![],
                tags: vec!["S3".into()],
                difficulty: 1,
            }
        };
        let long = words(&content('𠀀', 53), Some("key-1"));
        assert!((WORDS_LIMIT - 300..=WORDS_LIMIT).contains(&long.len()), "{}", long.len());
        let has = |word: &str| long.split(' ').any(|found| found == word);
        assert!(["#7333", "s3", "key"].into_iter().all(has));
        let ascii = words(&content('x', 4), None);
        assert_eq!(ascii.split(' ').count(), 42 * (10_000 / 11) + 2);
    }

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
    fn searches_match_all_words_and_prefixes() {
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
