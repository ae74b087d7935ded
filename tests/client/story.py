"""An author and a learner, who speak to the server by nothing but a generated client."""

import datetime
import io
import json
import os
import re
import zipfile

from tripos_client import AuthenticatedClient
from tripos_client.api.attempts import get_attempt, get_report, put_slot, start_attempt, submit_attempt
from tripos_client.api.interchange import export_questions, get_import, import_questions
from tripos_client.api.questions import create_question, get_question, list_questions, replace_question
from tripos_client.models import (
    AnswerBody, ExportFormat, Format, ImportReport, Mode, Origin, Outcome, Pair, Problem, ProblemType, QuestionBody,
    QuestionKind, QuestionStatus, Report, SlotUpdate, StartAttempt,
)
from tripos_client.types import File

EXAM = "clf-c02"
GIFT = b"""::one:: Which service stores objects? {
=Amazon S3 #It stores objects. ~Amazon EC2 #It runs servers. ~Amazon RDS #It runs databases.
####Amazon S3 is object storage.}

::two:: Which service runs containers without servers to manage? {
=AWS Fargate #It does. ~Amazon EC2 #Its servers are managed by you. ~Amazon S3 #It stores objects.
####AWS Fargate runs containers.}
"""


def client(token: str) -> AuthenticatedClient:
    return AuthenticatedClient(base_url=os.environ["TRIPOS_URL"], token=token)


def import_and_export(author: AuthenticatedClient) -> None:
    def imported(file: bytes, format_: Format, **options):
        body = File(payload=io.BytesIO(file))
        reply = import_questions.sync_detailed(client=author, body=body, format_=format_, exam=EXAM, domain=1, **options)
        assert isinstance(reply.parsed, ImportReport), reply.parsed
        return reply

    tried = imported(GIFT, Format.GIFT, dry_run=True).parsed
    assert tried.dry_run and tried.created == 2
    first = imported(GIFT, Format.GIFT, idempotency_key="first-import")
    again = imported(GIFT, Format.GIFT, idempotency_key="first-import")
    assert (first.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert first.parsed == again.parsed and [one.outcome for one in first.parsed.questions] == [Outcome.CREATED] * 2
    known = get_import.sync(client=author, id=first.parsed.id)
    assert known.format_ is Format.GIFT and isinstance(known.created_at, datetime.datetime)

    def exported(format_: ExportFormat) -> bytes:
        reply = export_questions.sync(client=author, code=EXAM, format_=format_, status=QuestionStatus.DRAFT)
        assert isinstance(reply, File), reply
        return reply.payload.read()

    assert b"AWS Fargate" in exported(ExportFormat.GIFT)
    document = exported(ExportFormat.JSON)
    assert len(json.loads(document)["questions"]) == 2
    assert imported(document, Format.JSON).parsed.unchanged == 2
    for package in (ExportFormat.QTI, ExportFormat.ANKI):
        assert zipfile.ZipFile(io.BytesIO(exported(package))).testzip() is None


def write(author: AuthenticatedClient) -> None:
    def body(stem: str) -> QuestionBody:
        answers = [AnswerBody(body=text, is_correct=text == "one", rationale="so") for text in ("one", "two", "three")]
        return QuestionBody(exam=EXAM, kind=QuestionKind.SINGLE_CHOICE, stem=stem, answers=answers, domain=1)

    made = create_question.sync_detailed(client=author, body=body("Which of these comes first?"))
    assert made.status_code == 201 and made.parsed.status is QuestionStatus.DRAFT
    seen = get_question.sync_detailed(made.parsed.id, client=author, if_none_match=made.headers["ETag"])
    assert seen.status_code == 304, "a new question comes with its tag"
    change = {"client": author, "body": body("Which of these comes first of all?"), "if_match": made.headers["ETag"]}
    assert replace_question.sync(made.parsed.id, **change).stem == "Which of these comes first of all?"
    late = replace_question.sync_detailed(made.parsed.id, **change)
    assert late.status_code == 412 and late.parsed.type_ is ProblemType.URNTRIPOSPROBLEMPRECONDITION_FAILED

    page = list_questions.sync(client=author, exam=EXAM, origin=Origin.IMPORTED, limit=1)
    rest = list_questions.sync(client=author, exam=EXAM, origin=Origin.IMPORTED, limit=1, cursor=page.next_cursor)
    assert page.items[0].id != rest.items[0].id


def response_to(question) -> list:
    """The first answers that are shown, as the kind of question takes them."""
    ids = [answer.id for answer in question.answers]
    if question.kind is QuestionKind.MATCHING:
        return [Pair(answer=id_, match=question.matches[0]) for id_ in ids]
    return ids if question.kind is QuestionKind.ORDERING else ids[: question.choose]


def sit(learner: AuthenticatedClient) -> None:
    started = start_attempt.sync_detailed(client=learner, body=StartAttempt(exam=EXAM, mode=Mode.EXAM))
    attempt = started.parsed
    assert started.status_code == 201 and started.headers["Location"].endswith(str(attempt.id)), attempt
    assert attempt.deadline_at - attempt.started_at == datetime.timedelta(minutes=90)
    assert re.search(rb'"started_at":"[^"]*\.\d{3}Z"', started.content)

    second = start_attempt.sync(client=learner, body=StartAttempt(exam=EXAM, mode=Mode.EXAM))
    assert isinstance(second, Problem) and second.attempt_id == attempt.id
    wrong = put_slot.sync(attempt.id, 1, client=learner, body=SlotUpdate(response=[attempt.id]))
    assert wrong.type_ is ProblemType.URNTRIPOSPROBLEMINVALID and wrong.errors[0].pointer.startswith("/response"), wrong

    for slot in attempt.slots:
        update = SlotUpdate(response=response_to(slot.question), seconds_spent=30, flagged=slot.position == 1)
        state = put_slot.sync(attempt.id, slot.position, client=learner, body=update)
        assert state.response == update.response, state
    resumed = get_attempt.sync(attempt.id, client=learner)
    assert all(slot.response for slot in resumed.slots) and resumed.slots[0].flagged

    report = submit_attempt.sync(attempt.id, client=learner)
    assert isinstance(report, Report) and len(report.slots) == len(attempt.slots) == 65
    assert get_report.sync(attempt.id, client=learner) == report
    assert sum(domain.total for domain in report.domains) == report.score.possible == 50
    assert all(slot.explanation for slot in report.slots)


def main() -> None:
    author, learner = client(os.environ["TRIPOS_AUTHOR"]), client(os.environ["TRIPOS_LEARNER"])
    import_and_export(author)
    write(author)
    sit(learner)
    refused = list_questions.sync(client=learner)
    assert refused.type_ is ProblemType.URNTRIPOSPROBLEMFORBIDDEN
    refused = list_questions.sync(client=client("tripos_nothing"))
    assert refused.type_ is ProblemType.URNTRIPOSPROBLEMUNAUTHORIZED
    print("the generated client imported, exported, wrote a question and sat an exam")


if __name__ == "__main__":
    main()
