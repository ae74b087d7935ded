//! A learner's memory of one question, by FSRS-6 with its default parameters.
//!
//! Source: the crate `fsrs`, the reference implementation of the algorithm.

use std::sync::LazyLock;

use fsrs::{FSRS, FSRS6_DEFAULT_DECAY, MemoryState, NextStates, current_retrievability};

/// The rating of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rating {
    /// Wrong.
    Again,
    /// Right, but unsure or slow.
    Hard,
    /// Right.
    Good,
}

/// A right answer is slow if it took longer than this many times the learner's median.
const SLOW: i32 = 2;

impl Rating {
    /// The rating of an answer that took `seconds`. `median` is the learner's median time; none if it is unknown.
    pub fn of(right: bool, unsure: bool, seconds: i32, median: Option<i32>) -> Self {
        let slow = median.is_some_and(|median| seconds > median.saturating_mul(SLOW));
        match right {
            false => Self::Again,
            true if unsure || slow => Self::Hard,
            true => Self::Good,
        }
    }
}

/// The state of a memory in FSRS. Always finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Memory {
    stability: f32,
    difficulty: f32,
}

impl Memory {
    /// The memory with this stability in days (0.001 to 36,500) and this difficulty (1 to 10); values beyond are clamped.
    pub fn new(stability: f32, difficulty: f32) -> Self {
        let within = |value: f32, min: f32, max: f32| if value.is_nan() { min } else { value.clamp(min, max) };
        Self { stability: within(stability, 0.001, 36_500.0), difficulty: within(difficulty, 1.0, 10.0) }
    }

    /// Days after which the probability of recall is 90 %.
    pub fn stability(self) -> f32 {
        self.stability
    }

    /// From 1 (easy) to 10.
    pub fn difficulty(self) -> f32 {
        self.difficulty
    }

    fn state(self) -> MemoryState {
        MemoryState { stability: self.stability, difficulty: self.difficulty }
    }

    /// The probability of recalling the answer `days` after the last one.
    pub fn recall(self, days: u32) -> f32 {
        current_retrievability(self.state(), days as f32, FSRS6_DEFAULT_DECAY)
    }
}

/// The model of memory.
#[derive(Debug, Default)]
pub struct Model(FSRS);

/// The model with the default parameters.
pub static MODEL: LazyLock<Model> = LazyLock::new(Model::default);

impl Model {
    /// The memory after an answer: `days` after the last one, or after the first one.
    pub fn after(&self, memory: Option<Memory>, rating: Rating, days: u32) -> Memory {
        let Some(next) = self.next(memory, days) else {
            return memory.unwrap_or(Memory::new(f32::NAN, f32::NAN));
        };
        let state = match rating {
            Rating::Again => next.again.memory,
            Rating::Hard => next.hard.memory,
            Rating::Good => next.good.memory,
        };
        Memory::new(state.stability, state.difficulty)
    }

    /// The memories after each answer; none only if a memory is not finite, which never happens.
    fn next(&self, memory: Option<Memory>, days: u32) -> Option<NextStates> {
        // The intervals for this retention are not used.
        self.0.next_states(memory.map(Memory::state), 0.9, days).ok()
    }

    /// Days from an answer to the day on which the probability of recall has fallen to `retention`; at least one.
    pub fn interval(&self, memory: Memory, retention: f32) -> u32 {
        self.0.next_interval(Some(memory.stability), retention, 3).round().max(1.0) as u32
    }

    /// The probability of recalling the answer on the exam's day, `exam` days after the last answer, if the question is
    /// reviewed once before, `on` days after the last answer, over both outcomes of that review.
    pub fn recall_after_review(&self, memory: Memory, on: u32, exam: u32) -> f32 {
        let Some(next) = self.next(Some(memory), on) else { return memory.recall(exam) };
        let (right, rest) = (memory.recall(on), exam.saturating_sub(on) as f32);
        let recall = |state: MemoryState| current_retrievability(state, rest, FSRS6_DEFAULT_DECAY);
        right * recall(next.good.memory) + (1.0 - right) * recall(next.again.memory)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_wrong_answer_is_again_and_doubt_or_slowness_makes_a_right_one_hard() {
        assert_eq!(Rating::of(false, true, 500, Some(10)), Rating::Again);
        assert_eq!(Rating::of(true, true, 5, Some(10)), Rating::Hard);
        assert_eq!(Rating::of(true, false, 21, Some(10)), Rating::Hard);
        assert_eq!(Rating::of(true, false, 20, Some(10)), Rating::Good);
        assert_eq!(Rating::of(true, false, 500, None), Rating::Good);
    }

    #[test]
    fn the_memory_is_the_one_of_fsrs_6() {
        let model = Model::default();
        let first = model.after(None, Rating::Good, 0);
        assert!((first.stability() - 2.3065).abs() < 1e-4);
        assert_eq!(model.interval(first, 0.9), 2);
        assert!((first.recall(0) - 1.0).abs() < 1e-6);
        let wrong = model.after(None, Rating::Again, 0);
        assert!((wrong.stability() - 0.212).abs() < 1e-4);
        assert_eq!(model.interval(wrong, 0.9), 1);
    }

    fn memories() -> impl Strategy<Value = Memory> {
        (0.001f32..36_500.0, 1f32..10.0).prop_map(|(stability, difficulty)| Memory::new(stability, difficulty))
    }

    proptest! {
        #[test]
        fn better_answers_leave_stronger_memories(memory in memories(), days in 1u32..1000) {
            let model = Model::default();
            let [again, hard, good] = [Rating::Again, Rating::Hard, Rating::Good]
                .map(|rating| model.after(Some(memory), rating, days).stability());
            prop_assert!(again <= hard && hard <= good);
        }

        #[test]
        fn memories_fade(memory in memories(), day in 0u32..5000) {
            prop_assert!(memory.recall(day + 1) <= memory.recall(day));
            prop_assert!((0.0..=1.0).contains(&memory.recall(day)));
        }

        #[test]
        fn no_stored_number_breaks_the_model(stability in any::<f32>(), difficulty in any::<f32>(), days in any::<u32>()) {
            let model = Model::default();
            let after = model.after(Some(Memory::new(stability, difficulty)), Rating::Hard, days);
            prop_assert!(after.stability().is_finite() && after.difficulty().is_finite());
        }
    }
}
