"""The peer: the main job of the service with synchronous FastAPI and SQLAlchemy, on the same tables.

It uses the bearer token as the learner's id without looking it up, and computes no intervals. So it does a little less
work per request than the service.
"""

import os
from datetime import UTC, datetime, timedelta
from random import Random, randrange
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI, Header, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from models import Attempt, Exam, Question, Slot

engine = create_engine(os.environ["DATABASE_URL"], pool_pre_ping=True, pool_size=5, max_overflow=10)
app = FastAPI()


def open_session():
    with Session(engine) as session:
        yield session


def learner(authorization: Annotated[str, Header()]):
    return UUID(authorization.removeprefix("Bearer "))


OpenSession = Annotated[Session, Depends(open_session)]
Learner = Annotated[UUID, Depends(learner)]


class Reply(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class AnswerReply(Reply):
    id: UUID
    body: str
    is_correct: bool
    rationale: str
    match_body: str | None


class QuestionReply(Reply):
    id: UUID
    domain_id: UUID
    task_id: UUID | None
    kind: str
    stem: str
    explanation: str
    references: list[dict]
    tags: list[str]
    difficulty: int
    status: str
    origin: str
    external_key: str | None
    supersedes_id: UUID | None
    created_at: datetime
    updated_at: datetime
    answers: list[AnswerReply]


@app.get("/questions/{id}")
def get_question(id: UUID, session: OpenSession) -> QuestionReply:
    question = session.get(Question, id)
    if question is None:
        raise HTTPException(404)
    return question


@app.get("/questions")
def list_questions(session: OpenSession, limit: Annotated[int, Query(ge=1, le=100)] = 50) -> list[QuestionReply]:
    return session.scalars(select(Question).order_by(Question.id).limit(limit)).all()


class StartAttempt(BaseModel):
    exam: str
    mode: str
    seed: int | None = None


class SlotUpdate(BaseModel):
    response: list[UUID] | None = None
    flagged: bool = False
    unsure: bool = False
    seconds_spent: int = Field(default=0, ge=0, le=86_400)


class SlotState(Reply):
    position: int
    response: list[UUID] | None
    flagged: bool
    unsure: bool
    seconds_spent: int
    answered_at: datetime | None


class ShownAnswer(BaseModel):
    id: UUID
    body: str


class DomainName(BaseModel):
    number: int
    name: str


class ShownQuestion(BaseModel):
    id: UUID
    kind: str
    domain: DomainName
    stem: str
    choose: int
    answers: list[ShownAnswer]


class SlotReply(BaseModel):
    position: int
    question: ShownQuestion
    response: list[UUID] | None
    flagged: bool
    unsure: bool
    seconds_spent: int


class AttemptReply(BaseModel):
    id: UUID
    exam: str
    mode: str
    status: str
    started_at: datetime
    deadline_at: datetime | None
    submitted_at: datetime | None
    slots: list[SlotReply]


def attempt_reply(attempt: Attempt, exam: Exam, slots: list[Slot]) -> AttemptReply:
    domains = {domain.id: DomainName(number=domain.number, name=domain.name) for domain in exam.domains}
    return AttemptReply(
        id=attempt.id, exam=exam.code, mode=attempt.mode, status=attempt.status, started_at=attempt.started_at,
        deadline_at=attempt.deadline_at, submitted_at=attempt.submitted_at,
        slots=[
            SlotReply(
                position=slot.position, response=slot.response, flagged=slot.flagged, unsure=slot.unsure,
                seconds_spent=slot.seconds_spent,
                question=ShownQuestion(
                    id=slot.question.id, kind=slot.question.kind, domain=domains[slot.question.domain_id],
                    stem=slot.question.stem, choose=sum(answer.is_correct for answer in slot.question.answers),
                    answers=[
                        ShownAnswer(id=slot.question.answers[place].id, body=slot.question.answers[place].body)
                        for place in slot.answer_order
                    ],
                ),
            )
            for slot in slots
        ],
    )


def shares(domains, count):
    """Divides `count` slots among the domains by weight, with the largest-remainder method."""
    exact = [count * domain.weight / 100 for domain in domains]
    whole = [int(share) for share in exact]
    for index in sorted(range(len(exact)), key=lambda index: whole[index] - exact[index])[: count - sum(whole)]:
        whole[index] += 1
    return whole


@app.post("/attempts", status_code=201)
def start(body: StartAttempt, session: OpenSession, user_id: Learner) -> AttemptReply:
    exam = session.scalar(select(Exam).where(Exam.code == body.exam, Exam.status == "published"))
    if exam is None:
        raise HTTPException(422)
    under_way = select(Attempt).where(
        Attempt.user_id == user_id, Attempt.exam_id == exam.id, Attempt.mode == "exam", Attempt.status == "in_progress"
    )
    if session.scalar(under_way):
        raise HTTPException(409)
    seed = randrange(2**53) if body.seed is None else body.seed
    chance = Random(seed)
    form = []
    scored_shares = shares(exam.domains, exam.scored_count)
    for domain, count, scored in zip(exam.domains, shares(exam.domains, exam.question_count), scored_shares):
        # Draw twice as many as needed, and put questions that were served before last.
        numbers = chance.sample(range(domain.published_count), min(2 * count, domain.published_count))
        drawn = session.execute(
            select(Question.draw_number, Question.id)
            .where(Question.domain_id == domain.id, Question.draw_number.in_(numbers))
        )
        ids = dict(drawn.all())
        served = set(session.scalars(
            select(Slot.question_id).where(Slot.user_id == user_id, Slot.question_id.in_(ids.values())).distinct()
        ))
        ordered = sorted((ids[number] for number in numbers), key=lambda id: id in served)
        form += [(id, index < scored) for index, id in enumerate(ordered[:count])]
    chance.shuffle(form)
    questions = {
        question.id: question for question in session.scalars(select(Question).where(Question.id.in_([id for id, _ in form])))
    }
    now = datetime.now(UTC)
    attempt = Attempt(
        user_id=user_id, id=uuid4(), exam_id=exam.id, mode=body.mode, status="in_progress", seed=seed,
        seed_chosen=body.seed is not None, feedback="at_end", time_limit_seconds=exam.duration_minutes * 60, notes=[],
        started_at=now, deadline_at=now + timedelta(minutes=exam.duration_minutes), updated_at=now,
    )
    session.add(attempt)
    session.flush()
    slots = []
    for position, (id, scored) in enumerate(form, 1):
        order = list(range(len(questions[id].answers)))
        chance.shuffle(order)
        slots.append(Slot(
            user_id=user_id, attempt_id=attempt.id, position=position, question=questions[id], answer_order=order,
            scored=scored, flagged=False, unsure=False, seconds_spent=0, updated_at=now,
        ))
    session.add_all(slots)
    session.flush()
    reply = attempt_reply(attempt, exam, slots)
    session.commit()
    return reply


def locked(session: Session, user_id: UUID, id: UUID) -> Attempt:
    """Locks an attempt and returns it."""
    attempt = session.scalar(select(Attempt).where(Attempt.user_id == user_id, Attempt.id == id).with_for_update())
    if attempt is None:
        raise HTTPException(404)
    return attempt


def slots_of(session: Session, attempt: Attempt) -> list[Slot]:
    wanted = select(Slot).where(Slot.user_id == attempt.user_id, Slot.attempt_id == attempt.id).order_by(Slot.position)
    return session.scalars(wanted).all()


@app.get("/attempts/{id}")
def get_attempt(id: UUID, session: OpenSession, user_id: Learner) -> AttemptReply:
    attempt = session.get(Attempt, (user_id, id))
    if attempt is None:
        raise HTTPException(404)
    return attempt_reply(attempt, session.get(Exam, attempt.exam_id), slots_of(session, attempt))


@app.put("/attempts/{id}/slots/{position}")
def respond(id: UUID, position: int, body: SlotUpdate, session: OpenSession, user_id: Learner) -> SlotState:
    attempt, now = locked(session, user_id, id), datetime.now(UTC)
    if attempt.status != "in_progress" or (attempt.deadline_at and now >= attempt.deadline_at):
        raise HTTPException(409)
    slot = session.get(Slot, (user_id, id, position))
    if slot is None:
        raise HTTPException(404)
    response = body.response or []
    answers = {answer.id: answer for answer in slot.question.answers}
    right = sum(answer.is_correct for answer in answers.values())
    if response and (len(response) != right or len(set(response)) != right or not answers.keys() >= set(response)):
        raise HTTPException(422)
    slot.response = [str(id) for id in response] or None
    slot.flagged, slot.unsure, slot.seconds_spent = body.flagged, body.unsure, body.seconds_spent
    slot.answered_at = now if response else None
    slot.updated_at = now
    session.flush()
    reply = SlotState.model_validate(slot)
    session.commit()
    return reply


@app.post("/attempts/{id}/submit")
def submit(id: UUID, session: OpenSession, user_id: Learner) -> dict:
    attempt, now = locked(session, user_id, id), datetime.now(UTC)
    if attempt.status == "submitted":
        return attempt.report
    exam = session.get(Exam, attempt.exam_id)
    domains = {domain.id: domain for domain in exam.domains}
    results = {domain.id: {"number": domain.number, "name": domain.name, "weight": domain.weight, "points": 0.0, "total": 0}
               for domain in exam.domains}
    details = []
    for slot in slots_of(session, attempt):
        question = slot.question
        key = [str(answer.id) for answer in question.answers if answer.is_correct]
        slot.mark = float(set(slot.response or []) == set(key))
        slot.updated_at = now
        if slot.scored:
            results[question.domain_id]["points"] += slot.mark
            results[question.domain_id]["total"] += 1
        domain = domains[question.domain_id]
        details.append({
            "position": slot.position, "scored": slot.scored, "question_id": str(question.id), "kind": question.kind,
            "domain": {"number": domain.number, "name": domain.name}, "stem": question.stem, "response": slot.response,
            "mark": slot.mark, "key": key, "explanation": question.explanation, "references": question.references,
            "answers": [
                {"id": str(answer.id), "body": answer.body, "is_correct": answer.is_correct, "rationale": answer.rationale}
                for answer in (question.answers[place] for place in slot.answer_order)
            ],
        })
    raw = sum(result["points"] for result in results.values())
    scaled = round(exam.scale_min + (exam.scale_max - exam.scale_min) * raw / exam.scored_count)
    ended = min(now, attempt.deadline_at) if attempt.deadline_at else now
    attempt.status, attempt.submitted_at, attempt.updated_at = "submitted", ended, now
    attempt.scaled_score, attempt.passed = scaled, scaled >= exam.pass_mark
    attempt.report = report = {
        "attempt_id": str(attempt.id), "exam": {"code": exam.code, "name": exam.name}, "submitted_at": ended.isoformat(),
        "score": {"raw": raw, "possible": exam.scored_count, "scaled_estimate": scaled, "passed": attempt.passed},
        "domains": list(results.values()), "slots": details,
    }
    session.commit()
    return report


@app.get("/attempts/{id}/report")
def get_report(id: UUID, session: OpenSession, user_id: Learner) -> dict:
    found = session.execute(
        select(Attempt.status, Attempt.report, Attempt.exam_id).where(Attempt.user_id == user_id, Attempt.id == id)
    ).one_or_none()
    if found is None:
        raise HTTPException(404)
    under_way = select(func.count()).select_from(Attempt).where(
        Attempt.user_id == user_id, Attempt.exam_id == found.exam_id, Attempt.status == "in_progress"
    )
    if found.status != "submitted" or session.scalar(under_way):
        raise HTTPException(409)
    return found.report
