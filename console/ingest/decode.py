"""The observations door: one body of many observations, each kept or rejected on its own."""

import json
import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from console.core.observations import AnyObservation
from console.core.strict import ContentError, StrictError, convert, loads
from console.core.time import from_wire
from console.limits import OBSERVATIONS_A_CALL

AHEAD_LIMIT_MS = 60_000
"""How far a source's clock may run before ours; anything later is a mistake, not a clock."""

NOT_FROM_THE_WIRE = frozenset({"simulated", "hold", "question", "manual"})
"""Fields that only this program sets: a verdict or a mark that a stranger wrote would be worth nothing."""


class Rejected(Struct, frozen=True):
    """Item `index` (0-based, blank lines not counted) is not taken; `why` is a gettext id with places for `params`."""

    index: int
    why: str
    params: dict[str, Any] = {}


class Received(Struct, frozen=True):
    """What a body held: good observations with their index in it, and the rejected ones."""

    items: tuple[tuple[int, AnyObservation], ...]
    rejected: tuple[Rejected, ...]


def read_observations(raw: bytes, now_ms: int) -> Received:
    """A JSON array, `{"items": […]}` or NDJSON → its observations, checked one by one against the clock `now_ms`.

    Raises StrictError when the body as a whole cannot be understood or holds more than OBSERVATIONS_A_CALL items.
    """
    values = _values(raw)
    good: list[tuple[int, AnyObservation]] = []
    rejected: list[Rejected] = []
    for index, value in enumerate(values):
        try:
            good.append((index, observation(value, now_ms)))
        except StrictError as error:
            rejected.append(Rejected(index, error.why, error.params))
    return Received(tuple(good), tuple(rejected))


def observation(value: Any, now_ms: int) -> AnyObservation:
    """One loaded item as an observation, `at` in epoch ms. Raises StrictError saying which field is wrong."""
    if isinstance(value, StrictError):
        raise value
    if not isinstance(value, dict):
        raise StrictError("An observation is an object with kind, source, id and at.")
    if foreign := sorted(NOT_FROM_THE_WIRE & value.keys()):
        raise StrictError("The field {place} is not known here.", place=foreign[0])
    found: AnyObservation = convert(value | _instant(value, now_ms), AnyObservation)
    return found


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


def _values(raw: bytes) -> list[Any]:
    """Loaded items; one that cannot be loaded stands as its StrictError."""
    opening = _LIST.match(raw)
    values = _listed(raw, opening) if opening else _lines(raw)
    if len(values) > OBSERVATIONS_A_CALL:
        raise _too_many()
    return values


def _listed(raw: bytes, opening: re.Match[bytes]) -> list[Any]:
    try:
        value = loads(raw)
    except ContentError as whole:
        return list(_one_by_one(raw.decode(), opening.end(), bool(opening["items"]), whole))
    items = value.get("items") if isinstance(value, dict) and len(value) == 1 else value
    if not isinstance(items, list):
        raise StrictError("Send a JSON array, an object with items alone, or one JSON object a line.")
    return items


def _one_by_one(text: str, at: int, wrapped: bool, whole: StrictError) -> Iterator[Any]:
    """Cut the list into its items, so that the one with refused content is the only one lost."""
    more = True
    while more:
        start = _past_space(text, at)
        end = _extent(text, start, whole)
        yield _attempt(text[start:end].encode())
        after = _NEXT.match(text, end)
        if not after:
            raise whole
        more, at = after[1] == ",", after.end()
    if text[at:].strip() != ("}" if wrapped else ""):
        raise whole


def _past_space(text: str, at: int) -> int:
    while text[at : at + 1] in _JSON_SPACE:
        at += 1
    return at


def _extent(text: str, start: int, whole: StrictError) -> int:
    try:
        return _LENIENT.raw_decode(text, start)[1]
    except json.JSONDecodeError:
        raise whole from None


def _lines(raw: bytes) -> list[Any]:
    lines = [line for line in raw.split(b"\n") if line.strip()]
    if len(lines) > OBSERVATIONS_A_CALL:
        raise _too_many()
    values = [_attempt(line) for line in lines]
    if all(isinstance(value, StrictError) and not isinstance(value, ContentError) for value in values):
        return [loads(raw)]
    return values


def _attempt(raw: bytes) -> Any:
    try:
        return loads(raw)
    except StrictError as error:
        return error


def _too_many() -> StrictError:
    return StrictError("A batch holds at most {limit} observations; send them in parts.", limit=OBSERVATIONS_A_CALL)


_LIST = re.compile(rb'\s*(?P<items>\{\s*"items"\s*:\s*)?\[')
_JSON_SPACE = frozenset(" \t\r\n")
_NEXT = re.compile(r"\s*([,\]])")
_LENIENT = json.JSONDecoder(parse_int=str, parse_float=str)
