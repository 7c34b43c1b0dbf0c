"""The quarter-hour call-out: what the numbers are, how they moved, and one thing to do. Its words are the template's."""

from typing import Any, Literal

from msgspec import Struct

from console.core.money import Ratio
from console.core.slice import Viewer
from console.metrics.fold import MINUTE_MS, State
from console.metrics.formulas import Metrics
from console.metrics.views import Trend, board, click_to_pay, last, online_trend, trend
from console.metrics.windows import rate_within

QUARTER_MS = 15 * MINUTE_MS
SILENT_MS = 3 * MINUTE_MS
FALLING_PERCENT = -30
BEHIND = 0.9
UNPAID_SHARE = 0.2

Advice = Literal["check_feed", "push_to_pay", "bring_people", "show_product", "remind_unpaid", "catch_up", "keep_going"]


class CalloutView(Struct, frozen=True, kw_only=True):
    """Rates are per minute over a quarter of an hour, with the quarter before; `at` is the window's end."""

    at: int
    gmv_paid: int | None
    pace: Ratio
    gmv: Trend
    entries: Trend
    online: Trend
    orders: Trend
    gpm: Ratio
    click_to_pay: Ratio
    click_to_pay_before: Ratio
    unpaid: int | None
    newest_at: int | None
    advice: Advice


def callout(show: Any, viewer: Viewer) -> CalloutView:
    """The call-out as of the show's newest row."""
    state: State = show.states["metrics"]
    span = last(show, QUARTER_MS)
    overview = board(show, viewer)
    draft = CalloutView(
        at=span.until - span.until % MINUTE_MS,
        gmv_paid=overview.metrics.gmv_paid,
        pace=overview.pace,
        gmv=trend(show, "gmv_paid", span),
        entries=trend(show, "entries_pv", span),
        online=online_trend(show, span),
        orders=trend(show, "orders_paid", span),
        gpm=rate_within(state, ("gmv_paid", "entries_pv"), span, show.header.started_at, 1000),
        click_to_pay=click_to_pay(show, span),
        click_to_pay_before=click_to_pay(show, span.before()),
        unpaid=overview.metrics.orders_unpaid,
        newest_at=state.newest_at,
        advice="keep_going",
    )
    return _advised(draft, overview.metrics, span.until)


def _advised(draft: CalloutView, metrics: Metrics, now: int) -> CalloutView:
    fields = {name: getattr(draft, name) for name in CalloutView.__struct_fields__}
    return CalloutView(**(fields | {"advice": advise(draft, metrics, now)}))


def advise(seen: CalloutView, metrics: Metrics, now: int) -> Advice:
    """The first rule that holds; numbers that do not move any more come before everything else."""
    rules: tuple[tuple[bool, Advice], ...] = (
        (seen.newest_at is None or now - seen.newest_at > SILENT_MS, "check_feed"),
        (_fell(seen.click_to_pay, seen.click_to_pay_before), "push_to_pay"),
        (_falling(seen.entries), "bring_people"),
        (_falling(seen.gmv), "show_product"),
        (_share(metrics.orders_unpaid, metrics.orders_created) >= UNPAID_SHARE, "remind_unpaid"),
        (seen.pace.value is not None and seen.pace.value < BEHIND, "catch_up"),
    )
    return next((advice for holds, advice in rules if holds), "keep_going")


def _falling(seen: Trend) -> bool:
    return seen.change is not None and seen.change <= FALLING_PERCENT


def _fell(now: Ratio, before: Ratio) -> bool:
    if now.value is None or not before.value:
        return False
    return now.value <= before.value * (1 + FALLING_PERCENT / 100)


def _share(part: int | None, whole: int | None) -> float:
    return part / whole if part and whole else 0.0
