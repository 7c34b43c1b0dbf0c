"""How old each number is, so that a frozen one never looks live."""

from typing import Any

from msgspec import Struct

from console.core.slice import Viewer
from console.metrics.fold import State
from console.metrics.views import count

FEED_OF = {
    "online": "audience",
    "entries_pv": "people",
    "clicks_uv": "people",
    "comments": "comments",
    "orders_paid": "orders",
    "gmv_paid": "orders",
    "refunds_amount": "orders",
    "ad_spend": "ads",
}
"""The numbers worth an age, and the feed that single events of it come by."""


class Age(Struct, frozen=True):
    """`at` is the newest instant the number knows about; None and an empty source when nobody knows the number."""

    name: str
    source: str
    at: int | None


class AgesView(Struct, frozen=True):
    newest_at: int | None
    items: tuple[Age, ...]


def ages(show: Any, _viewer: Viewer) -> AgesView:
    """The age and source of each main number."""
    state: State = show.states["metrics"]
    sources = count(show).sources
    return AgesView(state.newest_at, tuple(_age(state, sources, name) for name in FEED_OF))


def _age(state: State, sources: dict[str, str], name: str) -> Age:
    source = sources.get(name, "")
    if source in {"sample", "manual"}:
        return Age(name, source, state.readings.newest[name].at)
    return Age(name, source, state.newest.get(FEED_OF[name]) if source else None)
