//! A question as the fields and tags of a note.

use std::collections::BTreeSet;

use sha1::{Digest, Sha1};

use crate::{
    interchange::{labels, model::Export},
    markdown::{to_html, to_plain},
    questions::{
        model::{AnswerContent, QuestionKind},
        placement::{names_all_above, names_letters},
    },
};

/// The fields. Question and options are the front of the card; the answer on the back shows the options again, marked.
pub(super) const FIELDS: [&str; 5] = ["Key", "Question", "Options", "Answer", "Explanation"];
/// The field by which Anki's browser lists and sorts notes: the question.
pub(super) const SORT_FIELD: usize = 1;

/// The contents of the fields, as HTML.
pub(super) fn fields(question: &Export) -> [String; FIELDS.len()] {
    let content = &question.content;
    let explanation = labels::explanation(&content.explanation, &content.references);
    let explanation = if explanation.is_empty() { explanation } else { to_html(&explanation) };
    let [options, answer] = match content.kind {
        QuestionKind::Ordering => ordering(question),
        QuestionKind::Matching => matching(&content.answers),
        QuestionKind::SingleChoice | QuestionKind::MultipleResponse => choice(question),
    };
    // Anki separates fields by U+001F, and plays and typesets what stands in its square brackets: [sound:…], [latex].
    let fields = [escape(&question.key), to_html(&content.stem), options, answer, explanation];
    fields.map(|text| text.replace('\u{1f}', "").replace('[', "&#91;"))
}

/// The sort field without its HTML.
pub(super) fn sort_field(question: &Export) -> String {
    to_plain(&question.content.stem).replace('\u{1f}', "")
}

fn choice(question: &Export) -> [String; 2] {
    let shown = arranged(question);
    let right: Vec<String> = (b'A'..=b'Z')
        .zip(&shown)
        .filter(|(_, answer)| answer.is_correct)
        .map(|(letter, _)| char::from(letter).to_string())
        .collect();
    let task = if right.len() == 1 { "Choose one.".to_owned() } else { format!("Choose {}.", right.len()) };
    let options = shown.iter().map(|answer| item("", &to_html(&answer.body)));
    let marked = shown.iter().map(|answer| {
        let class = if answer.is_correct { "right" } else { "" };
        item(class, &(to_html(&answer.body) + &why(answer)))
    });
    [letters(&task, options), letters(&format!("Answer: {}", right.join(", ")), marked)]
}

fn ordering(question: &Export) -> [String; 2] {
    let options = arranged(question).into_iter().map(|answer| item("", &to_html(&answer.body)));
    let ordered = question.content.answers.iter().map(|answer| item("", &(to_html(&answer.body) + &why(answer))));
    let list = format!("<ol>{}</ol>", ordered.collect::<String>());
    [letters("Put these in the right order.", options), list]
}

fn matching(answers: &[AnswerContent]) -> [String; 2] {
    let matched = |answer: &AnswerContent| answer.match_body.as_deref().map(to_html).unwrap_or_default();
    let left = answers.iter().filter(|answer| answer.is_correct).map(|answer| item("", &to_html(&answer.body)));
    // Sorted, so that the order reveals nothing, and without repetitions.
    let right: BTreeSet<&str> = answers.iter().filter_map(|answer| answer.match_body.as_deref()).collect();
    let right: String = right.into_iter().map(|text| item("", &to_html(text))).collect();
    let options = letters("Which of the second list belongs to each of the first?", left);
    let pair = |answer: &AnswerContent| {
        let left = if answer.is_correct { to_html(&answer.body) } else { "<p>(nothing)</p>".to_owned() };
        format!("<tr><td>{left}</td><td><p>→</p></td><td>{}{}</td></tr>", matched(answer), why(answer))
    };
    let pairs: String = answers.iter().map(pair).collect();
    [format!("{options}<ul>{right}</ul>"), format!("<table class=\"pairs\">{pairs}</table>")]
}

fn letters(above: &str, items: impl Iterator<Item = String>) -> String {
    format!("<p class=\"task\">{above}</p><ol type=\"A\">{}</ol>", items.collect::<String>())
}

fn item(class: &str, html: &str) -> String {
    if class.is_empty() { format!("<li>{html}</li>") } else { format!("<li class=\"{class}\">{html}</li>") }
}

fn why(answer: &AnswerContent) -> String {
    let text = &answer.rationale;
    if text.is_empty() { String::new() } else { format!("<div class=\"why\">{}</div>", to_html(text)) }
}

/// The answers in an order that does not reveal the key and is the same in every export; in written order if answers
/// refer to others by position.
fn arranged(question: &Export) -> Vec<&AnswerContent> {
    let content = &question.content;
    let mut shown: Vec<&AnswerContent> = content.answers.iter().collect();
    if content.kind == QuestionKind::Ordering
        || !shown.iter().any(|answer| names_all_above(&answer.body) || names_letters(&answer.body))
    {
        let hash = |text: &str| Sha1::new_with_prefix(&question.key).chain_update(text).finalize();
        shown.sort_by_cached_key(|answer| hash(&answer.body));
    }
    shown
}

/// The tags in Anki's notation: separated and surrounded by spaces.
pub(super) fn tags(question: &Export) -> String {
    let (number, name) = &question.domain;
    let filed = |name: String| tag(&name.to_lowercase().replace(':', " "));
    let domain = format!("domain::{}", filed(format!("{number} {name}")));
    let task = question.task.iter().map(|(code, name)| format!("task::{}", filed(format!("{code} {name}"))));
    let difficulty = format!("difficulty::{}", question.content.difficulty);
    let own = question.content.tags.iter().map(|own| tag(own));
    let all = [domain].into_iter().chain(task).chain([difficulty]).chain(own).filter(|tag| !tag.is_empty());
    all.map(|tag| format!(" {tag}")).chain([" ".to_owned()]).collect()
}

/// A label without characters that Anki does not allow in tags: spaces, quotes, control characters.
fn tag(label: &str) -> String {
    let words = label.split(|c: char| c.is_whitespace() || c.is_control() || c == '"');
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
