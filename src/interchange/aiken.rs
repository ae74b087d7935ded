//! Aiken, a text format of Moodle for single choice.
//!
//! ```text
//! Which one?
//! A. this one
//! B. that one
//! ANSWER: B
//! ```
//!
//! A question is one line or several, its answers are one line each, from `A.` or `A)` on without gaps, and `ANSWER:`
//! ends it: a letter, small or capital, in brackets perhaps, which the text of the answer may follow. Blank answers are
//! passed over. Blank
//! lines may stand anywhere but within the question's text. A question that breaks these rules is `Malformed`, and the
//! reading goes on behind its `ANSWER:`.
//!
//! All texts are plain. The format holds nothing else: rationales, explanation, references, tags, difficulty, category
//! and key of a question are lost when it is written, and so is the formatting of its texts. What is not single choice,
//! or has a text of several lines, is left out.

use std::{
    io::{self, Write},
    iter,
};

use super::{
    bounds::{self, QUESTION_LIMIT},
    labels::DEFAULT_DIFFICULTY,
    lines::{first_words, numbered},
    model::{ExamHead, Export, Found, Item, Location, Malformed},
};
use crate::{
    markdown,
    questions::model::{AnswerContent, Content, QuestionKind},
};

const ANSWER: &str = "ANSWER";
/// What is kept of a line of a question that is too long, in bytes.
const BEGINNING: usize = 1000;

/// The questions of a file, one at a time. Behind a flaw it goes on, for those who collect flaws.
pub fn read(text: &str) -> impl Iterator<Item = Result<Found, Malformed>> + '_ {
    let mut lines = numbered(text);
    iter::from_fn(move || next_question(&mut lines).transpose())
}

/// A question of which some lines were read.
#[derive(Default)]
struct Draft {
    begin: usize,
    stem: String,
    is_stem_over: bool,
    answers: Vec<String>,
    /// The bytes of its lines. Those that are beyond what a question may have are not kept.
    length: usize,
}

fn next_question<'a>(lines: &mut impl Iterator<Item = (usize, &'a str)>) -> Result<Option<Found>, Malformed> {
    let mut draft = Draft::default();
    while let Some((number, line)) = lines.next() {
        draft.length += line.len() + 1;
        let is_cut = draft.length > QUESTION_LIMIT;
        let whole = if is_cut { line.get(..line.floor_char_boundary(BEGINNING)).unwrap_or(line) } else { line };
        let line = whole.trim();
        let flaw = |detail: String| Malformed { place: Location::line(number), detail };
        if line.is_empty() {
            draft.is_stem_over = !draft.stem.is_empty();
        } else if let Some(told) = draft.told(line) {
            let right = draft.right(told).map_err(flaw)?;
            return Ok(Some(draft.finish(right)));
        } else {
            let added = match draft.answer(line) {
                Some((letter, text)) => draft.add_answer(letter, text),
                None => draft.add_to_stem(number, if is_cut && !draft.stem.is_empty() { "" } else { whole.trim_end() }),
            };
            if let Err(detail) = added {
                // The rest of the question would be a flaw again.
                lines.find(|(_, line)| draft.told(line.trim()).is_some());
                return Err(flaw(detail));
            }
        }
    }
    if draft.stem.is_empty() {
        return Ok(None);
    }
    Err(Malformed { place: Location::line(draft.begin), detail: "the question has no ANSWER: line".into() })
}

impl Draft {
    /// The letter and the text of a line that is an answer. Above the question, one needs a space to be seen as such:
    /// "A.I. is what?" is no answer.
    fn answer<'a>(&self, line: &'a str) -> Option<(char, &'a str)> {
        let is_answer = |text: &str| !self.stem.is_empty() || text.is_empty() || text.starts_with([' ', '\t']);
        labelled(line).filter(|(_, text)| is_answer(text))
    }

    fn add_answer(&mut self, letter: char, text: &str) -> Result<(), String> {
        if self.stem.is_empty() {
            return Err(format!("answer {letter} has no question above it"));
        }
        match ('A'..='Z').nth(self.answers.len()) {
            Some(next) if next == letter => self.answers.push(text.trim().to_owned()),
            Some(next) => return Err(format!("this should be answer {next}, and is {letter}")),
            None => return Err("a question has 26 answers at most".into()),
        }
        Ok(())
    }

    fn add_to_stem(&mut self, number: usize, line: &str) -> Result<(), String> {
        if !self.answers.is_empty() {
            return Err("this is neither the next answer, on one line, nor ANSWER: with a letter".into());
        }
        if self.is_stem_over {
            return Err("the question above this line has no answers".into());
        }
        if self.stem.is_empty() {
            self.begin = number;
        } else if !line.is_empty() {
            self.stem.push('\n');
        }
        self.stem.push_str(if self.stem.is_empty() { line.trim_start() } else { line });
        Ok(())
    }

    /// What a line says behind `ANSWER:`, in small letters too if answers stand above it.
    fn told<'a>(&self, line: &'a str) -> Option<&'a str> {
        let (name, told) = answer_line(line)?;
        let is_answer = name == ANSWER || !self.answers.is_empty();
        is_answer.then_some(told)
    }

    /// The index of the right answer, which a letter names; the text of the answer may follow.
    fn right(&self, told: &str) -> Result<usize, String> {
        if self.answers.is_empty() {
            return Err("ANSWER: has no answers above it".into());
        }
        let mut chars = told.trim_start_matches('(').chars();
        let label = chars.next().map(|c| c.to_ascii_uppercase()).unwrap_or_default();
        let behind = chars.as_str();
        let text = behind.trim_start_matches(['.', ')', ':', ' ', '\t']).trim();
        let index = ('A'..='Z').position(|known| label == known);
        let answer = index.and_then(|index| self.answers.get(index));
        // `A and C` begins with a letter, too.
        let is_text = behind.starts_with([' ', '\t']) && answer.is_some_and(|answer| says_the_same(answer, text));
        let is_label = behind.is_empty() || behind.starts_with(['.', ')', ':']) || is_text;
        let index = index.filter(|_| is_label).ok_or("ANSWER: must be followed by one letter, from A to Z")?;
        if answer.is_none() {
            return Err(format!("there is no answer {label}"));
        }
        if !text.is_empty() && answer.is_some_and(|answer| !says_the_same(answer, text)) {
            return Err(format!("ANSWER: names {label}, but the text behind it is not that of answer {label}"));
        }
        Ok(index)
    }

    fn finish(self, right: usize) -> Found {
        if self.length > QUESTION_LIMIT {
            let name = first_words(&bounds::beginning(&self.stem));
            return Found { place: Location::line(self.begin), name, outcome: Err(bounds::too_long()) };
        }
        let place = Location::line(self.begin);
        if self.answers.get(right).is_some_and(String::is_empty) {
            let outcome = Err(bounds::blank_and_right(right + 1));
            return Found { place, name: first_words(&self.stem), outcome };
        }
        // Blank answers are passed over, as in every format of Moodle.
        let answers = self.answers.iter().enumerate().filter(|(_, body)| !body.is_empty());
        let answers = answers.map(|(index, body)| AnswerContent {
            body: bounds::from_plain(body),
            is_correct: index == right,
            rationale: String::new(),
            match_body: None,
        });
        let content = Content {
            kind: QuestionKind::SingleChoice,
            stem: bounds::from_plain(&self.stem),
            explanation: String::new(),
            references: Vec::new(),
            tags: Vec::new(),
            difficulty: DEFAULT_DIFFICULTY,
            answers: answers.collect(),
        };
        let item = Item { key: None, title: None, category: Vec::new(), content, upkeep: None, notes: Vec::new() };
        Found { place, name: first_words(&self.stem), outcome: Ok(item) }
    }
}

/// Whether two texts of an answer differ in case, white space and a full stop at most.
fn says_the_same(one: &str, other: &str) -> bool {
    let words = |text: &str| {
        let words: Vec<String> = text.trim_end_matches('.').split_whitespace().map(str::to_lowercase).collect();
        words.join(" ")
    };
    words(one) == words(other)
}

/// The name and what follows the colon of a line that tells the right answer.
fn answer_line(line: &str) -> Option<(&str, &str)> {
    let (name, told) = line.split_at_checked(ANSWER.len()).filter(|(name, _)| name.eq_ignore_ascii_case(ANSWER))?;
    Some((name, told.trim_start().strip_prefix(':')?.trim()))
}

/// The letter that a line begins with, and what follows its `.` or `)`.
fn labelled(line: &str) -> Option<(char, &str)> {
    let mut chars = line.chars();
    let letter = chars.next().filter(char::is_ascii_uppercase)?;
    chars.next().filter(|c| matches!(c, '.' | ')'))?;
    Some((letter, chars.as_str()))
}

/// Writes questions as Aiken.
pub struct Writer<W> {
    out: W,
}

impl<W: Write> Writer<W> {
    /// Begins a file; nothing of the exam is in it.
    pub fn new(out: W, _exam: &ExamHead) -> io::Result<Self> {
        Ok(Self { out })
    }

    /// Writes a question, or tells why Aiken cannot hold it.
    pub fn add(&mut self, question: &Export) -> io::Result<Option<String>> {
        match lines(&question.content) {
            Ok(lines) => writeln!(self.out, "{}\n", lines.join("\n")).map(|()| None),
            Err(reason) => Ok(Some(reason.to_owned())),
        }
    }

    /// Ends the file.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

/// The lines of a question, or why Aiken cannot hold it.
fn lines(content: &Content) -> Result<Vec<String>, &'static str> {
    if content.kind != QuestionKind::SingleChoice {
        return Err("Aiken holds single_choice questions only");
    }
    if content.answers.len() > 26 {
        return Err("Aiken holds 26 answers at most");
    }
    let stem = one_line(&content.stem)?;
    if labelled(&stem).is_some() || answer_line(&stem).is_some_and(|(name, _)| name == ANSWER) {
        return Err(
            "in Aiken, the question would read as an answer: it begins with a letter and . or ), or with ANSWER:",
        );
    }
    let mut lines = vec![stem];
    let mut right = None;
    for (letter, answer) in ('A'..='Z').zip(&content.answers) {
        lines.push(format!("{letter}. {}", one_line(&answer.body)?));
        right = right.or(answer.is_correct.then_some(letter));
    }
    let right = right.ok_or("it has no right answer")?;
    lines.push(format!("{ANSWER}: {right}"));
    Ok(lines)
}

fn one_line(text: &str) -> Result<String, &'static str> {
    let text = markdown::to_plain(text);
    match text.trim() {
        "" => Err("Aiken holds no empty texts"),
        line if line.contains(['\n', '\r']) => Err("Aiken holds texts of one line only"),
        line => Ok(line.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::questions::upkeep::Upkeep;

    fn content(stem: &str, bodies: &[String], right: usize) -> Content {
        let found = Draft { stem: stem.into(), answers: bodies.to_vec(), ..Draft::default() }.finish(right);
        found.outcome.unwrap().content
    }

    fn bodies(bodies: &[&str]) -> Vec<String> {
        bodies.iter().map(ToString::to_string).collect()
    }

    fn written(content: Content) -> Result<String, String> {
        let mut writer = Writer::new(Vec::new(), &ExamHead { code: "x".into(), name: "X".into() }).unwrap();
        let question =
            Export { key: "k".into(), domain: (1, "D".into()), task: None, content, upkeep: Upkeep::default() };
        match writer.add(&question).unwrap() {
            Some(reason) => Err(reason),
            None => Ok(String::from_utf8(writer.finish().unwrap()).unwrap()),
        }
    }

    #[test]
    fn questions_are_read() {
        let text = "\r\nWhich\r\n one?\r\n\r\nA) this\r\nB. that\r\n\r\nANSWER: B\r\nA.I. is?\nA.b\nB)\nANSWER:A)";
        let found: Vec<Found> = read(text).collect::<Result<_, _>>().unwrap();
        let told: Vec<_> = found.iter().map(|found| (found.place.line, found.name.as_str())).collect();
        assert_eq!(told, [(2, "Which one?"), (9, "A.I. is?")]);
        let contents: Vec<Content> = found.into_iter().map(|found| found.outcome.unwrap().content).collect();
        assert_eq!(contents[0], content("Which\none?", &bodies(&["this", "that"]), 1));
        assert_eq!(contents[1], content("A.I. is?", &bodies(&["b"]), 0));
    }

    #[test]
    fn the_right_answer_may_be_named_in_many_ways() {
        for told in [
            "ANSWER: B",
            "ANSWER:B.",
            "Answer: b",
            "answer: b)",
            "ANSWER: B. that",
            "ANSWER: B) That.",
            "ANSWER: (B) that",
            "ANSWER: B:  THAT",
            "ANSWER : B",
            "ANSWER: (B)",
            "ANSWER: B That",
        ] {
            let found = read(&format!("Which?\n  x\nA. this\nB. that\nC.\n{told}")).next().unwrap().unwrap();
            let content = found.outcome.unwrap().content;
            let answers: Vec<_> = content.answers.iter().map(|a| (a.body.as_str(), a.is_correct)).collect();
            assert_eq!(answers, [("this", false), ("that", true)], "{told}");
            assert_eq!(content.stem, "Which?  \n\u{a0}\u{a0}x");
        }
        let blank = read("Which?\nA.\nB. that\nANSWER: A").next().unwrap().unwrap();
        assert!(blank.outcome.unwrap_err().contains("blank"));
    }

    #[test]
    fn flaws_are_located_and_the_next_question_is_read() {
        for (text, line, detail) in [
            ("Q\nA. a\nB. b\n\nR\nA. a\nANSWER: A", 9, "next answer"),
            ("Q\nA. a\nC. c\nANSWER: A", 7, "should be answer B, and is C"),
            ("Q\nB. b\nANSWER: A", 6, "should be answer A"),
            ("Q\nA. a\nA. b\nANSWER: A", 7, "should be answer B"),
            ("Q\nA. a\nB. b\nANSWER: C", 8, "no answer C"),
            ("Q\nA. a\nB. b\nANSWER: A, B", 8, "one letter"),
            ("Q\nA. a\nB. b\nANSWER:", 8, "one letter"),
            ("Q\nA. a\nB. b\nANSWER: A and B", 8, "one letter"),
            ("Q\nA. a\nB. b\nANSWER: A B", 8, "one letter"),
            ("Q\nA. a\nB. b\nANSWER: A. b", 8, "not that of answer A"),
            ("Q\nA. users\nB. Roles\nANSWER: A) roles", 8, "not that of answer A"),
            ("Q\nA. a\nB. b\nANSWER: A. zzz", 8, "not that of answer A"),
            ("Q\nA. a\nB. b\nANSWER: B: see page 3", 8, "not that of answer B"),
            ("Q\nA. a\nand more\nANSWER: A", 7, "next answer"),
            ("Q\nANSWER: A", 6, "no answers above"),
            ("A. a\nANSWER: A", 5, "no question above"),
            ("Q\n\nR\nA. a\nANSWER: A", 7, "has no answers"),
        ] {
            let found: Vec<_> = read(&format!("P\nA. a\nANSWER: A\n\n{text}\n\nS\nA. a\nANSWER: A")).collect();
            assert!(found.len() == 3 && found[2].is_ok(), "{text}: {found:?}");
            let flaw = found[1].clone().unwrap_err();
            assert_eq!(flaw.place.line, line, "{text}: {flaw}");
            assert!(flaw.detail.contains(detail), "{text}: {flaw}");
        }
        let last = read("Q\nA. a\nB. b\n").next().unwrap().unwrap_err();
        assert_eq!(last.to_string(), "line 1: the question has no ANSWER: line");
        let many: String = ('A'..='Z').chain(['A']).map(|letter| format!("{letter}. x\n")).collect();
        assert!(read(&format!("Q\n{many}")).next().unwrap().unwrap_err().detail.contains("26"));
    }

    #[test]
    fn what_aiken_cannot_hold_is_left_out_with_the_reason() {
        let good = content("Which?", &bodies(&["a", "b"]), 1);
        assert_eq!(written(good.clone()).unwrap(), "Which?\nA. a\nB. b\nANSWER: B\n\n");
        let changed = |change: fn(&mut Content)| {
            let mut content = good.clone();
            change(&mut content);
            written(content).unwrap_err()
        };
        assert!(changed(|content| content.kind = QuestionKind::Ordering).contains("single_choice"));
        assert!(changed(|content| content.stem = "a\n\nb".into()).contains("one line"));
        assert!(changed(|content| content.stem = "A. Lincoln?".into()).contains("as an answer"));
        assert!(changed(|content| content.stem = "ANSWER: x".into()).contains("as an answer"));
        assert!(changed(|content| content.answers[0].body = " ".into()).contains("empty"));
        assert!(changed(|content| content.answers[1].is_correct = false).contains("no right answer"));
        assert!(changed(|content| content.answers = vec![content.answers[0].clone(); 27]).contains("26"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            stem in "[A-D.):# ]{0,3}\\PC{1,20}",
            bodies in prop::collection::vec("[A-D.)*# ]{0,3}\\PC{1,9}", 1..=26),
            right in any::<prop::sample::Index>(),
        ) {
            let bodies: Vec<String> = bodies.iter().map(|body| body.trim().to_owned()).collect();
            let right = right.index(bodies.len());
            prop_assume!(bodies.iter().all(|body| !body.is_empty()));
            let content = content(stem.trim(), &bodies, right);
            let texts = content.answers.iter().map(|answer| &answer.body).chain([&content.stem]);
            let is_plain = |text: &String| markdown::from_plain(markdown::to_plain(text).trim()) == *text;
            prop_assume!(texts.clone().all(is_plain));
            match written(content.clone()) {
                Err(reason) => {
                    let is_known = labelled(stem.trim()).is_some() || ["empty", "one line"].iter().any(|r| reason.contains(r));
                    prop_assert!(is_known, "{}", reason);
                }
                Ok(file) => {
                    let found: Vec<Found> = read(&file.repeat(2)).collect::<Result<_, _>>().unwrap();
                    prop_assert_eq!(found.len(), 2);
                    prop_assert_eq!(&found[1].outcome.as_ref().unwrap().content, &content);
                }
            }
        }

        #[test]
        fn nothing_makes_it_panic(text in "([A-C.)\r\n ]|ANSWER:|Q\nA. a\n|\\PC){0,40}") {
            let found = read(&text).count();
            prop_assert!(found <= text.len());
        }
    }

    #[test]
    fn long_input_takes_linear_time() {
        let started = std::time::Instant::now();
        for part in ["A. ", "A.\n", "Q\nA. a\nANSWER: A\n", "\n", "\r", "Q\n"] {
            read(&part.repeat((1 << 18) / part.len())).count();
        }
        assert!(started.elapsed().as_secs() < 30);
    }
}
