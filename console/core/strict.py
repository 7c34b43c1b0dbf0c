"""The JSON door: what other parsers let through – duplicate keys, floats, NaN, lone surrogates, deep nesting – stops here."""

import json
import re
from array import array
from collections import Counter
from functools import cache
from itertools import accumulate
from typing import Any, Never, TypeVar, overload

import msgspec
from msgspec import Struct

from console.core.messages import N_

T = TypeVar("T")

MAX_INTEGER = 10**15
"""No count, amount or instant in milliseconds of this program is larger."""
MAX_DEPTH = 64
MAX_VALUES = 200_000
"""Parsing takes time by the value, not by the byte: what holds more is refused before it is parsed."""

_BRACKETS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_TEXT = bytes(set(range(256)) - set(b'[{]},"'))
_NO_BRACKETS = bytes(set(range(256)) - set(b"[{]}"))


class StrictError(ValueError):
    """`why` is one English sentence and gettext id with `{name}` places for `params`; `str()` is the filled sentence."""

    def __init__(self, why: str, /, **params: Any) -> None:
        super().__init__(why.format(**params))
        self.why = why
        self.params = params


class ContentError(StrictError):
    """Sound JSON with content that no message may have; in a batch only the item that holds it is lost."""


class Examined(Struct, frozen=True):
    """A text that may be parsed in bounded time. `escaped`: something in it stands for a NUL or half a character."""

    text: str
    escaped: bool


def loads(raw: bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    """The value of a UTF-8 JSON document made of objects, arrays, texts, whole numbers, booleans and null.

    Raises StrictError, and nothing else, for any other bytes; ContentError when the syntax is sound.
    """
    examined = examine(raw, max_depth=max_depth)
    if examined.escaped and rb"\u0000" in _unescaped(raw):
        raise ContentError("The text contains a NUL character; remove it.")
    value = _parse(examined.text)
    if examined.escaped:
        _check_surrogates(value)
    return value


def examine(raw: bytes, *, max_depth: int = MAX_DEPTH) -> Examined:
    """What can be told without parsing. Raises StrictError for what would take a parser too long or too deep."""
    text = _text(raw)
    unescaped = _unescaped(raw)
    unquoted = unescaped.replace(rb"\"", b"")
    if unquoted.count(b'"') > 4 * MAX_VALUES:
        raise _too_many()
    outside = _outside(unquoted)
    _check_number(outside)
    _check_depth(outside, max_depth)
    return Examined(text, any(escape in unescaped for escape in (rb"\u0000", rb"\ud", rb"\uD")))


def value_at(text: str, start: int) -> tuple[Any, int]:
    """The value that begins at `start` of an examined text, and where it ends. Raises as `loads`."""
    try:
        return _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise no_json(error) from None


def no_json(error: json.JSONDecodeError) -> StrictError:
    """What the parser found, in our words."""
    return StrictError("This is not JSON: line {line}, column {column}.", line=error.lineno, column=error.colno)


@overload
def decode(raw: bytes, type: type[T]) -> T: ...
@overload
def decode(raw: bytes, type: Any) -> Any: ...
def decode(raw: bytes, type: Any) -> Any:
    """`loads`, then the value as `type` (a union too) with nothing coerced. Raises StrictError naming the field."""
    return convert(loads(raw), type)


@overload
def convert(value: Any, type: type[T]) -> T: ...
@overload
def convert(value: Any, type: Any) -> Any: ...
def convert(value: Any, type: Any) -> Any:
    """A loaded value as `type`, nothing coerced. Raises StrictError naming the field."""
    try:
        return msgspec.convert({"value": value}, _box(type), strict=True).value
    except msgspec.ValidationError as error:
        raise _explain(str(error)) from None


@cache
def _box(type: Any) -> Any:
    """A struct around any type: msgspec knows a struct's fields by heart, and learns a bare union anew at every call."""
    return msgspec.defstruct("Box", [("value", type)])


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise StrictError("The text is not valid UTF-8 at byte {offset}.", offset=error.start) from None


def _unescaped(raw: bytes) -> bytes:
    """Without escaped backslashes: what follows a backslash in it is escaped."""
    return raw.replace(rb"\\", b"")


def _outside(unquoted: bytes) -> bytes:
    """Brackets and commas outside texts. An empty text goes first, which leaves few to cut at: most hold none of them."""
    return b"".join(unquoted.translate(None, _TEXT).replace(b'""', b"").split(b'"')[::2])


def _check_number(outside: bytes) -> None:
    if outside.count(b",") + outside.count(b"[") + outside.count(b"{") > MAX_VALUES:
        raise _too_many()


def _too_many() -> StrictError:
    return StrictError("The JSON holds more than {limit} values; send it in parts.", limit=MAX_VALUES)


def _check_depth(outside: bytes, max_depth: int) -> None:
    """Count brackets outside texts, so that neither parser nor converter ever recurses far."""
    steps = array("b", outside.translate(_BRACKETS, _NO_BRACKETS))
    if max(accumulate(steps), default=0) > max_depth:
        raise StrictError("The JSON is nested deeper than {limit} levels.", limit=max_depth)


def _parse(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise no_json(error) from None


def _check_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise ContentError("The text contains half of a character (a lone surrogate); remove it.") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        (twice, _), *_ = Counter(key for key, _ in pairs).most_common(1)
        raise ContentError("The key {key} is there twice.", key=shorten(twice))
    return found


def _integer(digits: str) -> int:
    if len(digits) > 17 or abs(number := int(digits)) > MAX_INTEGER:
        raise ContentError("The number {number} is too large.", number=shorten(digits))
    return number


def _float(digits: str) -> Never:
    raise ContentError(
        "The number {number} is not a whole number; send money in minor units and times in milliseconds.",
        number=shorten(digits),
    )


def _constant(name: str) -> Never:
    raise ContentError("{name} is not a number.", name=name)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant, strict=True
)


def shorten(text: str, limit: int = 40) -> str:
    """At most `limit` printable characters of a stranger's text, fit to quote in a sentence."""
    kept = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(c if c.isprintable() else "�" for c in kept)


_EXPLANATIONS = (
    (re.compile(r"Object missing required field `(?P<field>.*)`", re.S), N_("The field {place} is missing.")),
    (re.compile(r"Object contains unknown field `(?P<field>.*)`", re.S), N_("The field {place} is not known here.")),
    (re.compile(r"Invalid value (?P<got>.*)", re.S), N_("{got} is not a possible value of {place}.")),
    (re.compile(r"Invalid enum value (?P<got>.*)", re.S), N_("{got} is not a possible value of {place}.")),
    (re.compile(r"Expected `(?P<want>[^`]*)`, got `(?P<got>[^`]*)`"), N_("{place} must be {want}, not {got}.")),
    (re.compile(r"Expected `(?P<want>.*)", re.S), N_("{place} must be {want}.")),
)


def _explain(message: str) -> StrictError:
    """A msgspec message in our words, with the path `items[3].at` of the field."""
    said, _, path = message.partition(" - at ")
    place = path.replace("`key` in ", "").strip("`").removeprefix("$.value").removeprefix(".")
    for pattern, why in _EXPLANATIONS:
        if found := pattern.fullmatch(said):
            parts = {name: shorten(part.replace("`", "")) for name, part in found.groupdict().items()}
            if field := parts.pop("field", None):
                place = f"{place}.{field}" if place else field
            return StrictError(why, place=shorten(place or "JSON", 80), **parts)
    return StrictError(
        "{place} cannot be understood: {said}.", place=shorten(place or "JSON", 80), said=shorten(said, 200)
    )
