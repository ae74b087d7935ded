//! Questions from Aiken.

use std::iter;

use super::{ANSWER, answer_line, explains, labeled};
use crate::{
    interchange::{
        bounds::{self, QUESTION_LIMIT},
        labels::DEFAULT_DIFFICULTY,
        lines::{first_words, numbered},
        model::{Found, Item, Location, Malformed},
    },
    questions::model::{AnswerContent, Content, QuestionKind},
};

/// The hint if a line looks like an answer but is not one.
const WRITE_LABELS: &str = "; write an answer as `A.` or `A)`, a capital letter, and then its text";
/// How much is kept of a question's line that is too long, in bytes.
const BEGINNING: usize = 1000;

/// The questions of a file, one at a time. Reading continues after an error, to collect all errors.
pub fn read(text: &str) -> impl Iterator<Item = Result<Found, Malformed>> + '_ {
    let mut lines = numbered(text);
    iter::from_fn(move || next_question(&mut lines).transpose())
}

/// A question that is being read.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) begin: usize,
    pub(super) stem: String,
    pub(super) is_stem_over: bool,
    pub(super) answers: Vec<String>,
    /// The total length of its lines in bytes. Lines beyond the limit are not kept.
    pub(super) length: usize,
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
        } else if draft.stem.is_empty() && explains(line) {
            return Err(flaw("Aiken has no place for an explanation: remove this line".into()));
        } else if let Some(told) = draft.told(line) {
            if draft.answers.is_empty() {
                return Err(flaw(format!("ANSWER: has no answers above it{}", draft.hint())));
            }
            // The question ends here, so that the rest of the file can be read whatever follows `ANSWER:`.
            let right = draft.right(told).map_err(|what| format!("line {number}: {what}"));
            return Ok(Some(draft.finish(right)));
        } else {
            let added = match draft.answer(line) {
                Some((letter, text)) => draft.add_answer(letter, text),
                None => draft.add_to_stem(number, if is_cut && !draft.stem.is_empty() { "" } else { whole.trim_end() }),
            };
            if let Err(detail) = added {
                // The rest of the question would only cause another error.
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
    /// The letter and the text of an answer line. Before the first answer, a space is required after the label:
    /// "A.I. is what?" is not an answer.
    fn answer<'a>(&self, line: &'a str) -> Option<(char, &'a str)> {
        let is_answer = |text: &str| !self.stem.is_empty() || text.is_empty() || text.starts_with([' ', '\t']);
        labeled(line).filter(|(_, text)| is_answer(text))
    }

    fn add_answer(&mut self, letter: char, text: &str) -> Result<(), String> {
        if self.stem.is_empty() {
            return Err(format!("answer {letter} has no question above it"));
        }
        match ('A'..='Z').nth(self.answers.len()) {
            Some(next) if next == letter => self.answers.push(text.trim().to_owned()),
            Some(next) => return Err(format!("this should be answer {next}, but is {letter}")),
            None => return Err("a question has 26 answers at most".into()),
        }
        Ok(())
    }

    fn add_to_stem(&mut self, number: usize, line: &str) -> Result<(), String> {
        if !self.answers.is_empty() {
            let hint = if unlabeled(line) { WRITE_LABELS } else { "" };
            return Err(format!("this is neither the next answer, on one line, nor ANSWER: with a letter{hint}"));
        }
        if self.is_stem_over {
            return Err(format!("the question above this line has no answers{}", self.hint()));
        }
        if self.stem.is_empty() {
            self.begin = number;
        } else if !line.is_empty() {
            self.stem.push('\n');
        }
        self.stem.push_str(if self.stem.is_empty() { line.trim_start() } else { line });
        Ok(())
    }

    /// The text after `ANSWER:`, which may be in lower case if there are answers above it.
    fn told<'a>(&self, line: &'a str) -> Option<&'a str> {
        let (name, told) = answer_line(line)?;
        let is_answer = name == ANSWER || !self.answers.is_empty();
        is_answer.then_some(told)
    }

    /// The index of the right answer, which a letter names; the text of the answer may follow.
    fn right(&self, told: &str) -> Result<usize, String> {
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
            return Err(format!("ANSWER: names {label}, but the text after it is not that of answer {label}"));
        }
        Ok(index)
    }

    /// The hint if a line looks like an answer but is not one.
    fn hint(&self) -> &'static str {
        if self.stem.lines().skip(1).any(unlabeled) { WRITE_LABELS } else { "" }
    }

    /// The question with its right answer, or the reason why that is unknown.
    pub(super) fn finish(self, right: Result<usize, String>) -> Found {
        if self.length > QUESTION_LIMIT {
            let name = first_words(&bounds::beginning(&self.stem));
            return Found { place: Location::line(self.begin), name, outcome: Err(bounds::too_long()) };
        }
        let place = Location::line(self.begin);
        let right = match right {
            Ok(right) => right,
            Err(reason) => return Found { place, name: first_words(&self.stem), outcome: Err(reason) },
        };
        if self.answers.get(right).is_some_and(String::is_empty) {
            let outcome = Err(bounds::blank_and_right(right + 1));
            return Found { place, name: first_words(&self.stem), outcome };
        }
        // Blank answers are skipped, as in every format of Moodle.
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

/// Whether a line begins like an answer in other formats: `a. text`, `b) text`, `(c) text`, `D: text`, `E text`.
fn unlabeled(line: &str) -> bool {
    let mut chars = line.trim().trim_start_matches('(').chars();
    let Some(letter) = chars.next().filter(char::is_ascii_alphabetic) else { return false };
    let behind = chars.as_str();
    behind.starts_with(['.', ')', ':']) || (letter.is_ascii_uppercase() && behind.starts_with([' ', '\t']))
}

/// Whether two texts of an answer are equal except for case, white space and a full stop.
fn says_the_same(one: &str, other: &str) -> bool {
    let words = |text: &str| {
        let words: Vec<String> = text.trim_end_matches('.').split_whitespace().map(str::to_lowercase).collect();
        words.join(" ")
    };
    words(one) == words(other)
}
