"""What a cell says: durations, instants, link numbers, amounts, cues. Each function takes a cell or raises SheetError."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from typing import Literal

from msgspec import Struct

from console.core.messages import N_
from console.core.money import SIGNS, Currency, marks
from console.core.strict import shorten
from console.ingest.problems import SheetError
from console.ingest.sheets import Cell

Unit = Literal["s", "m", "h"]
DAY_S = 86_400
UNIT_S: dict[Unit, int] = {"h": 3_600, "m": 60, "s": 1}
FRACTION_OF_DAY = 1 / 6
"""A number below it is a spreadsheet's time (0.0035 = 5 min), whatever unit the header names."""


class Span(Struct, frozen=True):
    """A duration in seconds, with its bounds when the cell gives a range; `bare` when it names no unit."""

    seconds: float
    low: float | None = None
    high: float | None = None
    bare: bool = False


def text(cell: Cell) -> str:
    """The cell as a person would type it."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, timedelta):
        return clock_text(cell.total_seconds())
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 10**15:
        return str(int(cell))
    return "" if cell is None else str(cell).strip().removesuffix(" 00:00:00")


def clock_text(seconds: float) -> str:
    """`3661` → `1:01:01`."""
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def plain(words: str) -> str:
    """Full-width forms made narrow, lower case, no outer space."""
    return unicodedata.normalize("NFKC", words).strip().lower()


def duration(cell: Cell, unit: Unit | None = None) -> Span | None:
    """`00:05:00` `mm:ss.mmm` `5m` `5分钟` `1小时30分` `5-8分钟` `90`, a spreadsheet's time or fraction of a day; None when empty."""
    if cell is None or cell == "":
        return None
    span = _duration(cell, unit)
    if span is None or not 0 <= span.seconds <= DAY_S or (span.high or 0) > DAY_S:
        raise SheetError(N_("“{text}” is no duration; write it like 00:05:00, 5m or 5分钟."), text=shorten(text(cell)))
    return span


def _duration(cell: Cell, unit: Unit | None) -> Span | None:
    if isinstance(cell, str):
        return _written(plain(cell), unit)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _number(float(cell), unit)
    stored = _stored(cell)
    return None if stored is None else Span(stored)


def _stored(cell: Cell) -> float | None:
    """Seconds of a spreadsheet's time; beyond a day it comes as a date of 1900."""
    match cell:
        case timedelta():
            return cell.total_seconds()
        case time():
            return _of_day(cell)
        case datetime() if cell.year <= 1900:
            return (cell - _DAY_ZERO).total_seconds()
    return None


def _number(value: float, unit: Unit | None) -> Span:
    if 0 < value < FRACTION_OF_DAY:
        return Span(value * DAY_S)
    return Span(value * UNIT_S[unit or "s"], bare=unit is None and value != 0)


def _written(words: str, unit: Unit | None) -> Span | None:
    words = re.sub(r"^(约|大约|大概|预计|~|≈|about )\s*|\s*(左右|以内)$", "", words)
    if span := _single(words, unit):
        return span
    low, found, high = _RANGE.sub("\0", words, count=1).partition("\0")
    upper = _single(high.strip(), unit) if found else None
    lower = _single(low.strip(), _unit_of(high) or unit) if upper else None
    if not upper or not lower or lower.seconds > upper.seconds:
        return None
    return Span((lower.seconds + upper.seconds) / 2, lower.seconds, upper.seconds, bare=upper.bare)


def _unit_of(words: str) -> Unit | None:
    found = _UNITS.fullmatch(words.strip())
    return next((unit for unit in UNIT_S if found and found[unit]), None)


def _single(words: str, unit: Unit | None) -> Span | None:
    if found := _CLOCK.fullmatch(words):
        return _clock(found)
    if _PLAIN_NUMBER.fullmatch(words):
        return _number(float(words), unit)
    if words == "半小时":
        return Span(1_800)
    return _units(words)


def _clock(found: re.Match[str]) -> Span | None:
    first, second, third, rest = found["a"], found["b"], found["c"], float("0" + (found["f"] or "").replace(",", "."))
    if int(second) > 59 or int(third or 0) > 59:
        return None
    if third is None:
        return Span(int(first) * 60 + int(second) + rest)
    return Span(int(first) * 3600 + int(second) * 60 + int(third) + rest)


def _units(words: str) -> Span | None:
    found = _UNITS.fullmatch(words)
    if not found or not words:
        return None
    parts = [(found["h"], 3_600), (found["m"], 60), (found["s"], 1)]
    seconds = sum(numeral(amount) * size for amount, size in parts if amount)
    smallest = next((size for amount, size in reversed(parts) if amount), None)
    if smallest is None:
        return None
    return Span(seconds + (smallest / 2 if found["half"] else 0) + numeral(found["rest"] or "0") * smallest / 60)


def numeral(words: str) -> float:
    """`5` `1.5` `五` `十二` `三十` → a number, below a hundred when in Chinese numerals."""
    if _PLAIN_NUMBER.fullmatch(words):
        return float(words)
    tens, ten, ones = words.rpartition("十")
    if not ten:
        return _NUMERALS[words]
    return (_NUMERALS[tens] if tens else 1) * 10 + (_NUMERALS[ones] if ones else 0)


def links(cell: Cell) -> tuple[str, ...]:
    """`1,4,7` `1号链接` `1-3` `链接5、6` → link numbers or product ids, each once, as texts."""
    if isinstance(cell, date):
        return tuple(str(n) for n in range(cell.month, cell.day + 1)) or (str(cell.month), str(cell.day))
    found: dict[str, None] = {}
    for part in re.split(r"[,;、/\n]+|(?<=\d)\s+(?=\d)", plain_case(text(cell))):
        found.update(dict.fromkeys(_link(part.strip())))
    return tuple(found)


def plain_case(words: str) -> str:
    """Full-width forms made narrow; the case stays, for ids."""
    return unicodedata.normalize("NFKC", words).strip()


def _link(part: str) -> list[str]:
    bare = _LINK_WORDS.sub("", part).strip()
    if found := _LINK_RANGE.fullmatch(bare):
        first, last = int(found[1]), int(found[2])
        return [str(n) for n in range(first, last + 1)] if first <= last < first + 100 else [part]
    if bare.isascii() and bare.isdigit() and len(bare) < 7:
        return [str(int(bare))]
    return [part] if part else []


def amount(cell: Cell, currency: Currency) -> int:
    """`5万` `¥1,234.50` `20k` `300` → hundredths of it, as money in minor units of `currency`: no other sign is taken."""
    words = plain(text(cell)).replace(",", "").removesuffix("人").strip()
    found = _AMOUNT.fullmatch(_unmarked(words, marks(currency)))
    if not found and _names_another(words):
        why = N_("“{text}” names another currency; amounts are in {currency} here.")
        raise SheetError(why, text=shorten(text(cell)), currency=currency)
    if not found:
        raise SheetError(N_("“{text}” is no amount; write it like 12000, 1.2万 or 12k."), text=shorten(text(cell)))
    return round(float(found[1]) * _FACTORS[found[2] or ""] * 100)


def _unmarked(words: str, beside: tuple[str, ...]) -> str:
    for mark in beside:
        if words.startswith(mark) or words.endswith(mark):
            return words.removeprefix(mark).removesuffix(mark).strip()
    return words


def _names_another(words: str) -> bool:
    return any(_AMOUNT.fullmatch(_unmarked(words, (mark,))) for mark in _MARKS) or any(
        unicodedata.category(character) == "Sc" for character in words
    )


def cue(line: str) -> tuple[int, str]:
    """`T+90s 发券` → (90, "发券"); without an offset it is due when the row starts."""
    found = _CUE.match(plain_case(line))
    span = _duration(found["at"].strip(" :."), None) if found else None
    if not found or span is None or not found["text"].strip():
        return 0, line.strip()
    return round(span.seconds), found["text"].strip()


def _of_day(moment: time) -> float:
    return moment.hour * 3_600 + moment.minute * 60 + moment.second + moment.microsecond / 1_000_000


_MARKS = tuple(mark for currency in SIGNS for mark in marks(currency))
_DAY_ZERO = datetime.fromisoformat("1899-12-31")
_NUMERALS = {name: n for n, name in enumerate("零一二三四五六七八九")} | {"两": 2, "半": 0.5}
_NAMES: dict[Unit, str] = {
    "h": r"(?:hours?|hrs?|h|个?小时|个?钟头|时)",
    "m": r"(?:minutes?|mins?|m|分钟?|′|')",
    "s": r"(?:seconds?|secs?|s|秒钟?|″|\"|'')",
}
_AMOUNT_OF = (
    r"(?:[0-9]{1,6}(?:\.[0-9]{1,6})?|半|[零一二两三四五六七八九]?十?[零一二两三四五六七八九]|[二三四五六七八九]?十)"
)
_UNITS = re.compile(
    rf"(?:(?P<h>{_AMOUNT_OF})\s*{_NAMES['h']}\s*)?(?:(?P<m>{_AMOUNT_OF})\s*{_NAMES['m']}\s*)?"
    rf"(?:(?P<s>{_AMOUNT_OF})\s*{_NAMES['s']}\s*)?(?:(?P<half>半)|(?P<rest>[0-9]{{1,2}}))?"
)
_PLAIN_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,18})?")
_CLOCK = re.compile(r"(?P<a>[0-9]{1,3}):(?P<b>[0-9]{1,2})(?::(?P<c>[0-9]{1,2}))?(?P<f>[.,][0-9]{1,9})?")
_RANGE = re.compile(r"\s*(?:-|–|—|~|～|至|到|to)\s*")
_LINK_WORDS = re.compile(r"(?i)^(?:链接|link|no\.?|#|第)\s*|\s*(?:号|#)?\s*(?:链接|link|品|商品)?$")
_LINK_RANGE = re.compile(r"([0-9]{1,5})\s*号?\s*[-~–—至到]\s*([0-9]{1,5})")
_AMOUNT = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)\s*(万|w|千|k|亿|m)?")
_FACTORS = {"": 1, "千": 1_000, "k": 1_000, "万": 10_000, "w": 10_000, "m": 1_000_000, "亿": 100_000_000}
_CUE = re.compile(
    r"(?i)(?:t\s*\+\s*(?P<t>)|(?=[0-9]+\s*(?::|分|秒|min|m\b|s\b|sec)))"
    r"(?P<at>[0-9:.]+\s*(?:分钟?|秒|min|m(?![a-z])|sec|s(?![a-z]))?(?:\s*[0-9]+\s*秒)?)\s*[:,\-–]?\s*(?P<text>.+)",
)
