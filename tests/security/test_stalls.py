"""No body, however it is built, keeps the loop for itself: a press of somebody else is never a quarter of a second away."""

import json
import time
from urllib.parse import quote

import pytest
from stalls import FROZEN_S, steps

from console.limits import COMMAND_BODY_BYTES, SHEET_BODY_BYTES
from tests.security.bodies import LARGE, filled
from tests.security.conftest import House
from tests.security.test_traps import DOORS, sent

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("what", LARGE)
async def test_no_body_of_the_usual_size_stops_the_loop(house: House, what: str) -> None:
    body = LARGE[what](COMMAND_BODY_BYTES)
    async with house.client() as client:
        for door in DOORS:
            async with steps() as seen:
                answer = await sent(house, client, door, body)
            assert 400 <= answer.status_code < 500, (door, answer.text)
            assert not seen.froze(), (door, seen.longest_s, seen.what)


FORMS = {
    "fields": lambda size: filled(size, b"", b"a&", b"a"),
    "one name": lambda size: filled(size, b"name=", b"%61", b""),
    "halves": lambda size: filled(size, b"name=", b"%ED%A0%80", b""),
    "fullwidth": lambda size: filled(size, b"name=", quote("\uff21").encode(), b""),
    "U+FDFA": lambda size: filled(size, b"name=", quote("\ufdfa").encode(), b""),
    "marks": lambda size: filled(size, b"name=a", quote("\u0300\u0316").encode(), b""),
    "separators": lambda size: filled(size, b"", b"&", b""),
}


@pytest.mark.parametrize("what", FORMS)
async def test_no_form_stops_the_loop(house: House, what: str) -> None:
    body = FORMS[what](COMMAND_BODY_BYTES - 100)
    async with house.client(None) as client:
        token = (await client.get("/sign-in")).text.split('name="csrf" value="')[1].split('"')[0]
        for path in ("/sign-in", "/sign-out", "/locale/zh"):
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            async with steps() as seen:
                answer = await client.post(path, content=body + f"&csrf={token}&password=x".encode(), headers=headers)
            assert answer.status_code < 500, answer.text
            assert not seen.froze(), (path, seen.longest_s)


def multipart(size: int, piece: bytes) -> bytes:
    return filled(size, b"", b"--b\r\n" + piece + b"\r\n\r\n\r\n", b"--b--\r\n")


SHEETS = {
    "parts": lambda size: multipart(size, b'Content-Disposition: form-data; name="x"'),
    "files": lambda size: multipart(size, b'Content-Disposition: form-data; name="file"; filename="a.csv"'),
    "headers": lambda size: multipart(size, b"a: b\r\n" * 1_000),
    "boundaries": lambda size: filled(size, b"--b\r\n", b"\r\n--", b"\r\n--b--"),
    "one header": lambda size: filled(size, b"--b\r\nContent-Disposition: ", b"a", b""),
    "cells": lambda size: sheet(filled(size - 200, b"", b"a,", b"")),
    "rows": lambda size: sheet(filled(size - 200, b"", b"a,1\n", b"")),
    "quotes": lambda size: sheet(filled(size - 200, b"", b'"', b"")),
    "zip": lambda size: sheet(filled(size - 200, b"PK\x03\x04", b"PK\x01\x02", b"")),
}


def sheet(content: bytes) -> bytes:
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    return head + content + b"\r\n--b--\r\n"


@pytest.mark.parametrize("what", SHEETS)
async def test_no_sheet_stops_the_loop(house: House, what: str) -> None:
    body = SHEETS[what](SHEET_BODY_BYTES - 1_000)
    async with house.client("producer") as client, steps() as seen:
        answer = await client.post(
            f"/api/v1/shows/{house.show}/run-of-show?dry_run=1",
            content=body, headers={"Content-Type": "multipart/form-data; boundary=b"},
        )  # fmt: skip
    assert answer.status_code < 500, answer.text
    assert not seen.froze(), (seen.longest_s, seen.what)


async def test_a_mapping_may_be_a_trap_too(house: House) -> None:
    async with house.client("producer") as client:
        for mapping in ("[" * 20_000, '{"a": NaN}', '{"a": "b", "a": "c"}', '{"a": "\\ud800"}', "null", "7"):
            async with steps() as seen:
                answer = await client.post(
                    f"/api/v1/shows/{house.show}/run-of-show?dry_run=1",
                    files={"file": ("a.csv", b"title,duration\nx,5m\n")}, data={"mapping": mapping},
                )  # fmt: skip
            assert answer.status_code == 400, (mapping[:20], answer.text)
            assert not seen.froze(), seen.what


async def test_many_words_of_a_shop_are_learned_without_a_halt(house: House) -> None:
    words = {f"list {number}": [f"{number}-{each}-{'长' * 20}" for each in range(60)] for number in range(10)}
    async with house.client() as client:
        async with steps() as seen:
            answer = await client.put("/api/v1/shop/words", content=json.dumps(words, ensure_ascii=False).encode())
        assert answer.status_code == 200, answer.text
        assert not seen.froze(), seen.what
        assert (await client.put("/api/v1/shop/words", json={})).status_code == 200


async def test_control_a_step_that_takes_long_is_noticed() -> None:
    async with steps() as seen:
        until = time.thread_time() + 5 * FROZEN_S
        while time.thread_time() < until:
            pass
    assert seen.froze(), seen.longest_s
