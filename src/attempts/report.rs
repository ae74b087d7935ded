//! The graded result of an attempt. It is stored at submission and never changes.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    grading::{self, Choice},
    messages::DomainName,
    model::{Attempt, AttemptId, FilledSlot, Mode, Selection},
};
use crate::{
    db::types::Timestamp,
    exams::model::{Domain, Exam, ScoringPolicy},
    markdown,
    questions::model::{AnswerId, QuestionId, QuestionKind, Reference},
    readiness::{form::Share, mastery::Mastery},
};

/// The graded result of an attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Report {
    /// The attempt.
    pub attempt_id: AttemptId,
    /// The exam.
    pub exam: ReportedExam,
    /// The mode of the attempt.
    pub mode: Mode,
    /// The seed of the form.
    pub seed: i64,
    /// How the form differed from the blueprint or from the requested practice or review.
    pub notes: Vec<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When the attempt ended.
    pub submitted_at: Timestamp,
    /// What ended the attempt.
    pub ended_by: EndedBy,
    /// The time from beginning to end, in seconds.
    pub seconds_used: i64,
    /// The extra time, in percent.
    #[serde(default)]
    pub extra_time_percent: i32,
    /// The settings of a practice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub practice: Option<Selection>,
    /// The score over all scored slots.
    pub score: Score,
    /// The result of each domain, ordered by number. For a practice or a review, only the domains of its questions.
    pub domains: Vec<DomainResult>,
    /// Every slot, with its key and explanation.
    pub slots: Vec<SlotResult>,
}

/// The exam of a report, with the blueprint when the attempt was graded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportedExam {
    /// The code.
    #[schema(example = "clf-c02")]
    pub code: String,
    /// The full name.
    pub name: String,
    /// The version of the blueprint.
    pub blueprint_version: String,
}

/// What ended an attempt: the learner submitted it, or its deadline passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// The learner submitted.
    Learner,
    /// The time ran out, and the attempt was graded with the responses given until then.
    Deadline,
}

/// A score over the scored slots.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Score {
    /// The sum of the marks.
    pub raw: f64,
    /// The highest possible sum.
    pub possible: i32,
    /// The points earned, in percent of the possible points, to one decimal.
    pub percent: f64,
    /// The raw score on the exam's scale. Null for practices and reviews: they do not follow the blueprint.
    #[schema(required)]
    pub scaled_estimate: Option<i32>,
    /// The scaled score if no response is right.
    pub scale_min: i32,
    /// The scaled score if every response is right.
    pub scale_max: i32,
    /// The scaled score needed to pass.
    pub pass_mark: i32,
    /// Whether the estimate reaches the pass mark. Null for practices and reviews.
    #[schema(required)]
    pub passed: Option<bool>,
    /// How responses were marked.
    pub scoring_policy: ScoringPolicy,
    /// What the estimate means, and what it does not.
    pub note: String,
}

/// The result of one domain, over its scored slots.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DomainResult {
    /// The number in the blueprint.
    pub number: i32,
    /// The name.
    pub name: String,
    /// The percentage of the scored content, in the blueprint when the attempt was graded.
    pub weight: i32,
    /// The number of slots with full marks.
    pub right: i32,
    /// The sum of the marks.
    pub points: f64,
    /// The number of scored slots.
    pub total: i32,
    /// An estimate of how well the learner knows the domain: the posterior Beta(1 + points, 1 + total − points) of a
    /// uniform prior. With few questions, the interval is wide.
    pub mastery: Mastery,
}

/// A slot with its key and explanation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlotResult {
    /// The position in the form, from 1.
    pub position: i32,
    /// Whether the slot counts toward the score.
    pub scored: bool,
    /// The question.
    pub question_id: QuestionId,
    /// The kind of the question.
    pub kind: QuestionKind,
    /// The domain.
    pub domain: DomainName,
    /// The question.
    pub stem: String,
    /// The response. Null if there is none.
    #[schema(required)]
    pub response: Option<Vec<Choice>>,
    /// The mark of the response, from 0 to 1.
    pub mark: f64,
    /// The correct response.
    pub key: Vec<Choice>,
    /// The answers in the order of the slot, each with the reason why it is right or wrong.
    pub answers: Vec<AnswerResult>,
    /// Why the key is right.
    pub explanation: String,
    /// References for further reading.
    pub references: Vec<Reference>,
    /// Whether the slot is flagged, to come back to it.
    pub flagged: bool,
    /// Whether the response is marked as unsure.
    pub unsure: bool,
    /// The time spent, in seconds.
    pub seconds_spent: i32,
}

/// An answer, with the reason why it is right or wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AnswerResult {
    /// The id. Absent for a distractor on the right-hand side of a matching question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<AnswerId>,
    /// The text. For a distractor on the right-hand side of a matching question, that text.
    pub body: String,
    /// Whether the answer is part of the key.
    pub is_correct: bool,
    /// Why the answer is right or wrong.
    pub rationale: String,
    /// For `matching`: the text on the right-hand side that belongs to this answer.
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    pub matched: Option<String>,
}

impl Report {
    /// The report as it is shown. The database requires a scaled score of every report.
    pub fn shown(mut self) -> Self {
        if self.mode != Mode::Exam {
            (self.score.scaled_estimate, self.score.passed) = (None, None);
        }
        self
    }

    /// A stored report as it is shown. An earlier release may have stored texts that are not in normal form, or a
    /// negative time because its clock was set back.
    pub fn mended(self) -> Self {
        let mut report = self.shown();
        report.seconds_used = report.seconds_used.max(0);
        let safe = |text: &mut String| {
            if let Cow::Owned(safe) = markdown::from_stored(text) {
                *text = safe;
            }
        };
        for slot in &mut report.slots {
            safe(&mut slot.stem);
            safe(&mut slot.explanation);
            slot.references.iter_mut().for_each(|reference| safe(&mut reference.title));
            for answer in &mut slot.answers {
                safe(&mut answer.body);
                safe(&mut answer.rationale);
                answer.matched.iter_mut().for_each(safe);
            }
            slot.key = std::mem::take(&mut slot.key).into_iter().map(Choice::with_normal_text).collect();
            slot.response = slot.response.take().map(|all| all.into_iter().map(Choice::with_normal_text).collect());
        }
        report
    }
}

/// Grades the slots of an attempt that ended at `submitted_at`. Returns the report and the mark of each slot.
pub fn grade(
    attempt: &Attempt,
    exam: &Exam,
    domains: &[Domain],
    slots: &[FilledSlot],
    submitted_at: Timestamp,
    ended_by: EndedBy,
) -> Report {
    let slots: Vec<SlotResult> = slots.iter().map(|filled| slot_result(filled, domains, exam.scoring_policy)).collect();
    Report {
        attempt_id: attempt.id,
        exam: ReportedExam {
            code: exam.code.clone(),
            name: exam.name.clone(),
            blueprint_version: exam.blueprint_version.clone(),
        },
        mode: attempt.mode,
        seed: attempt.seed,
        notes: attempt.notes.0.clone(),
        started_at: attempt.started_at,
        submitted_at,
        ended_by,
        seconds_used: submitted_at.seconds_since(attempt.started_at),
        extra_time_percent: attempt.extra_time_percent,
        practice: attempt.selection.as_ref().map(|selection| selection.0.clone()),
        score: score(attempt.mode, exam, &slots),
        domains: domains
            .iter()
            .map(|domain| domain_result(domain, &slots))
            .filter(|result| attempt.mode == Mode::Exam || result.total > 0)
            .collect(),
        slots,
    }
}

/// The answers of a slot in its order, each with why it is right or wrong.
pub fn answers(filled: &FilledSlot) -> Vec<AnswerResult> {
    let question = &filled.question;
    let shown = filled.shown_answers().map(|answer| AnswerResult {
        id: Some(answer.id),
        body: answer.body.clone(),
        is_correct: answer.is_correct,
        rationale: answer.rationale.clone(),
        matched: answer.match_body.clone(),
    });
    // Right-hand distractors of a matching question are not in the order of the slot: they come last.
    let decoys = question.answers.iter().filter(|answer| !filled.slot.answer_order.0.contains(&answer.position));
    let decoys = decoys.map(|answer| AnswerResult {
        id: None,
        body: answer.match_body.clone().unwrap_or_default(),
        is_correct: false,
        rationale: answer.rationale.clone(),
        matched: None,
    });
    shown.chain(decoys).collect()
}

fn slot_result(filled: &FilledSlot, domains: &[Domain], policy: ScoringPolicy) -> SlotResult {
    let question = &filled.question;
    SlotResult {
        position: filled.slot.position,
        scored: filled.slot.scored,
        question_id: question.id,
        kind: question.kind,
        domain: DomainName::of(filled, domains),
        stem: question.stem.clone(),
        response: filled.slot.response.clone().map(|response| response.0),
        // A mark that was shown immediately stays as it is.
        mark: filled
            .slot
            .mark
            .unwrap_or_else(|| grading::mark(policy, question.kind, &question.answers, filled.response())),
        key: grading::key(question.kind, &question.answers),
        answers: answers(filled),
        explanation: question.explanation.clone(),
        references: question.references.clone(),
        flagged: filled.slot.flagged,
        unsure: filled.slot.unsure,
        seconds_spent: filled.slot.seconds_spent,
    }
}

fn score(mode: Mode, exam: &Exam, slots: &[SlotResult]) -> Score {
    let marks: Vec<f64> = slots.iter().filter(|slot| slot.scored).map(|slot| slot.mark).collect();
    let (points, share) = tally(&marks);
    let scaled_estimate = exam.scale().scaled(share);
    Score {
        raw: rounded(points, 6),
        possible: marks.len() as i32,
        percent: rounded(share * 100.0, 1),
        scaled_estimate: Some(scaled_estimate),
        scale_min: exam.scale_min,
        scale_max: exam.scale_max,
        pass_mark: exam.pass_mark,
        passed: Some(scaled_estimate >= exam.pass_mark),
        scoring_policy: exam.scoring_policy,
        note: note(mode, &exam.code.to_uppercase()),
    }
}

fn note(mode: Mode, exam: &str) -> String {
    match mode {
        Mode::Exam => format!(
            "The scaled score is an estimate: it maps the share of points linearly to the scale of {exam}. Certification providers adjust scores for the difficulty of a form, so a real score may differ."
        ),
        Mode::Practice | Mode::Review => format!(
            "This form does not follow the blueprint of {exam}, so it has no scaled score and does not show whether you would pass."
        ),
    }
}

/// The sum of marks and its share of the possible points, neither of them rounded.
fn tally(marks: &[f64]) -> (f64, f64) {
    let points: f64 = marks.iter().sum();
    (points, if marks.is_empty() { 0.0 } else { points / marks.len() as f64 })
}

fn domain_result(domain: &Domain, slots: &[SlotResult]) -> DomainResult {
    let scored = || slots.iter().filter(|slot| slot.scored && slot.domain.number == domain.number);
    let total = scored().count() as i32;
    let points = rounded(scored().map(|slot| slot.mark).sum(), 6);
    DomainResult {
        number: domain.number,
        name: domain.name.clone(),
        weight: domain.weight,
        right: scored().filter(|slot| slot.mark == 1.0).count() as i32,
        points,
        total,
        mastery: Mastery::of(Share { a: 1.0 + points, b: 1.0 + f64::from(total) - points }),
    }
}

fn rounded(value: f64, decimals: i32) -> f64 {
    let factor = 10_f64.powi(decimals);
    (value * factor).round() / factor
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exams::scale::Scale;

    #[test]
    fn sums_of_parts_are_scaled_as_they_are() {
        // 19 right and parts of a quarter, a third and two fifths, of 30: 699.5 exactly.
        let mut marks = vec![0.0; 30];
        marks[..19].fill(1.0);
        marks[19..22].copy_from_slice(&[1.0 / 4.0, 1.0 / 3.0, 2.0 / 5.0]);
        assert_eq!(Scale { min: 100, max: 1000, pass_mark: 700 }.scaled(tally(&marks).1), 700);
        assert_eq!(tally(&[]), (0.0, 0.0));
    }
}
