"""The two tables of the service that the peer reads, as SQLAlchemy sees them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    type_annotation_map = {list: JSONB}


class Question(Base):
    __tablename__ = "questions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    exam_id: Mapped[UUID]
    domain_id: Mapped[UUID]
    task_id: Mapped[UUID | None]
    kind: Mapped[str]
    stem: Mapped[str]
    explanation: Mapped[str]
    references: Mapped[list]
    tags: Mapped[list]
    difficulty: Mapped[int]
    status: Mapped[str]
    origin: Mapped[str]
    external_key: Mapped[str | None]
    supersedes_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    answers: Mapped[list["Answer"]] = relationship(order_by="Answer.position", lazy="selectin")


class Answer(Base):
    __tablename__ = "answers"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    question_id: Mapped[UUID] = mapped_column(ForeignKey("questions.id"))
    position: Mapped[int]
    body: Mapped[str]
    is_correct: Mapped[bool]
    rationale: Mapped[str]
    match_body: Mapped[str | None]
