//! Reasons why something was not imported, in terms that authors of a format know.

use std::io::{Cursor, Write};

use serde_json::Value;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    app::{Client, TestApp},
    common::on_both,
    interchange::{count, import},
};

on_both!(
    reasons_name_the_answer_and_the_cause,
    all_errors_of_a_file_are_reported_together,
    errors_about_packages_without_items_name_their_content,
    unsupported_interactions_are_named,
    a_domain_that_the_exam_does_not_have_is_named,
    a_question_without_its_right_answer_is_left_out_alone,
    likely_mistakes_are_noted,
    names_of_the_api_are_translated_to_those_of_the_file,
);

fn reasons(client: &Client, format: &str, file: &[u8]) -> Vec<String> {
    let report = import(client, &format!("format={format}&domain=1"), file).expect(200);
    let told = report["questions"].as_array().unwrap().iter();
    told.map(|question| question["reason"].as_str().unwrap().to_owned()).collect()
}

fn details(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|error| error["detail"].as_str().unwrap()).collect()
}

fn package(manifest: &str, files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in [("imsmanifest.xml", manifest)].iter().chain(files) {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn reasons_name_the_answer_and_the_cause(app: TestApp) {
    let grace = app.author("grace");
    for (format, file, reason) in [
        (
            "gift",
            "Which? {=a ~b ~a}",
            "answer 3 (\"a\") appears twice among the answers (white space and invisible characters are ignored)",
        ),
        ("gift", "Which? {~a ~b}", "there must be one right answer and at least one wrong one"),
        (
            "aiken",
            "Which?\nA. a\nB. a\nANSWER: A\n",
            "answer B (\"a\") appears twice among the answers (white space and invisible characters are ignored)",
        ),
        (
            "csv",
            "stem,answer_1,answer_2,correct\nWhich?,a,a,A\n",
            "answer 2 (\"a\") appears twice among the answers (white space and invisible characters are ignored)",
        ),
    ] {
        assert_eq!(reasons(&grace, format, file.as_bytes()), [reason], "{format}");
    }
    let colors = reasons(&grace, "gift", b"Which color is red? {=#ff0000 ~#00ff00}");
    assert!(colors[0].contains("its # begins feedback") && !colors[0].contains('/'), "{colors:?}");
}

fn all_errors_of_a_file_are_reported_together(app: TestApp) {
    let grace = app.author("grace");
    let gift = "Open? {=a ~b\n\nGood? {=a ~b}\n\nClosed? }\n\n::No end? {T}\n";
    let problem = import(&grace, "format=gift&domain=1", gift.as_bytes()).problem(422, "invalid");
    let lines: Vec<&str> = details(&problem).iter().map(|detail| detail.split_once(':').unwrap().0).collect();
    assert_eq!(lines, ["line 1", "line 5", "line 7"]);
    let aiken = "One?\nA. a\nC. b\nANSWER: A\n\nTwo?\nA. a\nB. b\nANSWER: A\n\nThree?\na. a\nb. b\nANSWER: B\n";
    let problem = import(&grace, "format=aiken&domain=1", aiken.as_bytes()).problem(422, "invalid");
    let lines: Vec<&str> = details(&problem).iter().map(|detail| detail.split_once(':').unwrap().0).collect();
    assert_eq!(lines, ["line 3", "line 14"]);
    let many = "Open? {=a\n\n".repeat(200);
    let problem = import(&grace, "format=gift&domain=1", many.as_bytes()).problem(422, "invalid");
    assert_eq!(details(&problem).len(), 50);
    let manifest = "<manifest><resources><resource type='imsqti_item_xmlv3p0' href='a.xml'/>\
                    <resource type='imsqti_item_xmlv3p0' href='b.xml'/></resources></manifest>";
    let broken = package(manifest, &[("a.xml", "<broken"), ("b.xml", "<other/>")]);
    let problem = import(&grace, "format=qti&domain=1", &broken).problem(422, "invalid");
    let told = details(&problem);
    assert!(told.len() == 2 && told[0].starts_with("a.xml") && told[1].starts_with("b.xml"), "{told:?}");
    assert_eq!(count(&grace, "origin=imported"), 0);
}

fn errors_about_packages_without_items_name_their_content(app: TestApp) {
    let grace = app.author("grace");
    for (resource, told) in [
        ("type='imsqti_test_xmlv2p2' href='a.xml'", "a test without its items"),
        ("type='imsqti_apipitem_xmlv2p1' href='a.xml'", "APIP"),
        ("type='assessment/x-bb-qti-pool' file='a.xml'", "Blackboard"),
        ("type='webcontent' scormType='sco' href='a.xml'", "SCORM"),
    ] {
        let manifest = format!("<manifest><resources><resource {resource}/></resources></manifest>");
        let problem =
            import(&grace, "format=qti&domain=1", &package(&manifest, &[("a.xml", "<a/>")])).problem(422, "invalid");
        let detail = details(&problem)[0].to_owned();
        assert!(detail.contains(told) && detail.contains("lists no item of QTI"), "{detail}");
    }
}

fn unsupported_interactions_are_named(app: TestApp) {
    let grace = app.author("grace");
    let item = |interaction: &str| {
        format!(
            "<assessmentItem identifier='i' title='t'><responseDeclaration identifier='R' cardinality='single'/>\
             <itemBody><p>Say it: <{interaction} responseIdentifier='R'/></p></itemBody></assessmentItem>"
        )
    };
    for name in ["extendedTextInteraction", "textEntryInteraction", "qti-hotspot-interaction", "uploadInteraction"] {
        let told = reasons(&grace, "qti", item(name).as_bytes());
        let known = told[0].replace("hotspotInteraction", "qti-hotspot-interaction");
        assert!(known.contains(name) && told[0].contains("only choices, orders and matches"), "{told:?}");
    }
}

fn a_domain_that_the_exam_does_not_have_is_named(app: TestApp) {
    let grace = app.author("grace");
    let csv = |domain: &str, task: &str| {
        format!("stem,answer_1,answer_2,correct,domain,task\nWhich?,a,b,A,{domain},{task}\n")
    };
    let json = |place: &str| {
        format!(
            "{{\"questions\": [{{\"external_key\": \"k\", {place} \"kind\": \"single_choice\", \"difficulty\": 1, \
             \"stem\": \"Which?\", \"answers\": [{{\"body\": \"a\", \"correct\": true}}, \
             {{\"body\": \"b\", \"correct\": false}}]}}]}}"
        )
    };
    for (format, file, begin) in [
        ("csv", csv("9", ""), "`domain` is \"9\", which the exam does not have; "),
        ("csv", csv("", "9.9"), "`task` is \"9.9\", which the exam does not have; "),
        ("csv", csv("", ""), "`domain` and `task` are empty; "),
        ("json", json("\"domain\": 9,"), "/domain is \"9\", which the exam does not have; "),
        ("json", json(""), "/domain and /task are missing; "),
        ("aiken", "Which?\nA. a\nB. b\nANSWER: A\n".to_owned(), "Aiken cannot name a domain; "),
        ("gift", "$CATEGORY: Nowhere\n\nWhich? {=a ~b}".to_owned(), "its category \"Nowhere\" is no domain or task"),
        ("gift", "// [tag:domain:9]\nWhich? {=a ~b}".to_owned(), "the exam has no domain \"9\"; "),
        ("gift", "Which? {=a ~b}".to_owned(), "neither a line $CATEGORY: above it nor a tag in a comment"),
    ] {
        let report = import(&grace, &format!("format={format}"), file.as_bytes()).expect(200);
        let reason = report["questions"][0]["reason"].as_str().unwrap();
        assert!(reason.starts_with(begin), "{format}: {reason}");
        assert!(reason.contains("the exam's domains are 1, 2"), "{format}: {reason}");
        assert!(reason.contains("domain= over HTTP, --domain at the command line"), "{format}: {reason}");
    }
}

fn a_question_without_its_right_answer_is_left_out_alone(app: TestApp) {
    let grace = app.author("grace");
    let aiken = "One?\nA. a\nB. b\nANSWER: A\n\nTwo?\nA. a\nB. b\nANSWER: E\n\nThree?\nA. a\nB. b\nANSWER: B\n";
    let report = import(&grace, "format=aiken&domain=1", aiken.as_bytes()).expect(201);
    assert_eq!((report["created"].as_i64(), report["skipped"].as_i64()), (Some(2), Some(1)));
    assert_eq!(report["questions"][1]["reason"], "line 9: there is no answer E");
    assert_eq!(count(&grace, "origin=imported"), 2);
}

fn likely_mistakes_are_noted(app: TestApp) {
    let grace = app.author("grace");
    for (format, file, note) in [
        ("gift", "[id:x1] [tag:abc] Which? {=a ~b}", "write ids and tags in a comment"),
        ("gift", "::Title::[tag:abc] Which is it? {=a ~b}", "write ids and tags in a comment"),
        ("csv", "stem,answer_1,answer_2,correct,tags\nWho?,a,b,A,\"s3, iam\"\n", "separate tags with `;` or `|`"),
    ] {
        let report = import(&grace, &format!("format={format}&domain=1"), file.as_bytes()).expect(201);
        assert!(report["questions"][0]["notes"][0].as_str().unwrap().contains(note), "{report}");
    }
}

fn names_of_the_api_are_translated_to_those_of_the_file(app: TestApp) {
    let grace = app.author("grace");
    let file = r#"{"questions": [{"external_key": "k", "domain": 1, "kind": "single_choice", "difficulty": 1,
        "stem": "Which?", "answers": [{"body": "a", "is_correct": true}, {"body": "b", "is_correct": false}]}]}"#;
    assert_eq!(reasons(&grace, "json", file.as_bytes()), ["answers[0].is_correct is not a known field: write correct"]);
    for (file, told) in [
        ("{\"questions\":\n[1, x]}", "line 2: this is not well-formed JSON at column 5"),
        ("{\"questions\":\n[1,", "line 2: this is not well-formed JSON: it ends too early"),
    ] {
        let problem = import(&grace, "format=json&domain=1", file.as_bytes()).problem(422, "invalid");
        assert_eq!(details(&problem), [told]);
    }
}
