//! Predictors of a pass: the one in the program, and those it is compared with.

use tripos::readiness::{
    evidence::{self, Exposure},
    fit::{ASSUMED, Assumptions, Fit, fit, logistic},
    forecast,
    form::{Case, PartialMarks, Share, right_slots},
    mastery::interval,
    result::Results,
};

use crate::generator::{Response, Scenario};

/// The input of a predictor: the scenario's exam, and first exposures in chronological order.
pub struct Question<'a> {
    pub scenario: &'a Scenario,
    pub history: &'a [Response],
    pub now: f64,
}

impl Question<'_> {
    fn pass(&self, cases: &[Case]) -> f64 {
        let slots = self.slots();
        let partial = PartialMarks::of(self.history.iter().map(|r| r.mark).filter(|mark| *mark < 1.0));
        let results = Results::new(slots.iter().sum(), &partial, self.scenario.scale);
        results.pass_probability(&right_slots(cases, &slots))
    }

    fn slots(&self) -> Vec<usize> {
        self.scenario.slots.iter().map(|(_, scored)| *scored).collect()
    }

    fn domains(&self) -> usize {
        self.scenario.slots.len()
    }
}

/// The share right of the last `window` responses in any domain, as if it were known for certain.
pub fn moving_average(question: &Question<'_>, window: usize) -> f64 {
    let last = question.history.iter().rev().take(window);
    let right = last.clone().filter(|r| r.mark >= 1.0).count() as f64;
    let share = (right + 0.5) / (last.count() as f64 + 1.0);
    let certain = Share { a: share * 1e7, b: (1.0 - share) * 1e7 };
    question.pass(&[Case { weight: 1.0, shares: vec![certain; question.domains()] }])
}

/// Each domain separately, from a uniform prior, with equal weights.
pub fn separate_betas(question: &Question<'_>) -> f64 {
    let mut shares = vec![Share { a: 1.0, b: 1.0 }; question.domains()];
    for response in question.history {
        let share = &mut shares[response.domain];
        if response.mark >= 1.0 { share.a += 1.0 } else { share.b += 1.0 }
    }
    question.pass(&[Case { weight: 1.0, shares }])
}

/// The predictor of the program.
pub fn shipped(question: &Question<'_>, assumed: &Assumptions) -> f64 {
    question.pass(&forecast::cases(&fitted(question, assumed), &question.slots()))
}

/// The interval of each domain's share, by the predictor of the program.
pub fn intervals(question: &Question<'_>) -> Vec<(f64, f64)> {
    forecast::shares(&fitted(question, &ASSUMED)).into_iter().map(interval).collect()
}

fn fitted(question: &Question<'_>, assumed: &Assumptions) -> Fit {
    let exposure = |r: &Response| Exposure { domain: r.domain, task: None, mark: r.mark, at: r.at };
    let exposures: Vec<Exposure> = question.history.iter().map(exposure).collect();
    fit(question.domains(), &evidence::cells(question.domains(), &exposures, question.now, assumed), assumed)
}

/// What the Rasch model assumes: normal abilities with a common part, and weights of old responses.
#[derive(Clone, Copy)]
pub struct RaschAssumptions {
    pub level: (f64, f64),
    pub offset_sd: f64,
    pub half_life_responses: f64,
    pub day_sd: f64,
}

/// The measured items of a bank.
pub struct Items {
    difficulties: Vec<Vec<f64>>,
    /// The share right of each domain's items, by ability in fifteenths from -8.
    shares: Vec<Vec<f64>>,
}

impl Items {
    pub fn new(difficulties: Vec<Vec<f64>>) -> Self {
        let share =
            |items: &[f64], ability: f64| items.iter().map(|b| logistic(ability - b)).sum::<f64>() / items.len() as f64;
        let shares =
            difficulties.iter().map(|d| (-120..=120).map(|i| share(d, f64::from(i) / 15.0)).collect()).collect();
        Self { difficulties, shares }
    }

    fn share(&self, domain: usize, ability: f64) -> f64 {
        let at = (ability * 15.0).clamp(-119.0, 119.0) + 120.0;
        let (low, rest) = (at.floor() as usize, at.fract());
        self.shares[domain][low] * (1.0 - rest) + self.shares[domain][low + 1] * rest
    }
}

/// A Rasch model whose abilities are shrunk toward the learner's level, with the difficulty of every item measured on
/// other learners. It assumes no progress beyond what the weights of the responses imply.
pub fn rasch(question: &Question<'_>, items: &Items, assumed: &RaschAssumptions) -> f64 {
    let count = question.domains();
    let size = count + 1;
    let prior: Vec<f64> =
        (0..size).map(|i| if i == 0 { assumed.level.1 } else { assumed.offset_sd }.powi(-2)).collect();
    let mut mode = vec![0.0; size];
    mode[0] = assumed.level.0;
    let mut hessian = Vec::new();
    for _ in 0..12 {
        hessian = vec![vec![0.0; size]; size];
        let mut slope = vec![0.0; size];
        for i in 0..size {
            hessian[i][i] = prior[i];
            slope[i] = prior[i] * (if i == 0 { assumed.level.0 } else { 0.0 } - mode[i]);
        }
        for (later, r) in question.history.iter().rev().enumerate() {
            let weight = (-(later as f64) / assumed.half_life_responses).exp2();
            if weight < 0.002 {
                break;
            }
            let d = r.domain + 1;
            let chance = logistic(mode[0] + mode[d] - items.difficulties[r.domain][r.item]);
            let excess = weight * (f64::from(r.mark >= 1.0) - chance);
            slope[0] += excess;
            slope[d] += excess;
            let curvature = weight * chance * (1.0 - chance);
            for (i, j) in [(0, 0), (d, d), (0, d), (d, 0)] {
                hessian[i][j] += curvature;
            }
        }
        let inverse = inverse(&hessian);
        let step: Vec<f64> = inverse.iter().map(|row| row.iter().zip(&slope).map(|(a, b)| a * b).sum()).collect();
        mode.iter_mut().zip(&step).for_each(|(m, s)| *m += s);
        if step.iter().all(|s| s.abs() < 1e-6) {
            break;
        }
    }
    let covariance = inverse(&hessian);
    let ability: Vec<f64> = (1..size).map(|d| mode[0] + mode[d]).collect();
    let own: Vec<f64> = (1..size).map(|d| 1.0 / hessian[d][d]).collect();
    let shared = |d: usize, e: usize| {
        let all = covariance[0][0] + covariance[d + 1][0] + covariance[0][e + 1] + covariance[d + 1][e + 1];
        all + assumed.day_sd.powi(2) - if d == e { own[d] } else { 0.0 }
    };
    let form = |d: usize, ability: f64| items.share(d, ability);
    let pull: Vec<f64> = (0..count)
        .map(|d| question.scenario.slots[d].1 as f64 * (form(d, ability[d] + 0.1) - form(d, ability[d] - 0.1)) / 0.2)
        .collect();
    let moved: Vec<f64> = (0..count).map(|d| (0..count).map(|e| shared(d, e) * pull[e]).sum()).collect();
    let sd = moved.iter().zip(&pull).map(|(m, w): (&f64, &f64)| m * w).sum::<f64>().sqrt();
    let share = |d: usize, mean: f64| {
        const POINTS: [(f64, f64); 3] = [(-1.732_050_8, 1.0 / 6.0), (0.0, 2.0 / 3.0), (1.732_050_8, 1.0 / 6.0)];
        let values = POINTS.map(|(point, weight)| (form(d, mean + point * own[d].sqrt()), weight));
        let first: f64 = values.iter().map(|(p, w)| p * w).sum();
        let second: f64 = values.iter().map(|(p, w)| p * p * w).sum();
        Share::from_moments(first, second - first * first)
    };
    let points: Vec<f64> = (-6..=6).map(|i| f64::from(i) * 0.6).collect();
    let total: f64 = points.iter().map(|z| (-z * z / 2.0).exp()).sum();
    let case = |z: &f64| Case {
        weight: (-z * z / 2.0).exp() / total,
        shares: (0..count).map(|d| share(d, ability[d] + moved[d] / sd * z)).collect(),
    };
    question.pass(&points.iter().map(case).collect::<Vec<_>>())
}

/// Gauss-Jordan elimination: the matrices are small and positive definite.
fn inverse(matrix: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let size = matrix.len();
    let mut left = matrix.to_vec();
    let mut right: Vec<Vec<f64>> = (0..size).map(|i| (0..size).map(|j| f64::from(i == j)).collect()).collect();
    for pivot in 0..size {
        let scale = left[pivot][pivot];
        for j in 0..size {
            left[pivot][j] /= scale;
            right[pivot][j] /= scale;
        }
        for i in (0..size).filter(|&i| i != pivot) {
            let factor = left[i][pivot];
            for j in 0..size {
                left[i][j] -= factor * left[pivot][j];
                right[i][j] -= factor * right[pivot][j];
            }
        }
    }
    right
}
