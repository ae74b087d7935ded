"""Hooks for schemathesis. Requests that would end an account use a new account instead of the caller's.

A valid Idempotency-Key is replaced with a new one, because generated keys repeat across requests."""

import contextlib
import json
import os
import urllib.error
import urllib.request
import uuid

import schemathesis

BASE = os.environ["TRIPOS_URL"] + "/api/v1"
PASSWORD = "seven quiet rivers run"


def send(method: str, path: str, body: dict | None = None, authorization: str = "") -> dict:
    headers = {"content-type": "application/json", "authorization": authorization}
    request = urllib.request.Request(BASE + path, body and json.dumps(body).encode(), headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.loads(response.read() or "{}")


def post(path: str, body: dict) -> dict:
    return send("POST", path, body)


def end_attempts(authorization: str) -> None:
    """Abandons attempts, because only one at each exam can be in progress."""
    with contextlib.suppress(urllib.error.HTTPError):
        for attempt in send("GET", "/attempts?limit=10", authorization=authorization)["items"]:
            if attempt["status"] == "in_progress":
                send("DELETE", f"/attempts/{attempt['id']}", authorization=authorization)


def new_user() -> dict:
    """A user who has just signed up and signed in."""
    account = {"email": f"{uuid.uuid4()}@example.org", "password": PASSWORD}
    post("/users", account)
    return post("/sessions", account)


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = case.operation.definition.raw.get("operationId")
    if operation == "delete_me" and str(case.headers.get("Authorization", "")).startswith("Bearer tripos_"):
        case.headers["Authorization"] = f"Bearer {new_user()['token']}"
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and 1 <= len(key) <= 255 and all("!" <= letter <= "~" for letter in key):
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
    authorization = str(case.headers.get("Authorization", ""))
    if operation == "start_attempt" and authorization.startswith("Bearer tripos_"):
        end_attempts(authorization)
    if operation == "sign_in" and isinstance(case.body, dict) and case.body.get("email") == "ada@example.org":
        case.body["password"] = PASSWORD
    if operation == "change_user" and case.path_parameters.get("id") in protected():
        case.path_parameters["id"] = new_user()["user"]["id"]


def protected() -> set[str]:
    return set(os.environ["TRIPOS_USERS"].split(","))
