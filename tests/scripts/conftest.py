"""given(events).when(command).then(…) for the run of show, over a show that holds its header too."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest

from console.core.lifecycle import LIFECYCLE, ShowCreated, ShowStarted
from console.core.messages import Command, Decision, Event, Recorded, Rejection
from console.core.show import Show
from console.core.slice import Context, Presets, Product, Viewer
from console.scripts.commands import NewRow
from console.scripts.events import Row, RowsImported
from console.scripts.slice import SLICE

T0 = 1_800_000_000_000
DESK = Viewer(locale="en", sees_cost=True)
PRODUCTS = {
    "p1": Product(id="p1", title="Lipstick", link_no=1, live_price=9_900, floor_price=8_000, facts={"size": "3 g"}),
    "p2": Product(id="p2", title="Mask", link_no=2, live_price=5_900),
}


class Bench:
    """One show; `at` moves its clock, `done` folds events, `when` decides and keeps what came of it."""

    def __init__(self) -> None:
        self.show = Show("s1", "e1", (LIFECYCLE, SLICE))
        self.now_ms = T0
        self.decision: Decision = []
        self.rows: list[Recorded] = []
        self._ids = itertools.count(1)

    @property
    def state(self) -> Any:
        return self.show.states["scripts"]

    def at(self, seconds: float) -> Bench:
        """Seconds after T0."""
        self.now_ms = T0 + round(seconds * 1000)
        return self

    @staticmethod
    def row(name: str, planned_s: int | None = 60, **fields: Any) -> Row:
        """A row whose id and title are `name`."""
        given = {"phase": "other", "title": name} | fields
        return Row(id=name, planned_s=planned_s, **given)

    @staticmethod
    def new(title: str = "Lipstick", planned_s: int | None = 60, **fields: Any) -> NewRow:
        """What a producer asks for."""
        return NewRow(title=title, planned_s=planned_s, **fields)

    def live(self, *plans: int | None) -> Bench:
        """A live show with rows a, b, c … of these seconds."""
        rows = tuple(self.row(chr(97 + place), planned_s) for place, planned_s in enumerate(plans))
        return self.given(ShowCreated(title="Show"), RowsImported(rows=rows), ShowStarted())

    def done(self, *events: Event) -> Bench:
        for event in events:
            seq = self.show.seq + 1
            self.rows.append(Recorded(show_id="s1", seq=seq, at_ms=self.now_ms, actor="u_1", event=event))
            self.show.evolve(self.rows[-1])
        return self

    given = done

    def when(self, command: type[Command], **fields: Any) -> Bench:
        """Decide, and fold what was decided."""
        asked = command(command_id="c", issued_at=self.now_ms, **fields)
        context = Context(
            now_ms=self.now_ms, fresh_id=f"{next(self._ids):04d}", actor="u_1", header=self.show.header,
            products=PRODUCTS, presets=Presets(),
        )  # fmt: skip
        before = msgspec.json.encode(self.state)
        self.decision = SLICE.decide(self.state, asked, context)
        assert msgspec.json.encode(self.state) == before, "a decision never changes the state"
        if not isinstance(self.decision, Rejection):
            self.done(*self.decision)
        return self

    def then(self, *events: Event) -> Bench:
        assert self.decision == list(events)
        return self

    def refused(self, words: str) -> Bench:
        assert isinstance(self.decision, Rejection), self.decision
        assert words in self.decision.why.format(**self.decision.params)
        return self

    def snapshot(self) -> dict[str, Any]:
        assert SLICE.snapshot is not None
        taken: dict[str, Any] = SLICE.snapshot(self.show, DESK)
        return taken


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture(scope="session")
def fresh() -> type[Bench]:
    """For properties, which need a bench for each example."""
    return Bench
