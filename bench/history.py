"""Databases of learners with a long history, to measure practice with: 500 responses of each learner, and one learner per ten questions.

They are filled once and kept in `.work`; the benchmark measures a copy.
"""

import hashlib
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import uuid
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime, timedelta, timezone

import bank as banks
from bank import BENCH, DOMAINS, RUN, SLOTS, WORK, user_id

# What a learner has done within half a year, in order, all of it submitted: 500 responses.
ATTEMPTS = 4 * [("exam", SLOTS)] + 7 * [("practice", 25)] + [("exam", SLOTS)]
RESPONSES = sum(slots for _, slots in ATTEMPTS)
# The number of responses to questions that the learner had not seen before.
NEW = 440
# One question in this many has an earlier revision, which each learner answered in all attempts but the last.
REVISED = 10
# One question in this many has the tag.
TAGS = {"common": 5, "uncommon": 50, "rare": 1_000}
TASKS = 4
RESPONSE = '["00000000-0000-4000-8000-000000000000"]'


class History:
    """The copy of a database that is measured."""

    def __init__(self, store, size):
        self.store, self.size, self.learners = store, size, size // 10
        self.environment = banks.environment(store.url)
        self.label = f"{store.name}, {size:,}"

    def fill(self, binary):
        """Takes minutes with 100,000 questions."""
        store = self.store
        banks.seed(binary, self.environment, self.size, exam(self.size))
        people = [(user_id(n), f"{n}@example.org", str(n), "learner") for n in range(self.learners)]
        with store.writer("users (id, email, display_name, role)") as write:
            write(people)
        with store.writer("tokens (id, user_id, kind, name, hash)") as write:
            write((str(uuid.uuid4()), user_id(n), "api", "bench", hashlib.sha256(token(n).encode()).digest())
                  for n in range(self.learners))
        exam_id = store.sql("SELECT id FROM exams WHERE code = 'bench'")[0][0]
        ids = self.question_ids()
        before = self.make_revisions(ids)
        now = datetime.now(timezone.utc).replace(microsecond=0)
        with ExitStack() as stack:
            attempts, slots, standings = (stack.enter_context(store.writer(table)) for table in (
                "attempts (user_id, id, exam_id, mode, status, seed, feedback, time_limit_seconds, notes, started_at, "
                "deadline_at, submitted_at, report, scaled_score, passed)",
                "attempt_slots (user_id, attempt_id, position, question_id, answer_order, scored, response, mark, flagged, "
                "unsure, answered_at, seconds_spent)",
                "learner_questions (user_id, line_id, mark, flagged, unsure, answered_at, created_at)"))
            for learner in range(self.learners):
                of_learner = history(learner, exam_id, ids, before, now)
                for write, rows in zip((attempts, slots, standings), of_learner):
                    write(rows)
        store.analyze()

    def question_ids(self):
        """The ids of published questions, by their number in the seed file."""
        rows = self.store.sql("SELECT external_key, id FROM questions WHERE draw_number IS NOT NULL")
        return [id for _, id in sorted((int(key.removeprefix("bench-")), str(id)) for key, id in rows)]

    def make_revisions(self, ids):
        """Gives some questions an earlier revision. Returns its id by the id of the question."""
        before = {id: str(uuid.uuid4()) for id in ids[::REVISED]}
        kind = self.store.uuid
        self.store.run(f"CREATE TABLE earlier (question_id {kind}, before_id {kind})")
        with self.store.writer("earlier (question_id, before_id)") as write:
            write(before.items())
        columns = ('exam_id, domain_id, task_id, kind, stem, explanation, "references", tags, difficulty, origin, frozen, '
                   "subjects")
        self.store.run(f"""
            INSERT INTO questions (id, status, {columns}) SELECT before_id, 'retired', {columns}
            FROM questions JOIN earlier ON earlier.question_id = questions.id;
            UPDATE questions SET supersedes_id = before_id, line_id = before_id
            FROM earlier WHERE earlier.question_id = questions.id;
            DROP TABLE earlier;""")
        return before

    def begin(self, mode, count):
        """An attempt in progress for each of the first learners, with questions that are new to them."""
        exam_id = self.store.sql("SELECT id FROM exams WHERE code = 'bench'")[0][0]
        ids, now = self.question_ids(), datetime.now(timezone.utc)
        feedback = "at_once" if mode == "practice" else "at_end"
        with self.store.writer("attempts (user_id, id, exam_id, mode, status, seed, feedback, time_limit_seconds, notes, "
                               "started_at, deadline_at)") as write:
            write((user_id(n), attempt_id(n, 99), exam_id, mode, "in_progress", n, feedback, 5400, "[]", moment(now),
                   moment(now + timedelta(days=1))) for n in range(count))
        with self.store.writer("attempt_slots (user_id, attempt_id, position, question_id, answer_order, scored)") as write:
            write((user_id(n), attempt_id(n, 99), p, ids[number(n, NEW + p, self.size)], "[2, 0, 3, 1]", 1)
                  for n in range(count) for p in range(1, SLOTS + 1))

    def tidy(self):
        """Resets the database to its original content, except for earlier responses."""
        self.store.run("DELETE FROM attempts WHERE status = 'in_progress'; "
                       f"DELETE FROM learner_questions WHERE created_at > '{moment(self.store.opened)}'")
        self.store.vacuum()


class Postgres:
    """A database of a cluster."""

    name, uuid = "PostgreSQL", "uuid"

    def __init__(self, cluster, database):
        self.cluster, self.database, self.opened = cluster, database, datetime.now(timezone.utc)
        self.url = f"postgres://postgres@127.0.0.1:{cluster.port}/{database}"

    def create(self, template="template1"):
        self.cluster.sql("postgres", f"DROP DATABASE IF EXISTS {self.database}")
        self.cluster.sql("postgres", f"CREATE DATABASE {self.database} TEMPLATE {template} STRATEGY FILE_COPY")

    def sql(self, statement):
        return [row.split("|") for row in self.cluster.sql(self.database, statement)]

    def run(self, statements):
        self.sql(f"SET client_min_messages = warning; {statements}")

    def analyze(self):
        self.sql("VACUUM (ANALYZE)")

    def vacuum(self):
        self.sql("VACUUM attempts, attempt_slots, learner_questions")

    @contextmanager
    def writer(self, table):
        """A command that writes rows of a table without checking its foreign keys."""
        command = self.cluster.psql_command(self.database, "-c", "SET session_replication_role = replica",
                                            "-c", f"COPY {table} FROM STDIN")
        process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True)
        yield lambda rows: process.stdin.writelines("\t".join(map(field, row)) + "\n" for row in rows)
        process.stdin.close()
        if process.wait():
            sys.exit(f"cannot fill {table}")


class Sqlite:
    """A file."""

    name, uuid = "SQLite", "text"

    def __init__(self, file):
        self.file, self.opened, self.url = file, datetime.now(timezone.utc), f"sqlite://{file}"

    def connect(self):
        connection = sqlite3.connect(self.file, timeout=60)
        connection.execute("PRAGMA synchronous = OFF")
        return closing(connection)

    def sql(self, statement):
        with self.connect() as connection:
            return connection.execute(statement).fetchall()

    def run(self, statements):
        with self.connect() as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.executescript(statements)

    def analyze(self):
        self.run("PRAGMA optimize")

    def vacuum(self):
        """Does nothing: free space is reused."""

    @contextmanager
    def writer(self, table):
        """Writes rows of a table at the end, without checking its foreign keys, because SQLite has one writer at a time."""
        rows = []
        yield rows.extend
        with self.connect() as connection, connection:
            places = ", ".join("?" for _ in table.split(","))
            connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)


@contextmanager
def histories(binary, tools, cluster_of):
    """The three databases: 100,000 questions and a tenth of that on PostgreSQL, and the tenth on SQLite."""
    folder = kept_folder()
    with cluster_of(tools, folder) as cluster:
        # Settings that `explain` has left behind.
        for statement in ("ALTER SYSTEM RESET ALL", "SELECT pg_reload_conf()"):
            cluster.sql("postgres", statement)
        if not (folder / "complete").exists():
            print(f"filling databases with {RESPONSES * 10_000:,} responses, once", file=sys.stderr)
            for size in (10_000, 100_000):
                store = Postgres(cluster, f"kept{size}")
                store.create()
                History(store, size).fill(binary)
            History(Sqlite(folder / "kept.db"), 10_000).fill(binary)
            (folder / "complete").touch()
        copies = []
        for size in (100_000, 10_000):
            store = Postgres(cluster, f"run{size}")
            store.create(f"kept{size}")
            copies.append(History(store, size))
        shutil.copy(folder / "kept.db", RUN / "run.db")
        copies.append(History(Sqlite(RUN / "run.db"), 10_000))
        for copy in copies:
            banks.run(binary, copy.environment, "migrate")
        yield cluster, copies


def kept_folder():
    """A folder for each version of the fill scripts and for each week, so that a history does not become too old; others are deleted."""
    source = b"".join((BENCH / name).read_bytes() for name in ("bank.py", "history.py"))
    week = "{}-{}".format(*datetime.now(timezone.utc).isocalendar())
    folder = WORK / f"histories-{week}-{hashlib.sha256(source).hexdigest()[:8]}"
    for other in WORK.glob("histories-*"):
        if other != folder or not (other / "complete").exists():
            shutil.rmtree(other)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def history(learner, exam_id, ids, before, now):
    """The attempts of a learner, their slots, and the last response to each line."""
    chance, user = random.Random(learner), user_id(learner)
    attempts, slots, standings, asked = [], [], {}, 0
    for index, (mode, count) in enumerate(ATTEMPTS):
        attempt = attempt_id(learner, index)
        started = now - timedelta(days=15 * (len(ATTEMPTS) - index), seconds=chance.randrange(86_400))
        feedback = "at_end" if mode == "exam" else "at_once"
        ended = moment(started + timedelta(seconds=61 * count))
        attempts.append((user, attempt, exam_id, mode, "submitted", learner, feedback, 5400, "[]", moment(started),
                         moment(started + timedelta(seconds=5400)), ended, "{}", 500, 0))
        for position in range(1, count + 1):
            line = ids[number(learner, asked % NEW, len(ids))]
            asked += 1
            earlier = before.get(line)
            question = earlier if earlier and index < len(ATTEMPTS) - 1 else line
            mark, flagged, unsure = int(chance.random() < 0.7), int(chance.random() < 0.03), int(chance.random() < 0.1)
            at = moment(started + timedelta(seconds=60 * position))
            slots.append((user, attempt, position, question, "[2, 0, 3, 1]", int(mode == "practice" or position <= 50),
                          RESPONSE, mark, flagged, unsure, at, chance.randrange(20, 80)))
            standings[earlier or line] = (user, earlier or line, mark, flagged, unsure, at, at)
    return attempts, slots, list(standings.values())


def number(learner, nth, size):
    """The number of the nth question of a learner. All are different, as learners go through the bank."""
    return (learner * 7_919 + nth * 31) % size


def exam(size):
    """The seed file of `bank`, with more criteria: tasks, tags, and a less frequent kind."""
    whole = banks.exam(size)
    for domain in whole["exam"]["domains"]:
        domain["tasks"] = [{"code": f"{domain['number']}.{n}", "name": f"Task {n}"} for n in range(1, TASKS + 1)]
    chance = random.Random(size)
    for question in whole["questions"]:
        question["task"] = f"{question['task'].split('.')[0]}.{chance.randint(1, TASKS)}"
        question["difficulty"] = chance.randint(1, 5)
        question["tags"] = ["benchmark", *(tag for tag, one_in in TAGS.items() if chance.randrange(one_in) == 0)]
        if chance.randrange(5) == 0:
            question["kind"] = "multiple_response"
            next(answer for answer in question["answers"] if not answer["correct"])["correct"] = True
    return whole


def token(learner):
    """A token, which is the same whenever the databases are used."""
    return banks.secret(hashlib.sha256(f"learner {learner}".encode()).digest()[:24])


def attempt_id(learner, index):
    return f"00000000-0000-4000-9000-{learner * 100 + index:012}"


def moment(at):
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def field(value):
    """A value in the format of COPY."""
    return f"\\\\x{value.hex()}" if isinstance(value, bytes) else str(value)
