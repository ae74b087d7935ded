//! Calibration: do predicted passes come true as often as predicted? The learners follow no predictor's assumptions.
//!
//! Not part of `cargo test`. Prints the tables of docs/scoring.md, and fails when they do not hold:
//!
//!     cargo test --release --test calibration -- --nocapture
//!
//! and, with other seeds, the comparison that was used to choose the assumptions:
//!
//!     cargo test --release --test calibration -- --nocapture --ignored tuning
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

mod chance;
mod generator;
mod predictors;
mod tables;

use std::{sync::Mutex, thread};

use generator::{Bank, LIMITS, SCENARIOS, Scenario, live};
use predictors::{Items, Question, RaschAssumptions, moving_average, rasch, separate_betas, shipped};
use tables::Told;
use tripos::readiness::fit::{ASSUMED, Assumptions};

/// The first seeds of the report and of the tuning.
const REPORT: u64 = 1_000_000;
const TUNING: u64 = 5_000_000;
/// Learners who share a bank.
const LEARNERS_OF_BANK: usize = 250;
/// The best with the seeds of the tuning, among those that `tuning` prints.
const WINDOW: usize = 100;
const RASCH: RaschAssumptions =
    RaschAssumptions { level: (0.2, 1.0), offset_sd: 0.5, half_life_responses: 30.0, day_sd: 0.2 };

type Variant = Box<dyn Fn(&Question<'_>, &Items) -> f64 + Sync>;
type Predictor<'a> = &'a (dyn Fn(&Question<'_>, &Items) -> f64 + Sync);

/// The predictions of each predictor in one scenario, and the share of mastery intervals that contain the truth.
fn simulate(scenario: &Scenario, banks: usize, seed: u64, predictors: &[Predictor<'_>]) -> (Vec<Told>, f64) {
    let results = Mutex::new((vec![Told::new(); predictors.len()], 0, 0));
    let next = Mutex::new(0..banks as u64);
    let work = || {
        loop {
            let Some(number) = next.lock().unwrap().next() else { return };
            let seed = seed + 10 * number;
            let bank = Bank::new(scenario, seed);
            let items = Items::new(bank.measured_difficulties(scenario, seed + 1));
            let mut told = vec![Told::new(); predictors.len()];
            let (mut inside, mut all) = (0, 0);
            for learner in 0..LEARNERS_OF_BANK {
                live(scenario, &bank, learner, seed + 2, |sitting| {
                    let question = Question { scenario, history: sitting.history, now: sitting.now };
                    for (predictor, told) in predictors.iter().zip(&mut told) {
                        told.push((predictor(&question, &items), sitting.passed));
                    }
                    if scenario.partial == 0.0 {
                        let intervals = predictors::intervals(&question);
                        all += intervals.len();
                        inside += intervals.iter().zip(&sitting.shares).filter(|((l, h), p)| l <= p && *p <= h).count();
                    }
                });
            }
            let mut results = results.lock().unwrap();
            results.0.iter_mut().zip(told).for_each(|(all, told)| all.extend(told));
            results.1 += inside;
            results.2 += all;
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let (told, inside, all) = results.into_inner().unwrap();
    (told, f64::from(inside as u32) / f64::from(all.max(1) as u32))
}

#[test]
fn report() {
    let ours = |question: &Question<'_>, _: &Items| shipped(question, &ASSUMED);
    let average = |question: &Question<'_>, _: &Items| moving_average(question, WINDOW);
    let betas = |question: &Question<'_>, _: &Items| separate_betas(question);
    let rasch = |question: &Question<'_>, items: &Items| rasch(question, items, &RASCH);
    let predictors: [(&str, Predictor<'_>); 4] =
        [("Tripos", &ours), ("moving average", &average), ("Beta per domain", &betas), ("Rasch", &rasch)];
    let (names, functions): (Vec<_>, Vec<_>) = predictors.into_iter().unzip();
    let mut all = vec![Told::new(); names.len()];
    for (scenario, seed) in SCENARIOS.iter().zip((REPORT..).step_by(1_000_000)) {
        let (told, inside) = simulate(scenario, scenario.banks, seed, &functions);
        println!("\n{}", tables::scenario(scenario.name, &names, &told));
        if scenario.partial == 0.0 {
            println!("Mastery intervals that hold the true share: {:.1} %\n", 100.0 * inside);
        }
        assert!(tables::largest_gap(&told[0]) <= 0.05, "{}", scenario.name);
        all.iter_mut().zip(told).for_each(|(all, told)| all.extend(told));
    }
    println!("\n{}", tables::scenario("all four", &names, &all));
    assert!(all[0].len() >= 200_000, "{} learner-forms", all[0].len());
    for (name, told) in names.iter().zip(&all).skip(1) {
        assert!(tables::log_loss(&all[0]) < tables::log_loss(told), "{name}");
        assert!(tables::largest_gap(&all[0]) < tables::largest_gap(told), "{name}");
    }
    for (scenario, seed) in LIMITS.iter().zip((2 * REPORT..).step_by(1_000_000)) {
        let (told, _) = simulate(scenario, scenario.banks, 5 * seed, &functions[..1]);
        println!("\n{}", tables::scenario(scenario.name, &names[..1], &told));
    }
}

#[test]
#[ignore = "takes ten minutes, and only helps to choose"]
fn tuning() {
    let mut rows: Vec<(String, Variant)> = Vec::new();
    let variants: [(&str, Assumptions); 12] = [
        ("shipped", ASSUMED),
        ("level 0.2", Assumptions { level: (0.2, ASSUMED.level.1), ..ASSUMED }),
        ("level 0.8", Assumptions { level: (0.8, ASSUMED.level.1), ..ASSUMED }),
        ("level sd 1", Assumptions { level: (ASSUMED.level.0, 1.0), ..ASSUMED }),
        ("offset sd 0.35", Assumptions { offset_sd: 0.35, ..ASSUMED }),
        ("offset sd 0.65", Assumptions { offset_sd: 0.65, ..ASSUMED }),
        ("growth 0", Assumptions { growth: (0.0, ASSUMED.growth.1), ..ASSUMED }),
        ("growth 0.25", Assumptions { growth: (0.25, ASSUMED.growth.1), ..ASSUMED }),
        ("growth 0.35", Assumptions { growth: (0.35, ASSUMED.growth.1), ..ASSUMED }),
        ("growth sd 0.15", Assumptions { growth: (ASSUMED.growth.0, 0.15), ..ASSUMED }),
        ("growth sd 0.35", Assumptions { growth: (ASSUMED.growth.0, 0.35), ..ASSUMED }),
        ("day sd 0.05", Assumptions { day_sd: 0.05, ..ASSUMED }),
    ];
    for (name, assumed) in variants {
        rows.push((name.into(), Box::new(move |question, _| shipped(question, &assumed))));
    }
    for half in [75.0, 100.0, 250.0, 400.0] {
        let assumed = Assumptions { half_life_responses: half, ..ASSUMED };
        rows.push((format!("half-life {half} responses"), Box::new(move |question, _| shipped(question, &assumed))));
    }
    for days in [90.0, 365.0] {
        let assumed = Assumptions { half_life_days: days, ..ASSUMED };
        rows.push((format!("half-life {days} days"), Box::new(move |question, _| shipped(question, &assumed))));
    }
    for window in [50, 100, 150] {
        rows.push((
            format!("moving average of {window}"),
            Box::new(move |question, _| moving_average(question, window)),
        ));
    }
    for half in [15.0, 30.0, 60.0] {
        let assumed = RaschAssumptions { half_life_responses: half, ..RASCH };
        rows.push((
            format!("Rasch, half-life {half}"),
            Box::new(move |question, items| rasch(question, items, &assumed)),
        ));
    }
    let functions: Vec<Predictor<'_>> = rows.iter().map(|(_, predictor)| &**predictor as Predictor<'_>).collect();
    let mut losses = vec![String::new(); rows.len()];
    for (scenario, seed) in SCENARIOS.iter().zip((TUNING..).step_by(1_000_000)) {
        let (told, _) = simulate(scenario, scenario.banks / 4, seed, &functions);
        for (text, told) in losses.iter_mut().zip(&told) {
            text.push_str(&format!(" {:.4} ({:.3}) |", tables::log_loss(told), tables::typical_gap(told)));
        }
    }
    println!("\n| variant | {} |", SCENARIOS.map(|scenario| scenario.name).join(" | "));
    println!("|---|{}", "--:|".repeat(SCENARIOS.len()));
    for ((name, _), text) in rows.iter().zip(losses) {
        println!("| {name} |{text}");
    }
}
