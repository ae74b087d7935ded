//! A learner's work for an exam, read from the database.

use std::collections::HashSet;

use diesel::QueryResult;

use super::{
    agenda::{Agenda, Planning, Turn},
    model::Card,
    queries,
    schedule::Schedule,
};
use crate::{
    auth::model::UserId,
    db::{DbConnection, day::Day, types::Timestamp},
    exams::model::{Domain, ExamId},
    questions::model::QuestionId,
};

/// A learner's cards of an exam and the work with them.
#[derive(Debug)]
pub struct Outlook {
    /// Calendar and plan.
    pub schedule: Schedule,
    /// The current day of the learner.
    pub today: Day,
    /// The cards of published questions, without those in an exam in progress.
    pub cards: Vec<Card>,
    /// The work with them.
    pub agenda: Agenda,
}

impl Outlook {
    /// Reads it. All of the learner's responses must have their cards.
    pub fn read(
        conn: &mut DbConnection,
        user_id: UserId,
        exam_id: ExamId,
        domains: &[Domain],
        now: Timestamp,
    ) -> QueryResult<Self> {
        let schedule = queries::schedule(conn, user_id, exam_id)?;
        let mut cards = queries::cards(conn, user_id, exam_id)?;
        let in_progress: HashSet<QuestionId> =
            queries::lines_in_progress(conn, user_id, exam_id, now)?.into_iter().collect();
        let answered: HashSet<QuestionId> = cards.iter().map(|card| card.line).collect();
        let first_in_progress = in_progress.difference(&answered).count();
        let today = schedule.time_zone.day_of(now);
        let planning = schedule.aim(today).map(|(aim, plan)| {
            let published: i32 = domains.iter().map(|domain| domain.published_count).sum();
            Planning {
                aim,
                reviews_per_day: plan.reviews_per_day.unsigned_abs() as usize,
                unanswered: (published.unsigned_abs() as usize).saturating_sub(cards.len() + first_in_progress),
                done_today: cards.iter().filter(|card| schedule.time_zone.day_of(card.answered_at) == today).count(),
            }
        });
        cards.retain(|card| !in_progress.contains(&card.line));
        // The stored days come from the plan. Once the plan is over, FSRS alone decides.
        if schedule.plan.is_some() && planning.is_none() {
            for card in &mut cards {
                let due = schedule.due(card.memory(), card.answered_at, today);
                (card.due_on, card.gain) = (due.on, due.gain);
            }
        }
        let turn = |card: &Card| Turn {
            due_in: card.due_on.days_since(today),
            recall: card.memory().recall(schedule.days(card.answered_at, today)),
            gain: card.gain.map(|gain| gain as f32),
        };
        let turns: Vec<Turn> = cards.iter().map(turn).collect();
        let agenda = match &planning {
            Some(planning) => Agenda::planned(&turns, planning),
            None => Agenda::usual(&turns),
        };
        Ok(Self { schedule, today, cards, agenda })
    }

    /// The cards to review today, in order.
    pub fn due(&self) -> impl Iterator<Item = &Card> {
        self.agenda.due.iter().filter_map(|index| self.cards.get(*index))
    }

    /// When the next reviews after today are due: the beginning of their day.
    pub fn next_due_at(&self) -> Option<Timestamp> {
        let next_in = self.agenda.next_in?;
        Some(self.schedule.time_zone.start_of(self.today.plus(next_in)))
    }
}
