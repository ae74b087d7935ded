//! Small files of every format, each for one possible error of a reader, with the expected result.

use super::{
    model::{Found, Malformed},
    source::{Format, Source},
};
use crate::questions::{model::Content, validation};

/// The result of reading a file.
fn read(name: &str, format: Format, bytes: &[u8]) -> String {
    let found: Result<Vec<Found>, Malformed> =
        Source::new(format, bytes).and_then(|source| source.questions().collect());
    let told = |found: Found| match found.outcome {
        Err(reason) => format!("left out: {reason}"),
        Ok(item) => match validation::checked(item.content.clone()) {
            Ok(content) if content == item.content => [vec![shown(&content)], item.notes].concat().join("; "),
            other => format!("not in normal form: {other:?}"),
        },
    };
    match found {
        Ok(found) => found.into_iter().map(told).collect::<Vec<_>>().join(" | "),
        Err(malformed) => format!("refused: {name}: {malformed}"),
    }
}

/// `stem {+right -wrong (why)} explanation`
fn shown(content: &Content) -> String {
    let answers = content.answers.iter().map(|answer| {
        let why = if answer.rationale.is_empty() { String::new() } else { format!(" ({})", answer.rationale) };
        format!("{}{}{why}", if answer.is_correct { '+' } else { '-' }, answer.body)
    });
    let answers: Vec<String> = answers.collect();
    format!("{} {{{}}} {}", content.stem, answers.join(" "), content.explanation).trim_end().to_owned()
}

macro_rules! samples {
    ($($name:literal $format:ident $expected:expr,)*) => {
        [$(($name, Format::$format, include_bytes!($name).as_slice(), $expected)),*]
    };
}

#[test]
fn every_sample_is_read_correctly_or_reported() {
    const STEM: &str = "Which one stores objects?";
    let bucket = |stem: &str| format!("{stem} {{+the bucket store -the block store}}");
    let (first_of_two, first) = (bucket(STEM), bucket("First.\n\nSecond?\n\nThird."));
    let samples = samples![
        // Wrong keys.
        "tf-false-first-capitals.xml" MoodleXml "Ice is hot. {-True +False}",
        "two-full-marks.gift" Gift "left out: several answers earn the full mark",
        "partial-credit-with-full.gift" Gift "left out: gives partial credit",
        "rules-score-another-choice.xml" Qti "left out: has response rules with another key",
        // Silent loss of content.
        "angle-brackets.csv" Csv
            "What answers at https://&lt;bucket-name>.example.com/&lt;key>? {+the object store -the mail service} | \
             What does a List&lt;String> hold? {+texts -numbers} | \
             When is x&lt;y and y>z true? {-never +sometimes}",
        "angle-brackets-markdown.gift" Gift "Open https://&lt;region>.example.com {+List&lt;String> -none}",
        "data-image.xml" MoodleXml "left out: the question shows the picture \"data:image/png;base64,",
        "pluginfile-image.gift" Gift "left out: the question shows the picture \"@@PLUGINFILE@@/shape.png\"",
        "data-image.csv" Csv "left out: the question shows the picture \"data:image/png;base64,AA==\"",
        "old-image-element.xml" MoodleXml "left out: the question shows the picture \"shape.png\"",
        "media.xml" MoodleXml "left out: the question has a page in a frame, which no text can show",
        "form-controls.xml" MoodleXml "left out: the question has a form control, which no text can show",
        // Mangled meaning.
        "mathml.xml" MoodleXml "left out: the question has a formula in MathML",
        "superscript-letters.xml" MoodleXml "How many subsets has a set of k things? {+2^k -k² -2k}",
        "superscript-letters.gift" Gift "Growth of e^x against x\\_(max) and x⁽²⁾? {+faster -slower}",
        "code-lines.gift" Gift
            "What does this print?  \nn = 2  \nif n:  \n\u{a0}\u{a0}\u{a0}\u{a0}print(n) {+2 -nothing}",
        "line-breaks.aiken" Aiken "What does this print?  \nn = 2  \nprint(n) {+2 -nothing}",
        "nbsp-indent.xml" MoodleXml
            "What is printed?\n\nfor i in (1,2):  \n\u{a0}\u{a0}\u{a0}\u{a0}print(i)  \nprint(\"end\") {+one -two}",
        "rowspan.xml" MoodleXml
            "| zone | cost |\n| --- | --- |\n| north | 1 |\n| north | 2 |\n\nWhat costs 2? {+one -two}",
        "underline.gift" Gift "Which word is wrong? They *was* here and **are** gone. {+was -are}",
        "lettered-list.xml" MoodleXml "A. cold  \nB. warm\n\nWhich of A and B is ice? {+A -B}",
        "feedback-right-and-wrong.xml" Qti
            "Which one stores objects? {+the bucket store -the block store (No, read chapter 2.)} \
             Right, it keeps objects.",
        "text-after-interaction.xml" Qti first.as_str(),
        "hints-and-feedback.xml" MoodleXml
            "Which one stores objects? {+one -two}; its hints are left out: the bank has no place for them; \
             its feedback on right, partly right and wrong responses is left out: write it into the general feedback",
        // Rejected although valid.
        "tilde-equals.gift" Gift
            "Which one stores objects? {+the bucket store -the block store -the file share}",
        "blank-answer.xml" MoodleXml "Which one stores objects? {+the bucket -the disk}",
        "blank-answer.gift" Gift "Which one stores objects? {+the bucket -the disk}",
        "multiple-with-one-right.xml" Qti first_of_two.as_str(),
        "trailing-columns.csv" Csv "Which one? {+this -that}",
        "sep-line.csv" Csv "Which one? {+this -that}",
        "short-rows.csv" Csv "Which one? {+this -that}",
        "answer-with-text.aiken" Aiken "Which one? {-this +that}",
        "four-hashes-twice.gift" Gift "Which one? {+this (good ####1) -that (bad)} The last one counts.",
        "unused-file.xml" MoodleXml "Which one stores objects? {+the bucket -the disk}",
        "only-a-test-listed.zip" Qti first_of_two.as_str(),
        "manifest-in-folder.zip" Qti first_of_two.as_str(),
        // Unclear.
        "blackboard-pool.zip" Qti "refused: blackboard-pool.zip: imsmanifest.xml, line 1: lists no item",
        "essay-reason.xml" Qti "left out: is an extendedTextInteraction (an essay)",
        "hash-colors.gift" Gift "left out: answer 1 is blank: its # begins feedback; write \\# for a # in a text",
    ];
    assert_eq!(samples.len(), 39);
    for (name, format, bytes, expected) in samples {
        let read = read(name, format, bytes);
        let is_part = ["left out: ", "refused: "].iter().any(|told| expected.starts_with(told));
        assert!(read == expected || (is_part && read.starts_with(expected)), "{name}:\n{read}\nis not\n{expected}");
    }
}

/// More of the same kinds. Each is `=== format`, the file, `---`, and the result, where … stands for more words.
#[test]
fn more_samples_are_read_correctly_or_reported() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/interchange/samples/variants.txt");
    let text = std::fs::read_to_string(path).unwrap();
    let mut wrong = Vec::new();
    for variant in text.split("\n=== ").skip(1) {
        let (format, variant) = variant.split_once('\n').unwrap();
        let (file, expected) = variant.split_once("\n---\n").unwrap();
        let read = read("file", format.parse().unwrap(), file.as_bytes());
        let is_right = match expected.trim_end().split_once('…') {
            Some((begin, end)) => read.starts_with(begin) && read.ends_with(end),
            None => read == expected.trim_end(),
        };
        if !is_right {
            wrong.push(format!("{format}: {file}\nis\n{read}\nnot\n{expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
