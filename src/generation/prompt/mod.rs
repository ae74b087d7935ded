//! The prompts for models.
//!
//! The instructions are files without placeholders, so they do not depend on the data. All data is sent in the message
//! as one JSON document, so that no text in it can become an instruction outside of it.

mod schema;

use rand::seq::SliceRandom;
use serde_json::{Value, json};

use super::{
    cold::Unkeyed,
    converse::{Call, Purpose},
    settings::Site,
    writer::{Brief, TaskBrief},
};
use crate::questions::model::{Content, QuestionKind};

/// The version of the instructions, stored with each draft. Changed instructions are a new version in a new file.
pub const TEMPLATE: &str = "draft-1";

const DRAFT: &str = include_str!("draft-1.md");
const ANSWER: &str = include_str!("answer-1.md");

/// The longest example, as JSON in bytes.
const EXAMPLE_LIMIT: usize = 8000;
/// The most tokens of an answer to a question.
const ANSWER_TOKENS: u32 = 1000;

/// The call for a draft.
pub fn draft(brief: &Brief, sites: &[Site]) -> Call {
    let mut tasks: Vec<_> = brief.tasks.iter().collect();
    tasks.sort_by_key(|task| task.questions);
    let codes: Vec<&str> = tasks.iter().map(|task| task.code.as_str()).collect();
    let task = |task: &&TaskBrief| json!({"code": task.code, "name": task.name, "questions": task.questions});
    let message = json!({
        "exam": {"code": &*brief.exam, "name": brief.exam_name, "provider": brief.provider},
        "domain": {"number": brief.domain, "name": brief.domain_name},
        "tasks": tasks.iter().map(task).collect::<Vec<_>>(),
        "kind": brief.kind,
        "language": brief.language,
        "notes": brief.notes,
        "reference_sites": sites.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "examples": brief.examples.iter().filter_map(example).collect::<Vec<_>>(),
        "existing_stems": brief.stems,
    });
    Call {
        model: brief.model.clone(),
        purpose: Purpose::Draft {
            exam: brief.exam.clone(),
            domain: brief.domain,
            task: if let [task] = brief.tasks.as_slice() { Some(task.code.clone()) } else { None },
            kind: brief.kind,
            number: brief.number,
        },
        system: DRAFT.to_owned(),
        message: message.to_string(),
        tool: schema::draft(brief.kind, &codes),
        max_tokens: brief.max_tokens,
        temperature: 0.8,
    }
}

/// The call for an answer to a question without its key.
pub fn answer(question: &Unkeyed, model: &str, max_tokens: u32) -> Call {
    Call {
        model: model.to_owned(),
        purpose: Purpose::Answer,
        system: ANSWER.to_owned(),
        message: json!(question).to_string(),
        tool: schema::answer(question),
        max_tokens: max_tokens.min(ANSWER_TOKENS),
        temperature: 0.0,
    }
}

/// A question of the bank in the form of the tool's input, with its answers shuffled so that the position does not
/// reveal the key. `None` if it is too long for an example.
fn example(content: &Content) -> Option<Value> {
    let mut answers: Vec<_> = content.answers.iter().collect();
    if content.kind != QuestionKind::Ordering {
        answers.shuffle(&mut rand::rng());
    }
    let mut example = json!(content);
    example["answers"] = json!(answers);
    (example.to_string().len() <= EXAMPLE_LIMIT).then_some(example)
}

#[cfg(test)]
mod tests;
