"""A show with its header and its numbers, fed with short-hand observations."""

from __future__ import annotations

from typing import Any

import pytest

from console.core.lifecycle import LIFECYCLE, ShowCreated, ShowEnded, ShowStarted
from console.core.messages import Event, Recorded
from console.core.observations import AnyObservation, Line, ObservationsRecorded, Order, Paid
from console.core.show import Show
from console.metrics.slice import SLICE
from console.metrics.views import Numbers, numbers

T0 = 1_800_000_000_000


def lines(order: str, user: str, amount: int, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of an order of one line."""
    line = Line(product=fields.pop("product", "p1"), qty=fields.pop("qty", 1), amount=amount)
    return {"order": order, "user": user, "lines": (line,)} | fields


class Room:
    """One show; seconds count from T0. `see` records observations, `done` any events, at the clock's instant."""

    def __init__(self) -> None:
        self.show = Show("s1", "e1", (LIFECYCLE, SLICE))
        self.now_ms = T0
        self.made_so_far = 0
        self.done(ShowCreated(title="Evening"))

    def at(self, seconds: float) -> Room:
        self.now_ms = T0 + round(seconds * 1000)
        return self

    def done(self, *events: Event) -> Room:
        for event in events:
            seq = self.show.seq + 1
            self.show.evolve(Recorded(show_id="s1", seq=seq, at_ms=self.now_ms, actor="u_1", event=event))
        return self

    def started(self, **targets: int) -> Room:
        self.show.header.targets = targets
        return self.done(ShowStarted())

    def ended(self) -> Room:
        return self.done(ShowEnded())

    def see(self, *items: AnyObservation) -> Room:
        return self.done(ObservationsRecorded(items=items))

    def made(self, kind: type[Any], seconds: float = 0, source: str = "shop", **fields: Any) -> Any:
        """An observation with an id of its own."""
        self.made_so_far += 1
        return kind(source=source, id=f"x{self.made_so_far}", at=T0 + round(seconds * 1000), **fields)

    def order(self, order: str, user: str, amount: int, seconds: float = 0, **fields: Any) -> Order:
        return self.made(Order, seconds, **lines(order, user, amount, fields))

    def paid(self, order: str, user: str, amount: int, seconds: float = 0, **fields: Any) -> Paid:
        return self.made(Paid, seconds, **lines(order, user, amount, fields))

    @property
    def state(self) -> Any:
        return self.show.states["metrics"]

    @property
    def numbers(self) -> Numbers:
        return numbers(self.show)

    @property
    def metrics(self) -> Any:
        return self.numbers.metrics

    @property
    def sources(self) -> dict[str, str]:
        return self.numbers.sources


@pytest.fixture
def room() -> Room:
    return Room()
