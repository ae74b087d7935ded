//! The bounds of a draft, for the tool's schema and for the checks of the answer.

use std::ops::RangeInclusive;

use crate::questions::model::QuestionKind;

/// The longest stem, in characters, like all lengths here.
pub const STEM: usize = 1500;
/// The longest answer.
pub const BODY: usize = 500;
/// The longest rationale.
pub const RATIONALE: usize = 800;
/// The longest explanation.
pub const EXPLANATION: usize = 2000;
/// The longest misconception.
pub const MISCONCEPTION: usize = 300;
/// The longest title of a reference.
pub const TITLE: usize = 200;
/// The longest address of a reference.
pub const URL: usize = 500;
/// The longest tag.
pub const TAG: usize = 50;
/// The longest code of a task.
pub const TASK: usize = 100;
/// The number of misconceptions: at least three, and as many as there are distractors.
pub const MISCONCEPTIONS: RangeInclusive<usize> = 3..=8;
/// The number of references.
pub const REFERENCES: RangeInclusive<usize> = 1..=5;
/// The number of tags.
pub const TAGS: RangeInclusive<usize> = 0..=8;
/// From recall (1) to weighing several facts in a scenario (5).
pub const DIFFICULTY: RangeInclusive<i32> = 1..=5;

/// The number of answers of a draft of a kind, and the number of answers in the key.
pub fn answers(kind: QuestionKind) -> (RangeInclusive<usize>, RangeInclusive<usize>) {
    match kind {
        QuestionKind::SingleChoice => (4..=4, 1..=1),
        QuestionKind::MultipleResponse => (5..=6, 2..=3),
        QuestionKind::Ordering => (3..=5, 3..=5),
        QuestionKind::Matching => (3..=9, 3..=7),
    }
}

/// A range in words.
pub fn in_words(range: &RangeInclusive<usize>) -> String {
    let (least, most) = (range.start(), range.end());
    if least == most { least.to_string() } else { format!("{least} to {most}") }
}
