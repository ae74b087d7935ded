//! Drafts of a language model: whether they may be published, and how much people changed them.

use std::collections::HashMap;

use super::{
    drafts::{ColdAnswer, QuestionDraft, SCRIPTED_DRAFT},
    model::{AnswerContent, Content, QuestionKind, Remark},
};
use crate::{
    db::types::text_enum,
    error::{Error, Slug},
};

text_enum!(
    /// A field of a draft that no guard can check.
    UnverifiedField {
        /// Nobody has opened the references.
        References = "references",
        /// The difficulty is the model's guess.
        Difficulty = "difficulty",
    }
);

/// The longest part of the model's answer that an error quotes, in characters.
const TOLD: usize = 600;

/// Whether a draft that was never published may be published: never if it comes from the built-in script, and only with
/// a comment if the model disagreed with the key.
pub fn check(draft: &QuestionDraft, remark: &Remark) -> Result<(), Error> {
    if draft.scripted {
        return Err(Error::Conflict(Slug::ScriptedDraft, SCRIPTED_DRAFT.to_owned()));
    }
    if draft.disagreed && remark.comment.is_none() {
        let answered = draft.cold_answer.as_ref().map_or_else(
            || "without the key, the model gave no answer to the question, or was not asked".to_owned(),
            |answer| answered(&answer.0),
        );
        let detail = format!("{answered}: to publish it anyway, set its status with a comment on why the key is right");
        return Err(Error::Conflict(Slug::ModelDisagreed, detail));
    }
    Ok(())
}

fn answered(ColdAnswer { answers, comment }: &ColdAnswer) -> String {
    let answers: Vec<String> = answers.iter().map(|answer| format!("{answer:?}")).collect();
    let comment = if comment.is_empty() { String::new() } else { format!(" ({comment})") };
    let answered = format!("{}{comment}", answers.join(", "));
    let cut = answered.char_indices().nth(TOLD).and_then(|(end, _)| answered.get(..end));
    let answered = cut.map_or(answered.clone(), |cut| format!("{cut}…"));
    format!("asked the question without its key, the model answered {answered}")
}

/// The fields that are still as the model wrote them and that no guard can check.
pub fn unverified(drafted: &Content, now: &Content) -> Vec<UnverifiedField> {
    let references = !now.references.is_empty() && now.references == drafted.references;
    let difficulty = now.difficulty == drafted.difficulty;
    let fields = [(references, UnverifiedField::References), (difficulty, UnverifiedField::Difficulty)];
    fields.into_iter().filter_map(|(is_untouched, field)| is_untouched.then_some(field)).collect()
}

/// The share of a draft that was changed before it was published: the words removed or added, divided by all words
/// before and after; 0 only if nothing changed. The positions of words are ignored, so that the cost grows linearly
/// with the length of the texts; a change other than of words counts as one word.
///
/// The order of the answers counts only if it is the key.
pub fn changed(drafted: &Content, published: &Content) -> f64 {
    if says_the_same(drafted, published) {
        return 0.0;
    }
    let mut balance: HashMap<&str, i64> = HashMap::new();
    let mut total = 0;
    for (content, sign) in [(drafted, 1), (published, -1)] {
        for word in texts(content).flat_map(str::split_whitespace) {
            *balance.entry(word).or_default() += sign;
            total += 1;
        }
    }
    let moved: i64 = balance.values().map(|surplus| surplus.abs()).sum();
    moved.max(1) as f64 / total.max(1) as f64
}

fn says_the_same(one: &Content, other: &Content) -> bool {
    if one.kind == QuestionKind::Ordering {
        return one == other;
    }
    let ordered = |content: &Content| {
        let mut content = content.clone();
        content.answers.sort_by(|a, b| key(a).cmp(&key(b)));
        content
    };
    ordered(one) == ordered(other)
}

fn key(answer: &AnswerContent) -> (&str, Option<&str>, bool, &str) {
    (&answer.body, answer.match_body.as_deref(), answer.is_correct, &answer.rationale)
}

/// All texts of a question.
fn texts(content: &Content) -> impl Iterator<Item = &str> {
    let answers = content.answers.iter().flat_map(|answer| {
        [answer.body.as_str(), answer.rationale.as_str(), answer.match_body.as_deref().unwrap_or_default()]
    });
    let references = content.references.iter().flat_map(|reference| [reference.title.as_str(), reference.url.as_str()]);
    let tags = content.tags.iter().map(String::as_str);
    [content.stem.as_str(), content.explanation.as_str()].into_iter().chain(answers).chain(references).chain(tags)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::questions::model::Reference;

    fn content(words: &[String]) -> Content {
        let answer = |index: usize| AnswerContent {
            body: words.get(index).cloned().unwrap_or_default(),
            is_correct: index == 0,
            rationale: words.iter().rev().nth(index).cloned().unwrap_or_default(),
            match_body: None,
        };
        Content {
            kind: QuestionKind::SingleChoice,
            stem: words.join(" "),
            explanation: "It is so.".into(),
            references: vec![Reference { title: "Guide".into(), url: "https://example.org/".into() }],
            tags: vec!["storage".into()],
            difficulty: 2,
            answers: (0..3).map(answer).collect(),
        }
    }

    fn words() -> impl Strategy<Value = Vec<String>> {
        proptest::collection::vec("[a-d]{1,2}", 0..12)
    }

    proptest! {
        #[test]
        fn the_changed_share_is_within_bounds_and_symmetric(one in words(), other in words()) {
            let (one, other) = (content(&one), content(&other));
            let share = changed(&one, &other);
            prop_assert!((0.0..=1.0).contains(&share), "{share}");
            prop_assert_eq!(share, changed(&other, &one));
            prop_assert_eq!(share == 0.0, says_the_same(&one, &other));
        }

        #[test]
        fn the_order_of_answers_is_no_change_unless_it_is_the_key(words in words(), turn in 0..3_usize) {
            let one = content(&words);
            let mut other = one.clone();
            other.answers.rotate_left(turn);
            prop_assert_eq!(changed(&one, &other), 0.0);
            let ordering = |content: Content| Content { kind: QuestionKind::Ordering, ..content };
            let is_same = one.answers == other.answers;
            prop_assert_eq!(changed(&ordering(one), &ordering(other)) == 0.0, is_same);
        }
    }

    #[test]
    fn a_changed_word_is_a_small_share_and_a_changed_key_counts_as_one_word() {
        let mut drafted = content(&[]);
        drafted.stem = "one two three four five six seven".into();
        let mut published = drafted.clone();
        published.stem = "one two three four five six eight".into();
        // 7 words of the stem, 3 of the explanation, 2 of the reference and 1 tag, on each side.
        assert_eq!(changed(&drafted, &published), 2.0 / 26.0);
        let mut other_key = drafted.clone();
        other_key.answers[1].is_correct = true;
        assert_eq!(changed(&drafted, &other_key), 1.0 / 26.0);
        let nothing =
            Content { stem: String::new(), explanation: String::new(), references: vec![], tags: vec![], ..drafted };
        let mut harder = nothing.clone();
        harder.difficulty = 3;
        assert_eq!(changed(&nothing, &harder), 1.0);
    }

    #[test]
    fn unedited_fields_are_unverified() {
        let drafted = content(&[]);
        assert_eq!(unverified(&drafted, &drafted), [UnverifiedField::References, UnverifiedField::Difficulty]);
        let mut edited = drafted.clone();
        edited.difficulty = 4;
        assert_eq!(unverified(&drafted, &edited), [UnverifiedField::References]);
        edited.references.clear();
        assert_eq!(unverified(&drafted, &edited), []);
        assert_eq!(unverified(&edited, &edited), [UnverifiedField::Difficulty]);
    }

    #[test]
    fn a_long_answer_of_the_model_is_cut_in_a_refusal() {
        let told = answered(&ColdAnswer { answers: vec!["ä".repeat(5000)], comment: String::new() });
        assert!(told.chars().count() < 700 && told.ends_with('…'), "{told}");
    }
}
