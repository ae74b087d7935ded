//! The form of a practice: questions that match the learner's choice, up to the requested number.

use std::collections::{BTreeMap, HashMap, HashSet};

use rand::seq::SliceRandom;

use super::{Form, PlannedSlot, StartContext, selection};
use crate::{
    attempts::{
        assembly::Draw,
        model::{Attempt, Feedback, FeedbackTime, Mode, QuestionPool, Selection},
        queries::{
            self,
            practice::{Candidate, Choice, Source},
        },
    },
    db::DbConnection,
    error::{Error, FieldError, Slug},
    exams::{
        self,
        apportionment::apportion,
        model::{Domain, DomainId, TaskId},
    },
    questions::{self, model::QuestionId},
};

/// How many draw numbers are tried per slot at first, so that enough of the questions match.
const DRAWN_PER_SLOT: u32 = 4;
/// The minimum number of draw numbers tried in a domain.
const DRAWN: u32 = 50;

/// The form of a practice. The questions of `in_progress`, an exam of the learner in progress, are excluded.
pub fn form(conn: &mut DbConnection, begin: &StartContext<'_>, in_progress: Option<&Attempt>) -> Result<Form, Error> {
    let mut selection = selection::of(begin.wanted)?;
    let choice = choice(conn, begin, &selection)?;
    let mut kept_out = match in_progress {
        Some(exam) => queries::practice::lines_of(conn, exam)?,
        None => HashSet::new(),
    };
    if selection.pool == QuestionPool::Unanswered {
        kept_out.extend(queries::practice::lines_answered(conn, begin.user_id)?);
    }
    let mut notes = Vec::new();
    let (slots, again) = match form_of_before(conn, begin, &kept_out, &mut notes)? {
        Some((slots, before)) => {
            let (feedback, timed) = (selection.feedback, selection.timed);
            selection = Selection { feedback, timed, ..before.unwrap_or(selection) };
            (slots, true)
        }
        None => {
            let ids = drawn(conn, begin, &selection, &choice, &kept_out)?;
            if ids.is_empty() {
                return Err(nothing(conn, begin, &selection, &choice, in_progress)?);
            }
            let (found, asked) = (ids.len(), selection.size as usize);
            if begin.wanted.from_report.is_some() && begin.wanted.size.is_none() {
                // All questions of the report that match were requested.
                selection.size = found as i32;
            } else if found < asked {
                let except = if in_progress.is_some() { ", not counting those of your exam in progress" } else { "" };
                notes.push(format!("Only {found} of the {asked} requested questions match{except}."));
            }
            (
                ids.into_iter()
                    .map(|question_id| PlannedSlot { question_id, scored: true, answer_order: None })
                    .collect(),
                false,
            )
        }
    };
    let seconds = selection.timed.then(|| seconds(begin, slots.len()));
    let feedback = match selection.feedback {
        FeedbackTime::Immediate => Feedback::AtOnce,
        FeedbackTime::Deferred => Feedback::AtEnd,
    };
    Ok(Form { slots, again, notes, seconds, feedback, selection: Some(selection) })
}

/// The time limit: as much time per question as in the exam, rounded up.
pub(super) fn seconds(begin: &StartContext<'_>, slots: usize) -> i32 {
    let all = i64::from(begin.exam.duration_minutes) * 60 * slots as i64;
    let each = i64::from(begin.exam.question_count.max(1));
    i32::try_from((all + each - 1) / each).unwrap_or(i32::MAX)
}

/// The conditions on the questions.
fn choice(conn: &mut DbConnection, begin: &StartContext<'_>, selection: &Selection) -> Result<Choice, Error> {
    let mut faults = Vec::new();
    let mut fault = |pointer: String, detail: String| faults.push(FieldError { pointer, detail });
    let mut domains = Vec::new();
    for (index, number) in selection.domains.iter().enumerate() {
        match begin.domains.iter().find(|domain| domain.number == *number) {
            Some(domain) => domains.push(domain.id),
            None => {
                let known = exams::domain_list(begin.domains.iter().map(|domain| domain.number));
                let detail = format!("the exam has no domain {number}: its domains are {known}");
                fault(format!("/domains/{index}"), detail);
            }
        }
    }
    let (mut tasks, mut of_tasks): (Vec<TaskId>, Vec<DomainId>) = Default::default();
    if !selection.tasks.is_empty() {
        let blueprint = exams::queries::blueprint(conn, begin.exam.clone())?;
        for (index, code) in selection.tasks.iter().enumerate() {
            match blueprint.task(code) {
                Some(task) => {
                    tasks.push(task.id);
                    of_tasks.push(task.domain_id);
                }
                None => fault(
                    format!("/tasks/{index}"),
                    format!("the exam has no task {code:?}: GET /api/v1/exams/{} lists its tasks", begin.exam.code),
                ),
            }
        }
    }
    let source = match (selection.from_report, selection.pool) {
        (Some(id), _) => match queries::find(conn, begin.user_id, id)? {
            Some((attempt, _)) if attempt.exam_id == begin.exam.id && attempt.submitted_at.is_some() => {
                Source::Report(begin.user_id, id)
            }
            _ => {
                fault(
                    "/from_report".into(),
                    "is not the id of one of your attempts at this exam that has a report".into(),
                );
                Source::Bank
            }
        },
        (None, QuestionPool::All | QuestionPool::Unseen | QuestionPool::Unanswered) => Source::Bank,
        (None, pool) => Source::Pool(begin.user_id, pool),
    };
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    if domains.is_empty() {
        domains = if of_tasks.is_empty() { begin.domains.iter().map(|domain| domain.id).collect() } else { of_tasks };
    }
    let difficulty = (selection.difficulty_min, selection.difficulty_max);
    let (kinds, tags) = (selection.kinds.clone(), selection.tags.clone());
    Ok(Choice { domains, tasks, kinds, tags, difficulty, source })
}

/// The slots of an earlier form, and the settings that it was drawn with.
type Again = (Vec<PlannedSlot>, Option<Selection>);

/// The form of the learner's last practice with this seed, if the request has no other conditions. Questions that are
/// retired or in an exam in progress are left out.
fn form_of_before(
    conn: &mut DbConnection,
    begin: &StartContext<'_>,
    kept_out: &HashSet<QuestionId>,
    notes: &mut Vec<String>,
) -> Result<Option<Again>, Error> {
    let Some(seed) = begin.wanted.seed.filter(|_| selection::is_open(begin.wanted)) else { return Ok(None) };
    let before = queries::find_by_seed(conn, begin.user_id, begin.exam.id, Mode::Practice, seed)?;
    let Some(before) = before else { return Ok(None) };
    let slots = queries::slots(conn, begin.user_id, before.id)?;
    let ids: Vec<QuestionId> = slots.iter().map(|slot| slot.question_id).collect();
    let in_service = queries::practice::lines_in_service(conn, &ids)?;
    let may_come = |id: &QuestionId| in_service.get(id).is_some_and(|line| !kept_out.contains(line));
    let all = slots.len();
    let again: Vec<PlannedSlot> = slots
        .into_iter()
        .filter(|slot| may_come(&slot.question_id))
        .map(|slot| PlannedSlot {
            question_id: slot.question_id,
            scored: true,
            answer_order: Some(slot.answer_order.0),
        })
        .collect();
    if again.len() < all {
        notes.push(format!("Only {} of the {all} questions of this form can be practiced now.", again.len()));
    }
    let selection = before.selection.map(|selection| selection.0);
    Ok((!again.is_empty()).then_some((again, selection)))
}

/// The questions of a new form, domain by domain. With a seed that the learner chose and no restriction, they depend
/// only on the seed and the bank.
fn drawn(
    conn: &mut DbConnection,
    begin: &StartContext<'_>,
    selection: &Selection,
    choice: &Choice,
    kept_out: &HashSet<QuestionId>,
) -> Result<Vec<QuestionId>, Error> {
    let domains: Vec<&Domain> = begin.domains.iter().filter(|domain| choice.domains.contains(&domain.id)).collect();
    let weights: Vec<u32> = domains.iter().map(|domain| domain.weight.unsigned_abs().max(1)).collect();
    let mut draw = Draw::from_seed(begin.seed);
    let is_bank = matches!(choice.source, Source::Bank);
    let unseen_alone = selection.pool == QuestionPool::Unseen;
    let served = if unseen_alone || is_bank && begin.wanted.seed.is_none() {
        queries::practice::times_served(conn, begin.user_id, begin.exam.id)?
    } else {
        HashMap::new()
    };
    let times = |candidate: &Candidate| served.get(&candidate.line).copied().unwrap_or(0);

    if is_bank {
        let published: Vec<u32> = domains.iter().map(|domain| domain.published_count.unsigned_abs()).collect();
        let shares = apportion(&weights, &published, selection.size.unsigned_abs());
        let counts = |per_slot: u32| -> Vec<u32> {
            shares.iter().zip(&published).map(|(share, all)| (per_slot * share).max(DRAWN).min(*all)).collect()
        };
        let mut per_slot = DRAWN_PER_SLOT;
        for _ in 0..2 {
            let counts = counts(per_slot);
            let found = sampled(conn, &domains, &counts, choice, &mut draw)?;
            let fresh = found.iter().map(|of_domain| {
                let new = of_domain.iter().filter(|one| times(one) == 0 && !kept_out.contains(&one.line));
                new.map(|candidate| candidate.id).collect::<Vec<_>>()
            });
            let fresh: Vec<Vec<QuestionId>> = fresh.collect();
            if fresh.iter().zip(&shares).all(|(found, share)| found.len() >= *share as usize) {
                let each = fresh.into_iter().zip(shares);
                return Ok(each.flat_map(|(found, share)| found.into_iter().take(share as usize)).collect());
            }
            let (drawn, fitting) = (counts.iter().sum::<u32>(), fresh.iter().map(Vec::len).sum::<usize>() as u32);
            // Three times as many as this sample suggests: with fewer, one of the domains often has too few. If the
            // whole bank has few more that match, reading all of those costs less.
            per_slot = (3 * drawn).checked_div(fitting).unwrap_or(u32::MAX);
            let in_bank = u64::from(fitting) * published.iter().map(|all| u64::from(*all)).sum::<u64>();
            let next = u64::from(drawn) * u64::from(per_slot) * u64::from(selection.size.unsigned_abs());
            if counts == published || in_bank <= next {
                break;
            }
        }
    }

    // Few questions match: all of them are read.
    let mut by_domain: BTreeMap<DomainId, Vec<Candidate>> = BTreeMap::new();
    for candidate in queries::practice::candidates(conn, choice, None)? {
        if !(kept_out.contains(&candidate.line) || unseen_alone && times(&candidate) > 0) {
            by_domain.entry(candidate.domain_id).or_default().push(candidate);
        }
    }
    let mut of_domains: Vec<Vec<Candidate>> =
        domains.iter().map(|domain| by_domain.remove(&domain.id).unwrap_or_default()).collect();
    let found: Vec<u32> = of_domains.iter().map(|found| found.len() as u32).collect();
    let shares = apportion(&weights, &found, selection.size.unsigned_abs());
    for found in &mut of_domains {
        found.sort_unstable_by_key(|candidate| candidate.id);
        found.shuffle(draw.chance());
        found.sort_by_key(times);
    }
    let chosen = of_domains.into_iter().zip(shares).flat_map(|(found, share)| found.into_iter().take(share as usize));
    Ok(chosen.map(|candidate| candidate.id).collect())
}

/// Draws this many questions of each domain at random, and returns those that match.
fn sampled(
    conn: &mut DbConnection,
    domains: &[&Domain],
    counts: &[u32],
    choice: &Choice,
    draw: &mut Draw,
) -> Result<Vec<Vec<Candidate>>, Error> {
    let numbers = domains.iter().zip(counts).map(|(domain, count)| {
        let drawn = draw.numbers(domain.published_count.unsigned_abs(), &BTreeMap::new(), *count);
        (domain.id, drawn.into_iter().map(u32::cast_signed).collect())
    });
    let numbers: Vec<(DomainId, Vec<i32>)> = numbers.collect();
    let wanted: Vec<(DomainId, &[i32])> = numbers.iter().map(|(id, numbers)| (*id, &**numbers)).collect();
    let by_number = questions::queries::ids_by_draw_number(conn, &wanted)?;
    let ids: Vec<QuestionId> = by_number.values().copied().collect();
    let fitting = queries::practice::candidates(conn, choice, Some(&ids))?;
    let fitting: HashMap<QuestionId, Candidate> =
        fitting.into_iter().map(|candidate| (candidate.id, candidate)).collect();
    let of_domain = |(domain, numbers): &(DomainId, Vec<i32>)| {
        let ids = numbers.iter().filter_map(|number| by_number.get(&(*domain, *number)));
        ids.filter_map(|id| fitting.get(id).copied()).collect()
    };
    Ok(numbers.iter().map(of_domain).collect())
}

/// The error that no question matches, with what to change.
fn nothing(
    conn: &mut DbConnection,
    begin: &StartContext<'_>,
    selection: &Selection,
    choice: &Choice,
    in_progress: Option<&Attempt>,
) -> Result<Error, Error> {
    let of_bank = Choice { source: Source::Bank, ..choice.clone() };
    let in_bank = queries::practice::candidates(conn, &of_bank, None)?.len();
    let exam = &begin.exam.code;
    let detail = if in_bank == 0 {
        format!(
            "no published question of {exam} matches: change or remove filters (domains, tasks, kinds, tags, difficulty_min, difficulty_max)"
        )
    } else if let Some(exam) = in_progress
        && selection.pool != QuestionPool::Unseen
    {
        // Whether or not the exam has matching questions: a difference would reveal which of them were wrong before.
        return Ok(Error::AttemptInProgress(
            exam.id.0,
            "while you have an exam in progress, no question outside of it matches: submit or abandon it first",
        ));
    } else if selection.from_report.is_some() {
        "this report has no question without full marks that matches and is still published: change or remove other filters, or leave out from_report".to_owned()
    } else {
        format!(
            "no matching question is in your pool {:?}: with the pool \"all\", {in_bank} published questions of {exam} match",
            selection.pool.as_str()
        )
    };
    Ok(Error::Conflict(Slug::NotEnoughQuestions, detail))
}
