//! Real components in place of AWS, started by the tests: `ministack`, a local Amazon Bedrock, and
//! `microburst`, a proxy that injects errors of AWS. `.ci/run` installs both.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
};

use serde_json::Value;

/// A local Amazon Bedrock. It returns plain text, unless an upstream with the OpenAI API returns tool calls.
pub struct Ministack {
    pub url: String,
    _process: Process,
}

impl Ministack {
    /// Starts it. `None` if it is not installed: the test then prints a notice, or fails if
    /// `TRIPOS_REQUIRE_MINISTACK=1` is set.
    pub fn start(upstream: Option<&str>) -> Option<Self> {
        let mut command = found("ministack")?;
        // A free port, which it prints.
        command.env("BIND_HOST", "127.0.0.1").env("GATEWAY_PORT", "0");
        command.env("MINISTACK_BEDROCK_PROXY_URL", upstream.unwrap_or_default());
        let (process, line) = Process::start(command, "Running on http");
        let url = line.split("Running on ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a URL").to_owned();
        Some(Self { url, _process: process })
    }
}

/// A proxy that injects errors of AWS.
pub struct Microburst {
    pub url: String,
    _process: Process,
}

impl Microburst {
    /// Starts it in front of an endpoint, under the same conditions as [`Ministack::start`].
    pub fn start(upstream: &str) -> Option<Self> {
        let mut command = found("microburst")?;
        // Below those that the system assigns, so that nobody else gets it before the proxy has it.
        let free = (20_000..32_000).map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        let free = free.skip(std::process::id() as usize % 6000).find(|address| TcpListener::bind(address).is_ok());
        let free = free.expect("a free port");
        command.args(["--upstream", upstream, "--port", &free.port().to_string()]);
        // It prints this just before it listens.
        let (process, _) = Process::start(command, "microburst listening on");
        while TcpStream::connect(free).is_err() {
            std::thread::yield_now();
        }
        Some(Self { url: format!("http://{free}"), _process: process })
    }

    /// Replaces all rules.
    pub fn rules(&self, rules: &Value) {
        let answer = ureq::post(format!("{}/_microburst/rules", self.url)).send_json(rules).expect("an answer");
        assert_eq!(answer.status(), 200);
    }

    /// The number of times that a rule applied since the last call.
    pub fn fired(&self) -> usize {
        let url = format!("{}/_microburst/fired", self.url);
        let fired: Value = ureq::get(&url).call().expect("an answer").body_mut().read_json().expect("JSON");
        ureq::delete(&url).call().expect("an answer");
        fired.as_array().expect("a list").len()
    }
}

/// A program from PATH, or from where `.ci/run` installs it.
fn found(program: &str) -> Option<Command> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/ci-tools/bin");
    let folders = std::env::split_paths(&path).chain([installed]);
    let file: Option<PathBuf> = folders.map(|folder| folder.join(program)).find(|file| file.is_file());
    if file.is_none() {
        assert!(
            std::env::var("TRIPOS_REQUIRE_MINISTACK").as_deref() != Ok("1"),
            "TRIPOS_REQUIRE_MINISTACK=1, and {program} is neither in PATH nor in target/ci-tools/bin"
        );
        // Bypasses the capture of the test harness, which would hide it.
        let skipped = format!(
            "\n*** SKIPPED: a test with {program}, which is neither in PATH nor in target/ci-tools/bin. ***\n\n"
        );
        let _ = std::io::stderr().write_all(skipped.as_bytes());
    }
    file.map(Command::new)
}

/// A program that ends when this value is dropped or this process dies: a wrapper waits for the end of a pipe.
struct Process {
    pipe: Option<ChildStdin>,
    keeper: Child,
}

impl Process {
    /// Starts it and waits for a line that contains these words.
    fn start(command: Command, words: &str) -> (Self, String) {
        const KEEP: &str = r#""$0" "$@" 2>&1 & cat >/dev/null; kill -9 $!; wait"#;
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEP]).arg(command.get_program()).args(command.get_args());
        keeper.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let mut keeper = keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a shell");
        let mut log = BufReader::new(keeper.stdout.take().expect("a pipe"));
        let pipe = keeper.stdin.take();
        let (mut line, mut all) = (String::new(), String::new());
        while !line.contains(words) {
            line.clear();
            assert!(log.read_line(&mut line).expect("a line") > 0, "{command:?} ended: {all}");
            all.push_str(&line);
        }
        // The rest must be read, or the program would block when the pipe is full.
        std::thread::spawn(move || log.read_to_end(&mut Vec::new()));
        (Self { pipe, keeper }, line)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.pipe.take());
        let _ = self.keeper.wait();
    }
}
