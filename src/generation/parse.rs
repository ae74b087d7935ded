//! Reads a question from a model's answer. Except for unknown fields, anything outside the tool's schema is refused.

use std::ops::RangeInclusive;

use serde_json::Value;

use super::{shape, writer::Refusal};
use crate::questions::model::{AnswerContent, Content, QuestionKind, Reference};

/// What the model wrote, within the bounds of the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The code of the task that the model chose.
    pub task: String,
    /// The misconceptions that the distractors are based on.
    pub misconceptions: Vec<String>,
    /// The question.
    pub content: Content,
}

/// Reads the input of the tool. Fields that the schema does not know are ignored.
pub fn parse(input: &Value, kind: QuestionKind) -> Result<Parsed, Refusal> {
    let root = Field { value: input, pointer: String::new() };
    if !input.is_object() {
        return Err(root.refused("it is not a JSON object"));
    }
    let (count, _) = shape::answers(kind);
    let most = *shape::MISCONCEPTIONS.end();
    let reference = |field: Field<'_>| {
        Ok(Reference { title: field.text("title", shape::TITLE)?, url: field.text("url", shape::URL)? })
    };
    Ok(Parsed {
        task: root.text("task", shape::TASK)?,
        misconceptions: root.list("misconceptions", 0..=most, |field| field.as_text(shape::MISCONCEPTION))?,
        content: Content {
            kind,
            stem: root.text("stem", shape::STEM)?,
            answers: root.list("answers", count, |field| answer(&field, kind))?,
            explanation: root.text("explanation", shape::EXPLANATION)?,
            references: root.list("references", shape::REFERENCES, reference)?,
            tags: root.list("tags", shape::TAGS, |field| field.as_text(shape::TAG))?,
            difficulty: root.get("difficulty")?.as_integer(shape::DIFFICULTY)?,
        },
    })
}

fn answer(field: &Field<'_>, kind: QuestionKind) -> Result<AnswerContent, Refusal> {
    let is_correct = kind == QuestionKind::Ordering || field.get("is_correct")?.as_boolean()?;
    let is_matching = kind == QuestionKind::Matching;
    let has_body = !is_matching || field.get("body")?.value != "";
    Ok(AnswerContent {
        body: if has_body { field.text("body", shape::BODY)? } else { String::new() },
        is_correct,
        rationale: field.text("rationale", shape::RATIONALE)?,
        match_body: if is_matching { Some(field.text("match_body", shape::BODY)?) } else { None },
    })
}

/// A value, and its location.
struct Field<'a> {
    value: &'a Value,
    pointer: String,
}

impl<'a> Field<'a> {
    fn that(&self, holds: bool, detail: &str) -> Result<(), Refusal> {
        if holds { Ok(()) } else { Err(self.refused(&format!("{} {detail}", self.pointer))) }
    }

    fn refused(&self, what: &str) -> Refusal {
        Refusal::new("schema", &format!("the model's answer is not a question: {what}"))
    }

    fn get(&self, name: &str) -> Result<Field<'a>, Refusal> {
        let pointer = format!("{}/{name}", self.pointer);
        match self.value.get(name) {
            Some(value) => Ok(Field { value, pointer }),
            None => Err(self.refused(&format!("{pointer} is missing"))),
        }
    }

    fn text(&self, name: &str, most: usize) -> Result<String, Refusal> {
        self.get(name)?.as_text(most)
    }

    fn list<T>(
        &self,
        name: &str,
        count: RangeInclusive<usize>,
        read: impl Fn(Field<'a>) -> Result<T, Refusal>,
    ) -> Result<Vec<T>, Refusal> {
        let field = self.get(name)?;
        let items = field.value.as_array().map(Vec::as_slice).unwrap_or_default();
        let detail = format!("must be a list of {}", shape::in_words(&count));
        field.that(field.value.is_array() && count.contains(&items.len()), &detail)?;
        let item = |(index, value)| read(Field { value, pointer: format!("{}/{index}", field.pointer) });
        items.iter().enumerate().map(item).collect()
    }

    fn as_text(&self, most: usize) -> Result<String, Refusal> {
        let text = self.value.as_str().unwrap_or_default();
        let detail = format!("must be a text of 1 to {most} characters");
        self.that(!text.trim().is_empty() && text.chars().nth(most).is_none(), &detail)?;
        Ok(text.to_owned())
    }

    fn as_boolean(&self) -> Result<bool, Refusal> {
        self.that(self.value.is_boolean(), "must be true or false")?;
        Ok(self.value == true)
    }

    fn as_integer(&self, range: RangeInclusive<i32>) -> Result<i32, Refusal> {
        let number = self.value.as_i64().and_then(|number| i32::try_from(number).ok());
        let number = number.filter(|number| range.contains(number));
        self.that(number.is_some(), &format!("must be a whole number from {} to {}", range.start(), range.end()))?;
        Ok(number.unwrap_or_default())
    }
}
