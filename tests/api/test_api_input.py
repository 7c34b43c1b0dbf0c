"""What a hostile or broken program may send: refused with one sentence, nothing half done, and nothing noted as our mistake."""

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from patience import patience

from tests.api.conftest import LiveShow, Server, comment

KIB = 1024


def with_number(live: LiveShow, digits: str) -> bytes:
    """A price, its digits as they are."""
    body = json.dumps(live.envelope("set_price", product="serum", live_price=1)).replace(
        '"live_price": 1', '"live_price": N'
    )
    return body.replace("N", digits, 1).encode() if digits else b""


@pytest.mark.parametrize(
    "digits",
    [
        "NaN", "Infinity", "-Infinity", "1e9", "1E3", "1e999", "1.0", "12000.5", "1_000", "01", "+5", "0x10", "１２０００",
        "٣٤", "12000n", '"12000"', "true", "null", "[12000]", "-1", "0", "99999999999999999999999", "1" * 5_000, "-", "",
    ],
)  # fmt: skip
def test_only_a_whole_number_within_bounds_is_money(live: LiveShow, digits: str) -> None:
    before = live.snapshot()["shelf"]
    answer = live.raw(with_number(live, digits))
    assert answer.status_code == 400, answer.text
    assert answer.json()["why"].endswith(".")
    assert len(answer.json()["why"]) < 300
    assert live.snapshot()["shelf"] == before


def duplicates(live: LiveShow) -> Iterator[bytes]:
    body = json.dumps(live.envelope("set_price", product="serum", live_price=12_000))
    yield body.replace('"live_price": 12000', '"live_price": 12000, "live_price": 9000').encode()
    yield body.replace('"live_price": 12000', '"live_price": 12000, "live\\u005fprice": 9000').encode()
    row = {"title": "x", "planned_s": 60, "custom": {"a": "1"}}
    yield json.dumps(live.envelope("add_row", row=row)).replace('{"a": "1"}', '{"a": "1", "a": "2"}').encode()


@pytest.mark.parametrize("which", range(3))
def test_a_key_that_is_there_twice_is_refused(live: LiveShow, which: int) -> None:
    answer = live.raw(list(duplicates(live))[which])
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_deep_nesting_is_refused_at_once(live: LiveShow, opening: str) -> None:
    deep = opening * 20_000
    began = time.monotonic()
    answer = live.raw(deep.encode()[: 60 * KIB])
    assert answer.status_code == 400
    assert time.monotonic() - began < patience(1)
    inside = json.dumps(live.envelope("mark", note="N")).replace('"N"', "[" * 20_000 + "]" * 20_000).encode()
    assert live.raw(inside).status_code == 400


@pytest.mark.parametrize(
    "raw",
    [
        b"", b" ", b"null", b"[]", b'"text"', b"{", b"{}", b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}", b"{'a': 1}", b"{\"a\": 1,}",
        b"{\"a\": 1} {\"a\": 2}", b"\x00", b"{\"note\": \"\xc3\x28\"}", b"<xml/>", b"type=mark&note=x",
    ],
)  # fmt: skip
def test_what_is_no_json_object_is_refused(live: LiveShow, raw: bytes) -> None:
    answer = live.raw(raw)
    assert answer.status_code == 400
    assert answer.json()["why"].endswith(".")


@pytest.mark.parametrize("escape", [r"\ud800", r"\udfff x", r"\ud83d\ud83d", r"\u0000", "\\ud83d\\u0041"])
def test_half_a_character_or_a_nul_is_refused(live: LiveShow, escape: str) -> None:
    body = json.dumps(live.envelope("mark", note="N")).replace('"N"', f'"{escape}"').encode()
    assert live.raw(body).status_code == 400


def test_a_whole_character_in_two_escapes_is_one(live: LiveShow) -> None:
    body = json.dumps(live.envelope("mark", note="N")).replace('"N"', r'"\ud83d\ude00"').encode()
    assert live.raw(body).status_code == 200
    assert live.snapshot()["scripts"]["marks"][0]["note"] == "😀"


def test_a_body_over_64_kib_is_413_and_one_below_is_read(live: LiveShow) -> None:
    padding = json.dumps(live.envelope("mark", note="x"))[:-1] + " " * 64 * KIB + "}"
    assert live.raw(padding.encode()).status_code == 413
    answer = live.raw(b" " * (63 * KIB) + json.dumps(live.envelope("mark", note="x")).encode())
    assert answer.status_code == 200
    assert live.server.post("/products", {"id": "x", "title": "y" * 70_000}).status_code == 413


def test_a_large_body_is_refused_before_it_is_sent(live: LiveShow) -> None:
    """With its length alone: the program does not wait for ten megabytes to say no."""
    host, port = live.server.url.removeprefix("http://").split(":")
    head = (
        f"POST /api/v1{live.path}/commands HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {live.server.tokens['admin']}\r\nContent-Length: 10000000\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=5) as raw:
        raw.sendall(head.encode() + b"{")
        assert b" 413 " in raw.recv(4_096).split(b"\r\n")[0] + b" "


def test_a_body_without_a_length_is_cut_at_the_limit(live: LiveShow) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(200):
            yield b" " * KIB

    answer = live.server.client().post(live.path + "/commands", content=endless())
    assert answer.status_code == 413


def test_observations_may_be_four_mebibytes_and_not_more(live: LiveShow) -> None:
    client = live.server.client("ingest")
    big = json.dumps([comment(1)]).encode() + b" " * (4 * KIB * KIB - 1_000)
    assert client.post(live.path + "/observations", content=big).status_code == 202
    assert client.post(live.path + "/observations", content=b"[" + b" " * 4 * KIB * KIB + b"]").status_code == 413


HOSTILE = [
    "<script>alert(1)</script>", "' OR 1=1 --", "{{ 7*7 }}", "\u202e00.9\u202c", "e\u0301" * 100, "a\r\nSet-Cookie: x=1",
    "=HYPERLINK(\"http://x\")", "../../etc/passwd", "\x1b[31m", "</hx-partial><b>", "％00",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_stays_text(live: LiveShow, text: str) -> None:
    assert live.observe(comment(1, text)).json()["accepted"] == 1
    live.do("message_host", text=text)
    shown = live.snapshot()
    assert shown["comments"]["queue"][0]["text"] == text
    assert shown["messages"][0]["text"] == text


@pytest.mark.parametrize(
    "path", ["/shows/..%2f..%2fetc", "/shows/%00", "/shows/" + "x" * 2_000, "/shows/%ff", "/shows/a%0d%0ab"]
)
def test_a_path_trick_finds_nothing(server: Server, path: str) -> None:
    assert server.get(path).status_code in {400, 404}


@pytest.mark.parametrize("headers", [{"Content-Type": "text/plain"}, {"Content-Type": "application/xml"}, {}])
def test_json_is_read_as_json_whatever_its_label(live: LiveShow, headers: dict[str, str]) -> None:
    body = json.dumps(live.envelope("mark")).encode()
    answer = live.server.client().post(live.path + "/commands", content=body, headers=headers)
    assert answer.status_code in {200, 400, 415}


def test_many_presses_at_once_are_all_answered_in_one_order(live: LiveShow) -> None:
    def press(number: int) -> Any:
        return live.send("mark", note=str(number)).json()["seq"]

    before = live.snapshot()["seq"]
    with ThreadPoolExecutor(8) as pool:
        seqs = sorted(pool.map(press, range(60)))
    assert seqs == list(range(before + 1, before + 61))
