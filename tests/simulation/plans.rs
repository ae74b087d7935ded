//! Does a plan for the day of an exam pay off? Learners whose memory differs from the model follow it, and the same
//! learners review as FSRS alone suggests, with the same number of questions on each day.
//!
//! Not part of `cargo test`. Prints the table of docs/scoring.md, and fails when it does not hold:
//!
//!     cargo test --release --test plans -- --nocapture
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

#[allow(dead_code, reason = "shared with `calibration`, which needs more of it")]
mod chance;

use fsrs::{DEFAULT_PARAMETERS, FSRS, MemoryState, current_retrievability};
use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
use tripos::reviews::{
    agenda::{Agenda, Planning, Turn},
    card::{MODEL, Memory, Rating},
    plan::{self, Aim},
};

/// Learners of each setting.
const LEARNERS: u64 = 200;
/// How far a learner's parameters are from those of the model: the standard deviation of their logarithms.
const SPREAD: f64 = 0.25;
/// The first seed of the report. The rules of plans were chosen with the seeds below it.
const SEEDS: u64 = 500_000;

/// Questions, days to the exam, and the maximum per day.
const SETTINGS: [(usize, u32, usize); 12] = [
    (200, 14, 20),
    (200, 14, 60),
    (200, 30, 20),
    (200, 30, 60),
    (200, 60, 20),
    (200, 90, 60),
    (600, 30, 10),
    (600, 30, 20),
    (600, 45, 30),
    (600, 60, 60),
    (600, 90, 40),
    (1500, 20, 30),
];

/// A learner whose memory follows parameters of their own.
struct Learner {
    truth: FSRS,
    decay: f32,
    /// The probability of knowing an answer at first sight.
    knows: f32,
}

/// The true state of a question, and the state that the program assumes.
#[derive(Clone, Copy, Default)]
struct Question {
    truth: Option<MemoryState>,
    memory: Option<Memory>,
    answered: u32,
    due: u32,
    gain: Option<f32>,
}

impl Learner {
    fn new(rng: &mut ChaCha8Rng) -> Self {
        let mut parameters = DEFAULT_PARAMETERS;
        for parameter in &mut parameters {
            *parameter *= chance::log_normal(rng, 1.0, SPREAD) as f32;
        }
        parameters[20] = parameters[20].clamp(0.1, 0.8);
        let knows = 0.3 + 0.5 * rng.random::<f32>();
        Self { truth: FSRS::new(&parameters).unwrap(), decay: parameters[20], knows }
    }

    fn recall(&self, question: &Question, day: u32) -> f32 {
        let since = (day - question.answered) as f32;
        question.truth.map_or(self.knows, |memory| current_retrievability(memory, since, self.decay))
    }

    fn answer(&self, question: &mut Question, day: u32, rng: &mut ChaCha8Rng) {
        let right = rng.random::<f32>() < self.recall(question, day);
        let days = day - question.answered;
        let next = self.truth.next_states(question.truth, 0.9, days).unwrap();
        question.truth = Some(if right { next.good } else { next.again }.memory);
        let rating = if right { Rating::Good } else { Rating::Again };
        question.memory = Some(MODEL.after(question.memory, rating, days));
        question.answered = day;
    }
}

/// What the program asks on a day by a plan. As on a server, a card gets its due day when it is answered.
fn by_plan(questions: &[Question], day: u32, exam: u32, most: usize) -> Vec<usize> {
    let (seen, unseen): (Vec<usize>, Vec<usize>) =
        (0..questions.len()).partition(|&index| questions[index].memory.is_some());
    let turn = |index: &usize| {
        let question = &questions[*index];
        let recall = question.memory.map_or(0.0, |memory| memory.recall(day - question.answered));
        Turn { due_in: i64::from(question.due) - i64::from(day), recall, gain: question.gain }
    };
    let turns: Vec<Turn> = seen.iter().map(turn).collect();
    let planning = Planning { aim: aim(day, exam), reviews_per_day: most, unanswered: unseen.len(), done_today: 0 };
    let agenda = Agenda::planned(&turns, &planning);
    let reviews = agenda.due.iter().map(|turn| seen[*turn]);
    reviews.chain(unseen.into_iter().take(agenda.days[0].load.new)).collect()
}

fn aim(day: u32, exam: u32) -> Aim {
    Aim { exam_in: exam - day, desired_retention: 0.9, exam_day_retention: 0.95 }
}

/// The next questions by FSRS alone: first the due ones, then new ones, then those that are due next.
fn by_fsrs(questions: &[Question], day: u32, count: usize) -> Vec<usize> {
    let rank = |question: &Question| match question.memory {
        None => (1, 0),
        Some(memory) => {
            let due = i64::from(question.answered + MODEL.interval(memory, 0.9)) - i64::from(day);
            (if due <= 0 { 0 } else { 2 }, due)
        }
    };
    let mut order: Vec<usize> = (0..questions.len())
        .filter(|&index| questions[index].memory.is_none() || questions[index].answered < day)
        .collect();
    order.sort_by_key(|&index| rank(&questions[index]));
    order.truncate(count);
    order
}

/// What one learner would recall on the day of the exam, with the plan and with FSRS alone, and the number of answers.
fn live(number: u64, count: usize, exam: u32, most: usize) -> (f64, f64, usize) {
    let mut rng = ChaCha8Rng::seed_from_u64(number);
    let learner = Learner::new(&mut rng);
    let (mut planned, mut plain) = (vec![Question::default(); count], vec![Question::default(); count]);
    let mut chances = [1, 2].map(|stream| ChaCha8Rng::seed_from_u64(1_000_000 * stream + number));
    let mut answers = 0;
    for day in 0..exam {
        let asked = by_plan(&planned, day, exam, most);
        answers += asked.len();
        for &index in &asked {
            let question = &mut planned[index];
            learner.answer(question, day, &mut chances[0]);
            let task = question.memory.and_then(|memory| plan::review(&MODEL, memory, 0, &aim(day, exam)));
            (question.due, question.gain) = task.map_or((exam + 1, None), |task| (day + task.due, Some(task.gain)));
        }
        for index in by_fsrs(&plain, day, asked.len()) {
            learner.answer(&mut plain[index], day, &mut chances[1]);
        }
    }
    let recall = |questions: &[Question]| {
        questions.iter().map(|question| f64::from(learner.recall(question, exam))).sum::<f64>() / count as f64
    };
    (recall(&planned), recall(&plain), answers)
}

#[test]
fn report() {
    println!("\n| questions | days | most a day | answers | plan | FSRS alone | difference |");
    println!("|--:|--:|--:|--:|--:|--:|--:|");
    for (setting, (count, exam, most)) in (0..).zip(SETTINGS) {
        let lives = |learner| live(SEEDS + 10_000 * setting + learner, count, exam, most);
        let lives: Vec<(f64, f64, usize)> = (0..LEARNERS).map(lives).collect();
        let mean = |of: &dyn Fn(&(f64, f64, usize)) -> f64| lives.iter().map(of).sum::<f64>() / LEARNERS as f64;
        let (plan, plain, answers) = (mean(&|life| life.0), mean(&|life| life.1), mean(&|life| life.2 as f64));
        let difference = plan - plain;
        let variance = mean(&|life| (life.0 - life.1 - difference).powi(2));
        let error = (variance / LEARNERS as f64).sqrt();
        println!(
            "| {count} | {exam} | {most} | {answers:.0} | {plan:.3} | {plain:.3} | {difference:+.3} ± {error:.3} |"
        );
        assert!(difference > 2.0 * error, "{count} questions, {exam} days, {most} a day");
    }
}
