//! Rules about the answers alone.

use std::collections::HashMap;

use super::{
    item::{Finding, Item},
    text::{lower_words, normal},
};
use crate::characters::shown;

/// The most answers that are compared pairwise; the bank allows fewer.
const COMPARED: usize = 30;

/// Fewer than three answers.
pub fn few(item: &Item) -> Vec<Finding> {
    let reason = match item.bodies.len() {
        3.. => return Vec::new(),
        _ if item.is_true_or_false() => {
            "are only two, so half of all guesses are right: offer at least three, or use few such questions"
        }
        _ => "are fewer than three: add some, such as distractors that a learner with a misconception would choose",
    };
    vec![Finding::at("/answers", reason)]
}

/// "All of the above" and the like.
pub fn all_or_none(item: &Item) -> Vec<Finding> {
    let speaking = item.choices().filter(|(_, _, body)| is_all_or_none(body));
    speaking
        .map(|(index, _, _)| {
            Finding::in_body(index, "refers to the other answers: write an answer that stands by itself")
        })
        .collect()
}

/// Whether an answer is "all of the above" or the like.
pub fn is_all_or_none(body: &str) -> bool {
    let body = lower_words(body).join(" ");
    let (first, rest) = body.split_once(' ').unwrap_or_default();
    let rest = rest.strip_prefix("of ").unwrap_or(rest);
    let rest = rest.strip_prefix("the ").unwrap_or(rest);
    let of_others =
        ["above", "these", "them", "those", "others", "other answers", "other options", "options", "answers"];
    let is_all = matches!(first, "all" | "none" | "both" | "neither" | "any" | "either");
    body.contains("of the above") || is_all && of_others.contains(&rest)
}

/// "Both A and B", "I and III only", "Answers 1 and 2".
pub fn combined(item: &Item) -> Vec<Finding> {
    let count = item.bodies.len();
    let joined = item.choices().filter(|(index, _, body)| names_others(body, *index, count));
    let reason = "combines other answers: list each answer by itself, and let learners choose several";
    joined.map(|(index, _, _)| Finding::in_body(index, reason)).collect()
}

/// Whether an answer consists of the names of at least two others. Roman numerals name statements of the stem.
fn names_others(body: &str, own: usize, count: usize) -> bool {
    let words = lower_words(body);
    let says_answers = words.iter().any(|word| matches!(word.trim_end_matches('s'), "answer" | "option" | "choice"));
    let mut named = 0;
    for word in &words {
        let letter = match word.as_bytes() {
            [letter @ b'a'..=b'z'] => Some(usize::from(letter - b'a')),
            [digit @ b'1'..=b'9'] if says_answers => Some(usize::from(digit - b'1')),
            _ => None,
        };
        let is_roman = matches!(word.as_str(), "i" | "ii" | "iii" | "iv" | "v" | "vi");
        if is_roman || letter.is_some_and(|place| place < count && place != own) {
            named += 1;
        } else if letter.is_some() || !JOINING.contains(&word.trim_end_matches('s')) {
            return false;
        }
    }
    named >= 2
}

/// Words between the names of other answers, with the plural "s" removed.
const JOINING: [&str; 15] = [
    "and",
    "or",
    "nor",
    "both",
    "either",
    "neither",
    "only",
    "answer",
    "option",
    "choice",
    "statement",
    "are",
    "correct",
    "right",
    "true",
];

/// Equal answers.
pub fn equal(item: &Item) -> Vec<Finding> {
    let mut first = HashMap::new();
    let mut found = Vec::new();
    for (index, (answer, body)) in item.content.answers.iter().zip(&item.bodies).enumerate() {
        // The distractors of a matching question have no left-hand side.
        if answer.match_body.is_some() && body.trim().is_empty() {
            continue;
        }
        let text = normal(body);
        let text = if text.is_empty() { shown(body.trim()) } else { text };
        let earlier = *first.entry(text).or_insert(index);
        if earlier != index {
            found
                .push(Finding::in_body(index, format!("says the same as answer {}: replace one of them", earlier + 1)));
        }
    }
    found
}

/// Answers that contain another one.
pub fn nested(item: &Item) -> Vec<Finding> {
    let texts: Vec<String> = item.choices().take(COMPARED).map(|(_, _, body)| format!(" {} ", normal(body))).collect();
    let mut found = Vec::new();
    for (index, outer) in texts.iter().enumerate() {
        let inner = texts.iter().position(|inner| inner.len() > 2 && inner != outer && outer.contains(inner));
        if let Some(inner) = inner {
            let reason = format!("contains answer {}: if this one is right, that one may be right too", inner + 1);
            found.push(Finding::in_body(index, reason));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{super::item::found, *};

    #[test]
    fn two_answers_are_few() {
        assert_eq!(found(few, "Which?", &["*a", "b"]), ["/answers"]);
        assert_eq!(found(few, "So it is.", &["*True", "False"]), ["/answers"]);
        assert_eq!(found(few, "Which?", &["*a", "b", "c"]), [""; 0]);
    }

    #[test]
    fn answers_about_all_others_are_found() {
        for bad in
            ["All of the above", "none of the above.", "Both of these", "All the above", "None of these answers are"]
        {
            let expected: &[&str] = if bad.ends_with("are") { &[] } else { &["/answers/2/body"] };
            assert_eq!(found(all_or_none, "Which?", &["*a", "b", bad]), expected, "{bad}");
        }
        for good in ["All Upfront", "All of the data is encrypted", "None", "The layer above", "Neither side pays"] {
            assert_eq!(found(all_or_none, "Which?", &["*a", "b", good]), [""; 0], "{good}");
        }
    }

    #[test]
    fn answers_that_join_others_are_found() {
        for bad in
            ["Both A and B", "a and b", "A or B", "Options 1 and 2 only", "I and III", "Answers A, B are correct"]
        {
            assert_eq!(found(combined, "Which?", &["*x", "y", bad]), ["/answers/2/body"], "{bad}");
        }
        for good in ["A", "Group A and B", "A and Z", "B and C", "Amazon EC2 and Amazon S3", "1 and 2", "A record"] {
            assert_eq!(found(combined, "Which?", &["*x", "y", good]), [""; 0], "{good}");
        }
    }

    #[test]
    fn equal_answers_are_found_whatever_their_case_and_punctuation() {
        assert_eq!(found(equal, "Which?", &["*Amazon S3", "b", "amazon  S3."]), ["/answers/2/body"]);
        assert_eq!(found(equal, "Which?", &["*!", "?", "!"]), ["/answers/2/body"]);
        assert_eq!(found(equal, "Which?", &["*x", "y", "x\u{200b}"]), ["/answers/2/body"]);
        assert_eq!(found(equal, "Which?", &["*C", "C++", "C#", "-1", "1", "<", ">"]), [""; 0]);
    }

    #[test]
    fn nested_answers_are_found_by_whole_words() {
        assert_eq!(
            found(nested, "Which?", &["*Reserved Instances", "b", "Standard reserved instances"]),
            ["/answers/2/body"]
        );
        assert_eq!(found(nested, "Which?", &["*S3", "S30", "A S", "s3.", "!"]), [""; 0]);
    }
}
