//! Responses with immediate feedback: the first response counts, later ones are tries.

use std::sync::Arc;

use super::{
    feedback::{PracticeFeedback, SlotFeedback, SlotStateWithFeedback, TryReply},
    graded::{self, Graded},
    grading::{self, Choice},
    messages::SlotState,
    model::{Attempt, FilledSlot, Slot, SlotTry},
    queries::{
        SlotChange,
        teaching::{self as queries, SlotToMark},
    },
    sitting,
};
use crate::{
    db::{
        DbConnection,
        types::{Json, Timestamp},
    },
    error::{Error, Slug},
    http::etag::IfRevision,
    questions::model::{QuestionKind, Served},
    reviews,
};

/// The maximum number of tries in a slot.
const MOST_TRIES: usize = 50;

/// The effect of a request on a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// None: the slot already has this state.
    None,
    /// The labels change.
    Labels,
    /// The first response, which counts.
    Answer,
    /// A later response, which does not count.
    Try,
    /// The response that counts would be removed.
    Clear,
}

/// The effect of a request. Repeating the response that counts, or the last try, has no effect.
fn effect(kind: QuestionKind, stored: &Slot, last_try: Option<&SlotTry>, change: &SlotChange) -> Effect {
    let otherwise = if change.has_labels_of(stored) { Effect::None } else { Effect::Labels };
    let is = |response: &Json<Vec<Choice>>, given: &Json<Vec<Choice>>| {
        grading::is_same_response(kind, &response.0, &given.0)
    };
    match (&stored.response, &change.response) {
        (None, None) => otherwise,
        (None, Some(_)) => Effect::Answer,
        (Some(_), None) => Effect::Clear,
        (Some(response), Some(given)) if is(response, given) => otherwise,
        (Some(_), Some(given)) if last_try.is_some_and(|last| is(&last.response, given)) => otherwise,
        (Some(_), Some(_)) => Effect::Try,
    }
}

/// Stores a response in a slot of a locked attempt, marks it if it is the first one, and returns the feedback.
///
/// There is no feedback on a question that is in an exam of the learner in progress.
pub fn respond(
    conn: &mut DbConnection,
    attempt: &Attempt,
    question: Arc<Served>,
    position: i32,
    mut change: SlotChange,
    expected: &IfRevision,
    now: Timestamp,
) -> Result<SlotStateWithFeedback, Error> {
    let found = queries::slot_to_mark(conn, attempt, position, question.line, now)?;
    let SlotToMark { mut slot, policy, exam, schedule, has_record } = found.ok_or(Error::NotFound("slot"))?;
    if let Some(exam) = exam.filter(|_| slot.response.is_some() || change.response.is_some()) {
        let detail =
            "this question is in your exam in progress, so its key is withheld: submit or abandon the exam first";
        return Err(Error::AttemptInProgress(exam.0, detail));
    }
    let mut tries = match slot.response {
        Some(_) => queries::tries_of_slot(conn, attempt, position)?,
        None => Vec::new(),
    };
    let effect = effect(question.kind, &slot, tries.last(), &change);
    if effect != Effect::None && !expected.allows(slot.revision) {
        return Err(sitting::changed(slot));
    }
    let given = change.response.clone().map(|response| response.0).unwrap_or_default();
    let mut due_on = None;
    let mark = grading::mark(policy, question.kind, &question.answers, &given);
    match effect {
        Effect::None => {}
        Effect::Clear => {
            let detail =
                "the first response counts and cannot be removed: to change only flags or time, send it again with them"
                    .to_owned();
            return Err(Error::Conflict(Slug::ResponseFinal, detail));
        }
        Effect::Answer => {
            queries::answer_slot(conn, attempt, position, &change, mark)?;
            let given = Graded {
                line: question.line,
                response: Some((mark, change.answered_at.unwrap_or(now))),
                slot: change.labels(),
            };
            // What did not exist a moment ago need not be looked for: the insertion notices if it does now.
            let known = has_record.then_some(question.line);
            due_on = graded::record(conn, attempt, &schedule, &[given], known, now)?.remove(&question.line);
            slot.mark = Some(mark);
        }
        Effect::Labels | Effect::Try => {
            if effect == Effect::Try {
                if tries.len() >= MOST_TRIES {
                    let detail =
                        format!("a slot has at most {MOST_TRIES} tries, and all are used: go on to the next slot");
                    return Err(Error::Conflict(Slug::ResponseFinal, detail));
                }
                let new = SlotTry {
                    user_id: attempt.user_id,
                    attempt_id: attempt.id,
                    position,
                    number: tries.len() as i32 + 1,
                    response: Json(given),
                    mark,
                    created_at: now,
                };
                queries::insert_try(conn, &new)?;
                tries.push(new);
            }
            change.response = slot.response.take();
            change.answered_at = slot.answered_at;
            super::queries::update_slot(conn, attempt.user_id, attempt.id, position, &change, None)?;
            if (change.flagged, change.unsure) != (slot.flagged, slot.unsure) {
                graded::record_labels(conn, attempt, question.line, slot.answered_at, change.labels(), now)?;
            }
        }
    }
    if effect != Effect::None {
        slot.take(change);
        slot.revision += 1;
    }
    if slot.mark.is_some() && due_on.is_none() {
        due_on = reviews::queries::due_days(conn, attempt.user_id, &[question.line])?.remove(&question.line);
    }
    let filled = FilledSlot { slot, question };
    let feedback = filled.slot.mark.map(|mark| SlotFeedback::of(&filled, mark, due_on));
    let tries = feedback.as_ref().map(|_| tries.into_iter().map(TryReply::from).collect());
    Ok(SlotStateWithFeedback { state: SlotState::from(filled.slot), practice: PracticeFeedback { feedback, tries } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::questions::model::{AnswerId, QuestionId};

    #[test]
    fn the_first_response_counts_and_others_are_tries() {
        let [a, b] = [(); 2].map(|()| Choice::Answer(AnswerId::new()));
        let response = |choices: &[&Choice]| Some(Json(choices.iter().map(|one| (*one).clone()).collect::<Vec<_>>()));
        let slot = |given: Option<Json<Vec<Choice>>>| Slot {
            position: 1,
            question_id: QuestionId::new(),
            answer_order: Json(vec![]),
            scored: true,
            response: given,
            mark: None,
            flagged: false,
            unsure: false,
            struck_out: Json(vec![]),
            answered_at: None,
            seconds_spent: 0,
            revision: 0,
        };
        let change = |given: Option<Json<Vec<Choice>>>, flagged: bool| SlotChange {
            response: given,
            flagged,
            unsure: false,
            struck_out: Json(vec![]),
            seconds_spent: 0,
            answered_at: None,
            updated_at: Timestamp::EPOCH,
        };
        let last = SlotTry {
            user_id: crate::auth::model::UserId::new(),
            attempt_id: crate::attempts::model::AttemptId::new(),
            position: 1,
            number: 1,
            response: response(&[&b]).unwrap(),
            mark: 0.0,
            created_at: Timestamp::EPOCH,
        };
        let multiple = QuestionKind::MultipleResponse;
        for (kind, stored, last_try, given, flagged, expected) in [
            (multiple, None, None, None, false, Effect::None),
            (multiple, None, None, None, true, Effect::Labels),
            (multiple, None, None, response(&[&a]), true, Effect::Answer),
            (multiple, response(&[&a]), None, None, false, Effect::Clear),
            (multiple, response(&[&a]), None, response(&[&a]), false, Effect::None),
            (multiple, response(&[&a]), None, response(&[&a]), true, Effect::Labels),
            (multiple, response(&[&a]), None, response(&[&b]), false, Effect::Try),
            (multiple, response(&[&a]), Some(&last), response(&[&b]), false, Effect::None),
            (multiple, response(&[&a]), Some(&last), response(&[&a]), false, Effect::None),
            (multiple, response(&[&a, &b]), None, response(&[&b, &a]), false, Effect::None),
            (QuestionKind::Ordering, response(&[&a, &b]), None, response(&[&b, &a]), false, Effect::Try),
        ] {
            assert_eq!(effect(kind, &slot(stored.clone()), last_try, &change(given.clone(), flagged)), expected);
        }
    }
}
