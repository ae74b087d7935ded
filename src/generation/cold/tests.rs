use proptest::prelude::*;
use rand::{SeedableRng, rngs::ChaCha8Rng};
use serde_json::json;

use super::*;
use crate::generation::{
    prompt,
    samples::{content, json_values, key_of},
};

const KINDS: [QuestionKind; 4] =
    [QuestionKind::SingleChoice, QuestionKind::MultipleResponse, QuestionKind::Ordering, QuestionKind::Matching];

fn unkeyed(content: &Content, seed: u64) -> Unkeyed {
    Unkeyed::new(content, &mut ChaCha8Rng::seed_from_u64(seed))
}

#[test]
fn nothing_but_the_question_is_sent() {
    for kind in KINDS {
        let mut content = content(kind);
        content.explanation = "SECRET".into();
        content.tags = vec!["SECRET".into()];
        content.references[0].title = "SECRET".into();
        content.references[0].url = "https://SECRET".into();
        for answer in &mut content.answers {
            answer.rationale = "SECRET".into();
        }
        let call = prompt::answer(&unkeyed(&content, 1), "model", 1000);
        let sent = format!("{}{}{}{}", call.system, call.message, call.tool.description, call.tool.schema);
        assert!(
            !sent.contains("SECRET")
                && !sent.contains("is_correct")
                && sent.contains(&*json!(content.stem).to_string())
        );
    }
}

#[test]
fn the_call_does_not_depend_on_the_key() {
    let (a, mut b) = (content(QuestionKind::MultipleResponse), content(QuestionKind::MultipleResponse));
    b.answers = a.answers.clone();
    b.answers.iter_mut().for_each(|answer| answer.is_correct = !answer.is_correct);
    assert_eq!(unkeyed(&a, 5), unkeyed(&b, 5));
}

#[test]
fn neither_order_nor_neighbors_reveal_the_key() {
    let places = |kind, place: fn(&Unkeyed, &Content) -> Option<usize>| {
        let content = content(kind);
        let found = (0..300).filter_map(|seed| place(&unkeyed(&content, seed), &content));
        found.collect::<std::collections::HashSet<usize>>().len()
    };
    let first_step = |question: &Unkeyed, content: &Content| {
        question.answers.iter().position(|choice| choice.text == content.answers[0].body)
    };
    assert_eq!(places(QuestionKind::Ordering, first_step), 3);
    let match_of_first = |question: &Unkeyed, content: &Content| {
        let first = content.answers.iter().find(|answer| answer.body == question.answers[0].text);
        question.matches.iter().position(|choice| Some(&choice.text) == first.unwrap().match_body.as_ref())
    };
    assert_eq!(places(QuestionKind::Matching, match_of_first), 4);
}

#[test]
fn the_key_is_recognized_for_every_kind() {
    for kind in KINDS {
        let content = content(kind);
        for seed in 0..20 {
            let question = unkeyed(&content, seed);
            let call = prompt::answer(&question, "model", 1000);
            let mut input = key_of(&call, &content);
            let answered = question.read(&input).unwrap();
            assert!(answered.is_key(&content));
            let list = if kind == QuestionKind::Matching { "pairs" } else { "labels" };
            input[list].as_array_mut().unwrap().reverse();
            let is_order_free = kind != QuestionKind::Ordering;
            assert_eq!(question.read(&input).unwrap().is_key(&content), is_order_free);
            input[list].as_array_mut().unwrap().truncate(1);
            let is_one = kind == QuestionKind::SingleChoice;
            assert_eq!(question.read(&input).unwrap().is_key(&content), is_one);
        }
    }
}

#[test]
fn answers_are_recorded_as_texts() {
    let content = content(QuestionKind::Matching);
    let question = unkeyed(&content, 1);
    let call = prompt::answer(&question, "model", 1000);
    let cold = ColdAnswer::from(question.read(&key_of(&call, &content)).unwrap());
    assert!(cold.answers.contains(&"Amazon SQS → Queues of messages".to_owned()) && cold.answers.len() == 3);
    assert_eq!(cold.comment, "So.");
}

#[test]
fn answers_that_cannot_be_used_are_none() {
    let question = unkeyed(&content(QuestionKind::SingleChoice), 1);
    for bad in [
        json!("A"),
        json!({}),
        json!({"labels": []}),
        json!({"labels": "A"}),
        json!({"labels": ["E"]}),
        json!({"labels": ["a"]}),
        json!({"labels": ["A", "A"]}),
        json!({"labels": ["A", null]}),
        json!({"pairs": [{"answer": "A", "match": "1"}]}),
    ] {
        assert_eq!(question.read(&bad), None, "{bad}");
    }
    assert!(question.read(&json!({"labels": ["A"], "comment": 7})).is_some(), "a comment is no answer");
    let matching = unkeyed(&content(QuestionKind::Matching), 1);
    let pair = json!({"answer": "A", "match": "1"});
    assert!(matching.read(&json!({"pairs": [pair]})).is_some());
    assert_eq!(matching.read(&json!({"pairs": [pair, pair]})), None);
    assert_eq!(matching.read(&json!({"pairs": [{"answer": "1", "match": "A"}]})), None);
}

proptest! {
    #[test]
    fn any_json_is_an_answer_or_none(input in json_values(), seed in any::<u64>()) {
        for kind in KINDS {
            let content = content(kind);
            let question = unkeyed(&content, seed);
            if let Some(answered) = question.read(&input) {
                let _ = answered.is_key(&content);
            }
        }
    }
}
