//! The checks that a draft must pass before it is stored, cheapest first.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    language,
    parse::{Parsed, parse},
    settings::Site,
    shape, shuffle,
    writer::{Brief, NearDuplicate, Refusal},
};
use crate::{
    characters::{self, words_within},
    markdown,
    questions::{
        lint::{self, Subjects, Warning},
        model::Content,
        validation::checked,
    },
};

/// The guards in the order in which they run: the rule that a refusal names, and what it refuses. `lint/` stands for
/// all rules of [`lint::RULES`], such as `lint/key-longest`, and for `lint/aged-subject`.
pub const RULES: &[(&str, &str)] = &[
    ("schema", "Not a question: no object, a field that is missing, of another type, or outside its bounds."),
    ("task", "A task that was not among those to choose from."),
    ("key", "Another number of right answers than the kind has, such as two for a single choice."),
    ("misconceptions", "Fewer than three misconceptions, or fewer than there are distractors."),
    ("references", "No reference to a site of REFERENCE_SITES. References to other sites are left out."),
    ("links", "A link, an image, or a web address outside of code in a text."),
    ("validation", "What the bank cannot hold, such as raw HTML or two equal answers."),
    ("hidden-characters", "A character that is not seen, or that changes the direction of writing."),
    ("tags", "A tag with more than letters, digits, spaces and `-.+/&`."),
    ("language", "Texts that are clearly in another language than asked."),
    ("lint/", "What item writers advise against: a warning of lint. Rules about English wording judge English alone."),
    (
        "near-duplicate",
        "A question that says much the same as one of the bank or of the job; its outcome is `duplicate`.",
    ),
];

/// Lint rules that rely on English words and would misjudge other languages.
const ENGLISH_LINT: [&str; 6] =
    ["unclear-stem", "negative-stem", "choose-count", "absolute-terms", "repeated-stem-word", "grammatical-cue"];

/// The task and the content of a draft that passes, with its answers shuffled; otherwise the first refusal.
pub fn check(input: &Value, brief: &Brief, sites: &[Site]) -> Result<(String, Content), Refusal> {
    let Parsed { task, misconceptions, mut content } = parse(input, brief.kind)?;
    if !brief.tasks.iter().any(|known| known.code == task) {
        return Err(Refusal::new("task", "is not one of the tasks to choose from"));
    }
    key(&content)?;
    enough_misconceptions(&misconceptions, &content)?;
    content.references.retain(|reference| sites.iter().any(|site| site.has(&reference.url)));
    if content.references.is_empty() {
        return Err(Refusal::new("references", "none points to a site in REFERENCE_SITES"));
    }
    if texts(&content).any(markdown::has_links) {
        return Err(Refusal::new("links", "a text has a link, an image or a web address"));
    }
    let mut content = checked(content).map_err(|faults| {
        let first = faults.first().map(|fault| format!("{} {}", fault.pointer, fault.detail));
        Refusal::new("validation", &first.unwrap_or_default())
    })?;
    all_is_seen(&content)?;
    in_language(&content, &brief.language)?;
    shuffle::shuffle(&mut content, &mut rand::rng());
    well_written(&content, &brief.language)?;
    up_to_date(&content, &brief.subjects)?;
    Ok((task, content))
}

/// The number of characters of the other question's stem that the refusal of a near-duplicate quotes.
const STEM_TOLD: usize = 80;

/// The refusal of a near-duplicate.
pub fn duplicate(near: &NearDuplicate) -> Refusal {
    let percent = (near.similarity * 100.0).floor();
    let stem = words_within(&near.stem, STEM_TOLD);
    Refusal::new("near-duplicate", &format!("is {percent} % similar to {}: {stem}", near.name))
}

fn key(content: &Content) -> Result<(), Refusal> {
    let (_, wanted) = shape::answers(content.kind);
    let right = content.answers.iter().filter(|answer| answer.is_correct).count();
    if wanted.contains(&right) {
        return Ok(());
    }
    let detail = format!("has {right} right answers, but {} needs {}", content.kind, shape::in_words(&wanted));
    Err(Refusal::new("key", &detail))
}

fn enough_misconceptions(misconceptions: &[String], content: &Content) -> Result<(), Refusal> {
    let mut distinct: Vec<String> = misconceptions.iter().map(|text| text.trim().to_lowercase()).collect();
    distinct.sort_unstable();
    distinct.dedup();
    let distractors = content.answers.iter().filter(|answer| !answer.is_correct).count();
    let needed = distractors.max(*shape::MISCONCEPTIONS.start());
    if distinct.len() >= needed {
        return Ok(());
    }
    Err(Refusal::new(
        "misconceptions",
        &format!("{} different ones are listed, but {needed} are needed", distinct.len()),
    ))
}

/// Refuses hidden characters, which reviewers would not see. In normal form, entities are already decoded.
fn all_is_seen(content: &Content) -> Result<(), Refusal> {
    // Tags are names: validation already rejects such a character in one.
    if let Some(c) = texts(content).find_map(characters::find_hidden) {
        let detail = format!("a text has the character U+{:04X}, which is invisible", u32::from(c));
        return Err(Refusal::new("hidden-characters", &detail));
    }
    let is_of_tags = |c: char| characters::is_of_word(c) || " -.+/&".contains(c);
    match content.tags.iter().find(|tag| !tag.chars().all(is_of_tags)) {
        None => Ok(()),
        Some(tag) => Err(Refusal::new(
            "tags",
            &format!("{tag:?} has characters other than letters, digits, spaces, -, ., +, / and &"),
        )),
    }
}

/// Checks the stem, the explanation and the rationales separately: a model may switch to another language halfway.
/// Answers are not checked, since names of services look like French.
fn in_language(content: &Content, wanted: &str) -> Result<(), Refusal> {
    let rationales: Vec<&str> = content.answers.iter().map(|answer| answer.rationale.as_str()).collect();
    let texts = [&content.stem, &content.explanation, &rationales.join("\n\n")];
    let found = texts.iter().find_map(|text| language::other_than(wanted, &markdown::to_plain(text)));
    found.map_or(Ok(()), |name| Err(Refusal::new("language", &format!("is in {name}, but {wanted} was requested"))))
}

fn well_written(content: &Content, wanted: &str) -> Result<(), Refusal> {
    let is_english = language::is_english(wanted);
    let mut warnings = lint::question(content).into_iter();
    let warning = warnings.find(|warning| is_english || !ENGLISH_LINT.contains(&warning.rule));
    warning.map_or(Ok(()), |warning| Err(advised_against(&warning)))
}

fn up_to_date(content: &Content, subjects: &Subjects) -> Result<(), Refusal> {
    lint::aged(content, &BTreeSet::new(), subjects).first().map_or(Ok(()), |warning| Err(advised_against(warning)))
}

fn advised_against(Warning { rule, pointer, reason, .. }: &Warning) -> Refusal {
    Refusal::new(&format!("lint/{rule}"), &format!("{pointer} {reason}"))
}

/// All texts in Markdown.
fn texts(content: &Content) -> impl Iterator<Item = &str> {
    let answers = content.answers.iter();
    let answers = answers.flat_map(|a| [Some(a.body.as_str()), Some(a.rationale.as_str()), a.match_body.as_deref()]);
    let titles = content.references.iter().map(|reference| reference.title.as_str());
    [content.stem.as_str(), content.explanation.as_str()].into_iter().chain(answers.flatten()).chain(titles)
}

#[cfg(test)]
mod tests;
