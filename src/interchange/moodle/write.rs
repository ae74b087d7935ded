//! Writes questions as Moodle XML.

use std::io::{self, Write};

use crate::{
    characters::words_within,
    interchange::{
        labels,
        model::{ExamHead, Export},
    },
    markdown::{self, is_xml_char},
    questions::model::{AnswerContent, QuestionKind},
};

/// The longest name of a question, in characters; Moodle truncates longer ones.
const NAME_LENGTH: usize = 200;
/// The longest id number in Moodle's database, in characters.
const KEY_LIMIT: usize = 100;
/// The longest match in Moodle's database, in characters.
const MATCH_LIMIT: usize = 255;
/// The most right answers for which fractions that Moodle accepts add up to 100.
const RIGHT_LIMIT: usize = 20;

/// Writes a file question by question.
pub struct Writer<W: Write> {
    out: W,
    exam: ExamHead,
    category: Vec<String>,
}

impl<W: Write> Writer<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(mut out: W, exam: &ExamHead) -> io::Result<Self> {
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<quiz>")?;
        Ok(Self { out, exam: exam.clone(), category: Vec::new() })
    }

    /// Adds a question, or returns why Moodle cannot represent it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(&mut self, question: &Export) -> io::Result<Option<String>> {
        if let Some(reason) = obstacle(question) {
            return Ok(Some(reason));
        }
        let category = labels::category(&self.exam, question);
        if category != self.category {
            let path = text(&path(&category));
            writeln!(self.out, "<question type=\"category\">\n<category>{path}</category>\n</question>")?;
            self.category = category;
        }
        let content = &question.content;
        let explanation = labels::explanation(&content.explanation, &content.references);
        let kind = match content.kind {
            QuestionKind::SingleChoice | QuestionKind::MultipleResponse => "multichoice",
            QuestionKind::Matching => "matching",
            QuestionKind::Ordering => "ordering",
        };
        writeln!(self.out, "<question type=\"{kind}\">")?;
        writeln!(self.out, "<name>{}</name>", text(&words_within(&markdown::to_plain(&content.stem), NAME_LENGTH)))?;
        writeln!(self.out, "{}", formatted("questiontext", &content.stem))?;
        writeln!(self.out, "{}", formatted("generalfeedback", &explanation))?;
        writeln!(self.out, "<defaultgrade>1</defaultgrade>\n<penalty>0</penalty>\n<hidden>0</hidden>")?;
        writeln!(self.out, "<idnumber>{}</idnumber>", cdata(&question.key))?;
        match content.kind {
            QuestionKind::SingleChoice | QuestionKind::MultipleResponse => {
                self.choices(content.kind, &content.answers)?
            }
            QuestionKind::Matching => self.pairs(&content.answers)?,
            QuestionKind::Ordering => self.steps(&content.answers)?,
        }
        writeln!(self.out, "<tags>")?;
        for tag in labels::tags(question) {
            writeln!(self.out, "<tag>{}</tag>", text(&tag))?;
        }
        writeln!(self.out, "</tags>\n</question>")?;
        Ok(None)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        writeln!(self.out, "</quiz>")?;
        self.out.flush()?;
        Ok(self.out)
    }

    /// Writes a choice question. A wrong choice costs the whole grade, as in an exam with all-or-nothing marks.
    fn choices(&mut self, kind: QuestionKind, answers: &[AnswerContent]) -> io::Result<()> {
        let is_single = kind == QuestionKind::SingleChoice;
        writeln!(self.out, "<single>{is_single}</single>\n<shuffleanswers>true</shuffleanswers>")?;
        writeln!(self.out, "<answernumbering>ABCD</answernumbering>")?;
        let right = answers.iter().filter(|answer| answer.is_correct).count();
        let mut index = 0;
        for answer in answers {
            let fraction = match (answer.is_correct, is_single) {
                (true, _) => {
                    index += 1;
                    share(index, right)
                }
                (false, true) => "0".to_owned(),
                (false, false) => "-100".to_owned(),
            };
            self.answer(&fraction, answer)?;
        }
        Ok(())
    }

    /// Writes the pairs. Moodle ignores feedback on pairs.
    fn pairs(&mut self, answers: &[AnswerContent]) -> io::Result<()> {
        writeln!(self.out, "<shuffleanswers>true</shuffleanswers>")?;
        for answer in answers {
            let (format, matched) = matched(answer);
            writeln!(self.out, "<subquestion format=\"markdown\">{}", text(&answer.body))?;
            writeln!(self.out, "<answer{format}>{}</answer>", text(&matched))?;
            writeln!(self.out, "{}\n</subquestion>", formatted("feedback", &answer.rationale))?;
        }
        Ok(())
    }

    fn steps(&mut self, answers: &[AnswerContent]) -> io::Result<()> {
        writeln!(self.out, "<layouttype>VERTICAL</layouttype>\n<selecttype>ALL</selecttype>")?;
        writeln!(self.out, "<selectcount>0</selectcount>\n<gradingtype>ALL_OR_NOTHING</gradingtype>")?;
        writeln!(self.out, "<showgrading>SHOW</showgrading>\n<numberingstyle>none</numberingstyle>")?;
        writeln!(self.out, "<shownumcorrect>1</shownumcorrect>")?;
        for (index, answer) in answers.iter().enumerate() {
            self.answer(&format!("{}", index + 1), answer)?;
        }
        Ok(())
    }

    fn answer(&mut self, fraction: &str, answer: &AnswerContent) -> io::Result<()> {
        let feedback = formatted("feedback", &answer.rationale);
        let body = text(&answer.body);
        writeln!(self.out, "<answer fraction=\"{fraction}\" format=\"markdown\">{body}\n{feedback}\n</answer>")
    }
}

/// Why Moodle cannot represent a question.
fn obstacle(question: &Export) -> Option<String> {
    let content = &question.content;
    let right = content.answers.iter().filter(|answer| answer.is_correct).count();
    if question.key.chars().count() > KEY_LIMIT {
        return Some(format!("Moodle supports external keys of at most {KEY_LIMIT} characters"));
    }
    if content.kind == QuestionKind::MultipleResponse && right > RIGHT_LIMIT {
        return Some(format!("Moodle divides the grade among at most {RIGHT_LIMIT} right answers"));
    }
    let is_long = |answer: &AnswerContent| matched(answer).1.chars().count() > MATCH_LIMIT;
    let is_matching = content.kind == QuestionKind::Matching;
    (is_matching && content.answers.iter().any(is_long))
        .then(|| format!("Moodle supports matches of at most {MATCH_LIMIT} characters"))
}

/// The fraction of each right answer. Moodle accepts only certain fractions; the smallest are a tenth and a
/// twentieth.
fn share(index: usize, right: usize) -> String {
    match right {
        0 | 1 => "100".to_owned(),
        2..=10 => format!("{:.5}", 100.0 / right as f64),
        _ if index <= RIGHT_LIMIT.saturating_sub(right) => "10".to_owned(),
        _ => "5".to_owned(),
    }
}

/// The text matched to an answer, as plain text, which Moodle shows; Markdown with formatting is marked as Markdown.
fn matched(answer: &AnswerContent) -> (&'static str, String) {
    let matched = answer.match_body.clone().unwrap_or_default();
    let plain = markdown::to_plain(&matched);
    if markdown::from_plain(&plain) == matched { ("", plain) } else { (" format=\"markdown\"", matched) }
}

/// The path of a category. Slashes in names are doubled, and separated from those between names.
fn path(category: &[String]) -> String {
    let parts = category.iter().map(|part| {
        let part = part.trim().replace('/', "//");
        if part.ends_with('/') { format!("/{part} ") } else { format!("/{part}") }
    });
    format!("$course$/top{}", parts.collect::<String>())
}

fn formatted(name: &str, markdown: &str) -> String {
    format!("<{name} format=\"markdown\">{}</{name}>", text(markdown))
}

fn text(text: &str) -> String {
    format!("<text>{}</text>", cdata(text))
}

fn cdata(text: &str) -> String {
    let text: String = text.chars().filter(|&c| is_xml_char(c)).collect();
    format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
}
