"""given(events).when(command).then(…) for the shelf, over one small shop."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from console.core.lifecycle import LIFECYCLE
from console.core.messages import Command, Decision, Event, Recorded, Rejection
from console.core.observations import Cancel, Line, ObservationsRecorded, Order, Paid, Refund
from console.core.show import Show
from console.core.slice import Context, Presets, Product, ProductFact, Sku, Viewer, fact_of
from console.shelf.slice import SLICE

T0 = 1_800_000_000_000
DESK = Viewer(locale="en")
SHOP = {
    "p1": Product(
        id="p1", title="Lipstick", link_no=1, list_price=12_900, live_price=9_900, floor_price=8_123, cost=3_000,
        stock=100, facts={"size": "3 g"},
    ),
    "p2": Product(id="p2", title="Mask", link_no=2, list_price=5_900),
    "p3": Product(
        id="p3", title="Shirt", link_no=3, live_price=9_000, floor_price=7_000,
        skus=(Sku(id="S", spec="small", live_price=9_000, stock=10), Sku(id="L", live_price=9_900, floor_price=9_321, stock=20)),
    ),
    "cheap": Product(id="cheap", title="Cheap", live_price=1_000, floor_price=2_000),
}  # fmt: skip


class Bench:
    """One show's shelf; `at` moves its clock, `given` folds events, `when` decides and keeps what came of it."""

    def __init__(self) -> None:
        self.show = Show("s1", "e1", (LIFECYCLE, SLICE))
        self.now_ms = T0
        self.decision: Decision = []
        self.rows: list[Recorded] = []
        self.reports = 0

    @property
    def state(self) -> Any:
        return self.show.states["shelf"]

    def at(self, seconds: float) -> Bench:
        """Seconds after T0."""
        self.now_ms = T0 + round(seconds * 1000)
        return self

    def given(self, *events: Event) -> Bench:
        for event in events:
            seq = self.show.seq + 1
            self.rows.append(Recorded(show_id="s1", seq=seq, at_ms=self.now_ms, actor="u_1", event=event))
            self.show.evolve(self.rows[-1])
        return self

    def when(self, command: type[Command], **fields: Any) -> Bench:
        asked = command(command_id="c", issued_at=self.now_ms, **fields)
        context = Context(
            now_ms=self.now_ms, fresh_id="f", actor="u_1", header=self.show.header, products=SHOP, presets=Presets()
        )
        before = msgspec.json.encode(self.state)
        self.decision = SLICE.decide(self.state, asked, context)
        assert msgspec.json.encode(self.state) == before, "a decision never changes the state"
        if not isinstance(self.decision, Rejection):
            self.given(*self.decision)
        return self

    def then(self, *events: Event) -> Bench:
        assert self.decision == list(events)
        return self

    def refused(self, words: str) -> Bench:
        assert isinstance(self.decision, Rejection), self.decision
        said = self.decision.why.format(**self.decision.params)
        assert words in said
        assert not any(
            secret in said for secret in ("8123", "81.23", "9321", "93.21", "7000", "70.00", "2000", "20.00")
        )
        return self

    def observed(self, *items: Any) -> Bench:
        return self.given(ObservationsRecorded(items=items))

    def report(self, kind: str, order: str, *lines: tuple[Any, ...], **fields: Any) -> Any:
        """An observation; lines are (product, qty) or (product, qty, sku)."""
        self.reports += 1
        kinds = {"order": Order, "paid": Paid, "cancel": Cancel, "refund": Refund}
        given = {"source": "feed", "id": f"x{self.reports}", "at": T0 + self.reports, "order": order} | fields
        if kind != "cancel":
            given["lines"] = tuple(
                Line(product=product, qty=qty, amount=100 * qty, sku=sku[0] if sku else None)
                for product, qty, *sku in lines
            )
        given |= {"refund": {"amount": 1}, "cancel": {}}.get(kind, {"user": "u"})
        return kinds[kind](**given)

    def stock(self, product: str, sku: str = "") -> tuple[int | None, int, int]:
        """(available, held, reserved)."""
        found = self.state.stock(product, sku)
        return found.available, found.held, found.reserved

    def snapshot(self) -> dict[str, Any]:
        taken: dict[str, Any] = SLICE.snapshot(self.show, DESK)
        return taken

    def item(self, product: str) -> dict[str, Any]:
        return next(item for item in self.snapshot()["items"] if item["product"] == product)

    @staticmethod
    def fact(product: str) -> ProductFact:
        """What an event keeps of a product of the shop."""
        return fact_of(SHOP[product])


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture(scope="session")
def fresh() -> type[Bench]:
    """For properties, which need a bench for each example."""
    return Bench
