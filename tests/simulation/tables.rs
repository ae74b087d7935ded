//! The tables of docs/scoring.md.

use tripos::readiness::calibration;

/// Predictions with their results.
pub type Told = Vec<(f64, bool)>;

/// Deciles with fewer predictions are too noisy.
const ENOUGH: usize = 2000;

pub fn log_loss(told: &Told) -> f64 {
    calibration::log_loss(told).unwrap()
}

fn gaps(told: &Told) -> impl Iterator<Item = (usize, f64)> {
    let rows = calibration::deciles(told).into_iter();
    rows.filter(|row| row.count > 0).map(|row| (row.count, row.passed.unwrap() - row.predicted.unwrap()))
}

/// The largest difference between prediction and result in a decile with enough predictions.
pub fn largest_gap(told: &Told) -> f64 {
    gaps(told).filter(|(count, _)| *count >= ENOUGH).map(|(_, gap)| gap.abs()).fold(0.0, f64::max)
}

/// The mean difference, over all predictions.
pub fn typical_gap(told: &Told) -> f64 {
    gaps(told).map(|(count, gap)| count as f64 * gap.abs()).sum::<f64>() / told.len() as f64
}

/// The reliability table of the first predictor, and the losses of all of them.
pub fn scenario(name: &str, names: &[&str], told: &[Told]) -> String {
    let passed = told[0].iter().filter(|(_, passed)| *passed).count() as f64 / told[0].len() as f64;
    let mut text = format!("### {name}\n\n{} learner-forms, {:.0} % passed.\n\n", told[0].len(), 100.0 * passed);
    text.push_str("| predicted | count | mean prediction | passed | difference |\n|---|--:|--:|--:|--:|\n");
    for row in calibration::deciles(&told[0]).iter().filter(|row| row.count > 0) {
        let (predicted, passed) = (row.predicted.unwrap(), row.passed.unwrap());
        let (from, to) = (row.from * 100.0, row.to * 100.0);
        let gap = passed - predicted;
        text.push_str(&format!("| {from:.0}–{to:.0} % | {} | {predicted:.3} | {passed:.3} | {gap:+.3} |\n", row.count));
    }
    text.push_str(
        "\n| predictor | log loss | Brier score | largest difference | mean difference |\n|---|--:|--:|--:|--:|\n",
    );
    for (name, told) in names.iter().zip(told) {
        let brier = calibration::brier_score(told).unwrap();
        let (loss, largest, typical) = (log_loss(told), largest_gap(told), typical_gap(told));
        text.push_str(&format!("| {name} | {loss:.4} | {brier:.4} | {largest:.3} | {typical:.3} |\n"));
    }
    text
}
