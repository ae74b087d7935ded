//! The settings of a practice or a review, validated without the bank.

use crate::{
    attempts::{
        messages::StartAttempt,
        model::{FeedbackTime, QuestionPool, Selection},
    },
    error::{Error, FieldError},
};

/// The maximum number of questions in a practice.
const MOST: i64 = 200;
/// The default number of questions in a practice.
const USUAL: i64 = 10;
/// The maximum number of domains, tasks or tags in a request.
const MOST_NAMES: usize = 50;

/// The settings of a practice, or all errors in them.
pub fn of(wanted: &StartAttempt) -> Result<Selection, Error> {
    let mut faults = Vec::new();
    let mut fault = |pointer: &str, detail: String| faults.push(FieldError { pointer: pointer.to_owned(), detail });
    let size = wanted.size.unwrap_or(if wanted.from_report.is_some() { MOST } else { USUAL });
    if !(1..=MOST).contains(&size) {
        fault("/size", format!("must be from 1 to {MOST}"));
    }
    let (least, most) = (wanted.difficulty_min.unwrap_or(1), wanted.difficulty_max.unwrap_or(5));
    for (pointer, bound) in [("/difficulty_min", least), ("/difficulty_max", most)] {
        if !(1..=5).contains(&bound) {
            fault(pointer, "must be from 1 to 5".into());
        }
    }
    if least > most {
        fault("/difficulty_min", "must not be greater than difficulty_max".into());
    }
    for (pointer, length) in
        [("/domains", wanted.domains.len()), ("/tasks", wanted.tasks.len()), ("/tags", wanted.tags.len())]
    {
        if length > MOST_NAMES {
            fault(pointer, format!("must have at most {MOST_NAMES} items"));
        }
    }
    for (index, tag) in wanted.tags.iter().enumerate() {
        if tag.trim().is_empty() || tag.chars().count() > 100 {
            fault(&format!("/tags/{index}"), "must have 1 to 100 characters, not all blank".into());
        }
    }
    let pool = wanted.pool.unwrap_or(QuestionPool::All);
    if wanted.from_report.is_some() && pool != QuestionPool::All {
        fault("/pool", "must be \"all\" if from_report is given".into());
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    Ok(Selection {
        domains: wanted.domains.clone(),
        tasks: wanted.tasks.clone(),
        tags: wanted.tags.clone(),
        kinds: wanted.kinds.clone(),
        difficulty_min: least as i32,
        difficulty_max: most as i32,
        pool,
        from_report: wanted.from_report,
        size: size as i32,
        feedback: wanted.feedback.unwrap_or(FeedbackTime::Immediate),
        timed: wanted.timed.unwrap_or(false),
    })
}

/// Whether a request has no conditions on questions. Its seed then stands for the whole form of an earlier practice.
pub fn is_open(wanted: &StartAttempt) -> bool {
    chosen(wanted).iter().all(|(_, is_said)| !is_said)
}

/// The settings of a review.
pub struct Review {
    /// The most questions.
    pub size: usize,
    /// When to show which response was right.
    pub feedback: FeedbackTime,
    /// Whether there is a deadline.
    pub timed: bool,
}

/// The settings of a review, or all errors in them.
pub fn of_review(wanted: &StartAttempt) -> Result<Review, Error> {
    let other = chosen(wanted).into_iter().filter(|(pointer, _)| *pointer != "/size");
    let mut faults = said(
        other.chain([("/seed", wanted.seed.is_some())]),
        "is not for reviews: a review contains what is due, in the order of GET /api/v1/me/reviews",
    );
    let size = wanted.size.unwrap_or(MOST);
    if !(1..=MOST).contains(&size) {
        faults.push(FieldError { pointer: "/size".into(), detail: format!("must be from 1 to {MOST}") });
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    Ok(Review {
        size: size as usize,
        feedback: wanted.feedback.unwrap_or(FeedbackTime::Immediate),
        timed: wanted.timed.unwrap_or(false),
    })
}

/// Rejects fields that an exam does not have.
pub fn refuse_in_exam(wanted: &StartAttempt) -> Result<(), Error> {
    let other = [("/feedback", wanted.feedback.is_some()), ("/timed", wanted.timed.is_some())];
    let detail = "is not for exams: an exam follows its blueprint and has a fixed duration";
    let faults = said(chosen(wanted).into_iter().chain(other), detail);
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

/// An error for each of these fields that is present.
fn said(fields: impl IntoIterator<Item = (&'static str, bool)>, detail: &str) -> Vec<FieldError> {
    let said = fields.into_iter().filter(|(_, is_said)| *is_said);
    said.map(|(pointer, _)| FieldError { pointer: pointer.to_owned(), detail: detail.to_owned() }).collect()
}

/// The fields that choose questions, and whether each is present.
fn chosen(wanted: &StartAttempt) -> [(&'static str, bool); 9] {
    [
        ("/domains", !wanted.domains.is_empty()),
        ("/tasks", !wanted.tasks.is_empty()),
        ("/tags", !wanted.tags.is_empty()),
        ("/kinds", !wanted.kinds.is_empty()),
        ("/difficulty_min", wanted.difficulty_min.is_some()),
        ("/difficulty_max", wanted.difficulty_max.is_some()),
        ("/size", wanted.size.is_some()),
        ("/pool", wanted.pool.is_some()),
        ("/from_report", wanted.from_report.is_some()),
    ]
}
