use proptest::prelude::*;

use super::{Writer, read};
use crate::{
    interchange::model::{ExamHead, Export, Found, Item, Location, Malformed},
    markdown,
    questions::{
        model::{AnswerContent, Content, QuestionKind, Reference},
        upkeep::Upkeep,
    },
};

fn found(text: &str) -> Vec<Found> {
    read(text).collect::<Result<_, _>>().unwrap()
}

fn item(text: &str) -> Item {
    let mut found = found(text);
    assert_eq!(found.len(), 1);
    found.remove(0).outcome.unwrap()
}

fn reason(text: &str) -> String {
    found(text).remove(0).outcome.unwrap_err()
}

fn malformed(text: &str) -> Malformed {
    let mut all: Vec<_> = read(text).collect();
    all.pop().unwrap().unwrap_err()
}

fn answer(body: &str, is_correct: bool, rationale: &str, match_body: Option<&str>) -> AnswerContent {
    AnswerContent { body: body.into(), is_correct, rationale: rationale.into(), match_body: match_body.map(Into::into) }
}

#[test]
fn a_question_has_all_its_parts() {
    let item = item(
        "Key,KIND,Domain,task,difficulty,tags,stem,answer_1,answer_2,rationale_2,Correct,explanation,references\n\
         q1,single_choice,2,2.1,4,s3;iam,\"Which, \"\"if\"\" any?\n\nChoose.\",\
         One,Two,Because.,B,Why.,Guide <https://a.example>\n",
    );
    assert_eq!(item.key.as_deref(), Some("q1"));
    assert_eq!(item.category, ["domain:2", "task:2.1"]);
    let content = Content {
        kind: QuestionKind::SingleChoice,
        stem: markdown::clean("Which, \"if\" any?\n\nChoose."),
        explanation: "Why.".into(),
        references: vec![Reference { title: "Guide".into(), url: "https://a.example".into() }],
        tags: vec!["s3".into(), "iam".into()],
        difficulty: 4,
        answers: vec![answer("One", false, "", None), answer("Two", true, "Because.", None)],
    };
    assert_eq!(item.content, content);
}

#[test]
fn the_kind_follows_from_the_key() {
    let kind = |correct| item(&format!("stem,correct,answer_1,answer_2\nQ,\"{correct}\",a,b")).content.kind;
    assert_eq!(kind("B"), QuestionKind::SingleChoice);
    assert_eq!(kind("1, 2"), QuestionKind::MultipleResponse);
    let named = item("stem,kind,correct,answer_1\nQ,multiple_response,1,a").content;
    assert_eq!((named.kind, named.difficulty), (QuestionKind::MultipleResponse, 3));
}

#[test]
fn ordering_and_matching_have_no_key() {
    let ordering = item("stem,kind,answer_1,answer_2,answer_3\nQ,Ordering,a,b,").content;
    assert_eq!(ordering.answers, [answer("a", true, "", None), answer("b", true, "", None)]);
    let matching = item("stem;kind;answer_1;match_1;answer_2;match_2;rationale_2\nQ;matching;a;x;;y;no").content;
    assert_eq!(matching.answers, [answer("a", true, "", Some("x")), answer("", false, "no", Some("y"))]);
}

#[test]
fn the_header_determines_the_separator() {
    for separator in [",", ";", "\t"] {
        let text = ["stem|answer_1|correct", "a;b,c\td", "1"].join("\n");
        let row = "\"x;y,z\t\"|\"=\"|1".replace('|', separator);
        let text = format!("{}\r\n{row}\r\n", text.lines().next().unwrap().replace('|', separator));
        assert_eq!(found(&text)[0].outcome.as_ref().unwrap().content.answers[0].body, "=");
    }
    assert_eq!(found("stem\n\"Only\"").len(), 1);
}

#[test]
fn tables_of_spreadsheets_are_read_as_these_write_them() {
    let good = "Which?,x,y,A";
    for (text, line) in [
        (format!("Stem,Answer 1,ANSWER-2,Correct,,\r\n{good},,\r\n"), 2),
        (format!("sep=,\nstem,answer1,answer 2,correct\n{good}"), 3),
        (format!("\"sep=;\"\nstem;answer_1;answer_2;correct\n{}", good.replace(',', ";")), 3),
        (format!("stem,answer_1,answer_2,correct,answer_3,explanation\n{good}"), 2),
        (format!("stem,answer_1,answer_2,correct\n{good},,,\n"), 2),
    ] {
        let found = found(&text).remove(0);
        let content = found.outcome.unwrap().content;
        assert_eq!((found.place.line, content.answers.len(), content.stem.as_str()), (line, 2, "Which?"), "{text}");
    }
}

#[test]
fn places_are_those_of_first_lines_and_names_are_first_words() {
    let long = "word ".repeat(30);
    let text = format!("\r\nstem,key\r\n\r\n\"one\r\n\r\nmore\",\r\n\n,,\n , \nlast,\n{long},\n,only\n");
    let places: Vec<_> = found(&text).into_iter().map(|found| (found.place.line, found.name)).collect();
    assert_eq!(places[..2], [(4, "one".to_owned()), (10, "last".to_owned())]);
    assert!(places[2].1.ends_with("word…") && places[2].1.chars().count() <= 61, "{places:?}");
    assert_eq!(places[3..], [(12, "only".to_owned())]);
}

#[test]
fn what_is_wrong_with_one_row_does_not_stop_the_others() {
    let head = "kind,stem,correct,answer_1,match_1,rationale_1,answer_2,match_2,rationale_2,difficulty,references\n";
    for (row, words) in [
        (",Q,A,a,,,b,,,,,x", "has 12 fields for 11 columns"),
        (",Q,A,a,,,![x](y.png),,,,", "answer 2 shows the picture"),
        (",\"Q \"x\" y\",A,a,,,b,,,,", "text after the closing quote"),
        (",,A,a,,,b,,,,", "`stem` is empty"),
        ("essay,Q,A,a,,,b,,,,", "`essay`"),
        (",Q,,a,,,b,,,,", "`correct` is empty"),
        (",Q,C,a,,,b,,,,", "names C, but answer_3 is empty"),
        (",Q,X,a,,,b,,,,", "`X`, which names no answer"),
        (",Q,A,a,m,,b,,,,", "match_1 belongs to matching questions"),
        (",Q,A,a,,,,,r,,", "rationale_2 has no answer_2"),
        ("ordering,Q,B,a,,,b,,,,", "must be empty for ordering"),
        ("matching,Q,B,a,x,,b,y,,,", "must be empty for matching"),
        ("matching,Q,,a,x,,b,,,,", "match_2 is empty"),
        (",Q,A,a,,,b,,,6,", "`6`: it must be from 1 to 5"),
        (",Q,A,a,,,b,,,,see there", "`references` has no address"),
    ] {
        let text = format!("{head}{row}\n,Good,A,a,,,b,,,,\n");
        let found = found(&text);
        assert_eq!(found.len(), 2, "{row}");
        let reason = found[0].outcome.as_ref().unwrap_err();
        assert!(reason.contains(words), "{row}: {reason}");
        assert!(found[1].outcome.is_ok() && found[1].place == Location::line(3), "{row}: {found:?}");
    }
    assert!(reason("stem,\nQ,x").contains("column 2, which has no name"));
}

#[test]
fn unreadable_files_are_refused_with_their_line() {
    for (text, line, words) in [
        ("", 1, "is empty"),
        ("\n ,\n", 1, "is empty"),
        ("\n\nstem,color,\n", 3, "unknown columns, `color`: "),
        ("stem,color\n", 1, "Known columns are key, kind, domain"),
        ("stem,answer_21\n", 1, "`answer_21`"),
        ("stem,answer_01\n", 1, "`answer_01`"),
        ("stem,Stem\n", 1, "`stem` twice"),
        ("key,answer_1\n", 1, "no column `stem`"),
        ("key,\"stem\n", 1, "not closed"),
        ("key,stem\n1,\"a\nb\"\n2,\"c\n3,d\n", 4, "not closed"),
    ] {
        let malformed = malformed(text);
        assert_eq!(malformed.place, Location::line(line), "{text:?} {malformed}");
        assert!(malformed.detail.contains(words), "{text:?} {malformed}");
    }
    assert_eq!(read("stem\n\"a").count(), 1);
}

fn head() -> ExamHead {
    ExamHead { code: "abc-c01".into(), name: "Exam".into() }
}

fn write(questions: &[Export]) -> (String, Vec<String>) {
    let mut writer = Writer::new(Vec::new(), &head()).unwrap();
    let left_out = questions.iter().filter_map(|question| writer.add(question).unwrap()).collect();
    (String::from_utf8(writer.finish().unwrap()).unwrap(), left_out)
}

fn export(kind: QuestionKind, answers: Vec<AnswerContent>) -> Export {
    let content = Content {
        kind,
        stem: "Q".into(),
        explanation: String::new(),
        references: vec![],
        tags: vec![],
        difficulty: 3,
        answers,
    };
    Export { key: "k".into(), domain: (1, "One".into()), task: None, content, upkeep: Upkeep::default() }
}

#[test]
fn tables_begin_with_their_header_and_end_lines_as_rfc_4180_says() {
    let (text, _) = write(&[export(QuestionKind::Ordering, vec![answer("-1", true, "", None)])]);
    let (header, rest) = text.split_once("\r\n").unwrap();
    assert!(
        header
            .starts_with("key,kind,domain,task,difficulty,tags,stem,correct,explanation,references,answer_1,match_1,")
    );
    assert!(header.ends_with(",answer_20,match_20,rationale_20"));
    assert_eq!(rest, format!("k,ordering,1,,3,,Q,,,,'-1{}\r\n", ",".repeat(59)));
}

#[test]
fn questions_that_do_not_survive_a_round_trip_are_left_out() {
    use QuestionKind::{Matching, Ordering, SingleChoice};
    let right = || answer("a", true, "", None);
    let mut blank = export(SingleChoice, vec![right()]);
    blank.content.stem = " ".into();
    for (question, words) in [
        (blank, "no text"),
        (export(Ordering, vec![right(); 21]), "more than 20 answers"),
        (export(SingleChoice, vec![answer("a", false, "", None)]), "no right answer"),
        (export(SingleChoice, vec![right(), answer("", false, "", None)]), "none of single_choice, number 2"),
        (export(SingleChoice, vec![answer("a", true, "", Some("x"))]), "number 1"),
        (export(Ordering, vec![answer("a", false, "", None)]), "number 1"),
        (export(Matching, vec![answer("a", false, "", Some("x"))]), "number 1"),
        (export(Matching, vec![right()]), "number 1"),
    ] {
        let (text, left_out) = write(&[question]);
        assert!(left_out[0].contains(words), "{left_out:?}");
        assert_eq!(text.lines().count(), 1);
    }
}

/// A text that begins like a formula, or that must be quoted.
fn text() -> impl Strategy<Value = String> {
    let begin = prop::sample::select(vec!["", "=", "'+", "- ", "''@", "\t", "\r", "\"", "é"]);
    (begin, "[a-z]{1,4}[a-z \n\r,;\t\"'é🦀=]{0,12}[a-z.]").prop_map(|(begin, rest)| format!("{begin}{rest}"))
}

fn answers() -> impl Strategy<Value = (QuestionKind, Vec<AnswerContent>)> {
    use QuestionKind::{Matching, MultipleResponse, Ordering, SingleChoice};
    let parts = prop::collection::vec((text(), any::<bool>(), prop::option::of(text()), text()), 2..=20);
    let kinds = prop::sample::select(vec![SingleChoice, MultipleResponse, Ordering, Matching]);
    (kinds, parts).prop_map(|(kind, parts)| {
        let answer = |(index, (body, flag, rationale, matched)): (usize, (String, bool, Option<String>, String))| {
            let is_correct = match kind {
                SingleChoice => index == 0,
                MultipleResponse => index < 2 || flag,
                Ordering => true,
                Matching => index < 2 || flag,
            };
            AnswerContent {
                body: if kind == Matching && !is_correct { String::new() } else { body },
                is_correct,
                rationale: rationale.unwrap_or_default(),
                match_body: (kind == Matching).then_some(matched),
            }
        };
        (kind, parts.into_iter().enumerate().map(answer).collect())
    })
}

fn exports() -> impl Strategy<Value = Export> {
    let reference = ("[=a-z'\\[][ -~]{0,6}[a-z)]", "https://[a-z/]{1,8}")
        .prop_map(|(title, url)| Reference { title: markdown::from_plain(&title), url });
    let references = prop::collection::vec(reference, 0..3);
    let tags = prop::collection::btree_set("[=+a-z;|\\\\]{1,4}", 0..4);
    let place = (0_i32..20, prop::option::of("[1-9]\\.[1-9]"), "[-=a-z0-9]{1,8}");
    (answers(), text(), prop::option::of(text()), references, tags, 1_i32..=5, place).prop_map(
        |((kind, answers), stem, explanation, references, tags, difficulty, (domain, task, key))| Export {
            key,
            domain: (domain, "Domain".into()),
            task: task.map(|code| (code, "Task".into())),
            content: Content {
                kind,
                stem,
                explanation: explanation.unwrap_or_default(),
                references,
                tags: tags.into_iter().collect(),
                difficulty,
                answers,
            },
            upkeep: Upkeep::default(),
        },
    )
}

/// The item that reading an exported question should return.
fn expected(question: Export) -> Item {
    let held = |text: &str| markdown::held_cell(text).unwrap();
    let mut content = question.content;
    content.stem = held(&content.stem);
    content.explanation = held(&content.explanation);
    for answer in &mut content.answers {
        answer.body = held(&answer.body);
        answer.rationale = held(&answer.rationale);
        answer.match_body = answer.match_body.as_deref().map(held);
    }
    let domain = format!("domain:{}", question.domain.0);
    let category = [domain].into_iter().chain(question.task.map(|(code, _)| format!("task:{code}")));
    let (key, category) = (Some(question.key), category.collect());
    Item { key, title: None, category, content, upkeep: None, notes: Vec::new() }
}

proptest! {
    #[test]
    fn questions_survive_a_round_trip(questions in prop::collection::vec(exports(), 0..4)) {
        let (text, left_out) = write(&questions);
        prop_assert!(left_out.is_empty());
        let read: Vec<Item> = found(&text).into_iter().map(|found| found.outcome.unwrap()).collect();
        let expected: Vec<Item> = questions.into_iter().map(expected).collect();
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = read(&text).count();
    }

    #[test]
    fn no_table_panics_and_lines_rise(rows in "(stem,correct,answer_1,match_1|stem;key)\n[stem,;\"'\r\n=1A]{0,80}") {
        let places: Vec<usize> = read(&rows)
            .map(|found| found.map_or_else(|malformed| malformed.place.line, |found| found.place.line))
            .collect();
        prop_assert!(places.windows(2).all(|pair| pair[0] <= pair[1]), "{:?}", places);
        prop_assert!(places.iter().all(|&line| line <= rows.matches('\n').count() + 1));
    }
}
