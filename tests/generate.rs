//! Drafting questions into a file, with the program as people run it and the script in place of a model.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

mod common;

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use common::{database::TestDatabase, on_both};
use serde_json::{Value, json};
use tempfile::TempDir;

on_both!(
    a_bank_in_the_database_is_drafted_for_as_well,
    drafted_questions_are_imported_as_drafts_and_scripted_ones_are_not_published,
);

const BANK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/seed_data/clf-c02.json");
const DOMAIN_2: [&str; 5] = ["generate", "--exam", "clf-c02", "--domain", "2"];

/// A working directory for a test, without the environment of the machine.
struct Shell {
    folder: TempDir,
}

impl Shell {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A command with the script in place of a model, and no database.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tripos"));
        command
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .env("AWS_DEFAULT_REGION", "eu-west-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("BEDROCK_MODEL_ID", "scripted");
        command
    }

    /// Drafting for domain 2 of the bundled bank.
    fn generate(&self, more: &[&str]) -> Command {
        self.command(&[&DOMAIN_2[..], &["--bank", BANK], more].concat())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn drafts(&self, name: &str) -> Value {
        serde_json::from_slice(&std::fs::read(self.path(name)).unwrap()).unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn done(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// The single line on standard error of a command that fails with this code.
#[track_caller]
fn refused(mut command: Command, code: i32) -> String {
    let Output { status, stderr, .. } = command.output().unwrap();
    let stderr = text(&stderr);
    assert_eq!(status.code(), Some(code), "{stderr}");
    let own: Vec<&str> = stderr.lines().filter(|line| line.starts_with("tripos: ")).collect();
    assert_eq!(own.len(), 1, "{stderr}");
    own[0].to_owned()
}

/// Checks that each number has one outcome, and each draft its question.
#[track_caller]
fn is_complete(drafts: &Value, count: usize) {
    let outcomes = drafts["generation"]["outcomes"].as_array().unwrap();
    let mut numbers: Vec<u64> = outcomes.iter().map(|outcome| outcome["number"].as_u64().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=count as u64).collect::<Vec<_>>());
    let keys = |items: &Value, field: &str| -> Vec<String> {
        items.as_array().unwrap().iter().filter_map(|item| item[field].as_str()).map(str::to_owned).collect()
    };
    let of_questions = keys(&drafts["questions"], "external_key");
    assert_eq!(of_questions, keys(&drafts["generation"]["outcomes"], "key"));
    assert!(!of_questions.is_empty() && of_questions.iter().all(|key| key.starts_with("gen-clf-c02-2.")));
    assert!(drafts["questions"].as_array().unwrap().iter().all(|question| question["status"] == "draft"));
}

#[test]
fn a_killed_run_continues_where_its_file_ends() {
    let shell = Shell::new();
    let args = ["--count", "100", "--output", "drafts.json"];
    let mut child = shell.generate(&args).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("3 of 100") {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0, "it ended");
    }
    // Like Ctrl-C.
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let last = log.lines().map(Result::unwrap).last().unwrap();
    assert!(last.starts_with("tripos: interrupted; ") && last.contains("run the same command again"), "{last}");
    let begun = shell.drafts("drafts.json");
    let outcomes = begun["generation"]["outcomes"].as_array().unwrap();
    assert!((3..=100).contains(&outcomes.len()), "{}", outcomes.len());

    let told = done(shell.generate(&args));
    let finished = shell.drafts("drafts.json");
    is_complete(&finished, 100);
    let kept = &finished["generation"]["outcomes"].as_array().unwrap()[..outcomes.len()];
    assert_eq!(kept, outcomes);
    assert!(told.starts_with("100 questions requested: "), "{told}");
    // Nothing is left to do, and no lock file is left behind.
    assert_eq!(done(shell.generate(&args)), told);
    assert_eq!(shell.drafts("drafts.json"), finished);
    assert_eq!(std::fs::read_dir(shell.folder.path()).unwrap().count(), 1);
    let lint = done(shell.command(&["lint", "drafts.json"]));
    assert!(lint.contains(" 0 errors"), "{lint}");
}

#[test]
fn a_used_up_budget_ends_a_run_that_can_be_continued() {
    let shell = Shell::new();
    let args = ["--count", "10", "--output", "drafts.json"];
    let mut thrifty = shell.generate(&args);
    thrifty.env("GENERATION_TOKENS_PER_JOB", "40000");
    let told = refused(thrifty, 1);
    assert!(told.contains("GENERATION_TOKENS_PER_JOB") && told.contains("of 10 questions"), "{told}");
    let begun = shell.drafts("drafts.json");
    let outcomes = begun["generation"]["outcomes"].as_array().unwrap();
    assert!((1..10).contains(&outcomes.len()), "{}", outcomes.len());
    let tokens = |field: &str| -> u64 { outcomes.iter().map(|outcome| outcome[field].as_u64().unwrap()).sum() };
    let used = tokens("input_tokens") + tokens("output_tokens");
    assert!(used <= 40_000, "{used}");
    // The used tokens stay used. The prompts differ in length between runs, so nothing at all is left here.
    let mut thrifty = shell.generate(&args);
    thrifty.env("GENERATION_TOKENS_PER_JOB", used.to_string());
    refused(thrifty, 1);
    assert_eq!(shell.drafts("drafts.json"), begun);
    done(shell.generate(&args));
    is_complete(&shell.drafts("drafts.json"), 10);

    let missing = refused(shell.generate(&["--count", "3", "--output", "nowhere/drafts.json"]), 1);
    assert!(missing.contains("cannot write nowhere/drafts.json"), "{missing}");
    let other = shell.generate(&["--count", "11", "--language", "de", "--output", "drafts.json"]);
    let told = refused(other, 2);
    assert!(told.contains("count was 10 and is now 11") && told.contains("language was \"en\""), "{told}");
    assert!(!told.contains("domain"), "{told}");
}

#[test]
fn a_symbolic_link_is_followed_and_no_other_file_is_written() {
    let shell = Shell::new();
    std::fs::create_dir(shell.path("bank")).unwrap();
    std::os::unix::fs::symlink("bank/drafts.json", shell.path("link.json")).unwrap();
    // If an earlier release wrote first.
    std::fs::write(shell.path("victim"), "mine").unwrap();
    for part in ["link.json.part", "bank/drafts.json.part"] {
        std::os::unix::fs::symlink(shell.path("victim"), shell.path(part)).unwrap();
    }
    done(shell.generate(&["--count", "3", "--output", "link.json"]));
    assert!(std::fs::symlink_metadata(shell.path("link.json")).unwrap().is_symlink());
    is_complete(&shell.drafts("bank/drafts.json"), 3);
    assert_eq!(std::fs::read_to_string(shell.path("victim")).unwrap(), "mine");
    let left: Vec<_> = std::fs::read_dir(shell.path("bank")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn texts_of_a_bank_cannot_control_a_terminal() {
    let shell = Shell::new();
    let text = std::fs::read_to_string(BANK).unwrap();
    let mut bank: Value = serde_json::from_str(&text).unwrap();
    bank["exam"]["domains"][1]["name"] = "Security\u{9b}31m\u{202e}\u{1b}[31m".into();
    std::fs::write(shell.path("bank.json"), bank.to_string()).unwrap();
    let dry_run = || shell.command(&[&DOMAIN_2[..], &["--bank", "bank.json", "--count", "1", "--dry-run"]].concat());
    let told = refused(dry_run(), 1);
    assert!(told.contains("/exam/domains/1/name") && !told.contains(['\u{9b}', '\u{202e}', '\u{1b}']), "{told}");
    // Texts may mark the writing direction, as right-to-left languages need it. The prompt shows the marks inert.
    bank["exam"]["domains"][1]["name"] = "Security".into();
    let questions = bank["questions"].as_array_mut().unwrap();
    let of_domain = questions.iter_mut().filter(|question| question["task"].as_str().unwrap().starts_with("2."));
    of_domain.for_each(|question| question["stem"] = format!("Is \u{202e}{} it?", question["external_key"]).into());
    std::fs::write(shell.path("bank.json"), bank.to_string()).unwrap();
    let told = done(dry_run());
    assert!(!told.contains(['\u{9b}', '\u{202e}', '\u{1b}']), "{told}");
}

#[test]
fn a_dry_run_shows_the_prompt_and_the_cost_without_a_call() {
    let shell = Shell::new();
    let dry = ["--count", "20", "--notes", "about shared responsibility", "--dry-run"];
    let told = done(shell.generate(&dry));
    for part in ["about shared responsibility", "\"clf-c02\"", "estimate for 20 questions", "no price for scripted"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let mut priced = shell.generate(&dry);
    priced.env("BEDROCK_PRICES", "scripted=3.00/15.00");
    assert!(done(priced).contains("at most about $"));
    let mut unset = shell.generate(&dry);
    unset.env_remove("BEDROCK_MODEL_ID");
    let told = done(unset);
    assert!(told.contains("about shared responsibility") && told.contains("no model is set"), "{told}");
    assert!(!told.contains('$') || !told.contains("about $"), "{told}");
    assert_eq!(std::fs::read_dir(shell.folder.path()).unwrap().count(), 0);
}

#[test]
fn errors_are_one_line() {
    let shell = Shell::new();
    let output = ["--output", "drafts.json"];
    for (args, part) in [
        (vec!["--count", "0"], "--count <COUNT>': must be a whole number from 1 to 200"),
        (vec!["--count", "1000000"], "--count <COUNT>': must be a whole number from 1 to 200"),
        (vec!["--count", "2", "--language", "english!"], "--language"),
        (vec!["--count", "2", "--task", "9.9"], "--task: the exam has no task \"9.9\""),
        (vec!["--count", "2", "--task", "1.1"], "--task: the task \"1.1\" belongs to another domain"),
        (vec!["--count", "2", "--kind", "essay"], "essay"),
        (vec!["--count", "2", "--model", "other"], "must be one of scripted (BEDROCK_MODEL_ID and BEDROCK_MODELS)"),
    ] {
        let told = refused(shell.generate(&[&args[..], &output].concat()), 2);
        assert!(told.contains(part), "{told}");
    }
    let of = |exam: &str, domain: &str| {
        let args = ["generate", "--exam", exam, "--domain", domain, "--count", "2", "--bank", BANK];
        refused(shell.command(&[&args[..], &output].concat()), 2)
    };
    assert!(of("saa-c03", "1").contains("is a bank for clf-c02"));
    assert!(of("clf-c02", "7").contains("--domain: the exam has no domain 7"));
    let mut unset = shell.generate(&["--count", "2", "--output", "drafts.json"]);
    unset.env_remove("BEDROCK_MODEL_ID");
    assert!(refused(unset, 2).contains(": no model is set: set BEDROCK_MODEL_ID"));
    let mut unset = shell.generate(&["--count", "2", "--output", "drafts.json", "--model", "some.model"]);
    unset.env_remove("BEDROCK_MODEL_ID");
    assert!(refused(unset, 2).contains("--model: no model is set: set BEDROCK_MODEL_ID"));
    let mut other = shell.generate(&["--count", "2", "--output", "drafts.json", "--model", "some.model"]);
    other.env_remove("BEDROCK_MODEL_ID").env("BEDROCK_MODELS", "a.model,b.model");
    assert!(refused(other, 2).contains("--model: must be one of a.model, b.model (BEDROCK_MODELS)"));
    assert!(refused(shell.generate(&["--count", "2"]), 2).contains("--output"));
    let mut public = shell.generate(&["--count", "2", "--output", "drafts.json"]);
    public.env("HOST", "0.0.0.0");
    assert!(refused(public, 2).contains("loopback"));
    assert!(!shell.path("drafts.json").exists());
    std::fs::copy(BANK, shell.path("drafts.json")).unwrap();
    let told = refused(shell.generate(&["--count", "2", "--output", "drafts.json"]), 2);
    assert!(told.contains("is not a file that `tripos generate` can continue"), "{told}");
    assert_eq!(std::fs::read(shell.path("drafts.json")).unwrap(), std::fs::read(BANK).unwrap());
    let mut away = shell.generate(&["--count", "2", "--output", "away.json"]);
    away.env("BEDROCK_MODEL_ID", "some.model");
    let told = refused(away, 1);
    assert!(told.contains("AWS credentials") && told.contains("0 of 2 questions"), "{told}");
    let mut profile = shell.generate(&["--count", "2", "--output", "away.json"]);
    profile.env("BEDROCK_MODEL_ID", "some.model").env("AWS_PROFILE", "nope");
    let told = refused(profile, 1);
    assert!(told.contains("the profile \"nope\" (AWS_PROFILE) cannot be used"), "{told}");
    let nowhere = shell.generate(&["--count", "2", "--output", "no/such/folder/drafts.json"]);
    assert!(refused(nowhere, 1).contains("cannot write no/such/folder/drafts.json"));
}

#[test]
fn two_runs_do_not_write_one_file() {
    let shell = Shell::new();
    let args = ["--count", "2", "--output", "drafts.json"];
    let lock = std::fs::File::create(shell.path("drafts.json.lock")).unwrap();
    lock.lock().unwrap();
    let told = refused(shell.generate(&args), 1);
    assert!(told.contains("another `tripos generate` is writing /") && told.contains("/drafts.json:"), "{told}");
    assert!(!shell.path("drafts.json").exists());
    // A killed run leaves a file without a lock.
    drop(lock);
    done(shell.generate(&args));
    assert!(!shell.path("drafts.json.lock").exists());
}

fn a_bank_in_the_database_is_drafted_for_as_well(database: TestDatabase) {
    let shell = Shell::new();
    let generate = |exam: &str| {
        let args = ["generate", "--exam", exam, "--domain", "2", "--count", "4", "--output", "drafts.json"];
        let mut command = shell.command(&args);
        command.env("DATABASE_URL", &database.url);
        command
    };
    assert!(refused(generate("nothing"), 2).contains("--exam: there is no exam nothing"));
    done(generate("clf-c02"));
    is_complete(&shell.drafts("drafts.json"), 4);
    assert_eq!(database.count("questions WHERE origin = 'generated'"), 0);
}

fn drafted_questions_are_imported_as_drafts_and_scripted_ones_are_not_published(database: TestDatabase) {
    let shell = Shell::new();
    done(shell.generate(&["--count", "5", "--output", "drafts.json"]));
    let with_database = |args: &[&str]| {
        let mut command = shell.command(args);
        command.env("DATABASE_URL", &database.url);
        command
    };
    let drafts = shell.drafts("drafts.json")["questions"].as_array().unwrap().len() as i64;
    let count = |status: &str| {
        database.count(&format!("questions WHERE external_key LIKE 'gen-clf-c02-%' AND status = '{status}'"))
    };
    let import = ["import", "drafts.json", "--exam", "clf-c02"];
    for status in ["published", "in_review"] {
        let told = refused(with_database(&[&import[..], &["--status", status]].concat()), 1);
        assert!(told.contains("scripted") && told.contains("import them as drafts"), "{told}");
    }
    done(with_database(&["seed", "drafts.json"]));
    assert_eq!((count("draft"), count("published")), (0, 0));
    done(with_database(&import));
    assert_eq!((count("draft"), count("published")), (drafts, 0));
    let known = "question_drafts WHERE scripted AND job_id IS NULL AND requested_by IS NULL AND input_tokens > 0";
    let generated = || database.count("questions WHERE origin = 'generated'");
    assert_eq!((generated(), database.count(known)), (drafts, drafts));
    // A repeated import changes nothing.
    assert_eq!(done(with_database(&import)), "");
    assert_eq!((generated(), database.count("question_drafts")), (drafts, drafts));

    let mut file = shell.drafts("drafts.json");
    file["questions"][0]["status"] = json!("published");
    std::fs::write(shell.path("published.json"), file.to_string()).unwrap();
    let told = refused(with_database(&["seed", "published.json"]), 1);
    assert!(told.contains("/questions/0/status") && told.contains("scripted"), "{told}");
    // A question that a model wrote and somebody published in the file is like any other.
    file["generation"]["parameters"]["model"] = json!("model-1");
    std::fs::write(shell.path("published.json"), file.to_string()).unwrap();
    database
        .execute("DELETE FROM answers WHERE question_id IN (SELECT id FROM questions WHERE external_key LIKE 'gen-%')");
    database.execute("DELETE FROM questions WHERE external_key LIKE 'gen-%'");
    done(with_database(&["seed", "published.json"]));
    assert_eq!((count("draft"), count("published")), (0, 1));
}
