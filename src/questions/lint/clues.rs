//! Rules about clues that give the key away to a learner who does not know the answer.

use std::collections::HashSet;

use super::{
    answers::is_all_or_none,
    item::{Finding, Item},
    text::{is_stop_word, root, words},
};

/// How much longer a key must be to stand out, as a factor and in characters: the lengths of single words say nothing.
const STANDS_OUT: (f64, usize) = (1.5, 10);

/// A key that stands out by its length. If several answers are right, even the shortest of them must stand out.
pub fn longest(item: &Item) -> Vec<Finding> {
    let length = |(index, body): (usize, &str)| (body.trim().chars().count(), index);
    let key = item.keys().map(length).min();
    let Some(((key, index), (other, _))) = key.zip(item.distractors().map(length).max()) else { return Vec::new() };
    let times = key as f64 / other.max(1) as f64;
    if times <= STANDS_OUT.0 || key < other + STANDS_OUT.1 {
        return Vec::new();
    }
    let reason =
        format!("is {times:.1} times as long as the longest distractor: shorten it, or lengthen the distractors");
    vec![Finding::in_body(index, reason)]
}

/// Words that make nearly every statement false.
const ABSOLUTE: [&str; 14] = [
    "always",
    "never",
    "only",
    "all",
    "none",
    "every",
    "everything",
    "everyone",
    "nothing",
    "nobody",
    "completely",
    "entirely",
    "absolutely",
    "totally",
];

/// Distractors with a word such as "always", if no right answer has one.
pub fn absolute(item: &Item) -> Vec<Finding> {
    if item.keys().any(|(_, body)| absolute_term(body).is_some()) {
        return Vec::new();
    }
    let distractors = item.distractors().filter(|(_, body)| !is_all_or_none(body));
    let found = distractors.filter_map(|(index, body)| Some((index, absolute_term(body)?)));
    let reason = |term| {
        format!("has \"{term}\", and the key has no such word: learners know that absolute statements are rarely true")
    };
    found.map(|(index, term)| Finding::in_body(index, reason(term))).collect()
}

/// The first word of a text that allows no exception. "All the servers", "all three" and "all at once" are about a few
/// known things, and "All Upfront" is a name.
fn absolute_term(body: &str) -> Option<String> {
    const KNOWN: [&str; 11] = ["the", "of", "at", "its", "their", "these", "those", "two", "three", "four", "five"];
    let mut words = words(body).enumerate().peekable();
    while let Some((index, word)) = words.next() {
        let lower = word.to_lowercase();
        let next = words.peek().map_or("", |(_, next)| next);
        let is_name = |word: &str| word.starts_with(char::is_uppercase);
        let is_harmless = lower == "all" && KNOWN.contains(&next) || is_name(word) && (index > 0 || is_name(next));
        if ABSOLUTE.contains(&lower.as_str()) && !is_harmless {
            return Some(lower);
        }
    }
    None
}

/// The words, and the parts of those with hyphens.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    words(text).flat_map(|word| word.split('-'))
}

/// A word of the stem in every right answer and in no wrong one.
pub fn repeated_word(item: &Item) -> Vec<Finding> {
    let roots = |text: &str| -> HashSet<String> { parts(text).map(root).collect() };
    let stem = roots(&item.stem);
    let wrong: HashSet<String> = item.distractors().flat_map(|(_, body)| roots(body)).collect();
    let right: Vec<HashSet<String>> = item.keys().map(|(_, body)| roots(body)).collect();
    let is_clue = |word: &&str| {
        let root = root(word);
        word.chars().count() >= 5
            && stem.contains(&root)
            && !wrong.contains(&root)
            && right.iter().all(|roots| roots.contains(&root))
            && !is_stop_word(word)
    };
    let first = item.keys().next().filter(|_| !wrong.is_empty());
    let clue = first.and_then(|(index, body)| Some((index, parts(body).find(is_clue)?)));
    let warn = |(index, word)| {
        Finding::in_body(
            index,
            format!("repeats \"{word}\" from the stem, and no distractor does: learners can match words"),
        )
    };
    clue.map(warn).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::{super::item::found, *};

    #[test]
    fn a_key_that_is_much_longer_is_found() {
        let long = "*Agility from resources that are available on demand";
        assert_eq!(found(longest, "Which?", &["Reach of many Regions", long, "Low cost"]), ["/answers/1/body"]);
        assert_eq!(found(longest, "Which?", &["*Elasticity", "Cost", "Speed"]), [""; 0]);
        assert_eq!(found(longest, "Which?", &["Durability of objects that are stored", long, "Low cost"]), [""; 0]);
    }

    #[test]
    fn several_keys_stand_out_only_together() {
        let long = "*Agility from resources that are available on demand";
        assert_eq!(
            found(longest, "Which?", &[long, "*Patching the guest operating system", "Reach"]),
            ["/answers/1/body"]
        );
        assert_eq!(found(longest, "Which?", &[long, "*Trust", "Reach", "Cost"]), [""; 0]);
    }

    #[test]
    fn absolute_terms_are_found_in_distractors() {
        let bad = ["*Data is kept for a day", "Data is always kept", "Data is kept by all customers", "Data is lost"];
        assert_eq!(found(absolute, "Which?", &bad), ["/answers/1/body", "/answers/2/body"]);
        let in_key = ["*Only metadata is kept", "Data is always kept", "Data is lost"];
        assert_eq!(found(absolute, "Which?", &in_key), [""; 0]);
    }

    #[test]
    fn harmless_uses_of_absolute_terms_pass() {
        for good in [
            "read-only copies",
            "All Upfront",
            "Pay All Upfront",
            "all the analysts",
            "All of the above",
            "all at once",
        ] {
            assert_eq!(found(absolute, "Which?", &["*a", "b", good]), [""; 0], "{good}");
        }
        assert_eq!(found(absolute, "Which?", &["*a", "b", "All data is lost"]), ["/answers/2/body"]);
    }

    #[test]
    fn a_word_that_only_stem_and_key_share_is_found() {
        let stem = "A company encrypts its volumes. Which service manages the keys?";
        assert_eq!(found(repeated_word, stem, &["Config", "*AWS Encryption Manager", "Macie"]), ["/answers/1/body"]);
        assert_eq!(found(repeated_word, stem, &["Config", "*Key Service of the company", "Macie"]), [""; 0]);
        assert_eq!(found(repeated_word, stem, &["Encryption-free copies", "*Encryption", "Macie"]), [""; 0]);
    }

    #[test]
    fn of_several_keys_all_must_have_the_word() {
        let stem = "Which duties are the customer's in the storage service?";
        let one = ["*Storage classes", "*Bucket policies", "Disks"];
        let both = ["*Storage classes", "*Storage policies", "Disks"];
        assert_eq!(found(repeated_word, stem, &one), [""; 0]);
        assert_eq!(found(repeated_word, stem, &both), ["/answers/0/body"]);
    }
}
