//! A learner's first responses to questions, and their weights.

use super::fit::{Assumptions, Cell};

/// A graded first response to a question. A repeated question tests memory of the question more than knowledge of
/// the domain, so only first exposures are evidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exposure {
    /// The index of the domain in the blueprint.
    pub domain: usize,
    /// The index of the task among those of the exam.
    pub task: Option<usize>,
    /// The mark of the response, from 0 to 1.
    pub mark: f64,
    /// When it was given, in days since any fixed time.
    pub at: f64,
}

impl Exposure {
    /// Whether the response earned the full mark.
    pub fn is_right(&self) -> bool {
        self.mark >= 1.0
    }
}

/// Responses within a step of this distance are combined.
const STEP: f64 = 0.1;
/// Smaller weights are left out.
const LEAST_WEIGHT: f64 = 0.002;

/// The distance between two times, from the number of new questions between them: 1 for 100, 2 for 400.
pub fn distance(responses: f64) -> f64 {
    (responses / 100.0).sqrt()
}

/// The weight of each exposure at a time, newest first: it halves after so many later ones, and after so many days.
pub fn weights<'a>(
    exposures: &'a [Exposure],
    now: f64,
    assumed: &Assumptions,
) -> impl Iterator<Item = (usize, &'a Exposure, f64)> + use<'a> {
    let (responses, days) = (assumed.half_life_responses, assumed.half_life_days);
    exposures.iter().rev().enumerate().map(move |(later, exposure)| {
        let age = (now - exposure.at).max(0.0);
        (later, exposure, (-(later as f64) / responses - age / days).exp2())
    })
}

/// The cells of a fit, from exposures in chronological order.
pub fn cells(domains: usize, exposures: &[Exposure], now: f64, assumed: &Assumptions) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    let (mut step, mut first) = (None, 0);
    for (later, exposure, weight) in weights(exposures, now, assumed) {
        if weight < LEAST_WEIGHT {
            break;
        }
        let at = (distance(later as f64) / STEP + 1e-9).floor();
        if step != Some(at) {
            (step, first) = (Some(at), cells.len());
            let distance = (at + 0.5) * STEP;
            cells.extend((0..domains).map(|domain| Cell { domain, distance, right: 0.0, wrong: 0.0 }));
        }
        let cell = &mut cells[first + exposure.domain];
        if exposure.is_right() { cell.right += weight } else { cell.wrong += weight }
    }
    cells.retain(|cell| cell.right + cell.wrong > 0.0);
    cells
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::readiness::fit::ASSUMED;

    fn exposure(domain: usize, mark: f64, at: f64) -> Exposure {
        Exposure { domain, task: None, mark, at }
    }

    #[test]
    fn responses_count_half_after_their_half_life() {
        let count = ASSUMED.half_life_responses as usize;
        let exposures = vec![exposure(0, 1.0, 0.0); count + 1];
        let weight = |now| weights(&exposures, now, &ASSUMED).last().unwrap().2;
        assert!((weight(0.0) - 0.5).abs() < 1e-12);
        assert!((weight(ASSUMED.half_life_days) - 0.25).abs() < 1e-12);
        // If the clock was set back, a response still counts at most once.
        assert_eq!(weights(&exposures, -5.0, &ASSUMED).next().unwrap().2, 1.0);
    }

    #[test]
    fn a_nearly_right_response_is_not_right() {
        let cells = cells(2, &[exposure(1, 0.99, 0.0), exposure(1, 1.0, 0.0)], 0.0, &ASSUMED);
        let sum = |weight: fn(&Cell) -> f64| cells.iter().map(weight).sum::<f64>();
        assert_eq!(sum(|cell| cell.right), 1.0);
        assert!((0.9..1.0).contains(&sum(|cell| cell.wrong)));
        assert!(cells.iter().all(|cell| cell.domain == 1));
    }

    proptest! {
        #[test]
        fn cells_hold_every_weight_once(marks in prop::collection::vec((0_usize..4, prop::bool::ANY, 0.0..30.0), 0..300)) {
            let mut at = 0.0;
            let exposures: Vec<Exposure> = marks.into_iter().map(|(domain, right, days)| {
                at += days;
                exposure(domain, f64::from(right), at)
            }).collect();
            let cells = cells(4, &exposures, at, &ASSUMED);
            for domain in 0..4 {
                let told = weights(&exposures, at, &ASSUMED).filter(|(_, e, weight)| e.domain == domain && *weight >= LEAST_WEIGHT);
                let expected: f64 = told.map(|(_, _, weight)| weight).sum();
                let sum: f64 = cells.iter().filter(|c| c.domain == domain).map(|c| c.right + c.wrong).sum();
                prop_assert!((sum - expected).abs() < 1e-9);
            }
            prop_assert!(cells.windows(2).all(|pair| pair[0].distance <= pair[1].distance));
        }
    }
}
