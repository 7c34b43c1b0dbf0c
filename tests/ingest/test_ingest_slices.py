"""A large body leaves the loop free: it is read in slices, and refused before it is parsed when it holds too much."""

import asyncio
import gc
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from patience import patience

from console.core.strict import StrictError
from console.desk import observing
from console.ingest.decode import SLICE_ITEMS, Door, Received, joined, read_in_slices, read_observations

NOW = 1_800_000_000_000
DOOR = Door(NOW, "CNY")
STOP_S = 0.1


def comment(n: int, text: str) -> dict[str, Any]:
    return {"source": "room", "id": f"m{n}", "at": NOW, "kind": "comment", "user": "u1", "text": text}


SHORT = json.dumps([comment(n, "多少钱") for n in range(5_000)], ensure_ascii=False).encode()
LONG = json.dumps([comment(n, "多" * 250) for n in range(5_000)], ensure_ascii=False).encode()
LINES = b"\n".join(json.dumps(comment(n, "hello " * 120)).encode() for n in range(4_900))
ORDERS = json.dumps(
    [
        {"source": "s", "id": str(n), "at": NOW, "kind": "order", "user": "u", "order": str(n)}
        | {"lines": [{"product": "p", "qty": 1, "amount": 1}] * 8}
        for n in range(4_900)
    ]
).encode()
TOO_MUCH = {
    "lists": b"[" + b"[]," * 1_300_000 + b"[]]",
    "numbers": b"[" + b"1," * 2_000_000 + b"1]",
    "one item": b"[[" + b"{}," * 1_300_000 + b"{}]]",
    "texts": b"[" + b'"",' * 1_300_000 + b'""]',
    "lines": b"{}\n" * 1_300_000,
}


def test_slices_are_the_body() -> None:
    body = json.dumps([comment(n, "x") | ({"at": None} if n % 300 == 7 else {}) for n in range(1_001)]).encode()
    slices = list(read_in_slices(body, DOOR))
    assert [len(part.items) + len(part.rejected) for part in slices] == [SLICE_ITEMS] * 4 + [1]
    whole = read_observations(body, DOOR)
    assert joined(slices) == whole
    assert [item.index for item in whole.rejected] == [7, 307, 607, 907]
    assert [index for index, _ in whole.items] == [n for n in range(1_001) if n % 300 != 7]


@pytest.fixture(autouse=True)
def as_when_serving() -> Iterator[None]:
    """What was there before is left to no walk of the garbage collector, as `console serve` leaves it."""
    gc.freeze()
    yield
    gc.unfreeze()


async def longest_stop_s(body: bytes) -> float:
    """The longest the loop stood still while `body` was read."""
    reading = asyncio.ensure_future(observing.read(body, DOOR))
    longest = 0.0
    while not reading.done():
        began = time.process_time()
        await asyncio.sleep(0)
        longest = max(longest, time.process_time() - began)
    assert reading.exception() is None or isinstance(reading.exception(), StrictError)
    return longest


@pytest.mark.parametrize(
    "body", [SHORT, LONG, LINES, ORDERS, *TOO_MUCH.values()], ids=["short", "long", "ndjson", "orders", *TOO_MUCH]
)
async def test_reading_four_mebibytes_never_stops_the_loop(body: bytes) -> None:
    assert len(body) < 4.2 * 2**20
    assert await longest_stop_s(body) < patience(STOP_S)


async def test_control_the_same_body_in_one_go_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def whole(body: bytes, door: Door) -> list[Received]:
        return [read_observations(body, door)]

    in_slices = await longest_stop_s(ORDERS)
    monkeypatch.setattr(observing, "read_in_slices", whole)
    assert await longest_stop_s(ORDERS) > 2 * in_slices


@pytest.mark.parametrize("body", TOO_MUCH.values(), ids=TOO_MUCH)
def test_too_much_is_refused_whole(body: bytes) -> None:
    with pytest.raises(StrictError, match=r"200000 values|at most 5000"):
        read_observations(body, DOOR)
