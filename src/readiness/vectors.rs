//! Compares the results of the module with those of SciPy: tests/vectors/readiness.py.

use serde::Deserialize;

use super::{
    estimate::{Estimate, Form, partial_marks},
    evidence::{self, Exposure},
    fit::{ASSUMED, fit},
    forecast,
    form::{Case, PartialMarks, Share, beta_binomial, right_slots},
    mastery::interval,
    result::Results,
};
use crate::exams::scale::Scale;

#[derive(Deserialize)]
struct Vectors {
    assumed: Assumed,
    intervals: Vec<Interval>,
    beta_binomials: Vec<BetaBinomial>,
    shares: Vec<Moments>,
    forms: Vec<FormRow>,
    estimates: Vec<EstimateRow>,
}

#[derive(Deserialize)]
struct Assumed {
    level: (f64, f64),
    offset_sd: f64,
    growth: (f64, f64),
    half_life_responses: f64,
    half_life_days: f64,
    day_sd: f64,
    domain_day_sd: f64,
}

#[derive(Deserialize)]
struct Interval {
    a: f64,
    b: f64,
    low: f64,
    high: f64,
}

#[derive(Deserialize)]
struct BetaBinomial {
    slots: usize,
    a: f64,
    b: f64,
    chances: Vec<f64>,
}

#[derive(Deserialize)]
struct Moments {
    mean: f64,
    variance: f64,
    a: f64,
    b: f64,
}

#[derive(Deserialize)]
struct CaseRow {
    weight: f64,
    shares: Vec<(f64, f64)>,
}

#[derive(Deserialize)]
struct ScaleRow {
    min: i32,
    max: i32,
    pass_mark: i32,
}

#[derive(Deserialize)]
struct OutcomeRow {
    pass_probability: f64,
    mean: f64,
    low: i32,
    high: i32,
}

#[derive(Deserialize)]
struct FormRow {
    cases: Vec<CaseRow>,
    slots: Vec<usize>,
    scale: ScaleRow,
    marks: Vec<f64>,
    right: Vec<f64>,
    points: Vec<f64>,
    partial_mean: f64,
    outcome: OutcomeRow,
}

#[derive(Deserialize)]
struct FitRow {
    means: Vec<f64>,
    own: Vec<f64>,
    shared: Vec<Vec<f64>>,
    growth: f64,
}

#[derive(Deserialize)]
struct EstimateRow {
    slots: Vec<usize>,
    scale: ScaleRow,
    exposures: Vec<(usize, f64, f64)>,
    now: f64,
    fit: FitRow,
    shares: Vec<(f64, f64)>,
    outcome: OutcomeRow,
    gains: Vec<f64>,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../tests/vectors/readiness.json")).unwrap()
}

fn scale(row: &ScaleRow) -> Scale {
    Scale { min: row.min, max: row.max, pass_mark: row.pass_mark }
}

#[track_caller]
fn close(ours: impl IntoIterator<Item = f64>, theirs: impl IntoIterator<Item = f64>) {
    let (ours, theirs): (Vec<f64>, Vec<f64>) = (ours.into_iter().collect(), theirs.into_iter().collect());
    assert_eq!(ours.len(), theirs.len());
    for (index, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        assert!((ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0), "{index}: {ours} and not {theirs}");
    }
}

#[track_caller]
fn close_outcome(results: &Results, right: &[f64], theirs: &OutcomeRow) {
    close([results.pass_probability(right), results.expected_score(right)], [theirs.pass_probability, theirs.mean]);
    assert_eq!(results.quantiles(right, [0.05, 0.95]), [theirs.low, theirs.high]);
}

#[test]
fn the_assumptions_are_those_of_the_vectors() {
    let Assumed { level, offset_sd, growth, half_life_responses, half_life_days, day_sd, domain_day_sd } =
        vectors().assumed;
    assert_eq!((ASSUMED.level, ASSUMED.growth, ASSUMED.offset_sd), (level, growth, offset_sd));
    assert_eq!((ASSUMED.half_life_responses, ASSUMED.half_life_days), (half_life_responses, half_life_days));
    assert_eq!((ASSUMED.day_sd, ASSUMED.domain_day_sd), (day_sd, domain_day_sd));
}

#[test]
fn intervals_are_those_of_scipy() {
    for Interval { a, b, low, high } in vectors().intervals {
        let (ours_low, ours_high) = interval(Share { a, b });
        close([ours_low, ours_high], [low, high]);
    }
}

#[test]
fn beta_binomials_are_those_of_scipy() {
    for BetaBinomial { slots, a, b, chances } in vectors().beta_binomials {
        close(beta_binomial(slots, Share { a, b }), chances);
    }
}

#[test]
fn shares_have_the_moments_of_their_log_odds() {
    for Moments { mean, variance, a, b } in vectors().shares {
        let share = forecast::share(mean, variance);
        close([share.a, share.b], [a, b]);
    }
}

#[test]
fn forms_are_those_of_scipy() {
    for row in vectors().forms {
        let share = |&(a, b): &(f64, f64)| Share { a, b };
        let case = |case: &CaseRow| Case { weight: case.weight, shares: case.shares.iter().map(share).collect() };
        let cases: Vec<Case> = row.cases.iter().map(case).collect();
        let right = right_slots(&cases, &row.slots);
        close(right.iter().copied(), row.right.iter().copied());
        let partial = PartialMarks::of(row.marks.iter().copied());
        close([partial.mean()], [row.partial_mean]);
        let results = Results::new(row.slots.iter().sum(), &partial, scale(&row.scale));
        close(results.points(&right), row.points);
        close_outcome(&results, &right, &row.outcome);
    }
}

#[test]
fn estimates_are_those_of_dense_matrices() {
    for row in vectors().estimates {
        let exposures: Vec<Exposure> =
            row.exposures.iter().map(|&(domain, mark, at)| Exposure { domain, task: None, mark, at }).collect();
        let domains = row.slots.len();
        let fit = fit(domains, &evidence::cells(domains, &exposures, row.now, &ASSUMED), &ASSUMED);
        close(fit.means, row.fit.means);
        close(fit.own, row.fit.own);
        close(fit.shared, row.fit.shared.concat());
        close([fit.growth], [row.fit.growth]);
        let form = Form { slots: row.slots, scale: scale(&row.scale) };
        let estimate = Estimate::new(&form, &exposures, row.now);
        for (ours, (a, b)) in estimate.shares().iter().zip(row.shares) {
            close([ours.a, ours.b], [a, b]);
        }
        let results = form.results(&partial_marks(&exposures));
        close_outcome(&results, &estimate.right_slots(), &row.outcome);
        close(estimate.gains(&results), row.gains);
    }
}
