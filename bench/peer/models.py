"""The tables that the peer uses, as SQLAlchemy models."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    type_annotation_map = {
        list: JSONB(none_as_null=True), dict: JSONB(none_as_null=True), datetime: DateTime(timezone=True)
    }


class Exam(Base):
    __tablename__ = "exams"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    name: Mapped[str]
    blueprint_version: Mapped[str]
    question_count: Mapped[int]
    scored_count: Mapped[int]
    duration_minutes: Mapped[int]
    scale_min: Mapped[int]
    scale_max: Mapped[int]
    pass_mark: Mapped[int]
    status: Mapped[str]
    domains: Mapped[list["Domain"]] = relationship(order_by="Domain.number", lazy="selectin")


class Domain(Base):
    __tablename__ = "domains"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    exam_id: Mapped[UUID] = mapped_column(ForeignKey("exams.id"))
    number: Mapped[int]
    name: Mapped[str]
    weight: Mapped[int]
    published_count: Mapped[int]


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
    draw_number: Mapped[int | None]
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


class Attempt(Base):
    __tablename__ = "attempts"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    exam_id: Mapped[UUID] = mapped_column(ForeignKey("exams.id"))
    mode: Mapped[str]
    status: Mapped[str]
    seed: Mapped[int] = mapped_column(BigInteger)
    seed_chosen: Mapped[bool]
    feedback: Mapped[str]
    time_limit_seconds: Mapped[int | None]
    notes: Mapped[list]
    started_at: Mapped[datetime]
    deadline_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    report: Mapped[dict | None] = mapped_column(deferred=True)
    scaled_score: Mapped[int | None]
    passed: Mapped[bool | None]
    updated_at: Mapped[datetime]


class Slot(Base):
    __tablename__ = "attempt_slots"

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[UUID] = mapped_column(ForeignKey("questions.id"))
    answer_order: Mapped[list]
    scored: Mapped[bool]
    response: Mapped[list | None]
    mark: Mapped[float | None]
    flagged: Mapped[bool]
    unsure: Mapped[bool]
    answered_at: Mapped[datetime | None]
    seconds_spent: Mapped[int]
    updated_at: Mapped[datetime]
    question: Mapped[Question] = relationship(lazy="selectin")
