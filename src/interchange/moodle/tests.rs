use proptest::{prelude::*, sample::select};

use super::*;
use crate::{
    interchange::{
        labels,
        model::{ExamHead, Export, Found, Malformed},
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

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<quiz>\n";

fn all(text: &str) -> Result<Vec<Found>, Malformed> {
    read(text).collect()
}

/// The only question of a file, with this type and content.
fn one(kind: &str, inner: &str) -> Result<Content, String> {
    let text = format!("{HEAD}<question type=\"{kind}\">{inner}</question></quiz>");
    let [found] = all(&text).unwrap().try_into().unwrap();
    found.outcome.map(|item| item.content)
}

fn answers(content: &Content) -> Vec<(&str, bool)> {
    content.answers.iter().map(|answer| (answer.body.as_str(), answer.is_correct)).collect()
}

fn choices(single: &str, fractions: &[&str]) -> Result<Content, String> {
    let answer = |fraction: &&str| format!("<answer fraction=\"{fraction}\"><text>a{fraction}</text></answer>");
    one("multichoice", &format!("{single}{}", fractions.iter().map(answer).collect::<String>()))
}

#[test]
fn an_export_is_read() {
    let text = format!(
        "{HEAD}<!-- question: 0 -->
<question type=\"category\"><category><text>$course$/top/AWS// Cloud/ Basics</text></category><info/></question>
<question type=\"multichoice\">
  <name><text>S3 &amp; more</text></name>
  <questiontext format=\"html\"><text><![CDATA[<p>Which is <b>right</b>?</p>]]></text></questiontext>
  <generalfeedback format=\"markdown\"><text>Because.

References:

- [Guide](https://example.org)</text></generalfeedback>
  <defaultgrade>1.0000000</defaultgrade><hidden>0</hidden><idnumber>s3-1</idnumber>
  <single>true</single>
  <answer fraction=\"100\" format=\"plain_text\"><text>*one*</text>
    <feedback format=\"html\"><text>Yes&lt;br&gt;indeed</text></feedback></answer>
  <answer fraction=\"0\" format=\"moodle_auto_format\"><text>two
lines</text><feedback><text></text></feedback></answer>
  <tags><tag><text>s3</text></tag><tag><text>difficulty:5</text></tag></tags>
</question>
<question type=\"essay\"><questiontext><text>Tell me.</text></questiontext></question>
</quiz>"
    );
    let found = all(&text).unwrap();
    assert_eq!((found[0].place.line, found[0].name.as_str()), (5, "S3 & more"));
    let item = found[0].outcome.clone().unwrap();
    assert_eq!(item.category, ["AWS/ Cloud", "Basics"]);
    assert_eq!((item.key.as_deref(), item.title.as_deref()), (Some("s3-1"), Some("S3 & more")));
    let content = item.content;
    assert_eq!((content.kind, content.stem.as_str(), content.difficulty), (SingleChoice, "Which is **right**?", 5));
    assert_eq!((content.explanation.as_str(), content.tags), ("Because.", vec!["s3".to_owned()]));
    assert_eq!(content.references, [Reference { title: "Guide".into(), url: "https://example.org".into() }]);
    assert_eq!(content.answers[0].body, "\\*one\\*");
    assert_eq!(content.answers[0].rationale, "Yes  \nindeed");
    assert_eq!((content.answers[1].body.as_str(), content.answers[1].is_correct), ("two  \nlines", false));
    assert_eq!((found[1].place.line, found[1].name.as_str()), (21, "Tell me."));
    assert_eq!(found[1].outcome, Err("the bank does not support essay questions".to_owned()));
}

#[test]
fn fractions_determine_the_key() {
    assert_eq!(answers(&choices("", &["0", "100"]).unwrap()), [("a0", false), ("a100", true)]);
    let multiple = choices("<single>false</single>", &["50", "-100", "50.0"]).unwrap();
    assert_eq!((multiple.kind, answers(&multiple)[1].1), (MultipleResponse, false));
    assert_eq!(choices("<single>0</single>", &["100", "0"]).unwrap().kind, SingleChoice);
    for (single, fractions, reason) in [
        ("<single>true</single>", ["100", "100"], "any one of several"),
        ("<single>1</single>", ["100", "50"], "partial credit"),
        ("<single>false</single>", ["0", "-50"], "no answer is right"),
        ("", ["100", "NaN"], "\"NaN\""),
        ("", ["100", "much"], "\"much\""),
    ] {
        let error = choices(single, &fractions).unwrap_err();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn the_other_types_are_read() {
    let answer = |fraction, text| format!("<answer fraction=\"{fraction}\"><text>{text}</text></answer>");
    let swapped = answer("100", "false") + &answer("0", "true");
    assert_eq!(answers(&one("truefalse", &swapped).unwrap()), [("True", false), ("False", true)]);
    for [wrong, right] in [["True", "False"], ["TRUE", "&lt;p>false&lt;/p>"], [" &lt;b>true&lt;/b>. ", "FALSE"]] {
        for text in [answer("100", right) + &answer("0", wrong), answer("0", wrong) + &answer("100", right)] {
            assert_eq!(answers(&one("truefalse", &text).unwrap()), [("True", false), ("False", true)], "{text}");
        }
    }
    for other in ["Wahr", "", "1", "not true"] {
        let text = answer("100", other) + &answer("0", "Falsch");
        assert!(one("truefalse", &text).unwrap_err().contains("must be true and false"), "{text}");
    }
    assert!(one("truefalse", &answer("100", "true")).is_err());
    assert!(one("truefalse", &(answer("100", "true") + &answer("100", "false"))).is_err());

    let order = one("ordering", &(answer("2.0000000", "b") + &answer("1.0000000", "a"))).unwrap();
    assert_eq!((order.kind, answers(&order)), (Ordering, vec![("b", true), ("a", true)]));

    let pair = |left, right| {
        format!("<subquestion format=\"html\"><text>{left}</text><answer><text>{right}</text></answer></subquestion>")
    };
    let pairs = one("matching", &(pair("&lt;i>EC2&lt;/i>", "1 * 2") + &pair("", "a_b_ *c*"))).unwrap();
    assert_eq!((pairs.kind, answers(&pairs)), (Matching, vec![("*EC2*", true), ("", false)]));
    let matches: Vec<_> = pairs.answers.iter().filter_map(|answer| answer.match_body.as_deref()).collect();
    assert_eq!(matches, ["1 * 2", "a_b\\_ \\*c\\*"]);
}

#[test]
fn white_space_counts_in_cdata_alone() {
    for (text, stem) in [
        ("\n   <![CDATA[    a\n]]>\n ", "```\na\n```"),
        (" <![CDATA[a ]]> ", "a"),
        ("\n    a\n    b\n", "a b"),
        ("a &amp; <![CDATA[b]]>", "a & b"),
    ] {
        let content = one("ordering", &format!("<questiontext format='markdown'><text>{text}</text></questiontext>"));
        assert_eq!(content.unwrap().stem, stem);
    }
}

#[test]
fn what_the_bank_cannot_represent_is_reported() {
    for (kind, inner, reason) in [
        ("cloze", "", "support cloze"),
        ("numerical", "", "does not support numerical"),
        ("", "", "no type"),
        ("ordering", "<questiontext><text>Which <b>one</b>?</text></questiontext>", "the question has the element b"),
        ("ordering", "<image>a.png</image>", "shows the picture \"a.png\""),
        (
            "ordering",
            "<questiontext><text>&lt;img src='@@PLUGINFILE@@/a.png'></text></questiontext>",
            "the question shows",
        ),
        ("ordering", "<answer><text>&lt;img src='a.png'></text></answer>", "answer 1 shows the picture"),
        ("multichoice", "<answer fraction=\"100\"><text> </text></answer>", "answer 1 is right, and blank"),
    ] {
        let error = one(kind, inner).unwrap_err();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn invalid_xml_is_refused_with_its_line() {
    let deep = format!("{HEAD}<question>{}", "<a>".repeat(200));
    let many = format!("{HEAD}<question>{}</question></quiz>", "<a/>".repeat(60_000));
    let path = "a/".repeat(1000);
    let long = format!("{HEAD}<question type='category'><category><text>{path}</text></category></question></quiz>");
    for (text, line, detail) in [
        ("", 1, "<quiz>"),
        ("\nwords", 2, "<quiz>"),
        ("<html>\n</html>", 1, "<quiz>"),
        ("<quiz>\n<question type='essay'>\n", 3, "whole file"),
        ("<quiz>\n<question type='essay'>\n</quiz>", 3, "well-formed"),
        ("<quiz>\n<question type='essay'>\n&nbsp;</question></quiz>", 3, "&nbsp;"),
        ("<quiz>\n<question type='essay' type='a'/></quiz>", 2, "well-formed"),
        ("<quiz>\n<question><![CDATA[a\n", 2, "whole file"),
        ("<!DOCTYPE quiz [\n<!ENTITY a 'b'>\n]><quiz>&a;</quiz>", 1, "DOCTYPE"),
        (&deep, 3, "deeper than 100"),
        (&many, 3, "more than 50000 elements"),
        (&long, 3, "20 levels at most"),
    ] {
        let error = all(text).unwrap_err();
        assert_eq!(error.place.line, line, "{error}");
        assert!(error.detail.contains(detail), "{error}");
        assert_eq!(read(text).count(), 1, "nothing comes after an error");
    }
    assert_eq!(all("<!DOCTYPE quiz SYSTEM 'a.dtd'><quiz><x><question/></x>&#65;</quiz>"), Ok(vec![]));
}

#[test]
fn flaws_are_located_and_the_next_question_is_read() {
    let path = "a/".repeat(1000);
    let text = format!(
        "<quiz>\n<question type='essay'>&nbsp;\n&eacute;</question>\n\
         <question type='category'><category><text>{path}</text></category></question>\n\
         <question type='essay' type='essay'/>\n<question type='essay'/></quiz>"
    );
    let found: Vec<_> = read(&text).collect();
    let flaws: Vec<_> = found.iter().filter_map(|found| found.as_ref().err()).collect();
    let lines: Vec<_> = flaws.iter().map(|flaw| flaw.place.line).collect();
    assert_eq!(lines, [2, 3, 4, 5], "{flaws:?}");
    assert!(found.last().is_some_and(|last| last.is_ok()), "{found:?}");
}

fn export(kind: QuestionKind, answers: Vec<AnswerContent>) -> Export {
    Export {
        key: "k".into(),
        domain: (1, "Cloud".into()),
        task: Some(("1.1".into(), "CI/CD/".into())),
        content: Content {
            kind,
            stem: "Which ]]> *one*?".into(),
            explanation: "Because.".into(),
            references: vec![],
            tags: vec![],
            difficulty: 3,
            answers,
        },
        upkeep: Upkeep::default(),
    }
}

fn right(body: &str, matched: Option<&str>) -> AnswerContent {
    AnswerContent { body: body.into(), is_correct: true, rationale: "So.".into(), match_body: matched.map(Into::into) }
}

fn written(questions: &[&Export]) -> (String, Vec<Option<String>>) {
    let mut writer = Writer::new(Vec::new(), &ExamHead { code: "clf".into(), name: "Cloud".into() }).unwrap();
    let left_out = questions.iter().map(|question| writer.add(question).unwrap()).collect();
    (String::from_utf8(writer.finish().unwrap()).unwrap(), left_out)
}

#[test]
fn a_file_is_written_as_moodle_reads_it() {
    let choice = export(MultipleResponse, (0..3).map(|i| right(&i.to_string(), None)).collect());
    let (text, _) = written(&[&choice, &choice]);
    assert_eq!(text.matches("<![CDATA[$course$/top/clf/1 Cloud/1.1 CI//CD// ]]>").count(), 1);
    assert!(text.contains("<name><text><![CDATA[Which ]]]]><![CDATA[> one?]]></text></name>"));
    assert_eq!(text.matches("fraction=\"33.33333\"").count(), 6);
    let many = export(MultipleResponse, (0..13).map(|i| right(&i.to_string(), None)).collect());
    let (text, _) = written(&[&many]);
    let count = |fraction: &str| text.matches(&format!("fraction=\"{fraction}\"")).count();
    assert_eq!((count("10"), count("5")), (7, 6));
    let pairs = export(Matching, vec![right("a", Some("1 * 2")), right("b", Some("`x`"))]);
    let (text, _) = written(&[&pairs]);
    assert!(text.contains("<answer><text><![CDATA[1 * 2]]>"));
    assert!(text.contains("<answer format=\"markdown\"><text><![CDATA[`x`]]>"));
}

#[test]
fn what_moodle_cannot_hold_is_left_out() {
    let mut long = export(SingleChoice, vec![right("a", None)]);
    long.key = "k".repeat(101);
    let many = export(MultipleResponse, (0..21).map(|i| right(&i.to_string(), None)).collect());
    let wide = export(Matching, vec![right("a", Some(&"b".repeat(256)))]);
    let (text, left_out) = written(&[&long, &many, &wide]);
    assert_eq!(left_out.iter().flatten().count(), 3);
    assert_eq!(text, format!("{HEAD}</quiz>\n"));
}

prop_compose! {
    fn safe_text()(text in "([a-z*_<>&`\\[\\]()#\\-| .\\\\\"]|[A-Z]\n|\\]\\]>|é|&lt;){0,30}") -> String {
        markdown::clean(text.trim())
    }
}

prop_compose! {
    fn answer()(is_correct: bool, texts in (safe_text(), safe_text(), safe_text())) -> AnswerContent {
        let (body, rationale, matched) = texts;
        AnswerContent { body, is_correct, rationale, match_body: Some(matched) }
    }
}

fn fitting(kind: QuestionKind, mut answers: Vec<AnswerContent>) -> Vec<AnswerContent> {
    for (index, answer) in answers.iter_mut().enumerate() {
        answer.is_correct = match kind {
            SingleChoice => index == 0,
            MultipleResponse => index < 2 || answer.is_correct,
            Ordering => true,
            Matching => answer.is_correct,
        };
        match kind {
            Matching if answer.is_correct => answer.body = markdown::clean(&format!("x{}", answer.body)),
            Matching => {
                answer.body.clear();
                answer.match_body = answer.match_body.take().filter(|text| !text.is_empty()).or(Some("x".into()));
            }
            _ => answer.match_body = None,
        }
        if kind != Matching && answer.body.is_empty() {
            answer.body = "x".into();
        }
    }
    answers
}

prop_compose! {
    fn any_export()(
        kind in select(&[SingleChoice, MultipleResponse, Ordering, Matching][..]),
        answers in prop::collection::vec(answer(), 2..6),
        texts in (safe_text(), safe_text()),
        tags in prop::collection::btree_set("[a-z<&\\]>]{1,8}", 0..3),
        references in prop::collection::vec(("[a-zA-Z\\[\\]\\\\<*&]{1,9}", "https?://[a-z.()/?&=]{1,9}"), 0..3),
        key in "[a-z0-9<&\\]>-]{1,20}",
        domain in (1..9, "[a-z/<&]{1,9}"),
        task in prop::option::of(("[0-9.]{1,3}", "[a-z/]{1,9}")),
        difficulty in 1..=5,
    ) -> Export {
        let references = references.into_iter().map(|(title, url)| Reference { title: markdown::from_plain(&title), url }).collect();
        let (stem, explanation) = texts;
        let tags = tags.into_iter().collect();
        let answers = fitting(kind, answers);
        let content = Content { kind, stem, explanation, references, tags, difficulty, answers };
        Export { key, domain, task, content, upkeep: Upkeep::default() }
    }
}

proptest! {
    #[test]
    fn written_questions_survive_a_round_trip(exports in prop::collection::vec(any_export(), 1..4)) {
        let (text, left_out) = written(&exports.iter().collect::<Vec<_>>());
        prop_assert_eq!(left_out.iter().flatten().count(), 0);
        let found = all(&text).unwrap();
        prop_assert_eq!(found.len(), exports.len());
        for (found, export) in found.into_iter().zip(exports) {
            let item = found.outcome.unwrap();
            let head = ExamHead { code: "clf".into(), name: String::new() };
            prop_assert_eq!(item.category, labels::category(&head, &export));
            prop_assert_eq!(item.key, Some(export.key));
            prop_assert_eq!(item.content, export.content);
        }
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC*|[<>/!\\[\\]\"'=&;#a-z \n]{0,99}") {
        let _ = all(&text);
        let _ = all(&format!("<quiz>{text}"));
        let _ = all(&format!("<quiz><question type='ordering'>{text}</question></quiz>"));
    }

    #[test]
    fn mutated_files_never_panic(
        export in any_export(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), "[<>/&;\"x]{0,2}"), 1..4),
    ) {
        let mut chars: Vec<char> = written(&[&export]).0.chars().collect();
        for (cut, more) in cuts {
            let at = cut.index(chars.len());
            chars.splice(at..at + 1, more.chars());
        }
        let text: String = chars.into_iter().collect();
        if let Err(error) = all(&text) {
            prop_assert!(error.place.line <= text.matches('\n').count() + 1);
        }
    }
}
