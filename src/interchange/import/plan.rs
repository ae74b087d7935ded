//! The questions of a file, read and checked.

use std::collections::HashMap;

use super::{FLAWS, MOST, Target, Unreadable, faults, model::Counts, unfiled};
use crate::{
    characters::find_hidden,
    exams::model::{DomainId, ExamId, TaskId},
    interchange::{
        bounds::MEMORY_LIMIT,
        filing::Filing,
        model::{Found, Item, Location, Malformed},
        provenance::Generation,
        source::{Format, Source},
    },
    questions::{
        drafts::{QuestionDraft, SCRIPTED_DRAFT},
        keys,
        model::{Content, ImportId, Origin, QuestionStatus},
        upkeep::Upkeep,
        validation,
    },
};

/// The longest name of a question in a report, and the longest reason, in characters.
const NAME_LIMIT: usize = 100;
const REASON_LIMIT: usize = 400;
/// The approximate memory of a question without its texts, and of each of its parts, in bytes.
const QUESTION_SIZE: usize = 600;
const PART_SIZE: usize = 160;

/// The questions to store.
pub struct Plan {
    id: ImportId,
    pub(super) format: Format,
    pub(super) target: Target,
    pub(super) exam_id: ExamId,
    pub(super) filing: Filing,
    pub(super) questions: Vec<Checked>,
}

/// A question of a file.
pub(super) struct Checked {
    pub(super) place: Location,
    pub(super) name: String,
    /// Notes on content that is left out.
    pub(super) notes: Vec<String>,
    /// The question to store, or why it cannot be stored.
    pub(super) candidate: Result<Candidate, String>,
}

/// A question that can be stored, with its key, domain and task.
pub(super) struct Candidate {
    pub(super) key: String,
    pub(super) filed: (DomainId, Option<TaskId>),
    pub(super) content: Content,
    /// The upkeep, if the file has any.
    pub(super) upkeep: Option<Upkeep>,
    /// The key derived from its texts, by which it is recognized if it has another key in the bank.
    pub(super) derived: String,
    /// The origin, if a language model drafted it. The id of the question is not known yet.
    pub(super) draft: Option<Box<QuestionDraft>>,
    /// The bytes of its texts.
    pub(super) length: usize,
}

impl Candidate {
    pub(super) fn origin(&self) -> Origin {
        if self.draft.is_some() { Origin::Generated } else { Origin::Imported }
    }
}

impl Plan {
    /// Reads a file to its end, without a connection. The cost in time and memory is proportional to its size.
    pub fn read(
        format: Format,
        bytes: &[u8],
        target: Target,
        (exam_id, filing): (ExamId, Filing),
    ) -> Result<Self, Unreadable> {
        let (mut questions, mut size, mut flaws) = (Vec::new(), 0, Vec::new());
        let source = Source::new(format, bytes)?;
        let generation = source.generation()?;
        if target.status != QuestionStatus::Draft && generation.as_ref().is_some_and(Generation::is_scripted) {
            return Err(Malformed::at(1, format!("{SCRIPTED_DRAFT}: import them as drafts")).into());
        }
        let mut reading = Reading { format, exam: &target.exam, filing: &filing, generation, seen: HashMap::new() };
        for found in source.questions() {
            let found = match found {
                Ok(found) if flaws.is_empty() => found,
                Ok(_) => continue,
                Err(flaw) => {
                    flaws.push(flaw);
                    if flaws.len() == FLAWS {
                        break;
                    }
                    continue;
                }
            };
            let checked = reading.check(found);
            size += checked.size();
            let beyond = |detail| Err(Malformed { place: checked.place.clone(), detail }.into());
            if questions.len() == MOST {
                return beyond(format!("exceeds the limit of {MOST} questions: split the file"));
            }
            if size > MEMORY_LIMIT {
                return beyond(format!("exceeds the limit of {} MiB of text: split the file", MEMORY_LIMIT >> 20));
            }
            questions.push(checked);
        }
        if !flaws.is_empty() {
            return Err(Unreadable(flaws));
        }
        if questions.is_empty() {
            return Err(Malformed::at(1, source.expected()).into());
        }
        Ok(Self { id: ImportId::new(), format, target, exam_id, filing, questions })
    }

    /// The id of the import if it has these outcomes so far; none if it stored nothing.
    pub(super) fn id_of(&self, counts: Counts) -> Option<ImportId> {
        (counts.stored() && !self.target.dry_run).then_some(self.id)
    }

    /// How many questions the file has.
    pub fn count(&self) -> usize {
        self.questions.len()
    }

    /// The location, the name and the notes of each question.
    pub(super) fn told(&self) -> impl Iterator<Item = (&Location, &str, &[String])> {
        self.questions.iter().map(|checked| (&checked.place, checked.name.as_str(), checked.notes.as_slice()))
    }
}

impl Checked {
    /// The approximate memory, in bytes.
    fn size(&self) -> usize {
        let file = self.place.file.as_ref().map_or(0, String::len);
        let candidate = match &self.candidate {
            Err(reason) => reason.len(),
            Ok(Candidate { key, content, upkeep, draft, length, .. }) => {
                let upkeep = upkeep.as_ref().map_or(0, Upkeep::parts);
                let parts = content.answers.len() + content.references.len() + content.tags.len() + upkeep;
                let size = 2 * key.len() + length + parts * PART_SIZE;
                // The drafted content is about as long as the current content.
                if draft.is_some() { 2 * size } else { size }
            }
        };
        let notes: usize = self.notes.iter().map(|note| note.len() + size_of::<String>()).sum();
        QUESTION_SIZE + 2 * file + self.name.len() + notes + candidate
    }
}

struct Reading<'a> {
    format: Format,
    exam: &'a str,
    filing: &'a Filing,
    generation: Option<Generation<'a>>,
    /// The keys in the file so far, derived ones included, with their locations and right answers.
    seen: HashMap<String, (Location, Vec<bool>)>,
}

impl Reading<'_> {
    fn check(&mut self, found: Found) -> Checked {
        let Found { place, name, mut outcome } = found;
        let mut notes = outcome.as_mut().map(|item| std::mem::take(&mut item.notes)).unwrap_or_default();
        let candidate = outcome.and_then(|item| self.candidate(item, &place, &mut notes));
        let candidate = candidate.map_err(|reason| cut(reason, REASON_LIMIT));
        Checked { place, name: cut(name, NAME_LIMIT), notes, candidate }
    }

    /// A question that can be stored, or why it cannot.
    fn candidate(&mut self, item: Item, place: &Location, notes: &mut Vec<String>) -> Result<Candidate, String> {
        let Item { key, category, mut content, upkeep, .. } = item;
        let unknown = unfiled::names(self.format, self.filing.unknown(&category, &content.tags));
        let Some(filed) = self.filing.place(&category, &mut content.tags) else {
            return Err(unfiled::reason(self.format, self.filing, &unknown));
        };
        notes.extend(unknown.into_iter().map(|name| format!("{name}: check the domain of the question")));
        let faults = |faults: Vec<_>| faults::told(self.format, &content, &faults);
        let mut checked = validation::checked(content.clone()).map_err(faults)?;
        let of_upkeep = upkeep.as_ref().map(Upkeep::faults).unwrap_or_default();
        if !of_upkeep.is_empty() {
            return Err(faults(of_upkeep));
        }
        let derived = keys::derived(self.exam, &checked);
        let key = key.unwrap_or_else(|| derived.clone());
        let is_hidden = key.contains('\0') || find_hidden(&key).is_some();
        if key.trim().is_empty() || key.chars().nth(200).is_some() || is_hidden {
            return Err("its id must have 1 to 200 characters, none of them invisible".into());
        }
        let right: Vec<bool> = checked.right_answers().collect();
        match (self.seen.get(&derived), self.seen.get(&key)) {
            (Some((before, other)), _) if *other != right => {
                return Err(format!(
                    "the same question is at {before}, but with other right answers: correct one of the two"
                ));
            }
            (_, Some((before, _))) => return Err(format!("appears earlier, at {before}")),
            (Some((before, _)), _) => return Err(format!("has the same stem and answers as the question at {before}")),
            (None, None) => {}
        }
        let draft = self.generation.as_ref().map(|generation| generation.of(&key, &checked)).transpose()?.map(Box::new);
        let seen = (place.clone(), right);
        self.seen.extend([(key.clone(), seen.clone()), (derived.clone(), seen)]);
        let length = shrink(&mut checked) + upkeep.as_ref().map_or(0, Upkeep::length);
        Ok(Candidate { key, filed, content: checked, upkeep, derived, draft, length })
    }
}

/// Releases the spare capacity of all texts. Returns their total length in bytes.
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

/// A text for a report, shortened to a number of characters.
fn cut(text: String, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
