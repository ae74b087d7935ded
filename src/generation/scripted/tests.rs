use futures_util::FutureExt;

use super::*;
use crate::{
    generation::{
        desk::MemoryDesk,
        samples::{self, sites},
        writer::{Brief, Drafted, Outcome, TaskBrief, write},
    },
    questions::validation::checked,
};

fn brief(domain: i32, kind: QuestionKind, number: i32) -> Brief {
    let codes = (1..=8).map(|task| format!("{domain}.{task}"));
    let tasks = codes.map(|code| TaskBrief { name: code.clone(), code, questions: 0 }).collect();
    Brief { domain, tasks, number, ..samples::brief(kind) }
}

/// Replays all entries of a domain as one job, with the bundled bank.
fn play(domain: i32) -> Vec<Outcome> {
    let (script, desk) = (Scripted::default(), MemoryDesk::new(u64::MAX));
    for (key, content) in samples::bank() {
        desk.add(key, &content);
    }
    let mut outcomes = Vec::new();
    for kind in [QuestionKind::SingleChoice, QuestionKind::MultipleResponse] {
        let before = outcomes.len();
        loop {
            let number = i32::try_from(outcomes.len() - before + 1).unwrap();
            let brief = brief(domain, kind, number);
            let written = write(&script, &brief, &desk, &sites()).now_or_never().unwrap().unwrap();
            match &written.outcome {
                Outcome::Refused(refusal) if refusal.rule == "script-exhausted" => break,
                Outcome::Drafted(draft) => desk.add(format!("draft {domain}/{number}"), &draft.content),
                _ => {}
            }
            assert!(written.usage.input_tokens > 1000 && written.usage.output_tokens > 10);
            outcomes.push(written.outcome);
        }
    }
    outcomes
}

fn drafted(outcomes: &[Outcome]) -> impl Iterator<Item = &Drafted> {
    outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::Drafted(draft) => Some(&**draft),
        _ => None,
    })
}

#[test]
fn domain_2_has_many_drafts_and_each_guard_has_something_to_refuse() {
    let outcomes = play(2);
    assert!(drafted(&outcomes).count() >= 25, "{outcomes:?}");
    let rules: Vec<&str> = outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            Outcome::Refused(refusal) | Outcome::Duplicate(refusal) => Some(refusal.rule.as_str()),
            Outcome::Drafted(_) => None,
        })
        .collect();
    assert_eq!(
        rules,
        [
            "lint/all-or-none-of-the-above",
            "schema",
            "near-duplicate",
            "key",
            "near-duplicate",
            "schema",
            "near-duplicate",
            "lint/key-longest",
        ],
        "{outcomes:#?}"
    );
    let duplicates = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Duplicate(_)));
    assert_eq!(duplicates.count(), 3);
}

#[test]
fn one_answer_without_the_key_is_another_one() {
    let outcomes = [play(1), play(2), play(3), play(4)].concat();
    let disagreed: Vec<_> = drafted(&outcomes).filter(|draft| draft.disagreed).collect();
    let [draft] = disagreed.as_slice() else { panic!("{disagreed:#?}") };
    let key = draft.content.answers.iter().find(|answer| answer.is_correct).unwrap();
    assert_ne!(draft.cold_answer.as_ref().unwrap().answers, std::slice::from_ref(&key.body));
    assert!(drafted(&outcomes).all(|draft| draft.cold_answer.is_some()));
}

#[test]
fn the_other_domains_have_a_few_good_drafts() {
    for domain in [1, 3, 4] {
        let outcomes = play(domain);
        assert!(drafted(&outcomes).count() >= 3 && outcomes.len() == drafted(&outcomes).count(), "{outcomes:#?}");
    }
}

#[test]
fn texts_of_the_script_are_in_normal_form() {
    for entry in Scripted::default().entries {
        let Some(stem) = entry.draft["stem"].as_str() else { continue };
        let mut content = samples::content(QuestionKind::SingleChoice);
        content.stem = stem.to_owned();
        assert_eq!(checked(content).unwrap().stem, stem);
    }
}

#[test]
fn no_drafts_after_the_last_entry_or_for_other_exams() {
    let desk = MemoryDesk::new(u64::MAX);
    let count = Scripted::default().entries("clf-c02", 2, None, QuestionKind::SingleChoice).count();
    let many = format!("only {count} single_choice questions for domain 2 of clf-c02");
    let other_exam = Brief { exam: "kcna".to_owned().try_into().unwrap(), ..brief(2, QuestionKind::SingleChoice, 1) };
    for (brief, has) in [
        (brief(2, QuestionKind::SingleChoice, 1000), many.as_str()),
        (brief(2, QuestionKind::SingleChoice, 0), &many),
        (brief(2, QuestionKind::Ordering, 1), "no ordering questions for domain 2 of clf-c02"),
        (other_exam, "no single_choice questions for domain 2 of kcna"),
    ] {
        let written = write(&Scripted::default(), &brief, &desk, &sites()).now_or_never().unwrap().unwrap();
        let Outcome::Refused(refusal) = written.outcome else { panic!("{written:?}") };
        let reason = format!("the built-in script has {has}; a real model would write more");
        assert_eq!((refusal.rule.as_str(), refusal.reason), ("script-exhausted", reason));
    }
}

#[test]
fn a_job_for_one_task_gets_drafts_of_this_task() {
    let task = |number| {
        let tasks = vec![TaskBrief { code: "2.3".into(), name: "Access management".into(), questions: 0 }];
        let brief = Brief { tasks, ..brief(2, QuestionKind::SingleChoice, number) };
        let desk = MemoryDesk::new(u64::MAX);
        match write(&Scripted::default(), &brief, &desk, &sites()).now_or_never().unwrap().unwrap().outcome {
            Outcome::Drafted(draft) => Some(draft.task),
            Outcome::Refused(_) | Outcome::Duplicate(_) => None,
        }
    };
    let tasks: Vec<String> = (1..=8).filter_map(task).collect();
    assert!(tasks.len() >= 5 && tasks.iter().all(|task| task == "2.3"), "{tasks:?}");
}
