"""The metric dictionary: every ratio with its numerator and denominator, computed alike live and in the recap.

PV are entries, UV distinct people in the show. Money is in minor units, `_s` seconds.
"""

from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import asdict

from console.core.money import Ratio, ratio


class Counts(Struct, frozen=True, kw_only=True):
    """What was counted; None is unknown, never 0."""

    online: int | None = None
    pcu: int | None = None
    online_sum: int | None = None
    """Σ of the one-minute samples of online viewers, and how many minutes had one."""
    online_minutes: int | None = None
    impressions_uv: int | None = None
    entries_pv: int | None = None
    entries_uv: int | None = None
    exposures_uv: int | None = None
    clicks_uv: int | None = None
    carts_uv: int | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    follows: int | None = None
    interactions: int | None = None
    """Distinct people who liked, commented, shared or followed."""
    new_followers: int | None = None
    """Of `non_followers`, the viewers known not to have followed before, those who followed in the show."""
    non_followers: int | None = None
    watch_s: int | None = None
    orders_created: int | None = None
    orders_created_uv: int | None = None
    gmv_created: int | None = None
    orders_paid: int | None = None
    buyers: int | None = None
    units: int | None = None
    gmv_paid: int | None = None
    orders_unpaid: int | None = None
    """Created, neither paid nor cancelled."""
    gmv_unpaid: int | None = None
    orders_cancelled: int | None = None
    refunds_orders: int | None = None
    refunds_amount: int | None = None
    refunds_other: int | None = None
    """Amount refunded for orders this show has no payment of; never taken from its sales."""
    ad_spend: int | None = None
    ad_gmv: int | None = None
    """Paid GMV of the channels that ad spend was reported for."""
    live_s: int | None = None


COUNTERS: tuple[str, ...] = tuple(name for name in Counts.__struct_fields__ if name != "live_s")


class Formula(NamedTuple):
    """`num / den * factor`, both names of `Counts`."""

    num: str
    den: str
    factor: int = 1


FORMULAS: dict[str, Formula] = {
    "entry_rate": Formula("entries_uv", "impressions_uv"),
    "exposure_rate": Formula("exposures_uv", "entries_uv"),
    "click_rate": Formula("clicks_uv", "exposures_uv"),
    "cart_rate": Formula("carts_uv", "clicks_uv"),
    "create_rate": Formula("orders_created_uv", "clicks_uv"),
    "pay_rate": Formula("buyers", "orders_created_uv"),
    "view_to_buy": Formula("buyers", "entries_uv"),
    "interaction_rate": Formula("interactions", "entries_uv"),
    "follow_rate": Formula("new_followers", "non_followers"),
    "average_watch_s": Formula("watch_s", "entries_uv"),
    "acu": Formula("online_sum", "online_minutes"),
    "gpm": Formula("gmv_paid", "entries_pv", 1000),
    "uv_value": Formula("gmv_paid", "entries_uv"),
    "per_buyer": Formula("gmv_paid", "buyers"),
    "per_order": Formula("gmv_paid", "orders_paid"),
    "per_unit": Formula("gmv_paid", "units"),
    "density": Formula("gmv_paid", "live_s", 60),
    "opm": Formula("orders_paid", "live_s", 60),
    "refund_rate_orders": Formula("refunds_orders", "orders_paid"),
    "refund_rate_amount": Formula("refunds_amount", "gmv_paid"),
    "roi": Formula("ad_gmv", "ad_spend"),
}


class Metrics(Counts, frozen=True, kw_only=True):
    """Counts and what follows from them."""

    gmv_net: int | None
    entry_rate: Ratio
    exposure_rate: Ratio
    click_rate: Ratio
    cart_rate: Ratio
    create_rate: Ratio
    pay_rate: Ratio
    view_to_buy: Ratio
    interaction_rate: Ratio
    follow_rate: Ratio
    average_watch_s: Ratio
    acu: Ratio
    gpm: Ratio
    uv_value: Ratio
    per_buyer: Ratio
    per_order: Ratio
    per_unit: Ratio
    density: Ratio
    opm: Ratio
    refund_rate_orders: Ratio
    refund_rate_amount: Ratio
    roi: Ratio


MONEY_METRICS: frozenset[str] = frozenset(
    {"gmv_created", "gmv_paid", "gmv_net", "gmv_unpaid", "refunds_amount", "refunds_other", "ad_spend", "ad_gmv"}
    | {"gpm", "uv_value", "per_buyer", "per_order", "per_unit", "density"}
)
"""Names whose values are minor units."""


def derive(counts: Counts) -> Metrics:
    """Every metric of the dictionary; a ratio with an unknown side or a zero denominator has value None."""
    known: dict[str, Any] = asdict(counts)
    ratios = {name: ratio(known[f.num], known[f.den], f.factor) for name, f in FORMULAS.items()}
    return Metrics(**(known | ratios), gmv_net=minus(counts.gmv_paid, counts.refunds_amount))


def minus(whole: int | None, part: int | None) -> int | None:
    """The difference when both are known."""
    return None if whole is None or part is None else whole - part
