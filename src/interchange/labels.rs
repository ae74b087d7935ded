//! Represents domain, task, difficulty and references in formats that have no place for them.

use std::collections::HashSet;

use super::model::{ExamHead, Export};
use crate::{markdown, questions::model::Reference};

/// The default difficulty.
pub const DEFAULT_DIFFICULTY: i32 = 3;
const DIFFICULTY: &str = "difficulty:";
const REFERENCES: &str = "References:";

/// The longest path of a category, in bytes: every question has a copy of it.
const PATH_LIMIT: usize = 8_000;
/// The most names in a path.
const DEPTH_LIMIT: usize = 20;

/// Splits the path of a category into names, unless it is too long.
pub fn split_category(path: &str, split: impl FnOnce(&str) -> Vec<String>) -> Result<Vec<String>, String> {
    let names = if path.len() <= PATH_LIMIT { split(path) } else { Vec::new() };
    if path.len() <= PATH_LIMIT && names.len() <= DEPTH_LIMIT {
        return Ok(names);
    }
    Err(format!("a category has {PATH_LIMIT} bytes and {DEPTH_LIMIT} levels at most"))
}

/// The path of a question's category: exam, domain, task.
pub fn category(exam: &ExamHead, question: &Export) -> Vec<String> {
    let domain = format!("{} {}", question.domain.0, question.domain.1);
    let task = question.task.iter().map(|(code, name)| format!("{code} {name}"));
    [exam.code.clone(), domain].into_iter().chain(task).collect()
}

/// The tags of a question, its difficulty among them.
pub fn tags(question: &Export) -> Vec<String> {
    let difficulty = format!("{DIFFICULTY}{}", question.content.difficulty);
    question.content.tags.iter().cloned().chain([difficulty]).collect()
}

/// Splits tags into the difficulty and all other tags.
pub fn split_tags(tags: Vec<String>) -> (Vec<String>, i32) {
    let mut difficulty = DEFAULT_DIFFICULTY;
    let mut seen = HashSet::new();
    let mut rest = Vec::new();
    for tag in tags {
        match tag.strip_prefix(DIFFICULTY).and_then(|number| number.trim().parse().ok()) {
            Some(number @ 1..=5) => difficulty = number,
            _ if tag.trim().is_empty() || !seen.insert(tag.clone()) => {}
            _ => rest.push(tag),
        }
    }
    (rest, difficulty)
}

/// The explanation with the references below it, as Markdown in normal form.
pub fn explanation(explanation: &str, references: &[Reference]) -> String {
    if references.is_empty() {
        return explanation.to_owned();
    }
    let list: Vec<String> = references.iter().map(|one| markdown::link_item(&one.title, &one.url)).collect();
    let above = if explanation.is_empty() { String::new() } else { format!("{explanation}\n\n") };
    format!("{above}{REFERENCES}\n\n{}", list.join("\n"))
}

/// Splits an explanation from the references below it. The text is Markdown in normal form.
pub fn split_explanation(text: &str) -> (String, Vec<Reference>) {
    let whole = || (text.to_owned(), Vec::new());
    let (above, list) = match text.rsplit_once(REFERENCES) {
        Some((above, list)) if above.is_empty() || above.ends_with('\n') => (above, list),
        _ => return whole(),
    };
    let lines = list.lines().filter(|line| !line.trim().is_empty());
    let reference = |line| markdown::split_link_item(line).map(|(title, url)| Reference { title, url });
    match lines.map(reference).collect::<Option<Vec<_>>>() {
        Some(references) if !references.is_empty() => (above.trim_end().to_owned(), references),
        _ => whole(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_below_the_explanation_survive_a_round_trip() {
        let references = [
            Reference { title: "The [new] \\ guide".into(), url: "https://example.org/a(b)?c=d".into() },
            Reference { title: "Other".into(), url: "http://example.org".into() },
        ];
        for above in ["", "Because.", "Because.\n\n- one\n- two"] {
            let text = explanation(above, &references);
            assert_eq!(split_explanation(&text), (above.to_owned(), references.to_vec()), "{text}");
            assert_eq!(split_explanation(&explanation(above, &[])), (above.to_owned(), vec![]));
        }
        let loose = "Why.\n\nReferences:\n\n* [A](https://a.example)";
        assert_eq!(split_explanation(loose).1.len(), 1);
        for none in ["References: see the guide", "References:\n\n- [x](javascript:alert(1))", "References:"] {
            assert_eq!(split_explanation(none), (none.to_owned(), vec![]));
        }
    }

    #[test]
    fn the_difficulty_is_stored_as_a_tag() {
        let tags = |tags: &[&str]| split_tags(tags.iter().map(|tag| (*tag).to_owned()).collect());
        assert_eq!(tags(&["s3", "difficulty:5", "s3", ""]), (vec!["s3".to_owned()], 5));
        assert_eq!(tags(&["difficulty:9"]), (vec!["difficulty:9".to_owned()], DEFAULT_DIFFICULTY));
    }
}
