//! A built-in script in place of a model, to try drafting without AWS.
//!
//! It replaces only the model, so that all guards, budgets and outcomes are real. Each entry of the script has a draft
//! as a model may send it, and the answers that someone chose without seeing the key. Some drafts are malformed, badly
//! written or repeat others, and one answer is not the key.

use futures_util::future::{BoxFuture, FutureExt, ready};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    cold::{Choice, Unkeyed},
    converse::{Answer, Call, Converse, Failure, Purpose, Reply, Usage},
};
use crate::questions::model::QuestionKind;

/// The exam that the script is for.
const EXAM: &str = "clf-c02";
const SCRIPT: &str = include_str!("clf-c02.json");

/// A model that replays the script.
pub struct Scripted {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    domain: i32,
    kind: QuestionKind,
    /// The input of the tool.
    draft: Value,
    /// The bodies of the answers that are chosen without the key.
    cold: Vec<String>,
}

impl Default for Scripted {
    fn default() -> Self {
        // The file is embedded, and a test parses it.
        Self { entries: serde_json::from_str(SCRIPT).unwrap_or_default() }
    }
}

impl Scripted {
    /// The entries for a domain or task of an exam.
    fn entries<'a>(
        &'a self,
        exam: &str,
        domain: i32,
        task: Option<&'a str>,
        kind: QuestionKind,
    ) -> impl Iterator<Item = &'a Entry> {
        let is_of_exam = exam == EXAM;
        let is_of_task = move |entry: &Entry| task.is_none_or(|task| entry.draft["task"] == task);
        self.entries
            .iter()
            .filter(move |entry| is_of_exam && entry.domain == domain && entry.kind == kind && is_of_task(entry))
    }

    /// The message when the script has no more entries for a call.
    fn exhausted(&self, call: &Call) -> String {
        let Purpose::Draft { exam, domain, task, kind, .. } = &call.purpose else {
            return "the built-in script has no answer to this question".to_owned();
        };
        let count = match self.entries(exam, *domain, task.as_deref(), *kind).count() {
            0 => format!("no {kind} questions"),
            1 => format!("only 1 {kind} question"),
            more => format!("only {more} {kind} questions"),
        };
        let place = task.as_ref().map_or_else(|| format!("domain {domain}"), |task| format!("task {task}"));
        format!("the built-in script has {count} for {place} of {exam}; a real model would write more")
    }

    fn play(&self, call: &Call) -> Option<Value> {
        match &call.purpose {
            Purpose::Draft { exam, domain, task, kind, number } => {
                let place = usize::try_from(*number).ok()?.checked_sub(1)?;
                self.entries(exam, *domain, task.as_deref(), *kind).nth(place).map(|entry| entry.draft.clone())
            }
            Purpose::Answer => {
                let question: Unkeyed = serde_json::from_str(&call.message).ok()?;
                let is_same = |entry: &&Entry| entry.draft["stem"] == question.stem.as_str();
                let cold = &self.entries.iter().find(is_same)?.cold;
                let label = |body: &String| {
                    let found = question.answers.iter().find(|Choice { text, .. }| text == body);
                    found.map(|choice| choice.label.clone())
                };
                let labels: Vec<_> = cold.iter().filter_map(label).collect();
                Some(json!({"comment": "", "labels": labels}))
            }
        }
    }
}

impl Converse for Scripted {
    fn converse<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Reply, Failure>> {
        // About four bytes a token, as with real models.
        let tokens = |bytes: usize| u32::try_from(bytes / 4).unwrap_or(u32::MAX);
        let sent = call.system.len() + call.message.len() + call.tool.schema.to_string().len();
        let reply = match self.play(call) {
            Some(input) => {
                let usage = Usage { input_tokens: tokens(sent), output_tokens: tokens(input.to_string().len()) };
                Reply { answer: Answer::Tool(input), usage }
            }
            None => {
                let reason = self.exhausted(call);
                Reply { answer: Answer::Refused { rule: "script-exhausted", reason }, usage: Usage::default() }
            }
        };
        ready(Ok(reply)).boxed()
    }
}

#[cfg(test)]
mod tests;
