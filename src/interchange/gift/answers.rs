//! The answers between the braces.

use super::{
    ARROW,
    blocks::Flaw,
    escapes::{find, split_once, unescape, unescaped},
    texts::{Format, to_markdown},
};
pub use crate::interchange::marks::Answers;
use crate::{
    interchange::{
        bounds::{self, Part},
        marks,
    },
    markdown,
    questions::model::{AnswerContent, QuestionKind},
};

/// The full mark, in percent.
pub const FULL: f64 = 100.0;

/// Parses the text between the braces, without the general feedback.
pub fn read(text: &str, format: Format) -> Result<Answers, Flaw> {
    let has = |mark| find(text, mark).is_some();
    Ok(match text.trim() {
        "" => Err("it is an essay question: the bank needs answers to choose from".to_owned()),
        number if number.starts_with('#') => {
            Err("it asks for a typed number: the bank needs answers to choose from".to_owned())
        }
        _ if marks(text).nth(bounds::ANSWER_LIMIT).is_some() => Err(bounds::too_many_answers()),
        _ if has("~") => choices(&marked(text)?, format),
        _ if has("=") && has(ARROW) => pairs(&marked(text)?, format)?,
        text => true_or_false(text, format)
            .unwrap_or_else(|| Err("it asks for typed words: the bank needs answers to choose from".to_owned())),
    })
}

/// An answer, which begins with `=` or `~`.
struct Marked<'a> {
    at: usize,
    is_right: bool,
    text: &'a str,
}

impl<'a> Marked<'a> {
    /// Its percentage, explicit or implied, and the text without it.
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

/// The percentages of all nonblank answers of a choice question.
pub fn shares(text: &str) -> Vec<f64> {
    let is_choice = find(text, "~").is_some();
    let marked = marked(text).unwrap_or_default().into_iter().filter(|_| is_choice);
    marked.map(|mark| mark.weighted()).filter(|(_, text)| !text.trim().is_empty()).map(|(share, _)| share).collect()
}

/// The warning about an answer that ends with `#`, such as `C#`: the `#` begins feedback and is not part of the answer.
pub fn empty_feedback(text: &str) -> Option<String> {
    let marked = marked(text).unwrap_or_default();
    let ends = |mark: &Marked| {
        let (body, feedback) = split_once(mark.text, "#")?;
        Some(feedback.trim().is_empty() && body.ends_with(|c: char| !c.is_whitespace())).filter(|ends| *ends)
    };
    let number = 1 + marked.iter().position(|mark| ends(mark).is_some())?;
    Some(format!(
        "the # after answer {number} begins feedback, but there is none: write \\# if it belongs to the answer"
    ))
}

/// With a `=`, the question takes one answer. Otherwise, all answers with a positive percentage are right together.
fn choices(marked: &[Marked], format: Format) -> Answers {
    let mut answers = Vec::new();
    for (number, mark) in (1..).zip(marked) {
        let (weight, text) = mark.weighted();
        if marked.get(number).is_some_and(|next| next.is_right) && ends_at_attribute(text) {
            return Err(format!("answer {number} ends inside of a tag: write \\= for the = of an attribute"));
        }
        if let Some(share) = comma_share(text) {
            let point = share.replace(',', ".");
            return Err(format!("answer {number} earns %{share}%: write the number with a point, %{point}%"));
        }
        let (body, feedback) = split_once(text, "#").unwrap_or((text, ""));
        let body = to_markdown(Part::Answer(number), body, format)?;
        let rationale = to_markdown(Part::Rationale(number), feedback, format)?;
        if body.is_empty() && !rationale.is_empty() {
            return Err(format!("answer {number} is blank: its # begins feedback; write \\# for a # in a text"));
        }
        answers.push((answer(body, weight > 0.0, rationale), weight));
    }
    let takes_one = marked.iter().any(|mark| mark.is_right) || answers.iter().any(|(_, earned)| *earned >= FULL);
    marks::kind(answers, takes_one)
}

/// Whether a text ends at the name of an attribute in a tag, `<a href`.
fn ends_at_attribute(text: &str) -> bool {
    let Some((_, tag)) = text.rsplit_once('<') else { return false };
    let mut words = tag.split_ascii_whitespace();
    let name = words.next().unwrap_or_default().to_ascii_lowercase();
    let is_name = |word: &str| word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let is_open = !tag.contains('>') && text.ends_with(|c: char| c.is_ascii_alphanumeric());
    is_open && markdown::is_textual(&name) && words.next_back().is_some_and(is_name)
}

fn answer(body: String, is_correct: bool, rationale: String) -> AnswerContent {
    AnswerContent { body, is_correct, rationale, match_body: None }
}

/// The percentage at the beginning of an answer, and the text after it.
fn weight(text: &str) -> Option<(f64, &str)> {
    let (number, text) = text.trim_ascii_start().strip_prefix('%')?.split_once('%')?;
    let is_number = number.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '.'));
    Some((number.parse().ok().filter(|_| is_number)?, text))
}

/// The percentage at the beginning of an answer, if it is written with a decimal comma.
fn comma_share(text: &str) -> Option<&str> {
    let (share, _) = text.trim_ascii_start().strip_prefix('%')?.split_once('%')?;
    let (whole, part) = share.trim_start_matches('-').split_once(',')?;
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(whole) && is_number(part)).then_some(share)
}

fn pairs(marked: &[Marked], format: Format) -> Result<Answers, Flaw> {
    let mut sides = Vec::new();
    for pair in marked {
        let detail = "this pair has no ->: write it between the sides, or escape a = that begins no pair as \\=";
        sides.push(split_once(pair.text, ARROW).ok_or(Flaw { at: pair.at, detail })?);
    }
    let sides = (1..).zip(sides).filter(|(_, (left, right))| !(left.trim().is_empty() && right.trim().is_empty()));
    let answers = sides.map(|(number, (left, right))| {
        let left = to_markdown(Part::Answer(number), left, format)?;
        let match_body = Some(bounds::from_plain(unescape(right).trim_ascii()));
        Ok(AnswerContent { is_correct: !left.is_empty(), body: left, rationale: String::new(), match_body })
    });
    Ok(answers.collect::<Result<_, String>>().map(|answers| (QuestionKind::Matching, answers)))
}

fn true_or_false(text: &str, format: Format) -> Option<Answers> {
    let (truth, feedback) = split_once(text, "#").unwrap_or((text, ""));
    let is_true = match truth.trim() {
        "T" | "TRUE" => true,
        "F" | "FALSE" => false,
        _ => return None,
    };
    let (on_wrong, on_right) = split_once(feedback, "#").unwrap_or((feedback, ""));
    let (on_true, on_false) = if is_true { (on_right, on_wrong) } else { (on_wrong, on_right) };
    let answers = [(1, "True", is_true, on_true), (2, "False", !is_true, on_false)];
    let answers = answers.into_iter().map(|(number, body, is_right, feedback)| {
        let rationale = to_markdown(Part::Rationale(number), feedback, format)?;
        Ok(answer(body.to_owned(), is_right, rationale))
    });
    Some(answers.collect::<Result<_, String>>().map(|answers| (QuestionKind::SingleChoice, answers)))
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
            ("~%33.33333%a ~%-100%b ~%33.33333%c ~ %33.33333% d", MultipleResponse, &["+a", "-b", "+c", "+d"]),
            ("~%100%a ~%-50%b", SingleChoice, &["+a", "-b"]),
            ("~%50%half ~%0%none", SingleChoice, &["+half", "-none"]),
            ("~=a ~b ~ ~%-50% ~c", SingleChoice, &["+a", "-b", "-c"]),
            ("=a ~%5x% off ~%inf%b ~%c", SingleChoice, &["+a", "-%5x% off", "-%inf%b", "-%c"]),
            ("= =a ~b", SingleChoice, &["+a", "-b"]),
            ("==a ~a < b ~<T x =", SingleChoice, &["+a", "-a &lt; b", "-&lt;T x"]),
            ("~%50% ~%50%a ~%50%b ~c", MultipleResponse, &["+a", "+b", "-c"]),
            ("~go -> there =stay -> here", SingleChoice, &["-go -> there", "+stay -> here"]),
            ("~a ~b", SingleChoice, &["-a", "-b"]),
            ("T", SingleChoice, &["+True", "-False"]),
            (" FALSE ", SingleChoice, &["-True", "+False"]),
            ("TRUE#wrong#right", SingleChoice, &["+True (right)", "-False (wrong)"]),
            ("F#wrong", SingleChoice, &["-True (wrong)", "+False"]),
            ("F##right", SingleChoice, &["-True", "+False (right)"]),
            ("=a -> 1 = -> = b\\=c->2 -> 3 = -> 4", Matching, &["+a>1", "+b=c>2 -> 3", "->4"]),
        ] {
            let (found_kind, found) = kind_and_bodies(text);
            assert_eq!((found_kind, found), (kind, bodies.iter().map(ToString::to_string).collect()), "{text}");
        }
    }

    #[test]
    fn typed_answers_are_not_supported() {
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
    fn marks_that_the_bank_cannot_give_are_reported() {
        for (text, reason) in [
            ("~%50%a ~%50%b ~%50%c", "must add up to 100 %"),
            ("=see <a href=\"https://a.b\">it</a> ~b", "answer 1 ends inside of a tag: write \\= for"),
            ("=a =b ~c", "any one of several"),
            ("~%33,333%a ~%33,333%b ~%33,333%c ~d", "answer 1 earns %33,333%: write the number with a point, %33.333%"),
            ("~%100%a ~%100%b ~c", "any one of several"),
            ("=a ~%50%b ~c", "partial credit"),
            ("~%50%half =full ~%0%none", "partial credit"),
            ("=%50%a =%50%b ~c", "partial credit"),
            ("=#ff0000 ~#00ff00", "answer 1 is blank: its # begins feedback"),
            ("= ~a ~b", "answer 1 is right, and blank"),
            ("=a ~[html]<img src\\=x.png>", "answer 2 shows the picture"),
            ("=a ~b#[html]<video></video>", "the feedback on answer 2 has a video"),
        ] {
            let found = read(text, Format::Plain).unwrap().unwrap_err();
            assert!(found.contains(reason), "{text}: {found}");
        }
    }

    #[test]
    fn a_hash_that_may_belong_to_an_answer_is_reported() {
        for (text, number) in
            [("=C# ~C++ ~F#", Some(1)), ("=a#yes ~b#\n", Some(2)), ("=a # ~C\\# ~b#no", None), ("T#", None)]
        {
            let told = empty_feedback(text);
            let expected = number.map(|number| format!("the # after answer {number} begins"));
            assert_eq!(told.is_some(), expected.is_some(), "{text}: {told:?}");
            assert!(told.unwrap_or_default().starts_with(&expected.unwrap_or_default()), "{text}");
        }
    }

    #[test]
    fn flaws_are_located() {
        for (text, at) in [(" x ~a =b", 1), ("=a->b\n=c\n=d->e", 6), ("a =b->c", 0)] {
            assert_eq!(read(text, Format::Plain).unwrap_err().at, at, "{text}");
        }
    }
}
