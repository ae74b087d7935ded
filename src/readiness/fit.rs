//! Estimates from the first exposures which share of each domain a learner gets right today.
//!
//! The log-odds of a right response in domain d, at a distance from today, are `level + offset[d] − growth · distance`: a
//! logistic regression with a shared level and growth, lower weights for old responses, and normal priors. The
//! posterior is approximated as normal at its mode (Laplace). Given level and growth, each domain is solved by itself.

/// The assumptions before the first response, and how fast evidence ages. Chosen by simulation: see docs/scoring.md.
#[derive(Debug, Clone, Copy)]
pub struct Assumptions {
    /// The log-odds of a right response by an unknown learner, and their standard deviation.
    pub level: (f64, f64),
    /// The standard deviation of a domain around the level.
    pub offset_sd: f64,
    /// The growth of the log-odds over a distance of 1, and its standard deviation.
    pub growth: (f64, f64),
    /// The number of later responses after which a response counts half.
    pub half_life_responses: f64,
    /// The number of days after which a response counts half.
    pub half_life_days: f64,
    /// The standard deviation of the level on the day of an exam around the fitted one.
    pub day_sd: f64,
    /// The same of each domain by itself.
    pub domain_day_sd: f64,
}

/// The default assumptions.
pub const ASSUMED: Assumptions = Assumptions {
    level: (0.5, 1.8),
    offset_sd: 0.5,
    growth: (0.3, 0.25),
    half_life_responses: 150.0,
    half_life_days: 1000.0,
    day_sd: 0.15,
    domain_day_sd: 0.1,
};

/// The weighted first exposures of one domain at about the same distance from today.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    /// The index of the domain.
    pub domain: usize,
    /// The distance from today: see [`distance`](super::evidence::distance).
    pub distance: f64,
    /// The weight of those that were fully right.
    pub right: f64,
    /// The weight of the others.
    pub wrong: f64,
}

/// The posterior of the log-odds of each domain.
#[derive(Debug, Clone)]
pub struct Fit {
    /// The mean of each domain today.
    pub means: Vec<f64>,
    /// The variance of each domain alone.
    pub own: Vec<f64>,
    /// The covariances from the shared parameters, by rows.
    pub shared: Vec<f64>,
    /// The growth over a distance of 1.
    pub growth: f64,
}

/// The probability for some log-odds.
pub fn logistic(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// Sums over the cells at one point of the parameters.
struct Sums {
    /// Derivatives by level and growth, and by the offsets.
    slope: [f64; 2],
    slopes: Vec<f64>,
    /// Curvatures: of level and growth (three numbers of a symmetric matrix), of the offsets, and mixed.
    curvature: [f64; 3],
    curvatures: Vec<f64>,
    between: Vec<[f64; 2]>,
}

impl Sums {
    fn at(cells: &[Cell], assumed: &Assumptions, common: [f64; 2], offsets: &[f64]) -> Self {
        let precision = |sd: f64| 1.0 / (sd * sd);
        let (level, growth, offset) =
            (precision(assumed.level.1), precision(assumed.growth.1), precision(assumed.offset_sd));
        let mut sums = Self {
            slope: [(assumed.level.0 - common[0]) * level, (assumed.growth.0 - common[1]) * growth],
            slopes: offsets.iter().map(|value| -value * offset).collect(),
            curvature: [level, 0.0, growth],
            curvatures: vec![offset; offsets.len()],
            between: vec![[0.0; 2]; offsets.len()],
        };
        for &Cell { domain, distance, right, wrong } in cells {
            let x = -distance;
            let chance = logistic(common[0] + offsets[domain] + common[1] * x);
            let excess = right - (right + wrong) * chance;
            let weight = (right + wrong) * chance * (1.0 - chance);
            sums.slope[0] += excess;
            sums.slope[1] += excess * x;
            sums.slopes[domain] += excess;
            sums.curvature[0] += weight;
            sums.curvature[1] += weight * x;
            sums.curvature[2] += weight * x * x;
            sums.curvatures[domain] += weight;
            sums.between[domain][0] += weight;
            sums.between[domain][1] += weight * x;
        }
        sums
    }

    /// The covariance of level and growth, once the offsets are eliminated: the inverse of the Schur complement.
    fn covariance(&self) -> [f64; 3] {
        let [mut p, mut q, mut r] = self.curvature;
        for ([u, v], own) in self.between.iter().zip(&self.curvatures) {
            p -= u * u / own;
            q -= u * v / own;
            r -= v * v / own;
        }
        let determinant = p * r - q * q;
        [r / determinant, -q / determinant, p / determinant]
    }

    /// The step of Newton's method: of level and growth, and of the offsets.
    fn step(&self) -> ([f64; 2], Vec<f64>) {
        let [p, q, r] = self.covariance();
        let mut rest = self.slope;
        for (([u, v], own), slope) in self.between.iter().zip(&self.curvatures).zip(&self.slopes) {
            rest[0] -= u * slope / own;
            rest[1] -= v * slope / own;
        }
        let common = [p * rest[0] + q * rest[1], q * rest[0] + r * rest[1]];
        let offsets = self.between.iter().zip(&self.curvatures).zip(&self.slopes);
        let offsets = offsets.map(|(([u, v], own), slope)| (slope - u * common[0] - v * common[1]) / own);
        (common, offsets.collect())
    }
}

/// Fits `domains` domains to the cells.
pub fn fit(domains: usize, cells: &[Cell], assumed: &Assumptions) -> Fit {
    let mut common = [assumed.level.0, assumed.growth.0];
    let mut offsets = vec![0.0; domains];
    let mut sums = Sums::at(cells, assumed, common, &offsets);
    for _ in 0..50 {
        let (step, steps) = sums.step();
        // A step that moves log-odds by more than this may overshoot the mode, which is unique.
        let length = steps.iter().chain([&step[0]]).fold(step[1].abs(), |most, step| most.max(step.abs()));
        let factor = if length > 2.0 { 2.0 / length } else { 1.0 };
        common.iter_mut().zip(step).for_each(|(value, step)| *value += factor * step);
        offsets.iter_mut().zip(steps).for_each(|(value, step)| *value += factor * step);
        sums = Sums::at(cells, assumed, common, &offsets);
        if length < 1e-11 {
            break;
        }
    }
    let [p, q, r] = sums.covariance();
    // How the log-odds of a domain depend on level and growth, given its responses.
    let follow: Vec<[f64; 2]> =
        sums.between.iter().zip(&sums.curvatures).map(|([u, v], own)| [1.0 - u / own, -v / own]).collect();
    let day = assumed.day_sd * assumed.day_sd;
    let shared = follow
        .iter()
        .flat_map(|l| follow.iter().map(move |m| l[0] * (p * m[0] + q * m[1]) + l[1] * (q * m[0] + r * m[1]) + day));
    Fit {
        means: offsets.iter().map(|offset| common[0] + offset).collect(),
        own: sums.curvatures.iter().map(|own| 1.0 / own + assumed.domain_day_sd.powi(2)).collect(),
        shared: shared.collect(),
        growth: common[1],
    }
}
