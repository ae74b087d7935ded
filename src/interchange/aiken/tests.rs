use proptest::prelude::*;

use super::{read::Draft, *};
use crate::{
    interchange::model::{ExamHead, Export, Found},
    markdown,
    questions::{
        model::{Content, QuestionKind},
        upkeep::Upkeep,
    },
};

fn content(stem: &str, bodies: &[String], right: usize) -> Content {
    let found = Draft { stem: stem.into(), answers: bodies.to_vec(), ..Draft::default() }.finish(Ok(right));
    found.outcome.unwrap().content
}

fn bodies(bodies: &[&str]) -> Vec<String> {
    bodies.iter().map(ToString::to_string).collect()
}

fn written(content: Content) -> Result<String, String> {
    let mut writer = Writer::new(Vec::new(), &ExamHead { code: "x".into(), name: "X".into() }).unwrap();
    let question = Export { key: "k".into(), domain: (1, "D".into()), task: None, content, upkeep: Upkeep::default() };
    match writer.add(&question).unwrap() {
        Some(reason) => Err(reason),
        None => Ok(String::from_utf8(writer.finish().unwrap()).unwrap()),
    }
}

#[test]
fn questions_are_read() {
    let text = "\r\nWhich\r\n one?\r\n\r\nA) this\r\nB. that\r\n\r\nANSWER: B\r\nA.I. is?\nA.b\nB)\nANSWER:A)";
    let found: Vec<Found> = read(text).collect::<Result<_, _>>().unwrap();
    let told: Vec<_> = found.iter().map(|found| (found.place.line, found.name.as_str())).collect();
    assert_eq!(told, [(2, "Which one?"), (9, "A.I. is?")]);
    let contents: Vec<Content> = found.into_iter().map(|found| found.outcome.unwrap().content).collect();
    assert_eq!(contents[0], content("Which\none?", &bodies(&["this", "that"]), 1));
    assert_eq!(contents[1], content("A.I. is?", &bodies(&["b"]), 0));
}

#[test]
fn the_right_answer_may_be_named_in_many_ways() {
    for told in [
        "ANSWER: B",
        "ANSWER:B.",
        "Answer: b",
        "answer: b)",
        "ANSWER: B. that",
        "ANSWER: B) That.",
        "ANSWER: (B) that",
        "ANSWER: B:  THAT",
        "ANSWER : B",
        "ANSWER: (B)",
        "ANSWER: B That",
    ] {
        let found = read(&format!("Which?\n  x\nA. this\nB. that\nC.\n{told}")).next().unwrap().unwrap();
        let content = found.outcome.unwrap().content;
        let answers: Vec<_> = content.answers.iter().map(|a| (a.body.as_str(), a.is_correct)).collect();
        assert_eq!(answers, [("this", false), ("that", true)], "{told}");
        assert_eq!(content.stem, "Which?  \n\u{a0}\u{a0}x");
    }
    let blank = read("Which?\nA.\nB. that\nANSWER: A").next().unwrap().unwrap();
    assert!(blank.outcome.unwrap_err().contains("blank"));
}

#[test]
fn flaws_are_located_and_the_next_question_is_read() {
    for (text, line, detail) in [
        ("Q\nA. a\nB. b\n\nR\nA. a\nANSWER: A", 9, "next answer"),
        ("Q\nA. a\nC. c\nANSWER: A", 7, "should be answer B, but is C"),
        ("Q\nB. b\nANSWER: A", 6, "should be answer A"),
        ("Q\nA. a\nA. b\nANSWER: A", 7, "should be answer B"),
        ("Q\nA. a\nand more\nANSWER: A", 7, "next answer"),
        ("Q\nANSWER: A", 6, "no answers above"),
        ("Q\na. a\nb. b\nANSWER: A", 8, "no answers above it; write an answer as `A.`"),
        ("Q\nA) a\nb) b\nANSWER: A", 7, "next answer, on one line, nor ANSWER: with a letter; write an answer as `A.`"),
        ("Q\nA a\nB b\nANSWER: A", 8, "no answers above it; write an answer as `A.`"),
        ("Q\nA: a\n\nR\nANSWER: A", 8, "has no answers; write an answer as `A.`"),
        ("A. a\nANSWER: A", 5, "no question above"),
        ("Q\n\nR\nA. a\nANSWER: A", 7, "has no answers"),
    ] {
        let found: Vec<_> = read(&format!("P\nA. a\nANSWER: A\n\n{text}\n\nS\nA. a\nANSWER: A")).collect();
        assert!(found.len() == 3 && found[2].is_ok(), "{text}: {found:?}");
        let flaw = found[1].clone().unwrap_err();
        assert_eq!(flaw.place.line, line, "{text}: {flaw}");
        assert!(flaw.detail.contains(detail), "{text}: {flaw}");
    }
    for explained in ["Explanation: because b\nR?", "Feedback : why\n\nR?", "RATIONALE: b"] {
        let found: Vec<_> = read(&format!("Q\nA. a\nB. b\nANSWER: B\n{explained}\nA. a\nANSWER: A")).collect();
        let flaw = found[1].clone().unwrap_err();
        assert_eq!(flaw.to_string(), "line 5: Aiken has no place for an explanation: remove this line");
    }
    let last = read("Q\nA. a\nB. b\n").next().unwrap().unwrap_err();
    assert_eq!(last.to_string(), "line 1: the question has no ANSWER: line");
    let many: String = ('A'..='Z').chain(['A']).map(|letter| format!("{letter}. x\n")).collect();
    assert!(read(&format!("Q\n{many}")).next().unwrap().unwrap_err().detail.contains("26"));
}

#[test]
fn a_question_whose_right_answer_is_unknown_is_left_out_alone() {
    for (answers, told, reason) in [
        ("A. a\nB. b", "C", "line 8: there is no answer C"),
        ("A. a\nB. b", "A, B", "one letter"),
        ("A. a\nB. b", "", "one letter"),
        ("A. a\nB. b", "A and B", "one letter"),
        ("A. a\nB. b", "A B", "one letter"),
        ("A. a\nB. b", "A. b", "not that of answer A"),
        ("A. users\nB. Roles", "A) roles", "not that of answer A"),
        ("A. a\nB. b", "A. zzz", "not that of answer A"),
        ("A. a\nB. b", "B: see page 3", "not that of answer B"),
    ] {
        let text = format!("P\nA. a\nANSWER: A\n\nQ\n{answers}\nANSWER: {told}\n\nS\nA. a\nANSWER: A");
        let found: Vec<_> = read(&text).collect::<Result<_, _>>().unwrap();
        assert!(found.len() == 3 && found[0].outcome.is_ok() && found[2].outcome.is_ok(), "{text}: {found:?}");
        let left_out = found[1].outcome.clone().unwrap_err();
        assert!(found[1].place.line == 5 && left_out.contains(reason), "{text}: {left_out}");
    }
}

#[test]
fn what_aiken_cannot_hold_is_left_out_with_the_reason() {
    let good = content("Which?", &bodies(&["a", "b"]), 1);
    assert_eq!(written(good.clone()).unwrap(), "Which?\nA. a\nB. b\nANSWER: B\n\n");
    let changed = |change: fn(&mut Content)| {
        let mut content = good.clone();
        change(&mut content);
        written(content).unwrap_err()
    };
    assert!(changed(|content| content.kind = QuestionKind::Ordering).contains("single_choice"));
    assert!(changed(|content| content.stem = "a\n\nb".into()).contains("one line"));
    assert!(changed(|content| content.stem = "A. Lincoln?".into()).contains("as an answer"));
    assert!(changed(|content| content.stem = "ANSWER: x".into()).contains("as an answer"));
    assert!(changed(|content| content.stem = "Feedback: what is it?".into()).contains("as an explanation"));
    assert!(changed(|content| content.answers[0].body = " ".into()).contains("empty"));
    assert!(changed(|content| content.answers[1].is_correct = false).contains("no right answer"));
    assert!(changed(|content| content.answers = vec![content.answers[0].clone(); 27]).contains("26"));
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        stem in "[A-D.):# ]{0,3}\\PC{1,20}",
        bodies in prop::collection::vec("[A-D.)*# ]{0,3}\\PC{1,9}", 1..=26),
        right in any::<prop::sample::Index>(),
    ) {
        let bodies: Vec<String> = bodies.iter().map(|body| body.trim().to_owned()).collect();
        let right = right.index(bodies.len());
        prop_assume!(bodies.iter().all(|body| !body.is_empty()));
        let content = content(stem.trim(), &bodies, right);
        let texts = content.answers.iter().map(|answer| &answer.body).chain([&content.stem]);
        let is_plain = |text: &String| markdown::from_plain(markdown::to_plain(text).trim()) == *text;
        prop_assume!(texts.clone().all(is_plain));
        match written(content.clone()) {
            Err(reason) => {
                let is_known = labeled(stem.trim()).is_some() || ["empty", "one line"].iter().any(|r| reason.contains(r));
                prop_assert!(is_known, "{}", reason);
            }
            Ok(file) => {
                let found: Vec<Found> = read(&file.repeat(2)).collect::<Result<_, _>>().unwrap();
                prop_assert_eq!(found.len(), 2);
                prop_assert_eq!(&found[1].outcome.as_ref().unwrap().content, &content);
            }
        }
    }

    #[test]
    fn nothing_makes_it_panic(text in "([A-C.)\r\n ]|ANSWER:|Q\nA. a\n|\\PC){0,40}") {
        let found = read(&text).count();
        prop_assert!(found <= text.len());
    }
}

#[test]
fn long_input_takes_linear_time() {
    let started = std::time::Instant::now();
    for part in ["A. ", "A.\n", "Q\nA. a\nANSWER: A\n", "\n", "\r", "Q\n"] {
        read(&part.repeat((1 << 18) / part.len())).count();
    }
    assert!(started.elapsed().as_secs() < 30);
}
