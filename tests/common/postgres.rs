//! A private PostgreSQL cluster for the tests.

use std::{
    io::{BufRead, BufReader, Write},
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::LazyLock,
};

/// A cluster in its own folder, reached by a socket in that folder. It is stopped and deleted when this
/// value is dropped or this process dies: a wrapper waits for the end of a pipe.
pub struct Cluster {
    folder: PathBuf,
    binaries: PathBuf,
    _pipe: ChildStdin,
    _keeper: Child,
}

/// The cluster that the tests of one process share. `None` if there are no server binaries: the tests then print a
/// notice, or fail if `TRIPOS_REQUIRE_POSTGRES=1` is set.
pub static SHARED: LazyLock<Option<Cluster>> = LazyLock::new(|| {
    let cluster = find_binaries().map(Cluster::start);
    if cluster.is_none() {
        assert!(
            std::env::var("TRIPOS_REQUIRE_POSTGRES").as_deref() != Ok("1"),
            "TRIPOS_REQUIRE_POSTGRES=1, and there are no PostgreSQL server binaries in PATH or \
             /usr/lib/postgresql/*/bin"
        );
        // Bypasses the capture of the test harness, which would hide it.
        let _ = std::io::stderr().write_all(
            b"\n*** SKIPPED: every test on PostgreSQL. No server binaries (initdb, pg_ctl) are in PATH or in \
              /usr/lib/postgresql/*/bin. ***\n\n",
        );
    }
    cluster
});

/// The newest server binaries of this machine.
pub fn find_binaries() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).map(|folder| folder.canonicalize().unwrap_or(folder));
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut debian: Vec<PathBuf> = debian.map(|version| version.path().join("bin")).collect();
    debian.sort();
    debian.into_iter().rev().chain(in_path).find(|folder| {
        let initdb = folder.join("initdb").canonicalize();
        initdb.is_ok_and(|real| real.with_file_name("postgres").exists())
    })
}

impl Cluster {
    /// Creates a cluster and waits until it responds.
    pub fn start(binaries: PathBuf) -> Self {
        let make = r#""$2/initdb" --pgdata "$1/data" --username postgres --auth trust --no-sync \
            --encoding UTF8 --locale C.UTF-8"#;
        Self::make(binaries, make)
    }

    /// Creates a standby that follows a primary from its current state on.
    pub fn follow(primary: &Self) -> Self {
        let from = primary.folder.display();
        let make = format!(
            r#""$2/pg_basebackup" --pgdata "$1/data" --write-recovery-conf --checkpoint fast --no-sync \
               --username postgres --host "{from}""#
        );
        Self::make(primary.binaries.clone(), &make)
    }

    fn make(binaries: PathBuf, make: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("tripos-pg-").tempdir().expect("a folder").keep();
        let script = format!(
            r#"
            cd "$1"
            {make} >"$1/make.log" 2>&1 &&
            "$2/pg_ctl" --pgdata "$1/data" --log "$1/log" --wait --options "$3" start >"$1/start.log" 2>&1 &&
            echo ready
            cat >/dev/null
            "$2/pg_ctl" --pgdata "$1/data" --mode immediate stop >/dev/null 2>&1
            rm -rf "$1"
        "#
        );
        let mut keeper = as_other_user(Command::new("sh"), &folder)
            .args(["-c", &script, "sh"])
            .arg(&folder)
            .arg(&binaries)
            .arg(options(&folder))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let pipe = keeper.stdin.take().expect("a pipe");
        let mut line = String::new();
        BufReader::new(keeper.stdout.take().expect("a pipe")).read_line(&mut line).expect("an answer");
        let cluster = Self { folder, binaries, _pipe: pipe, _keeper: keeper };
        assert_eq!(line.trim(), "ready", "PostgreSQL did not start: {}", cluster.logs());
        cluster
    }

    /// The URL of a database of this cluster.
    pub fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?user=postgres&host={}", self.folder.display())
    }

    /// The URL of a database on whichever of the two clusters is writable.
    pub fn url_with(&self, standby: &Self, database: &str) -> String {
        let (one, other) = (self.folder.display(), standby.folder.display());
        format!("postgres:///{database}?user=postgres&host={one},{other}&target_session_attrs=read-write")
    }

    /// Runs one of PostgreSQL's client programs.
    pub fn run(&self, program: &str, args: &[&str]) {
        let status = Command::new(self.binaries.join(program)).args(args).status().expect("the program");
        assert!(status.success(), "{program} {args:?}");
    }

    /// Promotes a standby to primary.
    pub fn promote(&self) {
        self.pg_ctl(&["--wait", "promote"]);
    }

    /// Stops the server at once, as a crash would.
    pub fn stop(&self) {
        self.pg_ctl(&["--mode", "immediate", "stop"]);
    }

    /// Starts the server again after [`Self::stop`].
    pub fn start_again(&self) {
        let options = options(&self.folder);
        let log = self.folder.join("log");
        self.pg_ctl(&["--wait", "--log", log.to_str().expect("UTF-8"), "--options", &options, "start"]);
    }

    fn pg_ctl(&self, args: &[&str]) {
        let data = self.folder.join("data");
        let status = as_other_user(Command::new(self.binaries.join("pg_ctl")), &self.folder)
            .arg("--pgdata")
            .arg(data)
            .args(args)
            .stdout(Stdio::null())
            .status()
            .expect("pg_ctl");
        assert!(status.success(), "pg_ctl {args:?}: {}", self.logs());
    }

    fn logs(&self) -> String {
        let read = |name: &str| std::fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        ["make.log", "start.log", "log"].map(read).concat()
    }
}

fn options(folder: &Path) -> String {
    format!(
        "-c listen_addresses='' -c unix_socket_directories='{}' -c fsync=off \
         -c full_page_writes=off -c max_connections=200",
        folder.display()
    )
}

/// PostgreSQL refuses to run as root. In that case, the folder is given to another user, who runs the command.
fn as_other_user(mut command: Command, folder: &Path) -> Command {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
    if is_root {
        let users = std::fs::read_to_string("/etc/passwd").expect("/etc/passwd");
        let ids = ["postgres", "nobody"].iter().find_map(|name| {
            let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
            let mut fields = line.split(':').skip(2).map(|field| field.parse::<u32>().ok());
            Some((fields.next()??, fields.next()??))
        });
        let (uid, gid) = ids.expect("a user postgres or nobody");
        chown(folder, Some(uid), Some(gid)).expect("chown");
        command.uid(uid).gid(gid);
    }
    command.current_dir(folder);
    command
}
