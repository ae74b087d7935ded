//! What stands between the braces.

use super::{
    ARROW,
    blocks::Flaw,
    escapes::{find, split_once, unescaped},
    texts::{Format, to_markdown, to_plain},
};
use crate::{
    interchange::bounds,
    questions::model::{AnswerContent, QuestionKind},
};

/// What the whole answer earns, in percent.
const FULL: f64 = 100.0;

/// The answers of a question and what it asks for, or why the bank cannot hold it.
pub type Answers = Result<(QuestionKind, Vec<AnswerContent>), &'static str>;

/// Reads what stands between the braces, without what is said about the question as a whole.
pub fn read(text: &str, format: Format) -> Result<Answers, Flaw> {
    let has = |mark| find(text, mark).is_some();
    match text.trim() {
        "" => Ok(Err("it is an essay question: the bank holds answers to choose from")),
        number if number.starts_with('#') => Ok(Err("a number is to be typed: the bank holds answers to choose from")),
        _ if marks(text).nth(bounds::ANSWER_LIMIT).is_some() => Ok(Err("it has more than 100 answers")),
        _ if has("~") => Ok(Ok(choices(&marked(text)?, format))),
        _ if has("=") && has(ARROW) => Ok(Ok((QuestionKind::Matching, pairs(&marked(text)?, format)?))),
        text => Ok(true_or_false(text, format).ok_or("words are to be typed: the bank holds answers to choose from")),
    }
}

/// What begins with `=` or `~`.
struct Marked<'a> {
    at: usize,
    is_right: bool,
    text: &'a str,
}

impl<'a> Marked<'a> {
    /// What it earns in percent, told or meant, and the text without that.
    fn weighted(&self) -> (f64, &'a str) {
        weight(self.text).unwrap_or((if self.is_right { FULL } else { 0.0 }, self.text))
    }
}

fn marks(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    unescaped(text).filter(|(_, c)| matches!(c, '=' | '~'))
}

fn marked(text: &str) -> Result<Vec<Marked<'_>>, Flaw> {
    let marks: Vec<(usize, char)> = marks(text).collect();
    let first = marks.first().map_or(text.len(), |&(at, _)| at);
    if let Some(at) = text[..first].find(|c: char| !c.is_whitespace()) {
        return Err(Flaw { at, detail: "there is text before the first answer: begin each answer with = or ~" });
    }
    let ends = marks.iter().skip(1).map(|&(at, _)| at).chain([text.len()]);
    let marked = |(&(at, mark), end)| Marked { at, is_right: mark == '=', text: &text[at + 1..end] };
    Ok(marks.iter().zip(ends).map(marked).collect())
}

fn choices(marked: &[Marked], format: Format) -> (QuestionKind, Vec<AnswerContent>) {
    let weighted: Vec<(f64, &str)> = marked.iter().map(Marked::weighted).collect();
    let enough = if weighted.iter().any(|&(weight, _)| weight >= FULL) { FULL } else { f64::MIN_POSITIVE };
    let answers = weighted.into_iter().map(|(weight, text)| choice(text, weight >= enough, format));
    let answers: Vec<AnswerContent> = answers.collect();
    match answers.iter().filter(|answer| answer.is_correct).count() {
        0 | 1 => (QuestionKind::SingleChoice, answers),
        _ => (QuestionKind::MultipleResponse, answers),
    }
}

fn choice(text: &str, is_correct: bool, format: Format) -> AnswerContent {
    let (body, rationale) = split_once(text, "#").unwrap_or((text, ""));
    answer(to_markdown(body, format), is_correct, to_markdown(rationale, format))
}

fn answer(body: String, is_correct: bool, rationale: String) -> AnswerContent {
    AnswerContent { body, is_correct, rationale, match_body: None }
}

/// The percentage that an answer begins with, and the text after that.
fn weight(text: &str) -> Option<(f64, &str)> {
    let (number, text) = text.trim_start().strip_prefix('%')?.split_once('%')?;
    let is_number = number.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '.'));
    Some((number.parse().ok().filter(|_| is_number)?, text))
}

fn pairs(marked: &[Marked], format: Format) -> Result<Vec<AnswerContent>, Flaw> {
    marked
        .iter()
        .map(|pair| {
            let detail = "this pair has no ->: write it between the sides, or escape a = that begins no pair as \\=";
            let (left, right) = split_once(pair.text, ARROW).ok_or(Flaw { at: pair.at, detail })?;
            let left = to_markdown(left, format);
            let match_body = Some(bounds::from_plain(&to_plain(right)));
            Ok(AnswerContent { is_correct: !left.is_empty(), body: left, rationale: String::new(), match_body })
        })
        .collect()
}

fn true_or_false(text: &str, format: Format) -> Option<(QuestionKind, Vec<AnswerContent>)> {
    let (truth, feedback) = split_once(text, "#").unwrap_or((text, ""));
    let is_true = match truth.trim() {
        "T" | "TRUE" => true,
        "F" | "FALSE" => false,
        _ => return None,
    };
    let (on_wrong, on_right) = split_once(feedback, "#").unwrap_or((feedback, ""));
    let [on_wrong, on_right] = [on_wrong, on_right].map(|text| to_markdown(text, format));
    let (on_true, on_false) = if is_true { (on_right, on_wrong) } else { (on_wrong, on_right) };
    let answers = vec![answer("True".into(), is_true, on_true), answer("False".into(), !is_true, on_false)];
    Some((QuestionKind::SingleChoice, answers))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_and_bodies(text: &str) -> (QuestionKind, Vec<String>) {
        let (kind, answers) = read(text, Format::Plain).unwrap().unwrap();
        let line = |a: AnswerContent| {
            let matched = a.match_body.map(|matched| format!(">{matched}")).unwrap_or_default();
            let rationale = if a.rationale.is_empty() { String::new() } else { format!(" ({})", a.rationale) };
            format!("{}{}{matched}{rationale}", if a.is_correct { "+" } else { "-" }, a.body)
        };
        (kind, answers.into_iter().map(line).collect())
    }

    #[test]
    fn more_answers_than_can_be_held_are_not_looked_at() {
        let text = |count: usize| format!("=a {}", "~b ".repeat(count - 1));
        assert_eq!(read(&text(100), Format::Plain).unwrap().unwrap().1.len(), 100);
        assert!(read(&text(101), Format::Plain).unwrap().is_err());
    }

    #[test]
    fn every_form_of_answers_is_read() {
        use QuestionKind::{Matching, MultipleResponse, SingleChoice};
        for (text, kind, bodies) in [
            ("~a =b ~c", SingleChoice, ["-a", "+b", "-c"].as_slice()),
            ("= a # so # there ~b\\=c#\\#no\n", SingleChoice, &["+a (so # there)", "-b=c (#no)"]),
            ("=a =b ~c", MultipleResponse, &["+a", "+b", "-c"]),
            ("~%33.33333%a ~%-100%b ~%33.33333%c ~ %33.33333% d", MultipleResponse, &["+a", "-b", "+c", "+d"]),
            ("~%100%a ~%-50%b", SingleChoice, &["+a", "-b"]),
            ("~%50%half =full ~%0%none", SingleChoice, &["-half", "+full", "-none"]),
            ("=%50%half ~%100%full", SingleChoice, &["-half", "+full"]),
            ("=a ~%5x% off ~%inf%b ~%c", SingleChoice, &["+a", "-%5x% off", "-%inf%b", "-%c"]),
            ("~go -> there =stay -> here", SingleChoice, &["-go -> there", "+stay -> here"]),
            ("~a ~b", SingleChoice, &["-a", "-b"]),
            ("T", SingleChoice, &["+True", "-False"]),
            (" FALSE ", SingleChoice, &["-True", "+False"]),
            ("TRUE#wrong#right", SingleChoice, &["+True (right)", "-False (wrong)"]),
            ("F#wrong", SingleChoice, &["-True (wrong)", "+False"]),
            ("F##right", SingleChoice, &["-True", "+False (right)"]),
            ("=a -> 1 = b\\=c->2 -> 3 = -> 4", Matching, &["+a>1", "+b=c>2 -> 3", "->4"]),
        ] {
            let (found_kind, found) = kind_and_bodies(text);
            assert_eq!((found_kind, found), (kind, bodies.iter().map(ToString::to_string).collect()), "{text}");
        }
    }

    #[test]
    fn what_is_typed_has_no_place_in_the_bank() {
        for (text, reason) in [
            (" ", "an essay"),
            ("#3:2", "number"),
            ("#\n=3:2#yes\n~#no", "number"),
            ("=four =4", "words"),
            ("One", "words"),
            ("True", "words"),
            ("a -> b", "words"),
        ] {
            let found = read(text, Format::Plain).unwrap().unwrap_err();
            assert!(found.contains(reason), "{text}: {found}");
        }
    }

    #[test]
    fn flaws_are_located() {
        for (text, at) in [(" x ~a =b", 1), ("=a->b\n=c\n=d->e", 6), ("a =b->c", 0)] {
            assert_eq!(read(text, Format::Plain).unwrap_err().at, at, "{text}");
        }
    }
}
