//! Writes GIFT.

use std::io::{self, Write};

use super::{
    ARROW, CATEGORY, GENERAL,
    escapes::{escape, escape_label},
};
use crate::{
    interchange::{
        labels,
        model::{ExamHead, Export},
    },
    markdown,
    questions::model::{AnswerContent, Content, QuestionKind},
};

/// Writes questions as GIFT, with all texts in Markdown.
pub struct Writer<W> {
    out: W,
    exam: ExamHead,
    category: Vec<String>,
}

impl<W: Write> Writer<W> {
    /// Begins a file for an exam.
    pub fn new(out: W, exam: &ExamHead) -> io::Result<Self> {
        Ok(Self { out, exam: exam.clone(), category: Vec::new() })
    }

    /// Writes a question, or returns why GIFT cannot represent it.
    pub fn add(&mut self, question: &Export) -> io::Result<Option<String>> {
        if let Some(reason) = obstacle(question) {
            return Ok(Some(reason.to_owned()));
        }
        let category = labels::category(&self.exam, question);
        if category != self.category {
            writeln!(self.out, "{CATEGORY} {}\n", path(&category))?;
            self.category = category;
        }
        self.labels(question)?;
        self.question(&question.content)?;
        Ok(None)
    }

    /// Ends the file.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    fn labels(&mut self, question: &Export) -> io::Result<()> {
        write!(self.out, "// [id:{}]", escape_label(&question.key))?;
        for tag in labels::tags(question) {
            write!(self.out, " [tag:{}]", escape_label(&tag))?;
        }
        writeln!(self.out)
    }

    fn question(&mut self, content: &Content) -> io::Result<()> {
        writeln!(self.out, "[markdown]{}{{", escape(&content.stem))?;
        let right = content.answers.iter().filter(|answer| answer.is_correct).count();
        for answer in &content.answers {
            writeln!(self.out, "\t{}", line(content.kind, answer, right))?;
        }
        let explanation = labels::explanation(&content.explanation, &content.references);
        if !explanation.is_empty() {
            writeln!(self.out, "\t{GENERAL}{}", text(&explanation))?;
        }
        writeln!(self.out, "}}\n")
    }
}

/// Why GIFT cannot represent a question.
fn obstacle(question: &Export) -> Option<&'static str> {
    let content = &question.content;
    let holds_arrow = |answer: &AnswerContent| answer.body.contains(ARROW);
    match content.kind {
        QuestionKind::Ordering => return Some("GIFT has no ordering questions"),
        QuestionKind::Matching if content.answers.iter().any(holds_arrow) => {
            return Some("GIFT cannot represent -> on the left side of a pair");
        }
        _ => {}
    }
    let is_broken = |label: &String| label.contains(['\n', '\r']);
    let breaks = is_broken(&question.key) || content.tags.iter().any(is_broken);
    breaks.then_some("GIFT cannot hold line breaks in an external key or a tag")
}

/// The path of a category. A space separates the slashes in a name from those between names.
fn path(category: &[String]) -> String {
    let names = category.iter().map(|name| {
        let name = name.split(['\n', '\r']).collect::<Vec<_>>().join(" ").replace('/', "//");
        let before = if name.starts_with('/') { " " } else { "" };
        let after = if name.ends_with('/') { " " } else { "" };
        format!("/{before}{name}{after}")
    });
    format!("$course$/top{}", names.collect::<String>())
}

fn line(kind: QuestionKind, answer: &AnswerContent, right: usize) -> String {
    let mark = match (kind, answer.is_correct) {
        (QuestionKind::Matching, _) => {
            let matched = escape(&markdown::to_plain(answer.match_body.as_deref().unwrap_or_default()));
            return format!("={} {ARROW} {matched}", text(&answer.body));
        }
        (QuestionKind::MultipleResponse, true) => format!("~%{}%", share(right)),
        (QuestionKind::MultipleResponse, false) => "~%-100%".into(),
        (_, true) => "=".into(),
        (_, false) => "~".into(),
    };
    let feedback = if answer.rationale.is_empty() { String::new() } else { format!("#{}", text(&answer.rationale)) };
    format!("{mark}{}{feedback}", text(&answer.body))
}

/// The percentage of each of several right answers, to five decimals, as Moodle expects it.
fn share(right: usize) -> String {
    let percent = format!("{:.5}", 100.0 / right as f64);
    percent.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A text in the format of the question. If it seems to begin with a format or a percentage, its format is explicit.
fn text(text: &str) -> String {
    let text = text.trim_ascii();
    let format = if text.starts_with(['[', '%']) { "[markdown]" } else { "" };
    format!("{format}{}", escape(text))
}
