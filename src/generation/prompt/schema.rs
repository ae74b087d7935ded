//! The tools that models call, with the JSON Schemas of their inputs.
//!
//! At the top level, they have only `type`, `properties` and `required`, which all models of Amazon Bedrock accept.
//! The SDK does not keep the order of properties. So the order in which a model should fill in the fields is given in
//! `required`, in the descriptions and in the instructions.

use std::ops::RangeInclusive;

use serde_json::{Map, Value, json};

use crate::{
    generation::{
        cold::{Choice, Unkeyed},
        converse::Tool,
        shape,
    },
    questions::model::QuestionKind,
};

/// The tool that takes a question of this kind, filed under one of these tasks.
pub fn draft(kind: QuestionKind, tasks: &[&str]) -> Tool {
    let (answers, _) = shape::answers(kind);
    let reference = object(&[
        ("title", text(1, shape::TITLE, "The title of the page.")),
        ("url", text(1, shape::URL, "Its address, with https://.")),
    ]);
    let misconception = text(1, shape::MISCONCEPTION, "A wrong belief.");
    let fields = [
        ("task", json!({"type": "string", "enum": tasks, "description": "1. The code of the task."})),
        ("misconceptions", list(&misconception, &shape::MISCONCEPTIONS, "2. Before the question is written.")),
        ("stem", text(1, shape::STEM, "3. The situation and the question.")),
        ("answers", list(&answer_of(kind), &answers, "4. The right answers, and a distractor for each misconception.")),
        ("explanation", text(1, shape::EXPLANATION, "5. The idea behind the question.")),
        ("references", list(&reference, &shape::REFERENCES, "6. Where the facts are documented.")),
        ("tags", list(&text(1, shape::TAG, "A label."), &shape::TAGS, "7. Labels.")),
        (
            "difficulty",
            json!({
                "type": "integer",
                "minimum": shape::DIFFICULTY.start(),
                "maximum": shape::DIFFICULTY.end(),
                "description": "8. From 1 to 5.",
            }),
        ),
    ];
    Tool { name: "draft_question", description: "Takes the finished question.", schema: object(&fields) }
}

/// An answer of a question of this kind.
fn answer_of(kind: QuestionKind) -> Value {
    let rationale = ("rationale", text(1, shape::RATIONALE, "Why it is right or wrong."));
    let body = |least| text(least, shape::BODY, "The answer.");
    let is_correct = ("is_correct", json!({"type": "boolean", "description": "Whether it belongs to the key."}));
    match kind {
        QuestionKind::SingleChoice | QuestionKind::MultipleResponse => {
            object(&[("body", body(1)), is_correct, rationale])
        }
        // All of them belong to the key.
        QuestionKind::Ordering => object(&[("body", body(1)), rationale]),
        QuestionKind::Matching => {
            let matched = text(1, shape::BODY, "What belongs to the body, or to no body.");
            object(&[("body", body(0)), ("match_body", matched), is_correct, rationale])
        }
    }
}

/// The tool that takes a model's answer.
pub fn answer(question: &Unkeyed) -> Tool {
    let labels = |choices: &[Choice]| -> Value {
        let labels: Vec<&str> = choices.iter().map(|choice| choice.label.as_str()).collect();
        json!({"type": "string", "enum": labels})
    };
    let comment =
        ("comment", text(0, 1000, "1. Which fact decides, and what is wrong with the question, if anything is."));
    let count = 1..=question.answers.len();
    let given = if question.kind == QuestionKind::Matching {
        let pair = object(&[("answer", labels(&question.answers)), ("match", labels(&question.matches))]);
        ("pairs", list(&pair, &count, "2. What belongs together, by labels."))
    } else {
        ("labels", list(&labels(&question.answers), &count, "2. The labels of the answers that you choose."))
    };
    let schema = object(&[comment, given]);
    Tool { name: "answer_question", description: "Takes your answer to the question.", schema }
}

/// An object that has all of these fields.
fn object(fields: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    json!({"type": "object", "properties": properties, "required": names})
}

fn text(least: usize, most: usize, description: &str) -> Value {
    json!({"type": "string", "minLength": least, "maxLength": most, "description": description})
}

fn list(items: &Value, count: &RangeInclusive<usize>, description: &str) -> Value {
    json!({
        "type": "array",
        "items": items,
        "minItems": count.start(),
        "maxItems": count.end(),
        "description": description,
    })
}
