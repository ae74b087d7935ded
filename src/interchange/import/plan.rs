//! The questions of a file, read and checked.

use std::collections::HashMap;

use super::{MOST, Target};
use crate::{
    error::FieldError,
    exams::model::{DomainId, ExamId, TaskId},
    interchange::{
        bounds::MEMORY_LIMIT,
        filing::Filing,
        model::{Found, Item, Location, Malformed},
        source::{Format, Source},
    },
    questions::{
        drafts::SCRIPTED_DRAFT,
        keys,
        model::{Content, QuestionStatus},
        validation,
    },
};

/// The longest name of a question in a report, and the longest reason, in characters.
const NAME_LIMIT: usize = 100;
const REASON_LIMIT: usize = 400;
/// How much of what is wrong with a question is told.
const FAULTS_TOLD: usize = 5;
/// About what a question takes in memory beside its texts, and each of its parts, in bytes.
const QUESTION_SIZE: usize = 600;
const PART_SIZE: usize = 160;

/// What is to be stored.
pub struct Plan {
    pub(super) target: Target,
    pub(super) exam_id: ExamId,
    pub(super) filing: Filing,
    pub(super) questions: Vec<Checked>,
}

/// A question of a file.
pub(super) struct Checked {
    pub(super) place: Location,
    pub(super) name: String,
    /// What of it is left out.
    pub(super) notes: Vec<String>,
    /// What can be stored, or why it cannot.
    pub(super) candidate: Result<Candidate, String>,
}

/// A question that can be stored, with its key and its place in the exam.
pub(super) struct Candidate {
    pub(super) key: String,
    pub(super) filed: (DomainId, Option<TaskId>),
    pub(super) content: Content,
    /// The bytes of its texts.
    pub(super) length: usize,
}

impl Plan {
    /// Reads a file to its end. Takes no connection, and time and memory as its size explains.
    pub fn read(
        format: Format,
        bytes: &[u8],
        target: Target,
        (exam_id, filing): (ExamId, Filing),
    ) -> Result<Self, Malformed> {
        let mut reading = Reading { exam: &target.exam, filing: &filing, seen: HashMap::new() };
        let (mut questions, mut size) = (Vec::new(), 0);
        let source = Source::new(format, bytes)?;
        if target.status == QuestionStatus::Published && source.is_scripted() {
            return Err(Malformed { place: Location::line(1), detail: SCRIPTED_DRAFT.into() });
        }
        for found in source.questions() {
            let checked = reading.check(found?);
            size += checked.size();
            let beyond = |detail| Err(Malformed { place: checked.place.clone(), detail });
            if questions.len() == MOST {
                return beyond(format!("is beyond {MOST} questions: divide the file"));
            }
            if size > MEMORY_LIMIT {
                return beyond(format!("is beyond {} MiB of text: divide the file", MEMORY_LIMIT >> 20));
            }
            questions.push(checked);
        }
        Ok(Self { target, exam_id, filing, questions })
    }

    pub(super) fn len(&self) -> usize {
        self.questions.len()
    }

    /// Where each question stands, its name, and what of it is left out.
    pub(super) fn told(&self) -> impl Iterator<Item = (&Location, &str, &[String])> {
        self.questions.iter().map(|checked| (&checked.place, checked.name.as_str(), checked.notes.as_slice()))
    }
}

impl Checked {
    /// About what it takes in memory, in bytes.
    fn size(&self) -> usize {
        let file = self.place.file.as_ref().map_or(0, String::len);
        let candidate = match &self.candidate {
            Err(reason) => reason.len(),
            Ok(Candidate { key, content, length, .. }) => {
                let parts = content.answers.len() + content.references.len() + content.tags.len();
                2 * key.len() + length + parts * PART_SIZE
            }
        };
        let notes: usize = self.notes.iter().map(|note| note.len() + size_of::<String>()).sum();
        QUESTION_SIZE + 2 * file + self.name.len() + notes + candidate
    }
}

struct Reading<'a> {
    exam: &'a str,
    filing: &'a Filing,
    /// The keys of the file so far, and where they stand.
    seen: HashMap<String, Location>,
}

impl Reading<'_> {
    fn check(&mut self, found: Found) -> Checked {
        let Found { place, name, mut outcome } = found;
        let notes = outcome.as_mut().map(|item| std::mem::take(&mut item.notes)).unwrap_or_default();
        let candidate =
            outcome.and_then(|item| self.candidate(item, &place)).map_err(|reason| cut(reason, REASON_LIMIT));
        Checked { place, name: cut(name, NAME_LIMIT), notes, candidate }
    }

    /// A question that the bank could hold, or why it cannot.
    fn candidate(&mut self, item: Item, place: &Location) -> Result<Candidate, String> {
        let Item { key, category, mut content, .. } = item;
        let filed = self.filing.place(&category, &mut content.tags).ok_or(
            "neither category nor tags name a domain or task of the exam: name one, or say the domain of the whole import",
        )?;
        let mut content = validation::checked(content).map_err(|faults| told(&faults))?;
        let key = key.unwrap_or_else(|| keys::derived(self.exam, &content));
        if key.trim().is_empty() || key.chars().nth(200).is_some() || key.contains('\0') {
            return Err("its id must have 1 to 200 characters".into());
        }
        if let Some(before) = self.seen.get(&key) {
            return Err(format!("is there before, at {before}"));
        }
        self.seen.insert(key.clone(), place.clone());
        let length = shrink(&mut content);
        Ok(Candidate { key, filed, content, length })
    }
}

/// What is wrong with a question.
fn told(faults: &[FieldError]) -> String {
    let first = faults.iter().take(FAULTS_TOLD).map(|fault| format!("{} {}", fault.pointer, fault.detail));
    let more = faults.len().saturating_sub(FAULTS_TOLD);
    let more = (more > 0).then(|| format!("and {more} more"));
    first.chain(more).collect::<Vec<_>>().join("; ")
}

/// Gives back the room that texts have to grow in. The bytes of all texts.
fn shrink(content: &mut Content) -> usize {
    let mut length = 0;
    let mut text = |text: &mut String| {
        text.shrink_to_fit();
        length += text.len();
    };
    text(&mut content.stem);
    text(&mut content.explanation);
    for reference in &mut content.references {
        text(&mut reference.title);
        text(&mut reference.url);
    }
    content.tags.iter_mut().for_each(&mut text);
    for answer in &mut content.answers {
        text(&mut answer.body);
        text(&mut answer.rationale);
        answer.match_body.as_mut().map(&mut text);
    }
    content.references.shrink_to_fit();
    content.tags.shrink_to_fit();
    content.answers.shrink_to_fit();
    length
}

/// A text of a report, of so many characters at most.
fn cut(text: String, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
