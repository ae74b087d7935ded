//! A bank in memory, for drafting on the command line. It comes from a file or from the database.

use std::{collections::HashMap, sync::Arc};

use rand::{
    Rng,
    seq::{IteratorRandom, SliceRandom},
};

use super::{
    brief::{EXAMPLES, LOOKED_AT, STEMS, shortened},
    desk::MemoryDesk,
    messages::NewGenerationJob,
    writer::{Brief, TaskBrief},
};
use crate::{
    error::FieldError,
    exams::messages::{DomainBody, ExamBody, TaskBody},
    questions::{lint::Subjects, model::Content},
};

/// An exam with its questions, retired ones left out.
#[derive(Debug)]
pub struct Bank {
    /// The exam.
    pub exam: ExamBody,
    /// Its questions, oldest first.
    pub questions: Vec<BankQuestion>,
    /// The known subjects.
    pub subjects: Arc<Subjects>,
}

/// A question of a bank.
#[derive(Debug)]
pub struct BankQuestion {
    /// Its external key, or its id.
    pub key: String,
    /// The number of its domain.
    pub domain: i32,
    /// The code of the task.
    pub task: Option<String>,
    /// Whether it is published, and so can be an example of style.
    pub is_published: bool,
    /// Its content.
    pub content: Content,
}

/// The domain, and the task if one is given, to draft questions for.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    domain: &'a DomainBody,
    task: Option<&'a TaskBody>,
}

impl Place<'_> {
    /// The number of the domain.
    pub fn domain(&self) -> i32 {
        self.domain.number
    }
}

impl Bank {
    /// The requested domain and task.
    pub fn place(&self, asked: &NewGenerationJob) -> Result<Place<'_>, FieldError> {
        let fault = |pointer: &str, detail| FieldError { pointer: pointer.to_owned(), detail };
        let numbered = |number: i64| {
            let found = self.exam.domains.iter().find(|domain| i64::from(domain.number) == number);
            found.ok_or_else(|| fault("/domain", format!("the exam has no domain {number}")))
        };
        let named = asked.domain.map(numbered).transpose()?;
        let place = match &asked.task {
            None => named.map(|domain| Place { domain, task: None }),
            Some(code) => {
                let tasks =
                    self.exam.domains.iter().flat_map(|domain| domain.tasks.iter().map(move |task| (domain, task)));
                let (domain, task) = tasks
                    .into_iter()
                    .find(|(_, task)| task.code == *code)
                    .ok_or_else(|| fault("/task", format!("the exam has no task {code:?}")))?;
                if named.is_some_and(|named| named.number != domain.number) {
                    return Err(fault("/task", format!("the task {code:?} belongs to another domain")));
                }
                Some(Place { domain, task: Some(task) })
            }
        };
        let place = place.ok_or_else(|| fault("/domain", "a domain or a task is required".to_owned()))?;
        if place.domain.tasks.is_empty() {
            let detail = format!("domain {} has no tasks to draft questions for", place.domain.number);
            return Err(fault("/domain", detail));
        }
        Ok(place)
    }

    /// The brief for the question with this number.
    pub fn brief(
        &self,
        asked: &NewGenerationJob,
        place: Place<'_>,
        number: i32,
        (model, max_tokens): (&str, u32),
        rng: &mut impl Rng,
    ) -> Brief {
        let Place { domain, task } = place;
        let of_domain = || self.questions.iter().filter(|question| question.domain == domain.number);
        let mut counts: HashMap<&str, i64> = HashMap::new();
        for code in of_domain().filter_map(|question| question.task.as_deref()) {
            *counts.entry(code).or_default() += 1;
        }
        let brief_of = |task: &TaskBody| TaskBrief {
            code: task.code.clone(),
            name: task.name.clone(),
            questions: counts.get(task.code.as_str()).copied().unwrap_or_default(),
        };
        let of_place = of_domain()
            .filter(|question| task.is_none_or(|task| question.task.as_ref().is_some_and(|code| *code == task.code)));
        let stems: Vec<String> = of_place.map(|question| question.content.stem.clone()).collect();
        let newest = stems.into_iter().rev().take(STEMS as usize).collect();
        let mut examples: Vec<&Content> = of_domain()
            .filter(|question| question.is_published)
            .map(|question| &question.content)
            .sample(rng, LOOKED_AT);
        examples.shuffle(rng);
        examples.sort_by_key(|content| content.kind != asked.kind);
        Brief {
            exam: self.exam.code.clone(),
            exam_name: self.exam.name.clone(),
            provider: self.exam.provider.clone(),
            domain: domain.number,
            domain_name: domain.name.clone(),
            tasks: task.map_or_else(|| domain.tasks.iter().map(brief_of).collect(), |task| vec![brief_of(task)]),
            kind: asked.kind,
            language: asked.language.clone(),
            notes: asked.notes.clone(),
            number,
            subjects: Arc::clone(&self.subjects),
            examples: examples.into_iter().take(EXAMPLES).cloned().collect(),
            stems: shortened(newest),
            verify: asked.verify,
            model: model.to_owned(),
            max_tokens,
        }
    }

    /// A desk with these questions and a budget of so many tokens.
    pub fn desk(&self, tokens: u64) -> MemoryDesk {
        let desk = MemoryDesk::new(tokens);
        for question in &self.questions {
            desk.add(question.key.as_str(), &question.content);
        }
        desk
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;
    use crate::{
        questions::model::{AnswerContent, QuestionKind},
        seed,
    };

    fn bank() -> Bank {
        seed::bundled()
            .unwrap()
            .into_iter()
            .map(seed::SeedFile::into_bank)
            .find(|bank| *bank.exam.code == *"clf-c02")
            .unwrap()
    }

    fn asked(domain: Option<i64>, task: Option<&str>) -> NewGenerationJob {
        NewGenerationJob {
            exam: "clf-c02".to_owned().try_into().unwrap(),
            domain,
            task: task.map(str::to_owned),
            kind: QuestionKind::Ordering,
            count: 1,
            language: "en".into(),
            notes: "notes".into(),
            verify: true,
            model: None,
        }
    }

    fn brief(bank: &Bank, asked: &NewGenerationJob) -> Brief {
        let place = bank.place(asked).unwrap();
        bank.brief(asked, place, 3, ("model-1", 500), &mut StdRng::seed_from_u64(1))
    }

    #[test]
    fn a_brief_shows_what_the_bank_has_in_the_place() {
        let bank = bank();
        let whole = brief(&bank, &asked(Some(2), None));
        assert_eq!((whole.domain, whole.number, whole.model.as_str(), whole.max_tokens), (2, 3, "model-1", 500));
        let in_domain = bank.questions.iter().filter(|question| question.domain == 2).count() as i64;
        assert_eq!(whole.tasks.iter().map(|task| task.questions).sum::<i64>(), in_domain);
        assert_eq!(whole.examples.len(), EXAMPLES);
        let in_place = |content: &Content| bank.questions.iter().any(|q| q.domain == 2 && q.content == *content);
        assert!(whole.examples.iter().all(in_place));
        let one = brief(&bank, &asked(None, Some("2.1")));
        assert_eq!((one.domain, one.tasks.len()), (2, 1));
        assert_eq!(one.stems.len() as i64, one.tasks[0].questions.min(STEMS));
        assert!(one.stems.len() < whole.stems.len());
    }

    #[test]
    fn what_was_drafted_before_is_shown_first_and_is_no_example() {
        let mut bank = bank();
        let answer = |body: &str| AnswerContent {
            body: body.into(),
            is_correct: true,
            rationale: String::new(),
            match_body: None,
        };
        let content = Content {
            kind: QuestionKind::Ordering,
            stem: "In which order?".into(),
            explanation: String::new(),
            references: vec![],
            tags: vec![],
            difficulty: 1,
            answers: vec![answer("first"), answer("second")],
        };
        let (key, task) = ("gen-1".to_owned(), Some("2.1".to_owned()));
        bank.questions.push(BankQuestion { key, domain: 2, task, is_published: false, content: content.clone() });
        let brief = brief(&bank, &asked(Some(2), None));
        assert_eq!(brief.stems[0], "In which order?");
        assert!(!brief.examples.contains(&content));
    }

    #[test]
    fn a_missing_domain_or_task_is_located() {
        let bank = bank();
        for (domain, task, pointer) in [
            (Some(9), None, "/domain"),
            (None, Some("9.9"), "/task"),
            (Some(1), Some("2.1"), "/task"),
            (None, None, "/domain"),
        ] {
            assert_eq!(bank.place(&asked(domain, task)).unwrap_err().pointer, pointer);
        }
    }
}
