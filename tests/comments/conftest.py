"""given(events).when(command).then(…) for comments, over a show that folds its header too."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from console.comments import views
from console.comments.slice import SLICE
from console.core.lifecycle import LIFECYCLE
from console.core.messages import Command, Decision, Event, Recorded, Rejection
from console.core.observations import Comment, Hold, ObservationsRecorded
from console.core.show import Show
from console.core.slice import Context, Viewer

T0 = 1_800_000_000_000
DESK = Viewer(locale="en")


class Room:
    """One show; `says` folds a batch of comments, `given` events, `when` decides and keeps what came of it."""

    def __init__(self, *, whole: bool = False) -> None:
        self.show = Show("s1", "e1", (LIFECYCLE, replace(SLICE, state=SLICE.memory.whole) if whole else SLICE))
        self.now_ms = T0
        self.decision: Decision = []
        self.rows: list[Recorded] = []

    @property
    def state(self) -> Any:
        return self.show.states["comments"]

    @property
    def counts(self) -> views.CountsView:
        return views.counts(self.show, DESK)

    def at(self, seconds: float) -> Room:
        self.now_ms = T0 + round(seconds * 1000)
        return self

    def says(self, *items: Comment | str) -> list[str]:
        """Fold one batch; the ids of its comments. A text alone is a plain comment of now."""
        batch = tuple(self.line(item) if isinstance(item, str) else item for item in items)
        self.given(ObservationsRecorded(items=batch))
        return [f"c{self.show.seq}-{index}" for index in range(len(batch))]

    def line(self, text: str, **fields: Any) -> Comment:
        given = {"source": "t", "id": f"{self.show.seq}-{text}"[:200], "at": self.now_ms, "user": "ann"} | fields
        return Comment(text=text, **given)

    def asks(self, text: str, **fields: Any) -> str:
        return self.says(self.line(text, question=True, **fields))[0]

    def holds(self, text: str = "add vx 123", **fields: Any) -> str:
        return self.says(self.line(text, hold=Hold("vx", "diversion", 4, 6), **fields))[0]

    def given(self, *events: Event) -> Room:
        for event in events:
            self.rows.append(Recorded(show_id="s1", seq=self.show.seq + 1, at_ms=self.now_ms, actor="mo", event=event))
            self.show.evolve(self.rows[-1])
        return self

    def when(self, kind: type[Command], actor: str = "mo", **fields: Any) -> Room:
        command = kind(command_id="c", issued_at=self.now_ms, **fields)
        seq = self.show.lacks(command)
        context = Context(
            now_ms=self.now_ms, fresh_id="n", actor=actor, actor_name=actor.title(), header=self.show.header,
            row=self.rows[seq - 1] if seq else None,
        )  # fmt: skip
        self.decision = SLICE.decide(self.state, command, context)
        return self

    def then(self, *events: Event) -> Room:
        """The decision is these events; fold them."""
        assert self.decision == list(events)
        return self.given(*events)

    def done(self) -> Room:
        """Fold what was decided."""
        assert not isinstance(self.decision, Rejection), self.decision
        return self.given(*self.decision)

    def refused(self, words: str) -> None:
        assert isinstance(self.decision, Rejection), self.decision
        assert words in self.decision.why.format(**self.decision.params)


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture(scope="session")
def rooms() -> type[Room]:
    """For tests that need a fresh room for each example."""
    return Room
