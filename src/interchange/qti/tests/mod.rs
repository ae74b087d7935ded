//! Reading items and packages.

mod round_trip;

use std::io::{Cursor, Write};

use zip::{ZipWriter, write::SimpleFileOptions};

use super::{document, read, samples};
use crate::{
    interchange::model::{Found, Malformed},
    questions::model::{Content, QuestionKind},
};

pub fn all(bytes: &[u8]) -> Result<Vec<Found>, Malformed> {
    read(bytes).collect()
}

fn content(xml: &str) -> Result<Content, String> {
    all(xml.as_bytes()).unwrap().remove(0).outcome.map(|item| item.content)
}

fn texts(content: &Content) -> Vec<(&str, bool, &str, Option<&str>)> {
    let answers = content.answers.iter();
    answers.map(|a| (a.body.trim(), a.is_correct, a.rationale.trim(), a.match_body.as_deref().map(str::trim))).collect()
}

pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

pub fn manifest(resources: &str) -> String {
    format!("<manifest><resources>{resources}</resources></manifest>")
}

pub fn listing(file: &str) -> String {
    manifest(&format!("<resource type='imsqti_item_xmlv3p0' href='{file}'/>"))
}

#[test]
fn a_single_choice_of_2_1() {
    let found = all(samples::SINGLE_2_1.as_bytes()).unwrap().remove(0);
    assert_eq!((found.name.as_str(), found.place.to_string().as_str()), ("Tea", "line 3"));
    let item = found.outcome.unwrap();
    assert_eq!((item.key.as_deref(), item.title.as_deref()), (None, Some("Tea")));
    assert_eq!(item.content.kind, QuestionKind::SingleChoice);
    assert_eq!(item.content.stem, "Tea leaves differ by what is done to them.\n\nWhich tea is not oxidized?");
    assert_eq!(item.content.explanation, "");
    let answers = [
        ("Black", false, "Oxidized in full.\n\nBlack tea rests.", None),
        ("Green & fresh", true, "Heat stops it.\n\nGreen tea is heated.", None),
        ("Oolong", false, "", None),
    ];
    assert_eq!(texts(&item.content), answers);
}

#[test]
fn a_multiple_response_of_2_2_by_its_mapping() {
    let found = all(samples::MULTIPLE_2_2.as_bytes()).unwrap().remove(0);
    assert_eq!(found.name, "Which are seas?");
    let content = found.outcome.unwrap().content;
    assert_eq!(content.kind, QuestionKind::MultipleResponse);
    assert_eq!(texts(&content), [("Baltic", true, "", None), ("Baikal", false, "", None), ("Coral", true, "", None)]);
    let single = samples::MULTIPLE_2_2.replace("maxChoices=\"0\"", "maxChoices=\"1\"");
    assert!(self::content(&single).unwrap_err().contains("takes one choice"));
    let single = single.replace("mappedValue=\"0.5\"", "mappedValue=\"-0.5\"");
    assert_eq!(self::content(&single).unwrap().kind, QuestionKind::SingleChoice);
}

#[test]
fn an_order_of_3_0_is_read_in_the_correct_order() {
    let content = content(samples::ORDER_3_0).unwrap();
    assert_eq!((content.kind, content.stem.as_str()), (QuestionKind::Ordering, "From early to late?"));
    let answers = [("Dawn", true, "It comes first.", None), ("Noon", true, "", None), ("Dusk", true, "", None)];
    assert_eq!(texts(&content), answers);
}

#[test]
fn a_match_of_3_0_with_a_distractor() {
    let content = content(samples::MATCH_3_0).unwrap();
    assert_eq!(content.kind, QuestionKind::Matching);
    let answers = [
        ("Lamia", true, "", Some("Keats")),
        ("Ode on a Grecian Urn", true, "", Some("Keats")),
        ("", false, "He wrote Faust.", Some("Goethe")),
    ];
    assert_eq!(texts(&content), answers);
}

#[test]
fn what_the_bank_cannot_represent_is_reported() {
    use samples::{MATCH_3_0, ORDER_3_0, SINGLE_2_1};
    let body_end = "</itemBody>";
    let extra = |xml: &str| SINGLE_2_1.replace(body_end, &format!("{xml}{body_end}"));
    for (item, reason) in [
        (SINGLE_2_1.replace("choiceInteraction", "hottextInteraction"), "only choices"),
        (MATCH_3_0.replace("match-interaction", "associate-interaction"), "only choices"),
        (extra("<textEntryInteraction responseIdentifier='X'/>"), "a textEntryInteraction (words to be typed)"),
        (extra("<choiceInteraction responseIdentifier='X'/>"), "2 interactions"),
        (SINGLE_2_1.replace("choiceInteraction", "div"), "0 interactions"),
        (extra("<p><img src='cup.png' alt='cup'/></p>"), "picture"),
        (extra("<object data='cup.svg'/>"), "element object"),
        (extra("<feedbackInline identifier='x'>x</feedbackInline>"), "element feedbackinline"),
        (SINGLE_2_1.replace("itemBody", "templateProcessing"), "template"),
        (SINGLE_2_1.replace("adaptive=\"false\"", "adaptive=\"true\""), "adaptive"),
        (SINGLE_2_1.replace("<value>green</value>", ""), "no correct response"),
        (SINGLE_2_1.replace("<value>green", "<value>white"), "names no choice"),
        (SINGLE_2_1.replace("<value>green", "<value>black</value><value>green"), "takes one choice"),
        (SINGLE_2_1.replace("identifier=\"oolong\"", "identifier=\"black\""), "two choices"),
        (
            SINGLE_2_1.replace("cardinality=\"single\" baseType=\"id", "cardinality=\"ordered\" baseType=\"id"),
            "ordered",
        ),
        (SINGLE_2_1.replace("responseIdentifier=\"RESPONSE\"", "responseIdentifier=\"X\""), "declares no response"),
        (ORDER_3_0.replace("<qti-value>noon</qti-value>", ""), "every choice once"),
        (ORDER_3_0.replace("<qti-value>noon</qti-value>", "<qti-value>dusk</qti-value>"), "every choice once"),
        (MATCH_3_0.replace("<qti-value>ode keats</qti-value>", ""), "first set once"),
        (MATCH_3_0.replace("ode keats", "faust goethe"), "first set once"),
        (MATCH_3_0.replace("ode keats", "ode"), "no pair"),
        (MATCH_3_0.replace("ode keats", "keats ode"), "names no choice"),
    ] {
        let error = content(&item).unwrap_err();
        assert!(error.contains(reason), "{reason}: {error}");
    }
}

#[test]
fn documents_that_are_not_items_are_malformed() {
    for (xml, detail) in [
        ("\n<questestinterop/>", "QTI 1.2"),
        ("\n<assessmentTest/>", "not assessmenttest"),
        ("\n<assessmentItem>", "closed"),
    ] {
        let malformed = all(xml.as_bytes()).unwrap_err();
        assert!(malformed.detail.contains(detail) && malformed.place.line == 2, "{malformed}");
    }
}

#[test]
fn a_package_of_another_tool() {
    let files = [
        ("imsmanifest.xml", samples::MANIFEST.as_bytes()),
        ("test.xml", b"<assessmentTest/>"),
        ("items/tea 1.xml", samples::SINGLE_2_1.as_bytes()),
        ("items/sea.xml", samples::MULTIPLE_2_2.as_bytes()),
        ("old.xml", b"<questestinterop/>"),
    ];
    let found = all(&zip(&files)).unwrap();
    let places: Vec<String> = found.iter().map(|found| found.place.to_string()).collect();
    assert_eq!(places, ["items/tea%201.xml, line 3", "items/sea.xml, line 1", "old.xml, line 1"]);
    let tea = found[0].outcome.clone().unwrap();
    assert_eq!((tea.key.as_deref(), tea.category), (None, vec!["Drinks".to_owned(), "Hot".to_owned()]));
    assert_eq!((tea.content.tags, tea.content.difficulty), (vec!["leaves".to_owned()], 3));
    assert!(found[1].outcome.is_ok());
    assert!(found[2].outcome.as_ref().unwrap_err().contains("QTI 1.2"));
}

#[test]
fn unsafe_and_broken_packages_are_malformed() {
    let item = samples::SINGLE_2_1.as_bytes();
    let good = zip(&[("imsmanifest.xml", listing("a.xml").as_bytes()), ("a.xml", item)]);
    assert_eq!(all(&good).unwrap().len(), 1);
    let spoiled = |from_flags: usize, value: u8| {
        let mut bytes = good.clone();
        for at in 0..bytes.len() - 10 {
            match &bytes[at..at + 4] {
                b"PK\x03\x04" => bytes[at + 6 + from_flags] = value,
                b"PK\x01\x02" => bytes[at + 8 + from_flags] = value,
                _ => {}
            }
        }
        bytes
    };
    let with = |manifest: &str, name: &str, item: &[u8]| zip(&[("imsmanifest.xml", manifest.as_bytes()), (name, item)]);
    for (bytes, text) in [
        (zip(&[("a.xml", item)]), "has no imsmanifest.xml"),
        (with(&listing("b.xml"), "a.xml", item), "missing file \"b.xml\""),
        (with(&listing("../a.xml"), "a.xml", item), "\"../a.xml\""),
        (with(&listing("/etc/a.xml"), "a.xml", item), "\"/etc/a.xml\""),
        (with(&listing("C:a.xml"), "a.xml", item), "\"C:a.xml\""),
        (with(&listing("items\\a.xml"), "a.xml", item), "a.xml\""),
        (with(&listing("a.xml"), "x/../../a.xml", item), "x/../../a.xml"),
        (with(&manifest("<resource type='imsqti_item_xmlv2p1'/>"), "a.xml", item), "without a file"),
        (with("<assessmentTest/>", "a.xml", item), "imsmanifest.xml, line 1: must be a manifest"),
        (with("\n<manifest>&x;</manifest>", "a.xml", item), "imsmanifest.xml, line 2"),
        (with(&listing("a.xml"), "a.xml", b"<assessmentItem>\n<"), "a.xml, line 2"),
        (with(&listing("a.xml"), "a.xml", b"\n\xff"), "a.xml, line 2"),
        (good[..good.len() - 30].to_vec(), "complete ZIP"),
        (spoiled(0, 1), "imsmanifest.xml, line 1: cannot be unpacked: unsupported Zip archive: Password"),
        (spoiled(2, 12), "imsmanifest.xml, line 1: cannot be unpacked: "),
    ] {
        let malformed = all(&bytes).unwrap_err().to_string();
        assert!(malformed.contains(text), "{text}: {malformed}");
    }
}

#[test]
fn bombs_are_not_unpacked() {
    let blank = vec![b' '; (4 << 20) + 1];
    let long = zip(&[("imsmanifest.xml", listing("a.xml").as_bytes()), ("a.xml", &blank)]);
    assert!(long.len() < 20_000);
    assert!(all(&long).unwrap_err().to_string().contains("a.xml, line 1: has more than 4194304 bytes"));

    let many = [b"PK\x03\x04".to_vec(), b"PK\x01\x02".repeat(200_001)].concat();
    assert!(all(&many).unwrap_err().detail.contains("200000 files"));
}

#[test]
fn names_of_all_versions_are_one() {
    let old = document("<assessmentItem timeDependent='false'><simpleChoice/></assessmentItem>").unwrap();
    let new =
        "<q:qti-assessment-item xmlns:q='n' time-dependent='false'><q:qti-simple-choice/></q:qti-assessment-item>";
    let new = document(new).unwrap();
    for root in [old, new] {
        assert_eq!((root.name.as_str(), root.attribute("timedependent")), ("assessmentitem", Some("false")));
        assert!(root.child("simplechoice").is_some());
    }
}
