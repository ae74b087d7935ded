//! Imports of many questions, and of files with many errors.

use serde_json::{Value, json};

use crate::{
    app::TestApp,
    common::on_both,
    interchange::{count, import},
};

on_both!(
    many_questions_are_changed_together,
    two_keys_of_one_question_are_recognized,
    a_file_with_other_right_answers_is_reported,
    a_multipart_form_is_not_accepted_as_a_file,
    all_errors_of_a_file_are_reported,
);

/// More questions than are stored in one part.
const MANY: usize = 120;

fn file(stone: &str) -> String {
    let question = |n| format!("// [id:many-{n}]\nWhich one is number {n}? {{=the {stone} {n} ~another}}\n\n");
    (0..MANY).map(question).collect()
}

fn answer(question: &Value) -> &str {
    question["answers"][0]["body"].as_str().unwrap()
}

fn many_questions_are_changed_together(app: TestApp) {
    let (grace, root) = (app.author("grace"), app.admin("root"));
    let target = "format=gift&domain=1";
    let first = import(&grace, target, file("quartz").as_bytes()).expect(201);
    assert_eq!(first["created"], MANY);
    let plan = import(&grace, &format!("{target}&dry_run=true"), file("basalt").as_bytes()).expect(200);
    assert_eq!((&plan["changed"], count(&grace, "q=basalt")), (&json!(MANY), 0));
    let second = import(&grace, target, file("basalt").as_bytes()).expect(201);
    assert_eq!(second["changed"], MANY);
    assert_eq!((count(&grace, "status=draft"), count(&grace, "q=basalt"), count(&grace, "q=quartz")), (120, 120, 0));
    for n in [0, 49, 50, MANY - 1] {
        assert_eq!(second["questions"][n]["id"], first["questions"][n]["id"]);
        let path = format!("/api/v1/questions/{}", second["questions"][n]["id"].as_str().unwrap());
        assert_eq!(answer(&grace.get(&path).expect(200)), format!("the basalt {n}"));
    }
    // Published questions get new revisions, which from then on change in place.
    let published = import(&root, &format!("{target}&status=published"), file("basalt").as_bytes()).expect(200);
    assert_eq!((&published["skipped"], &published["unchanged"]), (&json!(0), &json!(MANY)), "{published}");
    let third =
        import(&root, "format=gift&domain=1&status=published", file("granite").replace("many", "more").as_bytes());
    assert_eq!(third.expect(201)["created"], MANY);
    let revised = file("marble").replace("many", "more");
    let fourth = import(&grace, target, revised.as_bytes()).expect(201);
    assert_eq!(fourth["superseded"], MANY);
    assert_eq!(import(&grace, target, revised.as_bytes()).expect(200)["unchanged"], MANY);
    let path = format!("/api/v1/questions/{}", fourth["questions"][77]["id"].as_str().unwrap());
    let question = grace.get(&path).expect(200);
    assert_eq!((answer(&question), &question["status"]), ("the marble 77", &json!("draft")));
    assert_eq!(count(&grace, "status=published&q=granite"), 120);
}

fn two_keys_of_one_question_are_recognized(app: TestApp) {
    let grace = app.author("grace");
    let stored = import(&grace, "format=gift&domain=1", b"// [id:one]\nWhich? {=a ~b}").expect(201);
    let id = stored["questions"][0]["id"].as_str().unwrap();
    let both = format!("// [id:one]\nWhich now? {{=a ~b}}\n\n// [id:{id}]\nWhich then? {{=a ~b}}");
    let report = import(&grace, "format=gift&domain=1", both.as_bytes()).expect(201);
    assert_eq!(report["changed"], 2, "{report}");
    assert_eq!(grace.get(&format!("/api/v1/questions/{id}")).expect(200)["stem"], "Which then?");
}

fn a_multipart_form_is_not_accepted_as_a_file(app: TestApp) {
    let grace = app.author("grace");
    let send = |kind: &str, file: &[u8]| {
        let url = "/api/v1/imports?exam=demo&format=gift&domain=1";
        grace.request("POST", url, &[("content-type", kind)], file)
    };
    let gift = "Which is it? {=a ~b}";
    let form =
        format!("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.gift\"\r\n\r\n{gift}\r\n--x--\r\n");
    let refused = send("Multipart/Form-Data; boundary=x", form.as_bytes()).problem(415, "unsupported-media-type");
    assert!(refused["detail"].as_str().unwrap().contains("curl --data-binary @FILE"), "{refused}");
    assert_eq!(count(&grace, "status=draft"), 0);
    // The type that curl --data-binary sends by default.
    assert_eq!(send("application/x-www-form-urlencoded", gift.as_bytes()).expect(201)["created"], 1);
}

fn a_file_with_other_right_answers_is_reported(app: TestApp) {
    let (grace, root) = (app.author("grace"), app.admin("root"));
    let told = |format: &str, file: &str, outcome: &str, reason: &str| {
        let query = format!("format={format}&domain=1");
        let plan = import(&grace, &format!("{query}&dry_run=true"), file.as_bytes()).expect(200);
        let report = import(&grace, &query, file.as_bytes()).json();
        let last = |report: &Value| report["questions"].as_array().unwrap().last().unwrap().clone();
        let question = last(&report);
        assert_eq!(last(&plan), question, "{file}");
        assert_eq!(question["outcome"], outcome, "{report}");
        assert!(question["reason"].as_str().unwrap_or_default().contains(reason), "{report}");
        question["id"].clone()
    };
    let file = b"// [id:hot]\nWhich is hot? {~ice =steam ~dew}\n\n// [id:wet]\nWater is wet. {TRUE}";
    let stored = import(&root, "format=gift&domain=1&status=published", file).expect(201);
    let id = &stored["questions"][0]["id"];
    let path = format!("/api/v1/questions/{}", id.as_str().unwrap());
    let before = grace.get(&path).expect(200);
    let other = "the bank has this question as hot, but with other right answers";
    let csv = "stem,answer_1,answer_2,answer_3,correct\nWhich is hot?,ice,steam,dew,";
    for (format, file) in [
        ("aiken", "Which is hot?\nA. ice\nB. steam\nC. dew\nANSWER: A\n"),
        ("csv", &format!("{csv}C\n")),
        ("gift", "// [id:warm]\nWhich is hot? {=ice ~steam ~dew}"),
    ] {
        assert_eq!(told(format, file, "skipped", other), *id);
    }
    told("gift", "Water is wet. {FALSE}", "skipped", "as wet, but with other right answers");
    for (format, file) in [
        ("aiken", "Which is hot?\nA. ice\nB. steam\nC. dew\nANSWER: B\n"),
        ("csv", &format!("{csv}B\n")),
        ("gift", "// [id:warm]\nWhich is hot? {~ice =steam#It is. ~dew}"),
    ] {
        assert_eq!(told(format, file, "unchanged", "the bank has it as hot"), *id);
    }
    assert_eq!(grace.get(&path).expect(200), before);
    // If several are in the bank, the one with the key of the file is meant.
    let twin = crate::authoring::question("Which is hot?");
    let mut twin = twin.as_object().unwrap().clone();
    let answer = |body: &str, is_correct| json!({"body": body, "is_correct": is_correct, "rationale": ""});
    twin.insert("answers".into(), json!([answer("ice", true), answer("steam", false), answer("dew", false)]));
    let twin = grace.post("/api/v1/questions", &json!(twin)).expect(201);
    assert_eq!(told("csv", &format!("{csv}A\n"), "unchanged", "the bank has it as"), twin["id"]);
    assert_eq!(told("csv", &format!("{csv}B\n"), "unchanged", "the bank has it as hot"), *id);
    told("csv", &format!("{csv}C\n"), "skipped", "with other right answers");
    // Within the same file.
    let twice = "Which is cold?\nA. ice\nB. fire\nANSWER: A\n\nWhich is cold?\nA. ice\nB. fire\nANSWER: ";
    told("aiken", &format!("{twice}B\n"), "skipped", "the same question is at line 1, but with other right answers");
    told("aiken", &format!("{twice}A\n"), "skipped", "appears earlier, at line 1");
    let ids = "// [id:a]\nWhich is old? {=a ~b}\n\n// [id:b]\nWhich is old? {~a =b}";
    told("gift", ids, "skipped", "the same question is at line 2, but with other right answers");
}

fn all_errors_of_a_file_are_reported(app: TestApp) {
    let grace = app.author("grace");
    let moodle = format!("<quiz>\n{}</quiz>", "<question type=\"essay\">&nbsp;</question>\n".repeat(60));
    for (format, file, flaws, last) in [
        ("moodle_xml", moodle.as_str(), 50, "line 51: has &nbsp;"),
        ("csv", "tags,color,Tags\nx,y,z", 3, "line 1: has no column `stem`"),
    ] {
        let problem = import(&grace, &format!("format={format}"), file.as_bytes()).problem(422, "invalid");
        let errors = problem["errors"].as_array().unwrap();
        assert_eq!(errors.len(), flaws, "{problem}");
        assert!(errors[flaws - 1]["detail"].as_str().unwrap().starts_with(last), "{problem}");
    }
}
