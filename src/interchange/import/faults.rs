//! Describes the errors in a question in terms of the format of the file: authors of GIFT do not know JSON Pointers.

use crate::{
    characters::words_within,
    error::FieldError,
    interchange::source::Format,
    questions::model::{AnswerContent, Content},
};

/// The most errors of a question that are reported.
const TOLD: usize = 5;
/// How much of an answer is quoted, in characters.
const WORDS: usize = 30;

/// The errors in a question of a file, each with its location.
pub(super) fn told(format: Format, content: &Content, faults: &[FieldError]) -> String {
    let first = faults.iter().take(TOLD).map(|fault| in_words(format, content, fault));
    let more = faults.len().saturating_sub(TOLD);
    let more = (more > 0).then(|| format!("and {more} more"));
    first.chain(more).collect::<Vec<_>>().join("; ")
}

/// An error with its location.
pub fn in_words(format: Format, content: &Content, FieldError { pointer, detail }: &FieldError) -> String {
    // In JSON, the pointers contain the names of the fields.
    if format == Format::Json {
        return format!("{pointer} {detail}");
    }
    let parts: Vec<&str> = pointer.split('/').skip(1).collect();
    let number = |index: &str| index.parse().map_or(0, |index: usize| index + 1);
    let is_csv = format == Format::Csv;
    let place = match parts[..] {
        ["stem"] if is_csv => "`stem`".to_owned(),
        ["stem"] => "the text of the question".to_owned(),
        ["explanation"] if format == Format::Gift => "the general feedback (####)".to_owned(),
        ["explanation"] if format == Format::MoodleXml => "the general feedback".to_owned(),
        ["references", index, field] => format!("the {field} of reference {}", number(index)),
        ["tags", index] => format!("tag {}", number(index)),
        ["answers"] => match detail.strip_prefix("must have ") {
            Some(rest) => return format!("there must be {rest}"),
            None => "the answers".to_owned(),
        },
        ["answers", index, field] => {
            let number = number(index);
            let answer = content.answers.get(number.saturating_sub(1));
            let name = name(format, number, answer);
            match field {
                "body" if detail == EMPTY => return format!("{name} {}", blank(format, answer)),
                "body" => name,
                "rationale" if is_csv => format!("the rationale of {name}"),
                "rationale" => format!("the feedback of {name}"),
                _ => format!("the match of {name}"),
            }
        }
        [name] if is_csv => format!("`{name}`"),
        [name] => format!("the {name}"),
        _ => pointer.clone(),
    };
    match detail.as_str() {
        EMPTY => format!("{place} is blank"),
        detail if detail.starts_with("line ") => format!("{place}, {detail}"),
        detail => format!("{place} {detail}"),
    }
}

/// The validation message for a text that is missing.
const EMPTY: &str = "must not be empty";

/// The number or the letter of an answer, and its beginning.
fn name(format: Format, number: usize, answer: Option<&AnswerContent>) -> String {
    let words = answer.map(|answer| words_within(&answer.body, WORDS)).unwrap_or_default();
    let words = if words.is_empty() { words } else { format!(" ({words:?})") };
    match ('A'..='Z').nth(number.saturating_sub(1)) {
        Some(letter) if format == Format::Aiken => format!("answer {letter}{words}"),
        _ => format!("answer {number}{words}"),
    }
}

/// The message for an answer without text, with the possible cause.
fn blank(format: Format, answer: Option<&AnswerContent>) -> &'static str {
    match (format, answer) {
        (Format::Gift, Some(answer)) if !answer.rationale.is_empty() => {
            "is blank: an unescaped # begins its feedback, so write \\# for a # of the answer"
        }
        _ => "is blank",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::questions::{model::QuestionKind, validation};

    fn answer(body: &str, is_correct: bool, rationale: &str) -> AnswerContent {
        AnswerContent { body: body.into(), is_correct, rationale: rationale.into(), match_body: None }
    }

    fn content(stem: &str, answers: Vec<AnswerContent>) -> Content {
        Content {
            kind: QuestionKind::SingleChoice,
            stem: stem.into(),
            explanation: String::new(),
            references: vec![],
            tags: vec![],
            difficulty: 1,
            answers,
        }
    }

    fn reason(format: Format, content: Content) -> String {
        told(format, &content, &validation::checked(content.clone()).unwrap_err())
    }

    #[test]
    fn each_format_has_its_words() {
        use Format::{Aiken, Csv, Gift, Json, MoodleXml, Qti};
        let twice = || content("Which?", vec![answer("VPC", true, ""), answer("VPC", false, "")]);
        let again = "appears twice among the answers (white space and invisible characters are ignored)";
        assert_eq!(reason(Aiken, twice()), format!("answer B (\"VPC\") {again}"));
        for format in [Gift, MoodleXml, Qti, Csv] {
            assert_eq!(reason(format, twice()), format!("answer 2 (\"VPC\") {again}"));
        }
        assert_eq!(reason(Json, twice()), format!("/answers/1/body {again}"));
        let one = || content(" ", vec![answer("a", true, "")]);
        let kinds = "there must be one right answer and at least one wrong one";
        assert_eq!(reason(Gift, one()), format!("the text of the question is blank; {kinds}"));
        assert_eq!(reason(Csv, one()), format!("`stem` is blank; {kinds}"));
    }

    #[test]
    fn the_cause_of_a_blank_answer_is_named_where_it_is_known() {
        let colors = content("Which?", vec![answer("", true, "ff0000"), answer("", false, "00ff00")]);
        let told = reason(Format::Gift, colors.clone());
        assert!(told.starts_with("answer 1 is blank: an unescaped # begins its feedback"), "{told}");
        assert!(reason(Format::MoodleXml, colors).starts_with("answer 1 is blank; answer 2 is blank"));
    }

    #[test]
    fn every_place_has_a_name_without_a_pointer() {
        let mut all = content("<script>", vec![answer("a", true, "<script>"), answer("b", false, "")]);
        all.difficulty = 9;
        all.explanation = "<script>".into();
        all.tags = vec![String::new(); 2];
        all.references =
            vec![crate::questions::model::Reference { title: "a\nb".into(), url: "https://example.org/".into() }];
        let faults = validation::checked(all.clone()).unwrap_err();
        assert!(faults.len() >= 6, "{faults:?}");
        for format in [Format::Gift, Format::Aiken, Format::MoodleXml, Format::Qti, Format::Csv] {
            for fault in &faults {
                let told = told(format, &all, std::slice::from_ref(fault));
                assert!(!told.contains('/'), "{told}");
            }
            let told = told(format, &all, &faults);
            assert!(told.ends_with(&format!("and {} more", faults.len() - TOLD)), "{told}");
        }
    }
}
