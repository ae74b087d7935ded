"""The peer: the two reads of the service on synchronous FastAPI and SQLAlchemy, from the same tables.

It asks for no token, so it does a little less work a request than the service.
"""

import os
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from models import Question

engine = create_engine(os.environ["DATABASE_URL"], pool_pre_ping=True, pool_size=5, max_overflow=10)
app = FastAPI()


def open_session():
    with Session(engine) as session:
        yield session


OpenSession = Annotated[Session, Depends(open_session)]


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
