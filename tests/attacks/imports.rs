//! Imports that try to block everyone else.

use std::{
    io::{Cursor, Write},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::common::{
    database::TestDatabase,
    on_both,
    program::{Server, tripos},
};

on_both!(
    imports_do_not_slow_learners_down,
    slow_imports_no_longer_block_responses,
    a_server_that_is_killed_leaves_whole_questions,
);

const LIMIT: usize = 64 << 20;
/// The limit for the growth of the server's memory.
const MEMORY: u64 = 512 << 20;
/// The limit for the rise of the 99th percentile of storing a response during an import.
const RISE: Duration = Duration::from_millis(100);

fn user(role: &str, database: &TestDatabase) -> String {
    let email = format!("{role}@example.org");
    let args = ["user", "create", "--email", &email, "--role", role];
    let output = tripos(&args, &database.url).output().expect("the program");
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
}

/// Imports a file. Returns the status, the body, and the duration.
fn import(
    server: &Server,
    token: &str,
    query: &str,
    key: &str,
    file: &[u8],
) -> Result<(u16, Value, Duration), ureq::Error> {
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let request = ureq::http::Request::builder()
        .method("POST")
        .uri(format!("{}/api/v1/imports?exam=demo&domain=1&{query}", server.url))
        .header("authorization", format!("Bearer {token}"))
        .header("idempotency-key", key)
        .body(file)
        .expect("a request");
    let begun = Instant::now();
    let mut response = agent.run(request)?;
    let body = response.body_mut().with_config().limit(u64::MAX).read_to_vec()?;
    Ok((response.status().as_u16(), serde_json::from_slice(&body).unwrap_or_default(), begun.elapsed()))
}

/// A line of `/proc/PID/status`, in bytes.
fn memory(server: &Server, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).expect("its status");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("the line");
    line.trim_matches(|c: char| !c.is_ascii_digit()).parse::<u64>().expect("a number") * 1024
}

fn brief(answer: &Value) -> String {
    match answer["created"].as_u64() {
        Some(created) => format!("{created} created, {} unchanged, {} skipped", answer["unchanged"], answer["skipped"]),
        None => answer["errors"][0]["detail"].as_str().or(answer["detail"].as_str()).unwrap_or_default().to_owned(),
    }
}

fn package(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name.as_str(), SimpleFileOptions::default()).expect("a file");
        zip.write_all(bytes).expect("its bytes");
    }
    zip.finish().expect("a package").into_inner()
}

fn manifest(resources: &str) -> Vec<u8> {
    format!("<manifest><resources>{resources}</resources></manifest>").into_bytes()
}

fn resource(file: &str) -> String {
    format!("<resource type='imsqti_item_xmlv2p1' href='{file}'/>")
}

fn item(text: &str) -> Vec<u8> {
    format!(
        "<assessmentItem identifier='a'><responseDeclaration identifier='R' cardinality='single'><correctResponse>\
         <value>A</value></correctResponse></responseDeclaration><itemBody><p>{text}</p><choiceInteraction \
         responseIdentifier='R' maxChoices='1'><simpleChoice identifier='A'>a</simpleChoice><simpleChoice \
         identifier='B'>b</simpleChoice></choiceInteraction></itemBody></assessmentItem>"
    )
    .into_bytes()
}

fn moodle(stem: &str) -> String {
    format!(
        "<question type=\"truefalse\"><questiontext format=\"html\"><text><![CDATA[{stem}]]></text></questiontext>\
         <answer fraction=\"100\"><text>true</text></answer>\
         <answer fraction=\"0\"><text>false</text></answer></question>"
    )
}

/// Repeats a text to this length.
fn fill(text: &str, length: usize) -> String {
    text.repeat(length / text.len())
}

/// As many questions as a file may have, with this total length in bytes.
fn many(length: usize, question: impl Fn(usize, &str) -> String) -> String {
    let stem = fill("words of a stem ", length.saturating_sub(question(99_999, "").len()));
    (0..100_000).map(|n| question(n, &stem)).collect()
}

fn gift(n: usize, stem: &str) -> String {
    format!(
        "// [id:many-{n}]\nWhich is {n}? {stem}\
         {{=the right one#It is.~the wrong one#It is not.~another####So it is.}}\n\n"
    )
}

fn files() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let room = LIMIT - 1000;
    let mut all: Vec<(&str, &str, Vec<u8>)> = Vec::new();
    let mut add = |format, what, file: Vec<u8>| all.push((format, what, file));
    add("gift", "100,000 questions", many(640, gift).into());
    add("gift", "20 answers each", many(0, |n, _| format!("{n}{{={}}}\n\n", fill("a~", 40))).into());
    add(
        "gift",
        "20 different answers",
        many(0, |n, _| {
            let wrong: String = ('b'..='t').map(|c| format!("~{c}#{c}")).collect();
            format!("{n}{{=a#a{wrong}}}\n\n")
        })
        .into(),
    );
    add(
        "gift",
        "what becomes longer",
        many(640, |n, stem| format!("[plain]{n} {}{{=a~b}}\n\n", fill("<", stem.len()))).into(),
    );
    add("gift", "one line each byte", fill("a\n", room).into());
    add("gift", "tags", format!("// {}\na{{T}}", fill("[tag:a]", room)).into());
    add("gift", "one long text", format!("[html]{}{{T}}", fill("<i>x", room)).into());
    add("gift", "long category", format!("$CATEGORY: {}\n\n{}", fill("1x/", 60).repeat(130), many(640, gift)).into());
    add("gift", "deep category", format!("$CATEGORY: {}\n::n:: a {{=a~b}}", fill("a/", room)).into());
    add(
        "aiken",
        "100,000 questions",
        many(640, |n, stem| format!("Which is {n}? {stem}\nA. a\nB. b\nANSWER: A\n")).into(),
    );
    add("aiken", "one long text", format!("{}\nA. a\nB. b\nANSWER: A\n", fill("*x", room)).into());
    add("aiken", "one line each byte", fill("a\n", room).into());
    add(
        "moodle_xml",
        "100,000 questions",
        format!("<quiz>{}</quiz>", many(640, |n, stem| moodle(&format!("{n} {stem}")))).into(),
    );
    add("moodle_xml", "one long text", format!("<quiz>{}</quiz>", moodle(&fill("<i>x", room))).into());
    add("moodle_xml", "sections", format!("<quiz><question>{}</question></quiz>", fill("<![CDATA[]]>", room)).into());
    add(
        "moodle_xml",
        "attributes",
        format!(
            "<quiz><question {}></question></quiz>",
            (0..6_000_000).map(|n| format!("a{n}='' ")).collect::<String>().get(..room).unwrap_or_default()
        )
        .into(),
    );
    add("moodle_xml", "UTF-16", {
        let text = format!("\u{feff}<quiz>{}</quiz>", many(320, |n, stem| moodle(&format!("{n} {stem}"))));
        text.encode_utf16().flat_map(u16::to_le_bytes).take(LIMIT).collect()
    });
    add(
        "csv",
        "100,000 questions",
        format!("stem,answer_1,answer_2,correct\n{}", many(640, |n, stem| format!("Which is {n}? {stem},a,b,A\n")))
            .into(),
    );
    add("csv", "fields", format!("stem,answer_1,answer_2,correct\n{}", fill(",", room)).into());
    add("csv", "a quote that is not closed", format!("stem,answer_1,answer_2,correct\n\"{}", fill("x", room)).into());
    let answer = |n: usize| json!({"body": n.to_string(), "correct": n == 1, "rationale": "r"});
    let question = |n: usize, stem: &str, answers: usize| {
        let answers: Vec<Value> = (1..=answers).map(answer).collect();
        json!({"external_key": format!("k{n}"), "kind": "single_choice", "difficulty": 1, "domain": 1,
            "stem": format!("Which is {n}? {stem}"), "answers": answers})
        .to_string()
            + ","
    };
    let questions = |list: String| format!("{{\"questions\":[{}]}}", list.trim_end_matches(',')).into_bytes();
    add("json", "100,000 questions", questions(many(640, |n, stem| question(n, stem, 2))));
    add("json", "20 answers each", questions((0..60_000).map(|n| question(n, "", 20)).collect()));
    add("json", "one long text", questions(question(1, &fill("<i>x", room), 2)));
    add("json", "one question of many answers", questions(question(1, "", 1_200_000)));
    let names: Vec<String> = (0..130).map(|n| format!("{n}.xml")).collect();
    let list: String = names.iter().map(|name| resource(name)).collect();
    let long = item(&fill("*x <i>y</i> ", (4 << 20) / 32));
    let padded = |mut xml: Vec<u8>| {
        xml.extend(vec![b' '; (4 << 20) - xml.len()]);
        xml
    };
    let bomb: Vec<(String, Vec<u8>)> = names.iter().map(|name| (name.clone(), padded(long.clone()))).collect();
    add("qti", "130 items of 4 MiB", package(&[vec![("imsmanifest.xml".to_owned(), manifest(&list))], bomb].concat()));
    add(
        "qti",
        "a long manifest",
        package(&[
            ("imsmanifest.xml".to_owned(), manifest(&resource("a.xml").repeat(1_400_000))),
            ("a.xml".to_owned(), item("a")),
        ]),
    );
    let items: Vec<(String, Vec<u8>)> =
        (0..100_000).map(|n| (format!("{n}.xml"), item(&format!("Which is {n}?")))).collect();
    let list: String = items.iter().map(|(name, _)| resource(name)).collect();
    add("qti", "100,000 items", package(&[vec![("imsmanifest.xml".to_owned(), manifest(&list))], items].concat()));
    add("qti", "one item of 64 MB", item(&fill("*x ", room)));
    add(
        "qti",
        "ends of archives",
        [b"PK".to_vec(), fill("PK\x05\x06\0\0\0\0\x01\0\x01\0\0\0\0\0\0\0\0\0\0\0", room).into_bytes()].concat(),
    );
    all
}

#[test]
fn no_file_takes_more_memory_than_is_promised() {
    let database = TestDatabase::sqlite();
    let token = user("author", &database);
    for (format, what, file) in files() {
        assert!(file.len() <= LIMIT, "{format} {what}: {}", file.len());
        let server = Server::start(&database.url);
        let idle = memory(&server, "VmRSS:");
        let (status, answer, took) =
            import(&server, &token, &format!("format={format}&dry_run=true"), "k", &file).expect("an answer");
        let rise = memory(&server, "VmHWM:").saturating_sub(idle);
        let told: String = brief(&answer).chars().take(70).collect();
        println!(
            "{format:>10} {what:<30} {:>3} MB: {:>6.2} s, {:>3} MB more memory, {status} {told}",
            file.len() >> 20,
            took.as_secs_f64(),
            rise >> 20,
        );
        assert!(rise <= MEMORY, "{format} {what}: {rise} bytes more");
    }
}

/// Stores responses at a steady pace until it is stopped. Returns their durations.
fn respond(server: &Server, attempt: &Value, token: &str, stop: &AtomicBool) -> Vec<Duration> {
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let slots = attempt["slots"].as_array().expect("slots");
    let mut times = Vec::new();
    for slot in slots.iter().cycle() {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let uri = format!(
            "{}/api/v1/attempts/{}/slots/{}",
            server.url,
            attempt["id"].as_str().expect("an id"),
            slot["position"]
        );
        let request = ureq::http::Request::builder()
            .method("PUT")
            .uri(uri)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(json!({"response": [], "flagged": times.len() % 2 == 0}).to_string())
            .expect("a request");
        let begun = Instant::now();
        let mut response = agent.run(request).expect("an answer");
        let text = response.body_mut().read_to_string().expect("a body");
        assert_eq!(response.status(), 200, "{text}");
        times.push(begun.elapsed());
        thread::sleep(Duration::from_millis(10));
    }
    times
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort();
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

/// The response times of four learners while `work` runs.
fn while_responding<T>(server: &Server, learners: &[(String, Value)], work: impl FnOnce() -> T) -> (Vec<Duration>, T) {
    let (stop, times) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let done = thread::scope(|scope| {
        for (token, attempt) in learners {
            scope.spawn(|| times.lock().expect("times").extend(respond(server, attempt, token, &stop)));
        }
        let done = work();
        stop.store(true, Ordering::Relaxed);
        done
    });
    (times.into_inner().expect("times"), done)
}

fn imports_do_not_slow_learners_down(database: TestDatabase) {
    let is_sqlite = database.url.starts_with("sqlite");
    let (author, admin) = (user("author", &database), user("admin", &database));
    let server = Server::start(&database.url);
    let learners: Vec<(String, Value)> = (0..4)
        .map(|n| {
            let email = format!("learner{n}@example.org");
            let output = tripos(&["user", "create", "--email", &email], &database.url).output().expect("the program");
            let token = String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned();
            let attempt = server.send("POST", "/attempts", &token, &json!({"exam": "demo", "mode": "exam"}));
            (token, attempt.1)
        })
        .collect();
    let (mut before, ()) = while_responding(&server, &learners, || thread::sleep(Duration::from_secs(10)));
    let (p50, p99) = (percentile(&mut before, 50), percentile(&mut before, 99));
    println!(
        "before: {} responses, p50 {p50:.1?}, p99 {p99:.1?}, longest {:.1?}",
        before.len(),
        percentile(&mut before, 100)
    );
    let file = many(640, gift);
    let changed = file.replace("So it is.", "So it was.");
    for (what, token, query, file) in [
        ("new drafts", &author, "", &file),
        ("the same again", &author, "", &file),
        ("changed drafts", &author, "", &changed),
        ("published at once", &admin, "&status=published", &file.replace("id:", "id:p-")),
    ] {
        let (mut times, (status, answer, took)) = while_responding(&server, &learners, || {
            import(&server, token, &format!("format=gift{query}"), what.replace(' ', "-").as_str(), file.as_bytes())
                .expect("an answer")
        });
        let (p50, now) = (percentile(&mut times, 50), percentile(&mut times, 99));
        println!(
            "{what}: {status} {} in {:.1} s, {:.0} a second; \
             {} responses, p50 {p50:.1?}, p99 {now:.1?}, longest {:.1?}",
            brief(&answer),
            took.as_secs_f64(),
            100_000.0 / took.as_secs_f64(),
            times.len(),
            percentile(&mut times, 100),
        );
        assert_eq!(status, 201, "{answer}");
        assert!(now <= p99 + RISE, "{what}: p99 rose from {p99:?} to {now:?}");
        let is_plain = matches!(what, "new drafts" | "published at once");
        assert!(!is_sqlite || !is_plain || took < Duration::from_secs(50), "{what}: {took:?}");
    }
}

fn slow_imports_no_longer_block_responses(database: TestDatabase) {
    let author = user("author", &database);
    let server = Server::start(&database.url);
    let token = String::from_utf8(
        tripos(&["user", "create", "--email", "l@example.org"], &database.url).output().expect("the program").stdout,
    )
    .expect("UTF-8")
    .trim()
    .to_owned();
    let attempt = server.send("POST", "/attempts", &token, &json!({"exam": "demo", "mode": "exam"})).1;
    let learners = [(token, attempt)];
    let long = item(&fill("*x _y [z ", (4 << 20) - 1000));
    let often = package(&[
        ("imsmanifest.xml".to_owned(), manifest(&resource("a.xml").repeat(120))),
        ("a.xml".to_owned(), long),
    ]);
    let xml = format!("<quiz>{}</quiz>", moodle(&fill("<i>x", 32 << 20)));
    for (what, format, file) in
        [("one item named 120 times", "qti", often), ("one text of 32 MB", "moodle_xml", xml.into())]
    {
        let idle = memory(&server, "VmRSS:");
        let (mut times, (status, answer, took)) = while_responding(&server, &learners, || {
            import(&server, &author, &format!("format={format}"), format, &file).expect("an answer")
        });
        let rise = memory(&server, "VmHWM:").saturating_sub(idle);
        println!(
            "{what}: {} bytes, {status} {} in {:.2} s, {} MB more memory; longest response {:.1?}",
            file.len(),
            brief(&answer),
            took.as_secs_f64(),
            rise >> 20,
            percentile(&mut times, 100),
        );
        assert!(took < Duration::from_secs(5) && rise < MEMORY, "{what}");
    }
}

fn a_server_that_is_killed_leaves_whole_questions(database: TestDatabase) {
    let author = user("author", &database);
    let file = many(200, gift);
    let mut stored = 0;
    for round in 1..=3 {
        let server = Server::start(&database.url);
        thread::scope(|scope| {
            let sent = scope.spawn(|| import(&server, &author, "format=gift", "killed", file.as_bytes()));
            while database.count("questions WHERE origin = 'imported'") < stored + 5_000 {}
            // SIGKILL.
            let killed = std::process::Command::new("kill").args(["-9", &server.id().to_string()]).status();
            assert!(killed.expect("kill").success());
            assert!(sent.join().expect("the client").is_err(), "the import was answered");
        });
        stored = database.count("questions WHERE origin = 'imported'");
        let answers = database.count("answers a JOIN questions q ON q.id = a.question_id WHERE q.origin = 'imported'");
        let words =
            database.count("question_search s JOIN questions q ON q.id = s.question_id WHERE q.origin = 'imported'");
        println!("killed the {round}. time: {stored} questions, {answers} answers, {words} with words");
        assert_eq!((answers, words), (3 * stored, stored));
    }
    let server = Server::start(&database.url);
    let (status, answer, took) = import(&server, &author, "format=gift", "killed", file.as_bytes()).expect("an answer");
    println!("the same again: {status} {} in {:.1} s", brief(&answer), took.as_secs_f64());
    assert_eq!(
        (status, answer["unchanged"].as_i64(), answer["created"].as_i64()),
        (201, Some(stored), Some(100_000 - stored))
    );
    let (status, again, took) = import(&server, &author, "format=gift", "killed", file.as_bytes()).expect("an answer");
    println!("and again: {status} in {:.1} s", took.as_secs_f64());
    assert_eq!(again, answer);
}
