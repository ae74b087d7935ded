//! The entrypoint of the container, run by the same shell as there.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

mod common;

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
};

use common::{database::TestDatabase, on_both};
use tempfile::TempDir;

on_both!(a_signal_reaches_the_server_which_ends_with_grace, three_at_once_on_an_empty_database_all_come_up);

/// A folder like that of the image: the entrypoint, and our programs first in PATH.
struct Image {
    folder: TempDir,
    database: TestDatabase,
}

impl From<TestDatabase> for Image {
    /// With the real program, and an empty database.
    fn from(filled: TestDatabase) -> Self {
        let database = if filled.url.starts_with("sqlite") {
            TestDatabase::empty_sqlite()
        } else {
            TestDatabase::empty_postgres().expect("there is PostgreSQL")
        };
        let image = Self { folder: tempfile::tempdir().unwrap(), database };
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_tripos"), image.folder.path().join("tripos")).unwrap();
        image
    }
}

impl Image {
    /// With a stand-in for the program, which records how it was called and then runs `script`.
    fn with_stand_in(script: &str) -> Self {
        let image = Self { folder: tempfile::tempdir().unwrap(), database: TestDatabase::empty_sqlite() };
        let program = image.folder.path().join("tripos");
        fs::write(&program, format!("#!/bin/sh\necho \"$*\" >> calls\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        image
    }

    /// The entrypoint with this command: under dash, as on Debian, if it is installed.
    fn command(&self, args: &[&str]) -> Command {
        let dash = ["/bin/dash", "/usr/bin/dash"].map(PathBuf::from).into_iter().find(|path| path.exists());
        let path = format!("{}:/usr/bin:/bin", self.folder.path().display());
        let mut command = Command::new(dash.unwrap_or_else(|| "/bin/sh".into()));
        command
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/entrypoint.sh"))
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", path)
            .env("DATABASE_URL", &self.database.url)
            .env("AWS_DEFAULT_REGION", "eu-west-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("PORT", "0");
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn calls(&self) -> Vec<String> {
        fs::read_to_string(self.folder.path().join("calls")).unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

/// Starts a server and waits until it listens.
fn serve(image: &Image) -> (Child, BufReader<std::process::ChildStderr>) {
    let mut child = image.command(&["tripos", "serve"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("listening on http://") {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0, "it ended");
    }
    (child, log)
}

#[test]
fn it_migrates_then_seeds_then_becomes_the_command() {
    let image = Image::with_stand_in("");
    let output = image.run(&["tripos", "serve"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(image.calls(), ["migrate run --wait 60", "seed", "serve"]);
    let patient = image.command(&["tripos", "serve"]).env("DATABASE_WAIT_SECONDS", "7").output().unwrap();
    assert!(patient.status.success());
    assert_eq!(image.calls()[3], "migrate run --wait 7");
}

#[test]
fn another_command_gets_migrations_and_seed_as_well() {
    let image = Image::with_stand_in("");
    let output = image.run(&["sh", "-c", "echo \"$1 $2\"; exit 3", "sh", "one two", "three"]);
    assert_eq!(image.calls(), ["migrate run --wait 60", "seed"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "one two three\n");
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn a_step_that_fails_stops_everything_with_its_code() {
    let image = Image::with_stand_in("[ \"$1\" != migrate ] || exit 42");
    assert_eq!(image.run(&["tripos", "serve"]).status.code(), Some(42));
    assert_eq!(image.calls(), ["migrate run --wait 60"]);
    let image = Image::with_stand_in("[ \"$1\" != seed ] || exit 43");
    assert_eq!(image.run(&["tripos", "serve"]).status.code(), Some(43));
    assert_eq!(image.calls(), ["migrate run --wait 60", "seed"]);
}

#[test]
fn after_a_failure_it_can_pause_before_it_ends() {
    let image = Image::with_stand_in("exit 44");
    let sleep = image.folder.path().join("sleep");
    fs::write(&sleep, "#!/bin/sh\necho \"sleep $*\" >> calls\n").unwrap();
    fs::set_permissions(&sleep, fs::Permissions::from_mode(0o755)).unwrap();
    let output = image.command(&["tripos", "serve"]).env("PAUSE_AFTER_FAILURE_SECONDS", "10").output().unwrap();
    assert_eq!(output.status.code(), Some(44));
    assert_eq!(image.calls(), ["migrate run --wait 60", "sleep 10"]);
}

#[test]
fn a_signal_ends_it_while_it_waits_for_the_database() {
    let mut image = Image::from(TestDatabase::sqlite());
    image.database.url = "postgres://ada:hunter2@127.0.0.1:1/tripos".into();
    let mut child = image.command(&["tripos", "serve"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("waiting for the database") {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0, "it ended");
    }
    let status = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
    assert_eq!(child.wait().unwrap().code(), Some(143));
    // The waiting program has ended, too: the pipe is closed.
    log.read_to_string(&mut line).unwrap();
}

#[test]
fn a_database_that_never_comes_is_one_clear_line_in_time() {
    let mut image = Image::from(TestDatabase::sqlite());
    image.database.url = "postgres://ada:hunter2@127.0.0.1:1/tripos".into();
    let output = image.command(&["tripos", "serve"]).env("DATABASE_WAIT_SECONDS", "1").output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    let own: Vec<&str> = text.lines().filter(|line| line.starts_with("tripos: ")).collect();
    assert!(own.len() == 1 && own[0].contains("database unavailable") && !text.contains("hunter2"), "{text}");
}

#[test]
fn a_missing_setting_is_named() {
    let image = Image::from(TestDatabase::sqlite());
    let output = image.command(&["tripos", "serve"]).env_remove("AWS_DEFAULT_REGION").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("AWS_DEFAULT_REGION is required"));
}

fn a_signal_reaches_the_server_which_ends_with_grace(image: Image) {
    let (mut child, mut log) = serve(&image);
    // It has become the server: the signal goes to the process that was started.
    let status = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
    let mut rest = String::new();
    log.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{rest}");
    assert!(rest.contains("SIGTERM") && rest.contains("stopped"), "{rest}");
}

fn three_at_once_on_an_empty_database_all_come_up(image: Image) {
    let servers: Vec<_> = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..3).map(|_| scope.spawn(|| serve(&image))).collect();
        starting.into_iter().map(|server| server.join().unwrap()).collect()
    });
    let exams = image.database.count("exams");
    for (mut child, _) in servers {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert_eq!(exams, 1);
}

#[test]
fn compose_passes_every_setting() {
    // The compose file sets these itself.
    let own =
        ["DATABASE_URL", "DATABASE_URL_FILE", "HOST", "PORT", "SHUTDOWN_DELAY_SECONDS", "SHUTDOWN_TIMEOUT_SECONDS"];
    let settings = include_str!("../.env.example").lines().map(|line| line.trim_start_matches("# "));
    let names = settings.filter_map(|line| line.split_once('=')).map(|(name, _)| name);
    let names: Vec<&str> = names.filter(|name| name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')).collect();
    assert!(names.len() > 20, "{names:?}");
    let compose = include_str!("../docker-compose.yml");
    for name in names.iter().filter(|name| !own.contains(name)) {
        assert!(compose.contains(&format!("\n  {name}: ${{{name}:")), "{name}");
    }
}
