"""Reads recorded chat and orders, JSON lines, gzipped or not, one observation after the other, without holding a file.

Chat lines are `{ts, user, text}`, order lines `{ts, user, kind: order|refund, product, amount, qty, order}`, `ts` in
seconds from the start of the recording, amounts in whole units of money.
"""

import gzip
import json
import math
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from console.core.money import MAX_MINOR

LINES_AN_ORDER = 1_000
TEXT_LIMIT = 4_000

Skip = Callable[[str, int, str], None]
"""Told the file's name, the line from 1, and why it is left out."""


class ReplayError(ValueError):
    """The file as a whole cannot be replayed; one English sentence with places for `params`."""

    def __init__(self, why: str, /, **params: Any) -> None:
        super().__init__(why.format(**params))
        self.why = why
        self.params = params


class Recording(Struct, frozen=True):
    """A file that was looked through once. `last_s` is its last instant, in seconds from its start."""

    path: Path
    kind: Literal["comments", "orders"]
    lines: int
    last_s: float

    @property
    def name(self) -> str:
        """The file's own name: part of every id."""
        return self.path.name


class Moment(Struct, frozen=True):
    """An observation without `at`, `at_s` seconds into its recording, made of `lines` lines."""

    at_s: float
    lines: int
    fields: dict[str, Any]


def open_recording(path: Path) -> Recording:
    """Look through the file. Raises ReplayError when it is no recording."""
    first, last, count = None, 0.0, 0
    for _, entry in _entries(path, lambda *_: None):
        first = first or entry
        last = max(last, entry["ts"])
        count += 1
    if first is None:
        raise ReplayError("{file} has no line with ts, user and text or an order.", file=path.name)
    return Recording(path, "comments" if "text" in first else "orders", count, last)


def moments(recording: Recording, skip: Skip) -> Iterator[Moment]:
    """The recording's observations in file order; lines that are none are told to `skip`."""
    entries = _entries(recording.path, skip)
    return _comments(recording.name, entries) if recording.kind == "comments" else _orders(recording.name, entries)


Entry = tuple[int, dict[str, Any]]


def _entries(path: Path, skip: Skip) -> Iterator[Entry]:
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        entry = _entry(line)
        if isinstance(entry, str):
            skip(path.name, number, entry)
        else:
            yield number, entry


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as plain:
            zipped = plain.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if zipped else path.open("rb") as file:
            yield from file
    except (OSError, EOFError, zlib.error):
        raise ReplayError("{file} cannot be read; it is missing or damaged.", file=path.name) from None


def _entry(line: bytes) -> dict[str, Any] | str:
    """The line's fields, or why it is none."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return "This line is not JSON."
    if not isinstance(entry, dict):
        return "This line is not a JSON object."
    if not _is_amount(entry.get("ts")) or entry["ts"] < 0:
        return "This line has no ts in seconds."
    if not _is_name(entry.get("user")):
        return "This line has no user."
    if "text" in entry:
        return entry if isinstance(entry["text"], str) else "This line's text is no text."
    return entry if _is_order_line(entry) else "This line is neither a comment nor a line of an order or refund."


def _is_order_line(entry: dict[str, Any]) -> bool:
    return (
        entry.get("kind") in ("order", "refund")
        and _is_name(entry.get("order"))
        and _is_name(entry.get("product"))
        and _is_amount(entry.get("amount"))
        and abs(entry["amount"]) * 100 <= MAX_MINOR
        and isinstance(entry.get("qty", 1), int)
    )


def _is_amount(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 200


def _comments(name: str, entries: Iterable[Entry]) -> Iterator[Moment]:
    for number, entry in entries:
        fields = {"kind": "comment", "user": entry["user"], "text": _clean(entry["text"])[:TEXT_LIMIT]}
        yield Moment(entry["ts"], 1, {"id": f"{name}:{number}", **fields})


def _clean(text: str) -> str:
    """Without what the ingest door refuses: NUL and halves of characters."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _orders(name: str, entries: Iterable[Entry]) -> Iterator[Moment]:
    """Lines of one order that follow one another are one order, paid at once."""
    for (kind, order), group in groupby(entries, key=lambda entry: (entry[1].get("kind"), entry[1].get("order"))):
        lines = list(group)
        if kind == "refund":
            yield from (_refund(name, number, entry) for number, entry in lines)
        elif kind == "order":
            for part in range(0, len(lines), LINES_AN_ORDER):
                yield from _order(name, order if not part else f"{order}+{part}", lines[part : part + LINES_AN_ORDER])


def _order(name: str, order: str, lines: list[Entry]) -> Iterator[Moment]:
    number, first = lines[0]
    fields = {"order": order, "user": first["user"], "lines": [_line(entry) for _, entry in lines]}
    yield Moment(first["ts"], len(lines), {"id": f"{name}:{number}", "kind": "order", **fields})
    yield Moment(first["ts"], 0, {"id": f"{name}:{number}:paid", "kind": "paid", **fields})


def _line(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "product": entry["product"],
        "qty": min(abs(entry.get("qty", 1)), 1_000_000),
        "amount": round(entry["amount"] * 100),
    }


def _refund(name: str, number: int, entry: dict[str, Any]) -> Moment:
    fields = {"order": entry["order"], "amount": round(abs(entry["amount"]) * 100), "lines": [_line(entry)]}
    return Moment(entry["ts"], 1, {"id": f"{name}:{number}", "kind": "refund", **fields})
