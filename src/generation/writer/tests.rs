use std::sync::Mutex;

use futures_util::future::{FutureExt, ready};
use serde_json::json;

use super::*;
use crate::generation::{
    converse::Purpose,
    desk::MemoryDesk,
    samples::{Replies, USAGE, brief, draft, sites},
};

const KIND: QuestionKind = QuestionKind::SingleChoice;

/// A desk that records what happens, and grants a limited number of reservations.
struct Ledger {
    calls: usize,
    entries: Mutex<Vec<String>>,
    near: Option<NearDuplicate>,
}

impl Ledger {
    fn new(calls: usize) -> Self {
        Self { calls, entries: Mutex::default(), near: None }
    }

    fn note(&self, entry: &str) -> usize {
        let mut entries = self.entries.lock().unwrap();
        entries.push(entry.to_owned());
        entries.iter().filter(|other| *other == entry).count()
    }

    fn told(&self) -> String {
        self.entries.lock().unwrap().join(", ")
    }
}

impl Desk for Ledger {
    fn reserve(&self, _: u32) -> BoxFuture<'_, Result<(), Stop>> {
        let fits = self.note("reserve") <= self.calls;
        ready(if fits { Ok(()) } else { Err(Stop::DayBudget) }).boxed()
    }

    fn settle(&self, _: u32, usage: Option<Usage>) -> BoxFuture<'_, Result<(), Stop>> {
        self.note(&usage.map_or("settle all".to_owned(), |usage| format!("settle {}", usage.total())));
        ready(Ok(())).boxed()
    }

    fn near_duplicate<'a>(&'a self, _: &'a Content) -> BoxFuture<'a, Result<Option<NearDuplicate>, Stop>> {
        self.note("compare");
        ready(Ok(self.near.clone())).boxed()
    }
}

fn play(model: &Replies, brief: &Brief, desk: &dyn Desk) -> Result<Written, Stop> {
    write(model, brief, desk, &sites()).now_or_never().expect("nothing is waited for")
}

fn tool(input: serde_json::Value) -> Result<Answer, Failure> {
    Ok(Answer::Tool(input))
}

fn refused() -> Result<Answer, Failure> {
    Ok(Answer::Refused { rule: "guardrail", reason: "a guardrail stopped the answer".into() })
}

fn failure(class: FailureClass) -> Result<Answer, Failure> {
    Err(Failure { class, detail: "failed".into() })
}

fn drafted(written: Written) -> Drafted {
    match written.outcome {
        Outcome::Drafted(draft) => *draft,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_draft_is_compared_and_answered_without_its_key() {
    let desk = Ledger::new(9);
    let model = Replies::new([tool(draft(KIND)), tool(json!({"comment": "", "labels": ["A"]}))]);
    let written = play(&model, &brief(KIND), &desk).unwrap();
    assert_eq!(desk.told(), "reserve, settle 120, compare, reserve, settle 120");
    assert_eq!(written.usage.total(), 2 * USAGE.total());
    let draft = drafted(written);
    let cold = draft.cold_answer.unwrap();
    let key = draft.content.answers.iter().find(|answer| answer.is_correct).unwrap();
    assert_eq!(draft.disagreed, cold.answers != [key.body.clone()]);
    let calls = model.calls.lock().unwrap();
    assert!(matches!(calls[0].purpose, Purpose::Draft { number: 1, .. }) && calls[1].purpose == Purpose::Answer);
}

#[test]
fn no_answer_without_the_key_counts_as_a_different_answer() {
    for cold in [refused(), tool(json!("A")), tool(json!({"labels": ["Z"]}))] {
        let model = Replies::new([tool(draft(KIND)), cold]);
        let draft = drafted(play(&model, &brief(KIND), &Ledger::new(9)).unwrap());
        assert_eq!((draft.cold_answer, draft.disagreed), (None, true));
    }
    let model = Replies::new([tool(draft(KIND))]);
    let brief = Brief { verify: false, ..brief(KIND) };
    let draft = drafted(play(&model, &brief, &Ledger::new(1)).unwrap());
    assert_eq!((draft.cold_answer, draft.disagreed), (None, false));
}

#[test]
fn refusals_are_outcomes_and_their_tokens_are_counted() {
    for (reply, rule) in [(refused(), "guardrail"), (tool(json!("What?")), "schema")] {
        let desk = Ledger::new(1);
        let written = play(&Replies::new([reply]), &brief(KIND), &desk).unwrap();
        assert_eq!((desk.told().as_str(), written.usage), ("reserve, settle 120", USAGE));
        let Outcome::Refused(refusal) = written.outcome else { panic!("{written:?}") };
        assert_eq!(refusal.rule, rule);
        if rule == "schema" {
            assert_eq!(refusal.reason, "the model's answer is not a question: it is not a JSON object");
        }
    }
}

#[test]
fn near_duplicates_are_not_answered() {
    let near = Some(NearDuplicate {
        name: "clf-c02-2.3-001".into(),
        stem: format!("Which\n\nservice {}", "stores ".repeat(20)),
        similarity: 0.876,
    });
    let desk = Ledger { near, ..Ledger::new(1) };
    let written = play(&Replies::new([tool(draft(KIND))]), &brief(KIND), &desk).unwrap();
    let Outcome::Duplicate(refusal) = written.outcome else { panic!("{written:?}") };
    assert_eq!(refusal.rule, "near-duplicate");
    let stem = refusal.reason.strip_prefix("is 87 % similar to clf-c02-2.3-001: Which service stores ").unwrap();
    assert!(stem.ends_with('…') && stem.chars().count() < 80, "{stem}");
}

#[test]
fn a_failed_call_gives_its_tokens_back_unless_it_may_be_billed() {
    for class in [FailureClass::Throttled, FailureClass::Unavailable, FailureClass::AccessDenied] {
        let desk = Ledger::new(1);
        let stop = play(&Replies::new([failure(class)]), &brief(KIND), &desk).unwrap_err();
        assert!(matches!(stop, Stop::Model(failure) if failure.class == class));
        assert_eq!(desk.told(), "reserve, settle 0");
    }
    for class in [FailureClass::TimedOut, FailureClass::Malformed] {
        let desk = Ledger::new(1);
        assert!(play(&Replies::new([failure(class)]), &brief(KIND), &desk).is_err());
        assert_eq!(desk.told(), "reserve, settle all", "{class:?}");
    }
}

#[test]
fn without_the_second_call_there_is_no_outcome_unless_the_budget_has_ended() {
    let model = Replies::new([tool(draft(KIND)), failure(FailureClass::Throttled)]);
    let stop = play(&model, &brief(KIND), &Ledger::new(9)).unwrap_err();
    assert!(matches!(stop, Stop::Model(_)));
    let desk = Ledger::new(1);
    let paid = drafted(play(&Replies::new([tool(draft(KIND))]), &brief(KIND), &desk).unwrap());
    assert_eq!((paid.cold_answer, paid.disagreed), (None, true));
    assert_eq!(desk.told(), "reserve, settle 120, compare, reserve");
    let desk = Ledger::new(0);
    assert!(matches!(play(&Replies::default(), &brief(KIND), &desk), Err(Stop::DayBudget)));
}

#[test]
fn the_same_question_fifty_times_is_one_draft() {
    let desk = MemoryDesk::new(u64::MAX);
    let brief = Brief { verify: false, ..brief(KIND) };
    let (mut drafts, mut duplicates) = (0, 0);
    for _ in 0..50 {
        match play(&Replies::new([tool(draft(KIND))]), &brief, &desk).unwrap().outcome {
            Outcome::Drafted(draft) => {
                drafts += 1;
                desk.add("the first", &draft.content);
            }
            Outcome::Duplicate(refusal) => {
                duplicates += 1;
                assert!(refusal.reason.starts_with("is 100 % similar to the first: "), "{}", refusal.reason);
            }
            Outcome::Refused(refusal) => panic!("{refusal:?}"),
        }
    }
    assert_eq!((drafts, duplicates), (1, 49));
}

#[test]
fn a_desk_in_memory_respects_its_limit() {
    let most = u64::from(prompt::draft(&brief(KIND), &sites()).most_tokens());
    let desk = MemoryDesk::new(most + 60);
    let brief = Brief { verify: false, ..brief(KIND) };
    play(&Replies::new([tool(json!("What?"))]), &brief, &desk).unwrap();
    assert_eq!(desk.used(), 120);
    assert!(matches!(play(&Replies::default(), &brief, &desk), Err(Stop::JobBudget)));
    assert_eq!(desk.used(), 120);
    let desk = MemoryDesk::new(most);
    assert!(play(&Replies::new([failure(FailureClass::TimedOut)]), &brief, &desk).is_err());
    assert_eq!(desk.used(), most);
}
