//! Requests and responses about reviews and plans.

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

/// The maximum number of due questions that are listed.
const MOST_DUE: usize = 200;
/// The maximum number of days until an exam.
const MOST_DAYS: i64 = 366;
/// The range of retentions.
const RETENTION: RangeInclusive<f64> = 0.7..=0.99;
/// The maximum number of reviews per day.
const MOST_REVIEWS: i32 = 1000;

/// The questions that are due, and a forecast.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reviews {
    /// The code of the exam.
    #[schema(example = "clf-c02")]
    pub exam: String,
    /// The time zone that sets where a day begins and ends. Change it with `PATCH /api/v1/me`.
    pub time_zone: TimeZone,
    /// The current day in this time zone.
    pub today: Day,
    /// The number of reviews that are due now. With a plan, the reviews that it schedules for today.
    pub due_count: usize,
    /// The number of new questions, not answered yet, that the plan schedules for today. 0 without a plan.
    pub new_count: usize,
    /// The questions that are due, in the order of a review: at most 200.
    #[schema(max_items = 200)]
    pub due: Vec<DueQuestion>,
    /// When the next reviews after today are due. Null if there are none.
    #[schema(required)]
    pub next_due_at: Option<Timestamp>,
    /// Every day from today to the day before the exam. Without a plan, 30 days. Each question counts once, on its next
    /// day.
    pub forecast: Vec<ForecastDay>,
    /// The plan. Null if there is none, and from the day of its exam on.
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
    /// The code of its task. Null if it has none.
    #[schema(required)]
    pub task: Option<String>,
    /// The day on which it is due. A plan may have moved it to today from a later day.
    pub due_on: Day,
    /// The probability that you recall its answer today.
    #[schema(example = 0.871)]
    pub retrievability: f64,
}

/// A day of the forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ForecastDay {
    /// The day.
    pub date: Day,
    /// The number of reviews and new questions on this day.
    pub count: usize,
    /// The number of reviews. Today includes those that are overdue.
    pub reviews: usize,
    /// The number of questions not answered yet.
    pub new: usize,
    /// The number of questions that are due on this day but fit neither on it nor on an earlier day. They move to a
    /// later day, or are left out. 0 without a plan.
    pub over_limit: usize,
}

/// A summary of a plan.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct PlanHead {
    /// The day of the exam.
    pub exam_date: Day,
    /// The maximum number of reviews and new questions per day.
    pub reviews_per_day: i32,
}

impl Reviews {
    /// A learner's work for an exam.
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

/// A plan for an exam.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutPlan {
    /// The day of the exam: from tomorrow to 366 days from today, in the time zone of your account.
    pub exam_date: Day,
    /// A question is due when the probability that you recall its answer has fallen to this value.
    #[serde(default = "desired_retention")]
    #[schema(minimum = 0.7, maximum = 0.99, default = 0.9)]
    pub desired_retention: f64,
    /// A question gets another review before the exam only if your probability of recalling its answer on that day
    /// would be below this value.
    #[serde(default = "exam_day_retention")]
    #[schema(minimum = 0.7, maximum = 0.99, default = 0.95)]
    pub exam_day_retention: f64,
    /// The maximum number of reviews and new questions per day.
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
    /// The plan, or all errors in it, checked on this day.
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

/// The settings of a plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlanSettings {
    /// The code of the exam.
    #[schema(example = "clf-c02")]
    pub exam: String,
    /// The day of the exam.
    pub exam_date: Day,
    /// The probability of recall at which a question is due.
    #[schema(example = 0.9)]
    pub desired_retention: f64,
    /// The probability of recall that you want on the day of the exam.
    #[schema(example = 0.95)]
    pub exam_day_retention: f64,
    /// The maximum number of reviews and new questions per day.
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

/// A plan, and the work that it requires.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanReply {
    /// The settings of a plan.
    #[serde(flatten)]
    pub settings: PlanSettings,
    /// The time zone that sets where a day begins and ends. Change it with `PATCH /api/v1/me`.
    pub time_zone: TimeZone,
    /// The current day in this time zone.
    pub today: Day,
    /// The number of days until the exam, including today. 0 from the day of the exam on, when nothing is planned.
    #[schema(minimum = 0)]
    pub days_left: i64,
    /// Whether everything fits before the exam.
    pub fits: bool,
    /// The work that fits before the exam.
    pub planned: PlanLoad,
    /// The work that does not fit: the questions that would raise your recall on the day of the exam least.
    pub left_out: PlanLoad,
    /// The number of questions per day at which everything would fit.
    pub needed_per_day: usize,
    /// The time that you usually take for a question, in seconds: the median of your latest ones. Null while there are
    /// too few.
    #[schema(required)]
    pub seconds_per_question: Option<i32>,
    /// The time for an average day of the plan, in minutes, rounded up. Null while `seconds_per_question` is null.
    #[schema(required)]
    pub minutes_per_day: Option<i64>,
}

/// A number of reviews and of questions not answered yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlanLoad {
    /// The number of reviews.
    pub reviews: usize,
    /// The number of questions not answered yet.
    pub new: usize,
}

impl PlanReply {
    /// A stored plan with its work.
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
