//! Reviews and plans as learners are told them and ask for them.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    agenda::Load,
    model::{Card, Plan},
    outlook::Outlook,
};
use crate::{
    db::{day::Day, types::Timestamp},
    error::{Error, FieldError},
    exams::{Blueprint, model::Exam},
    http::extract::integer,
    questions::model::QuestionId,
    time_zone::TimeZone,
};

/// The most due questions that are told by name.
const MOST_DUE: usize = 200;
/// How far away the day of an exam may be.
const MOST_DAYS: i64 = 366;
/// The range of retentions.
const RETENTION: RangeInclusive<f64> = 0.7..=0.99;
/// The most reviews a day.
const MOST_REVIEWS: i32 = 1000;

/// What is due, and what is to come.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reviews {
    /// The exam.
    #[schema(example = "clf-c02")]
    pub exam: String,
    /// The time zone by which days are told; `PATCH /api/v1/me` changes it.
    pub time_zone: TimeZone,
    /// The day there.
    pub today: Day,
    /// Reviews that are due now; with a plan, those that it puts on today.
    pub due_count: usize,
    /// Questions not answered yet that the plan puts on today; 0 without a plan.
    pub new_count: usize,
    /// The questions that are due, in the order in which a review asks them: 200 at most.
    #[schema(max_items = 200)]
    pub due: Vec<DueQuestion>,
    /// When the next reviews after today come due; null when none is to come.
    #[schema(required)]
    pub next_due_at: Option<Timestamp>,
    /// Every day from today to the day before the exam; without a plan, 30 days. Each question counts once, with its next
    /// turn.
    pub forecast: Vec<ForecastDay>,
    /// The plan, until the day of its exam; null when there is none.
    #[schema(required)]
    pub plan: Option<PlanHead>,
}

/// A question that is due.
#[derive(Debug, Serialize, ToSchema)]
pub struct DueQuestion {
    /// The id of its published revision.
    pub question_id: QuestionId,
    /// The number of its domain.
    pub domain: i32,
    /// The code of its task; null when it has none.
    #[schema(required)]
    pub task: Option<String>,
    /// Since when it is due.
    pub due_on: Day,
    /// The probability that you recall its answer today.
    #[schema(example = 0.871)]
    pub retrievability: f64,
}

/// A day to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ForecastDay {
    /// The day.
    pub date: Day,
    /// Reviews and new questions on it.
    pub count: usize,
    /// Reviews. Today, with those that are overdue.
    pub reviews: usize,
    /// Questions not answered yet.
    pub new: usize,
    /// What is due on this day, and fits neither on it nor before: it comes on a later day, or is left out. 0 without a plan.
    pub over_limit: usize,
}

/// What a plan says in short.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct PlanHead {
    /// The day of the exam.
    pub exam_date: Day,
    /// Reviews and new questions a day, at most.
    pub reviews_per_day: i32,
}

impl Reviews {
    /// What a learner has to do for an exam.
    pub fn new(blueprint: &Blueprint, outlook: &Outlook) -> Self {
        let Outlook { schedule, today, agenda, .. } = outlook;
        let due = |card: &Card| {
            let domain = blueprint.domains.iter().find(|domain| domain.id == card.domain_id);
            let task = blueprint.tasks.iter().find(|task| Some(task.id) == card.task_id);
            let recall = card.memory().recall(schedule.days(card.answered_at, *today));
            DueQuestion {
                question_id: card.question_id,
                domain: domain.map_or(0, |domain| domain.number),
                task: task.map(|task| task.code.clone()),
                due_on: card.due_on,
                retrievability: (f64::from(recall) * 1000.0).round() / 1000.0,
            }
        };
        let forecast = (0..).zip(&agenda.days).map(|(days, ahead)| ForecastDay {
            date: today.plus(days),
            count: ahead.load.reviews + ahead.load.new,
            reviews: ahead.load.reviews,
            new: ahead.load.new,
            over_limit: ahead.over_limit,
        });
        let plan = schedule.aim(*today).map(|(_, plan)| plan);
        Self {
            exam: blueprint.exam.code.clone(),
            time_zone: schedule.time_zone.clone(),
            today: *today,
            due_count: agenda.due.len(),
            new_count: agenda.days.first().map_or(0, |day| day.load.new),
            due: outlook.due().take(MOST_DUE).map(due).collect(),
            next_due_at: outlook.next_due_at(),
            forecast: forecast.collect(),
            plan: plan.map(|plan| PlanHead { exam_date: plan.exam_date, reviews_per_day: plan.reviews_per_day }),
        }
    }
}

/// What you aim at until the day of an exam.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutPlan {
    /// The day of the exam: from tomorrow, by the time zone of your account, to 366 days from now.
    pub exam_date: Day,
    /// A question is due when the probability that you recall its answer has fallen to this.
    #[serde(default = "desired_retention")]
    #[schema(minimum = 0.7, maximum = 0.99, default = 0.9)]
    pub desired_retention: f64,
    /// A question needs another review before the exam only if you would recall its answer on that day less probably than
    /// this.
    #[serde(default = "exam_day_retention")]
    #[schema(minimum = 0.7, maximum = 0.99, default = 0.95)]
    pub exam_day_retention: f64,
    /// Reviews and new questions a day, at most.
    #[serde(default = "reviews_per_day", deserialize_with = "integer")]
    #[schema(minimum = 1, maximum = 1000, default = 60)]
    pub reviews_per_day: i32,
}

fn desired_retention() -> f64 {
    0.9
}

fn exam_day_retention() -> f64 {
    0.95
}

fn reviews_per_day() -> i32 {
    60
}

impl PutPlan {
    /// The plan, or everything that is wrong with it on this day.
    pub fn checked(&self, today: Day) -> Result<Plan, Error> {
        let mut faults = Vec::new();
        let mut fault = |pointer: &str, detail: String| faults.push(FieldError { pointer: pointer.to_owned(), detail });
        let (first, last) = (today.plus(1), today.plus(MOST_DAYS));
        if !(first..=last).contains(&self.exam_date) {
            fault("/exam_date", format!("must be from {first} to {last}"));
        }
        for (pointer, retention) in
            [("/desired_retention", self.desired_retention), ("/exam_day_retention", self.exam_day_retention)]
        {
            if !RETENTION.contains(&retention) {
                fault(pointer, format!("must be from {} to {}", RETENTION.start(), RETENTION.end()));
            }
        }
        if !(1..=MOST_REVIEWS).contains(&self.reviews_per_day) {
            fault("/reviews_per_day", format!("must be from 1 to {MOST_REVIEWS}"));
        }
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        Ok(Plan {
            exam_date: self.exam_date,
            desired_retention: self.desired_retention,
            exam_day_retention: self.exam_day_retention,
            reviews_per_day: self.reviews_per_day,
        })
    }
}

/// What you aim at.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlanSettings {
    /// The exam.
    #[schema(example = "clf-c02")]
    pub exam: String,
    /// The day of the exam.
    pub exam_date: Day,
    /// The probability to recall at which a question is due.
    #[schema(example = 0.9)]
    pub desired_retention: f64,
    /// The probability to recall on the day of the exam.
    #[schema(example = 0.95)]
    pub exam_day_retention: f64,
    /// Reviews and new questions a day, at most.
    pub reviews_per_day: i32,
}

impl PlanSettings {
    /// A stored plan for the exam with this code.
    pub fn new(exam: String, plan: &Plan) -> Self {
        Self {
            exam,
            exam_date: plan.exam_date,
            desired_retention: plan.desired_retention,
            exam_day_retention: plan.exam_day_retention,
            reviews_per_day: plan.reviews_per_day,
        }
    }
}

/// A plan, and what it comes to.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanReply {
    /// What you aim at.
    #[serde(flatten)]
    pub settings: PlanSettings,
    /// The time zone by which days are told; `PATCH /api/v1/me` changes it.
    pub time_zone: TimeZone,
    /// The day there.
    pub today: Day,
    /// Days until the exam, today among them; 0 once its day has come, and then nothing is planned.
    #[schema(minimum = 0)]
    pub days_left: i64,
    /// Whether everything fits before the exam.
    pub fits: bool,
    /// What fits.
    pub planned: PlanLoad,
    /// What does not: what would raise your recall on the day of the exam least.
    pub left_out: PlanLoad,
    /// At so many a day, everything fits.
    pub needed_per_day: usize,
    /// The seconds that you usually take for a question: the median of the newest; null while there are few.
    #[schema(required)]
    pub seconds_per_question: Option<i32>,
    /// What an average day of the plan takes at that pace, rounded up; null while that is not known.
    #[schema(required)]
    pub minutes_per_day: Option<i64>,
}

/// Reviews and questions not answered yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlanLoad {
    /// Reviews.
    pub reviews: usize,
    /// Questions not answered yet.
    pub new: usize,
}

impl PlanReply {
    /// A stored plan with what is to be done.
    pub fn new(exam: &Exam, plan: &Plan, outlook: &Outlook, seconds: Option<i32>) -> Self {
        let Outlook { schedule, today, agenda, .. } = outlook;
        let days_left = plan.exam_date.days_since(*today).max(0);
        let (planned, left_out) = if days_left > 0 { (agenda.planned, agenda.left_out) } else { Default::default() };
        let load = |load: Load| PlanLoad { reviews: load.reviews, new: load.new };
        let per_day = |seconds: i32| {
            let all = (planned.reviews + planned.new) as u64 * u64::from(seconds.unsigned_abs());
            all.div_ceil(60 * days_left.max(1).unsigned_abs()).cast_signed()
        };
        Self {
            settings: PlanSettings::new(exam.code.clone(), plan),
            time_zone: schedule.time_zone.clone(),
            today: *today,
            days_left,
            fits: left_out.reviews + left_out.new == 0,
            planned: load(planned),
            left_out: load(left_out),
            needed_per_day: agenda.needed_per_day,
            seconds_per_question: seconds,
            minutes_per_day: seconds.map(per_day),
        }
    }
}
