//! Import and export of questions in every format.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::{Value, json};

use crate::{
    app::{Client, Reply, TestApp},
    authoring::{put, to_status},
    common::{database::TestDatabase, on_both},
};

on_both!(
    a_file_is_imported_once_and_its_changes_supersede,
    a_file_that_cannot_be_read_leaves_nothing,
    questions_that_cannot_be_imported_are_reported_with_the_reason,
    nothing_that_runs_script_reaches_a_reader,
    plain_text_keeps_its_meaning,
    content_that_is_left_out_is_reported_with_its_question,
    exported_questions_survive_a_round_trip,
    a_file_of_drafts_publishes_nothing,
    questions_written_here_are_recognized_in_a_file,
    drafts_of_others_are_reported_and_not_changed,
    an_old_file_publishes_retired_questions_again,
    the_same_file_twice_at_once_is_imported_once,
    an_import_happens_once_for_each_key,
    the_same_key_twice_at_once_gives_one_report,
    a_failed_import_releases_its_key,
    an_import_whose_token_is_revoked_stops_and_says_how_far_it_came,
    an_import_stops_when_the_blueprint_changes,
    questions_that_are_too_long_are_reported,
    slow_uploads_hold_no_permit,
    concurrent_uploads_share_a_memory_limit,
    large_files_have_a_limit,
    a_whole_bank_can_be_checked,
);

pub const GIFT: &str = "\
$CATEGORY: top/2 Second

// [id:rivers-1] [tag:rivers]
::The longest:: Which river is longer than the others? {
    =the Nile#It has 6,650 km.
    ~the Rhine#It has 1,230 km.
    ~the Thames#It has 346 km.
    ####Length is what is asked for.
}

Is water wet? {TRUE}

What do you think? {}

::Pairs:: Match. {
    =one -> 1
    =two -> 2
}
";

pub fn import(client: &Client, query: &str, file: &[u8]) -> Reply {
    client.request("POST", &format!("/api/v1/imports?exam=demo&{query}"), &[("content-type", "text/plain")], file)
}

/// An import that sends this many bytes and never ends.
fn trickle(app: &TestApp, client: &Client, bytes: usize) -> TcpStream {
    let mut stream = TcpStream::connect(app.address).unwrap();
    let authorization = client.authorization.as_ref().unwrap();
    let head = format!(
        "POST /api/v1/imports?exam=demo&format=gift&domain=1 HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n\
         Content-Length: 99999\r\nExpect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    // The handler is about to read the body: only then does the server request it.
    let mut answer = [0; 25];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(&vec![b' '; bytes]).unwrap();
    stream
}

/// The result of each question: line, outcome.
fn outcomes(report: &Value) -> Vec<(i64, String)> {
    let told = |q: &Value| (q["line"].as_i64().unwrap(), q["outcome"].as_str().unwrap().to_owned());
    report["questions"].as_array().unwrap().iter().map(told).collect()
}

pub fn count(client: &Client, query: &str) -> i64 {
    let page = client.get(&format!("/api/v1/questions?exam=demo&limit=1&total=true&{query}")).expect(200);
    page["total"].as_i64().unwrap()
}

fn a_file_is_imported_once_and_its_changes_supersede(app: TestApp) {
    let (grace, root) = (app.author("grace"), app.admin("root"));
    let plan = import(&grace, "format=gift&dry_run=true", GIFT.as_bytes()).expect(200);
    assert_eq!((&plan["dry_run"], &plan["created"], &plan["skipped"]), (&json!(true), &json!(3), &json!(1)));
    assert_eq!(count(&grace, "origin=imported"), 0);

    let reply = import(&grace, "format=gift", GIFT.as_bytes());
    let report = reply.expect(201);
    let created = |line| (line, "created".to_owned());
    assert_eq!(outcomes(&report), [created(4), created(11), (13, "skipped".into()), created(15)], "{report}");
    assert!(report["questions"][2]["reason"].as_str().unwrap().contains("essay"), "{report}");
    let path = format!("/api/v1/questions/{}", report["questions"][0]["id"].as_str().unwrap());
    let question = grace.get(&path).expect(200);
    for (field, value) in [
        ("status", json!("draft")),
        ("origin", json!("imported")),
        ("domain", json!(2)),
        ("task", json!(null)),
        ("external_key", json!("rivers-1")),
        ("tags", json!(["rivers"])),
        ("kind", json!("single_choice")),
        ("explanation", json!("Length is what is asked for.")),
    ] {
        assert_eq!(question[field], value, "{field}");
    }
    assert_eq!(question["answers"][1]["rationale"], "It has 1,230 km.");

    let again = import(&grace, "format=gift", GIFT.as_bytes()).expect(200);
    assert_eq!((&again["unchanged"], &again["created"], &again["skipped"]), (&json!(3), &json!(0), &json!(1)));
    assert_eq!(again["questions"][0]["id"], report["questions"][0]["id"]);

    // A draft changes in place; a published question gets a new revision.
    let longer = GIFT.replace("6,650 km", "about 6,650 km");
    let changed = import(&grace, "format=gift", longer.as_bytes()).expect(201);
    assert_eq!((&changed["changed"], &changed["unchanged"]), (&json!(1), &json!(2)));
    assert_eq!(changed["questions"][0]["id"], report["questions"][0]["id"]);
    to_status(&grace, &question, "in_review").expect(200);
    to_status(&root, &question, "published").expect(200);
    let longest = GIFT.replace("6,650 km", "nearly 6,700 km");
    let changed = import(&grace, "format=gift", longest.as_bytes()).expect(201);
    assert_ne!(changed["questions"][0]["id"], report["questions"][0]["id"]);
    let old = grace.get(&path).expect(200);
    assert_eq!((&old["status"], &old["superseded_by"]), (&json!("published"), &changed["questions"][0]["id"]));
    assert_eq!(import(&grace, "format=gift", longest.as_bytes()).expect(200)["unchanged"], 3);
    // The published revision equals the file: the newer revision of somebody else is not changed.
    let in_progress = format!("/api/v1/questions/{}", changed["questions"][0]["id"].as_str().unwrap());
    let before = grace.get(&in_progress).expect(200);
    let same = import(&root, "format=gift", longer.as_bytes()).expect(200);
    assert_eq!((&same["unchanged"], &same["questions"][0]["id"]), (&json!(3), &report["questions"][0]["id"]));
    let reason = same["questions"][0]["reason"].as_str().unwrap();
    assert!(reason.contains(changed["questions"][0]["id"].as_str().unwrap()), "{reason}");
    assert_eq!(grace.get(&in_progress).expect(200), before);
    import(&grace, "format=gift&status=published", longest.as_bytes()).problem(403, "own-question");
}

fn a_file_that_cannot_be_read_leaves_nothing(app: TestApp) {
    let grace = app.author("grace");
    let good = GIFT.lines().take(11).collect::<Vec<_>>().join("\n");
    let open = format!("{good}\n\nUnclosed? {{=a ~b\n");
    for (format, file, told) in [
        ("gift", open.as_bytes(), "line 13"),
        ("gift", b"Which?\n{=caf\xe9 ~b}", "line 2"),
        ("aiken", b"Which?\nA. x\nC. y\nANSWER: A\n", "line 3"),
        ("moodle_xml", b"<quiz>\n<question type=\"multichoice\">", "line 2"),
        ("moodle_xml", b"<!DOCTYPE q [<!ENTITY a \"b\">]><quiz/>", "line 1"),
        ("qti", b"PK\x03\x04nothing", "line 1"),
        ("csv", b"stem,color\nx,y\n", "color"),
        ("json", b"{\"questions\":\n[1,", "line 2"),
        ("json", b"[]", "line 1"),
    ] {
        let problem = import(&grace, &format!("format={format}"), file).problem(422, "invalid");
        let detail = problem["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.contains(told), "{format}: {detail}");
    }
    assert_eq!(count(&grace, "origin=imported"), 0);
    for wrong in ["format=word", "format=gift&status=retired", "format=gift&exam=demo", "format=gift&color=red", ""] {
        import(&grace, wrong, b"x").problem(400, "bad-request");
    }
    let problem = import(&grace, "format=gift&domain=9", b"x").problem(404, "not-found");
    assert!(problem["detail"].as_str().unwrap().starts_with("the exam has no domain 9: its domains are 1, 2"));
    app.learner("ada").request("POST", "/api/v1/imports?exam=demo&format=gift", &[], b"x").problem(403, "forbidden");
    // The error for a file without questions says what a question looks like.
    for (format, file, told) in [
        ("gift", "// nothing\n", "braces"),
        ("aiken", "\n", "ANSWER: A"),
        ("csv", "stem,correct\n", "below the header row"),
        ("moodle_xml", "<quiz></quiz>", "has no question"),
        ("json", "{\"questions\": []}", "is empty"),
    ] {
        for dry_run in [true, false] {
            let problem =
                import(&grace, &format!("format={format}&dry_run={dry_run}"), file.as_bytes()).problem(422, "invalid");
            assert!(problem["errors"][0]["detail"].as_str().unwrap().contains(told), "{problem}");
        }
    }
}

fn questions_that_cannot_be_imported_are_reported_with_the_reason(app: TestApp) {
    let grace = app.author("grace");
    let file = "Which? {=a ~a}\n\nWho? {=x ~y}\n\n// [id:demo-1.1-000]\nWhat? {=x ~y}\n\n\
                // [id:twice]\nWhy? {=x ~y}\n\n// [id:twice]\nHow? {=x ~y}\n";
    let report = import(&grace, "format=gift", file.as_bytes()).expect(200);
    let reasons: Vec<&str> =
        report["questions"].as_array().unwrap().iter().map(|q| q["reason"].as_str().unwrap()).collect();
    assert!(
        reasons.iter().all(|reason| reason.contains("names a domain or task; the exam's domains are 1, 2")),
        "{reasons:?}"
    );
    let report = import(&grace, "format=gift&domain=1", file.as_bytes()).expect(201);
    let told: Vec<(&str, &str)> = report["questions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|q| (q["outcome"].as_str().unwrap(), q["reason"].as_str().unwrap_or_default()))
        .collect();
    assert!(told[0].0 == "skipped" && told[0].1.contains("appears twice"), "{told:?}");
    assert_eq!(told[1], ("created", ""));
    // The bundled question with this key is superseded by a draft, and stays published.
    assert_eq!(told[2], ("superseded", ""));
    assert_eq!(told[3], ("created", ""));
    assert!(told[4].0 == "skipped" && told[4].1.contains("line 9"), "{told:?}");
    assert_eq!(count(&grace, "status=published"), 20);
}

fn nothing_that_runs_script_reaches_a_reader(app: TestApp) {
    let root = app.admin("root");
    let gift = "[html]<p onclick\\=\"alert(1)\">Which <b onload\\=x>one</b>?</p> \
                {=<b onclick\\=alert(3)>a</b> ~[html]<a href\\=\"javascript\\:alert(4)\">b</a> \
                ~[markdown][c](javascript\\:alert(5))}\n\n\
                [html]Which<script>alert(1)</script>?{=a ~b}\n\nWhich?{=a ~[markdown]<iframe src\\=x></iframe>}\n";
    let xml = |stem: &str| {
        format!(
            "<quiz><question type=\"truefalse\"><name><text>n</text></name><questiontext format=\"html\"><text>\
             <![CDATA[{stem}]]></text></questiontext><answer fraction=\"100\"><text>true</text></answer>\
             <answer fraction=\"0\"><text>false</text></answer></question></quiz>"
        )
    };
    let csv = "stem,answer_1,answer_2,correct\n\
               \"<b onerror=alert(8)>Which</b> one?\",\"<a href='data:text/html,x'>x</a>\",y,A\n\
               \"<img src=x onerror=alert(8)>Which one?\",x,y,A\n";
    let files = [
        ("gift", gift.to_owned(), 1, 2),
        ("moodle_xml", xml("<p onload=alert(7)>Is it?</p>"), 1, 0),
        ("moodle_xml", xml("<svg onload=alert(7)></svg><p>Is it?</p>"), 0, 1),
        ("csv", csv.to_owned(), 1, 1),
    ];
    for (format, file, created, skipped) in files {
        let report = import(&root, &format!("format={format}&domain=1&status=published"), file.as_bytes()).json();
        assert_eq!((&report["created"], &report["skipped"]), (&json!(created), &json!(skipped)), "{report}");
    }
    let page = root.get("/api/v1/questions?exam=demo&origin=imported&limit=100").text;
    for (format, _) in [("json", ""), ("moodle_xml", ""), ("csv", ""), ("gift", "")] {
        let file = root.get(&format!("/api/v1/exams/demo/export?format={format}")).text;
        for text in [&page, &file] {
            for bad in ["<script", "onerror", "onclick", "onload", "javascript:", "<iframe", "data:text", "<svg"] {
                assert!(!text.contains(bad), "{bad} is in {text}");
            }
        }
    }
}

fn plain_text_keeps_its_meaning(app: TestApp) {
    let grace = app.author("grace");
    import(&grace, "format=gift&domain=1", b"What does <script> do to 2 * 3 * 4? {=x ~y}").expect(201);
    let stem = grace.get("/api/v1/questions?exam=demo&origin=imported").expect(200)["items"][0]["stem"].clone();
    assert_eq!(stem, "What does &lt;script> do to 2 * 3 * 4?");
}

fn content_that_is_left_out_is_reported_with_its_question(app: TestApp) {
    let grace = app.author("grace");
    let xml = include_bytes!("../../src/interchange/samples/hints-and-feedback.xml");
    let report = import(&grace, "format=moodle_xml&domain=1", xml).expect(201);
    let told = &report["questions"][0];
    assert_eq!(told["outcome"], "created");
    let notes: Vec<&str> = told["notes"].as_array().unwrap().iter().map(|note| note.as_str().unwrap()).collect();
    assert!(notes.len() == 2 && notes[0].contains("hints") && notes[1].contains("feedback"), "{notes:?}");
    let xml = include_bytes!("../../src/interchange/samples/data-image.xml");
    let report = import(&grace, "format=moodle_xml&domain=1&dry_run=true", xml).expect(200);
    let told = &report["questions"][0];
    assert!(told["reason"].as_str().unwrap().starts_with("the question shows the picture"), "{told}");
    assert!(told.get("notes").is_none());
}

fn exported_questions_survive_a_round_trip(app: TestApp) {
    let grace = app.author("grace");
    for (format, unchanged, left_out) in
        [("json", 20, 0), ("csv", 20, 0), ("moodle_xml", 20, 0), ("qti", 20, 0), ("gift", 10, 5)]
    {
        let path = format!("/api/v1/exams/demo/export?format={format}");
        let file = grace.get(&path);
        assert_eq!(file.status, 200, "{}", file.text);
        assert_eq!(file.header("tripos-left-out"), Some(left_out.to_string().as_str()), "{format}");
        let told = grace.get(&path.replace("?", "/report?")).expect(200);
        assert_eq!(told["left_out"].as_array().unwrap().len(), left_out);
        let report = import(&grace, &format!("format={format}&dry_run=true"), &file.bytes).expect(200);
        // GIFT has no place for the rationales of pairs.
        let unlike: Vec<&Value> =
            report["questions"].as_array().unwrap().iter().filter(|q| q["outcome"] != "unchanged").collect();
        assert_eq!(report["unchanged"], unchanged, "{format}: {unlike:?}");
        assert_eq!(report["created"], 0, "{format}: {unlike:?}");
    }
    let aiken = grace.get("/api/v1/exams/demo/export?format=aiken");
    assert_eq!(aiken.header("tripos-left-out"), Some("15"));
    assert_eq!(aiken.text.matches("ANSWER: B").count(), 5);
    let anki = grace.get("/api/v1/exams/demo/export?format=anki");
    assert!(anki.bytes.starts_with(b"PK") && anki.header("content-disposition").unwrap().contains("demo.apkg"));
    grace.get("/api/v1/exams/demo/export?format=word").problem(400, "bad-request");
    grace.get("/api/v1/exams/nothing/export?format=gift").problem(404, "not-found");
}

fn a_file_of_drafts_publishes_nothing(app: TestApp) {
    let grace = app.author("grace");
    grace.post("/api/v1/questions", &crate::authoring::question("Which one is new?")).expect(201);
    for (status, written) in [("draft", "draft"), ("published", "published")] {
        let file = grace.get(&format!("/api/v1/exams/demo/export?format=json&status={status}")).json();
        let questions = file["questions"].as_array().unwrap();
        assert!(!questions.is_empty() && questions.iter().all(|question| question["status"] == written), "{file}");
    }
    let file = grace.get("/api/v1/exams/demo/export?format=json&status=draft").json();
    let summary = app.database.seed(&file);
    assert_eq!((summary.created, summary.superseded, summary.left_out), (0, 0, 1));
}

fn questions_written_here_are_recognized_in_a_file(app: TestApp) {
    let grace = app.author("grace");
    let own = grace.post("/api/v1/questions", &crate::authoring::question("Which one is new?")).expect(201);
    let file = grace.get("/api/v1/exams/demo/export?format=csv&status=draft");
    let same = import(&grace, "format=csv", &file.bytes).expect(200);
    assert_eq!((&same["unchanged"], &same["created"]), (&json!(1), &json!(0)));
    let changed = import(&grace, "format=csv&status=in_review", file.text.replace("is new", "is newer").as_bytes());
    assert_eq!(changed.expect(201)["questions"][0]["id"], own["id"]);
    let path = format!("/api/v1/questions/{}", own["id"].as_str().unwrap());
    let now = grace.get(&path).expect(200);
    assert_eq!((&now["status"], &now["stem"]), (&json!("in_review"), &json!("Which one is newer?")));
    // A question in review is not changed, even by its writer.
    let newest = file.text.replace("is new", "is newest");
    let told = import(&grace, "format=csv", newest.as_bytes()).expect(200);
    assert_eq!((&told["skipped"], &told["questions"][0]["id"]), (&json!(1), &own["id"]), "{told}");
    to_status(&grace, &own, "draft").expect(200);
    assert_eq!(import(&grace, "format=csv", newest.as_bytes()).expect(201)["changed"], 1);
    let history = grace.get(&format!("{path}/history")).expect(200);
    let steps: Vec<&str> = history["revisions"][0]["status_changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["to"].as_str().unwrap())
        .collect();
    assert_eq!(steps, ["in_review", "draft"]);
}

fn drafts_of_others_are_reported_and_not_changed(app: TestApp) {
    let (grace, root) = (app.author("grace"), app.admin("root"));
    let own = grace.post("/api/v1/questions", &crate::authoring::question("Which one is new?")).expect(201);
    let file = grace.get("/api/v1/exams/demo/export?format=csv&status=draft").text;
    let other = file.replace("is new", "is other");
    let left = |client: &Client, query: &str, file: &str, status: u16, reason: &str| {
        let before = grace.get(&format!("/api/v1/questions/{}", own["id"].as_str().unwrap())).expect(200);
        let told = import(client, query, file.as_bytes()).expect(status);
        let question = &told["questions"][0];
        assert_eq!((&question["outcome"], &question["id"]), (&json!("skipped"), &own["id"]), "{told}");
        assert!(question["reason"].as_str().unwrap().contains(reason), "{told}");
        assert_eq!(grace.get(&format!("/api/v1/questions/{}", own["id"].as_str().unwrap())).expect(200), before);
    };
    for query in ["format=csv", "format=csv&status=published"] {
        left(&root, query, &other, 200, "a draft that grace wrote or edited last, and differs");
        let dry_run = format!("{query}&dry_run=true");
        left(&root, &dry_run, &other, 200, "a draft that grace wrote or edited last, and differs");
    }
    assert_eq!(import(&root, "format=csv", file.as_bytes()).expect(200)["unchanged"], 1);
    to_status(&grace, &own, "in_review").expect(200);
    for client in [&grace, &root] {
        left(client, "format=csv", &other, 200, "is in review");
        left(client, "format=csv&dry_run=true", &other, 200, "is in review");
    }
    // A change of a published question, in a draft of somebody else.
    to_status(&root, &own, "published").expect(200);
    let in_progress = import(&grace, "format=csv", other.as_bytes()).expect(201);
    let third = file.replace("is new", "is third");
    let told = import(&root, "format=csv", third.as_bytes()).expect(200);
    assert_eq!(told["skipped"], 1, "{told}");
    assert_eq!(told["questions"][0]["id"], in_progress["questions"][0]["id"]);
    assert_eq!(import(&grace, "format=csv", third.as_bytes()).expect(201)["changed"], 1);
}

fn an_old_file_publishes_retired_questions_again(app: TestApp) {
    let (grace, root) = (app.author("grace"), app.admin("root"));
    // Without a key: exports use its id.
    root.post("/api/v1/questions", &crate::authoring::question("Which one is first?")).expect(201);
    let draft = grace.get("/api/v1/exams/demo/export?format=csv&status=draft");
    import(&root, "format=csv&status=published", draft.text.replace("first", "best").as_bytes()).expect(201);
    let old = grace.get("/api/v1/exams/demo/export?format=csv").text;
    let one = |file: &str| {
        let lines = file.lines().enumerate().filter(|(at, line)| *at == 0 || line.contains("Which one is"));
        lines.map(|(_, line)| line).collect::<Vec<_>>().join("\n")
    };
    let old = one(&old);
    assert_eq!(import(&root, "format=csv", old.as_bytes()).expect(200)["unchanged"], 1);
    import(&root, "format=csv&status=published", old.replace("best", "last").as_bytes()).expect(201);
    let back = import(&root, "format=csv&status=published", old.as_bytes()).expect(201);
    assert_eq!((&back["superseded"], &back["unchanged"]), (&json!(1), &json!(0)), "{back}");
    let file = grace.get("/api/v1/exams/demo/export?format=csv").text;
    assert!(file.contains("Which one is best?") && !file.contains("Which one is last?"), "{}", one(&file));
}

fn the_same_file_twice_at_once_is_imported_once(app: TestApp) {
    let clients = [app.author("grace"), app.author("alan")];
    let reports: Vec<Value> = std::thread::scope(|scope| {
        let send = |client| scope.spawn(move || import(client, "format=gift", GIFT.as_bytes()).json());
        let sent: Vec<_> = clients.iter().map(send).collect();
        sent.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let sum = |field: &str| reports.iter().map(|report| report[field].as_i64().unwrap()).sum::<i64>();
    assert_eq!((sum("created"), sum("unchanged")), (3, 3), "{reports:?}");
}

fn an_import_happens_once_for_each_key(app: TestApp) {
    let grace = app.author("grace");
    let send = |file: &str| {
        let headers = [("content-type", "text/plain"), ("idempotency-key", "once")];
        grace.request("POST", "/api/v1/imports?exam=demo&format=gift", &headers, file.as_bytes())
    };
    let first = send(GIFT).expect(201);
    let again = send(GIFT);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.expect(201), first);
    send("Else? {=a ~b}").problem(422, "idempotency-key-reused");
}

fn the_same_key_twice_at_once_gives_one_report(app: TestApp) {
    let grace = app.author("grace");
    let file: String = (0..300).map(|n| format!("Which is {n}? {{=a ~b}}\n\n")).collect();
    let send = || {
        let headers = [("content-type", "text/plain"), ("idempotency-key", "twice")];
        grace.request("POST", "/api/v1/imports?exam=demo&format=gift&domain=1", &headers, file.as_bytes())
    };
    let replies: Vec<Reply> = std::thread::scope(|scope| {
        let sent: Vec<_> = (0..2).map(|_| scope.spawn(send)).collect();
        sent.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let reports: Vec<Value> = replies.iter().filter(|reply| reply.status == 201).map(Reply::json).collect();
    assert!(reports.iter().all(|report| *report == reports[0] && report["created"] == 300), "{reports:?}");
    for other in replies.iter().filter(|reply| reply.status != 201) {
        other.problem(409, "idempotency-key-in-use");
    }
    assert_eq!(send().expect(201), reports[0]);
}

fn a_failed_import_releases_its_key(app: TestApp) {
    let grace = app.author("grace");
    let send = |client: &Client, file: &str| {
        let headers = [("content-type", "text/plain"), ("idempotency-key", "again")];
        client.request("POST", "/api/v1/imports?exam=demo&format=gift&domain=1", &headers, file.as_bytes())
    };
    send(&grace, "Which? {=a").problem(422, "invalid");
    assert_eq!(send(&grace, "Which? {=a ~b}").expect(201)["created"], 1);
}

fn an_import_whose_token_is_revoked_stops_and_says_how_far_it_came(app: TestApp) {
    let (grace, root) = (app.author("grace"), app.admin("root"));
    let file: String = (0..4000).map(|n| format!("Which is {n}? {{=a ~b}}\n\n")).collect();
    let send = || {
        let headers = [("content-type", "text/plain"), ("idempotency-key", "half")];
        grace.request("POST", "/api/v1/imports?exam=demo&format=gift&domain=1", &headers, file.as_bytes())
    };
    let change = |body: &Value| {
        let me = grace.get("/api/v1/me").expect(200);
        root.patch(&format!("/api/v1/users/{}", me["id"].as_str().unwrap()), body).expect(200)
    };
    let reply = std::thread::scope(|scope| {
        let sent = scope.spawn(send);
        while app.database.count("questions WHERE origin = 'imported'") == 0 {}
        change(&json!({"role": "learner"}));
        sent.join().unwrap()
    });
    let detail = reply.problem(403, "forbidden")["detail"].as_str().unwrap().to_owned();
    let stored = app.database.count("questions WHERE origin = 'imported'");
    assert!(detail.contains(&format!("the first {stored} of 4000 questions were already imported")), "{detail}");
    change(&json!({"role": "author"}));
    // The same import continues where it stopped, with the same key.
    let rest = send().expect(201);
    assert_eq!((&rest["unchanged"], &rest["created"]), (&json!(stored), &json!(4000 - stored)));
    assert_eq!(app.database.count("answers JOIN questions q ON q.id = question_id WHERE q.origin = 'imported'"), 8000);
}

fn an_import_stops_when_the_blueprint_changes(app: TestApp) {
    let grace = app.author("grace");
    let file: String = (0..4000).map(|n| format!("Which is {n}? {{=a ~b}}\n\n")).collect();
    let mut exam = crate::common::bank::demo()["exam"].clone();
    exam["domains"][0]["name"] = json!("Renamed");
    let reply = std::thread::scope(|scope| {
        let sent = scope.spawn(|| import(&grace, "format=gift&domain=1", file.as_bytes()));
        while app.database.count("questions WHERE origin = 'imported'") == 0 {}
        put(&app.author("alan"), "/api/v1/exams/demo", "", &exam).expect(200);
        sent.join().unwrap()
    });
    let detail = reply.problem(409, "exam-changed")["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("of 4000 questions were already imported"), "{detail}");
    let rest = import(&grace, "format=gift&domain=1", file.as_bytes()).expect(201);
    assert_eq!(rest["created"].as_i64().unwrap() + rest["unchanged"].as_i64().unwrap(), 4000);
}

fn questions_that_are_too_long_are_reported(app: TestApp) {
    let grace = app.author("grace");
    let long = "<i>x</i> ".repeat(20_000);
    let longest = "x ".repeat(3 << 20);
    let moodle = |stem: &str| {
        format!(
            "<question type=\"truefalse\"><questiontext format=\"html\"><text><![CDATA[{stem}]]></text></questiontext>\
             <answer fraction=\"100\"><text>true</text></answer>\
             <answer fraction=\"0\"><text>false</text></answer></question>"
        )
    };
    let json_of = |stem: &str| {
        let answers = json!([{"body": "a", "correct": true}, {"body": "b", "correct": false}]);
        json!({"external_key": stem.get(..9), "kind": "single_choice", "difficulty": 1, "domain": 1, "stem": stem,
               "answers": answers})
    };
    let questions: Vec<Value> = ["Which one?", &long, &longest].map(json_of).to_vec();
    let files = [
        ("gift", format!("[html]{long} {{=a ~b}}\n\n{longest} {{=a ~b}}\n\nWhich? {{=a ~b}}\n")),
        ("aiken", [&long, &longest, "Which?"].map(|stem| format!("{stem}\nA. a\nB. b\nANSWER: A\n")).concat()),
        ("moodle_xml", format!("<quiz>{}</quiz>", [&long, &longest, "Which?"].map(moodle).concat())),
        ("csv", format!("stem,answer_1,answer_2,correct\n\"{long}\",a,b,A\n\"{long}{long}\",a,b,A\nWhich?,a,b,A\n")),
        ("json", json!({"questions": questions}).to_string()),
    ];
    for (format, file) in files {
        let report = import(&grace, &format!("format={format}&domain=1&dry_run=true"), file.as_bytes()).expect(200);
        assert_eq!((&report["created"], &report["skipped"]), (&json!(1), &json!(2)), "{format}: {report}");
        for question in report["questions"].as_array().unwrap().iter().filter(|q| q["outcome"] == "skipped") {
            let reason = question["reason"].as_str().unwrap();
            assert!(
                reason.contains("at most 10000 characters") || reason.contains("is longer than"),
                "{format}: {reason}"
            );
        }
    }
}

fn slow_uploads_hold_no_permit(app: TestApp) {
    let grace = app.author("grace");
    let _open: Vec<_> = (0..3).map(|_| trickle(&app, &grace, 100)).collect();
    assert_eq!(grace.get("/api/v1/exams/demo/export?format=csv").status, 200);
    assert_eq!(import(&grace, "format=gift&domain=1", b"Which? {=a ~b}").expect(201)["created"], 1);
}

fn concurrent_uploads_share_a_memory_limit(database: TestDatabase) {
    let app = TestApp::with(
        database,
        &[
            ("IMPORT_LIMIT_BYTES", "100000"),
            ("DATABASE_POOL_TIMEOUT_SECONDS", "1"),
            ("DATABASE_CONNECT_TIMEOUT_SECONDS", "1"),
        ],
    );
    let grace = app.author("grace");
    let open: Vec<_> = (0..4).map(|_| trickle(&app, &grace, 90_000)).collect();
    let file = format!("Which? {{=a ~b}}{}", " ".repeat(60_000));
    let send = || import(&grace, "format=gift&domain=1", file.as_bytes());
    // Once the server has read what they sent, there is no memory for another.
    let refused = std::iter::repeat_with(send).find(|reply| reply.status >= 300).unwrap();
    refused.problem(503, "busy");
    drop(open);
    // Their memory is released when the server notices that they disconnected.
    let taken = std::iter::repeat_with(send).find(|reply| reply.status != 503).unwrap();
    assert!(taken.status < 300, "{}", taken.text);
}

fn large_files_have_a_limit(database: TestDatabase) {
    let app = TestApp::with(database, &[("IMPORT_LIMIT_BYTES", "100000")]);
    let grace = app.author("grace");
    let file = "Which? {=a ~b}\n\n".repeat(10_000);
    import(&grace, "format=gift&domain=1", file.as_bytes()).problem(413, "payload-too-large");
    // Larger than the limit for other bodies, but within this limit.
    let fits = "Which? {=a ~b}\n\n".repeat(6_000);
    let report = import(&grace, "format=gift&domain=1", fits.as_bytes()).expect(201);
    assert_eq!((&report["created"], &report["skipped"]), (&json!(1), &json!(5999)));
}

fn a_whole_bank_can_be_checked(app: TestApp) {
    let grace = app.author("grace");
    let report = grace.get("/api/v1/exams/demo/lint").expect(200);
    assert_eq!(report["questions"], 20);
    assert!(
        report["warnings"].as_array().unwrap().iter().any(|w| w["rule"] == "thin-domain" && w["subject"] == "domain 1"),
        "{report}"
    );
    // The demo bank has many similar questions.
    assert!(!report["duplicates"].as_array().unwrap().is_empty(), "{report}");
    let rule = report["rules"].as_array().unwrap().iter().find(|rule| rule["rule"] == "choose-count").unwrap();
    assert_eq!((&rule["questions"], rule["examples"].as_array().unwrap().len()), (&json!(5), 5));
    let id = rule["examples"][0].as_str().unwrap();
    let one = grace.get(&format!("/api/v1/questions/{id}/lint")).expect(200);
    assert!(
        one["warnings"].as_array().unwrap().iter().any(|w| w["rule"] == "choose-count" && w["pointer"] == "/stem"),
        "{one}"
    );
}
