"""The statements that each endpoint sends, and their plans, on a large bank with a long history. All questions are cached."""

import re
import sys
import time

import programs
from bank import LEARNERS, SLOTS, Bank, attempt_id
from programs import RUN, server

# How many times each request is sent before its statements are counted. By then, PostgreSQL has settled on a plan.
WARM_UP = 12
# How a cluster is started whose plans are printed, and the server that uses it.
LOGGING = {"session_preload_libraries": "auto_explain", "log_line_prefix": "%a ", "jit": "off"}
ONE_CONNECTION = {"DATABASE_POOL_SIZE": "1", "DATABASE_MAX_OVERFLOW": "0", "HTTP_WORKERS": "1",
                  "QUESTION_CACHE_BYTES": str(384 * 1024 * 1024)}


def explain(binary, tools, questions, stack):
    """Prints both for a bank of `questions` questions and 50 times as many slots."""
    attempts = max(50 * questions // SLOTS, 1_000)
    cluster = stack.enter_context(programs.postgres(tools, **LOGGING))
    print(f"filling a database with {questions:,} questions and {attempts * SLOTS:,} slots", file=sys.stderr)
    bank = Bank(binary, cluster, questions)
    bank.make_attempts(attempts, "submitted")
    bank.sql("UPDATE attempts SET status = 'in_progress', submitted_at = NULL, report = NULL, scaled_score = NULL, "
             f"passed = NULL WHERE id < '{attempt_id(300)}'")
    bank.sql("VACUUM ANALYZE")
    tripos = stack.enter_context(
        server([binary, "serve"], "/health/ready", "tripos", bank.environment | ONE_CONNECTION, cluster))
    tripos.read_all(bank.author)
    print_plans(cluster, tripos, endpoints(bank))


def print_plans(cluster, tripos, endpoints):
    """The round trips of each endpoint, and then the plans."""
    plans = {}
    print("| endpoint | round trips | of these, only to plan a statement |\n|---|--:|--:|")
    for name, requests in endpoints.items():
        log = statements_of(cluster, tripos, requests)
        planned, run = (len(re.findall(rf"^tripos LOG:  duration: \S+ ms  {kind}", log, re.MULTILINE))
                        for kind in ("parse", "(?:statement|execute)"))
        print(f"| {name} | {planned + run} | {planned} |")
        plans[name] = re.findall(r"^tripos LOG:  duration: \S+ ms  plan:\n((?:\t.*\n)+)", log, re.MULTILINE)
    for name, found in plans.items():
        print(f"\n## {name}\n")
        print("\n".join(found))


def endpoints(bank):
    """For each endpoint, more requests than the warm-up sends."""
    begin = '{"exam": "bench", "mode": "exam"}'
    new, old = range(LEARNERS - 50, LEARNERS), range(100, 150)
    path, token = "/api/v1/attempts", bank.learners
    return {
        "read a question": bank.questions()[:10] * 2,
        "read a page of 50": bank.first_page() * 20,
        "begin an attempt": [f"POST {path} {token[number]} {begin}" for number in new],
        "store a response": [line for line in bank.responses() if int(line.split()[1].split("/")[4][-12:]) < 300],
        "read an attempt": bank.attempts(20),
        "submit": [f"POST {path}/{attempt_id(number)}/submit {token[number]}" for number in old],
        "read the report": [f"GET {path}/{attempt_id(number)}/report {token[number]}" for number in old],
        "near-duplicates": bank.similars()[:20],
    }


def statements_of(cluster, tripos, requests):
    """The lines that PostgreSQL logs about the statements of one request."""
    for request in requests[:WARM_UP - 1]:
        while tripos.send(request, busy=True) is None:
            pass
    set_log(cluster, "0")
    # Send one more request before counting: it tests the idle connection.
    tripos.send(requests[WARM_UP - 1])
    before = (RUN / "postgres.log").stat().st_size
    tripos.send(requests[WARM_UP])
    time.sleep(0.1)  # until PostgreSQL has written the last line
    set_log(cluster, "-1")
    return (RUN / "postgres.log").read_bytes()[before:].decode()


def set_log(cluster, least):
    for setting in ("log_min_duration_statement", "auto_explain.log_min_duration"):
        cluster.sql("postgres", f"ALTER SYSTEM SET {setting} = {least}")
    cluster.sql("postgres", "ALTER SYSTEM SET auto_explain.log_analyze = on")
    cluster.sql("postgres", "SELECT pg_reload_conf()")
    time.sleep(0.5)  # until the sessions have read the new settings
