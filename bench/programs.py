"""Finds, starts, loads and watches the programs of the benchmark."""

import hashlib
import http.client
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
WORK = BENCH / ".work"
RUN = WORK / "run"
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Figures(NamedTuple):
    """The result of one measurement: requests per second, milliseconds, and CPU microseconds per request."""

    rate: float
    p50: float
    p99: float
    server_cpu: float
    database_cpu: float


def find_tools():
    """The folder of PostgreSQL's programs. wrk must be in PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True)
    in_path = [Path(folder) for folder in os.environ["PATH"].split(os.pathsep)]
    found = [folder for folder in debian + in_path if all((folder / name).exists() for name in ("initdb", "pgbench"))]
    if not found or not shutil.which("wrk"):
        sys.exit("bench/run needs PostgreSQL's server programs, pgbench and wrk; on Debian: apt install postgresql wrk")
    return found[0]


def build():
    subprocess.run(["cargo", "build", "--profile", "dist", "--locked"], cwd=ROOT, check=True)
    target = subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--no-deps"], cwd=ROOT, check=True, capture_output=True
    )
    return Path(json.loads(target.stdout)["target_directory"]) / "dist" / "tripos"


def build_actix():
    """Builds the program that serves a file from memory."""
    command = ["cargo", "build", "--release", "--locked", "--target-dir", WORK / "actix"]
    subprocess.run(command, cwd=BENCH / "actix", check=True)
    return WORK / "actix" / "release" / "actix"


def python_environment():
    """Installs the peer's Python environment, once per version of its requirements."""
    requirements = BENCH / "peer" / "requirements.txt"
    folder = WORK / f"python-{hashlib.sha256(requirements.read_bytes()).hexdigest()[:8]}"
    if not (folder / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", "-r", requirements], check=True)
        (folder / "complete").touch()
    return folder / "bin"


@contextmanager
def postgres(binaries, folder=RUN / "postgres", **settings):
    """A private cluster with default settings, except that it does not flush to disk: the disk is not measured. If the
    folder already has a cluster, that one is started."""
    port = free_port()
    folder.mkdir(exist_ok=True)
    user = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        name = next(name for name in ("postgres", "nobody") if name in {entry.pw_name for entry in pwd.getpwall()})
        account = pwd.getpwnam(name)
        user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        os.chown(folder, account.pw_uid, account.pw_gid)
    log = (RUN / "postgres.log").open("w")
    if not (folder / "data").exists():
        command = [binaries / "initdb", "--pgdata", "data", "--username", "postgres", "--auth", "trust", "--no-sync"]
        subprocess.run(command, cwd=folder, check=True, stdout=log, stderr=log, **user)
    settings = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off",
                "max_connections": 150, **settings}
    command = [binaries / "postgres", "-D", "data"] + [f"--{name}={value}" for name, value in settings.items()]
    process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, **user)
    try:
        cluster = Cluster(binaries, port, process)
        while subprocess.run([binaries / "pg_isready", "-q", *cluster.address()]).returncode:
            pause_unless_ended(process)
        yield cluster
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


class Cluster:
    def __init__(self, binaries, port, process):
        self.binaries, self.port, self.process = binaries, port, process

    def sql(self, database, statement):
        return self.psql(database, "-c", statement).split("\n")[:-1]

    def copy(self, database, table, lines):
        self.psql(database, "-c", f"COPY {table} FROM STDIN", input="".join(lines))

    def psql(self, database, *arguments, input=None):
        command = self.psql_command(database, *arguments)
        return subprocess.run(command, check=True, input=input, stdout=subprocess.PIPE, text=True).stdout

    def psql_command(self, database, *arguments):
        return [self.binaries / "psql", *self.address(), "-qAtX", "-v", "ON_ERROR_STOP=1", *arguments, database]

    def address(self):
        return ["-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres"]

    def pgbench(self, database, scripts, variables, connections, seconds):
        """Runs prepared statements of random scripts: what the database can do without a program around it."""
        command = [self.binaries / "pgbench", *self.address(), "-n", "-M", "prepared", "-c", str(connections), "-j", "2",
                   "-T", str(seconds)]
        command += [argument for name, value in variables.items() for argument in ("-D", f"{name}={value}")]
        command += [argument for script in scripts for argument in ("-f", script)]
        before = cpu(self.process.pid)
        done = subprocess.run([*command, database], check=True, capture_output=True, text=True)
        rate = float(next(line for line in done.stdout.splitlines() if line.startswith("tps")).split()[2])
        used = cpu(self.process.pid) - before
        return Figures(rate, 1000 * connections / rate, float("nan"), 0, used / (rate * seconds))


class Server:
    def __init__(self, process, port, cluster=None):
        self.process, self.port, self.cluster = process, port, cluster

    def wrk(self, requests, connections, seconds, once=False, in_order=False, script="requests.lua", errors=False):
        """Sends requests. With `once`, each is sent only once and they must not run out. With `in_order`, each connection has
        its own thread."""
        threads = connections if in_order else min(2, connections)
        file = RUN / "requests"
        file.write_text("\n".join(requests))
        command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", BENCH / script,
                   f"http://127.0.0.1:{self.port}"]
        environment = {"REQUESTS": str(file), "SHARES": str(threads if once else 0)}
        before = self.cpu()
        done = subprocess.run(command, env=os.environ | environment, check=True, capture_output=True, text=True)
        after = self.cpu()
        result = next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))
        rate, p50, p99, failed, count = (float(field) for field in result.split()[1:])
        if failed and not errors:
            sys.exit(f"{failed:.0f} of {count:.0f} requests failed, or there were too few; the first one was: {requests[0]}")
        server, database = ((late - early) / count for early, late in zip(before, after))
        return Figures(rate * (1 - failed / count), p50 / 1000, p99 / 1000, server, database)

    def send(self, request, busy=False):
        """Sends one of wrk's lines and returns the body; None for a 503 if `busy` is allowed."""
        status, text = self.exchange(request)
        if status == 503 and busy:
            return None
        if status >= 300:
            sys.exit(f"{request}: {status} {text.decode()}")
        return text

    def exchange(self, request):
        """Sends one of wrk's lines and returns the status and the body."""
        method, path, token, body = (request.split(" ", 3) + [None])[:4]
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()

    def read_all(self, author):
        """Reads a whole bank, which fills the server's question cache, and returns the ids."""
        ids, cursor = [], ""
        while cursor is not None:
            page = json.loads(self.send(f"GET /api/v1/questions?limit=100{cursor} {author}"))
            ids += [item["id"] for item in page["items"]]
            cursor = f"&cursor={page['next_cursor']}" if "next_cursor" in page else None
        return ids

    def cpu(self):
        return cpu(self.process.pid), cpu(self.cluster.process.pid) if self.cluster else 0

    def memory(self):
        return sum(peak_memory(pid) for pid in family(self.process.pid))


@contextmanager
def server(command, ready, name, environment, cluster=None, cwd=None):
    """Starts a server on its own port and waits until it responds."""
    port = free_port()
    if "uvicorn" in str(command[0]):
        command = [*command, "--port", str(port)]
    with (RUN / f"{name}.log").open("w") as log:
        process = subprocess.Popen(command, env=os.environ | environment | {"PORT": str(port)}, cwd=cwd or WORK,
                                   stdout=log, stderr=log)
    try:
        await_answer(port, ready, process)
        yield Server(process, port, cluster)
    finally:
        process.terminate()
        process.wait()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def await_answer(port, path, process):
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except ConnectionError:
            pass
        pause_unless_ended(process)


def pause_unless_ended(process):
    if process.poll() is not None:
        sys.exit(f"{process.args[0]} exited with code {process.returncode}: see {RUN}/*.log")
    time.sleep(0.002)


def cpu(pid):
    """CPU microseconds of a process and its children, including children that have exited."""
    return sum(int(field) for member in family(pid) for field in stat(member)[11:15]) * 1e6 / TICKS_PER_SECOND


def stat(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):  # it has just exited
        return ["0"] * 20


def peak_memory(pid):
    """The peak resident memory of a process, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def family(pid):
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [pid, *(member for child in children for member in family(int(child)))]


def start_to_ready(binary):
    """On SQLite, the milliseconds until `up` is ready on a new database, until `serve` is ready on a filled one, and until
    `seed` is done on a filled one."""
    database = RUN / "start.db"
    for leftover in RUN.glob("start.db*"):
        leftover.unlink()
    times = []
    for command in ("up", "serve"):
        environment = {"DATABASE_URL": f"sqlite://{database}", "AWS_DEFAULT_REGION": "eu-central-1", "LOG_LEVEL": "warn"}
        started = time.monotonic()
        with server([binary, command], "/health/ready", command, environment):
            times.append((time.monotonic() - started) * 1000)
    started = time.monotonic()
    subprocess.run([binary, "seed"], env=environment, check=True, stderr=subprocess.DEVNULL)
    return [*times, (time.monotonic() - started) * 1000]
