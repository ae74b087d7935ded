//! When each question is due on the way to an exam.
//!
//! Days are counted from today. A question needs another review only if its recall on the exam's day would be too low.
//! It is due on the day that FSRS says, or earlier, on the last day on which one review still makes its recall good enough.
//! Questions that nobody has answered yet are spread over the days. What is more than a day holds moves to earlier days,
//! and what does not fit there either is left out, least gain first.

use super::card::{Memory, Model, Rating};

/// First answers end so many days before the exam, so that there is time for a review of each.
const LAST_WEEK: u32 = 7;
/// The least gain of a first answer: an exam has more questions than a bank.
const LEAST_GAIN: f32 = 0.01;
/// A review's day is looked for among so many days at most; over longer times, among every second, third … day.
const LOOKED_AT: u32 = 64;

/// What a learner aims at.
#[derive(Debug, Clone, Copy)]
pub struct Aim {
    /// Days to the exam.
    pub exam_in: u32,
    /// Probability to recall at which a question is due.
    pub desired_retention: f32,
    /// Probability to recall on the day of the exam.
    pub exam_day_retention: f32,
}

/// Reviews that should take place, or first answers, that are alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Task {
    /// The day on which they are due; later is too late.
    pub due: u32,
    /// By how much each raises the probability to recall the answer on the exam's day.
    pub gain: f32,
    /// How many.
    pub count: usize,
}

/// The next review of a question that was answered `ago` days ago. None if it can wait until after the exam, and where
/// there is no day left for it: a question is asked once a day.
pub fn review(model: &Model, memory: Memory, ago: u32, aim: &Aim) -> Option<Task> {
    let exam = ago.saturating_add(aim.exam_in);
    let unaided = memory.recall(exam);
    let first = u32::from(ago == 0);
    if aim.exam_in <= first || unaided >= aim.exam_day_retention {
        return None;
    }
    let with_review = |on: u32| model.recall_after_review(memory, ago + on, exam);
    let step = (aim.exam_in - first).div_ceil(LOOKED_AT).max(1);
    let mut days = (first..aim.exam_in).rev().step_by(step as usize).map(|on| (on, with_review(on)));
    let mut best = (first, 0.0);
    let safe = days.find(|&(on, recall)| {
        if recall > best.1 {
            best = (on, recall);
        }
        recall >= aim.exam_day_retention
    });
    let (last_day, _) = safe.unwrap_or(best);
    let fsrs = model.interval(memory, aim.desired_retention).saturating_sub(ago);
    let due = fsrs.min(last_day).max(first);
    Some(Task { due, gain: with_review(due) - unaided, count: 1 })
}

/// The first answers to `count` questions, of which the learner answers `right` (0 to 1) right.
pub fn first_answers(model: &Model, count: usize, right: f32, aim: &Aim) -> impl Iterator<Item = Task> {
    let after = |rating| model.after(None, rating, 0).recall(aim.exam_in);
    let gain = (right * after(Rating::Good) + (1.0 - right) * after(Rating::Again) - right).max(LEAST_GAIN);
    let days = aim.exam_in.saturating_sub(LAST_WEEK).max(1);
    let until = move |day: u32| (day as usize * count).div_ceil(days as usize);
    let tasks = (0..days).map(move |due| Task { due, gain, count: until(due + 1) - until(due) });
    tasks.filter(|task| task.count > 0)
}

/// Tasks that found their place: which of them, on which day, how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// The index of the task.
    pub task: usize,
    /// The day.
    pub day: u32,
    /// How many of it.
    pub count: usize,
}

/// The days of tasks, each the latest one up to its day on which there is room. `room` is what each day until the exam
/// holds.
///
/// The tasks that fit are those of the greatest gain altogether: unit tasks with deadlines form a matroid, so that taking
/// the greatest gain first is optimal.
pub fn level(tasks: &[Task], mut room: Vec<usize>) -> Vec<Placed> {
    let mut order: Vec<usize> = (0..tasks.len()).collect();
    order.sort_by(|&a, &b| tasks[b].gain.total_cmp(&tasks[a].gain).then(tasks[a].due.cmp(&tasks[b].due)));
    // free[n]: a number of days up to which the latest day with room is searched next; 0 for none.
    let mut free: Vec<usize> = (0..=room.len()).collect();
    for (day, room) in room.iter().enumerate() {
        if *room == 0 {
            free[day + 1] = day;
        }
    }
    let mut placed = Vec::with_capacity(tasks.len());
    for task in order {
        let mut left = tasks[task].count;
        while left > 0 {
            let latest = latest_free(&mut free, (tasks[task].due as usize + 1).min(room.len()));
            let Some(day) = latest.checked_sub(1) else { break };
            let count = left.min(room[day]);
            placed.push(Placed { task, day: day as u32, count });
            left -= count;
            room[day] -= count;
            if room[day] == 0 {
                free[latest] = day;
            }
        }
    }
    placed
}

/// Follows the entries to one that points to itself, and shortens the way for the next search.
fn latest_free(free: &mut [usize], mut from: usize) -> usize {
    while free[from] != from {
        free[from] = free[free[from]];
        from = free[from];
    }
    from
}

/// At how many a day all tasks would fit, where `done` of today's are done.
pub fn needed_per_day(tasks: &[Task], done: usize, days: usize) -> usize {
    let mut due = vec![0; days];
    for task in tasks {
        if let Some(count) = due.get_mut((task.due as usize).min(days.saturating_sub(1))) {
            *count += task.count;
        }
    }
    let sums = due.iter().scan(0, |sum, count| {
        *sum += count;
        Some(*sum)
    });
    let needed = (1..).zip(sums).filter(|(_, sum)| *sum > 0).map(|(days, sum)| (sum + done).div_ceil(days));
    needed.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn aim(exam_in: u32) -> Aim {
        Aim { exam_in, desired_retention: 0.9, exam_day_retention: 0.95 }
    }

    #[test]
    fn what_is_known_well_enough_waits_until_after_the_exam() {
        let model = Model::default();
        assert_eq!(review(&model, Memory::new(400.0, 5.0), 3, &aim(30)), None);
        assert_eq!(review(&model, Memory::new(2.0, 5.0), 3, &aim(0)), None);
    }

    #[test]
    fn what_fsrs_would_ask_after_the_exam_is_due_before_it() {
        let model = Model::default();
        // Due in 50 days by FSRS; the exam is in 40, and recall would be 91 %.
        let task = review(&model, Memory::new(50.0, 5.0), 0, &aim(40)).unwrap();
        assert!(task.due < 40 && task.gain > 0.03, "{task:?}");
    }

    #[test]
    fn what_is_forgotten_is_due_at_once_but_never_twice_a_day() {
        let model = Model::default();
        assert_eq!(review(&model, Memory::new(1.0, 5.0), 20, &aim(30)).unwrap().due, 0);
        assert_eq!(review(&model, Memory::new(0.01, 5.0), 0, &aim(30)).unwrap().due, 1);
        assert_eq!(review(&model, Memory::new(0.01, 5.0), 0, &aim(1)), None);
    }

    #[test]
    fn first_answers_are_spread_and_leave_the_last_week() {
        let due: Vec<u32> = first_answers(&Model::default(), 46, 0.5, &aim(30)).map(|task| task.due).collect();
        assert_eq!(due, (0..23).collect::<Vec<_>>());
        assert!(first_answers(&Model::default(), 46, 0.5, &aim(30)).all(|task| task.count == 2));
        let few: Vec<(u32, usize)> =
            first_answers(&Model::default(), 3, 0.5, &aim(2)).map(|task| (task.due, task.count)).collect();
        assert_eq!(few, [(0, 3)]);
        let sparse: Vec<u32> = first_answers(&Model::default(), 2, 0.5, &aim(17)).map(|task| task.due).collect();
        assert_eq!(sparse, [0, 5]);
    }

    fn days(tasks: &[Task], room: Vec<usize>) -> Vec<Vec<u32>> {
        let placed = level(tasks, room);
        let of = |task: usize| placed.iter().filter(move |one| one.task == task);
        (0..tasks.len()).map(|task| of(task).flat_map(|one| vec![one.day; one.count]).collect()).collect()
    }

    #[test]
    fn what_is_too_much_moves_to_earlier_days_and_the_least_gain_is_left_out() {
        let task = |due, gain| Task { due, gain, count: 1 };
        let tasks = [task(1, 0.5), task(1, 0.4), task(1, 0.1), task(2, 0.2), task(9, 0.3)];
        assert_eq!(days(&tasks, vec![1; 4]), [vec![1], vec![0], vec![], vec![2], vec![3]]);
        assert_eq!(days(&tasks, vec![0, 1, 1, 1]), [vec![1], vec![], vec![], vec![2], vec![3]]);
        assert_eq!(days(&tasks, vec![0; 4]), [(); 5].map(|()| Vec::<u32>::new()));
        assert_eq!(needed_per_day(&tasks, 0, 4), 2);
        assert_eq!(needed_per_day(&tasks, 2, 4), 3);
        assert_eq!(needed_per_day(&[], 5, 4), 0);
    }

    #[test]
    fn tasks_that_are_alike_share_days() {
        let tasks = [Task { due: 2, gain: 0.5, count: 5 }, Task { due: 0, gain: 0.1, count: 2 }];
        assert_eq!(days(&tasks, vec![2; 4]), [vec![2, 2, 1, 1, 0], vec![0]]);
    }

    proptest! {
        #[test]
        fn levelling_keeps_days_and_limits_and_leaves_out_only_what_cannot_fit(
            tasks in prop::collection::vec((0u32..12, 0.0f32..1.0, 1usize..4), 0..40), days in 1usize..10, cap in 0usize..6,
            done in 0usize..6,
        ) {
            let tasks: Vec<Task> = tasks.into_iter().map(|(due, gain, count)| Task { due, gain, count }).collect();
            let mut room = vec![cap; days];
            room[0] = cap.saturating_sub(done);
            let (mut load, mut open) = (vec![0; days], tasks.iter().map(|task| task.count).collect::<Vec<_>>());
            for one in level(&tasks, room.clone()) {
                prop_assert!(one.day <= tasks[one.task].due && one.count > 0);
                load[one.day as usize] += one.count;
                open[one.task] -= one.count;
            }
            prop_assert!(load.iter().zip(&room).all(|(load, room)| load <= room));
            for (task, open) in tasks.iter().zip(&open) {
                if *open > 0 {
                    // Every day that it could have had is full.
                    let until = (task.due as usize + 1).min(days);
                    prop_assert!(load.iter().zip(&room).take(until).all(|(load, room)| load == room));
                }
            }
            let needed = needed_per_day(&tasks, done, days);
            prop_assert_eq!(open.iter().all(|open| *open == 0), cap >= needed);
        }

        #[test]
        fn all_first_answers_have_their_day(count in 0usize..100_000, exam_in in 1u32..367) {
            let tasks: Vec<Task> = first_answers(&Model::default(), count, 0.6, &aim(exam_in)).collect();
            prop_assert_eq!(tasks.iter().map(|task| task.count).sum::<usize>(), count);
            prop_assert!(tasks.iter().all(|task| task.due < exam_in));
        }

        #[test]
        fn a_review_is_due_before_the_exam(
            stability in 0.01f32..500.0, difficulty in 1f32..10.0, ago in 0u32..300, exam_in in 1u32..400,
        ) {
            let task = review(&Model::default(), Memory::new(stability, difficulty), ago, &aim(exam_in));
            if let Some(task) = task {
                prop_assert!(task.due < exam_in && task.due + ago > 0);
                prop_assert!(task.gain.is_finite());
            }
        }
    }
}
