//! Words and sentences of English text.

use std::borrow::Cow;

use crate::characters::shown;

/// The words: runs of letters and digits, with the hyphens and apostrophes inside them.
pub fn words(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '\'' | '’');
    text.split(move |c| !is_word(c))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|w| !w.is_empty())
}

/// The words in lower case.
pub fn lower_words(text: &str) -> Vec<String> {
    words(text).map(str::to_lowercase).collect()
}

/// A text without differences in case, white space, hidden characters and the punctuation at the edges of words.
/// Signs within words and signs such as `+` and `<` stay.
pub fn normal(text: &str) -> String {
    let text = if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(shown(text)) };
    let edge = |c: char| ".,;:!?\"'“”‘’()[]…".contains(c);
    let words = text.split_whitespace().map(|word| word.trim_matches(edge)).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The sentences, trimmed. They end at a full stop, question or exclamation mark before white space, and at empty
/// lines.
pub fn sentences(text: &str) -> Vec<&str> {
    let closes = |c: char| "*_\"'”’)".contains(c);
    let mut sentences = Vec::new();
    let mut start = 0;
    for (index, mark) in text.match_indices(['.', '?', '!', '？', '。', '\n']) {
        let end = index + mark.len();
        let rest = text.get(end..).unwrap_or_default();
        let after = rest.trim_start_matches(closes);
        let ends = if mark == "\n" {
            rest.trim_start_matches([' ', '\t', '\r']).starts_with('\n')
        } else {
            after.is_empty() || after.starts_with(char::is_whitespace) || matches!(mark, "？" | "。")
        };
        if ends {
            let end = if mark == "\n" { end } else { text.len() - after.len() };
            sentences.push(text.get(start..end).unwrap_or_default().trim());
            start = end;
        }
    }
    sentences.push(text.get(start..).unwrap_or_default().trim());
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

/// Whether a sentence tells how to answer, as "(Choose two.)" does.
pub fn is_instruction(sentence: &str) -> bool {
    let sentence = sentence.trim_start_matches(|c: char| !c.is_alphanumeric());
    // "From the list, select …": the verb opens the sentence or a part of it.
    sentence.split([',', ':', '(']).any(|part| words(part).next().is_some_and(is_imperative))
}

/// Whether a word can begin a task.
fn is_imperative(word: &str) -> bool {
    const VERBS: &str = "answer arrange assign associate calculate choose classify complete decide determine drag fill \
        find give identify indicate list mark match name order pair pick place put rank select sort state tick";
    VERBS.split_whitespace().any(|verb| word.eq_ignore_ascii_case(verb))
}

/// The sentence that asks: the last one with a question mark, or else the last that is not just an instruction.
pub fn asking(text: &str) -> &str {
    let sentences = sentences(text);
    let asks = |sentence: &&&str| is_question(sentence);
    let tells = |sentence: &&&str| !is_instruction(sentence);
    let last = sentences.iter().rfind(asks).or_else(|| sentences.iter().rfind(tells)).or(sentences.last());
    last.copied().unwrap_or_default()
}

/// Whether a sentence ends with a question mark.
pub fn is_question(sentence: &str) -> bool {
    sentence.trim_end_matches(['*', '_', '"', '\'', '”', '’', ')', ' ']).ends_with(['?', '？'])
}

/// A word without its ending, so that forms of one word are the same: "encrypts", "encrypted" and "encryption".
pub fn root(word: &str) -> String {
    const ENDINGS: [&str; 14] =
        ["ations", "ation", "ings", "ions", "ing", "ion", "ies", "ied", "ed", "es", "ly", "s", "e", "y"];
    let word = word.to_lowercase();
    let word = word.trim_end_matches("'s").trim_end_matches("’s");
    let cut = ENDINGS.iter().filter_map(|ending| word.strip_suffix(ending)).find(|rest| rest.chars().count() >= 4);
    cut.unwrap_or(word).to_owned()
}

/// Whether a word says nothing about the topic of a question: function words, and the people and services that appear
/// in the stems of all exams.
pub fn is_stop_word(word: &str) -> bool {
    const WORDS: &str = "about above across after again against along among another because before being below between \
        cannot could during either every first following having instead itself least might neither never often other \
        others rather shall should since still their theirs themselves there these those through three under until \
        using where whether which while whose within without would always needs several \
        business company customer organization service";
    let root = root(word);
    WORDS.split_whitespace().any(|stop| self::root(stop) == root)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_keep_hyphens_and_apostrophes_inside_them() {
        let found: Vec<&str> = words("A read-only copy -- isn't it? 'Yes', **S3**!").collect();
        assert_eq!(found, ["A", "read-only", "copy", "isn't", "it", "Yes", "S3"]);
    }

    #[test]
    fn normal_texts_keep_signs_that_tell_answers_apart() {
        assert_eq!(normal("  Amazon\tS3, (fast). "), "amazon s3 fast");
        assert_eq!(normal("C++ < -1"), "c++ < -1");
        assert_eq!(normal("..."), "");
    }

    #[test]
    fn sentences_end_at_marks_before_space_and_at_empty_lines() {
        let text = "Version 1.2 is out. *Which?* (Choose two.)\n\nA list\nof things";
        assert_eq!(sentences(text), ["Version 1.2 is out.", "*Which?*", "(Choose two.)", "A list\nof things"]);
        assert_eq!(sentences("どれ？答え。"), ["どれ？", "答え。"]);
        assert_eq!(sentences(" "), [""; 0]);
    }

    #[test]
    fn the_asking_sentence_is_the_last_question() {
        assert_eq!(asking("It fails. Which is it? (Choose two.)"), "Which is it?");
        assert_eq!(asking("It is not so. All are right EXCEPT:"), "All are right EXCEPT:");
        assert_eq!(asking("A benefit of S3 is\n\nChoose one."), "A benefit of S3 is");
        assert_eq!(asking("Choose two."), "Choose two.");
        assert_eq!(asking(""), "");
    }

    #[test]
    fn instructions_begin_with_a_verb() {
        for good in
            ["(Choose two.)", "Put the steps in order.", "From the list, select one.", "Which are right (pick 2)?"]
        {
            assert!(is_instruction(good), "{good}");
        }
        assert!(!is_instruction("The team must choose a Region."));
    }

    #[test]
    fn roots_are_those_of_all_forms() {
        assert_eq!(["encrypt", "encrypts", "Encrypted", "encryption"].map(root), ["encrypt"; 4]);
        assert_eq!(["policy", "policies", "policy's"].map(root), ["polic"; 3]);
        assert_eq!(["database", "databases"].map(root), ["databas"; 2]);
        assert_ne!(root("server"), root("service"));
        assert!(is_stop_word("Companies") && is_stop_word("without") && !is_stop_word("storage"));
    }

    proptest! {
        #[test]
        fn no_text_is_lost_or_makes_the_splitter_panic(text in "[a-z.?! \n*(é？]{0,60}") {
            let all: String = sentences(&text).concat();
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&all), letters(&text));
        }
    }
}
