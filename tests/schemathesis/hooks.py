"""Spares the users who ask: what would end one of them is done to another, made for it. And knows a password."""

import json
import os
import urllib.request
import uuid

import schemathesis

BASE = os.environ["TRIPOS_URL"] + "/api/v1"
PASSWORD = "correct horse battery"


def post(path: str, body: dict) -> dict:
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(BASE + path, json.dumps(body).encode(), headers, method="POST")
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def new_user() -> dict:
    """Someone who has just signed up, and in."""
    account = {"email": f"{uuid.uuid4()}@example.org", "password": PASSWORD}
    post("/users", account)
    return post("/sessions", account)


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = case.operation.definition.raw.get("operationId")
    if operation == "delete_me" and str(case.headers.get("Authorization", "")).startswith("Bearer tripos_"):
        case.headers["Authorization"] = f"Bearer {new_user()['token']}"
    if operation == "sign_in" and isinstance(case.body, dict) and case.body.get("email") == "ada@example.org":
        case.body["password"] = PASSWORD
    if operation == "change_user" and case.path_parameters.get("id") in protected():
        case.path_parameters["id"] = new_user()["user"]["id"]


def protected() -> set[str]:
    return set(os.environ["TRIPOS_USERS"].split(","))
