//! Compares the results of the module with those of py-fsrs: tests/vectors/reviews.py.

use serde::Deserialize;

use super::card::{MODEL, Memory, Rating};

/// The program computes with 32 bits, py-fsrs with 64.
const PRECISION: f64 = 1e-4;

#[derive(Deserialize)]
struct Review {
    days: u32,
    rating: Word,
    stability: f64,
    difficulty: f64,
    interval: u32,
    later: u32,
    recall: f64,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Again,
    Hard,
    Good,
}

#[test]
fn memories_are_those_of_py_fsrs() {
    let histories: Vec<Vec<Review>> = serde_json::from_str(include_str!("../../tests/vectors/reviews.json")).unwrap();
    assert!(histories.len() >= 50);
    let is_near = |ours: f32, theirs: f64| (f64::from(ours) - theirs).abs() <= PRECISION * theirs.abs().max(1.0);
    for history in histories {
        let mut memory: Option<Memory> = None;
        for review in history {
            let rating = match review.rating {
                Word::Again => Rating::Again,
                Word::Hard => Rating::Hard,
                Word::Good => Rating::Good,
            };
            let after = MODEL.after(memory, rating, review.days);
            let told = format!("{after:?} after {} days, not {} {}", review.days, review.stability, review.difficulty);
            assert!(is_near(after.stability(), review.stability), "{told}");
            assert!(is_near(after.difficulty(), review.difficulty), "{told}");
            assert!(MODEL.interval(after, 0.9).abs_diff(review.interval) <= 1, "{told}");
            assert!(is_near(after.recall(review.later), review.recall), "{told}");
            memory = Some(after);
        }
    }
}
