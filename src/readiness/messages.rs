//! Readiness in responses to learners, and calibration in responses to authors.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    calibration::{self, Decile},
    estimate::{Estimate, FEWEST, Form, ROUND, partial_marks},
    evidence::Exposure,
    fit::ASSUMED,
    form::{PartialMarks, Share},
    history::{Week, history},
    mastery::{self, CREDIBLE, Mastery},
    record::{Record, days, form},
    trend::{Trend, trend},
};
use crate::{
    db::{
        day::Day,
        types::{Timestamp, text_enum},
    },
    exams::{
        Blueprint,
        model::{Domain, Task},
    },
    time_zone::TimeZone,
};

text_enum!(
    /// Why there is no prediction.
    Reason {
        /// The learner has answered too few new questions.
        TooFewFirstExposures = "too_few_first_exposures",
        /// The bank has fewer published questions than a form has slots.
        BankTooSmall = "bank_too_small",
    }
);

/// The probability that a learner passes an exam, the mastery of each domain, and what to practice next.
///
/// All values are computed from first exposures: graded responses to questions that the learner had not seen before.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// The code of the exam.
    #[schema(example = "clf-c02")]
    pub exam: String,
    /// The probability of passing a form of unseen questions from this bank, drawn by the blueprint. Null if there is a
    /// `reason`.
    #[schema(required, example = 0.72)]
    pub pass_probability: Option<f64>,
    /// Why there is no prediction. Null if there is one.
    #[schema(required)]
    pub reason: Option<Reason>,
    /// The expected scaled score of the form that `pass_probability` is about. Null if there is a `reason`.
    #[schema(required)]
    pub expected_score: Option<ExpectedScore>,
    /// The evidence behind the numbers.
    pub evidence: Evidence,
    /// The domains, ordered by number.
    pub domains: Vec<DomainReadiness>,
    /// What to practice next, most useful first. Empty if there is a `reason`.
    pub practice_next: Vec<PracticeNext>,
    /// The prediction at the end of each week with new evidence, once there was enough: latest 12 weeks, oldest first.
    pub history: Vec<WeekOfHistory>,
}

/// The expected scaled score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExpectedScore {
    /// The mean.
    #[schema(example = 742)]
    pub mean: i32,
    /// The lower end of the interval: one form in twenty scores at or below it.
    pub low: i32,
    /// The upper end of the interval: one form in twenty scores above it.
    pub high: i32,
    /// The scaled score needed to pass.
    pub pass_mark: i32,
}

/// The evidence behind the prediction.
#[derive(Debug, Serialize, ToSchema)]
pub struct Evidence {
    /// The number of graded responses to questions that the learner had not seen before.
    pub first_exposures: usize,
    /// The number of first exposures that a prediction requires.
    #[schema(example = 20)]
    pub needed: usize,
    /// When the newest of these responses was stored.
    #[schema(required)]
    pub newest_at: Option<Timestamp>,
    /// The number of later first exposures after which a response counts half.
    #[schema(example = 150.0)]
    pub half_life_responses: f64,
    /// The number of days after which a response counts half.
    #[schema(example = 1000.0)]
    pub half_life_days: f64,
    /// Notes on the evidence, such as domains without evidence or domains whose questions were all seen.
    pub notes: Vec<String>,
}

/// The readiness of one domain.
#[derive(Debug, Serialize, ToSchema)]
pub struct DomainReadiness {
    /// The number in the blueprint.
    pub number: i32,
    /// The name.
    pub name: String,
    /// The percentage of the scored content.
    pub weight: i32,
    /// The number of first exposures.
    pub answered: usize,
    /// The number of first exposures that earned full marks.
    pub right: usize,
    /// The number of published questions whose key the learner has not been shown. Served questions may be among them.
    pub unseen: i32,
    /// The share of points that the learner would earn on unseen questions. A domain without evidence of its own
    /// follows the other domains.
    pub mastery: Mastery,
    /// Whether the learner is getting better. Null if there are too few responses.
    #[schema(required)]
    pub trend: Option<Trend>,
    /// The tasks, ordered by code.
    pub tasks: Vec<TaskReadiness>,
}

/// The readiness of one task.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskReadiness {
    /// The code.
    #[schema(example = "1.1")]
    pub code: String,
    /// The name.
    pub name: String,
    /// The number of first exposures.
    pub answered: usize,
    /// The number of first exposures that earned full marks.
    pub right: usize,
    /// The mastery of the task. A task with few responses is estimated mostly from its domain.
    pub mastery: Mastery,
}

/// The value of practicing a domain.
#[derive(Debug, Serialize, ToSchema)]
pub struct PracticeNext {
    /// The number of the domain.
    pub domain: i32,
    /// The number of new questions of this domain.
    #[schema(example = 10)]
    pub questions: usize,
    /// How much 10 new questions would raise the probability of passing, if the learner improves at the estimated rate,
    /// or at a low minimum rate if that is higher.
    #[schema(example = 0.031)]
    pub gain: f64,
}

/// The prediction at the end of a week.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct WeekOfHistory {
    /// The Monday of the week, in the time zone of your account.
    pub date: Day,
    /// The probability of passing.
    pub pass_probability: f64,
    /// The mean scaled score.
    pub expected_score: i32,
}

impl Readiness {
    /// From a learner's record at a time, with weeks of a time zone. It refers to tasks by their index in the list.
    pub fn new(blueprint: &Blueprint, record: &Record, time_zone: &TimeZone, at: Timestamp) -> Self {
        let (exposures, now) = (&record.exposures, days(at));
        let form = form(&blueprint.exam, &blueprint.domains);
        let reason = match &form {
            None => Some(Reason::BankTooSmall),
            Some(_) if exposures.len() < FEWEST => Some(Reason::TooFewFirstExposures),
            Some(_) => None,
        };
        // The mastery of domains needs no form: the numbers of slots do not matter.
        let any_form = Form { slots: vec![1; blueprint.domains.len()], scale: blueprint.exam.scale() };
        let form = form.unwrap_or(any_form);
        let estimate = Estimate::new(&form, exposures, now);
        let partial = partial_marks(exposures);
        let mut readiness = Self {
            exam: blueprint.exam.code.clone(),
            pass_probability: None,
            reason,
            expected_score: None,
            evidence: evidence(blueprint, record),
            domains: domains(blueprint, record, &estimate.shares(), &partial, now),
            practice_next: Vec::new(),
            history: Vec::new(),
        };
        if reason.is_none() {
            let (right, results) = (estimate.right_slots(), form.results(&partial));
            let [low, high] = results.quantiles(&right, [(1.0 - CREDIBLE) / 2.0, (1.0 + CREDIBLE) / 2.0]);
            let (mean, pass_mark) = (results.expected_score(&right).round() as i32, blueprint.exam.pass_mark);
            readiness.pass_probability = Some(rounded(results.pass_probability(&right)));
            readiness.expected_score = Some(ExpectedScore { mean, low, high, pass_mark });
            readiness.practice_next = practice_next(blueprint, record, &estimate.gains(&results));
            readiness.history =
                history(&form, &results, exposures, time_zone, at).iter().map(WeekOfHistory::from).collect();
        }
        readiness
    }
}

impl From<&Week> for WeekOfHistory {
    fn from(week: &Week) -> Self {
        Self {
            date: week.monday,
            pass_probability: rounded(week.pass_probability),
            expected_score: week.expected_score.round() as i32,
        }
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

fn evidence(blueprint: &Blueprint, record: &Record) -> Evidence {
    let mut notes = Vec::new();
    for (domain, newest) in blueprint.domains.iter().zip(&record.newest) {
        let number = domain.number;
        match newest {
            None => {
                notes.push(format!("Domain {number} has no first exposures: its mastery follows the other domains."))
            }
            Some(newest) if record.unseen(domain) == 0 => notes.push(format!(
                "You have seen all published questions of domain {number}: its newest evidence is from {}.",
                Day::of(*newest)
            )),
            Some(_) => {}
        }
    }
    Evidence {
        first_exposures: record.exposures.len(),
        needed: FEWEST,
        newest_at: record.newest.iter().copied().flatten().max(),
        half_life_responses: ASSUMED.half_life_responses,
        half_life_days: ASSUMED.half_life_days,
        notes,
    }
}

fn domains(
    blueprint: &Blueprint,
    record: &Record,
    shares: &[Share],
    partial: &PartialMarks,
    now: f64,
) -> Vec<DomainReadiness> {
    let index_of = |task: &Task| blueprint.domains.iter().position(|domain| domain.id == task.domain_id).unwrap_or(0);
    let of_domains: Vec<Share> = blueprint.tasks.iter().map(|task| shares[index_of(task)]).collect();
    let known = mastery::tasks(&of_domains, &record.exposures, now, &ASSUMED);
    let tasks: Vec<(usize, &Task, Share)> =
        blueprint.tasks.iter().zip(known).enumerate().map(|(index, (task, share))| (index, task, share)).collect();
    let domain = |(index, (domain, share)): (usize, (&Domain, &Share))| {
        let own: Vec<&Exposure> = record.exposures.iter().filter(|exposure| exposure.domain == index).collect();
        let task = |&(index, task, share): &(usize, &Task, Share)| {
            let (answered, right) = counts(own.iter().copied().filter(|exposure| exposure.task == Some(index)));
            let mastery = Mastery::of_points(share, partial);
            TaskReadiness { code: task.code.clone(), name: task.name.clone(), answered, right, mastery }
        };
        let (answered, right) = counts(own.iter().copied());
        DomainReadiness {
            number: domain.number,
            name: domain.name.clone(),
            weight: domain.weight,
            answered,
            right,
            unseen: record.unseen(domain),
            mastery: Mastery::of_points(*share, partial),
            trend: trend(&own.iter().map(|exposure| exposure.mark).collect::<Vec<_>>()),
            tasks: tasks.iter().filter(|(_, task, _)| task.domain_id == domain.id).map(task).collect(),
        }
    };
    blueprint.domains.iter().zip(shares).enumerate().map(domain).collect()
}

fn counts<'a>(exposures: impl Iterator<Item = &'a Exposure>) -> (usize, usize) {
    exposures.fold((0, 0), |(answered, right), exposure| (answered + 1, right + usize::from(exposure.is_right())))
}

/// Domains with questions to practice, by gain.
fn practice_next(blueprint: &Blueprint, record: &Record, gains: &[f64]) -> Vec<PracticeNext> {
    let with_gain = blueprint.domains.iter().zip(gains);
    let mut open: Vec<(&Domain, f64)> =
        with_gain.map(|(domain, gain)| (domain, *gain)).filter(|(domain, _)| record.unseen(domain) > 0).collect();
    open.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let told = |(domain, gain): (&Domain, f64)| PracticeNext {
        domain: domain.number,
        questions: ROUND.min(record.unseen(domain).unsigned_abs() as usize),
        gain: rounded(gain),
    };
    open.into_iter().map(told).collect()
}

/// How well the predictions for an exam matched the results. Each was stored when an exam of unseen questions began.
#[derive(Debug, Serialize, ToSchema)]
pub struct Calibration {
    /// The code of the exam.
    #[schema(example = "clf-c02")]
    pub exam: String,
    /// The number of graded attempts with a prediction. Attempts with the lowest possible score are left out.
    pub count: usize,
    /// The mean of −ln of the probability that the predictions gave to the actual results. Null without predictions.
    /// Always predicting 50 % scores 0.693.
    #[schema(required)]
    pub log_loss: Option<f64>,
    /// The mean squared difference between prediction and result. Null without predictions. Always predicting 50 %
    /// scores 0.25.
    #[schema(required)]
    pub brier_score: Option<f64>,
    /// The predictions, grouped by tenths of the scale.
    pub deciles: Vec<Decile>,
}

impl Calibration {
    /// From predictions and whether the learner passed.
    pub fn new(exam: String, predictions: &[(f64, bool)]) -> Self {
        Self {
            exam,
            count: predictions.len(),
            log_loss: calibration::log_loss(predictions),
            brier_score: calibration::brier_score(predictions),
            deciles: calibration::deciles(predictions),
        }
    }
}
