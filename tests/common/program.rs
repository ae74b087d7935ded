//! The program in its own process, as people run it.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, ExitStatus, Stdio},
};

use serde_json::Value;

/// The program with these arguments, for this database.
pub fn tripos(args: &[&str], database_url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tripos"));
    command
        .args(args)
        .env_clear()
        .env("DATABASE_URL", database_url)
        .env("AWS_DEFAULT_REGION", "eu-west-1")
        .env("PORT", "0")
        .env("LOG_LEVEL", "info")
        .env("RATE_LIMIT_PER_MINUTE", "0")
        .env("MAX_UNANSWERED_ATTEMPTS", "0");
    command
}

/// Creates a user, and returns a token.
pub fn new_user(email: &str, database_url: &str) -> String {
    let output = tripos(&["user", "create", "--email", email], database_url).output().expect("the program");
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
}

/// A server, which is killed when this value is dropped.
pub struct Server {
    child: Child,
    pub url: String,
}

impl Server {
    /// Starts a server and waits until it listens.
    pub fn start(database_url: &str) -> Self {
        Self::start_with(database_url, &[])
    }

    /// The same, with these settings.
    pub fn start_with(database_url: &str, settings: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir();
        let mut command = tripos(&["serve"], database_url);
        command.envs(settings.iter().copied()).current_dir(folder).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program");
        let mut log = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut line = String::new();
        while !line.contains("listening on ") {
            line.clear();
            assert!(log.read_line(&mut line).expect("a line") > 0, "the server ended");
        }
        // The rest must be read, or the server would block when the pipe is full.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        let url = line.split("listening on ").nth(1).and_then(|rest| rest.split(',').next()).expect("a URL").to_owned();
        Self { child, url }
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its exit status, after it was told to end.
    pub fn wait(mut self) -> ExitStatus {
        self.child.wait().expect("its end")
    }

    /// Sends JSON to a path below `/api/v1`. Returns the status, and the body if it is JSON.
    pub fn send(&self, method: &str, path: &str, token: &str, body: &Value) -> (u16, Value) {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}/api/v1{path}", self.url))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(body.to_string())
            .expect("a request");
        let mut response = agent.run(request).expect("an answer");
        (response.status().as_u16(), response.body_mut().read_json().unwrap_or_default())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
