//! Rules about the stem.

use super::{
    item::{Finding, Item},
    text::{asking, is_instruction, is_question, sentences, words},
};
use crate::questions::model::QuestionKind;

/// A stem that is neither a question nor an incomplete sentence. True/false statements are neither, and fine.
pub fn unclear(item: &Item) -> Vec<Finding> {
    let stem = item.stem.trim();
    if stem.is_empty() || item.is_true_or_false() || asks(stem) || is_to_be_completed(stem) {
        return Vec::new();
    }
    vec![Finding::at(
        "/stem",
        "does not end in a question: end it with one, or with a sentence that the answers complete",
    )]
}

/// Whether it ends with a question or a task. Code, a figure or a list may follow in its own paragraph.
fn asks(stem: &str) -> bool {
    let ends_so = |paragraph| {
        let last = sentences(paragraph).into_iter().rfind(|sentence| !sentence.starts_with('('));
        last.is_some_and(|sentence| is_question(sentence) || is_instruction(sentence))
    };
    stem.split("\n\n").any(ends_so)
}

/// Whether it has a blank, or breaks off where the answers continue.
fn is_to_be_completed(stem: &str) -> bool {
    const OPEN: &str = "a an and are as at be because by can for from in is must of on or should that the to was were \
        will with";
    let is_open = |word: &str| OPEN.split_whitespace().any(|open| word.eq_ignore_ascii_case(open));
    let breaks_off = stem.ends_with(char::is_alphanumeric) && words(stem).next_back().is_some_and(is_open);
    breaks_off || stem.contains("__") || stem.ends_with([':', '：', '…']) || stem.ends_with("...")
}

/// A negation in the sentence that asks, in lower case and without emphasis.
pub fn negative(item: &Item) -> Vec<Finding> {
    let sentence = without_emphasis(asking(&item.content.stem));
    let reason = |word| {
        format!("is a negative question, and \"{word}\" is easily missed: ask a positive question, or write **NOT**")
    };
    negation(&sentence).map(|word| Finding::at("/stem", reason(word))).into_iter().collect()
}

/// The word that negates the question, if there is one and it is not in capitals.
fn negation(sentence: &str) -> Option<&str> {
    // A negation after these words describes the situation, not what is asked for.
    const SITUATION: &str =
        "although as because but how if since so that to unless until when where while who whose why without";
    // "The least likely" asks for a wrong answer, so it negates; "the least cost" asks for a right one.
    const QUALITIES: &str =
        "accurate appropriate effective helpful important likely probable relevant suitable suited true useful";
    let among = |list: &str, word: &str| list.split(' ').any(|listed| word.eq_ignore_ascii_case(listed));
    let mut in_question = true;
    let mut words = words(sentence).peekable();
    while let Some(word) = words.next() {
        let next = words.peek().copied().unwrap_or_default();
        in_question &= !among(SITUATION, word);
        let negates = match word.to_lowercase().as_str() {
            "except" => true,
            "least" => among(QUALITIES, next),
            "not" => in_question && next != "only",
            other => in_question && (other == "cannot" || other.ends_with("n't") || other.ends_with("n’t")),
        };
        if negates && word != word.to_uppercase() {
            return Some(word);
        }
    }
    None
}

/// A text without its emphasized parts.
fn without_emphasis(markdown: &str) -> String {
    let mut kept = String::new();
    let mut rest = markdown;
    while let Some(start) = rest.find(['*', '_']) {
        let (before, marked) = rest.split_at(start);
        kept += before;
        let length = marked.len() - marked.trim_start_matches(['*', '_']).len();
        let (mark, inner) = marked.split_at(length);
        // An emphasized negation is short, so the search for its end is limited.
        let near = inner.char_indices().nth(100).map_or(inner, |(end, _)| inner.get(..end).unwrap_or_default());
        let closes = |(end, _): &(usize, &str)| {
            near.get(..*end).is_some_and(|text| text.ends_with(|c: char| !c.is_whitespace()))
        };
        let opens = inner.starts_with(|c: char| !c.is_whitespace());
        let end = near.match_indices(mark).find(closes).filter(|_| opens).map(|(end, _)| end + mark.len());
        kept.push(' ');
        rest = inner.get(end.unwrap_or(0)..).unwrap_or_default();
    }
    kept + rest
}

/// The number of answers to choose, if it is missing or wrong.
pub fn choose_count(item: &Item) -> Vec<Finding> {
    let keys = item.keys().count();
    let (told, asked) = (told_count(&item.stem), asked_count(&item.stem));
    let said = match item.content.kind {
        QuestionKind::MultipleResponse => told.or(asked),
        // "Which two services" may be one answer.
        QuestionKind::SingleChoice => told.or(Some(keys)),
        QuestionKind::Ordering | QuestionKind::Matching => return Vec::new(),
    };
    let reason = match said {
        Some(said) if said == keys => return Vec::new(),
        Some(said) => format!("says to choose {said}, but the key has {keys}"),
        None => {
            let number = NUMBERS.get(keys).map_or_else(|| keys.to_string(), |word| (*word).to_owned());
            format!("does not say how many answers to choose: add \"(Choose {number}.)\"")
        }
    };
    vec![Finding::at("/stem", reason)]
}

const NUMBERS: [&str; 11] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

fn number(word: &str) -> Option<usize> {
    NUMBERS.iter().position(|number| number.eq_ignore_ascii_case(word)).or_else(|| word.parse().ok())
}

/// The number in "Choose two", "Select the 2 best" or "(two answers)".
fn told_count(stem: &str) -> Option<usize> {
    let told = |sentence: &str| {
        let words: Vec<&str> = words(sentence).collect();
        let of_answers = words.windows(3).find_map(|three| match three {
            [count, next, after] if is_answers(next) || is_answers(after) => number(count),
            _ => None,
        });
        let of_answers = of_answers.or_else(|| match words.as_slice() {
            [.., count, last] if is_answers(last) => number(count),
            _ => None,
        });
        let verb = words.iter().position(|word| is_choosing(word)).filter(|_| is_instruction(sentence));
        of_answers.or_else(|| words.iter().skip(verb? + 1).take(3).find_map(|word| number(word)))
    };
    sentences(stem).into_iter().rev().find_map(told)
}

/// The number in "Which two".
fn asked_count(stem: &str) -> Option<usize> {
    let words: Vec<&str> = words(asking(stem)).collect();
    words.windows(2).find_map(|pair| match pair {
        [which, count] if ["which", "what"].iter().any(|word| which.eq_ignore_ascii_case(word)) => number(count),
        _ => None,
    })
}

fn is_choosing(word: &str) -> bool {
    const VERBS: &str = "choose select pick mark identify name tick give indicate";
    VERBS.split(' ').any(|verb| word.eq_ignore_ascii_case(verb))
}

fn is_answers(word: &str) -> bool {
    matches!(word.to_lowercase().as_str(), "answers" | "options" | "choices" | "answer" | "option" | "choice")
}

#[cfg(test)]
mod tests {
    use super::{super::item::found, *};

    const THREE: [&str; 3] = ["*a", "b", "c"];

    #[test]
    fn stems_that_ask_or_go_on_are_clear() {
        for good in [
            "Which service fits?",
            "Which service fits? (Choose two.)",
            "**Which service fits?**",
            "Which fits? Select the best.",
            "What does this print?\n\n```\nprint(1)\n```",
            "The service for queues is:",
            "The service for queues is",
            "A ___ holds objects.",
            "Put the steps in order.",
            "For each service, choose its use.",
            "どれですか？",
        ] {
            assert_eq!(found(unclear, good, &THREE), [""; 0], "{good}");
        }
        assert_eq!(found(unclear, "Amazon S3 stores objects.", &["*True", "False"]), [""; 0]);
    }

    #[test]
    fn stems_that_only_state_are_not_clear() {
        for bad in
            ["Amazon S3.", "Why? The company wants to know.", "Benefits of the cloud. (Choose two.)", "Amazon S3"]
        {
            assert_eq!(found(unclear, bad, &THREE), ["/stem"], "{bad}");
        }
    }

    #[test]
    fn negations_need_emphasis() {
        for bad in [
            "Which of these is not secure?",
            "Which services don't scale? (Choose two.)",
            "It runs. All are benefits except:",
            "Which is the least likely cause?",
            "Which *service* is not *managed*?",
            "Which service cannot scale?",
        ] {
            assert_eq!(found(negative, bad, &THREE), ["/stem"], "{bad}");
            let emphasized = ["not", "don't", "except", "least", "cannot"].iter().fold(bad.to_owned(), |stem, word| {
                stem.replace(&format!(" {word} "), &format!(" **{word}** "))
                    .replace(&format!(" {word}:"), &format!(" **{word}**:"))
            });
            assert_eq!(found(negative, &emphasized, &THREE), [""; 0], "{emphasized}");
            assert_eq!(found(negative, &bad.to_uppercase(), &THREE), [""; 0], "{bad}");
        }
    }

    #[test]
    fn negations_of_the_situation_are_fine() {
        for good in [
            "It does not scale. Which service does?",
            "Which service keeps data that is not read?",
            "Which option costs the least?",
            "Which needs at least two Zones?",
            "Which grants the least privilege?",
            "Why can the server not be reached?",
            "Which is not only fast but cheap?",
            "Which service fits if nobody can't wait?",
        ] {
            assert_eq!(found(negative, good, &THREE), [""; 0], "{good}");
        }
    }

    #[test]
    fn the_number_of_keys_is_stated() {
        let two = ["*a", "*b", "c"];
        for good in [
            "Which are right? (Choose two.)",
            "Which are right? Select the TWO best.",
            "Which are right (pick exactly 2)?",
            "Which two are right?",
            "Which are right? Two answers are correct.",
            "Name a key for three users. Which are right? There are 2 correct answers",
        ] {
            assert_eq!(found(choose_count, good, &two), [""; 0], "{good}");
        }
        for bad in ["Which are right?", "Which are right? (Choose all that apply.)", "Which are right? (Choose three.)"]
        {
            assert_eq!(found(choose_count, bad, &two), ["/stem"], "{bad}");
        }
    }

    #[test]
    fn the_one_key_needs_no_number_but_no_other_either() {
        assert_eq!(found(choose_count, "Which is right? (Choose two.)", &THREE), ["/stem"]);
        for good in
            ["Which is right?", "Choose one.", "Which two form the pair?", "Users select two Regions. What happens?"]
        {
            assert_eq!(found(choose_count, good, &THREE), [""; 0], "{good}");
        }
    }

    #[test]
    fn emphasis_is_cut_out_and_other_marks_are_not() {
        let cut = |text| without_emphasis(text).split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(cut("a **b** c _d_ e"), "a c e");
        assert_eq!(cut("2 * 3 * 4"), "2 3 4");
        assert_eq!(cut("*open"), "open");
        assert_eq!(cut("é*ü*é"), "é é");
    }
}
