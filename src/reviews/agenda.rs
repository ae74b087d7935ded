//! A learner's work day by day: from the cards of an exam, and its plan if there is one.

use super::{
    card::MODEL,
    plan::{self, Aim, Task},
};

/// The number of days without a plan.
const DAYS: usize = 30;

/// The properties of a card that decide when its turn comes.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    /// Days until it is due; negative once it is overdue.
    pub due_in: i64,
    /// The probability of recalling its answer today.
    pub recall: f32,
    /// By how much a review raises the recall on the day of the exam, if the plan has a review before it.
    pub gain: Option<f32>,
}

/// A plan, and what else the days until the exam depend on.
#[derive(Debug, Clone, Copy)]
pub struct Planning {
    /// The goals of the plan.
    pub aim: Aim,
    /// Reviews and first answers per day.
    pub reviews_per_day: usize,
    /// Questions that have not been answered yet.
    pub unanswered: usize,
    /// Questions that were answered today.
    pub done_today: usize,
}

/// Numbers of reviews and first answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// Reviews.
    pub reviews: usize,
    /// First answers.
    pub new: usize,
}

/// A day in the future.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayAhead {
    /// The work on this day.
    pub load: Load,
    /// Reviews that are due on this day but fit neither on it nor on an earlier one: they come late, or not at all.
    pub over_limit: usize,
}

/// The work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agenda {
    /// The indices of the cards to review today, in order.
    pub due: Vec<usize>,
    /// Days until the next reviews after today; none if there are none.
    pub next_in: Option<i64>,
    /// The days from today: until the exam, or 30.
    pub days: Vec<DayAhead>,
    /// The work that fits before the exam.
    pub planned: Load,
    /// The work that does not fit.
    pub left_out: Load,
    /// The number of questions per day at which everything would fit before the exam.
    pub needed_per_day: usize,
}

impl Agenda {
    /// Without a plan: everything that is due is reviewed, longest overdue first.
    pub fn usual(turns: &[Turn]) -> Self {
        let mut due: Vec<usize> = (0..turns.len()).filter(|&index| turns[index].due_in <= 0).collect();
        due.sort_by(|&a, &b| {
            let (a, b) = (turns[a], turns[b]);
            a.due_in.cmp(&b.due_in).then(a.recall.total_cmp(&b.recall))
        });
        let mut days = vec![DayAhead::default(); DAYS];
        for turn in turns {
            if let Some(day) = usize::try_from(turn.due_in.max(0)).ok().and_then(|day| days.get_mut(day)) {
                day.load.reviews += 1;
            }
        }
        let next_in = turns.iter().map(|turn| turn.due_in).filter(|due_in| *due_in > 0).min();
        Self { due, next_in, days, planned: Load::default(), left_out: Load::default(), needed_per_day: 0 }
    }

    /// With a plan: reviews that are due before the exam and first answers share the days, highest gain first.
    pub fn planned(turns: &[Turn], planning: &Planning) -> Self {
        let exam_in = planning.aim.exam_in;
        let before_exam = |turn: &Turn| turn.due_in < i64::from(exam_in);
        let (mut tasks, mut cards): (Vec<Task>, Vec<usize>) = (Vec::new(), Vec::new());
        for (index, turn) in turns.iter().enumerate().filter(|(_, turn)| before_exam(turn)) {
            let due = u32::try_from(turn.due_in.max(0)).unwrap_or(0);
            tasks.push(Task { due, gain: turn.gain.unwrap_or(0.0), count: 1 });
            cards.push(index);
        }
        tasks.extend(plan::first_answers(&MODEL, planning.unanswered, &planning.aim));

        let mut days = vec![DayAhead::default(); exam_in as usize];
        let mut room = vec![planning.reviews_per_day; days.len()];
        if let Some(today) = room.first_mut() {
            *today = today.saturating_sub(planning.done_today);
        }
        for task in &tasks {
            days[task.due as usize].over_limit += task.count;
        }
        let (mut due, mut planned) = (Vec::new(), Load::default());
        for placed in plan::level(&tasks, room) {
            let due_on = tasks[placed.task].due;
            if placed.day <= due_on {
                days[due_on as usize].over_limit -= placed.count;
            }
            let load = &mut days[placed.day as usize].load;
            match cards.get(placed.task) {
                Some(card) => {
                    load.reviews += 1;
                    planned.reviews += 1;
                    if placed.day == 0 {
                        due.push(*card);
                    }
                }
                None => {
                    load.new += placed.count;
                    planned.new += placed.count;
                }
            }
        }
        due.sort_by(|&a, &b| turns[b].gain.unwrap_or(0.0).total_cmp(&turns[a].gain.unwrap_or(0.0)));
        let next_before = days.iter().skip(1).position(|day| day.load.reviews > 0).map(|day| day as i64 + 1);
        let next_after = || turns.iter().filter(|turn| !before_exam(turn)).map(|turn| turn.due_in).min();
        Self {
            due,
            next_in: next_before.or_else(next_after),
            planned,
            left_out: Load { reviews: cards.len() - planned.reviews, new: planning.unanswered - planned.new },
            needed_per_day: plan::needed_per_day(
                tasks.iter().map(|task| task.count).sum(),
                planning.done_today,
                days.len(),
            ),
            days,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(due_in: i64, gain: Option<f32>) -> Turn {
        Turn { due_in, recall: 0.9, gain }
    }

    fn planning(exam_in: u32, reviews_per_day: usize, unanswered: usize, done_today: usize) -> Planning {
        let aim = Aim { exam_in, desired_retention: 0.9, exam_day_retention: 0.95 };
        Planning { aim, reviews_per_day, unanswered, done_today }
    }

    #[test]
    fn without_a_plan_the_longest_overdue_comes_first() {
        let turns =
            [turn(0, None), turn(-3, None), turn(2, None), Turn { recall: 0.5, ..turn(0, None) }, turn(45, None)];
        let agenda = Agenda::usual(&turns);
        assert_eq!((agenda.due, agenda.next_in, agenda.days.len()), (vec![1, 3, 0], Some(2), 30));
        let loads: Vec<usize> = agenda.days.iter().take(4).map(|day| day.load.reviews).collect();
        assert_eq!(loads, [3, 0, 1, 0]);
        assert_eq!(Agenda::usual(&turns[4..]).next_in, Some(45));
        assert_eq!(Agenda::usual(&[]).next_in, None);
    }

    #[test]
    fn a_plan_starts_with_the_highest_gain_and_reports_late_reviews() {
        let turns = [turn(-2, Some(0.3)), turn(0, Some(0.1)), turn(0, Some(0.4)), turn(1, Some(0.2)), turn(40, None)];
        let agenda = Agenda::planned(&turns, &planning(10, 2, 0, 0));
        assert_eq!((agenda.due.as_slice(), agenda.next_in), (&[2, 0][..], Some(1)));
        let day = |reviews, over_limit| DayAhead { load: Load { reviews, new: 0 }, over_limit };
        assert_eq!(agenda.days[..3], [day(2, 1), day(2, 0), day(0, 0)]);
        assert_eq!((agenda.planned.reviews, agenda.left_out, agenda.needed_per_day), (4, Load::default(), 1));
        // What was done today counts toward today's limit.
        let later = Agenda::planned(&turns, &planning(10, 2, 0, 1));
        assert_eq!((later.due, &later.days[..3]), (vec![2], &[day(1, 2), day(2, 0), day(1, 0)][..]));
        let short = Agenda::planned(&turns, &planning(2, 1, 0, 0));
        assert_eq!((short.planned.reviews, short.left_out.reviews, short.needed_per_day), (2, 2, 2));
    }

    #[test]
    fn reviews_after_the_exam_come_next_if_there_are_no_others() {
        let agenda = Agenda::planned(&[turn(40, None)], &planning(10, 2, 0, 0));
        assert_eq!((agenda.due.len(), agenda.next_in, agenda.planned), (0, Some(40), Load::default()));
    }

    #[test]
    fn first_answers_take_their_share_of_the_days() {
        let agenda = Agenda::planned(&[turn(0, Some(0.9))], &planning(8, 3, 100, 0));
        // All of them are due on the first day, since the last week is for reviews.
        assert_eq!(agenda.days[0], DayAhead { load: Load { reviews: 1, new: 2 }, over_limit: 98 });
        assert_eq!((agenda.planned, agenda.left_out), (Load { reviews: 1, new: 23 }, Load { reviews: 0, new: 77 }));
        assert_eq!((agenda.days.len(), agenda.needed_per_day), (8, 13));
    }
}
