"""Numbers cut by time: what came in within a window, and the course of a show minute by minute. No clock in here."""

from typing import NamedTuple

from console.core.money import Ratio, ratio
from console.metrics.fold import MINUTE_MS, State
from console.metrics.readings import SLOT_MS, Reading

MAX_MINUTES = 24 * 60
MAX_POINTS = 240
"""A longer show's curves get coarser instead of longer."""

Points = tuple[int | None, ...]


class Flow(NamedTuple):
    """`amount` came in within `span_ms`."""

    amount: int
    span_ms: int

    @property
    def per_minute(self) -> float:
        """Rounded to a tenth."""
        return round(self.amount * MINUTE_MS / self.span_ms, 1)


class Span(NamedTuple):
    """From, exclusive, to, inclusive: epoch ms, in whole slots."""

    since: int
    until: int

    def before(self) -> "Span":
        """The window of the same length right before."""
        return Span(2 * self.since - self.until, self.since)


def flow(state: State, counter: str, span: Span, started_at: int | None) -> Flow | None:
    """What a counter gained within the span, from its own source; None when that cannot be told.

    Dashboards tell it only between two of their figures, or from nothing at the show's start.
    """
    if counter in state.readings.newest:
        return _between_readings(state, counter, span, started_at)
    curve = curve_of(state, counter)
    since = max(span.since, started_at) if started_at is not None else span.since
    if curve is None or span.until <= since:
        return None
    slots = range(span.since // SLOT_MS + 1, span.until // SLOT_MS + 1)
    return Flow(sum(curve.get(slot, 0) for slot in slots), max(SLOT_MS, span.until - since))


def _between_readings(state: State, counter: str, span: Span, started_at: int | None) -> Flow | None:
    last = state.readings.at(counter, span.until)
    first = state.readings.at(counter, span.since)
    if last is None or last == first:
        return None
    if first is not None:
        return Flow(last.value - first.value, max(SLOT_MS, last.at - first.at))
    if started_at is None or span.since > started_at:
        return None
    return Flow(last.value, max(SLOT_MS, last.at - started_at))


def curve_of(state: State, counter: str) -> dict[int, int] | None:
    """Slot → amount from single events; None when the room never reported any."""
    if counter in state.crowd.curves:
        return state.crowd.curves[counter]
    if counter in state.orders.curves:
        return state.orders.curves[counter]
    reported = {"orders_paid": {"Order", "Paid"}, "gmv_paid": {"Order", "Paid"}}.get(counter, set())
    return {} if state.orders.kinds & reported else None


def rate_within(state: State, names: tuple[str, str], span: Span, started_at: int | None, factor: int = 1) -> Ratio:
    """One counter's gain over another's, within the same span."""
    num, den = (flow(state, name, span, started_at) for name in names)
    return ratio(num.amount if num else None, den.amount if den else None, factor)


class Grid(NamedTuple):
    """A show's time from its start in `points` steps of `step_ms`."""

    start: int
    step_ms: int
    points: int

    def place(self, at: int, lasting_ms: int = 1) -> int | None:
        """Index of the step an instant falls into; a slot or minute that reaches over the start counts as its first."""
        index = (max(at, self.start) - self.start) // self.step_ms
        return index if at + lasting_ms > self.start and index < self.points else None


def grid(started_at: int, until: int) -> Grid:
    """Minutes, or as few more as keep the show within MAX_POINTS; at most 24 hours."""
    minutes = min(MAX_MINUTES, max(0, until - started_at) // MINUTE_MS + 1)
    step = -(-minutes // MAX_POINTS)
    return Grid(started_at, step * MINUTE_MS, -(-minutes // step))


def course(state: State, counter: str, over: Grid) -> Points:
    """Gain per step; None throughout when unknown, and between the figures of a dashboard."""
    if counter in state.readings.newest:
        return _course_of_readings(state.readings.course[counter], over)
    curve = curve_of(state, counter)
    if curve is None:
        return (None,) * over.points
    gains = [0] * over.points
    for slot, amount in curve.items():
        place = over.place(slot * SLOT_MS, SLOT_MS)
        if place is not None:
            gains[place] += amount
    return tuple(gains)


def _course_of_readings(readings: dict[int, Reading], over: Grid) -> Points:
    gains: list[int | None] = [None] * over.points
    before = 0
    for slot in sorted(readings):
        place = over.place(readings[slot].at)
        if place is not None:
            gains[place] = (gains[place] or 0) + readings[slot].value - before
        before = readings[slot].value
    return tuple(gains)


def online_course(state: State, over: Grid) -> Points:
    """Mean online viewers per step, from single reports where there are any, else from dashboards."""
    sums = [0] * over.points
    counts = [0] * over.points
    for at, value in _online_samples(state):
        place = over.place(at, MINUTE_MS)
        if place is not None:
            sums[place] += value
            counts[place] += 1
    return tuple(total // count if count else None for total, count in zip(sums, counts, strict=True))


def _online_samples(state: State) -> list[tuple[int, int]]:
    if state.online:
        return [(minute * MINUTE_MS, sample.mean) for minute, sample in state.online.items()]
    return [(reading.at, reading.value) for reading in state.readings.course.get("online", {}).values()]


def online_at(state: State, span: Span) -> int | None:
    """Mean online viewers over the minutes that began within the span."""
    within = [value for at, value in _online_samples(state) if span.since < at <= span.until]
    return sum(within) // len(within) if within else None
