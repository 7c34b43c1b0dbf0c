"""The observations door: one body of many observations, each kept or rejected on its own."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from msgspec import Struct

from console.core.money import Currency
from console.core.observations import AdSpend, AnyObservation, Order, Paid, Refund, Sample
from console.core.strict import ContentError, StrictError, convert, examine, loads, no_json, shorten, value_at
from console.core.time import from_wire
from console.limits import OBSERVATIONS_A_CALL

AHEAD_LIMIT_MS = 60_000
"""How far a source's clock may run before ours; anything later is a mistake, not a clock."""

NOT_FROM_THE_WIRE = frozenset({"simulated", "hold", "question", "manual"})
"""Fields that only this program sets: a verdict or a mark that a stranger wrote would be worth nothing."""

IN_MONEY = (Order, Paid, Refund, AdSpend, Sample)
"""Kinds that may say the `currency` of their amounts. It is compared and not kept: a show has but one."""
_IN_MONEY = frozenset(str(kind.__struct_config__.tag) for kind in IN_MONEY)

SLICE_ITEMS = 250
SLICE_CHARS = 100_000
"""What is read in a few milliseconds."""
Placed = tuple[Any, int]
"""A loaded item and where it ends in the body."""


class Door(Struct, frozen=True):
    """What an observation is held against: the clock (epoch ms) and the currency of the show."""

    now_ms: int
    currency: Currency


class Rejected(Struct, frozen=True):
    """Item `index` (0-based, blank lines not counted) is not taken; `why` is a gettext id with places for `params`."""

    index: int
    why: str
    params: dict[str, Any] = {}


class Received(Struct, frozen=True):
    """What a body held: good observations with their index in it, and the rejected ones."""

    items: tuple[tuple[int, AnyObservation], ...]
    rejected: tuple[Rejected, ...]


def read_observations(raw: bytes, door: Door) -> Received:
    """A JSON array, `{"items": […]}` or NDJSON → its observations, checked one by one.

    Raises StrictError when the body as a whole cannot be understood or holds more than OBSERVATIONS_A_CALL items.
    """
    return joined(read_in_slices(raw, door))


def read_in_slices(raw: bytes, door: Door) -> Iterator[Received]:
    """As `read_observations`, so many at a time that a caller can do something else in between."""
    index = 0
    for values in _slices(_values(raw)):
        yield _checked(values, index, door)
        index += len(values)
        if index > OBSERVATIONS_A_CALL:
            raise StrictError(
                "A batch holds at most {limit} observations; send them in parts.", limit=OBSERVATIONS_A_CALL
            )


def joined(slices: Iterable[Received]) -> Received:
    """All slices of one body as one."""
    parts = list(slices)
    items = chain.from_iterable(part.items for part in parts)
    return Received(tuple(items), tuple(chain.from_iterable(part.rejected for part in parts)))


def _checked(values: Sequence[Any], first: int, door: Door) -> Received:
    """Mostly all are good, and converting them together takes a third of the time."""
    try:
        good = convert([_plain(value, door) for value in values], _OBSERVATIONS)
    except StrictError:
        return _checked_one_by_one(values, first, door)
    return Received(tuple(enumerate(good, first)), ())


def _checked_one_by_one(values: Sequence[Any], first: int, door: Door) -> Received:
    good: list[tuple[int, AnyObservation]] = []
    rejected: list[Rejected] = []
    for index, value in enumerate(values, first):
        try:
            good.append((index, observation(value, door)))
        except StrictError as error:
            rejected.append(Rejected(index, error.why, error.params))
    return Received(tuple(good), tuple(rejected))


def observation(value: Any, door: Door) -> AnyObservation:
    """One loaded item as an observation, `at` in epoch ms. Raises StrictError saying which field is wrong."""
    found: AnyObservation = convert(_plain(value, door), AnyObservation)
    return found


def _plain(value: Any, door: Door) -> dict[str, Any]:
    if isinstance(value, StrictError):
        raise value
    if not isinstance(value, dict):
        raise StrictError("An observation is an object with kind, source, id and at.")
    if not NOT_FROM_THE_WIRE.isdisjoint(value):
        raise StrictError("The field {place} is not known here.", place=min(NOT_FROM_THE_WIRE & value.keys()))
    told = _in_currency(value, door.currency) if "currency" in value else value
    at = told.get("at")
    if type(at) is int and 0 <= at <= door.now_ms:
        return told
    return told | _instant(told, door.now_ms)


def _in_currency(value: dict[str, Any], expected: Currency) -> dict[str, Any]:
    if str(value.get("kind")) not in _IN_MONEY:
        return value
    said = value["currency"]
    if said != expected:
        raise StrictError(
            "The amounts are in {said}, but this show is in {currency}.", said=shorten(str(said)), currency=expected
        )
    return {name: field for name, field in value.items() if name != "currency"}


def _instant(value: dict[str, Any], now_ms: int) -> dict[str, int]:
    at = value.get("at")
    if isinstance(at, bool) or not isinstance(at, int | str):
        return {}
    try:
        at_ms = from_wire(at)
    except (ValueError, OverflowError):
        raise StrictError("at must be an RFC 3339 time with its offset, or milliseconds since 1970.") from None
    if at_ms > now_ms + AHEAD_LIMIT_MS:
        raise StrictError("at is more than {seconds} s in the future; check the clock.", seconds=AHEAD_LIMIT_MS // 1000)
    return {"at": at_ms}


def _slices(values: Iterator[Placed]) -> Iterator[list[Any]]:
    """Cut after so many items or characters, never empty."""
    taken: list[Any] = []
    since = 0
    for value, end in values:
        taken.append(value)
        if len(taken) >= SLICE_ITEMS or end - since > SLICE_CHARS:
            yield taken
            taken, since = [], end
    if taken:
        yield taken


def _values(raw: bytes) -> Iterator[Placed]:
    """Loaded items; one that cannot be loaded stands as its StrictError."""
    opening = _LIST.match(raw)
    return _listed(raw, bool(opening["items"])) if opening else _lines(raw)


def _listed(raw: bytes, wrapped: bool) -> Iterator[Placed]:
    """Item after item, so that one with refused content is the only one lost."""
    examined = examine(raw)
    text = examined.text
    at = _past_space(text, text.index("[") + 1)
    more = text[at : at + 1] != "]"
    at += not more
    while more:
        value, end = _item(text, at, examined.escaped)
        yield value, end
        after = _NEXT.match(text, end)
        if not after:
            raise _unexpected(text, end)
        more, at = after[1] == ",", after.end()
    if text[at:].strip(_JSON_SPACE) != ("}" if wrapped else ""):
        raise StrictError("Send a JSON array, an object with items alone, or one JSON object a line.")


def _item(text: str, start: int, escaped: bool) -> Placed:
    try:
        value, end = value_at(text, start)
    except ContentError as error:
        return error, _extent(text, start)
    return (_attempt(text[start:end].encode()) if escaped else value), end


def _unexpected(text: str, at: int) -> StrictError:
    return no_json(json.JSONDecodeError("", text, _past_space(text, at)))


def _past_space(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in _JSON_SPACE:
        at += 1
    return at


def _extent(text: str, start: int) -> int:
    try:
        return _LENIENT.raw_decode(text, start)[1]
    except json.JSONDecodeError as error:
        raise no_json(error) from None


def _lines(raw: bytes) -> Iterator[Placed]:
    """One object a line, or one alone over several lines; a body of which no line is JSON is refused whole."""
    lines = [line for line in raw.split(b"\n") if line.strip()]
    if not any(_is_json(line) for line in lines[: OBSERVATIONS_A_CALL + 1]):
        lines = [raw]
        loads(raw)
    end = 0
    for line in lines:
        end += len(line)
        yield _attempt(line), end


def _is_json(raw: bytes) -> bool:
    value = _attempt(raw)
    return isinstance(value, ContentError) or not isinstance(value, StrictError)


def _attempt(raw: bytes) -> Any:
    try:
        return loads(raw)
    except StrictError as error:
        return error


_LIST = re.compile(rb'\s*(?P<items>\{\s*"items"\s*:\s*)?\[')
_JSON_SPACE = " \t\r\n"
_NEXT = re.compile(r"[ \t\r\n]*([,\]])[ \t\r\n]*")
_LENIENT = json.JSONDecoder(parse_int=str, parse_float=str)
_OBSERVATIONS = list[AnyObservation]
