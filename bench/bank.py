"""The databases of the benchmark (an exam, published questions, learners and their attempts), and the requests to send."""

import base64
import hashlib
import json
import os
import random
import subprocess
import sys
import time
import uuid

from programs import BENCH, RUN, WORK

DOMAINS = [(1, 24), (2, 30), (3, 34), (4, 12)]  # number, weight
SLOTS = 65
# A learner can have only one exam in progress, so there are more learners than requests that begin an attempt.
LEARNERS = 30_000
# SQL for the ids of learner and attempt number N; $1 is replaced with N.
USER_ID = "('00000000-0000-4000-8000-' || lpad($1::text, 12, '0'))::uuid"
ATTEMPT_ID = "('00000000-0000-4000-9000-' || lpad($1::text, 12, '0'))::uuid"


class Bank:
    """A PostgreSQL database. The program's own commands fill it, but learners and attempts are inserted with SQL."""

    def __init__(self, binary, cluster, size):
        self.binary, self.cluster, self.size, self.database = binary, cluster, size, f"bank{size}"
        self.environment = environment(f"postgres://postgres@127.0.0.1:{cluster.port}/{self.database}")
        cluster.sql("postgres", f"CREATE DATABASE {self.database}")
        seed(binary, self.environment, size)
        self.author = make_author(binary, self.environment)
        self.learners = self.make_learners()
        self.sql("VACUUM ANALYZE")
        self.ids = self.sql("SELECT id FROM questions ORDER BY md5(external_key)")

    def sql(self, statement):
        return self.cluster.sql(self.database, statement)

    def make_learners(self):
        """Creates learners and their tokens, as `tripos user create` would. Returns the tokens."""
        users, tokens, secrets = [], [], []
        for number in range(LEARNERS):
            secrets.append(secret(os.urandom(24)))
            hashed = hashlib.sha256(secrets[-1].encode()).hexdigest()
            users.append(f"{user_id(number)}\t{number}@example.org\t{number}\tlearner\n")
            tokens.append(f"{uuid.uuid4()}\t{user_id(number)}\tapi\tbench\t\\\\x{hashed}\n")
        self.cluster.copy(self.database, "users (id, email, display_name, role)", users)
        self.cluster.copy(self.database, "tokens (id, user_id, kind, name, hash)", tokens)
        return secrets

    def clear_attempts(self):
        self.sql("SET client_min_messages = warning; TRUNCATE attempts, learner_questions CASCADE")

    def make_attempts(self, count, status="in_progress"):
        """Creates `count` attempts. Attempt N belongs to learner N modulo LEARNERS."""
        user, attempt = USER_ID.replace("$1", f"(n % {LEARNERS})"), ATTEMPT_ID.replace("$1", "n")
        end = "now(), '{}'::jsonb, 500, false" if status == "submitted" else "NULL, NULL, NULL, NULL"
        self.sql(f"""
            SET session_replication_role = replica;
            INSERT INTO attempts (user_id, id, exam_id, mode, status, seed, feedback, time_limit_seconds, notes, started_at,
                                  deadline_at, submitted_at, report, scaled_score, passed)
            SELECT {user}, {attempt}, exams.id, 'exam', '{status}', n, 'at_end', 5400, '[]', now(), now() + interval '1 day',
                   {end}
            FROM exams, generate_series(0, {count} - 1) n WHERE exams.code = 'bench';
            INSERT INTO attempt_slots (user_id, attempt_id, position, question_id, answer_order, scored)
            SELECT {user}, {attempt}, p, q.id, '[2, 0, 3, 1]', p <= 50
            FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS number FROM questions) q
            JOIN (SELECT n, p, (n * 7919 + p * 31) % {self.size} AS number
                  FROM generate_series(0, {count} - 1) n, generate_series(1, {SLOTS}) p) s USING (number)
            ORDER BY 1, 2, 3;
            RESET session_replication_role;""")
        self.sql("VACUUM ANALYZE attempts, attempt_slots")

    def reopen_attempts(self):
        """Puts submitted attempts back in progress."""
        self.sql("UPDATE attempts SET status = 'in_progress', submitted_at = NULL, report = NULL, scaled_score = NULL, "
                 "passed = NULL WHERE status = 'submitted'")
        self.sql("VACUUM attempts, attempt_slots")

    def callers(self, of_peer):
        """The bearer tokens of learners. For the peer, these are simply their ids."""
        return [user_id(number) for number in range(LEARNERS)] if of_peer else self.learners

    def questions(self, of_peer=False):
        return [f"GET {prefix(of_peer)}/questions/{id} {self.author}" for id in self.ids]

    def first_page(self, of_peer=False):
        return [f"GET {prefix(of_peer)}/questions?limit=50 {self.author}"]

    def searches(self):
        """Searches for two words of a question."""
        pairs = (random.Random(n).sample(words(n), 2) for n in range(0, self.size, self.size // 500))
        return [f"GET /api/v1/questions?exam=bench&limit=20&q={one}%20{other} {self.author}" for one, other in pairs]

    def page(self, sort, depth):
        """The page of 50 that begins after this share of the bank."""
        value, order = {"difficulty": ("difficulty", "difficulty, id"), "created": ("0", "id")}[sort]
        place = self.sql(f"SELECT {value}, id FROM questions ORDER BY {order} OFFSET {int(self.size * depth)} LIMIT 1")
        value, id = place[0].split("|")
        cursor = base64.urlsafe_b64encode(int(value).to_bytes(8, "big") + uuid.UUID(id).bytes).decode()
        behind = f"&cursor={cursor}" if depth else ""
        return [f"GET /api/v1/questions?exam=bench&limit=50&sort={sort}{behind} {self.author}"]

    def similars(self):
        return [f"GET /api/v1/questions/{id}/similar {self.author}" for id in self.ids[:500]]

    def starts(self, of_peer=False):
        """A request for each learner, none of whom has any attempt. Send each only once."""
        self.clear_attempts()
        body = '{"exam": "bench", "mode": "exam"}'
        return [f"POST {prefix(of_peer)}/attempts {caller} {body}" for caller in self.callers(of_peer)]

    def responses(self, of_peer=False):
        """A response to each slot of the attempts of 300 learners."""
        callers = self.callers(of_peer)
        rows = self.sql("SELECT substr(attempt_id::text, 25)::int, s.position, a.id FROM attempt_slots s JOIN answers a "
                        "USING (question_id) WHERE a.position = 0 ORDER BY attempt_id LIMIT 300 * 65")
        random.Random(1).shuffle(rows)
        requests = []
        for number, position, answer in (row.split("|") for row in rows):
            body = json.dumps({"response": [answer], "seconds_spent": 30})
            path = f"{prefix(of_peer)}/attempts/{attempt_id(number)}/slots/{position}"
            requests.append(f"PUT {path} {callers[int(number)]} {body}")
        return requests

    def attempts(self, count, of_peer=False):
        """A request for each attempt."""
        path = f"{prefix(of_peer)}/attempts"
        return [f"GET {path}/{attempt_id(number)} {caller}" for number, caller in enumerate(self.callers(of_peer)[:count])]

    def results(self, count, of_peer=False):
        """Submits each attempt, then reads its report. Send each only once, in order."""
        self.reopen_attempts()
        path, pairs = f"{prefix(of_peer)}/attempts", enumerate(self.callers(of_peer)[:count])
        return [line for number, caller in pairs for line in
                (f"POST {path}/{attempt_id(number)}/submit {caller}", f"+GET {path}/{attempt_id(number)}/report {caller}")]

    def exams(self, of_peer=False):
        """For exam.lua, a line for each learner."""
        self.clear_attempts()
        return [f"{prefix(of_peer) or '-'} {caller} bench" for caller in self.callers(of_peer)]

    def pgbench(self, name, connections, seconds):
        """Runs the fixed list of statements in `pgbench/`, with the ids of this database."""
        token = hashlib.sha256(self.author.encode()).hexdigest()
        exam, key = self.sql("SELECT id FROM exams")[0], "md5(external_key)"
        variables = {"token": f"\\x{token}", "exam": exam, "learners": LEARNERS - 1}
        statements = (BENCH / "pgbench" / f"{name}.sql").read_text()
        scripts = []
        # pgbench cannot pick a random id. So there are ten scripts, each with another question or another form.
        for number in range(10):
            values = {"id": self.ids[number],
                      "ids": "{" + ",".join(self.ids[number * SLOTS:(number + 1) * SLOTS]) + "}"}
            script = RUN / f"{name}-{number}.sql"
            script.write_text(statements.replace(":ids", f":ids{number}").replace(":id ", f":id{number} "))
            variables |= {f"{name}{number}": value for name, value in values.items()}
            scripts.append(script)
        return self.cluster.pgbench(self.database, scripts, variables, connections, seconds)


def secret(chance):
    """A token made of 24 bytes."""
    return "tripos_" + base64.b32encode(chance + hashlib.sha256(chance).digest()[:6]).decode().lower()


def prefix(of_peer):
    return "" if of_peer else "/api/v1"


def user_id(number):
    return f"00000000-0000-4000-8000-{int(number):012}"


def attempt_id(number):
    return f"00000000-0000-4000-9000-{int(number):012}"


def environment(url):
    return {
        "DATABASE_URL": url, "AWS_DEFAULT_REGION": "eu-central-1", "LOG_LEVEL": "warn",
        # High enough that no request is rejected, while the limiter still counts.
        "RATE_LIMIT_PER_MINUTE": "1000000",
        # The learners of the benchmark begin thousands of attempts per hour.
        "MAX_UNANSWERED_ATTEMPTS": "0",
    }


def run(binary, environment, *command):
    done = subprocess.run([binary, *command], env=os.environ | environment, cwd=WORK, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"tripos {command[0]} failed: {done.stderr}")
    return done.stdout.strip()


def seed(binary, environment, size, of_exam=None):
    file = RUN / f"seed{size}.json"
    file.write_text(json.dumps(of_exam or exam(size)))
    run(binary, environment, "migrate")
    run(binary, environment, "seed", file)


def make_author(binary, environment):
    """Creates an author and returns a token."""
    return run(binary, environment, "user", "create", "--email", "author@example.org", "--role", "author")


def exam(size):
    """A seed file: an exam with the blueprint of CLF-C02 and `size` questions."""
    domains = [{"number": number, "name": f"Domain {number}", "weight": weight,
                "tasks": [{"code": f"{number}.1", "name": f"Task {number}.1"}]} for number, weight in DOMAINS]
    tasks = [f"{number}.1" for number, weight in DOMAINS for _ in range(weight)]
    return {
        "exam": {
            "code": "bench", "name": "Benchmark", "provider": "Tripos",
            "blueprint": {"version": "1", "effective_date": "2026-01-01", "source": "bench/run"},
            "question_count": SLOTS, "scored_count": 50, "duration_minutes": 90,
            "scale": {"min": 100, "max": 1000, "pass_mark": 700},
            "scoring_policy": "all_or_nothing", "domains": domains,
        },
        "questions": [question(number, tasks[number % len(tasks)]) for number in range(size)],
    }


def question(number, task):
    answers = [{"body": f"Option {n} of question {number}", "correct": n == number % 4,
                "rationale": f"What option {n} of question {number} does"} for n in range(4)]
    return {
        "external_key": f"bench-{number}", "task": task, "kind": "single_choice", "difficulty": number % 5 + 1,
        "stem": f"Which {' '.join(words(number))}, as in the real question {number}?", "answers": answers,
        "explanation": f"What to know for question {number}",
        "references": [{"title": "Documentation", "url": "https://example.org/documentation"}], "tags": ["benchmark"],
    }


def words(number):
    """Twelve words of a vocabulary of 3,000, distributed like those of real questions."""
    chance = random.Random(number)
    return [VOCABULARY[int(len(VOCABULARY) * chance.random() ** 2)] for _ in range(12)]


def vocabulary():
    chance = random.Random(0)
    syllables = [a + b for a in "bcdfglmnprstv" for b in "aeiou"]
    return sorted({"".join(chance.choices(syllables, k=chance.randint(2, 4))) for _ in range(3_200)})


VOCABULARY = vocabulary()


def import_rate(binary, format):
    """Questions per second that `import` stores in an empty bank on SQLite, including the start of the program."""
    for leftover in RUN.glob("import.*"):
        leftover.unlink()
    settings = environment(f"sqlite://{RUN}/import.db")
    seed, file = RUN / "import.seed", RUN / f"import.{format}"
    whole = exam(10_000)
    seed.write_text(json.dumps(whole | {"questions": []}))
    file.write_text(json.dumps(whole) if format == "json" else "\n".join(map(gift, whole["questions"])))
    run(binary, settings, "migrate")
    run(binary, settings, "seed", seed)
    started = time.monotonic()
    run(binary, settings, "import", "--exam", "bench", file)
    return 10_000 / (time.monotonic() - started)


def gift(question):
    answers = "\n".join(f"{'=' if a['correct'] else '~'}{a['body']}#{a['rationale']}" for a in question["answers"])
    head = f"// [id:{question['external_key']}] [tag:task:{question['task']}]"
    return f"{head}\n{question['stem']} {{\n{answers}\n####{question['explanation']}\n}}\n"
