"""A whole show of the recap's slices, kept together with its journal."""

from __future__ import annotations

from typing import Any

import pytest

from console.comments.slice import SLICE as COMMENTS
from console.core.lifecycle import LIFECYCLE, ShowCreated, ShowEnded, ShowStarted
from console.core.messages import Event, Recorded
from console.core.observations import AnyObservation, Line, ObservationsRecorded, Order, Paid
from console.core.show import Show
from console.metrics.slice import SLICE as METRICS
from console.offers.slice import SLICE as OFFERS
from console.recap.model import Recap
from console.recap.report import build
from console.scripts.events import Row, RowsImported, RowStarted
from console.scripts.slice import SLICE as SCRIPTS

T0 = 1_800_000_000_000


class Evening:
    """Seconds count from T0. `done` records events at the clock's instant, `see` observations, `go` starts a row."""

    def __init__(self) -> None:
        self.show = Show("s1", "e1", (LIFECYCLE, SCRIPTS, OFFERS, COMMENTS, METRICS))
        self.journal: list[Recorded] = []
        self.now_ms = T0
        self.made_so_far = 0
        self.done(ShowCreated(title="Evening"))

    def at(self, seconds: float) -> Evening:
        self.now_ms = T0 + round(seconds * 1000)
        return self

    def done(self, *events: Event) -> Evening:
        for event in events:
            seq = self.show.seq + 1
            row = Recorded(show_id="s1", seq=seq, at_ms=self.now_ms, actor="u_1", event=event)
            self.journal.append(row)
            self.show.evolve(row)
        return self

    def planned(self, *rows: Row) -> Evening:
        return self.done(RowsImported(rows=rows))

    def started(self, **targets: int) -> Evening:
        self.show.header.targets = targets
        return self.done(ShowStarted())

    def go(self, row: str, seconds: float) -> Evening:
        return self.at(seconds).done(RowStarted(row=row, jump=True))

    def ended(self, seconds: float, *leftovers: Any) -> Evening:
        return self.at(seconds).done(ShowEnded(leftovers=leftovers))

    def see(self, *items: AnyObservation) -> Evening:
        return self.done(ObservationsRecorded(items=items))

    def made(self, kind: type[Any], seconds: float = 0, source: str = "shop", **fields: Any) -> Any:
        """An observation with an id of its own."""
        self.made_so_far += 1
        return kind(source=source, id=f"x{self.made_so_far}", at=T0 + round(seconds * 1000), **fields)

    def order(self, order: str, amount: int, seconds: float, **fields: Any) -> Order:
        return self.made(Order, seconds, order=order, **bought(amount, fields))

    def paid(self, order: str, amount: int, seconds: float, **fields: Any) -> Paid:
        return self.made(Paid, seconds, order=order, **bought(amount, fields))

    def recap(self, as_of_ms: int | None = None) -> Recap:
        return build(self.show, self.journal, as_of_ms)


def bought(amount: int, fields: dict[str, Any]) -> dict[str, Any]:
    """One line for one user."""
    line = Line(
        product=fields.pop("product", "p1"), qty=fields.pop("qty", 1), amount=amount, sku=fields.pop("sku", None)
    )
    return {"user": "ann", "lines": (line,)} | fields


@pytest.fixture
def evening() -> Evening:
    return Evening()


@pytest.fixture
def evening_of() -> type[Evening]:
    """For tests that need many."""
    return Evening
