//! The program as people run it: settings, commands, exit codes, start and stop.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

mod common;

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use common::{bank, database::TestDatabase, on_both};
use serde_json::{Value, json};
use tempfile::TempDir;

on_both!(
    up_migrates_seeds_and_serves,
    both_signals_let_requests_in_flight_finish,
    a_server_that_stops_tells_load_balancers_first,
    serve_refuses_what_it_cannot_serve,
    migrations_are_shown_applied_and_reverted,
    a_user_gets_a_token_that_works,
    users_are_managed_from_the_command_line,
    security_events_are_logged_without_secrets,
    the_health_check_reports_by_its_exit_code,
    files_are_imported_and_exported_on_the_command_line,
    aged_subjects_are_found_in_files,
    own_seed_files_are_checked_whole,
);

/// A working directory for a test, without the environment of the machine.
struct Shell {
    folder: TempDir,
    database: TestDatabase,
}

impl From<TestDatabase> for Shell {
    fn from(database: TestDatabase) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), database }
    }
}

impl Shell {
    /// The same kind of database, but empty.
    fn emptied(mut self) -> Self {
        self.database = match self.database.url.starts_with("sqlite") {
            true => TestDatabase::empty_sqlite(),
            false => TestDatabase::empty_postgres().expect("there is PostgreSQL"),
        };
        self
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tripos"));
        command
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .env("DATABASE_URL", &self.database.url)
            .env("AWS_DEFAULT_REGION", "eu-west-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("PORT", "0");
        command
    }

    /// The output of a command with this standard input.
    fn with_input(&self, args: &[&str], text: &str) -> Output {
        let mut command = self.command(args);
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().expect("the program");
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("the program")
    }

    /// The standard output of a command that succeeds.
    #[track_caller]
    fn done(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The single line on standard error of a command that fails with this code.
    #[track_caller]
    fn refused(&self, args: &[&str], code: i32) -> String {
        refused(&self.run(args), code)
    }
}

/// The header line of a token.
fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {}\r\n", token.trim())
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn refused(output: &Output, code: i32) -> String {
    let text = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{text}");
    let own: Vec<&str> = text.lines().filter(|line| line.starts_with("tripos: ")).collect();
    assert_eq!(own.len(), 1, "{text}");
    assert!(!text.contains("panicked"), "{text}");
    own[0].to_owned()
}

/// A server that runs in the background, ended when dropped.
struct Running {
    child: Child,
    address: String,
    log: BufReader<std::process::ChildStderr>,
}

impl Running {
    /// Waits until the server says where it listens.
    fn start(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the program");
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut seen = String::new();
        let address = loop {
            let mut line = String::new();
            assert!(log.read_line(&mut line).unwrap() > 0, "it ended: {seen}");
            if let Some((_, rest)) = line.split_once("listening on http://") {
                break rest.split(',').next().unwrap().to_owned();
            }
            seen.push_str(&line);
        };
        Self { child, address, log }
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status();
        assert!(status.unwrap().success());
    }

    fn get(&self, path: &str) -> String {
        self.send("GET", path, "", "")
    }

    /// Sends a request with JSON and these header lines.
    fn send(&self, method: &str, path: &str, fields: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        let general =
            format!("Host: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}");
        write!(stream, "{method} {path} HTTP/1.1\r\n{general}\r\n{fields}\r\n{body}").unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply
    }

    fn wait_for_log(&mut self, text: &str) {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert!(self.log.read_line(&mut line).unwrap() > 0, "it ended without {text:?}");
        }
    }

    fn rest_of_log(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().unwrap();
        let mut rest = String::new();
        self.log.read_to_string(&mut rest).unwrap();
        (status.code(), rest)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn up_migrates_seeds_and_serves(shell: Shell) {
    let shell = shell.emptied();
    let server = Running::start(shell.command(&["up"]));
    assert!(server.get("/api/v1/exams/clf-c02").starts_with("HTTP/1.1 200"));
    assert!(server.get("/health/ready").starts_with("HTTP/1.1 200"));
    // A second server on the same database finds everything done.
    let second = Running::start(shell.command(&["up"]));
    assert!(second.get("/api/v1/exams/clf-c02").starts_with("HTTP/1.1 200"));
}

fn both_signals_let_requests_in_flight_finish(shell: Shell) {
    for signal in ["TERM", "INT"] {
        let server = Running::start(shell.command(&["serve"]));
        // The head has arrived and the body has not: a request in flight.
        let mut stream = TcpStream::connect(&server.address).unwrap();
        let head = "POST /api/v1/attempts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                    Expect: 100-continue\r\nContent-Length: 2\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        let mut interim = [0; 25];
        stream.read_exact(&mut interim).unwrap();
        assert!(interim.starts_with(b"HTTP/1.1 100"));
        server.signal(signal);
        stream.write_all(b"{}").unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        assert!(reply.contains("HTTP/1.1 401"), "{signal}: {reply}");
        let (code, log) = server.rest_of_log();
        assert_eq!(code, Some(0), "{log}");
        assert!(log.contains(&format!("SIG{signal}")) && log.contains("stopped"), "{log}");
    }
}

fn a_server_that_stops_tells_load_balancers_first(shell: Shell) {
    let mut command = shell.command(&["serve"]);
    command.env("SHUTDOWN_DELAY_SECONDS", "3600");
    let mut server = Running::start(command);
    assert!(server.get("/health/ready").starts_with("HTTP/1.1 200"));
    server.signal("TERM");
    server.wait_for_log("no longer ready");
    let ready = server.get("/health/ready");
    assert!(ready.starts_with("HTTP/1.1 503") && ready.contains("urn:tripos:problem:leaving"), "{ready}");
    assert!(server.get("/health/live").starts_with("HTTP/1.1 200"));
    assert!(server.get("/api/v1/exams").starts_with("HTTP/1.1 200"));
    // A second signal does not wait for the hour.
    server.signal("TERM");
    let (code, log) = server.rest_of_log();
    assert_eq!(code, Some(0), "{log}");
}

fn serve_refuses_what_it_cannot_serve(shell: Shell) {
    shell.database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')");
    assert!(shell.refused(&["serve"], 1).contains("run a newer tripos"));
    assert!(shell.refused(&["migrate"], 1).contains("run a newer tripos"));
    assert!(shell.refused(&["migrate", "check"], 1).contains("29990101000000"));
    let shell = shell.emptied();
    assert!(shell.refused(&["serve"], 1).contains("run `tripos migrate` first"));
    assert!(shell.refused(&["seed"], 1).contains("run `tripos migrate` first"));
}

fn migrations_are_shown_applied_and_reverted(shell: Shell) {
    let shell = shell.emptied();
    assert!(shell.done(&["migrate", "status"]).contains("current   none\npending   2026-11-01-000000_users"));
    let sql = shell.done(&["migrate", "sql"]);
    assert!(sql.contains("CREATE TABLE attempts") && sql.contains("20261106000000"), "{sql}");
    shell.refused(&["migrate", "check"], 1);
    shell.done(&["migrate"]);
    shell.done(&["migrate", "check"]);
    assert_eq!(shell.done(&["migrate", "sql"]), "");
    let history = shell.done(&["migrate", "history"]);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite");
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let all: BTreeSet<String> = std::fs::read_dir(folder).unwrap().map(name).collect();
    assert_eq!(history.lines().count(), all.len());
    assert!(history.lines().all(|line| line.starts_with("20") && line.contains("Z  2026-11-")), "{history}");
    shell.done(&["migrate", "revert", "-n", &(all.len() - 2).to_string()]);
    let status = shell.done(&["migrate", "status"]);
    assert!(status.contains("current   2026-11-02-000000_exams\npending   2026-11-03-000000_questions"), "{status}");
    shell.done(&["migrate", "redo"]);
    assert!(shell.done(&["migrate", "status"]).contains(all.last().unwrap()));
}

fn a_user_gets_a_token_that_works(shell: Shell) {
    let token = shell.done(&["user", "create", "--email", "Ada@Example.org", "--role", "learner"]);
    assert!(token.starts_with("tripos_") && token.trim().len() == 55, "{token}");
    assert!(
        shell.refused(&["user", "create", "--email", "ada@example.org"], 1).contains("ada@example.org already exists")
    );
    let server = Running::start(shell.command(&["serve"]));
    let mut stream = TcpStream::connect(&server.address).unwrap();
    write!(
        stream,
        "GET /api/v1/attempts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
        token.trim()
    )
    .unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    let stored = std::fs::read(shell.database.url.trim_start_matches("sqlite://")).unwrap_or_default();
    assert!(!stored.windows(token.trim().len()).any(|window| window == token.trim().as_bytes()));
}

fn users_are_managed_from_the_command_line(shell: Shell) {
    shell.done(&["user", "create", "--email", "ada@example.org", "--name", "Ada Lovelace"]);
    let password = |text: &str| shell.with_input(&["user", "password", "--email", "ADA@example.org"], text);
    assert!(refused(&password("short\n"), 1).contains("8 to 256"));
    assert!(password("correct horse battery\r\nsecond line\n").status.success());
    shell.done(&["user", "role", "--email", "ada@example.org", "--role", "admin"]);
    let list = shell.done(&["user", "list"]);
    assert!(list.lines().count() == 1 && list.contains("ada@example.org") && list.contains("admin"), "{list}");
    let token = shell.done(&["token", "create", "--email", "ada@example.org", "--name", "bot", "--days", "2"]);

    let server = Running::start(shell.command(&["serve"]));
    assert!(server.send("GET", "/api/v1/users", &bearer(&token), "").starts_with("HTTP/1.1 200"));
    let session = server.send(
        "POST",
        "/api/v1/sessions",
        "",
        r#"{"email": "ada@example.org", "password": "correct horse battery"}"#,
    );
    assert!(session.starts_with("HTTP/1.1 201"), "{session}");
    let session = format!("tripos_{}", &session.split("tripos_").last().unwrap()[..48]);
    assert!(server.send("GET", "/api/v1/me", &bearer(&session), "").starts_with("HTTP/1.1 200"));
    assert!(password("another password\n").status.success());
    assert!(server.send("GET", "/api/v1/me", &bearer(&session), "").starts_with("HTTP/1.1 401"));
    assert!(server.send("GET", "/api/v1/me", &bearer(&token), "").starts_with("HTTP/1.1 200"));

    for args in [
        &["user", "password", "--email", "nobody@example.org"][..],
        &["user", "role", "--email", "nobody@example.org", "--role", "admin"],
        &["token", "create", "--email", "nobody@example.org", "--name", "bot"],
    ] {
        assert!(shell.refused(args, 1).contains("no user nobody@example.org"));
    }
    for args in [
        &["user", "role", "--email", "ada@example.org", "--role", "king"][..],
        &["user", "create", "--email", "not an address"],
        &["token", "create", "--email", "ada@example.org", "--name", " "],
        &["token", "create", "--email", "ada@example.org", "--name", "x", "--days", "0"],
    ] {
        shell.refused(args, 2);
    }
}

fn security_events_are_logged_without_secrets(shell: Shell) {
    let root = shell.done(&["user", "create", "--email", "root@example.org", "--role", "admin"]);
    let server = Running::start(shell.command(&["serve"]));
    let account = r#"{"email": "ada@example.org", "password": "correct horse battery"}"#;
    let id = |reply: &str| reply.split("\"id\":\"").nth(1).expect(reply)[..36].to_owned();
    let user = id(&server.send("POST", "/api/v1/users", "", account));
    server.send("POST", "/api/v1/sessions", "", &account.replace("battery", "stapler"));
    let session = server.send("POST", "/api/v1/sessions", "", account);
    let secret = format!("tripos_{}", &session.split("tripos_").last().unwrap()[..48]);
    let token = server.send("POST", "/api/v1/me/tokens", &bearer(&secret), r#"{"name": "bot"}"#);
    server.send("DELETE", &format!("/api/v1/me/tokens/{}", id(&token)), &bearer(&secret), "");
    server.send("PATCH", &format!("/api/v1/users/{user}"), &bearer(&root), r#"{"role": "author", "disabled": true}"#);
    server.send("PATCH", &format!("/api/v1/users/{user}"), &bearer(&root), r#"{"disabled": false}"#);
    server.send(
        "PUT",
        "/api/v1/me/password",
        &bearer(&secret),
        r#"{"current_password": "a wrong guess", "new_password": "something else"}"#,
    );
    let import = "/api/v1/imports?exam=demo&format=gift&domain=1";
    let imported = id(&server.send("POST", import, &bearer(&secret), "Which? {=a ~b}"));
    server.send("DELETE", &format!("/api/v1/imports/{imported}/questions"), &bearer(&secret), "");
    server.send("DELETE", "/api/v1/sessions/current", &bearer(&secret), "");
    server.signal("TERM");
    let (code, log) = server.rest_of_log();
    assert_eq!(code, Some(0), "{log}");
    let events: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("tripos::http::audit"))
        .map(|line| {
            assert!(line.contains(&user) && line.contains("from=127.0.0.1") && line.contains("request_id="), "{line}");
            line.split("] ").nth(1).unwrap().split(' ').next().unwrap()
        })
        .collect();
    assert_eq!(
        events,
        [
            "signed_up",
            "sign_in_failed",
            "signed_in",
            "token_created",
            "token_revoked",
            "role_changed",
            "user_disabled",
            "user_enabled",
            "password_refused",
            "import_undone",
            "signed_out",
        ]
    );
    for secret in ["tripos_", "battery", "stapler", "guess", "argon2", "ada@"] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
    // Uses of tokens are written at the latest when the server ends.
    assert_eq!(shell.database.count("tokens WHERE last_used_at IS NOT NULL"), 2);
}

fn the_health_check_reports_by_its_exit_code(shell: Shell) {
    let [server, other] = [(); 2].map(|()| Running::start(shell.command(&["serve"])));
    let [port, other_port] = [&server, &other].map(|server| server.address.rsplit(':').next().unwrap().to_owned());
    let check = |port: &str| shell.command(&["healthcheck"]).env("PORT", port).env("HOST", "0.0.0.0").output().unwrap();
    assert!(check(&port).status.success());
    shell.database.execute("DELETE FROM __diesel_schema_migrations WHERE version = '20261105000000'");
    // After a second, the server checks again.
    assert!(refused(&check(&other_port), 1).contains("503"));
    drop(server);
    assert!(refused(&check(&port), 1).contains("no server answers"));
}

fn files_are_imported_and_exported_on_the_command_line(shell: Shell) {
    let write = |name: &str, text: &str| std::fs::write(shell.folder.path().join(name), text).unwrap();
    write("new.gift", "// [id:new-1] [tag:domain:2]\nWhich? {=a#why ~b#why not}\n\nWhat do you think? {}\n");
    let plan = shell.done(&["import", "new.gift", "--exam", "demo", "--dry-run"]);
    assert!(plan.contains("new.gift:2: created \"Which?\"") && plan.contains("new.gift:4: skipped"), "{plan}");
    assert_eq!(shell.database.count("questions WHERE origin = 'imported'"), 0);
    let done = shell.done(&["import", "new.gift", "--exam", "demo", "--status", "published"]);
    assert!(done.lines().last().unwrap().starts_with("import 0"), "{done}");
    assert_eq!(shell.database.count("imports WHERE user_id IS NULL AND created = 1 AND skipped = 1"), 1);
    assert!(!shell.done(&["import", "new.gift", "--exam", "demo", "--dry-run"]).contains("import 0"));
    assert_eq!(shell.database.count("questions WHERE origin = 'imported' AND status = 'published'"), 1);
    for format in ["gift", "aiken", "moodle_xml", "qti", "csv", "json", "anki"] {
        let file = format!("out.{format}");
        shell.done(&["export", "--exam", "demo", "--format", format, "--output", &file]);
        if format != "anki" {
            let again =
                shell.done(&["import", &file, "--exam", "demo", "--format", format, "--domain", "1", "--dry-run"]);
            // Only questions that these two formats cannot represent completely are new.
            assert!(again.is_empty() || matches!(format, "gift" | "aiken"), "{format}: {again}");
        }
    }
    assert!(shell.done(&["export", "--exam", "demo", "--format", "csv"]).starts_with("key,"));
    assert!(shell.refused(&["import", "new.gift", "--exam", "nothing"], 1).contains("there is no exam nothing"));
    assert!(shell.refused(&["import", "new.gift", "--exam", "No Code"], 2).contains("lowercase letters"));
    let told = shell.refused(&["import", "new.gift", "--exam", "demo", "--domain", "9"], 1);
    assert!(told.contains("the exam has no domain 9: its domains are 1, 2"), "{told}");
    let told = shell.refused(&["import", "out.anki", "--exam", "demo"], 1);
    assert!(told.contains("with --format to one of gift, aiken") && told.contains("Anki decks cannot be"), "{told}");
    let package = concat!(env!("CARGO_MANIFEST_DIR"), "/src/interchange/samples/manifest-in-folder.zip");
    let told = shell.done(&["import", package, "--exam", "demo", "--domain", "1", "--dry-run"]);
    assert!(told.contains("manifest-in-folder.zip/i.xml:2: created"), "{told}");
    write("broken.gift", "Which? {=a ~b}\n\nOpen? {=a\n");
    assert!(shell.refused(&["import", "broken.gift", "--exam", "demo"], 1).contains("broken.gift: line 3"));
    write("empty.gift", "// nothing\n");
    assert!(shell.refused(&["import", "empty.gift", "--exam", "demo"], 1).contains("has no question"));
    write("twice.gift", "Open? {=a\n\nWhich? {=a ~b}\n\n}\n");
    for args in [&["import", "twice.gift", "--exam", "demo"][..], &["lint", "twice.gift"]] {
        let output = stderr(&shell.run(args));
        assert!(output.contains("twice.gift: line 1") && output.contains("twice.gift: line 5"), "{output}");
    }

    write(
        "good.gift",
        "// [tag:task:1.1]\n[markdown]Which of these stores objects? \
         {=Amazon S3#It does. ~Amazon EBS#No. ~AWS Config#No. ####So it is.\\n\\n\
         References\\:\\n\\n- [Guide](https\\://example.org)}\n",
    );
    assert_eq!(shell.done(&["lint", "good.gift", "--strict"]), "1 questions, 0 errors, 0 warnings, 0 accepted\n");
    let told = shell.refused(&["lint", "new.gift"], 1);
    assert!(told.contains("2 questions, 1 errors"), "{told}");
    assert!(shell.refused(&["lint", "out.json", "--strict"], 1).contains("warnings"));
}

fn aged_subjects_are_found_in_files(shell: Shell) {
    let write = |name: &str, text: &Value| {
        std::fs::write(shell.folder.path().join(name), text.to_string()).unwrap();
    };
    let mut file = bank::demo();
    let question = &mut file["questions"][0];
    question["stem"] = "Which is it?".into();
    question["subjects"] = json!(["demo:old", "demo:new"]);
    question["review_by"] = "2020-01-31".into();
    file["questions"] = json!([question]);
    write("file.json", &file);
    let subject = |status: &str| {
        let (as_of, source) = ("2026-11-23", "https://example.org");
        let row = json!({"id": "demo:old", "name": "Old", "status": status, "as_of": as_of, "source": source});
        json!({"subjects": [row]})
    };
    write("subjects.json", &subject("ended"));
    let told = shell.done(&["lint", "file.json"]);
    assert!(told.contains("past-review-date: /review_by is in the past (2020-01-31)"), "{told}");
    assert!(!told.contains("aged-subject"), "{told}");
    let lint = ["lint", "file.json", "--subjects", "subjects.json", "--strict"];
    assert!(shell.refused(&lint, 1).contains("0 errors, 2 warnings, 0 accepted"));
    file["questions"][0]["accepted_warnings"] = json!({"past-review-date": "looked at", "aged-subject": "history"});
    write("file.json", &file);
    let told = shell.done(&lint);
    assert!(told.contains("Old has ended (2026-11-23, https://example.org)"), "{told}");
    assert!(told.contains("(accepted: looked at)") && told.contains("0 warnings, 2 accepted"), "{told}");
    file["questions"][0]["review_by"] = "2999-12-31".into();
    write("file.json", &file);
    assert!(shell.refused(&lint, 1).contains("1 warnings, 1 accepted"));

    write("wrong.json", &subject("gone"));
    assert!(
        shell.refused(&["lint", "file.json", "--subjects", "wrong.json"], 1).contains("wrong.json: /subjects/0/status")
    );
    shell.done(&["seed", "file.json", "--subjects", "subjects.json"]);
    assert_eq!(shell.database.count("subjects WHERE status = 'ended' AND id = 'demo:old'"), 1);
    assert_eq!(shell.database.count("subjects"), 1);
    shell.done(&["seed"]);
    assert!(shell.database.count("subjects WHERE id LIKE 'aws:%'") > 100);
}

fn own_seed_files_are_checked_whole(shell: Shell) {
    let mut file = bank::demo();
    let path = shell.folder.path().join("mine.json");
    let write = |file: &Value| std::fs::write(&path, file.to_string()).unwrap();
    file["exam"]["code"] = "mine".into();
    for question in file["questions"].as_array_mut().unwrap() {
        question["external_key"] = format!("mine-{}", question["external_key"].as_str().unwrap()).into();
    }
    write(&file);
    shell.done(&["seed", "mine.json"]);
    file["questions"][3]["answers"][0]["body"] = "".into();
    write(&file);
    let told = shell.refused(&["seed", "mine.json"], 1);
    assert!(told.contains("mine.json: /questions/3/answers/0/body") && told.contains("must not be empty"), "{told}");
    std::fs::write(&path, "{").unwrap();
    assert!(shell.refused(&["seed", "mine.json"], 1).contains("mine.json: "));
    assert!(shell.refused(&["seed", "nothing.json"], 1).contains("nothing.json: "));
    assert!(shell.refused(&["seed", "--force"], 2).contains("--reset"));
}

/// Clap writes its own lines; all other errors are one line of ours.
impl Shell {
    #[track_caller]
    fn bare(vars: &[(&str, &str)], args: &[&str]) -> Output {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_tripos"));
        command.args(args).current_dir(folder.path()).env_clear().envs(vars.iter().copied());
        command.output().unwrap()
    }
}

#[test]
fn all_invalid_settings_are_named_at_once() {
    let told = refused(&Shell::bare(&[], &["serve"]), 2);
    assert!(told.contains("DATABASE_URL is required") && told.contains("AWS_DEFAULT_REGION is required"), "{told}");
    let bad = [
        ("DATABASE_URL", "postgres:typo:hunter2"),
        ("AWS_DEFAULT_REGION", ""),
        ("DATABASE_POOL_SIZE", "0"),
        ("PORT", "99999"),
    ];
    let told = refused(&Shell::bare(&bad, &["migrate"]), 2);
    for name in ["DATABASE_URL", "AWS_DEFAULT_REGION", "DATABASE_POOL_SIZE", "PORT"] {
        assert!(told.contains(name), "{told}");
    }
    assert!(!told.contains("hunter2"));
}

#[test]
fn a_database_out_of_reach_is_one_clear_line_without_the_password() {
    let vars = [("DATABASE_URL", "postgres://ada:hunter2@127.0.0.1:1/tripos"), ("AWS_DEFAULT_REGION", "eu-west-1")];
    for args in [&["serve"][..], &["migrate"], &["seed"], &["up"]] {
        let output = Shell::bare(&vars, args);
        let told = refused(&output, 1);
        assert!(told.contains("127.0.0.1") && !stderr(&output).contains("hunter2"), "{told}");
    }
    let vars = [("DATABASE_URL", "sqlite:///nowhere/at/all.db"), ("AWS_DEFAULT_REGION", "eu-west-1")];
    assert!(refused(&Shell::bare(&vars, &["up"]), 1).contains("database unavailable"));
}

#[test]
fn a_port_in_use_is_one_clear_line() {
    let shell = Shell::from(TestDatabase::sqlite());
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = shell.command(&["serve"]).env("PORT", &port).output().unwrap();
    assert!(refused(&output, 1).contains(&format!("cannot listen on 127.0.0.1:{port}")));
}

#[test]
fn the_environment_takes_precedence_over_the_file() {
    let shell = Shell::from(TestDatabase::sqlite());
    let file = "DATABASE_URL=sqlite://from-file.db\nAWS_DEFAULT_REGION=eu-west-1\nLOG_FORMAT=json\n";
    std::fs::write(shell.folder.path().join(".env"), file).unwrap();
    let from_file = shell
        .command(&["migrate", "status"])
        .env_remove("DATABASE_URL")
        .env_remove("AWS_DEFAULT_REGION")
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&from_file.stdout).contains("sqlite://from-file.db"));
    let from_environment = shell.done(&["migrate", "status"]);
    assert!(from_environment.contains(&shell.database.url), "{from_environment}");
    std::fs::write(shell.folder.path().join(".env"), "THIS IS NOT\n").unwrap();
    assert!(shell.refused(&["migrate", "status"], 2).contains(".env"));
}

#[test]
fn the_example_file_lists_every_setting_and_works() {
    let example = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/.env.example")).unwrap();
    let config = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/config/mod.rs")).unwrap();
    let fields = config.split("struct Variables {").nth(1).unwrap().split('}').next().unwrap();
    let known: Vec<String> =
        fields.lines().filter_map(|line| Some(line.trim().split_once(':')?.0.to_uppercase())).collect();
    assert!(known.len() > 15);
    let listed: Vec<&str> = example
        .lines()
        .filter_map(|line| line.trim_start_matches("# ").split_once('='))
        .map(|(name, _)| name)
        .filter(|name| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_' || b.is_ascii_digit())
        })
        .collect();
    for name in &known {
        assert!(listed.contains(&name.as_str()), "{name} is not in .env.example");
    }
    for name in listed {
        let of_aws = name.starts_with("AWS_");
        assert!(of_aws || known.iter().any(|other| other == name), "{name} is no setting");
    }
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/settings.md")).unwrap();
    let names = page.lines().filter(|line| line.starts_with("| `")).filter_map(|row| row.split('|').nth(1));
    let documented: Vec<&str> = names.flat_map(|names| names.split('`').skip(1).step_by(2)).collect();
    for name in &known {
        assert!(documented.contains(&name.as_str()), "{name} is not in docs/settings.md");
    }
    for name in documented {
        assert!(name.starts_with("AWS_") || known.iter().any(|other| other == name), "{name} is not a setting");
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), example).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tripos"));
    let output = command.arg("migrate").current_dir(folder.path()).env_clear().output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn json_log_lines_are_json_with_fields() {
    let shell = Shell::from(TestDatabase::sqlite());
    let mut command = shell.command(&["serve"]);
    command.env("LOG_FORMAT", "json");
    let server = Running::start(command);
    server.get("/api/v1/exams/clf-c02");
    server.signal("TERM");
    let (_, log) = server.rest_of_log();
    let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let access = lines.iter().find(|line| line["target"] == "tripos::access").expect("an access line");
    assert_eq!(
        (&access["method"], &access["path"], &access["status"]),
        (&"GET".into(), &"/api/v1/exams/clf-c02".into(), &200.into())
    );
    assert!(access["micros"].is_u64() && access["request_id"].is_string(), "{access}");
}

#[test]
fn a_server_stops_while_the_database_does_not_answer() {
    let Some(database) = TestDatabase::postgres() else { return };
    let shell = Shell::from(database);
    let server = Running::start(shell.command(&["serve"]));
    let mut rival = shell.database.connect();
    let lock = "BEGIN; LOCK TABLE idempotency_keys IN ACCESS EXCLUSIVE MODE";
    diesel::connection::SimpleConnection::batch_execute(&mut rival, lock).unwrap();
    let start = Instant::now();
    server.signal("TERM");
    let (code, log) = server.rest_of_log();
    // The statement itself would wait for half a minute.
    assert!(
        code == Some(0) && start.elapsed() < Duration::from_secs(20),
        "{code:?} after {:?}: {log}",
        start.elapsed()
    );
    assert!(log.contains("the database did not respond within 3 s"), "{log}");
}

#[test]
fn a_backup_is_a_new_file_that_only_its_owner_reads() {
    use std::os::unix::fs::PermissionsExt;
    let (shell, folder) = (Shell::from(TestDatabase::sqlite()), tempfile::tempdir().unwrap());
    let file = folder.path().join("copy.db");
    let name = file.to_str().unwrap();
    shell.done(&["backup", name]);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let before = std::fs::read(&file).unwrap();
    assert!(shell.refused(&["backup", name], 1).contains("File exists"));
    assert_eq!(std::fs::read(&file).unwrap(), before);
    assert!(shell.refused(&["backup", "/nowhere/copy.db"], 1).contains("/nowhere/copy.db: No such file"));

    // A folder without a database: its name was mistyped.
    let empty = Shell::from(TestDatabase::empty_sqlite());
    let other = folder.path().join("other.db");
    assert!(empty.refused(&["backup", other.to_str().unwrap()], 1).contains("this file does not exist"));
    assert!(!other.exists());

    let Some(database) = TestDatabase::postgres() else { return };
    let line = Shell::from(database).refused(&["backup", other.to_str().unwrap()], 1);
    assert!(line.contains("pg_dump") && !other.exists(), "{line}");
}

#[test]
fn migrate_waits_for_a_database_only_as_long_as_requested() {
    let vars = [("DATABASE_URL", "postgres://127.0.0.1:1/tripos"), ("AWS_DEFAULT_REGION", "eu-west-1")];
    let start = Instant::now();
    let output = Shell::bare(&vars, &["migrate", "run", "--wait", "2"]);
    refused(&output, 1);
    assert!(start.elapsed() >= Duration::from_secs(2) && start.elapsed() < Duration::from_secs(6));
    // Only once, and not at each try.
    assert_eq!(stderr(&output).matches("waiting for the database").count(), 1, "{}", stderr(&output));

    // A file that cannot be opened now will not open later.
    let vars = [("DATABASE_URL", "sqlite:///nowhere/tripos.db"), ("AWS_DEFAULT_REGION", "eu-west-1")];
    let start = Instant::now();
    refused(&Shell::bare(&vars, &["migrate", "run", "--wait", "60"]), 1);
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[test]
fn wrong_usage_is_one_line_and_exit_code_2() {
    for (args, told) in [
        (&["serv"][..], "serv"),
        (&["migrate", "revert", "-n", "x"], "-n"),
        (&["user", "create"], "--email"),
        (&["user", "create", "--email", "ada"], "ada@example.org"),
        (&["user", "create", "--email", "a@b.c", "--role", "boss"], "learner, author, admin"),
    ] {
        let line = refused(&Shell::bare(&[], args), 2);
        assert!(line.contains(told), "{line}");
    }
    assert!(Shell::bare(&[], &["--help"]).status.success());
    assert!(Shell::bare(&[], &["--version"]).status.success());
}

#[test]
fn the_openapi_command_needs_no_settings() {
    let output = Shell::bare(&[], &["openapi"]);
    let api: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(api["openapi"], "3.1.0");
}
