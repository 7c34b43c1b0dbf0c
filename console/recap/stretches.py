"""Audience and sales inside each row's windows. Every observation belongs to one row, or to before or after them all.

What the room reported is placed by its own instant. An order is placed where it was created, a payment where it was
paid, once, however many sources told it; a refund belongs to the stretch of its payment. From dashboards a stretch
gets what their figures gained between its ends, so only what adds up; people counted once cannot be cut like that.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from console.core.messages import Recorded
from console.core.money import Ratio
from console.core.observations import AnyObservation, Cancel, ObservationsRecorded, Order, Paid, Refund, Sample
from console.metrics import fold
from console.metrics.counts import counted
from console.metrics.formulas import Counts, Metrics, derive
from console.metrics.orders import OrderBook, OrderFact
from console.metrics.windows import Span, flow

BEFORE = "before"
AFTER = "after"
ADDITIVE = (
    "entries_pv", "likes", "comments", "shares", "follows", "orders_created", "gmv_created", "orders_paid", "units",
    "gmv_paid", "refunds_orders", "refunds_amount", "orders_cancelled", "watch_s", "ad_spend", "ad_gmv",
)  # fmt: skip


OF_ORDERS = (Order, Paid, Cancel, Refund)


class Window(NamedTuple):
    """One time a row was on; `end` is exclusive, None while it still is."""

    row: str
    start: int
    end: int | None


class Stretch(Struct, frozen=True, kw_only=True):
    """The numbers of a row, or of the time around the rows; `online` is the mean. Names as in the metrics."""

    lasted_s: int | None
    online: int | None
    pcu: int | None
    entries_pv: int | None
    entries_uv: int | None
    comments: int | None
    interactions: int | None
    clicks_uv: int | None
    orders_created: int | None
    orders_paid: int | None
    buyers: int | None
    units: int | None
    gmv_created: int | None
    gmv_paid: int | None
    refunds_amount: int | None
    gmv_net: int | None
    density: Ratio
    gpm: Ratio
    view_to_buy: Ratio


class Cut:
    """Sorts observations into a state per row, and two for before and after."""

    def __init__(self, windows: Sequence[Window], book: OrderBook) -> None:
        self.windows = windows
        self.states: dict[str, fold.State] = {name: fold.State() for name in (BEFORE, AFTER)}
        self.states |= {window.row: fold.State() for window in windows}
        self._starts = [window.start for window in windows]
        self._book = book

    def take(self, rows: Iterable[Recorded]) -> None:
        """Fold journal rows."""
        for recorded in rows:
            if isinstance(recorded.event, ObservationsRecorded):
                self._observe(recorded.event.items)

    def place(self, at: int) -> str:
        """The row that was on at an instant."""
        index = bisect_right(self._starts, at) - 1
        if index < 0:
            return BEFORE
        end = self.windows[index].end
        return AFTER if end is not None and at >= end else self.windows[index].row

    def _observe(self, items: Iterable[AnyObservation]) -> None:
        placed: defaultdict[str, list[AnyObservation]] = defaultdict(list)
        for item in items:
            placed[self.place(self._instant(item))].append(_cut(item))
        for name, here in placed.items():
            fold.observe(self.states[name], here)

    def _instant(self, item: AnyObservation) -> int:
        if not isinstance(item, OF_ORDERS):
            return item.at
        fact = self._book.facts.get(item.order, OrderFact())
        report = fact.paid if isinstance(item, Paid | Refund) else fact.created
        return report.at if report else item.at


def _cut(item: AnyObservation) -> AnyObservation:
    """Of cumulative figures only the number of viewers belongs to an instant."""
    if isinstance(item, Sample):
        return replace(item, counters={name: n for name, n in item.counters.items() if name == "online"})
    return item


def metrics_of(cut: Cut, name: str, whole: fold.State, lasted_s: int | None, started_at: int | None) -> Metrics:
    """The metrics of one row, or of BEFORE or AFTER; `whole` is the state of the whole show."""
    counts = counted(cut.states[name], lasted_s).counts
    stated = set(whole.readings.newest) & set(Counts.__struct_fields__) - {"online", "online_sum", "online_minutes"}
    spans = [Span(w.start, w.end or whole.at_ms) for w in cut.windows if w.row == name]
    gained: dict[str, Any] = {
        counter: _gained(whole, counter, spans, started_at) if counter in ADDITIVE else None for counter in stated
    }
    return derive(replace(counts, **gained))


def _gained(whole: fold.State, counter: str, spans: Sequence[Span], started_at: int | None) -> int | None:
    flows = [gain.amount for span in spans if (gain := flow(whole, counter, span, started_at))]
    return sum(flows) if flows else None


def stretch(metrics: Metrics) -> dict[str, Any]:
    """The fields of a Stretch."""
    fields = {name: getattr(metrics, name) for name in Stretch.__struct_fields__ if name not in {"lasted_s", "online"}}
    mean = metrics.acu.value
    return fields | {"lasted_s": metrics.live_s, "online": None if mean is None else round(mean)}
