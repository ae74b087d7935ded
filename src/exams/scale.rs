//! The scale of an exam's scores.

/// The scale of an exam, with the pass mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// The scaled score if no response is right.
    pub min: i32,
    /// The scaled score if every response is right.
    pub max: i32,
    /// The scaled score needed to pass.
    pub pass_mark: i32,
}

impl Scale {
    /// min + (max − min) · share, rounded half up.
    pub fn scaled(self, share: f64) -> i32 {
        // A share such as a third is inexact, which must not turn a half into slightly less.
        let exact = f64::from(self.min) + (f64::from(self.max) - f64::from(self.min)) * share;
        (exact + 0.5 + 1e-9).floor() as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_linear_and_rounded_half_up() {
        let scale = |min, max, share| Scale { min, max, pass_mark: 0 }.scaled(share);
        assert_eq!(scale(100, 1000, 0.0), 100);
        assert_eq!(scale(100, 1000, 1.0), 1000);
        assert_eq!(scale(100, 1000, 33.0 / 50.0), 694);
        assert_eq!(scale(100, 1000, 34.0 / 50.0), 712);
        assert_eq!(scale(0, 1, 0.5), 1);
        assert_eq!(scale(0, 100, 0.745), 75);
        assert_eq!(scale(1, 1000, 0.7), 700);
    }
}
