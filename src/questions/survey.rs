//! A check of all published questions of an exam.

use std::collections::{BTreeMap, HashMap};

use super::{
    cache::QuestionCache,
    filed::Filed,
    lint::{self, Bank, Subjects},
    messages::{DuplicatePair, ExamLintReply, RuleCount},
    model::{QuestionId, QuestionStatus},
    queries::{self, Filter, Sort},
    similarity::{DUPLICATE, Shingles, pairs, shingles},
};
use crate::{
    db::{DbConnection, day::Day},
    error::Error,
    exams::{
        apportionment::apportion,
        model::{Domain, Exam, ExamId},
    },
};

/// The number of questions that are read at a time.
const BATCH: i64 = 500;

/// The next published questions of an exam after one of them. The caller releases the connection between pages.
pub fn page(conn: &mut DbConnection, exam_id: ExamId, after: Option<QuestionId>) -> Result<Vec<Filed>, Error> {
    let filter = Filter { exam_id: Some(exam_id), status: Some(QuestionStatus::Published), ..Filter::default() };
    let cache = QuestionCache::new(0);
    let page = queries::page(conn, &cache, &filter, Sort::Created, after.map(|id| (0, id)), BATCH)?;
    Ok(page.into_iter().map(Filed::from).collect())
}

/// The most pairs of duplicates that are searched for.
const FOUND: usize = 10_000;
/// The most pairs that are returned.
const PAIRS: usize = 100;
/// The most examples of a broken rule that are returned.
const EXAMPLES: usize = 20;

/// The findings so far, without the texts of questions.
pub struct Survey {
    bank: Bank,
    /// The number of each domain, and its slots in a full form.
    slots: Vec<(i32, u32)>,
    shingles: Vec<(QuestionId, Shingles)>,
    broken: BTreeMap<&'static str, Broken>,
    subjects: Subjects,
    today: Day,
}

/// The questions that break a rule, with the number of broken and of accepted cases.
#[derive(Default)]
struct Broken {
    ids: Vec<QuestionId>,
    accepted: usize,
}

impl Survey {
    /// Starts a check of an exam with these domains, with the known subjects and the current day.
    pub fn new(exam: &Exam, domains: &[Domain], subjects: Subjects, today: Day) -> Self {
        let weights: Vec<u32> = domains.iter().map(|domain| domain.weight.unsigned_abs()).collect();
        let slots = apportion(&weights, &vec![u32::MAX; domains.len()], exam.question_count.unsigned_abs());
        Self {
            bank: Bank::default(),
            slots: domains.iter().map(|domain| domain.number).zip(slots).collect(),
            shingles: Vec::new(),
            broken: BTreeMap::new(),
            subjects,
            today,
        }
    }

    /// Checks some questions.
    pub fn add(&mut self, page: &[Filed]) {
        for filed in page {
            let (id, content) = (filed.question.id, filed.content());
            self.bank.add(filed.domain, &content);
            self.shingles.push((id, shingles(&content)));
            let warnings = lint::maintained(&content, &filed.question.upkeep, &self.subjects, self.today);
            // Either all warnings of a rule in a question are accepted, or none.
            let rules: HashMap<&'static str, bool> =
                warnings.into_iter().map(|warning| (warning.rule, warning.accepted.is_some())).collect();
            for (rule, is_accepted) in rules {
                let broken = self.broken.entry(rule).or_default();
                if is_accepted {
                    broken.accepted += 1;
                } else {
                    broken.ids.push(id);
                }
            }
        }
    }

    /// The result of the check.
    pub fn report(self) -> ExamLintReply {
        let questions = self.shingles.len();
        let mut alike = pairs(&self.shingles, DUPLICATE, FOUND);
        alike.truncate(PAIRS);
        let pair = |(id, other_id, similarity)| DuplicatePair { id, other_id, similarity };
        let count = |(rule, Broken { ids, accepted }): (&'static str, Broken)| RuleCount {
            rule,
            questions: ids.len(),
            accepted,
            examples: ids.into_iter().take(EXAMPLES).collect(),
        };
        ExamLintReply {
            questions,
            warnings: self.bank.finish(&self.slots),
            duplicates: alike.into_iter().map(pair).collect(),
            rules: self.broken.into_iter().map(count).collect(),
        }
    }
}
