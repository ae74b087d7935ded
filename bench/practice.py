"""The cost of practice for learners with a long history: latencies with one connection, compared with a tenth of the size."""

import json
import random
import sys
from functools import partial
from statistics import median

import programs
from bank import make_author
from explain import LOGGING, ONE_CONNECTION, print_plans
from history import ATTEMPTS, TAGS, attempt_id, histories, token
from programs import server

# The number of learners who read and respond.
ACTIVE = 300
# How long beginning attempts is measured, in seconds: each learner begins one exam, and the small databases have 1,000.
SECONDS_OF_STARTS = 1
# The maximum duration of measuring responses, in seconds: each slot is answered once.
MOST_SECONDS = 4
PATH = "/api/v1"

# The requests to begin an attempt, in the order of the table. `{report}` is an attempt of that learner.
STARTS = {
    "exam": {"mode": "exam"},
    "practice": {"size": 10},
    "practice of 200": {"size": 200},
    "practice, unseen": {"size": 10, "pool": "unseen"},
    "practice, incorrect": {"size": 10, "pool": "incorrect"},
    "practice, flagged": {"size": 10, "pool": "flagged"},
    "practice, unsure": {"size": 10, "pool": "unsure"},
    "practice, from a report": {"from_report": "{report}"},
    "practice, a domain": {"size": 10, "domains": [2]},
    "practice, a task": {"size": 10, "tasks": ["3.2"]},
    "practice, a difficulty": {"size": 10, "difficulty_min": 3, "difficulty_max": 3},
    "practice, a kind": {"size": 10, "kinds": ["multiple_response"]},
    **{f"practice, a tag of 1 in {one_in:,}": {"size": 10, "tags": [tag]} for tag, one_in in TAGS.items()},
    "practice, a kind and a difficulty of a task":
        {"size": 10, "tasks": ["3.2"], "kinds": ["multiple_response"], "difficulty_min": 3, "difficulty_max": 3},
    "review": {"mode": "review", "size": 20},
}
READS = {"readiness": "/me/readiness?exam=bench", "due list": "/me/reviews?exam=bench", "activity": "/me/activity"}
# Milliseconds at the median, on PostgreSQL with 100,000 questions.
TARGETS = {"readiness": 5, "due list": 2} | {f"begin: {name}": 10 for name in STARTS}
# The limit for the ratio to a tenth of the size.
GROWTH = 1.3
# The limit for the ratio of a practice response to a response in an exam.
FEEDBACK = 1.5


class Learners:
    """Requests of the learners of one history to the server that has it."""

    def __init__(self, history, running, seconds):
        self.history, self.running, self.seconds = history, running, seconds

    def read(self, name):
        return self.running.wrk(self.reads(name), 1, self.seconds)

    def reads(self, name):
        return [f"GET {PATH}{READS[name]} {token(n)}" for n in range(ACTIVE)]

    def start(self, name):
        # A learner takes one exam at a time, but can begin any number of practices.
        figures = self.running.wrk(self.starts(name), 1, SECONDS_OF_STARTS, once=name == "exam")
        self.history.tidy()
        return figures

    def starts(self, name):
        report = len(ATTEMPTS) - 1
        # Reviews are measured with learners whose cards already exist.
        learners = list(range(ACTIVE if name == "review" else self.history.learners))
        random.Random(name).shuffle(learners)
        body = json.dumps({"exam": "bench", "mode": "practice"} | STARTS[name])
        return [f"POST {PATH}/attempts {token(n)} {body.replace('{report}', attempt_id(n, report))}" for n in learners]

    def respond(self, mode):
        """First responses, each of which is stored, and graded in a practice."""
        self.history.begin(mode, ACTIVE)
        figures = self.running.wrk(self.responses(), 1, min(self.seconds, MOST_SECONDS), once=True)
        self.history.tidy()
        return figures

    def responses(self):
        rows = self.history.store.sql(
            "SELECT s.attempt_id, s.position, a.id FROM attempt_slots s JOIN answers a ON a.question_id = s.question_id "
            f"WHERE a.position = 0 AND s.attempt_id IN ({', '.join(repr(attempt_id(n, 99)) for n in range(ACTIVE))})")
        random.Random(1).shuffle(rows)
        return [f"PUT {PATH}/attempts/{attempt}/slots/{position} {token(int(attempt[-12:]) // 100)} "
                + json.dumps({"response": [answer], "seconds_spent": 30}) for attempt, position, answer in rows]

    def rows(self):
        """The measurements by name, without those that this program does not support."""
        rows = {name: lambda name=name: self.read(name) for name in READS if self.has(name)}
        rows |= {f"begin: {name}": lambda name=name: self.start(name) for name in STARTS if self.has(name)}
        return rows | {f"store a response: {mode}": lambda mode=mode: self.respond(mode) for mode in ("exam", "practice")}

    def has(self, name):
        """Whether the program supports a measurement: reviews were added later."""
        return name not in ("due list", "review") or self.running.exchange(self.reads("due list")[0])[0] != 404

    def warm(self, names):
        """Reads what the active learners read, so that a warm server is measured."""
        for name in names:
            for request in self.reads(name):
                self.running.send(request)


def measure(options, binary, tools, stack):
    """Measures all rows, or only the requested ones, and prints the table."""
    learners = serve(binary, tools, stack, options.seconds)
    rows = {label: one.rows() for label, one in learners.items()}
    names = [name for name in next(iter(rows.values())) if not options.only or options.only in name]
    for one in learners.values():
        one.warm([name for name in READS if name in names])
    figures = {(name, label): [] for name in names for label in rows}
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        for name in names:
            # Both sizes alternate, in the opposite order each time.
            for label in list(rows)[::1 if number % 2 == 0 else -1]:
                figures[name, label].append(rows[label][name]().p50)
    print_table(names, list(rows), figures)


def explain(options, binary, tools, stack):
    """Prints the statements of each row and their plans, with 100,000 questions."""
    large = next(iter(serve(binary, tools, stack, options.seconds, LOGGING, ONE_CONNECTION).values()))
    requests = {name: large.reads(name) for name in READS if large.has(name)}
    requests |= {f"begin: {name}": large.starts(name) for name in STARTS if large.has(name)}
    large.history.begin("practice", ACTIVE)
    requests["store a response: practice"] = large.responses()
    chosen = {name: lines for name, lines in requests.items() if not options.only or options.only in name}
    print_plans(large.running.cluster, large.running, chosen)


def serve(binary, tools, stack, seconds, settings={}, environment={}):
    """A server for each of the databases."""
    cluster, copies = stack.enter_context(histories(binary, tools, partial(programs.postgres, **settings)))
    learners = {}
    for copy in copies:
        # Room for the whole bank, all of which is read once.
        of_server = copy.environment | environment | {"QUESTION_CACHE_BYTES": str(384 * 1024 * 1024)}
        name = copy.label.replace(", ", "-").replace(",", "")
        of_cluster = cluster if copy.store.name == "PostgreSQL" else None
        running = stack.enter_context(server([binary, "serve"], "/health/ready", name, of_server, of_cluster))
        running.read_all(make_author(binary, copy.environment))
        learners[copy.label] = Learners(copy, running, seconds)
    return learners


def print_table(names, labels, figures):
    large, small, sqlite = labels
    print("\n| p50 ms at 1 connection (lowest–highest of the rounds) | " + " | ".join(labels)
          + " | target | 100,000 ÷ 10,000 | target |")
    print("|---|--:|--:|--:|--:|--:|--:|")

    def ratio(one, other):
        """The median of the ratios within each round."""
        return median(a / b for a, b in zip(figures[one], figures[other]))

    for name in names:
        each = [figures[name, label] for label in labels]
        columns = [f"{median(found):.2f} ({min(found):.2f}–{max(found):.2f})" for found in each]
        target = f"≤ {TARGETS[name]}" if name in TARGETS else "–"
        print(f"| {name} | " + " | ".join(columns)
              + f" | {target} | {ratio((name, large), (name, small)):.2f} | ≤ {GROWTH} |")
    exam, practice = "store a response: exam", "store a response: practice"
    if exam in names and practice in names:
        columns = [f"{ratio((practice, label), (exam, label)):.2f}" for label in labels]
        print("| a practice response ÷ one of an exam | " + " | ".join(columns) + f" | ≤ {FEEDBACK} | – | – |")
