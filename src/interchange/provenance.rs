//! The origin of the questions in a file of `tripos generate`.
//!
//! It is in the member `generation` of the file, which is untrusted like the rest: lengths are limited, and values that
//! the entry of a question lacks are taken from the whole file.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    bounds::QUESTION_LIMIT,
    json::{few, in_words, unreadable},
    model::Malformed,
};
use crate::{
    db::types::Json,
    generation::{model::stored, settings::SCRIPTED},
    questions::{
        drafts::{ColdAnswer, QuestionDraft},
        model::{Content, QuestionId},
        validation,
    },
};

/// The longest id of a model, in characters: that of Amazon Bedrock.
const MODEL_LIMIT: usize = 2048;
/// The longest version of a template and the longest tag of a language, in characters.
const WORD_LIMIT: usize = 100;
/// The most answers of a model that are kept, and the longest text of them, in characters.
const ANSWER_LIMIT: usize = 20;
const TEXT_LIMIT: usize = 10_000;
/// The template of a question if the file does not name it.
const UNKNOWN: &str = "unknown";

/// The content of the member.
#[derive(Debug)]
pub struct Generation<'a> {
    model: String,
    language: String,
    /// The entries by the external keys of their questions, not parsed yet.
    outcomes: HashMap<String, &'a RawValue>,
}

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow, default)]
    generation: Option<Member<'a>>,
}

#[derive(Deserialize)]
struct Member<'a> {
    parameters: Parameters,
    #[serde(borrow, default, deserialize_with = "few")]
    outcomes: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Parameters {
    model: String,
    #[serde(default)]
    language: String,
}

#[derive(Deserialize)]
struct Key {
    #[serde(default)]
    key: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Outcome {
    template: String,
    input_tokens: u32,
    output_tokens: u32,
    content: Option<Content>,
    cold_answer: Option<ColdAnswer>,
    disagreed: bool,
}

impl<'a> Generation<'a> {
    /// Reads the member, if the file is one of `tripos generate`.
    pub fn read(text: &'a str) -> Result<Option<Self>, Malformed> {
        // A list is rejected when the questions are read.
        if text.trim_start().starts_with('[') {
            return Ok(None);
        }
        let file: File<'_> = serde_json::from_str(text).map_err(|error| unreadable("generation", &error))?;
        let Some(Member { parameters, outcomes }) = file.generation else { return Ok(None) };
        let Parameters { model, language } = parameters;
        for (name, value, most) in [("model", &model, MODEL_LIMIT), ("language", &language, WORD_LIMIT)] {
            if !is_word(value, most) {
                return Err(Malformed::at(
                    1,
                    format!("generation.parameters.{name} must have up to {most} characters and no control characters"),
                ));
            }
        }
        let key = |raw: &'a RawValue| Some((serde_json::from_str::<Key>(raw.get()).ok()?.key?, raw));
        Ok(Some(Self { model, language, outcomes: outcomes.into_iter().filter_map(key).collect() }))
    }

    /// Whether the questions come from the built-in script.
    pub fn is_scripted(&self) -> bool {
        self.model == SCRIPTED
    }

    /// The origin of the question with this key, or why it cannot be read. Every question of the file was drafted,
    /// even one whose key was changed by hand.
    pub fn of(&self, key: &str, content: &Content) -> Result<QuestionDraft, String> {
        let outcome = match self.outcomes.get(key) {
            Some(raw) if raw.get().len() > QUESTION_LIMIT => return Err("its entry in generation is too long".into()),
            Some(raw) => serde_json::from_str(raw.get())
                .map_err(|error| format!("its entry in generation: {}", in_words("", &error)))?,
            None => Outcome::default(),
        };
        let Outcome { template, input_tokens, output_tokens, content: drafted, cold_answer, disagreed } = outcome;
        let template = if template.is_empty() { UNKNOWN.to_owned() } else { template };
        if !is_word(&template, WORD_LIMIT) {
            return Err(format!(
                "its template in generation must have at most {WORD_LIMIT} characters and no control characters"
            ));
        }
        // Without the drafted content, the content in the file is the earliest known one.
        let drafted = drafted.and_then(|drafted| validation::checked(drafted).ok()).unwrap_or_else(|| content.clone());
        Ok(QuestionDraft {
            question_id: QuestionId::new(),
            job_id: None,
            requested_by: None,
            model: self.model.clone(),
            template,
            language: self.language.clone(),
            input_tokens: stored(input_tokens),
            output_tokens: stored(output_tokens),
            content: Json(drafted),
            cold_answer: cold_answer.map(bounded).map(Json),
            disagreed,
            scripted: self.is_scripted(),
            accepted_at: None,
            changed: None,
        })
    }
}

fn is_word(text: &str, most: usize) -> bool {
    text.chars().nth(most).is_none() && !text.chars().any(char::is_control)
}

fn bounded(ColdAnswer { answers, comment }: ColdAnswer) -> ColdAnswer {
    // The databases cannot store NUL.
    let text = |text: String| text.chars().filter(|c| *c != '\0').take(TEXT_LIMIT).collect();
    ColdAnswer { answers: answers.into_iter().take(ANSWER_LIMIT).map(text).collect(), comment: text(comment) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::questions::model::QuestionKind;

    fn content(stem: &str) -> Content {
        let (explanation, references, tags, answers) = (String::new(), vec![], vec![], vec![]);
        Content {
            kind: QuestionKind::Ordering,
            stem: stem.into(),
            explanation,
            references,
            tags,
            difficulty: 1,
            answers,
        }
    }

    #[test]
    fn a_file_says_where_its_questions_come_from() {
        let file = json!({"exam": {}, "questions": [], "generation": {
            "parameters": {"model": "model-1", "language": "en", "count": 3},
            "outcomes": [
                {"number": 1, "outcome": "refused", "template": "draft-1"},
                {"number": 2, "key": "a", "template": "draft-1", "input_tokens": 900, "output_tokens": 30,
                 "disagreed": true, "cold_answer": {"answers": ["x\u{0}"], "comment": ""}},
                {"number": 3, "key": "b", "template": 7},
            ],
        }});
        let text = file.to_string();
        let generation = Generation::read(&text).unwrap().unwrap();
        let draft = generation.of("a", &content("Which?")).unwrap();
        assert_eq!(
            (&*draft.model, &*draft.template, draft.input_tokens, draft.disagreed),
            ("model-1", "draft-1", 900, true)
        );
        assert_eq!(
            (draft.cold_answer.unwrap().0.answers, draft.content.0.stem),
            (vec!["x".to_owned()], "Which?".into())
        );
        assert!(generation.of("b", &content("Which?")).unwrap_err().contains("entry in generation"));
        let renamed = generation.of("c", &content("Which?")).unwrap();
        assert_eq!((&*renamed.model, &*renamed.template, renamed.scripted), ("model-1", UNKNOWN, false));
    }

    #[test]
    fn a_file_that_hides_where_its_questions_come_from_is_not_read() {
        for generation in [
            json!({}),
            json!([]),
            json!({"parameters": {"model": 7}}),
            json!({"parameters": {"model": "scripted"}, "outcomes": 1}),
            json!({"parameters": {"model": "a\u{0}"}}),
        ] {
            let text = json!({"questions": [], "generation": generation}).to_string();
            assert!(Generation::read(&text).is_err(), "{text}");
        }
        assert!(Generation::read(r#"{"generation": {"parameters": {"model": "a"}}, "generation": null}"#).is_err());
        assert!(Generation::read(r#"{"questions": []}"#).unwrap().is_none());
        let scripted = r#"{"generation": {"parameters": {"model": "scripted"}}}"#;
        assert!(Generation::read(scripted).unwrap().unwrap().is_scripted());
    }
}
