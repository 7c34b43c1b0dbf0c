import contextlib
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from console.core.strict import MAX_INTEGER, MAX_VALUES, StrictError, decode, loads, shorten

WHOLE = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.text().filter(lambda s: "\0" not in s),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8).filter(lambda s: "\0" not in s), inner)
    ),
    max_leaves=20,
)


class Line(Struct, forbid_unknown_fields=True):
    qty: int
    product: str = ""


class Order(Struct, forbid_unknown_fields=True):
    lines: list[Line]


@given(WHOLE, st.booleans())
def test_what_is_plain_comes_through_unchanged(value: object, ascii_only: bool) -> None:
    assert loads(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b'{"a":1,"a":2}', "The key a is there twice."),
        (b'{"x":{"b":1,"b":1}}', "The key b is there twice."),
        (b'{"a":1,"\\u0061":2}', "The key a is there twice."),
        (b"[NaN]", "NaN is not a number."),
        (b"[-Infinity]", "-Infinity is not a number."),
        (b"1.5", "The number 1.5 is not a whole number"),
        (b"[1e9]", "The number 1e9 is not a whole number"),
        (b"1.0", "The number 1.0 is not a whole number"),
        (b"1000000000000001", "The number 1000000000000001 is too large."),
        (b"-1000000000000001", "is too large."),
        (b"9" * 5_000, "is too large."),
        (b"1_000", "This is not JSON: line 1, column 2."),
        ("[１]".encode(), "This is not JSON"),
        ("[٣]".encode(), "This is not JSON"),
        (b"[01]", "This is not JSON"),
        (b"[+1]", "This is not JSON"),
        (b"", "This is not JSON"),
        (b"[1,]", "This is not JSON"),
        (b"[1] 2", "This is not JSON"),
        (b"{'a':1}", "This is not JSON"),
        (b'\xef\xbb\xbf{"a":1}', "This is not JSON"),
        (b'"\xff"', "not valid UTF-8 at byte 1"),
        (b'"\xed\xa0\x80"', "not valid UTF-8"),
        (b'"\\ud800"', "lone surrogate"),
        (b'{"\\uDFFF":1}', "lone surrogate"),
        (b'"\\udc00\\ud83d"', "lone surrogate"),
        (b'"a\\u0000"', "NUL"),
        (b'"a\x00"', "This is not JSON"),
        (b"[" * 65 + b"]" * 65, "nested deeper than 64 levels"),
        (b"[" * 5_000, "nested deeper"),
        (b'{"a":' * 100_000, "nested deeper"),
        (b"[" + b"1," * MAX_VALUES + b"1]", "holds more than 200000 values"),
        (b"[" + b"[]," * MAX_VALUES + b"1]", "holds more than 200000 values"),
        (b'"' * (4 * MAX_VALUES + 1), "holds more than 200000 values"),
    ],
)
def test_everything_else_is_refused_with_its_reason(raw: bytes, says: str) -> None:
    with pytest.raises(StrictError) as caught:
        loads(raw)
    assert says in str(caught.value)
    assert str(caught.value) == caught.value.why.format(**caught.value.params)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"[" * 64 + b"]" * 64, None),
        (b'"' + b"[{" * 500 + b'"', "[{" * 500),
        (b'"\\"[[[[\\\\"', '"[[[[\\'),
        (b'"\\\\u0000"', "\\u0000"),
        (b'"\\\\ud800"', "\\ud800"),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'"' + b"," * (MAX_VALUES + 1) + b'"', None),
        (b'"' + b'\\"' * (4 * MAX_VALUES) + b'"', None),
        (b"1000000000000000", MAX_INTEGER),
        (b" \n[0, -0]\n", [0, 0]),
        (b'{"a":1,"A":2}', {"a": 1, "A": 2}),
    ],
)
def test_look_alikes_of_the_refused_are_kept(raw: bytes, value: object) -> None:
    found = loads(raw)
    assert value is None or found == value


@given(st.binary(max_size=200) | st.text(alphabet='[]{}",:\\u0d81eE+-.NaN ', max_size=200).map(str.encode))
def test_any_bytes_give_a_value_or_a_strict_error(raw: bytes) -> None:
    try:
        value = loads(raw)
    except StrictError:
        return
    assert json.loads(raw) == value


@settings(max_examples=30)
@given(st.integers(0, 90), st.integers(1, 80))
def test_the_limit_is_exact_for_nested_lists(depth: int, limit: int) -> None:
    raw = b"[" * depth + b"1" + b"]" * depth
    if depth <= limit:
        loads(raw, max_depth=limit)
    else:
        with pytest.raises(StrictError, match="nested deeper"):
            loads(raw, max_depth=limit)


def _floor_s() -> float:
    """What the plain parser needs here and now for as many bytes of small lists: machines differ and drift."""
    started = time.process_time()
    json.loads(b"[" + b"[]," * 1_300_000 + b"[]]")
    return time.process_time() - started


FLOOR_S = _floor_s()


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps(
            [{"at": 1_700_000_000_000 + i, "text": "多少钱" * 60} for i in range(7_000)], ensure_ascii=False
        ).encode(),
        b"[" * 4_000_000,
        b"[" + b"[]," * 1_300_000 + b"[]]",
        b'"' + b'\\"' * 2_000_000,
        b'"' + b"\\" * 4_000_000,
        b"{" + b",".join(b'"k%d":1' % (i % 299_999) for i in range(300_000)) + b"}",
        b"9" * 4_000_000,
    ],
    ids=["observations", "open", "siblings", "quotes", "backslashes", "twice", "digits"],
)
def test_four_mebibytes_never_freeze(raw: bytes) -> None:
    started = time.process_time()
    with contextlib.suppress(StrictError):
        loads(raw)
    assert time.process_time() - started < 10 * FLOOR_S


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b'{"lines":[{"qty":1},{"qty":"2"}]}', "lines[1].qty must be int, not str."),
        (b'{"lines":[{"qty":true}]}', "lines[0].qty must be int, not bool."),
        (b'{"lines":[{"product":"x"}]}', "The field lines[0].qty is missing."),
        (b'{"lines":[],"more":1}', "The field more is not known here."),
        (b"[]", "JSON must be object, not array."),
        (b'{"lines":[{"qty":1.0}]}', "The number 1.0 is not a whole number"),
    ],
)
def test_decode_names_the_field(raw: bytes, says: str) -> None:
    with pytest.raises(StrictError) as caught:
        decode(raw, Order)
    assert says in str(caught.value)


def test_decode_gives_the_type() -> None:
    assert decode(b'{"lines":[{"qty":2,"product":"p"}]}', Order) == Order([Line(2, "p")])


def test_what_a_stranger_wrote_is_quoted_short_and_printable() -> None:
    assert shorten("a\x1b[31m\u202eb", 8) == "a�[31m�b"
    assert shorten("x" * 100) == "x" * 39 + "…"
