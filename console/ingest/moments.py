"""Start and end columns: clock times, offsets and full dates become durations by difference."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal

from msgspec import Struct

from console.ingest.sheets import Cell
from console.ingest.values import DAY_S, plain

Kind = Literal["instant", "clock", "two"]
LONGEST_SHOW_S = 8 * 3_600
SHORTEST_SHOW_S = 10 * 60


class Moment(Struct, frozen=True):
    """`seconds` since midnight, the show's start or 1970. Of `two` parts (`05:30`) it is mm:ss, and `as_hours` hh:mm."""

    kind: Kind
    seconds: float
    as_hours: float = 0


Moments = tuple[Moment | None, Moment | None]


def moments(cell: Cell) -> Moments:
    """The start and, for `19:00-19:10`, the end that a cell names; (None, None) when it names no moment."""
    if not isinstance(cell, str):
        return _stored(cell), None
    words = plain(cell)
    if whole := _written(words):
        return whole, None
    first, between, second = _BETWEEN.sub("\0", words, count=1).partition("\0")
    return (_written(first), _written(second)) if between else (None, None)


def _stored(cell: Cell) -> Moment | None:
    match cell:
        case datetime() if cell.year > 1900:
            return Moment("instant", (cell - _ZERO).total_seconds())
        case time():
            return Moment("clock", cell.hour * 3_600 + cell.minute * 60 + cell.second + cell.microsecond / 1e6)
        case timedelta() if 0 <= cell.total_seconds() < 2 * DAY_S:
            return Moment("clock", cell.total_seconds())
        case float() if 0 <= cell < 1:
            return Moment("clock", round(cell * DAY_S, 3))
    return None


def _written(words: str) -> Moment | None:
    if found := _DATED.fullmatch(words.strip()):
        return _dated(found)
    found = _CLOCK.fullmatch(words.strip())
    if not found or int(found["b"]) > 59 or int(found["c"] or 0) > 59:
        return None
    first, second, rest = int(found["a"]), int(found["b"]), float("0" + (found["f"] or ""))
    half = found["half"] or found["day_part"]
    hours = first * 3_600 + second * 60 + (DAY_S // 2 if half in ("pm", "下午", "晚上") and first < 12 else 0)
    if found["c"]:
        return Moment("clock", hours + int(found["c"]) + rest)
    if half:
        return Moment("clock", hours)
    if found["offset"] or found["f"]:
        return Moment("clock", first * 60 + second + rest)
    return Moment("two", first * 60 + second, hours)


def _dated(found: re.Match[str]) -> Moment | None:
    year_first = len(found["x"]) == 4
    year, day = (found["x"], found["z"]) if year_first else (found["z"], found["x"])
    try:
        moment = datetime.combine(date(int(year), int(found["y"]), int(day)), time())
    except ValueError:
        return None
    clock = int(found["h"]) * 3_600 + int(found["m"]) * 60 + int(found["s"] or 0) + float("0" + (found["f"] or ""))
    return Moment("instant", (moment - _ZERO).total_seconds() + clock)


class Reading(Struct, frozen=True):
    """Seconds on one scale; `two` says how two-part times were read, None when there were none."""

    seconds: tuple[float | None, ...]
    two: Literal["hh:mm", "mm:ss"] | None = None


def on_one_scale(found: Sequence[Moment | None]) -> Reading:
    """Moments in the order of the sheet, past midnight too. Those of the rarer kind (dates, or times) are left out."""
    dated = sum(m.kind == "instant" for m in found if m)
    keep_dates = dated * 2 > sum(m is not None for m in found)
    kept = [m if m and (m.kind == "instant") == keep_dates else None for m in found]
    two = _two_parts([m for m in kept if m])
    raw = [None if m is None else m.as_hours if m.kind == "two" and two == "hh:mm" else m.seconds for m in kept]
    return Reading(tuple(raw if keep_dates else _over_midnight(raw)), two)


def _two_parts(kept: list[Moment]) -> Literal["hh:mm", "mm:ss"] | None:
    """The reading under which the show is of a plausible length; hours when both are."""
    twos = [m for m in kept if m.kind == "two"]
    if not twos:
        return None
    if any(m.as_hours >= 30 * 3_600 for m in twos):
        return "mm:ss"
    hours = [h for h in _over_midnight([m.as_hours for m in twos]) if h is not None]
    span = max(hours) - min(hours)
    return "hh:mm" if SHORTEST_SHOW_S <= span <= LONGEST_SHOW_S or min(hours) >= 6 * 3_600 else "mm:ss"


def _over_midnight(seconds: Sequence[float | None]) -> list[float | None]:
    days, last = 0, None
    unwrapped: list[float | None] = []
    for value in seconds:
        if value is not None:
            days += DAY_S if last is not None and value < last - DAY_S / 2 else 0
            last = value
        unwrapped.append(None if value is None else value + days)
    return unwrapped


class Gap(Struct, frozen=True):
    """The time of `rows` consecutive rows together, starting with `first`."""

    first: int
    rows: int
    seconds: float | None


def gaps(starts: Sequence[float | None], ends: Sequence[float | None]) -> list[Gap]:
    """Durations by difference: to the row's own end, else to the next start; of ends alone, from the one before."""
    if not any(start is not None for start in starts):
        starts = [None, *ends[:-1]]
    at = [index for index, start in enumerate(starts) if start is not None]
    return [_gap(index, following, starts, ends) for index, following in zip(at, [*at, len(starts)][1:], strict=True)]


def _gap(index: int, following: int, starts: Sequence[float | None], ends: Sequence[float | None]) -> Gap:
    start = starts[index] or 0.0
    rows = following - index
    until = next((end for end in reversed(ends[index:following]) if end is not None), None)
    if until is None and following < len(starts):
        until = starts[following]
    seconds = None if until is None or not 0 <= until - start <= DAY_S else until - start
    return Gap(index, rows, seconds)


_ZERO = datetime.fromisoformat("1970-01-01")
_BETWEEN = re.compile(r"\s*(?:-|–|—|~|～|至|到|\bto\b)\s*")
_CLOCK = re.compile(
    r"(?P<offset>t\s*\+\s*)?(?P<day_part>上午|早上|中午|下午|晚上)?(?P<a>[0-9]{1,3})[:时点](?P<b>[0-9]{1,2})分?"
    r"(?::(?P<c>[0-9]{1,2}))?(?P<f>\.[0-9]{1,9})?\s*(?P<half>am|pm)?"
)
_DATED = re.compile(
    r"(?P<x>[0-9]{1,4})[-./年](?P<y>[0-9]{1,2})[-./月](?P<z>[0-9]{1,4})日?[ t]\s*"
    r"(?P<h>[0-9]{1,2}):(?P<m>[0-9]{1,2})(?::(?P<s>[0-9]{1,2})(?P<f>\.[0-9]{1,9})?)?(?:z|[+-][0-9]{2}:?[0-9]{2})?"
)
