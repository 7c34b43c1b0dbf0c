"""The same traps in a batch of observations: the body is refused whole and nothing of it counts, or its bad item alone."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import httpx
import pytest
from stalls import steps

from console.core import strict
from tests.security.conftest import House
from tests.security.test_traps import NUMBERS, SHAPES, TEXTS

pytestmark = pytest.mark.asyncio(loop_scope="module")

NUMBERED: dict[str, dict[str, Any]] = {
    "at": {"kind": "like", "user": "u", "at": "TRAP"},
    "online": {"kind": "audience", "online": "TRAP"},
    "watched_s": {"kind": "leave", "user": "u", "watched_s": "TRAP"},
    "amount": {"kind": "refund", "order": "o", "amount": "TRAP"},
    "qty": {"kind": "order", "order": "o", "user": "u", "lines": [{"product": "serum", "qty": "TRAP", "amount": 7}]},
    "likes": {"kind": "sample", "counters": {"likes": "TRAP"}},
}
WORDED: dict[str, dict[str, Any]] = {
    "kind": {"kind": "TRAP", "user": "u"},
    "id": {"kind": "like", "user": "u", "id": "TRAP"},
    "source": {"kind": "like", "user": "u", "source": "TRAP"},
    "user": {"kind": "like", "user": "TRAP"},
    "text": {"kind": "comment", "user": "u", "text": "TRAP"},
    "product": {"kind": "paid", "order": "o", "user": "u", "lines": [{"product": "TRAP", "qty": 1, "amount": 7}]},
    "currency": {"kind": "ad_spend", "amount": 7, "currency": "TRAP"},
}
ITEMS = NUMBERED | WORDED
QUOTED = [json.dumps(number, ensure_ascii=False) for number in NUMBERS]
SOUND = {name: "1700000000000" if name == "at" else "7" for name in NUMBERED} | {
    name: {"kind": '"follow"', "currency": '"CNY"'}.get(name, '"x"') for name in WORDED
}
FORMS = {
    "array": (b"[", b",", b"]"), "items": (b'{"items": [', b",", b"]}"), "lines": (b"", b"\n", b"\n"),
}  # fmt: skip
NUMBERS_OF_ITEMS = count()


def like() -> bytes:
    number = next(NUMBERS_OF_ITEMS)
    return json.dumps(
        {"source": "s", "id": f"g{number}", "at": 1_700_000_000_000, "kind": "like", "user": "u"}
    ).encode()


def item(field: str, value: str) -> bytes:
    """One in which `value` stands, as it is, at the place of the field."""
    whole = {"source": "s", "id": f"b{next(NUMBERS_OF_ITEMS)}", "at": 1_700_000_000_000} | ITEMS[field]
    return json.dumps(whole).replace('"TRAP"', value).encode("utf-8", "surrogatepass")


def traps(field: str) -> Iterator[bytes]:
    sound = SOUND[field]
    for value in (*NUMBERS, *TEXTS, *(QUOTED if field in NUMBERED else ())):
        yield item(field, value)
    yield item(field, f'{sound}, "{field}": {sound}')
    yield item(field, f'{sound}, "{field[:-1]}\\u{ord(field[-1]):04x}": {sound}')
    yield item(field, f'{sound}, "unknown\\ud800": 1')
    yield item(field, "[" * 20_000 + "]" * 20_000)


def is_json(raw: bytes) -> bool:
    """By a reader that minds the syntax and nothing else."""
    try:
        json.loads(raw.decode(), parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return False
    return True


async def observe(house: House, client: httpx.AsyncClient, form: str, *items: bytes) -> httpx.Response:
    opening, between, ending = FORMS[form]
    return await client.post(f"/api/v1/shows/{house.show}/observations", content=opening + between.join(items) + ending)


def one_lost(answer: httpx.Response) -> bool:
    """The item in the middle, in a sentence; the others are taken."""
    if answer.status_code != 202:
        return False
    said = answer.json()
    lost = [(item["index"], item["why"][-1]) for item in said["rejected"]]
    return lost == [(1, ".")] and (said["accepted"], said["duplicates"]) == (2, 0)


def all_refused(answer: httpx.Response) -> bool:
    return answer.status_code == 400 and answer.json()["why"].endswith(".") and len(answer.json()["why"]) < 400


async def wrongly_answered(house: House, form: str, bads: list[bytes]) -> list[Any]:
    """Each sent between two good ones; those not answered as they should be, and those of which something else was kept."""
    wrong: list[Any] = []
    kept, refused = [], []
    async with house.client("ingest") as client:
        for bad in bads:
            first, last = like(), like()
            answer = await observe(house, client, form, first, bad, last)
            alone = form == "lines" or is_json(bad)
            if not (one_lost(answer) if alone else all_refused(answer)):
                wrong.append((bad[:80], answer.status_code, answer.text[:200]))
            (kept if answer.status_code == 202 else refused).extend((first, last))
        if kept:
            assert (await observe(house, client, "array", *kept)).json()["duplicates"] == len(kept)
        if refused:
            assert (await observe(house, client, "array", *refused)).json()["accepted"] == len(refused)
    return wrong


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("field", ITEMS)
async def test_a_trap_in_an_item_loses_that_item_or_the_body(house: House, field: str, form: str) -> None:
    bads = [bad for bad in traps(field) if form != "lines" or b"\n" not in bad]
    async with steps() as seen:
        assert await wrongly_answered(house, form, bads) == []
    assert not seen.froze(), seen.what


@pytest.mark.parametrize("form", FORMS)
async def test_a_trap_in_the_place_of_an_item_loses_it_or_the_body(house: House, form: str) -> None:
    assert await wrongly_answered(house, form, [shape for shape in SHAPES if shape or form != "lines"]) == []


@pytest.mark.parametrize("body", SHAPES, ids=lambda body: repr(body[:12]))
async def test_a_trap_for_a_body_is_refused_or_holds_nothing(house: House, body: bytes) -> None:
    async with house.client("ingest") as client:
        answer = await client.post(f"/api/v1/shows/{house.show}/observations", content=body)
    said = answer.json()
    whys = [item["why"] for item in said["rejected"]] if answer.status_code == 202 else [said["why"]]
    assert answer.status_code in {202, 400}
    assert said.get("accepted", 0) == 0
    assert all(why.endswith(".") for why in whys)


@pytest.mark.parametrize("field", ITEMS)
async def test_what_is_sound_is_taken_so_the_traps_say_something(house: House, field: str) -> None:
    async with house.client("ingest") as client:
        answer = await observe(house, client, "array", item(field, SOUND[field]))
    assert answer.json() == {"accepted": 1, "duplicates": 0, "rejected": []}


async def test_control_with_a_lenient_reader_traps_come_through(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strict, "_DECODER", json.JSONDecoder(parse_float=lambda digits: int(float(digits))))
    wrong = await wrongly_answered(house, "array", list(traps("amount")))
    assert {status for _, status, _ in wrong} >= {202, 500}
