//! The view of an operator: unusable files, invalid settings, outages, lists.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

mod common;

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use common::{bank, database::TestDatabase, on_both, postgres};
use serde_json::Value;
use tempfile::TempDir;

on_both!(tokens_are_revoked_and_users_disabled_on_the_command_line, lists_are_json_on_request);

/// A working directory, and a database elsewhere.
struct Shell {
    folder: TempDir,
    url: String,
    _database: Option<TestDatabase>,
}

impl From<TestDatabase> for Shell {
    fn from(database: TestDatabase) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), url: database.url.clone(), _database: Some(database) }
    }
}

impl Shell {
    /// A directory without a database. The database URL names this file in it.
    fn without_database(file: &str) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), url: format!("sqlite://{file}"), _database: None }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = common::program::tripos(args, &self.url);
        command.current_dir(self.folder.path()).env("AWS_EC2_METADATA_DISABLED", "true");
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    #[track_caller]
    fn done(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{args:?}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The only line on standard error of a command that fails with this code.
    #[track_caller]
    fn refused(&self, args: &[&str], code: i32) -> String {
        one_line(&self.run(args), code)
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn one_line(output: &Output, code: i32) -> String {
    let text = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(text.lines().count() == 1 && text.starts_with("tripos: "), "{text}");
    text
}

/// A server that runs in the background, ended when dropped.
struct Running {
    child: Child,
    address: String,
    log: BufReader<std::process::ChildStderr>,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        let address = loop {
            line.clear();
            assert!(log.read_line(&mut line).unwrap() > 0, "it ended");
            if let Some((_, rest)) = line.split_once("listening on http://") {
                break rest.split(',').next().unwrap().to_owned();
            }
        };
        Self { child, address, log }
    }

    /// The whole response to a GET with these header lines.
    fn get(&self, path: &str, fields: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{fields}\r\n").unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply
    }

    /// What it logs until it ends after SIGTERM.
    fn rest_of_log(mut self) -> String {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
        let mut rest = String::new();
        self.log.read_to_string(&mut rest).unwrap();
        assert!(self.child.wait().unwrap().success(), "{rest}");
        rest
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_file_that_cannot_be_used_is_named_with_the_cause() {
    let shell = Shell::without_database("tripos.db");
    shell.write("text.db", "this is a text, and no database, whatever the name of the file may say. ".repeat(100));
    let strange = diesel_connection(&shell.path("strange.db"));
    execute(strange, "CREATE TABLE users (id INTEGER); INSERT INTO users VALUES (1)");
    let other = diesel_connection(&shell.path("other.db"));
    execute(other, "PRAGMA application_id = 252006674; CREATE TABLE notes (id INTEGER)");
    execute(diesel_connection(&shell.path("browser.db")), "CREATE TABLE sqlitebrowser (id INTEGER)");
    execute(diesel_connection(&shell.path("views.db")), "CREATE VIEW numbers AS SELECT 1 AS number");
    fs::create_dir(shell.path("folder.db")).unwrap();
    for (file, told) in [
        ("nowhere/tripos.db", "the folder nowhere does not exist"),
        ("text.db/tripos.db", "text.db is a file, not a folder"),
        ("folder.db", "this is a folder"),
        ("text.db", "this file is not an SQLite database"),
        ("strange.db", "belongs to another application (its tables are not those of Tripos)"),
        ("other.db", "belongs to another application (its application_id is 0x0f055112)"),
        ("browser.db", "belongs to another application (its tables are not those of Tripos)"),
        ("views.db", "belongs to another application (its tables are not those of Tripos)"),
    ] {
        let before = fs::read(shell.path(file)).ok();
        for args in [&["migrate"][..], &["migrate", "status"], &["serve"], &["user", "list"], &["up"]] {
            let output = shell.command(args).env("DATABASE_URL", format!("sqlite://{file}")).output().unwrap();
            let line = one_line(&output, 1);
            assert!(line.contains(&format!("sqlite://{file}: ")) && line.contains(told), "{args:?}: {line}");
            assert_eq!(fs::read(shell.path(file)).ok(), before, "{args:?}");
        }
    }
}

fn diesel_connection(path: &Path) -> diesel::SqliteConnection {
    diesel::Connection::establish(path.to_str().unwrap()).unwrap()
}

fn execute(mut conn: diesel::SqliteConnection, sql: &str) {
    diesel::connection::SimpleConnection::batch_execute(&mut conn, sql).unwrap();
}

/// Runs a command as a user for whom permissions count, which they do not for root.
fn without_privileges(shell: &Shell, args: &[&str]) -> Output {
    let mut command = shell.command(args);
    if fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0) {
        // Other users may not be allowed to enter the build folder.
        let program = shell.path("tripos");
        let built = env!("CARGO_BIN_EXE_tripos");
        if !program.exists() {
            // Copied by another process: this one must not hold it open for writing while other tests run programs.
            assert!(Command::new("cp").args([Path::new(built), &program]).status().unwrap().success());
        }
        let mut other = Command::new(program);
        other.args(args).current_dir(shell.folder.path()).env_clear().uid(65534).gid(65534);
        other.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command = other;
    }
    command.output().unwrap()
}

#[test]
fn a_file_or_folder_that_is_read_only_is_named_at_the_start() {
    let shell = Shell::without_database("data/tripos.db");
    let mode = |name: &str, mode| fs::set_permissions(shell.path(name), fs::Permissions::from_mode(mode)).unwrap();
    fs::create_dir(shell.path("data")).unwrap();
    fs::set_permissions(shell.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    shell.done(&["migrate"]);
    mode("data", 0o777);
    mode("data/tripos.db", 0o444);
    let line = one_line(&without_privileges(&shell, &["serve"]), 1);
    assert!(line.contains("sqlite://data/tripos.db: ") && line.contains("this user may not"), "{line}");
    mode("data/tripos.db", 0o666);
    mode("data", 0o555);
    let line = one_line(&without_privileges(&shell, &["serve"]), 1);
    assert!(line.contains("in the folder data: Permission denied"), "{line}");
    mode("data", 0o000);
    let line = one_line(&without_privileges(&shell, &["serve"]), 1);
    assert!(line.contains("Permission denied"), "{line}");
    mode("data", 0o755);
}

#[test]
fn a_damaged_file_is_named_and_says_what_to_do() {
    let shell = Shell::from(TestDatabase::sqlite());
    let path = shell.url.strip_prefix("sqlite://").unwrap();
    let mut bytes = fs::read(path).unwrap();
    // All pages except the first one, which has the header.
    bytes[4096..].fill(0xa5);
    fs::write(path, bytes).unwrap();
    for args in [&["serve"][..], &["migrate"], &["user", "list"]] {
        let line = shell.refused(args, 1);
        assert!(line.contains(&shell.url) && line.contains("malformed") && line.contains("restore a backup"), "{line}");
    }
}

#[test]
fn an_empty_file_stays_empty_until_it_is_migrated() {
    let shell = Shell::without_database("tripos.db");
    shell.write("tripos.db", "");
    for (args, code) in [(&["migrate", "status"][..], 0), (&["migrate", "sql"], 0), (&["serve"], 1), (&["seed"], 1)] {
        assert_eq!(shell.run(args).status.code(), Some(code), "{args:?}");
        assert_eq!(fs::read(shell.path("tripos.db")).unwrap(), b"", "{args:?}");
    }
    shell.done(&["migrate"]);
    shell.done(&["migrate", "check"]);
}

#[test]
fn a_password_is_never_shown() {
    let shell = Shell::without_database("tripos.db");
    for url in [
        "postgres://ada:hun ter2@127.0.0.1/tripos",
        "postgres://ada:hunter2%00@127.0.0.1/tripos",
        "postgres://127.0.0.1/tripos?user=ada&password=hun%20ter2%00x",
        "postgres://127.0.0.1/tripos?user=ada&password=hun&ter2",
        "postgres://127.0.0.1/tripos?user=ada&password=hun&ter2=x",
        "postgres://ada:hunter2",
        "postgres://ada:hunter2/db",
        "postgres://ada:hunter2@[::1/db",
        "postgres://ada:hunter2@127.0.0.1:1/tripos?sslmode=hunter2x",
        "postgres://ada:hunter2@127.0.0.1:1/tripos",
    ] {
        for args in [&["migrate", "status"][..], &["serve"]] {
            let output = shell.command(args).env("DATABASE_URL", url).output().unwrap();
            assert!(matches!(output.status.code(), Some(1 | 2)), "{url}");
            let told = stderr(&output).replace("hunter2x", "");
            assert!(!["hunter2", "hun ter2", "ter2"].iter().any(|part| told.contains(part)), "{url}: {told}");
        }
    }
}

#[test]
fn the_exit_code_reports_errors_if_stderr_cannot() {
    let shell = Shell::without_database("tripos.db");
    for (args, port, code) in [
        (&["up"][..], "99999", 2),
        (&["migrat"], "0", 2),
        (&[], "0", 2),
        (&["user"], "0", 2),
        (&["serve"], "0", 1),
        (&["user", "list"], "0", 1),
        (&["migrate"], "0", 0),
    ] {
        for format in ["text", "json"] {
            let status = |stderr: Stdio| {
                let mut command = shell.command(args);
                command.env("PORT", port).env("LOG_FORMAT", format).stdout(Stdio::null()).stderr(stderr);
                command.status().unwrap().code()
            };
            let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
            assert_eq!(status(full.into()), Some(code), "{args:?} {format}");
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            assert_eq!(status(writer.into()), Some(code), "{args:?} {format}");
        }
    }
}

#[test]
fn errors_in_arguments_and_files_are_explained() {
    let shell = Shell::from(TestDatabase::sqlite());
    for (args, told) in [
        (&["import", "a.gift", "--exam", "demo", "--domain", "x"][..], "a whole number from 1 to 2147483647"),
        (&["worker", "--jobs", "65"], "a whole number from 1 to 64"),
        (&["migrate", "run", "--wait", "soon"], "a whole number from 0 to 86400"),
        (&["migrate", "revert", "-n", "all"], "a whole number from 1 to 4294967295"),
        (&["token", "create", "--email", "a@b.c", "--name", "x", "--days", "0"], "a whole number from 1 to 3650"),
        (&["generate", "--exam", "demo", "--domain", "x", "--count", "1"], "a whole number from 1 to "),
        (&["generate", "--exam", "demo", "--domain", "1", "--count", "201"], "a whole number from 1 to 200"),
        (&["token", "revoke", "--email", "a@b.c"], "--all"),
    ] {
        let line = shell.refused(args, 2);
        assert!(line.contains(told) && !line.contains("invalid digit"), "{args:?}: {line}");
    }
    shell.write("bad.json", "{\"exam\": 1}");
    let line = shell.refused(&["seed", "bad.json"], 1);
    assert_eq!(line, "tripos: bad.json: /exam must be an object (line 1)\n");
    shell.write("one.gift", "Which one of these? {=a ~b}\n");
    let lint = String::from_utf8(shell.run(&["lint", "one.gift"]).stdout).unwrap();
    assert!(lint.contains("the feedback of answer 1") && !lint.contains("/answers"), "{lint}");
}

#[test]
fn commands_that_read_or_fail_create_no_database() {
    let shell = Shell::without_database("tripos.db");
    shell.write("demo.json", bank::demo().to_string());
    let before: Vec<_> = fs::read_dir(shell.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    for (args, code) in [
        (&["lint", "demo.json"][..], 0),
        (&["openapi"], 0),
        (&["completions", "bash"], 0),
        (&["migrate", "status"], 0),
        (&["migrate", "history"], 0),
        (&["migrate", "sql"], 0),
        (&["migrate", "check"], 1),
        (&["migrate", "revert"], 1),
        (&["migrate", "redo"], 1),
        (&["serve"], 1),
        (&["worker"], 2),
        (&["seed"], 1),
        (&["user", "list"], 1),
        (&["user", "create", "--email", "ada@example.org"], 1),
        (&["token", "list", "--email", "ada@example.org"], 1),
        (&["export", "--exam", "demo", "--format", "json"], 1),
        (&["import", "demo.json", "--exam", "demo"], 1),
        (&["backup", "copy.db"], 1),
        (&["healthcheck"], 1),
        (&["migrat"], 2),
        (&["user", "create", "--email", "ada"], 2),
    ] {
        let output = shell.run(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", stderr(&output));
        let after: Vec<_> =
            fs::read_dir(shell.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(after, before, "{args:?}");
    }
    one_line(&shell.command(&["up"]).env("PORT", "99999").output().unwrap(), 2);
    assert!(!shell.path("tripos.db").exists());
    assert!(shell.refused(&["serve"], 1).contains("does not exist: run `tripos migrate` first"));
}

#[test]
fn an_old_file_of_tripos_is_accepted_and_marked() {
    let database = TestDatabase::sqlite();
    database.execute("PRAGMA application_id = 0");
    let marked = || database.count("pragma_application_id WHERE application_id = 1414678864");
    let shell = Shell::from(database.shared());
    shell.done(&["migrate", "check"]);
    assert_eq!(marked(), 0, "looking changes nothing");
    shell.done(&["migrate"]);
    assert_eq!(marked(), 1);
    // Also an old file without any applied migration.
    let empty = TestDatabase::empty_sqlite();
    empty.execute(
        "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP)",
    );
    Shell::from(empty).done(&["migrate", "sql"]);
}

#[test]
fn errors_of_the_file_of_settings_name_the_line_and_no_secret() {
    let shell = Shell::without_database("tripos.db");
    let status = || {
        let mut command = shell.command(&["migrate", "status"]);
        command.env_remove("DATABASE_URL").env_remove("AWS_DEFAULT_REGION").env_remove("PORT");
        command.output().unwrap()
    };
    shell.write(".env", "# the region\nAWS_DEFAULT_REGION=eu-west-1\n\nDATABASE_URL=postgres://ada:hunter2@db/t x\n");
    let line = one_line(&status(), 2);
    assert!(line.contains(".env, line 4: ") && line.contains("DATABASE_URL") && !line.contains("hunter2"), "{line}");
    shell.write(".env", "AWS_DEFAULT_REGION=eu-west-1\nDATABASE_URL='sqlite://a.db\nPORT=1\n");
    assert!(one_line(&status(), 2).contains(".env, line 2: "));
    shell.write(".env", "AWS_DEFAULT_REGION=eu-west-1\nDATABASE_URL=sqlite://a.db\nPORT=eighty\n");
    assert!(one_line(&status(), 2).contains("but is \"eighty\" (.env, line 3)"));
    // The environment takes precedence, and then the line of the file is not the problem.
    let line = shell.command(&["migrate", "status"]).env("PORT", "x").output().unwrap();
    assert!(!one_line(&line, 2).contains(".env"));
    // All errors of lines and of settings, with their lines.
    let text = "AWS_DEFAULT_REGION='\neu-west-1\n'\nDATABASE_URL=postgres://ada:hunter2@db/t x\nPORT=eighty\nDEBUG=true\nDEBUG=false\n";
    shell.write(".env", text);
    let line = one_line(&status(), 2);
    for told in ["DATABASE_URL", "(.env, line 5)", ".env, line 7: DEBUG is already set in line 6"] {
        assert!(line.contains(told), "{told}: {line}");
    }
    assert!(!line.contains("hunter2") && !line.contains("is required"), "{line}");
    // The environment also takes precedence in another spelling.
    shell.write(".env", "port=eighty\n");
    assert_eq!(shell.run(&["migrate", "status"]).status.code(), Some(0));
    let twice = shell.command(&["migrate", "status"]).env("port", "1").output().unwrap();
    assert!(one_line(&twice, 2).contains("PORT is set more than once, as PORT and port: keep one of them"));
    // Commands without settings do not read the file.
    shell.write(".env", "THIS IS NOT\n");
    shell.done(&["openapi"]);
}

#[test]
fn errors_at_startup_are_json_if_the_log_is() {
    let shell = Shell::without_database("tripos.db");
    let lines = |command: &mut Command, code| -> Vec<String> {
        let output = command.env("LOG_FORMAT", "json").output().unwrap();
        assert_eq!(output.status.code(), Some(code));
        let line = |line: &str| {
            let line: Value = serde_json::from_str(line).expect(line);
            assert_eq!((&line["level"], &line["target"]), (&"ERROR".into(), &"tripos".into()));
            let time: jiff::Timestamp = line["time"].as_str().unwrap().parse().unwrap();
            assert!(time.as_second() > 0);
            line["message"].as_str().unwrap().to_owned()
        };
        stderr(&output).lines().map(line).collect()
    };
    let problems = lines(shell.command(&["serve"]).env("PORT", "x").env("SIGNUP", "y").env("DEBUG", "z"), 2);
    assert_eq!(problems.len(), 3, "{problems:?}");
    for name in ["PORT", "SIGNUP", "DEBUG"] {
        assert!(problems.iter().any(|problem| problem.starts_with(&format!("invalid settings: {name} "))));
    }
    assert_eq!(lines(&mut shell.command(&["serve"]), 1).len(), 1);
    assert_eq!(lines(&mut shell.command(&["serv"]), 2).len(), 1);
    shell.write(".env", "LOG_FORMAT=json\nPORT\n");
    assert!(lines(&mut shell.command(&["serve"]), 2)[0].contains(".env, line 2"));
}

#[test]
fn missing_arguments_print_the_usage_and_typos_get_suggestions() {
    let shell = Shell::without_database("tripos.db");
    for args in [&[][..], &["user"], &["token"]] {
        let output = shell.run(args);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("Usage: tripos"), "{}", stderr(&output));
    }
    assert!(shell.refused(&["srve"], 2).contains("'serve'"));
    assert!(shell.refused(&["user", "creat"], 2).contains("'create'"));
    assert!(shell.refused(&["user", "create", "--emial", "x"], 2).contains("'--email'"));
    assert!(shell.refused(&["user", "list", "--output", "jsn"], 2).contains("'json'"));
    for (shell_name, told) in [("bash", "_tripos"), ("zsh", "#compdef tripos"), ("fish", "complete -c tripos")] {
        assert!(shell.done(&["completions", shell_name]).contains(told));
    }
    shell.refused(&["completions", "cmd.exe"], 2);
}

fn tokens_are_revoked_and_users_disabled_on_the_command_line(shell: Shell) {
    let email = ["--email", "ada@example.org"];
    let of_ada = |args: &[&'static str]| [args, &email].concat();
    let first = shell.done(&of_ada(&["user", "create"]));
    let second = shell.done(&of_ada(&["token", "create", "--name", "bot"]));
    let server = Running::start(shell.command(&["serve"]));
    let status = |token: &str| {
        let reply = server.get("/api/v1/me", &format!("Authorization: Bearer {}\r\n", token.trim()));
        reply[9..12].to_owned()
    };
    assert_eq!((status(&first), status(&second)), ("200".into(), "200".into()));

    let list = shell.done(&of_ada(&["token", "list"]));
    assert_eq!(list.lines().count(), 2);
    assert!(list.contains("  bot") && list.contains("  command line") && list.contains("used never"), "{list}");
    for secret in [&first, &second] {
        assert!(!list.contains(&secret.trim()[7..20]), "{list}");
    }
    let bot = list.lines().find(|line| line.ends_with("bot")).unwrap();
    let id = bot.split_whitespace().rev().nth(1).unwrap();
    shell.done(&[&of_ada(&["token", "revoke"])[..], &[id]].concat());
    assert_eq!((status(&first), status(&second)), ("200".into(), "401".into()));
    assert!(shell.refused(&[&of_ada(&["token", "revoke"])[..], &[id]].concat(), 1).contains("see `tripos token list`"));
    shell.refused(&of_ada(&["token", "revoke"]), 2);
    shell.refused(&[&of_ada(&["token", "revoke", "--all"])[..], &[id]].concat(), 2);
    shell.refused(&[&of_ada(&["token", "revoke"])[..], &["no-id"]].concat(), 2);

    shell.done(&of_ada(&["user", "disable"]));
    assert_eq!(status(&first), "401");
    assert!(shell.done(&["user", "list"]).contains("disabled"));
    shell.done(&of_ada(&["user", "disable"]));
    shell.done(&of_ada(&["user", "enable"]));
    assert_eq!(status(&first), "200");
    shell.done(&of_ada(&["token", "revoke", "--all"]));
    assert_eq!(status(&first), "401");
    assert_eq!(shell.done(&of_ada(&["token", "list"])), "");
    assert!(shell.refused(&["user", "disable", "--email", "nobody@example.org"], 1).contains("no user nobody"));

    shell.done(&of_ada(&["user", "role", "--role", "admin"]));
    assert!(shell.refused(&of_ada(&["user", "disable"]), 1).contains("the last admin"));
    assert!(shell.refused(&of_ada(&["user", "role", "--role", "author"]), 1).contains("the last admin"));
    shell.done(&of_ada(&["user", "role", "--role", "admin"]));
    shell.done(&["user", "create", "--email", "bob@example.org", "--role", "admin", "--name", "Bob"]);
    shell.done(&of_ada(&["user", "role", "--role", "author"]));
    let blank = ["user", "create", "--email", "eve@example.org", "--name", "\u{2800}"];
    assert!(shell.refused(&blank, 2).contains("not all blank"));
}

#[test]
fn a_user_has_no_more_tokens_than_over_the_api() {
    let shell = Shell::from(TestDatabase::sqlite());
    shell.done(&["user", "create", "--email", "ada@example.org"]);
    let create = ["token", "create", "--email", "ada@example.org", "--name", "bot"];
    for _ in 1..50 {
        shell.done(&create);
    }
    let line = shell.refused(&create, 1);
    assert!(line.contains("ada@example.org already has 50 tokens: revoke one with `tripos token revoke`"), "{line}");
}

fn lists_are_json_on_request(shell: Shell) {
    let json = |args: &[&str]| -> Value {
        let text = shell.done(&[args, &["--output", "json"]].concat());
        serde_json::from_str(&text).expect(&text)
    };
    assert_eq!(json(&["user", "list"]), serde_json::json!([]));
    shell.done(&["user", "create", "--email", "ada@example.org"]);
    shell.done(&["user", "create", "--email", "bob@example.org", "--role", "author"]);
    let users = json(&["user", "list"]);
    assert_eq!(users.as_array().unwrap().len(), 2);
    assert_eq!((&users[1]["email"], &users[1]["role"]), (&"bob@example.org".into(), &"author".into()));
    assert_eq!(users[1]["disabled"], false);
    let tokens = json(&["token", "list", "--email", "bob@example.org"]);
    assert_eq!((&tokens[0]["name"], &tokens[0]["last_used_at"]), (&"command line".into(), &Value::Null));
    assert!(tokens[0]["id"].is_string());
    let history = json(&["migrate", "history"]);
    assert_eq!(history[0]["name"], "2026-11-01-000000_users");
    let status = json(&["migrate", "status"]);
    assert_eq!(status["pending"], serde_json::json!([]));
    assert_eq!(status["current"], history.as_array().unwrap().last().unwrap()["name"]);
    shell.write("one.gift", "Which? {=a ~b}\n\nOpen? {}\n");
    let output = shell.run(&["lint", "one.gift", "--output", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let findings: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rules: Vec<&str> = findings.as_array().unwrap().iter().map(|found| found["rule"].as_str().unwrap()).collect();
    assert!(rules.contains(&"cannot-be-held") && rules.len() > 1, "{rules:?}");
}

#[test]
fn a_closed_stdout_is_no_failure_but_a_full_disk_is() {
    let shell = Shell::from(TestDatabase::sqlite());
    shell.done(&["user", "create", "--email", "ada@example.org"]);
    for args in [
        &["user", "list"][..],
        &["user", "list", "--output", "json"],
        &["openapi"],
        &["completions", "zsh"],
        &["migrate", "history"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output =
            shell.command(args).stdout(writer).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{args:?}: {}", stderr(&output));
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output =
            shell.command(args).stdout(full).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
        assert!(one_line(&output, 1).contains("cannot write to stdout: No space left"));
    }
}

#[test]
fn long_work_shows_a_bar_on_a_terminal_and_only_there() {
    let shell = Shell::without_database("tripos.db");
    shell.write("demo.json", bank::demo().to_string());
    let program = env!("CARGO_BIN_EXE_tripos");
    for (args, bar) in [
        ("migrate", None),
        ("seed demo.json", Some("/20 questions")),
        ("lint demo.json", Some(" questions")),
        ("import demo.json --exam demo --dry-run", Some("/20 questions")),
        ("export --exam demo --format json -o out.json", Some(" questions")),
        ("backup copy.db", Some(" bytes")),
    ] {
        let mut terminal = Command::new("script");
        // Standard output is not a terminal here: the bar is on standard error.
        terminal.args(["-qec", &format!("{program} {args} > out.txt"), "/dev/null"]);
        let command = shell.command(&[]);
        terminal.current_dir(shell.folder.path()).env_clear().env("PATH", "/usr/bin:/bin").env("TERM", "xterm");
        terminal.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let output = terminal.env("LOG_LEVEL", "off").stdin(Stdio::null()).output().unwrap();
        let seen = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{args}: {seen}");
        assert_eq!(bar.is_some(), !seen.is_empty(), "{args}: {seen:?}");
        assert!(bar.is_none_or(|bar| seen.contains(bar)), "{args}: {seen:?}");
        let _ = fs::remove_file(shell.path("copy.db"));
        let args: Vec<&str> = args.split(' ').collect();
        let output = shell.command(&args).env("LOG_LEVEL", "off").output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{args:?}: {}", stderr(&output));
    }
}

#[test]
fn access_lines_have_the_user_and_the_size_of_the_response() {
    let shell = Shell::from(TestDatabase::sqlite());
    let token = shell.done(&["user", "create", "--email", "ada@example.org", "--role", "author"]);
    let users: Value = serde_json::from_str(&shell.done(&["user", "list", "--output", "json"])).unwrap();
    for format in ["json", "text"] {
        let mut command = shell.command(&["serve"]);
        command.env("LOG_FORMAT", format).env("TRUSTED_PROXIES", "127.0.0.1");
        let server = Running::start(command);
        let fields = format!("Authorization: Bearer {}\r\nX-Forwarded-For: 198.51.100.7\r\n", token.trim());
        let sized = server.get("/api/v1/exams/demo?a=%0Ab", "X-Request-Id: sized\r\n");
        let export = server.get("/api/v1/exams/demo/export?format=json", &format!("X-Request-Id: export\r\n{fields}"));
        let refused = server.get("/api/v1/me", "X-Request-Id: refused\r\nAuthorization: Bearer tripos_x\r\n");
        assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
        let log = server.rest_of_log();
        let line =
            |id: &str| log.lines().find(|line| line.contains(id)).unwrap_or_else(|| panic!("{id}: {log}")).to_owned();
        let body = |reply: &str| reply.split_once("\r\n\r\n").unwrap().1.len();
        let user = users[0]["id"].as_str().unwrap();
        if format == "json" {
            let line = |id: &str| -> Value { serde_json::from_str(&line(id)).unwrap() };
            let sized_line = line("\"sized\"");
            assert_eq!((&sized_line["bytes"], &sized_line["address"]), (&body(&sized).into(), &"127.0.0.1".into()));
            assert_eq!(sized_line["user_id"], "");
            let export_line = line("\"export\"");
            assert_eq!((&export_line["user_id"], &export_line["address"]), (&user.into(), &"198.51.100.7".into()));
            assert!(export_line["bytes"].as_u64().unwrap() > 1000, "{export_line}");
            assert_eq!(line("\"refused\"")["user_id"], "");
        } else {
            let text = line("request_id=export");
            assert!(text.contains(&format!("user_id={user}")) && text.contains("address=198.51.100.7"), "{text}");
            assert!(text.contains("GET /api/v1/exams/demo/export 200") && text.contains("bytes="), "{text}");
            assert!(log.lines().all(|line| line.starts_with('[')), "{log}");
        }
        assert!(export.starts_with("HTTP/1.1 200"));
    }
}

#[test]
fn an_outage_is_logged_when_it_begins_and_when_it_ends() {
    let Some(binaries) = postgres::SHARED.as_ref().and_then(|_| postgres::find_binaries()) else { return };
    let cluster = postgres::Cluster::start(binaries);
    let shell = Shell::from(TestDatabase::in_cluster(&cluster));
    let mut command = shell.command(&["serve"]);
    command.env("DATABASE_POOL_TIMEOUT_SECONDS", "1").env("DATABASE_CONNECT_TIMEOUT_SECONDS", "1");
    let server = Running::start(command);
    let asked = |path: &str| server.get(path, "")[9..12].to_owned();
    assert_eq!(asked("/api/v1/exams"), "200");
    cluster.stop();
    for _ in 0..3 {
        assert_eq!(asked("/api/v1/exams"), "503");
        assert_eq!(asked("/health/ready"), "503");
        assert!(server.get("/health", "").contains(r#""database":{"status":"unhealthy","failure":"no_answer"}"#));
    }
    cluster.start_again();
    while asked("/api/v1/exams") != "200" {}
    assert_eq!(asked("/health/ready"), "200");
    let log = server.rest_of_log();
    let states: Vec<&str> = log.lines().filter(|line| !line.contains("tripos::access")).collect();
    let count = |text: &str| states.iter().filter(|line| line.contains(text)).count();
    assert_eq!(count("the connection to the database was lost: ") + count("database unavailable: "), 2, "{log}");
    assert_eq!(count("not ready: database unavailable"), 1, "{log}");
    assert_eq!(count("the database is available again after "), 1, "{log}");
    assert_eq!(count("ready again after "), 1, "{log}");
    assert!(states.iter().all(|line| line.starts_with('[')), "each is one line: {log}");
}
