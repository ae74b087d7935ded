//! When each question is due before an exam.
//!
//! Days are counted from today. A question needs another review only if its recall on the exam's day would be too low.
//! It is due on the day that FSRS computes, or earlier, on the last day on which one review still makes its recall good
//! enough. New questions are spread over the days. Work beyond the limit of a day moves to an earlier day, or else
//! comes late, and work that does not fit before the exam is left out, lowest gain first.

use super::card::{Memory, Model, Rating};

/// First answers end this many days before the exam, so that there is time for a review of each.
const LAST_WEEK: u32 = 7;
/// The probability that a first answer is right. The learner's latest answers would overestimate it: most of them are
/// reviews.
const RIGHT_AT_FIRST: f32 = 0.5;
/// A review is assumed this many days after a first answer.
const FIRST_REVIEW: u32 = 7;
/// The day of a review is searched among at most this many days; over longer times, among every second, third … day.
const LOOKED_AT: u32 = 64;

/// A learner's goals.
#[derive(Debug, Clone, Copy)]
pub struct Aim {
    /// Days to the exam.
    pub exam_in: u32,
    /// The probability of recall at which a question is due.
    pub desired_retention: f32,
    /// The probability of recall on the day of the exam.
    pub exam_day_retention: f32,
}

/// Reviews or first answers with the same due day and gain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Task {
    /// The day on which they are due.
    pub due: u32,
    /// By how much each raises the probability of recalling the answer on the exam's day.
    pub gain: f32,
    /// The number of them.
    pub count: usize,
}

/// The next review of a question that was answered `ago` days ago. None if it can wait until after the exam, or if
/// there is no day left for it: a question is asked at most once a day.
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

/// The first answers to `count` questions. The memory of a first answer alone fades before the exam, and a review
/// requires a first answer: so its gain is half of the gain of both together.
pub fn first_answers(model: &Model, count: usize, aim: &Aim) -> impl Iterator<Item = Task> {
    let on = aim.exam_in.saturating_sub(1).min(FIRST_REVIEW);
    let after = |rating| model.recall_after_review(model.after(None, rating, 0), on, aim.exam_in);
    let recall = RIGHT_AT_FIRST * after(Rating::Good) + (1.0 - RIGHT_AT_FIRST) * after(Rating::Again);
    let gain = (recall - RIGHT_AT_FIRST) / 2.0;
    let days = aim.exam_in.saturating_sub(LAST_WEEK).max(1);
    let until = move |day: u32| (day as usize * count).div_ceil(days as usize);
    let tasks = (0..days).map(move |due| Task { due, gain, count: until(due + 1) - until(due) });
    tasks.filter(|task| task.count > 0)
}

/// Scheduled tasks: which task, on which day, how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// The index of the task.
    pub task: usize,
    /// The day.
    pub day: u32,
    /// The number of them.
    pub count: usize,
}

/// Schedules tasks: each on the latest day up to its due day that has room, or else on the first one after it. `room`
/// is the limit of each day until the exam.
///
/// The tasks that are in time have the greatest total gain: unit tasks with deadlines form a matroid, so that the
/// greedy algorithm is optimal. Late tasks are scheduled in the same order.
pub fn level(tasks: &[Task], mut room: Vec<usize>) -> Vec<Placed> {
    let mut order: Vec<usize> = (0..tasks.len()).collect();
    order.sort_by(|&a, &b| tasks[b].gain.total_cmp(&tasks[a].gain).then(tasks[a].due.cmp(&tasks[b].due)));
    let mut open: Vec<usize> = tasks.iter().map(|task| task.count).collect();
    let mut placed = Vec::with_capacity(tasks.len());
    let mut place = |task: usize, day: usize, room: &mut [usize]| {
        let count = open[task].min(room[day]);
        if count > 0 {
            placed.push(Placed { task, day: day as u32, count });
            open[task] -= count;
            room[day] -= count;
        }
        open[task] > 0
    };
    // free[n]: the number of days within which the latest day with room is searched next; 0 for none.
    let mut free: Vec<usize> = (0..=room.len()).collect();
    let mut late = Vec::new();
    for task in order {
        let until = (tasks[task].due as usize + 1).min(room.len());
        loop {
            let latest = latest_free(&mut free, until);
            let Some(day) = latest.checked_sub(1) else {
                late.push((task, until));
                break;
            };
            let goes_on = place(task, day, &mut room);
            if room[day] == 0 {
                free[latest] = day;
            }
            if !goes_on {
                break;
            }
        }
    }
    for (task, after) in late {
        for day in after..room.len() {
            if !place(task, day, &mut room) {
                break;
            }
        }
    }
    placed
}

/// Follows the entries to one that points to itself, and compresses the path for the next search.
fn latest_free(free: &mut [usize], mut from: usize) -> usize {
    while free[from] != from {
        free[from] = free[free[from]];
        from = free[from];
    }
    from
}

/// The number per day at which `count` tasks would fit into so many days, if `done` of today's are done.
pub fn needed_per_day(count: usize, done: usize, days: usize) -> usize {
    if count == 0 {
        return 0;
    }
    // If that much was done today, today has no room left, and the other days hold all.
    let without_today = days.checked_sub(1).filter(|others| *others > 0).map(|others| count.div_ceil(others));
    match without_today {
        Some(a_day) if a_day <= done => a_day,
        _ => (count + done).div_ceil(days.max(1)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn aim(exam_in: u32) -> Aim {
        Aim { exam_in, desired_retention: 0.9, exam_day_retention: 0.95 }
    }

    #[test]
    fn well_known_questions_wait_until_after_the_exam() {
        let model = Model::default();
        assert_eq!(review(&model, Memory::new(400.0, 5.0), 3, &aim(30)), None);
        assert_eq!(review(&model, Memory::new(2.0, 5.0), 3, &aim(0)), None);
    }

    #[test]
    fn reviews_that_fsrs_sets_after_the_exam_are_due_before_it() {
        let model = Model::default();
        // FSRS: due in 50 days. The exam is in 40, when recall would be 91 %.
        let task = review(&model, Memory::new(50.0, 5.0), 0, &aim(40)).unwrap();
        assert!(task.due < 40 && task.gain > 0.03, "{task:?}");
    }

    #[test]
    fn forgotten_questions_are_due_at_once_but_never_twice_a_day() {
        let model = Model::default();
        assert_eq!(review(&model, Memory::new(1.0, 5.0), 20, &aim(30)).unwrap().due, 0);
        assert_eq!(review(&model, Memory::new(0.01, 5.0), 0, &aim(30)).unwrap().due, 1);
        assert_eq!(review(&model, Memory::new(0.01, 5.0), 0, &aim(1)), None);
    }

    #[test]
    fn first_answers_are_spread_and_leave_the_last_week() {
        let due: Vec<u32> = first_answers(&Model::default(), 46, &aim(30)).map(|task| task.due).collect();
        assert_eq!(due, (0..23).collect::<Vec<_>>());
        assert!(first_answers(&Model::default(), 46, &aim(30)).all(|task| task.count == 2));
        let few: Vec<(u32, usize)> =
            first_answers(&Model::default(), 3, &aim(2)).map(|task| (task.due, task.count)).collect();
        assert_eq!(few, [(0, 3)]);
        let sparse: Vec<u32> = first_answers(&Model::default(), 2, &aim(17)).map(|task| task.due).collect();
        assert_eq!(sparse, [0, 5]);
    }

    fn days(tasks: &[Task], room: Vec<usize>) -> Vec<Vec<u32>> {
        let placed = level(tasks, room);
        let of = |task: usize| placed.iter().filter(move |one| one.task == task);
        (0..tasks.len()).map(|task| of(task).flat_map(|one| vec![one.day; one.count]).collect()).collect()
    }

    #[test]
    fn excess_work_moves_to_earlier_days_or_comes_late_lowest_gain_last() {
        let task = |due, gain| Task { due, gain, count: 1 };
        let tasks = [task(1, 0.5), task(1, 0.4), task(1, 0.1), task(2, 0.2), task(9, 0.3)];
        assert_eq!(days(&tasks, vec![1; 4]), [vec![1], vec![0], vec![], vec![2], vec![3]]);
        assert_eq!(days(&tasks, vec![1; 5]), [vec![1], vec![0], vec![3], vec![2], vec![4]]);
        assert_eq!(days(&tasks, vec![0, 1, 1, 1]), [vec![1], vec![], vec![], vec![2], vec![3]]);
        assert_eq!(days(&tasks, vec![0; 4]), [(); 5].map(|()| Vec::<u32>::new()));
    }

    #[test]
    fn tasks_that_are_alike_share_days() {
        let tasks = [Task { due: 2, gain: 0.5, count: 5 }, Task { due: 0, gain: 0.1, count: 2 }];
        assert_eq!(days(&tasks, vec![2; 4]), [vec![2, 2, 1, 1, 0], vec![0, 3]]);
    }

    #[test]
    fn the_needed_rate_counts_the_work_done_today() {
        assert_eq!(
            [(0, 5, 4), (20, 0, 10), (21, 0, 10), (19, 2, 10), (3, 9, 4), (3, 2, 4), (3, 2, 1)]
                .map(|(n, done, days)| { needed_per_day(n, done, days) }),
            [0, 2, 3, 3, 1, 1, 5]
        );
    }

    proptest! {
        #[test]
        fn leveling_keeps_limits_and_is_late_or_leaves_out_only_what_cannot_be_in_time(
            tasks in prop::collection::vec((0u32..12, 0.0f32..1.0, 1usize..4), 0..40), days in 1usize..10, cap in 0usize..9,
            done in 0usize..6,
        ) {
            let tasks: Vec<Task> = tasks.into_iter().map(|(due, gain, count)| Task { due, gain, count }).collect();
            let mut room = vec![cap; days];
            room[0] = cap.saturating_sub(done);
            let (mut load, mut open) = (vec![0; days], tasks.iter().map(|task| task.count).collect::<Vec<_>>());
            let mut late = vec![false; tasks.len()];
            for one in level(&tasks, room.clone()) {
                prop_assert!(one.count > 0);
                load[one.day as usize] += one.count;
                open[one.task] -= one.count;
                late[one.task] |= one.day > tasks[one.task].due;
            }
            prop_assert!(load.iter().zip(&room).all(|(load, room)| load <= room));
            let is_full = |until: usize| load.iter().zip(&room).take(until).all(|(load, room)| load == room);
            for (index, task) in tasks.iter().enumerate() {
                prop_assert!(!late[index] || is_full(task.due as usize + 1));
                prop_assert!(open[index] == 0 || is_full(days));
            }
            let count = tasks.iter().map(|task| task.count).sum();
            let needed = needed_per_day(count, done, days);
            prop_assert_eq!(open.iter().all(|open| *open == 0), cap >= needed);
        }

        #[test]
        fn all_first_answers_have_their_day(count in 0usize..100_000, exam_in in 1u32..367) {
            let tasks: Vec<Task> = first_answers(&Model::default(), count, &aim(exam_in)).collect();
            prop_assert_eq!(tasks.iter().map(|task| task.count).sum::<usize>(), count);
            prop_assert!(tasks.iter().all(|task| task.due < exam_in && task.gain > 0.0));
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
