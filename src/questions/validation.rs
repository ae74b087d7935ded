//! The rules that a question must meet to be served and graded.

use std::{borrow::Cow, collections::HashSet};

use super::model::{Content, QuestionKind};
use crate::{
    characters::{is_blank, is_name, shown},
    error::FieldError,
    markdown::{self, Flaw},
};

/// The longest text of one field, in characters.
pub const TEXT_LIMIT: usize = 10_000;
/// The longest URL of a reference, in characters.
const URL_LIMIT: usize = 2000;
/// The longest tag, in characters.
const TAG_LIMIT: usize = 100;
/// The maximum number of tags, and of references.
const LIST_LIMIT: usize = 20;
/// The maximum number of answers of one question.
const ANSWER_LIMIT: usize = 20;

/// The content with all texts and URLs in normal form, or all errors in it, located by JSON Pointers.
pub fn checked(mut content: Content) -> Result<Content, Vec<FieldError>> {
    let mut check = Check { faults: Vec::new() };
    check.text("/stem", &mut content.stem);
    check.note("/explanation", &mut content.explanation);
    check.that((1..=5).contains(&content.difficulty), "/difficulty", "must be from 1 to 5");
    for (index, reference) in check.list("/references", &mut content.references, LIST_LIMIT).iter_mut().enumerate() {
        let title = format!("/references/{index}/title");
        check.text(&title, &mut reference.title);
        check.that(!reference.title.contains('\n'), &title, "must be one line");
        check.title(&title, &mut reference.title);
        let is_web = reference.url.starts_with("https://") || reference.url.starts_with("http://");
        let url = format!("/references/{index}/url");
        check.that(is_web, &url, "must begin with https:// or http://");
        let is_one_word = !reference.url.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"".contains(c));
        check.that(is_one_word, &url, "must have no white space, quotes or angle brackets");
        reference.url = markdown::encoded_url(&reference.url);
        check.that(reference.url.chars().count() <= URL_LIMIT, &url, "must have at most 2000 characters");
    }
    for (index, tag) in check.list("/tags", &mut content.tags, LIST_LIMIT).iter().enumerate() {
        let fits = !is_blank(tag) && tag.chars().count() <= TAG_LIMIT && is_name(tag);
        let detail = "must have 1 to 100 characters on one line, none of them invisible";
        check.that(fits, &format!("/tags/{index}"), detail);
    }
    if content.answers.len() <= ANSWER_LIMIT {
        check.answers(&mut content);
    } else {
        check.that(false, "/answers", "must be at most 20");
    }
    if check.faults.is_empty() { Ok(content) } else { Err(check.faults) }
}

/// A text as it looks: white space as single spaces, without hidden characters.
fn looks(text: &str) -> String {
    let is_invisible = |c: char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}');
    let words = text.split(char::is_whitespace).map(|word| word.replace(is_invisible, ""));
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

struct Check {
    faults: Vec<FieldError>,
}

impl Check {
    fn that(&mut self, holds: bool, pointer: &str, detail: &str) {
        if !holds {
            self.faults.push(FieldError { pointer: pointer.to_owned(), detail: detail.to_owned() });
        }
    }

    /// The items of a list to check: none if the list is too long, because every item could have an error.
    fn list<'a, T>(&mut self, pointer: &str, list: &'a mut [T], limit: usize) -> &'a mut [T] {
        self.that(list.len() <= limit, pointer, &format!("must be at most {limit}"));
        if list.len() <= limit { list } else { &mut [] }
    }

    /// A text that is required.
    fn text(&mut self, pointer: &str, text: &mut String) {
        self.note(pointer, text);
        self.that(!looks(text).is_empty(), pointer, "must not be empty");
    }

    /// A text that may be empty. It is converted to normal form.
    fn note(&mut self, pointer: &str, text: &mut String) {
        let is_long = |text: &str| text.len() > TEXT_LIMIT && text.chars().nth(TEXT_LIMIT).is_some();
        // A text that is too long is not parsed, because that would take long.
        if !is_long(text) {
            match markdown::normalize(text) {
                Ok(Cow::Borrowed(_)) => {}
                Ok(Cow::Owned(normal)) => *text = normal,
                Err(Flaw { line, detail }) => self.that(false, pointer, &format!("line {line} {detail}")),
            }
        }
        let limit = "must have at most 10000 characters in the normal form, where < is &lt;";
        self.that(!is_long(text), pointer, limit);
    }

    /// A title becomes the text of a link: lists and headings are plain text in it, and links are not allowed.
    fn title(&mut self, pointer: &str, title: &mut String) {
        if markdown::is_simple(title) || !self.faults.is_empty() {
            return;
        }
        let words =
            markdown::split_link_item(&markdown::link_item(title, "https://example.org")).map(|(words, _)| words);
        match words.filter(|words| markdown::to_plain(words) == markdown::to_plain(title)) {
            Some(words) if !markdown::has_links(title) => *title = words,
            _ => self.that(false, pointer, "must be text on one line, without links and images"),
        }
    }

    fn answers(&mut self, content: &mut Content) {
        let right = content.answers.iter().filter(|answer| answer.is_correct).count();
        let wrong = content.answers.len() - right;
        match content.kind {
            QuestionKind::SingleChoice => {
                self.that(
                    right == 1 && wrong >= 1,
                    "/answers",
                    "must have one right answer and at least one wrong one",
                );
            }
            QuestionKind::MultipleResponse => {
                let enough = right >= 2 && wrong >= 1;
                self.that(enough, "/answers", "must have at least two right answers and one wrong one");
            }
            QuestionKind::Ordering => {
                self.that(right >= 2 && wrong == 0, "/answers", "must be at least two, all right, in the right order");
            }
            QuestionKind::Matching => self.that(right >= 2, "/answers", "must have at least two pairs"),
        }
        for (index, answer) in content.answers.iter_mut().enumerate() {
            let at = |field: &str| format!("/answers/{index}/{field}");
            self.note(&at("rationale"), &mut answer.rationale);
            if content.kind == QuestionKind::Matching {
                self.text(&at("match_body"), answer.match_body.get_or_insert_default());
                if !answer.is_correct {
                    // A distractor on the right-hand side has no left-hand side.
                    self.that(answer.body.is_empty(), &at("body"), "must be empty where the pair is not correct");
                    continue;
                }
            } else {
                self.that(answer.match_body.is_none(), &at("match_body"), "is only for matching questions");
            }
            self.text(&at("body"), &mut answer.body);
        }
        let mut seen = HashSet::new();
        for (index, answer) in content.answers.iter().enumerate() {
            let is_decoy = content.kind == QuestionKind::Matching && !answer.is_correct;
            let is_new = is_decoy || seen.insert(looks(&answer.body));
            let detail = "appears twice among the answers (white space and invisible characters are ignored)";
            self.that(is_new, &format!("/answers/{index}/body"), detail);
        }
        if content.kind == QuestionKind::Matching {
            let matches = |correct| {
                content.answers.iter().filter(move |a| a.is_correct == correct).filter_map(|a| a.match_body.as_deref())
            };
            let used: HashSet<String> = matches(true).map(shown).collect();
            let no_decoy_is_right = matches(false).all(|body| !used.contains(&shown(body)));
            self.that(no_decoy_is_right, "/answers", "must have no distractor that is also the match of an answer");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::questions::model::{AnswerContent, Reference};

    fn content(kind: QuestionKind, answers: &[(&str, bool, Option<&str>)]) -> Content {
        Content {
            kind,
            stem: "Which?".into(),
            explanation: "Because.".into(),
            references: vec![Reference { title: "Guide".into(), url: "https://example.org".into() }],
            tags: vec![],
            difficulty: 2,
            answers: answers
                .iter()
                .map(|&(body, is_correct, match_body)| AnswerContent {
                    body: body.into(),
                    is_correct,
                    rationale: "So.".into(),
                    match_body: match_body.map(Into::into),
                })
                .collect(),
        }
    }

    #[test]
    fn good_questions_of_every_kind_pass() {
        use QuestionKind::{Matching, MultipleResponse, Ordering, SingleChoice};
        for good in [
            content(SingleChoice, &[("a", true, None), ("b", false, None)]),
            content(MultipleResponse, &[("a", true, None), ("b", true, None), ("c", false, None)]),
            content(Ordering, &[("a", true, None), ("b", true, None)]),
            content(Matching, &[("a", true, Some("1")), ("b", true, Some("2")), ("", false, Some("3"))]),
        ] {
            assert_eq!(checked(good.clone()), Ok(good));
        }
    }

    #[test]
    fn each_error_is_located() {
        use QuestionKind::{Matching, MultipleResponse, Ordering, SingleChoice};
        for (bad, pointer) in [
            (content(SingleChoice, &[("a", true, None), ("b", true, None)]), "/answers"),
            (content(SingleChoice, &[("a", true, None), ("a", false, None)]), "/answers/1/body"),
            (content(SingleChoice, &[("a", true, None), ("a\u{200b}", false, None)]), "/answers/1/body"),
            (content(SingleChoice, &[("a", true, None), ("\u{200e}", false, None)]), "/answers/1/body"),
            (content(SingleChoice, &[("a b", true, None), ("a\u{a0}b ", false, None)]), "/answers/1/body"),
            (content(SingleChoice, &[("VPC", true, None), ("V\u{200b}PC", false, None)]), "/answers/1/body"),
            (content(SingleChoice, &[("VPC", true, None), ("\u{200b}", false, None)]), "/answers/1/body"),
            (content(MultipleResponse, &[("a", true, None), ("b", false, None)]), "/answers"),
            (content(Ordering, &[("a", true, None), ("b", false, None)]), "/answers"),
            (content(Matching, &[("a", true, Some("1")), ("b", true, None)]), "/answers/1/match_body"),
            (content(Matching, &[("a", true, Some("1")), ("b", true, Some("2")), ("", false, Some("1"))]), "/answers"),
            (content(SingleChoice, &[("a", true, Some("1")), ("b", false, None)]), "/answers/0/match_body"),
        ] {
            let faults = checked(bad).unwrap_err();
            assert_eq!(faults.first().map(|fault| fault.pointer.as_str()), Some(pointer), "{faults:?}");
        }
        let mut titled = content(SingleChoice, &[("a", true, None), ("b", false, None)]);
        for (title, stored) in [("3. three", "3\\. three"), ("# A *b*", "A *b*"), ("A `b`", "A `b`")] {
            titled.references[0].title = title.into();
            assert_eq!(checked(titled.clone()).unwrap().references[0].title, stored);
        }
        titled.references[0].title = "[a](https://b.example)".into();
        assert_eq!(checked(titled).unwrap_err()[0].pointer, "/references/0/title");
        let mut tagged = content(SingleChoice, &[("a", true, None), ("b", false, None)]);
        tagged.tags = ["s3", "می\u{200c}شود", "s\u{200b}3", "\u{202e}3s", " "].map(str::to_owned).into();
        let pointers: Vec<_> = checked(tagged).unwrap_err().into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(pointers, ["/tags/2", "/tags/3", "/tags/4"]);
        // If a list is too long, errors in its items are not reported.
        let mut long = content(SingleChoice, &vec![("", false, None); 1000]);
        long.tags = vec![String::new(); 1000];
        let pointers: Vec<_> = checked(long).unwrap_err().into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(pointers, ["/tags", "/answers"]);
        let mut bad = content(SingleChoice, &[("a", true, None), ("b", false, None)]);
        bad.stem = " ".into();
        bad.difficulty = 6;
        bad.references[0].url = "javascript:alert(1)".into();
        let pointers: Vec<_> = checked(bad).unwrap_err().into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(pointers, ["/stem", "/difficulty", "/references/0/url"]);
    }
}
