//! Every question that the bank can store survives a round trip through every format, except for what the format has no
//! place for: the table in `docs/formats.md` lists the same exceptions.

use std::io::Cursor;

use proptest::{prelude::*, sample::select};

use super::{
    aiken, csv, gift, json,
    model::{ExamHead, Export, Found},
    moodle, qti,
    source::{Format, Source},
};
use crate::{
    exams::messages::ExamBody,
    markdown,
    questions::{
        model::{
            AnswerContent, Content,
            QuestionKind::{self, Matching, MultipleResponse, Ordering, SingleChoice},
            QuestionStatus, Reference,
        },
        validation,
    },
};

/// A file with one question, or why the format cannot represent it.
fn written(format: Format, question: &Export) -> Result<Vec<u8>, String> {
    let exam = ExamHead { code: "clf-c02".into(), name: "Practitioner".into() };
    macro_rules! write {
        ($writer:expr) => {{
            let mut writer = $writer.unwrap();
            match writer.add(question).unwrap() {
                Some(reason) => return Err(reason),
                None => writer.finish().unwrap(),
            }
        }};
    }
    Ok(match format {
        Format::Gift => write!(gift::Writer::new(Vec::new(), &exam)),
        Format::Aiken => write!(aiken::Writer::new(Vec::new(), &exam)),
        Format::MoodleXml => write!(moodle::Writer::new(Vec::new(), &exam)),
        Format::Csv => write!(csv::Writer::new(Vec::new(), &exam)),
        Format::Qti => write!(qti::Writer::new(Cursor::new(Vec::new()), &exam)).into_inner(),
        Format::Json => write!(json::Writer::new(Vec::new(), &exam_body(), QuestionStatus::Draft)),
    })
}

fn exam_body() -> ExamBody {
    let bank: serde_json::Value = serde_json::from_str(include_str!("../../seed_data/clf-c02.json")).unwrap();
    serde_json::from_value(bank["exam"].clone()).unwrap()
}

fn export(key: String, content: Content) -> Export {
    let upkeep = crate::questions::upkeep::Upkeep::default();
    Export { key, domain: (1, "Cloud".into()), task: None, content, upkeep }
}

fn read(format: Format, file: &[u8]) -> Result<Content, String> {
    let source = Source::new(format, file).map_err(|malformed| malformed.to_string())?;
    let found: Vec<_> = source.questions().collect::<Result<_, _>>().map_err(|malformed| malformed.to_string())?;
    match <[_; 1]>::try_from(found) {
        Ok([found]) => found.outcome.map(|item| item.content),
        Err(found) => Err(format!("{} questions", found.len())),
    }
}

/// The part of a question that a format can represent.
fn carried(format: Format, mut content: Content) -> Content {
    match format {
        Format::Gift if content.kind == Matching => {
            for answer in &mut content.answers {
                answer.rationale.clear();
                answer.match_body =
                    answer.match_body.take().map(|text| markdown::from_plain(&markdown::to_plain(&text)));
            }
        }
        Format::Aiken => {
            let plain = |text: &str| markdown::from_plain(markdown::to_plain(text).trim());
            content.stem = plain(&content.stem);
            (content.explanation, content.references, content.tags) = Default::default();
            content.difficulty = 3;
            for answer in &mut content.answers {
                answer.body = plain(&answer.body);
                answer.rationale.clear();
            }
        }
        _ => {}
    }
    content
}

const DOCUMENTATION: &str = include_str!("../../docs/formats.md");

/// Words of the reasons why a format leaves questions out, as in its row of the documentation.
fn reasons(format: Format) -> &'static [&'static str] {
    match format {
        Format::Gift => &["ordering", "->"],
        Format::Aiken => &["single_choice", "one line", "as an answer"],
        Format::MoodleXml => &["255 characters"],
        _ => &[],
    }
}

fn is_documented(format: Format, reason: &str) -> bool {
    reasons(format).iter().any(|known| reason.contains(known))
}

#[test]
fn the_documentation_names_every_reason() {
    for format in [Format::Gift, Format::Aiken, Format::MoodleXml, Format::Qti, Format::Csv, Format::Json] {
        let begin = format!("| `{format}` |");
        let rows = || DOCUMENTATION.lines().filter(|line| line.starts_with(&begin));
        for reason in reasons(format) {
            assert!(rows().any(|row| row.contains(reason)), "{format}: {reason}");
        }
    }
}

fn check(question: &Export) -> Result<(), TestCaseError> {
    for format in [Format::Gift, Format::Aiken, Format::MoodleXml, Format::Csv, Format::Qti, Format::Json] {
        match written(format, question) {
            Err(reason) => prop_assert!(is_documented(format, &reason), "{} left out: {}", format, reason),
            Ok(file) => {
                let carried = carried(format, question.content.clone());
                prop_assert_eq!(read(format, &file), Ok(carried), "{}", format);
            }
        }
    }
    Ok(())
}

/// Parts of texts that some format or reader could interpret as syntax.
const PARTS: [&str; 84] = [
    "word",
    "a b",
    " ",
    "  \n",
    "\n\n",
    "\n",
    "*em*",
    "**strong**",
    "~~out~~",
    "`code`",
    "`a < b`",
    "``a`b``",
    "\n\n```\nx = 1\n\n    y\n```\n\n",
    "\n\n```sh\nls -l\n```\n\n",
    "\n\n- one\n- two\n\n",
    "\n\n1. one\n2. two\n\n",
    "\n\n- a\n  - b\n\n",
    "\n\n3. three\n\n",
    "\n\n> quote\n\n",
    "\n\n## Head\n\n",
    "\n\n***\n\n",
    "\n\n| a | b |\n| --- | ---: |\n| 1 | `2` |\n\n",
    "[link](https://a.b/?c=d&e=f)",
    "![image](https://a.b/c.png)",
    "<https://a.b>",
    "https://a.b/c_d*e",
    "me@a.b",
    "&lt;b>",
    "&lt;bucket-name>",
    "&amp;",
    "&nbsp;",
    "\u{a0}",
    "  \n\u{a0}\u{a0}\u{a0}\u{a0}",
    "\u{3000}",
    "\u{200b}",
    "x²",
    "2^k",
    "x_1",
    "$a_1$",
    "\\(x\\)",
    "$$\\frac{1}{2}$$",
    "a^(b_c)",
    "A\u{305}",
    "\n\n> | a |\n> | --- |\n> | `x y` |\n\n",
    "[Note]: text",
    "`a`  \n`b`",
    "\\",
    "\\\\",
    "\\n",
    "#",
    "####",
    "~",
    "=",
    "~=",
    "{",
    "}",
    ":",
    "::",
    "->",
    "%50%",
    "%",
    "[html]",
    "[x]",
    "[",
    "]",
    "//",
    "// [id:x]",
    "A. ",
    "A) ",
    "ANSWER: B",
    "'",
    "'=",
    "=1+1",
    "-",
    "+",
    "@",
    "\"",
    ",",
    ";",
    "]]>",
    "é",
    "🦀",
    "T",
    "TRUE",
];

fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![5 => select(&PARTS[..]).prop_map(str::to_owned), 1 => "\\PC{1,3}", 1 => "[a-z]{1,4}"];
    prop::collection::vec(part, 0..8).prop_map(|parts| markdown::clean(&parts.concat()))
}

fn question() -> impl Strategy<Value = Export> {
    let kinds = select(vec![SingleChoice, MultipleResponse, Ordering, Matching]);
    let answers = prop::collection::vec((text(), text(), text(), any::<bool>()), 2..6);
    let references = prop::collection::vec((text(), "https://[a-z]{1,5}\\.org/[a-z?=]{0,5}"), 0..2);
    let tags = prop::collection::btree_set("[a-z0-9]{1,5}", 0..3);
    (kinds, text(), text(), answers, references, tags, 1..=5).prop_filter_map(
        "a question that the bank can hold",
        |(kind, stem, explanation, parts, references, tags, difficulty)| {
            let answer =
                |(index, (body, rationale, matched, flag))| answer(kind, index, body, rationale, matched, flag);
            let references = references.into_iter().map(|(title, url)| Reference { title, url }).collect();
            let answers = parts.into_iter().enumerate().map(answer).collect();
            let tags = tags.into_iter().collect();
            let content = Content { kind, stem, explanation, references, tags, difficulty, answers };
            let content = validation::checked(content).ok()?;
            Some(export("k-1".into(), content))
        },
    )
}

fn answer(
    kind: QuestionKind,
    index: usize,
    body: String,
    rationale: String,
    matched: String,
    flag: bool,
) -> AnswerContent {
    let is_correct = match kind {
        SingleChoice => index == 1,
        MultipleResponse => index < 2 || (flag && index > 2),
        Ordering => true,
        Matching => index < 2 || flag,
    };
    let body =
        if kind == Matching && !is_correct { String::new() } else { markdown::clean(&format!("{body} {index}")) };
    let match_body = (kind == Matching).then(|| markdown::clean(&format!("{matched} m{index}")));
    AnswerContent { body, is_correct, rationale, match_body }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_question_survives_a_round_trip_through_every_format(question in question()) {
        check(&question)?;
    }
}

#[test]
fn the_bundled_banks_survive_a_round_trip_through_every_format() {
    let mut count = 0;
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/seed_data")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for found in json::read(&text) {
            let Ok(item) = found.unwrap().outcome else { continue };
            let content = validation::checked(item.content).unwrap();
            let question = export(item.key.unwrap_or_default(), content);
            if let Err(error) = check(&question) {
                panic!("{}: {error}", question.key);
            }
            count += 1;
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn the_samples_survive_a_round_trip_through_every_format() {
    let mut count = 0;
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/interchange/samples")).unwrap() {
        let path = file.unwrap().path();
        let (name, bytes) = (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap());
        let Some(format) = Format::guess(&name, &bytes) else { continue };
        let source = Source::new(format, &bytes).unwrap();
        for found in source.questions() {
            let Ok(Found { outcome: Ok(item), .. }) = found else { continue };
            if let Err(error) = check(&export(name.clone(), validation::checked(item.content).unwrap())) {
                panic!("{name}: {error}");
            }
            count += 1;
        }
    }
    assert!(count > 25, "{count}");
}
