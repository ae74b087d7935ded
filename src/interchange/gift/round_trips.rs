//! Reading exported files, and files that were not exported.

use proptest::{collection::vec, option, prelude::*};

use super::*;
use crate::{
    interchange::{
        labels,
        model::{ExamHead, Export, Found},
    },
    markdown,
    questions::{
        model::{
            AnswerContent, Content,
            QuestionKind::{self, Matching, MultipleResponse, Ordering, SingleChoice},
            Reference,
        },
        upkeep::Upkeep,
    },
};

fn exam() -> ExamHead {
    ExamHead { code: "clf-c02".into(), name: "Cloud Practitioner".into() }
}

fn answer(body: &str, is_correct: bool, rationale: &str) -> AnswerContent {
    AnswerContent { body: body.into(), is_correct, rationale: rationale.into(), match_body: None }
}

fn export(kind: QuestionKind, answers: Vec<AnswerContent>) -> Export {
    let content = Content {
        kind,
        stem: "Which?".into(),
        explanation: String::new(),
        references: vec![],
        tags: vec![],
        difficulty: 3,
        answers,
    };
    Export { key: "q1".into(), domain: (1, "Storage".into()), task: None, content, upkeep: Upkeep::default() }
}

fn written(questions: &[Export]) -> (String, Vec<Option<String>>) {
    let mut writer = Writer::new(Vec::new(), &exam()).unwrap();
    let reasons = questions.iter().map(|question| writer.add(question).unwrap()).collect();
    (String::from_utf8(writer.finish().unwrap()).unwrap(), reasons)
}

#[test]
fn a_file_looks_as_moodle_writes_it() {
    let mut first = export(SingleChoice, vec![answer("%5 & =", true, "yes: \\"), answer("[x]\n\n~", false, "")]);
    first.content.explanation = "Because.".into();
    first.content.tags = vec!["s3]".into()];
    let mut second = export(MultipleResponse, [true, true, false, true].map(|right| answer("a", right, "so")).into());
    second.domain.1 = "In/out/".into();
    let pair = |body: &str, matched: &str| AnswerContent {
        match_body: Some(matched.into()),
        ..answer(body, !body.is_empty(), "")
    };
    let third = export(Matching, vec![pair("a", "1 -> 2"), pair("", "3")]);
    let (file, reasons) = written(&[first, second, Export { domain: (1, "In/out/".into()), ..third }]);
    assert_eq!(reasons, [None, None, None]);
    let expected = "\
$CATEGORY: $course$/top/clf-c02/1 Storage

// [id:q1] [tag:s3\\]] [tag:difficulty:3]
[markdown]Which?{
\t=[markdown]%5 & \\=#yes\\: \\\\
\t~[markdown][x]\\n\\n\\~
\t####Because.
}

$CATEGORY: $course$/top/clf-c02/1 In//out// \n
// [id:q1] [tag:difficulty:3]
[markdown]Which?{
\t~%33.33333%a#so
\t~%33.33333%a#so
\t~%-100%a#so
\t~%33.33333%a#so
}

// [id:q1] [tag:difficulty:3]
[markdown]Which?{
\t=a -> 1 -> 2
\t= -> 3
}

";
    assert_eq!(file, expected);
}

#[test]
fn what_gift_cannot_hold_is_left_out_with_the_reason() {
    let ordering = export(Ordering, vec![answer("a", true, ""), answer("b", true, "")]);
    let arrow = export(Matching, vec![AnswerContent { match_body: Some("1".into()), ..answer("a -> b", true, "") }]);
    let good = export(SingleChoice, vec![answer("a", true, ""), answer("b", false, "")]);
    let key = Export { key: "a\nb".into(), ..good.clone() };
    let mut tag = good;
    tag.content.tags = vec!["a\rb".into()];
    let (file, reasons) = written(&[ordering, arrow, key, tag]);
    assert_eq!(file, "");
    for (reason, part) in reasons.into_iter().zip(["ordering", "->", "line breaks", "line breaks"]) {
        assert!(reason.as_ref().is_some_and(|reason| reason.contains(part)), "{reason:?}");
    }
}

/// Any text that the bank can store, rich in characters with a meaning in GIFT.
fn text() -> impl Strategy<Value = String> {
    let pieces = "([~=#{}:%>-]|\\\\|\\[html\\]|//|\n|\\$CATEGORY:|####|::|TRUE|\\PC| ){0,10}";
    pieces.prop_map(|text| markdown::clean(text.trim()).trim().to_owned())
}

fn label() -> impl Strategy<Value = String> {
    "([\\[\\]\\\\:]|\\PC){1,8}"
        .prop_map(|text| text.trim().to_owned())
        .prop_filter("is not empty", |text| !text.is_empty() && !text.starts_with("difficulty:"))
}

fn answers(kind: QuestionKind) -> BoxedStrategy<Vec<AnswerContent>> {
    let choice = |is_correct| {
        (text(), text()).prop_map(move |(body, rationale)| AnswerContent {
            body: if body.is_empty() { "x".into() } else { body },
            is_correct,
            rationale,
            match_body: None,
        })
    };
    let pair = |is_correct| {
        (text(), "([=~#{} >-]|\\PC){1,8}").prop_map(move |(body, matched)| AnswerContent {
            body: if is_correct { format!("x{body}") } else { String::new() },
            is_correct,
            rationale: String::new(),
            match_body: Some(markdown::from_plain(if matched.trim().is_empty() { "y" } else { matched.trim() })),
        })
    };
    let (right, wrong) = match kind {
        Matching => (vec(pair(true), 1..5).boxed(), vec(pair(false), 0..3).boxed()),
        MultipleResponse => (vec(choice(true), 2..9).boxed(), vec(choice(false), 1..5).boxed()),
        _ => (vec(choice(true), 1..2).boxed(), vec(choice(false), 1..5).boxed()),
    };
    (right, wrong).prop_map(|(right, wrong)| [right, wrong].concat()).prop_shuffle().boxed()
}

fn content() -> impl Strategy<Value = Content> {
    let kinds = prop::sample::select(vec![SingleChoice, MultipleResponse, Matching]);
    let reference = "[A-Z][a-z]{1,5} [a-z]{1,5}"
        .prop_map(|title| Reference { url: format!("https://example.org/{}#x", title.len()), title });
    let tags = vec(label(), 0..4)
        .prop_filter("each tag once", |tags| tags.iter().enumerate().all(|(index, tag)| !tags[..index].contains(tag)));
    let answers = kinds.prop_flat_map(|kind| (Just(kind), answers(kind)));
    (text(), text(), vec(reference, 0..3), tags, 1..=5, answers).prop_map(
        |(stem, explanation, references, tags, difficulty, (kind, answers))| Content {
            kind,
            stem,
            explanation,
            references,
            tags,
            difficulty,
            answers,
        },
    )
}

fn question() -> impl Strategy<Value = Export> {
    let task = option::of(("[0-9.]{1,3}", "[/ ]?\\PC{1,8}[/ ]?"));
    (label(), 1..9_i32, "[/ ]?\\PC{0,8}[/ ]?", task, content()).prop_map(|(key, number, name, task, content)| Export {
        key,
        domain: (number, name),
        task,
        content,
        upkeep: Upkeep::default(),
    })
}

/// Whether converting the texts by Markdown alone leaves them unchanged.
fn is_settled(question: &Export) -> bool {
    let Content { kind, stem, answers, explanation, references, .. } = &question.content;
    let is_clean = |text: &str| markdown::clean(text).trim() == text;
    let is_plain = |text: &str| *kind != Matching || markdown::from_plain(markdown::to_plain(text).trim()) == text;
    let (above, below) = labels::split_explanation(&markdown::clean(&labels::explanation(explanation, references)));
    is_clean(stem)
        && (&above, &below) == (explanation, references)
        && answers.iter().all(|answer| {
            is_clean(&answer.body)
                && is_clean(&answer.rationale)
                && is_plain(answer.match_body.as_deref().unwrap_or_default())
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn written_questions_round_trip(questions in vec(question().prop_filter("is Markdown", is_settled), 1..4)) {
        let (file, reasons) = written(&questions);
        let kept = questions.iter().zip(&reasons).filter(|(_, reason)| reason.is_none());
        let kept: Vec<&Export> = kept.map(|(question, _)| question).collect();
        for (question, reason) in questions.iter().zip(&reasons) {
            let has_arrow = question.content.answers.iter().any(|answer| answer.body.contains("->"));
            prop_assert_eq!(reason.is_some(), question.content.kind == Matching && has_arrow);
        }
        let found: Vec<Found> = read(&file).collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(found.len(), kept.len(), "{}", file);
        for (found, question) in found.into_iter().zip(kept) {
            let item = found.outcome.unwrap();
            let category: Vec<String> =
                labels::category(&exam(), question).iter().map(|name| name.trim().to_owned()).collect();
            prop_assert_eq!(item.content, question.content.clone(), "{}", &file);
            prop_assert_eq!((item.key, item.category), (Some(question.key.clone()), category), "{}", &file);
        }
    }

    #[test]
    fn damaged_files_never_panic(
        questions in vec(question(), 1..4),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..9),
    ) {
        let mut file = written(&questions).0.into_bytes();
        file.push(b'\n');
        for (at, byte) in damage {
            let at = at.index(file.len());
            file[at] = byte;
        }
        read(&String::from_utf8_lossy(&file)).count();
    }

    #[test]
    fn arbitrary_text_never_panics(
        bytes in vec(any::<u8>(), 0..200),
        text in "([~=#{}:%\\\\\r\n]|->|\\[html\\]|<b>|&lt;|//|\\[id:|\\]|\\$CATEGORY:|\\PC){0,60}",
    ) {
        let lines = crate::interchange::lines::numbered(&text).count();
        for found in read(&text) {
            let line = found.map_or_else(|flaw| flaw.place.line, |found| found.place.line);
            prop_assert!((1..=lines).contains(&line), "{} of {}", line, lines);
        }
        read(&String::from_utf8_lossy(&bytes)).count();
    }
}

#[test]
fn long_input_takes_linear_time() {
    let started = std::time::Instant::now();
    let path = format!("$CATEGORY: {}\n\n", "x/".repeat(20));
    for (head, part) in [
        ("", "{"),
        ("", "~"),
        ("", "\\"),
        ("", ":"),
        ("", "//"),
        ("", "//\n"),
        ("", "}"),
        ("", "#"),
        ("", "="),
        ("", "<"),
        ("", "&"),
        ("//", "[id:"),
        ("//", "[tag:a]"),
        ("//", "[tag:\\]"),
        ("a{", "~%"),
        ("a{", "=->"),
        ("a{=b", "####"),
        ("", "a{T}\n\n"),
        ("", "a\n"),
        (&path, "a{T}\n\n"),
        ("", "$CATEGORY: a/b\n"),
        ("", "\n"),
        ("a{T#", "#"),
    ] {
        read(&format!("{head}{}}}\n", part.repeat((1 << 18) / part.len()))).count();
    }
    assert!(started.elapsed().as_secs() < 60);
}
