//! How good past predictions were: among those of about 70 %, did about 70 % pass?

use serde::Serialize;
use utoipa::ToSchema;

/// The predictions in one tenth of the scale, with the results of their attempts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Decile {
    /// The lower end of this tenth.
    #[schema(example = 0.7)]
    pub from: f64,
    /// The upper end of this tenth.
    #[schema(example = 0.8)]
    pub to: f64,
    /// The number of predictions.
    pub count: usize,
    /// The mean of these predictions. Null if there are none.
    #[schema(required)]
    pub predicted: Option<f64>,
    /// The share of these attempts that passed. Null if there are none.
    #[schema(required)]
    pub passed: Option<f64>,
}

/// The mean of −ln of the probability that was given to what happened. `None` without predictions.
///
/// Always predicting 50 % scores 0.693. A probability of 0 counts as one in a million.
pub fn log_loss(predictions: &[(f64, bool)]) -> Option<f64> {
    let loss = |&(predicted, passed): &(f64, bool)| {
        let given = if passed { predicted } else { 1.0 - predicted };
        -given.max(1e-6).ln()
    };
    (!predictions.is_empty()).then(|| predictions.iter().map(loss).sum::<f64>() / predictions.len() as f64)
}

/// The mean squared difference between a prediction and its result as 0 or 1. `None` without predictions.
pub fn brier_score(predictions: &[(f64, bool)]) -> Option<f64> {
    let square = |&(predicted, passed): &(f64, bool)| (predicted - f64::from(passed)).powi(2);
    (!predictions.is_empty()).then(|| predictions.iter().map(square).sum::<f64>() / predictions.len() as f64)
}

/// The reliability table of predictions: ten rows.
pub fn deciles(predictions: &[(f64, bool)]) -> Vec<Decile> {
    // Floating-point multiplication would move some values to the wrong row, so probabilities are compared unscaled.
    let row = |tenth: u8| {
        let (from, to) = (f64::from(tenth) / 10.0, f64::from(tenth + 1) / 10.0);
        let inside = predictions.iter().filter(|(p, _)| *p >= from && (*p < to || tenth == 9));
        let (count, sum, passed) = inside.fold((0, 0.0, 0), |(count, sum, passes), (predicted, passed)| {
            (count + 1, sum + predicted, passes + usize::from(*passed))
        });
        let mean = |sum: f64| (count > 0).then(|| sum / count as f64);
        Decile { from, to, count, predicted: mean(sum), passed: mean(passed as f64) }
    };
    (0..10).map(row).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn without_predictions_there_are_no_scores() {
        assert_eq!((log_loss(&[]), brier_score(&[])), (None, None));
        let rows = deciles(&[]);
        assert!(
            rows.len() == 10
                && rows.iter().all(|row| row.count == 0 && row.predicted.is_none() && row.passed.is_none())
        );
    }

    #[test]
    fn losses_are_those_of_their_formulas() {
        let told = [(0.8, true), (0.5, false), (0.0, false), (1.0, true)];
        assert!((log_loss(&told).unwrap() - (-0.8_f64.ln() - 0.5_f64.ln()) / 4.0).abs() < 1e-12);
        assert!((brier_score(&told).unwrap() - (0.04 + 0.25) / 4.0).abs() < 1e-12);
        // An event that was declared impossible happened: that is bad, but not infinitely bad.
        assert!(log_loss(&[(0.0, true)]).unwrap() < 14.0);
    }

    #[test]
    fn a_row_begins_with_its_own_edge() {
        let told: Vec<(f64, bool)> = (0..=10).map(|tenth| (f64::from(tenth) / 10.0, tenth % 2 == 0)).collect();
        let rows = deciles(&told);
        assert_eq!(rows.iter().map(|row| row.count).collect::<Vec<_>>(), [1, 1, 1, 1, 1, 1, 1, 1, 1, 2]);
        assert_eq!((rows[9].predicted, rows[9].passed), (Some(0.95), Some(0.5)));
        assert_eq!((rows[3].from, rows[3].to), (0.3, 0.4));
    }

    proptest! {
        #[test]
        fn every_prediction_is_in_one_row(told in prop::collection::vec((0.0..=1.0, prop::bool::ANY), 0..200)) {
            let rows = deciles(&told);
            prop_assert_eq!(rows.iter().map(|row| row.count).sum::<usize>(), told.len());
            for row in rows.iter().filter(|row| row.count > 0) {
                let mean = row.predicted.unwrap();
                prop_assert!(row.from <= mean + 1e-12 && mean <= row.to + 1e-12);
            }
        }
    }
}
