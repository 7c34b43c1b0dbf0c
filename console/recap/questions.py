"""What viewers asked and whether anybody answered."""

from typing import Literal

from msgspec import Struct

from console.comments.line import Line
from console.comments.state import State

LIMIT = 1_000
"""Questions listed; the counts are over all of them."""

Outcome = Literal["answered", "open", "dismissed", "hidden"]


class Question(Struct, frozen=True, kw_only=True):
    """`asked_alike` people asked the same; `answered_at` is on air, epoch ms."""

    id: str
    at: int
    user: str
    name: str | None
    text: str
    state: Outcome
    answered_at: int | None
    asked_alike: int


class Passed(Struct, frozen=True, kw_only=True):
    """A comment handed to the host that asked nothing; `answered_at` when the host took it up on air."""

    id: str
    at: int
    user: str
    name: str | None
    text: str
    passed_at: int
    answered_at: int | None


class QuestionCounts(Struct, frozen=True, kw_only=True):
    asked: int
    answered: int
    open: int
    dismissed: int
    hidden: int


def questions(state: State) -> tuple[tuple[Question, ...], QuestionCounts]:
    """Open ones first, those asked most often before the others, and all of them counted."""
    asked = [line for line in state.lines.values() if line.question]
    outcomes = [outcome(line) for line in asked]
    counts = QuestionCounts(
        asked=len(asked),
        answered=outcomes.count("answered"),
        open=outcomes.count("open"),
        dismissed=outcomes.count("dismissed"),
        hidden=outcomes.count("hidden"),
    )
    told = [_question(line, state) for line, state in zip(asked, outcomes, strict=True)]
    ranked = sorted(told, key=lambda one: (one.state != "open", -one.asked_alike, one.at, one.id))
    return tuple(ranked[:LIMIT]), counts


def passed(state: State) -> tuple[Passed, ...]:
    """In the order in which they were handed on; questions are told among the questions."""
    told = [_passed(line, line.known.passed_at) for line in state.lines.values() if not line.question]
    return tuple(sorted(filter(None, told), key=lambda one: (one.passed_at, one.id))[:LIMIT])


def _passed(line: Line, passed_at: int | None) -> Passed | None:
    if passed_at is None:
        return None
    return Passed(
        id=line.id, at=line.at, user=line.user, name=line.name, text=line.text, passed_at=passed_at,
        answered_at=line.answered_at,
    )  # fmt: skip


def outcome(line: Line) -> Outcome:
    """What became of a question; one still held for a person counts as hidden, because nobody saw it."""
    if not line.shown:
        return "hidden"
    if line.answered_at is not None:
        return "answered"
    return "dismissed" if line.closed else "open"


def _question(line: Line, state: Outcome) -> Question:
    return Question(
        id=line.id,
        at=line.at,
        user=line.user,
        name=line.name,
        text=line.text,
        state=state,
        answered_at=line.answered_at,
        asked_alike=line.cluster.count if line.cluster else 1,
    )
