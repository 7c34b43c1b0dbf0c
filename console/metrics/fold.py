"""The state the numbers are worked out from, folded from observations, typed figures and the planned rows."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from msgspec import Struct, field

from console.core.messages import Event, Recorded
from console.core.observations import (
    AdSpend,
    AnyObservation,
    Audience,
    Cancel,
    Claim,
    Comment,
    Enter,
    ObservationsRecorded,
    Order,
    Paid,
    Redeem,
    Refund,
    Sample,
    by_kind,
)
from console.core.slice import ProductFact
from console.metrics.crowd import Crowd
from console.metrics.events import NumbersReported
from console.metrics.orders import OrderBook
from console.metrics.readings import Reading, Readings
from console.scripts.events import RowAdded, RowEdited, RowRemoved, RowsImported
from console.shelf.events import ProductListed, ProductPopped

MINUTE_MS = 60_000
Group = Sequence[Any]
"""Observations of one kind."""


class Minute(Struct):
    """Online viewers reported within one minute."""

    total: int = 0
    reports: int = 0
    peak: int = 0

    @property
    def mean(self) -> int:
        """The minute's sample, rounded half up."""
        return (2 * self.total + self.reports) // (2 * self.reports)


class State(Struct):
    """`online` is keyed by epoch minute, `newest` by kind of feed, `planned_s` by row, `facts` by product.

    `at_ms` is when the newest row that moved the numbers was recorded: the end of every window.
    """

    at_ms: int = 0
    crowd: Crowd = field(default_factory=Crowd)
    orders: OrderBook = field(default_factory=OrderBook)
    readings: Readings = field(default_factory=Readings)
    online: dict[int, Minute] = field(default_factory=dict)
    online_now: Reading | None = None
    ad_spend: dict[str | None, int] = field(default_factory=dict)
    newest: dict[str, int] = field(default_factory=dict)
    planned_s: dict[str, int | None] = field(default_factory=dict)
    facts: dict[str, ProductFact] = field(default_factory=dict)

    @property
    def newest_at(self) -> int | None:
        """The newest instant any figure tells about."""
        return max(self.newest.values(), default=None)


def evolve(state: State, recorded: Recorded) -> None:
    """Fold one row."""
    state.at_ms = max(state.at_ms, recorded.at_ms)
    match recorded.event:
        case ObservationsRecorded(items=items):
            observe(state, items)
        case NumbersReported() as event:
            state.readings.take(event.counters, Reading(event.as_of, True, recorded.seq, "", "", 0))
            state.newest["manual"] = max(event.as_of, state.newest.get("manual", event.as_of))
        case event:
            _plan(state, event)


def observe(state: State, items: Iterable[AnyObservation]) -> None:
    """Fold observations; the same set in any order gives the same numbers."""
    for kind, group in by_kind(items).items():
        _TAKE.get(kind, _people)(state, group)


def _nothing(_state: State, _group: Group) -> None:
    """Claims and redemptions are the offers' numbers."""


def _people(state: State, group: Group) -> None:
    state.crowd.take(group)
    _age(state, "people", group)


def _comments(state: State, group: Group) -> None:
    state.crowd.take(group)
    _age(state, "comments", group)


def _entries(state: State, group: Group) -> None:
    _people(state, group)
    for user in {seen.user for seen in group}:
        state.orders.arrive(user, state.crowd.arrivals[user][1])


def _audience(state: State, group: Group) -> None:
    for item in group:
        minute = state.online.setdefault(item.at // MINUTE_MS, Minute())
        minute.total += item.online
        minute.reports += 1
        minute.peak = max(minute.peak, item.online)
        reading = Reading(item.at, False, 0, item.source, item.id, item.online)
        state.online_now = max(reading, state.online_now or reading)
    _age(state, "audience", group)


def _orders(state: State, group: Group) -> None:
    for report in group:
        state.orders.take(report)
    _age(state, "orders", group)


def _spent(state: State, group: Group) -> None:
    for item in group:
        state.ad_spend[item.channel] = state.ad_spend.get(item.channel, 0) + item.amount
    _age(state, "ads", group)


def _samples(state: State, group: Group) -> None:
    for item in group:
        state.readings.take(item.counters, Reading(item.at, item.manual, 0, item.source, item.id, 0))
        _age(state, "manual" if item.manual else "samples", (item,))


def _age(state: State, feed: str, group: Group) -> None:
    """Each feed has an age of its own: that of its newest item."""
    newest = max([item.at for item in group])
    state.newest[feed] = max(newest, state.newest.get(feed, newest))


_TAKE: dict[type, Callable[[State, Group], None]] = {
    Audience: _audience,
    Enter: _entries,
    Comment: _comments,
    Order: _orders,
    Paid: _orders,
    Cancel: _orders,
    Refund: _orders,
    AdSpend: _spent,
    Sample: _samples,
    Claim: _nothing,
    Redeem: _nothing,
}
"""Of every kind whose people are not all it tells."""


def _plan(state: State, event: Event) -> None:
    match event:
        case RowAdded(row=row):
            _keep_row(state, row)
        case RowsImported(rows=rows, replace=replace):
            if replace:
                state.planned_s.clear()
            for row in rows:
                _keep_row(state, row)
        case RowEdited(row=row_id, field=name, value=value):
            if name == "planned_s" and row_id in state.planned_s:
                state.planned_s[row_id] = value
            _know(state, event.facts or ())
        case RowRemoved(row=row_id):
            state.planned_s.pop(row_id, None)
        case ProductListed(product=fact) | ProductPopped(product=fact):
            _know(state, (fact,))


def _keep_row(state: State, row: Any) -> None:
    state.planned_s[row.id] = row.planned_s
    _know(state, row.facts)


def _know(state: State, facts: tuple[ProductFact, ...]) -> None:
    state.facts.update({fact.id: fact for fact in facts})


FOLDS: frozenset[type[Event]] = frozenset(
    (
        ObservationsRecorded,
        NumbersReported,
        RowAdded,
        RowsImported,
        RowEdited,
        RowRemoved,
        ProductListed,
        ProductPopped,
    )
)
