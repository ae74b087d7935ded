//! The effect of an answer on the card of its question, by the learner's calendar and plan.

use super::{
    card::{MODEL, Memory, Rating},
    model::{Due, LineRecord, Plan},
    plan::{self, Aim, Task},
};
use crate::{
    db::{day::Day, types::Timestamp},
    questions::model::QuestionId,
    time_zone::TimeZone,
};

/// The probability of recall at which a question is due without a plan.
const RETENTION: f32 = 0.9;

/// The graded response in a slot, without further tries.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// The line of the question.
    pub line: QuestionId,
    /// The mark, from 0 to 1.
    pub mark: f64,
    /// Whether the response is marked as unsure.
    pub unsure: bool,
    /// The time spent in seconds; 0 if the front end does not report it.
    pub seconds: i32,
    /// When it was stored.
    pub at: Timestamp,
    /// When its attempt began.
    pub begun_at: Timestamp,
}

/// A learner's calendar and plan for an exam.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// The time zone that sets where days begin and end.
    pub time_zone: TimeZone,
    /// The plan, whether it is over or not.
    pub plan: Option<Plan>,
}

impl Schedule {
    /// The memory after an answer; none if the answer does not count: if there was a later one, or one on the same day
    /// in another attempt that was in progress at the same time, so that one review is not counted twice.
    pub fn after(&self, before: Option<(Memory, Timestamp)>, answer: &Answer, median: Option<i32>) -> Option<Memory> {
        let rating = Rating::of(answer.mark >= 1.0, answer.unsure, answer.seconds, median);
        let Some((memory, last)) = before else { return Some(MODEL.after(None, rating, 0)) };
        let days = self.days(last, self.time_zone.day_of(answer.at));
        let again = days == 0 && answer.begun_at <= last;
        (last <= answer.at && !again).then(|| MODEL.after(Some(memory), rating, days))
    }

    /// When a question that was answered `at` is due, computed on a day.
    pub fn due(&self, memory: Memory, at: Timestamp, today: Day) -> Due {
        let answered = self.time_zone.day_of(at);
        let usual = answered.plus(i64::from(MODEL.interval(memory, RETENTION)));
        let Some((aim, plan)) = self.aim(today) else { return Due { on: usual, gain: None } };
        match plan::review(&MODEL, memory, self.days(at, today), &aim) {
            Some(Task { due, gain, .. }) => Due { on: today.plus(i64::from(due)), gain: Some(f64::from(gain)) },
            None => Due { on: usual.max(plan.exam_date.plus(1)), gain: None },
        }
    }

    /// The learner's goals on a day, until the exam.
    pub fn aim(&self, today: Day) -> Option<(Aim, Plan)> {
        let plan = self.plan.filter(|plan| plan.exam_date > today)?;
        let aim = Aim {
            exam_in: u32::try_from(plan.exam_date.days_since(today)).unwrap_or(u32::MAX),
            desired_retention: plan.desired_retention as f32,
            exam_day_retention: plan.exam_day_retention as f32,
        };
        Some((aim, plan))
    }

    /// Applies an answer to the record of its line. If a later response is known, nothing changes.
    pub fn take(&self, record: &mut LineRecord, answer: &Answer, median: Option<i32>, today: Day) {
        let before = record.memory().zip(record.answered_at);
        if before.is_some_and(|(_, last)| last > answer.at) {
            return;
        }
        if let Some(memory) = self.after(before, answer, median) {
            record.set_card(memory, self.due(memory, answer.at, today));
        }
        (record.mark, record.answered_at) = (Some(answer.mark), Some(answer.at));
    }

    /// Whole days from a time to a day.
    pub fn days(&self, from: Timestamp, to: Day) -> u32 {
        u32::try_from(to.days_since(self.time_zone.day_of(from))).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exams::model::ExamId;

    /// 2026-11-01, so many hours later.
    fn hour(hours: i64) -> Timestamp {
        Timestamp::from_microseconds(1_793_491_200_000_000).unwrap().plus_seconds(hours * 3600)
    }

    fn schedule(zone: &str, plan: Option<Plan>) -> Schedule {
        Schedule { time_zone: TimeZone::stored(zone), plan }
    }

    fn answer(mark: f64, at: i64, begun_at: i64) -> Answer {
        let line = QuestionId::new();
        Answer { line, mark, unsure: false, seconds: 0, at: hour(at), begun_at: hour(begun_at) }
    }

    #[test]
    fn days_are_those_of_the_learner() {
        // 23:30 and 01:30 in Vienna: different days there, but the same day in UTC.
        let [evening, night] = [hour(22).plus_seconds(1800), hour(24).plus_seconds(1800)];
        let memory = MODEL.after(None, Rating::Good, 0);
        for (zone, days) in [("Europe/Vienna", 1), ("America/New_York", 0)] {
            let schedule = schedule(zone, None);
            assert_eq!(schedule.days(evening, schedule.time_zone.day_of(night)), days, "{zone}");
            let due = schedule.due(memory, evening, Day::of(evening));
            assert_eq!(due.on, schedule.time_zone.day_of(evening).plus(2));
        }
    }

    #[test]
    fn one_review_from_two_devices_counts_once() {
        let schedule = schedule("UTC", None);
        let first = schedule.after(None, &answer(1.0, 10, 9), None).unwrap();
        let card = Some((first, hour(10)));
        // Both attempts were in progress when the first answer was stored.
        assert_eq!(schedule.after(card, &answer(0.0, 11, 9), None), None);
        // An attempt that began later, on the same or another day, is a separate review.
        assert!(schedule.after(card, &answer(0.0, 12, 11), None).is_some());
        assert!(schedule.after(card, &answer(0.0, 40, 9), None).is_some());
        // An exam that is graded late contains an earlier answer.
        assert_eq!(schedule.after(card, &answer(0.0, 8, 7), None), None);
    }

    #[test]
    fn the_record_has_the_last_response_even_if_it_does_not_count_for_the_card() {
        let schedule = schedule("UTC", None);
        let today = Day::of(hour(0));
        let mut record = LineRecord::without_response(QuestionId::new(), ExamId::new(), false, false);
        schedule.take(&mut record, &answer(1.0, 10, 9), None, today);
        let card = record.memory();
        schedule.take(&mut record, &answer(0.0, 11, 9), None, today);
        assert_eq!((record.memory(), record.mark, record.answered_at), (card, Some(0.0), Some(hour(11))));
        schedule.take(&mut record, &answer(1.0, 8, 7), None, today);
        assert_eq!((record.mark, record.answered_at), (Some(0.0), Some(hour(11))));
    }

    #[test]
    fn a_plan_brings_reviews_forward_or_postpones_them_until_after_the_exam() {
        let today = Day::of(hour(0));
        let plan =
            Plan { exam_date: today.plus(20), desired_retention: 0.9, exam_day_retention: 0.95, reviews_per_day: 20 };
        let [with, without] = [Some(plan), None].map(|plan| schedule("UTC", plan));
        let memory = Memory::new(30.0, 5.0);
        assert_eq!(without.due(memory, hour(0), today), Due { on: today.plus(30), gain: None });
        let due = with.due(memory, hour(0), today);
        assert!(due.on < plan.exam_date && due.gain.unwrap() > 0.0, "{due:?}");
        let known = Memory::new(60.0, 5.0);
        assert_eq!(with.due(known, hour(0), today), Due { on: today.plus(60), gain: None });
        let after = Plan { exam_date: today.plus(-1), ..plan };
        assert_eq!(schedule("UTC", Some(after)).due(memory, hour(0), today), without.due(memory, hour(0), today));
    }
}
