"""Which source each number comes from: the newest dashboard or typed figure when there is one, single events otherwise."""

from collections.abc import Iterable

from msgspec import Struct

from console.core.observations import (
    Cart,
    Comment,
    Enter,
    Follow,
    Impression,
    Like,
    ProductClick,
    ProductView,
    Share,
)
from console.core.slice import Header
from console.metrics.fold import MINUTE_MS, State
from console.metrics.formulas import COUNTERS, FORMULAS, Counts
from console.metrics.readings import SLOT_MS, Reading

CREATED = ("orders_created", "gmv_created")
PAID = ("orders_paid", "units", "gmv_paid")
AFTER = ("refunds_orders", "refunds_amount", "refunds_other", "orders_cancelled")


class Counted(Struct, frozen=True):
    """`sources` names for each known counter and metric `events`, `sample`, `manual`, or `mixed` when two took part."""

    counts: Counts
    sources: dict[str, str]


def now_ms(state: State, header: Header) -> int:
    """The end of every window: the show's end, or the newest row that moved the numbers."""
    return header.ended_at or max(state.at_ms, header.started_at or 0)


def live_s(state: State, header: Header) -> int | None:
    """Seconds the show has been live, or was until it ended; None before it started."""
    return None if header.started_at is None else (now_ms(state, header) - header.started_at) // 1000


def counted(state: State, lasted_s: int | None) -> Counted:
    """Every counter with its source; unknown ones are None and have none."""
    values = {name: value for name, value in _events(state, lasted_s).items() if value is not None}
    sources = dict.fromkeys(values, "events")
    if not state.online:
        values |= (sampled := _sampled_audience(state))
        sources |= dict.fromkeys(sampled, _origin(state))
    for name, reading in _stated(state).items():
        values[name], sources[name] = reading.value, reading.origin
    counts = Counts(**values, live_s=lasted_s)
    return Counted(counts, sources | _derived_sources(sources))


def _stated(state: State) -> dict[str, Reading]:
    """What dashboards and people state. Online is a gauge, so its newest reading wins whoever took it."""
    stated = {name: reading for name, reading in state.readings.newest.items() if name in COUNTERS}
    if state.online_now and "online" in stated and state.online_now.at > stated["online"].at:
        del stated["online"]
    return stated


def _events(state: State, lasted_s: int | None) -> dict[str, int | None]:
    return {**_audience(state), **_people(state, lasted_s), **_orders(state), **_ads(state)}


def _audience(state: State) -> dict[str, int | None]:
    minutes = state.online.values()
    return {
        "online": state.online_now.value if state.online_now else None,
        "pcu": max((minute.peak for minute in minutes), default=None),
        "online_sum": sum(minute.mean for minute in minutes) if minutes else None,
        "online_minutes": len(minutes) or None,
    }


def _sampled_audience(state: State) -> dict[str, int]:
    """Peak and mean of a room whose viewers only dashboards tell: the last figure of each minute."""
    course = state.readings.course.get("online", {})
    minutes = {slot * SLOT_MS // MINUTE_MS: course[slot].value for slot in sorted(course)}
    if not minutes:
        return {}
    peak = max(reading.value for reading in course.values())
    return {"pcu": peak, "online_sum": sum(minutes.values()), "online_minutes": len(minutes)}


def _origin(state: State) -> str:
    return _one({reading.origin for reading in state.readings.course.get("online", {}).values()})


def _people(state: State, lasted_s: int | None) -> dict[str, int | None]:
    crowd = state.crowd
    followed = crowd.people.get(Follow.__name__, set())
    return {
        "impressions_uv": crowd.of(Impression),
        "entries_pv": crowd.count(Enter),
        "entries_uv": crowd.of(Enter),
        "exposures_uv": crowd.of(ProductView),
        "clicks_uv": crowd.of(ProductClick),
        "carts_uv": crowd.of(Cart),
        "likes": crowd.count(Like),
        "comments": crowd.count(Comment),
        "shares": crowd.count(Share),
        "follows": crowd.of(Follow),
        "interactions": len(crowd.social) or None,
        "new_followers": len(crowd.strangers & followed) if crowd.before else None,
        "non_followers": len(crowd.strangers) if crowd.before else None,
        "watch_s": crowd.watch_s(lasted_s),
    }


def _orders(state: State) -> dict[str, int | None]:
    """A feed that reports creations reports payments too, so none yet is 0; one of payments alone knows no creation."""
    book = state.orders
    known: dict[str, int | None] = {}
    if "Order" in book.kinds:
        known |= _totals(book.totals, (*CREATED, "orders_unpaid", "gmv_unpaid"))
        known["orders_created_uv"] = len(book.creators)
    if book.kinds & {"Order", "Paid"}:
        known |= _totals(book.totals, (*PAID, *AFTER))
        known["buyers"] = len(book.buyers)
    elif book.kinds:
        known |= _totals(book.totals, AFTER)
    return known


def _totals(totals: dict[str, int], names: Iterable[str]) -> dict[str, int]:
    return {name: totals.get(name, 0) for name in names}


def _ads(state: State) -> dict[str, int | None]:
    paid = [money for channel, (_, money) in state.orders.channels.items() if is_paid(state, channel)]
    known = bool(paid) or any(channel for channel in state.ad_spend)
    return {
        "ad_spend": sum(state.ad_spend.values()) if state.ad_spend else None,
        "ad_gmv": sum(paid) if known else None,
    }


def is_paid(state: State, channel: str | None) -> bool:
    """Paid traffic: a channel that ad spend was reported for, or one whose first word is `ad`, `ads` or `paid`."""
    if channel is None:
        return False
    first = channel.casefold().replace("-", "_").replace(":", "_").replace(" ", "_").split("_")[0]
    return channel in state.ad_spend or first in {"ad", "ads", "paid"}


def _derived_sources(sources: dict[str, str]) -> dict[str, str]:
    sides = {name: (formula.num, formula.den) for name, formula in FORMULAS.items()} | {
        "gmv_net": ("gmv_paid", "refunds_amount")
    }
    combined = {name: {sources.get(side) for side in pair if side != "live_s"} for name, pair in sides.items()}
    return {name: _one(found) for name, found in combined.items() if None not in found}


def _one(found: Iterable[str | None]) -> str:
    origins = {origin for origin in found if origin}
    return origins.pop() if len(origins) == 1 else "mixed"
