"""Every door that takes a body, and every trap of numbers and shapes: refused in one sentence, the loop never stands still."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from stalls import steps

from console.core import strict
from tests.security.conftest import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOORS = {
    "command": ("POST", "/api/v1/shows/{show}/commands", {"type": "adjust", "seconds": 7}, "seconds"),
    "show": ("POST", "/api/v1/shows", {"title": "x", "stream_delay_s": 7}, "stream_delay_s"),
    "product": ("POST", "/api/v1/products", {"id": "p", "title": "x", "live_price": 7}, "live_price"),
    "patch": ("PATCH", "/api/v1/products/serum", {"live_price": 7}, "live_price"),
    "link": ("POST", "/api/v1/shows/{show}/links", {"screen": "host", "days": 7}, "days"),
    "presets": ("PUT", "/api/v1/shop/presets", {"pop_s": 7}, "pop_s"),
    "words": ("PUT", "/api/v1/shop/words", {"ban": ["7"]}, "ban"),
}
"""Method, address, a body that is understood, and its field for the trap."""

NUMBERS = [
    "NaN", "Infinity", "-Infinity", "1e999", "1e3", "1.0", "1_000", "１２", "٣", "9007199254740993000", "-9007199254740993000",
    "1" * 5_000, "01", "+7", "0x7", "7n", "--7", "",
]  # fmt: skip
TEXTS = [r'"\ud800"', r'"\udfff\ud83d"', r'"\u0000"', '"\x00"', '"a\nb"', '"\x1b[31m"']
SHAPES = [
    b"[" * 20_000, b'{"a":' * 9_000, b"[" * 20_000 + b"]" * 20_000, b'{"a":' * 9_000 + b"1" + b"}" * 9_000,
    b"\xff\xfe", b"\xed\xa0\x80", b"", b"null", b"[]", b'"x"', b"7", b"{", b"{}x", b"\xef\xbb\xbf{}",
]  # fmt: skip


async def test_every_door_that_reads_json_is_here(house: House) -> None:
    taking = {
        (method, route.path)
        for route in house.console.app.routes
        for handler in getattr(route, "route_handlers", [])
        for method in handler.http_methods & {"POST", "PUT", "PATCH", "DELETE"}
        if not handler.opt.get("public")
    }
    told = {
        (method, path.replace("{show}", "{show_id:str}").replace("serum", "{product_id:str}"))
        for method, path, *_ in DOORS.values()
    }
    apart = {"/api/v1/shows/{show_id:str}/observations", "/api/v1/shows/{show_id:str}/run-of-show"}
    bodiless = {"/api/v1/links/{link_id:str}/revoke"}
    assert {path for _, path in taking - told} == apart | bodiless


def body_of(house: House, door: str) -> dict[str, Any]:
    fields = DOORS[door][2]
    return house.envelope(fields["type"], seconds=7) if door == "command" else dict(fields)


def traps(house: House, door: str) -> Iterator[bytes]:
    field, whole = DOORS[door][3], body_of(house, door)
    text = json.dumps(whole | {field: "TRAP"})
    for value in (*NUMBERS, *TEXTS):
        yield text.replace('"TRAP"', value).encode("utf-8", "surrogatepass")
    yield text.replace('"TRAP"', f'7, "{field}": 7').encode()
    yield text.replace('"TRAP"', f'7, "{field[:-1]}\\u{ord(field[-1]):04x}": 7').encode()
    yield json.dumps(whole | {"unknown\ud800": 1}).encode()
    yield from SHAPES


async def sent(house: House, client: httpx.AsyncClient, door: str, body: bytes) -> httpx.Response:
    method, path, *_ = DOORS[door]
    headers = {"Content-Type": "application/json"}
    return await client.request(method, path.format(show=house.show), content=body, headers=headers)


@pytest.mark.parametrize("door", DOORS)
async def test_every_trap_is_refused_in_a_sentence(house: House, door: str) -> None:
    bodies = list(traps(house, door))
    async with house.client() as client:
        before = (await client.get("/api/v1/products")).text
        async with steps() as seen:
            answers = [(body[:60], await sent(house, client, door, body)) for body in bodies]
        assert (await client.get("/api/v1/products")).text == before
    # The one thing a trap may be is a document without any field, where no field has to be there.
    wrong = [(body, answer.status_code, answer.text) for body, answer in answers if not refused(answer)]
    assert wrong == []
    assert not seen.froze(), seen.what


def refused(answer: httpx.Response) -> bool:
    said = answer.json()
    return 400 <= answer.status_code < 500 and said["why"].endswith((".", "。")) and len(said["why"]) < 400


@pytest.mark.parametrize("door", DOORS)
async def test_what_is_sound_is_understood_so_the_traps_say_something(house: House, door: str) -> None:
    async with house.client() as client:
        answer = await sent(house, client, door, json.dumps(body_of(house, door)).encode())
    assert answer.status_code in {200, 201, 409}, answer.text


async def test_control_with_a_lenient_reader_traps_come_through(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strict, "_DECODER", json.JSONDecoder(parse_float=lambda digits: int(float(digits))))
    async with house.client() as client:
        answers = [await sent(house, client, "patch", body) for body in traps(house, "patch")]
    assert any(answer.status_code == 200 for answer in answers)
    assert any(answer.status_code >= 500 for answer in answers)
