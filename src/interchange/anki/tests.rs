use std::{
    collections::HashSet,
    io::{Cursor, Read},
};

use diesel::QueryableByName;
use proptest::prelude::*;
use serde_json::Value;
use zip::ZipArchive;

use super::{card::fields, *};
use crate::questions::{
    model::{AnswerContent, Content, QuestionKind, Reference},
    upkeep::Upkeep,
};

const NOW: i64 = 1_800_000_000;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

fn exam(code: &str) -> ExamHead {
    ExamHead { code: code.into(), name: format!("Exam {code}") }
}

fn answer(body: &str, is_correct: bool, match_body: Option<&str>) -> AnswerContent {
    let rationale = format!("Why {body}");
    AnswerContent { body: body.into(), is_correct, rationale, match_body: match_body.map(Into::into) }
}

fn question(key: &str, kind: QuestionKind, answers: Vec<AnswerContent>) -> Export {
    Export {
        key: key.into(),
        domain: (2, "Security and Compliance".into()),
        task: Some(("2.1".into(), "Shared: who \"does\" what".into())),
        content: Content {
            kind,
            stem: format!("Which <one>\u{1f} of {key}?"),
            explanation: "Because.".into(),
            references: vec![Reference { title: "Guide".into(), url: "https://a.example".into() }],
            tags: vec!["two words".into(), "aws::iam".into(), " ".into()],
            difficulty: 4,
            answers,
        },
        upkeep: Upkeep::default(),
    }
}

fn choice(key: &str) -> Export {
    let answers = vec![answer("one", true, None), answer("two", false, None), answer("three", true, None)];
    question(key, QuestionKind::MultipleResponse, answers)
}

fn package(code: &str, questions: &[Export]) -> Vec<u8> {
    let mut writer = Writer::new(Cursor::new(Vec::new()), &exam(code), NOW).unwrap();
    for question in questions {
        assert_eq!(writer.add(question).unwrap(), None);
    }
    writer.finish().unwrap().into_inner()
}

/// The collection of a package, and the directory that it is in.
fn open(package: &[u8]) -> (tempfile::TempDir, SqliteConnection) {
    let mut zip = ZipArchive::new(Cursor::new(package)).unwrap();
    let mut media = String::new();
    zip.by_name("media").unwrap().read_to_string(&mut media).unwrap();
    assert_eq!((zip.len(), media.as_str()), (2, "{}"));
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("collection.anki2");
    io::copy(&mut zip.by_name("collection.anki2").unwrap(), &mut std::fs::File::create(&path).unwrap()).unwrap();
    let connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    (dir, connection)
}

fn lines(connection: &mut SqliteConnection, expression: &str, rest: &str) -> Vec<String> {
    let query = sql_query(format!("SELECT CAST({expression} AS TEXT) AS line {rest}"));
    query.load::<Line>(connection).unwrap().into_iter().map(|line| line.line).collect()
}

fn json(connection: &mut SqliteConnection, column: &str) -> Value {
    serde_json::from_str(&lines(connection, column, "FROM col")[0]).unwrap()
}

#[test]
fn texts_cannot_play_sounds_or_typeset_formulas() {
    let mut question = choice("[sound:a.mp3]");
    question.content.stem = "Which [sound:a.mp3] or [latex]x[/latex] is [$]y[/$]?".into();
    question.content.answers[0].body = "[anki:play:q:0]".into();
    question.content.explanation = "[a](https://a.example/[b])".into();
    let fields = fields(&question);
    assert!(fields.iter().all(|field| !field.contains('[')), "{fields:?}");
    assert!(fields[1].contains("Which &#91;sound:a.mp3] or &#91;latex]"), "{}", fields[1]);
}

#[test]
fn the_collection_is_whole() {
    let questions: Vec<Export> = (0..30).map(|n| choice(&format!("q-{n}"))).collect();
    let (_dir, mut db) = open(&package("abc-c01", &questions));
    assert_eq!(lines(&mut db, "integrity_check", "FROM pragma_integrity_check"), ["ok"]);
    let counts = "(SELECT count(*) FROM notes) || ' ' || (SELECT count(*) FROM cards) || ' ' \
                  || (SELECT count(*) FROM revlog) || ' ' || (SELECT count(*) FROM graves) || ' ' || ver";
    assert_eq!(lines(&mut db, counts, "FROM col"), ["30 30 0 0 11"]);
    let due: Vec<String> = (1..=30).map(|n| format!("q-{} {n}", n - 1)).collect();
    let key = "substr(flds, 1, instr(flds, char(31)) - 1) || ' ' || due";
    assert_eq!(lines(&mut db, key, "FROM cards JOIN notes ON notes.id = nid ORDER BY cards.id"), due);
    let times = "count(DISTINCT notes.mod || ' ' || cards.mod || ' ' || col.mod / 1000 || ' ' || col.crt)";
    assert_eq!(lines(&mut db, times, "FROM notes, cards, col"), ["1"]);
    let indices = "(SELECT count(*) FROM sqlite_master WHERE type = 'index')";
    assert_eq!(lines(&mut db, indices, ""), ["7"]);
}

#[test]
fn every_reference_has_its_target() {
    let (_dir, mut db) = open(&package("abc-c01", &[choice("q-1")]));
    let [models, decks, dconf, conf] = ["models", "decks", "dconf", "conf"].map(|column| json(&mut db, column));
    let note_type = &lines(&mut db, "mid", "FROM notes")[0];
    let deck = &lines(&mut db, "did", "FROM cards")[0];
    assert_eq!(models[note_type]["id"].to_string(), *note_type);
    assert_eq!(conf["curModel"].to_string(), *note_type);
    assert_eq!((decks[deck]["id"].to_string(), &decks[deck]["name"]), (deck.clone(), &Value::from("Exam abc-c01")));
    for deck in decks.as_object().unwrap().values() {
        assert!(dconf[deck["conf"].to_string()].is_object(), "{deck}");
    }
    let names: Vec<&str> =
        models[note_type]["flds"].as_array().unwrap().iter().map(|f| f["name"].as_str().unwrap()).collect();
    assert_eq!(names, card::FIELDS);
    for template in ["qfmt", "afmt"].map(|side| models[note_type]["tmpls"][0][side].as_str().unwrap()) {
        for field in template.split("{{").skip(1).map(|rest| rest.split("}}").next().unwrap()) {
            assert!(names.contains(&field.trim_start_matches(['#', '/'])), "{field}");
        }
    }
}

#[test]
fn a_note_has_its_fields_and_tags() {
    let question = choice("q<1>");
    let (_dir, mut db) = open(&package("abc-c01", std::slice::from_ref(&question)));
    let flds = &lines(&mut db, "flds", "FROM notes")[0];
    let parts: Vec<&str> = flds.split('\u{1f}').collect();
    assert_eq!(parts, fields(&question));
    assert_eq!(parts[0], "q&lt;1&gt;");
    assert!(parts[1].contains("Which") && !parts[1].contains("<one>"), "{flds}");
    assert!(parts[2].contains("Choose 2.") && !parts[2].contains("Why"), "{flds}");
    assert_eq!(parts[3].matches("class=\"right\"").count(), 2);
    assert!(parts[4].contains("Because.") && parts[4].contains("https://a.example"), "{flds}");
    let tags = " domain::2-security-and-compliance task::2.1-shared-who-does-what difficulty::4 two-words aws::iam ";
    assert_eq!(lines(&mut db, "tags", "FROM notes"), [tags]);
    assert_eq!(lines(&mut db, "csum", "FROM notes"), [collection::checksum("q<1>").to_string()]);
}

#[test]
fn checksums_are_those_of_anki() {
    // SHA-1 of "abc" is a9993e36…
    assert_eq!(collection::checksum("abc"), 0xa999_3e36);
}

#[test]
fn ids_stay_from_export_to_export() {
    let questions = [choice("q-1"), choice("q-2")];
    let ids = |package: &[u8]| {
        let (_dir, mut db) = open(package);
        lines(&mut db, "guid || ' ' || mid || ' ' || did", "FROM notes JOIN cards ON nid = notes.id ORDER BY notes.id")
    };
    let first = package("abc-c01", &questions);
    assert_eq!(first, package("abc-c01", &questions));
    let swapped = [questions[1].clone(), questions[0].clone()];
    let swapped: HashSet<String> = ids(&package("abc-c01", &swapped)).into_iter().collect();
    let first: HashSet<String> = ids(&first).into_iter().collect();
    assert_eq!(first, swapped);
    assert_eq!(first.len(), 2);
    assert!(first.is_disjoint(&ids(&package("abc-c02", &questions)).into_iter().collect()));
}

#[test]
fn the_front_does_not_reveal_the_key() {
    let bodies = ["a", "b", "c", "d", "e", "f"];
    let order = |kind, bodies: &[&str]| {
        let answers = bodies.iter().map(|body| answer(body, true, None)).collect();
        let options = fields(&question("q-1", kind, answers))[2].clone();
        let mut order: Vec<(usize, usize)> =
            bodies.iter().enumerate().map(|(n, body)| (options.find(&format!("<p>{body}</p>")).unwrap(), n)).collect();
        order.sort();
        order.into_iter().map(|(_, n)| n).collect::<Vec<_>>()
    };
    let reversed: Vec<&str> = bodies.iter().rev().copied().collect();
    for kind in [QuestionKind::Ordering, QuestionKind::MultipleResponse] {
        let shown: Vec<&str> = order(kind, &bodies).into_iter().map(|n| bodies[n]).collect();
        let again: Vec<&str> = order(kind, &reversed).into_iter().map(|n| reversed[n]).collect();
        assert!(shown == again && shown != bodies, "{shown:?}");
    }
    for fixed in ["All of the above", "Both A and C", "None of these"] {
        let bodies = ["a", "b", "c", "d", "e", fixed];
        assert_eq!(order(QuestionKind::MultipleResponse, &bodies), [0, 1, 2, 3, 4, 5]);
        assert_ne!(order(QuestionKind::Ordering, &bodies), [0, 1, 2, 3, 4, 5]);
    }
}

#[test]
fn the_letters_are_those_of_the_options() {
    let right = ["x", "y", "z"].map(|right| {
        let answers = ["x", "y", "z"].map(|body| answer(body, body == right, None));
        let [_, _, options, back, _] = fields(&question("q", QuestionKind::SingleChoice, answers.to_vec()));
        let place = options.split("<li>").position(|item| item.contains(&format!("<p>{right}</p>"))).unwrap();
        assert!(options.contains("Choose one."));
        assert!(back.contains(&format!("Answer: {}<", ["", "A", "B", "C"][place])), "{back}");
        place
    });
    assert_eq!(HashSet::from(right).len(), 3);
}

#[test]
fn ordering_and_matching_are_answered_in_full() {
    let steps = vec![answer("first", true, None), answer("second", true, None), answer("third", true, None)];
    let back = &fields(&question("q", QuestionKind::Ordering, steps))[3];
    let at = |text: &str| back.find(text).unwrap();
    assert!(at("first") < at("Why first") && at("Why first") < at("second") && at("second") < at("third"));

    let pairs = vec![answer("l1", true, Some("r2")), answer("l2", true, Some("r2")), answer("", false, Some("r1"))];
    let [_, _, options, back, _] = fields(&question("q", QuestionKind::Matching, pairs));
    let at = |text: &str| options.find(text).unwrap();
    assert!(at("l1") < at("l2") && at("l2") < at("r1") && at("r1") < at("r2") && options.matches("r2").count() == 1);
    assert_eq!(back.matches("<tr>").count(), 3);
    assert!(back.contains("(nothing)") && back.contains("Why l2"), "{back}");
}

#[test]
fn a_deck_may_be_empty() {
    let (_dir, mut db) = open(&package("abc-c01", &[]));
    assert_eq!(lines(&mut db, "count(*)", "FROM cards"), ["0"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_texts_make_a_whole_note(
        texts in prop::collection::vec(any::<String>(), 6), kind in 0_usize..4, now in any::<i64>(),
    ) {
        use QuestionKind::{Matching, MultipleResponse, Ordering, SingleChoice};
        let kind = [SingleChoice, MultipleResponse, Ordering, Matching][kind];
        let answers = vec![answer(&texts[1], true, Some(&texts[2])), answer(&texts[3], false, None)];
        let mut question = question(&texts[0], kind, answers);
        question.content.tags = vec![texts[4].clone()];
        question.domain.1 = texts[5].clone();
        let mut writer = Writer::new(Cursor::new(Vec::new()), &exam("e"), now).unwrap();
        prop_assert_eq!(writer.add(&question).unwrap(), None);
        let (_dir, mut db) = open(&writer.finish().unwrap().into_inner());
        let flds = &lines(&mut db, "flds", "FROM notes")[0];
        prop_assert_eq!(flds.split('\u{1f}').count(), card::FIELDS.len());
        let tags = &lines(&mut db, "tags", "FROM notes")[0];
        prop_assert!(!tags.trim().contains("  ") && !tags.contains('"'), "{}", tags);
    }
}
