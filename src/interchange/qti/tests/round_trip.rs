//! Writing packages, and reading written and damaged ones.

use std::io::{Cursor, Write};

use proptest::prelude::*;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{all, listing};
use crate::{
    interchange::{
        model::{ExamHead, Export},
        qti::{Writer, read, samples},
    },
    questions::{
        model::{AnswerContent, Content, QuestionKind, Reference},
        upkeep::Upkeep,
    },
};

#[test]
fn what_is_written_looks_as_qti_3_wants_it() {
    let question = Export { key: "two words".into(), ..export(QuestionKind::Matching) };
    let bytes = write(std::slice::from_ref(&question));
    let mut archive = zip::ZipArchive::new(Cursor::new(&bytes[..])).unwrap();
    let item = std::io::read_to_string(archive.by_name("items/q000001.xml").unwrap()).unwrap();
    let manifest = std::io::read_to_string(archive.by_name("imsmanifest.xml").unwrap()).unwrap();
    for part in [
        "<qti-assessment-item xmlns=\"http://www.imsglobal.org/xsd/imsqtiasi_v3p0\" identifier=\"q000001-two_words\"",
        "adaptive=\"false\" time-dependent=\"false\" xml:lang=\"en\">",
        "<qti-value>L1 R1</qti-value><qti-value>L2 R1</qti-value>",
        "match_correct.xml\">",
    ] {
        assert!(item.contains(part), "{part} in {item}");
    }
    assert!(manifest.contains("type=\"imsqti_item_xmlv3p0\" href=\"items/q000001.xml\""), "{manifest}");
    assert!(manifest.contains("<lom:entry>two words</lom:entry>"), "{manifest}");
    assert_eq!(item.matches("shared").count(), 1);
}

#[test]
fn marked_up_texts_are_read_again() {
    let mut question = export(QuestionKind::SingleChoice);
    let code = "```xml\n<a b=\"c\">\n    &amp;\n</a>\n```";
    question.content.stem = format!("Mind **this** `a < b`:\n\n- one\n- *two*\n\n{code}");
    question.content.explanation = "| a | b |\n| :---: | --- |\n| 1 | ~~2~~ |".into();
    question.content.answers[0].rationale = "First [this](https://example.org/?a=b&c=d).\n\nThen that.".into();
    question.content.answers[1].rationale = "See ![a picture](https://example.org/a.png).".into();
    let item = all(&write(std::slice::from_ref(&question))).unwrap().remove(0).outcome.unwrap();
    assert_eq!(item.content, question.content);
}

#[test]
fn questions_that_qti_cannot_represent_are_left_out() {
    use QuestionKind::{Matching, MultipleResponse, Ordering, SingleChoice};
    let mut writer = Writer::new(Cursor::new(Vec::new()), &exam()).unwrap();
    let mut control = export(SingleChoice);
    control.content.explanation = "bell \u{7}".into();
    let reason = writer.add(&control).unwrap().unwrap();
    assert_eq!(reason, "has the character U+0007, which XML cannot hold");
    for kind in [SingleChoice, MultipleResponse, Ordering, Matching] {
        let mut none = export(kind);
        none.content.answers.iter_mut().for_each(|answer| answer.is_correct = false);
        assert!(writer.add(&none).unwrap().is_some(), "{kind:?}");
        assert_eq!(writer.add(&export(kind)).unwrap(), None, "{kind:?}");
    }
    assert_eq!(all(&writer.finish().unwrap().into_inner()).unwrap().len(), 4);
}

fn exam() -> ExamHead {
    ExamHead { code: "clf-c02".into(), name: "Practitioner & more".into() }
}

fn write(questions: &[Export]) -> Vec<u8> {
    let mut writer = Writer::new(Cursor::new(Vec::new()), &exam()).unwrap();
    for question in questions {
        assert_eq!(writer.add(question).unwrap(), None, "{question:?}");
    }
    writer.finish().unwrap().into_inner()
}

fn answer(body: &str, is_correct: bool, match_body: Option<&str>) -> AnswerContent {
    let match_body = match_body.map(str::to_owned);
    AnswerContent { body: body.into(), is_correct, rationale: "So it is.".into(), match_body }
}

fn export(kind: QuestionKind) -> Export {
    let answers = match kind {
        QuestionKind::SingleChoice => vec![answer("a", true, None), answer("b", false, None)],
        QuestionKind::MultipleResponse => {
            vec![answer("a", true, None), answer("b", false, None), answer("c", true, None)]
        }
        QuestionKind::Ordering => vec![answer("a", true, None), answer("b", true, None)],
        QuestionKind::Matching => {
            vec![answer("a", true, Some("shared")), answer("b", true, Some("shared")), answer("", false, Some("spare"))]
        }
    };
    let content = Content {
        kind,
        stem: "Which one?".into(),
        explanation: "Because.".into(),
        references: vec![Reference { title: "Guide".into(), url: "https://example.org/a?b=c".into() }],
        tags: vec!["s3".into()],
        difficulty: 4,
        answers,
    };
    let (key, domain) = ("key-1".into(), (2, "Security".into()));
    Export { key, domain, task: Some(("2.1".into(), "Shared model".into())), content, upkeep: Upkeep::default() }
}

/// Words that are the same in Markdown, HTML and XML.
fn words() -> impl Strategy<Value = String> {
    prop::string::string_regex("[A-Za-zäß日0-9]{1,8}( [a-zé😀]{1,6}[,']?){0,4}").unwrap()
}

fn exports() -> impl Strategy<Value = Export> {
    let kinds =
        [QuestionKind::SingleChoice, QuestionKind::MultipleResponse, QuestionKind::Ordering, QuestionKind::Matching];
    let answers = prop::collection::vec((words(), prop::option::of(words()), words(), 0..4_usize), 3..7);
    let references = prop::collection::vec((words(), "https://[a-z]{1,9}\\.org/[a-z?=]{0,9}"), 0..3);
    let labels = (prop::collection::btree_set(words(), 0..4), 1..=5, prop::option::of((words(), words())));
    let texts = (words(), prop::option::of(words()), "[ -~é\n\r]{1,20}", words());
    (prop::sample::select(kinds.to_vec()), answers, references, labels, texts).prop_map(
        |(kind, parts, references, (tags, difficulty, task), (stem, explanation, key, domain))| {
            let count = parts.len();
            let shared: Vec<String> = parts.iter().map(|part| part.2.clone()).collect();
            let answer = |(place, (body, rationale, _, pick)): (usize, (String, Option<String>, String, usize))| {
                let is_correct = match kind {
                    QuestionKind::SingleChoice => place == 1,
                    QuestionKind::MultipleResponse => place != 1,
                    QuestionKind::Ordering => true,
                    QuestionKind::Matching => place < count - 1,
                };
                let is_pair = kind == QuestionKind::Matching;
                let match_body = is_pair.then(|| format!("{} {}", shared[pick.min(count - 1)], is_correct));
                let body = if is_pair && !is_correct { String::new() } else { body };
                AnswerContent { body, is_correct, rationale: rationale.unwrap_or_default(), match_body }
            };
            let answers = parts.into_iter().enumerate().map(answer).collect();
            let references = references
                .into_iter()
                .map(|(title, url)| Reference { title: crate::markdown::from_plain(&title), url })
                .collect();
            let (explanation, tags) = (explanation.unwrap_or_default(), tags.into_iter().collect());
            let content = Content { kind, stem, explanation, references, tags, difficulty, answers };
            Export { key, domain: (3, domain), task, content, upkeep: Upkeep::default() }
        },
    )
}

proptest! {
    #[test]
    fn written_questions_survive_a_round_trip(questions in prop::collection::vec(exports(), 1..4)) {
        let found = all(&write(&questions)).unwrap();
        prop_assert_eq!(found.len(), questions.len());
        for (found, question) in found.into_iter().zip(questions) {
            let item = found.outcome.unwrap();
            prop_assert_eq!(item.category, crate::interchange::labels::category(&exam(), &question));
            prop_assert_eq!(item.key, Some(question.key));
            prop_assert_eq!(item.content, question.content);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), is_zip in any::<bool>()) {
        let bytes = if is_zip { [b"PK\x03\x04".to_vec(), bytes].concat() } else { bytes };
        prop_assert!(read(&bytes).count() <= 1);
    }

    #[test]
    fn mutated_items_never_panic(
        item in 0..4_usize, at in any::<prop::sample::Index>(), to in any::<prop::sample::Index>(), with in ".{0,6}",
    ) {
        let item = samples::ITEMS[item].as_bytes();
        let (at, to) = (at.index(item.len()), to.index(item.len()));
        let _ = all(&[&item[..at.min(to)], with.as_bytes(), &item[at.max(to)..]].concat());
        let _ = all(&[&item[..at], with.as_bytes(), &item[at..]].concat());
        let mut swapped = item.to_vec();
        swapped.swap(at, to);
        let _ = all(&swapped);
    }

    #[test]
    fn mutated_packages_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(), is_stored in any::<bool>(),
    ) {
        let options = SimpleFileOptions::default();
        let options = if is_stored { options.compression_method(CompressionMethod::Stored) } else { options };
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in [("imsmanifest.xml", listing("a.xml").as_str()), ("a.xml", samples::MATCH_3_0)] {
            zip.start_file(name, options).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        let mut bytes = zip.finish().unwrap().into_inner();
        let _ = all(&bytes[..cut.index(bytes.len())]);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = all(&bytes);
    }
}
