//! A small exam with all four kinds of questions, whose right answers a test can recognize by their words.

use serde_json::{Value, json};

/// The seed file of the exam `demo`: ten slots, eight of them scored, from two domains of 60 and 40 %.
pub fn demo() -> Value {
    let mut questions = Vec::new();
    for (task, count) in [("1.1", 12), ("2.1", 8)] {
        for index in 0..count {
            questions.push(question(task, index));
        }
    }
    json!({
        "exam": {
            "code": "demo", "name": "Demonstration", "provider": "Example",
            "blueprint": {"version": "1", "effective_date": "2026-01-01", "source": "made for the tests"},
            "question_count": 10, "scored_count": 8, "duration_minutes": 20,
            "scale": {"min": 0, "max": 100, "pass_mark": 70},
            "scoring_policy": "per_component",
            "domains": [
                {"number": 1, "name": "First", "weight": 60, "tasks": [{"code": "1.1", "name": "One"}]},
                {"number": 2, "name": "Second", "weight": 40, "tasks": [{"code": "2.1", "name": "Two"}]},
            ],
        },
        "questions": questions,
    })
}

fn question(task: &str, index: usize) -> Value {
    let kinds = ["single_choice", "multiple_response", "ordering", "matching"];
    let kind = kinds[index % 4];
    let answer = |body: &str, correct: bool| {
        let rationale = format!("because of {body}");
        json!({"body": body, "correct": correct, "rationale": rationale})
    };
    let pair = |body: &str, text: &str, correct: bool| {
        let rationale = format!("because of {text}");
        json!({"body": body, "match": text, "correct": correct, "rationale": rationale})
    };
    let answers = match kind {
        "single_choice" => {
            vec![answer("wrong 1", false), answer("right 1", true), answer("wrong 2", false), answer("wrong 3", false)]
        }
        "multiple_response" => vec![
            answer("right 1", true),
            answer("wrong 1", false),
            answer("right 2", true),
            answer("wrong 2", false),
            answer("wrong 3", false),
        ],
        "ordering" => (1..=4).map(|step| answer(&format!("step {step}"), true)).collect(),
        _ => vec![
            pair("left 1", "end 1", true),
            pair("left 2", "end 2", true),
            pair("left 3", "end 1", true),
            pair("", "end 9", false),
        ],
    };
    json!({
        "external_key": format!("demo-{task}-{index:03}"), "task": task, "kind": kind, "difficulty": 2,
        "stem": format!("Question {index} of task {task}?"), "answers": answers,
        "explanation": format!("explained: {task} {index}"),
        "references": [{"title": "Guide", "url": "https://example.org/guide"}],
        "tags": ["demo"],
    })
}

/// The right response to a shown question of [`demo`].
pub fn right_response(question: &Value) -> Value {
    let answers = question["answers"].as_array().expect("answers");
    let body = |answer: &Value| answer["body"].as_str().expect("body").to_owned();
    match question["kind"].as_str().expect("kind") {
        "ordering" => {
            let mut sorted = answers.clone();
            sorted.sort_by_key(body);
            sorted.iter().map(|answer| answer["id"].clone()).collect()
        }
        "matching" => answers
            .iter()
            .map(|answer| {
                let text = if body(answer) == "left 2" { "end 2" } else { "end 1" };
                json!({"answer": answer["id"], "match": text})
            })
            .collect(),
        _ => answers.iter().filter(|a| body(a).starts_with("right")).map(|a| a["id"].clone()).collect(),
    }
}

/// A well-formed response to a shown question of [`demo`] that earns nothing.
pub fn wrong_response(question: &Value) -> Value {
    let answers = question["answers"].as_array().expect("answers");
    match question["kind"].as_str().expect("kind") {
        "ordering" => {
            let mut right = right_response(question).as_array().expect("a list").clone();
            right.rotate_left(1);
            right.into()
        }
        "matching" => answers.iter().map(|answer| json!({"answer": answer["id"], "match": "end 9"})).collect(),
        _ => {
            let wrong = answers.iter().find(|a| a["body"].as_str().is_some_and(|body| body.starts_with("wrong")));
            json!([wrong.expect("a wrong answer")["id"]])
        }
    }
}
