//! Draws from the distributions that the generator needs.

use rand::{RngExt, rngs::ChaCha8Rng};

pub fn uniform(rng: &mut ChaCha8Rng) -> f64 {
    rng.random::<f64>()
}

/// By Box and Muller.
pub fn normal(rng: &mut ChaCha8Rng) -> f64 {
    (-2.0 * (1.0 - uniform(rng)).ln()).sqrt() * (std::f64::consts::TAU * uniform(rng)).cos()
}

pub fn log_normal(rng: &mut ChaCha8Rng, median: f64, sd: f64) -> f64 {
    median * (sd * normal(rng)).exp()
}

/// A sum of exponential times, so that the shape is a whole number.
pub fn gamma(rng: &mut ChaCha8Rng, shape: u32, mean: f64) -> f64 {
    (0..shape).map(|_| -(1.0 - uniform(rng)).ln()).sum::<f64>() * mean / f64::from(shape)
}

pub fn below(rng: &mut ChaCha8Rng, limit: usize) -> usize {
    rng.random_range(0..limit)
}
