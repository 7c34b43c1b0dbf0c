"""The numbers as screens show them. Windows end at the newest row that moved them, so no view needs a clock."""

from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from console.core.money import Ratio, ratio
from console.core.slice import Header, Viewer
from console.core.time import to_rfc3339
from console.metrics.counts import Counted, counted, is_paid, live_s, now_ms
from console.metrics.fold import MINUTE_MS, State
from console.metrics.formulas import Metrics, derive
from console.metrics.funnel import Step, steps, worst
from console.metrics.windows import Points, Span, course, flow, grid, online_at, online_course, rate_within

FIVE_MINUTES_MS = 5 * MINUTE_MS
MAX_CHANNELS = 12
GMV_TARGETS = ("gmv_paid", "gmv")


class Numbers(Struct, frozen=True):
    """All metrics of a show at its newest row, with the source of each."""

    metrics: Metrics
    sources: dict[str, str]


class Trend(Struct, frozen=True):
    """A rate over the last window and the one before; `change` in percent, None when either is unknown."""

    now: float | None
    before: float | None
    change: int | None
    source: str = ""


class StripView(Struct, frozen=True, kw_only=True):
    """Five minutes at a glance; `entries`, `gmv` per minute, `click_to_pay` paid orders per product click."""

    entries: Trend
    online: Trend
    gmv: Trend
    click_to_pay: Ratio
    click_to_pay_before: Ratio
    newest_at: int | None


class Channel(Struct, frozen=True):
    """`name` is empty when entries and orders named none."""

    name: str
    paid: bool
    entries: int
    orders: int
    gmv: int


class BoardView(Struct, frozen=True, kw_only=True):
    metrics: Metrics
    sources: dict[str, str]
    target: int | None
    expected: int | None
    """What the target asks for by now, when the planned rows say how long the show is."""
    pace: Ratio
    online: Trend
    entries: Trend
    gpm_5min: Ratio
    worst: Step | None
    channels: tuple[Channel, ...]
    newest_at: int | None
    currency: str


class FunnelView(Struct, frozen=True):
    steps: tuple[Step, ...]
    worst: str | None


class CurvesView(Struct, frozen=True, kw_only=True):
    """Series of equal length, one point per `step_s` from the show's start."""

    started_at: int | None
    step_s: int
    minutes: Points
    online: Points
    entries: Points
    gmv: Points
    orders: Points
    comments: Points
    clicks: Points


def numbers(show: Any) -> Numbers:
    """Every metric of the show now."""
    known = count(show)
    return Numbers(derive(known.counts), known.sources)


def count(show: Any) -> Counted:
    """The counters of the show now."""
    state: State = show.states["metrics"]
    return counted(state, live_s(state, show.header))


def snapshot(show: Any, _viewer: Viewer) -> dict[str, Any]:
    """The snapshot's `metrics`: every name, `sources` by name, and instants in RFC 3339."""
    known = numbers(show)
    state: State = show.states["metrics"]
    ages = {feed: to_rfc3339(at) for feed, at in sorted(state.newest.items())}
    values = {name: _plain(value) for name, value in asdict(known.metrics).items()}
    return values | {
        "sources": known.sources,
        "feeds": ages,
        "newest_at": to_rfc3339(state.newest_at),
        "as_of": to_rfc3339(state.at_ms) if state.at_ms else None,
    }


def _plain(value: Any) -> Any:
    return asdict(value) if isinstance(value, Ratio) else value


def last(show: Any, length_ms: int) -> Span:
    """The newest window of a show."""
    until = now_ms(show.states["metrics"], show.header)
    return Span(until - length_ms, until)


def trend(show: Any, counter: str, span: Span) -> Trend:
    """Per minute within the span, and within the one before."""
    state: State = show.states["metrics"]
    flows = [flow(state, counter, cut, show.header.started_at) for cut in (span, span.before())]
    now, before = (gain.per_minute if gain else None for gain in flows)
    return Trend(now, before, change(now, before), _source(state, counter) if flows[0] else "")


def online_trend(show: Any, span: Span) -> Trend:
    """Viewers now, against the mean of the window before."""
    known = count(show)
    before = online_at(show.states["metrics"], span.before())
    now = known.counts.online
    return Trend(now, before, change(now, before), known.sources.get("online", ""))


def _source(state: State, counter: str) -> str:
    reading = state.readings.newest.get(counter)
    return reading.origin if reading else "events"


def change(now: float | None, before: float | None) -> int | None:
    """Percent more or less than before."""
    return None if now is None or not before else round((now - before) * 100 / before)


def strip(show: Any, _viewer: Viewer) -> StripView:
    """The controller's strip."""
    state: State = show.states["metrics"]
    span = last(show, FIVE_MINUTES_MS)
    return StripView(
        entries=trend(show, "entries_pv", span),
        online=online_trend(show, span),
        gmv=trend(show, "gmv_paid", span),
        click_to_pay=click_to_pay(show, span),
        click_to_pay_before=click_to_pay(show, span.before()),
        newest_at=state.newest_at,
    )


def click_to_pay(show: Any, span: Span) -> Ratio:
    """Orders paid per product click within the span; counts, not people."""
    return rate_within(show.states["metrics"], ("orders_paid", "clicks"), span, show.header.started_at)


def board(show: Any, _viewer: Viewer) -> BoardView:
    """The metrics screen's first block."""
    known = numbers(show)
    state: State = show.states["metrics"]
    span = last(show, FIVE_MINUTES_MS)
    target = gmv_target(show.header)
    expected = expected_by_now(target, planned_s(state), known.metrics.live_s)
    return BoardView(
        metrics=known.metrics,
        sources=known.sources,
        target=target,
        expected=expected,
        pace=ratio(known.metrics.gmv_paid, expected),
        online=online_trend(show, span),
        entries=trend(show, "entries_pv", span),
        gpm_5min=rate_within(state, ("gmv_paid", "entries_pv"), span, show.header.started_at, 1000),
        worst=worst(steps(known.metrics), show.header.targets),
        channels=channels(state),
        newest_at=state.newest_at,
        currency=show.header.currency,
    )


def gmv_target(header: Header) -> int | None:
    """The show's target of paid GMV, minor units."""
    return next((header.targets[name] for name in GMV_TARGETS if name in header.targets), None)


def planned_s(state: State) -> int:
    """Planned length of all rows."""
    return sum(seconds or 0 for seconds in state.planned_s.values())


def expected_by_now(target: int | None, planned: int, lasted_s: int | None) -> int | None:
    """The target's even share of the planned time that has passed."""
    if target is None or not planned or lasted_s is None:
        return None
    return target * min(lasted_s, planned) // planned


def channels(state: State) -> tuple[Channel, ...]:
    """Paid and natural traffic, the greatest sales first."""
    sales, entries = state.orders.channels, state.crowd.channel_entries
    names = sales.keys() | entries.keys()
    found = [Channel(n or "", is_paid(state, n), entries.get(n, 0), *sales.get(n, (0, 0))) for n in names]
    ranked = sorted(found, key=lambda one: (-one.gmv, -one.entries, one.name))
    return tuple(ranked[:MAX_CHANNELS])


def funnel(show: Any, _viewer: Viewer) -> FunnelView:
    """Each step's people over the step before."""
    found = steps(numbers(show).metrics)
    weakest = worst(found, show.header.targets)
    return FunnelView(found, weakest.name if weakest else None)


def curves(show: Any, _viewer: Viewer) -> CurvesView:
    """The show's course from its start; empty before."""
    state: State = show.states["metrics"]
    header: Header = show.header
    if header.started_at is None:
        return CurvesView(
            started_at=None, step_s=60, minutes=(), online=(), entries=(), gmv=(), orders=(), comments=(), clicks=()
        )
    over = grid(header.started_at, now_ms(state, header))
    step_s = over.step_ms // 1000
    return CurvesView(
        started_at=header.started_at,
        step_s=step_s,
        minutes=tuple(index * step_s // 60 for index in range(over.points)),
        online=online_course(state, over),
        entries=course(state, "entries_pv", over),
        gmv=course(state, "gmv_paid", over),
        orders=course(state, "orders_paid", over),
        comments=course(state, "comments", over),
        clicks=course(state, "clicks", over),
    )
