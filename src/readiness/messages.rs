//! Readiness as learners are told it, and calibration as authors are.

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
    /// Why nothing is predicted.
    Reason {
        /// Too few questions were answered for the first time.
        TooFewFirstExposures = "too_few_first_exposures",
        /// The bank has fewer published questions than a form has slots.
        BankTooSmall = "bank_too_small",
    }
);

/// How likely a learner passes an exam, how well each domain is known, and what to practise next.
///
/// All of it rests on first exposures: graded responses to questions that the learner had not seen before.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// The exam.
    #[schema(example = "clf-c02")]
    pub exam: String,
    /// The probability to pass a form of unseen questions of this bank, drawn to the blueprint; null with a `reason`.
    #[schema(required, example = 0.72)]
    pub pass_probability: Option<f64>,
    /// Why nothing is predicted; null when something is.
    #[schema(required)]
    pub reason: Option<Reason>,
    /// The scaled score of such a form; null with a `reason`.
    #[schema(required)]
    pub expected_score: Option<ExpectedScore>,
    /// What the numbers rest on.
    pub evidence: Evidence,
    /// Each domain, by number.
    pub domains: Vec<DomainReadiness>,
    /// What to practise next, the most useful first; empty with a `reason`.
    pub practise_next: Vec<PractiseNext>,
    /// The end of each week in which new questions were answered, oldest first: the latest 12.
    pub history: Vec<WeekOfHistory>,
}

/// The scaled score to expect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExpectedScore {
    /// The mean.
    #[schema(example = 742)]
    pub mean: i32,
    /// One form in twenty ends below it, or at it.
    pub low: i32,
    /// One form in twenty ends above it.
    pub high: i32,
    /// The scaled score that passes.
    pub pass_mark: i32,
}

/// What readiness rests on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Evidence {
    /// Graded responses to questions that were not seen before.
    pub first_exposures: usize,
    /// How many of them a prediction takes.
    #[schema(example = 20)]
    pub needed: usize,
    /// When the newest of them came in.
    #[schema(required)]
    pub newest_at: Option<Timestamp>,
    /// A response counts half after this many later first exposures …
    #[schema(example = 150.0)]
    pub half_life_responses: f64,
    /// … and half after this many days.
    #[schema(example = 1000.0)]
    pub half_life_days: f64,
    /// What else should be known about it: domains without evidence, or whose questions were all seen.
    pub notes: Vec<String>,
}

/// One domain.
#[derive(Debug, Serialize, ToSchema)]
pub struct DomainReadiness {
    /// The number in the blueprint.
    pub number: i32,
    /// The name.
    pub name: String,
    /// The percentage of scored content.
    pub weight: i32,
    /// First exposures.
    pub answered: usize,
    /// Those that earned the full mark.
    pub right: usize,
    /// Published questions that the learner has not seen.
    pub unseen: i32,
    /// The share of points that unseen questions would earn. Without evidence of its own, a domain follows the others.
    pub mastery: Mastery,
    /// Whether the learner gets better; null with too few responses.
    #[schema(required)]
    pub trend: Option<Trend>,
    /// The tasks, by code.
    pub tasks: Vec<TaskReadiness>,
}

/// One task.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskReadiness {
    /// The code.
    #[schema(example = "1.1")]
    pub code: String,
    /// The name.
    pub name: String,
    /// First exposures.
    pub answered: usize,
    /// Those that earned the full mark.
    pub right: usize,
    /// As that of a domain, to which a task with few responses is drawn.
    pub mastery: Mastery,
}

/// What practice of a domain is worth.
#[derive(Debug, Serialize, ToSchema)]
pub struct PractiseNext {
    /// The number of the domain.
    pub domain: i32,
    /// New questions of it.
    #[schema(example = 10)]
    pub questions: usize,
    /// By how much they would raise the probability to pass, if the learner went on as until now.
    #[schema(example = 0.031)]
    pub gain: f64,
}

/// What would have been said at the end of a week.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct WeekOfHistory {
    /// Its Monday, by the time zone of your account.
    pub date: Day,
    /// The probability to pass.
    pub pass_probability: f64,
    /// The mean of the scaled score.
    pub expected_score: i32,
}

impl Readiness {
    /// From a learner's record at a moment, with weeks of a time zone. The record tells tasks by their index in the blueprint.
    pub fn new(blueprint: &Blueprint, record: &Record, time_zone: &TimeZone, at: Timestamp) -> Self {
        let (exposures, now) = (&record.exposures, days(at));
        let form = form(&blueprint.exam, &blueprint.domains);
        let reason = match &form {
            None => Some(Reason::BankTooSmall),
            Some(_) if exposures.len() < FEWEST => Some(Reason::TooFewFirstExposures),
            Some(_) => None,
        };
        // Domains are known without a form, too: the numbers of slots do not matter to them.
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
            practise_next: Vec::new(),
            history: Vec::new(),
        };
        if reason.is_none() {
            let (right, results) = (estimate.right_slots(), form.results(&partial));
            let [low, high] = results.quantiles(&right, [(1.0 - CREDIBLE) / 2.0, (1.0 + CREDIBLE) / 2.0]);
            let (mean, pass_mark) = (results.expected_score(&right).round() as i32, blueprint.exam.pass_mark);
            readiness.pass_probability = Some(rounded(results.pass_probability(&right)));
            readiness.expected_score = Some(ExpectedScore { mean, low, high, pass_mark });
            readiness.practise_next = practise_next(blueprint, record, &estimate.gains(&results));
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
            None => notes.push(format!("Domain {number} has no first exposures: its mastery follows the other domains.")),
            Some(newest) if record.unseen(domain) == 0 => notes.push(format!(
                "You have seen all published questions of domain {number}: there is no newer evidence of it than from {}.",
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

/// Domains with questions to practise, by gain.
fn practise_next(blueprint: &Blueprint, record: &Record, gains: &[f64]) -> Vec<PractiseNext> {
    let with_gain = blueprint.domains.iter().zip(gains);
    let mut open: Vec<(&Domain, f64)> =
        with_gain.map(|(domain, gain)| (domain, *gain)).filter(|(domain, _)| record.unseen(domain) > 0).collect();
    open.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let told = |(domain, gain): (&Domain, f64)| PractiseNext {
        domain: domain.number,
        questions: ROUND.min(record.unseen(domain).unsigned_abs() as usize),
        gain: rounded(gain),
    };
    open.into_iter().map(told).collect()
}

/// How good the predictions of an exam were: those that were stored when attempts began.
#[derive(Debug, Serialize, ToSchema)]
pub struct Calibration {
    /// The exam.
    #[schema(example = "clf-c02")]
    pub exam: String,
    /// Predictions whose attempts are graded.
    pub count: usize,
    /// The mean of −ln of the probability that was given to what happened; null without predictions. Always saying 50 %
    /// costs 0.693.
    #[schema(required)]
    pub log_loss: Option<f64>,
    /// The mean squared difference between prediction and result; null without predictions. Always saying 50 % costs 0.25.
    #[schema(required)]
    pub brier_score: Option<f64>,
    /// The predictions of each tenth of the scale.
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
