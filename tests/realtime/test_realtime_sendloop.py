"""The loop that writes one frame to many sockets, in C and in Python: what arrives is what was sent, once and in order."""

import asyncio
import select
import shutil
import socket
import ssl
import sys
import sysconfig
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

from console.realtime import sendloop
from console.realtime.sendloop import FASTEST, Left, Line, SendAll, leave_all, line, write
from tests.realtime.ends import Door, End, door, read

FRAME = b"\x81\x05frame"


def test_it_was_built_where_there_is_a_compiler() -> None:
    headers = Path(sysconfig.get_paths()["include"]) / "Python.h"
    if not headers.exists() or not shutil.which("cc"):
        pytest.skip("no C compiler with Python's headers here")
    assert FASTEST is not leave_all


class Counting:
    """A send loop that counts what it left: all of a frame, or the rest of one."""

    def __init__(self, send_all: SendAll) -> None:
        self._send_all = send_all
        self.left: Counter[str] = Counter()

    def __call__(self, lines: tuple[Line, ...], data: bytes) -> Left:
        left = list(self._send_all(lines, data))
        self.left.update("part" if taken else "all" for _, taken in left)
        return left


class Reader:
    """A far end, what it should have got, and what it has."""

    def __init__(self, near: End, far: socket.socket) -> None:
        self.near, self.far = near, far
        self.due = bytearray()
        self.got = bytearray()
        self.cut = False

    def reads(self, most: int) -> None:
        with suppress(BlockingIOError):
            self.got += self.far.recv(most)

    async def catches_up(self) -> None:
        self.got += await read(self.far, len(self.due) - len(self.got))

    def is_cut(self, chance: Random) -> None:
        """In the middle of whatever is on its way: politely, or as a cable that is pulled and plugged in again."""
        self.cut = True
        if chance.random() < 0.5:
            self.far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.far.close()


async def an_evening(chance: Random, send_all: SendAll) -> list[Reader]:
    """Frames of any size to eight, some of which read slowly, are cut, or are told something for themselves alone."""
    async with door() as at:
        readers = [Reader(*await at.connects()) for _ in range(8)]
        for _ in range(250):
            there = [reader for reader in readers if not reader.near.lost]
            frame = chance.randbytes(chance.choice([1, 300, 5_000, 30_000]))
            write(send_all, tuple(line(reader.near.transport) for reader in there), frame)
            for reader in there:
                reader.due += frame
            await _something_happens(chance, [reader for reader in there if not reader.cut])
        for reader in readers:
            if not reader.cut:
                await reader.catches_up()
                reader.far.close()
    return readers


async def _something_happens(chance: Random, there: list[Reader]) -> None:
    for reader in there[2:]:
        if chance.random() < 0.5:
            reader.reads(chance.choice([1, 5_000, 100_000]))
    alone = chance.choice(there)
    if chance.random() < 0.2:
        alone.due += b"pong"
        alone.near.transport.write(b"pong")
    if chance.random() < 0.01 and len(there) > 3:
        alone.is_cut(chance)
    elif chance.random() < 0.3:
        await alone.catches_up()
    elif chance.random() < 0.5:
        await asyncio.sleep(0)


@pytest.mark.parametrize("seed", range(5))
def test_what_arrives_is_what_was_sent(seed: int, send_all: SendAll, runner: asyncio.Runner) -> None:
    counting = Counting(send_all)
    readers = runner.run(an_evening(Random(seed), counting))
    assert sum(len(reader.got) for reader in readers) > 5_000_000
    for reader in readers:
        assert reader.cut or len(reader.got) == len(reader.due)
        assert reader.due.startswith(reader.got)
    if send_all is not leave_all:
        assert min(counting.left["part"], counting.left["all"]) > 50, "the hard cases were met"


def test_control_a_rest_that_is_forgotten_is_seen(in_c: SendAll, runner: asyncio.Runner) -> None:
    def forgetting(lines: tuple[Line, ...], data: bytes) -> Left:
        return [(transport, taken) for transport, taken in in_c(lines, data) if not taken]

    async def run() -> Reader:
        async with door() as at:
            reader = Reader(*await at.connects())
            for _ in range(50):
                frame = bytes(range(250)) * 20
                write(forgetting, (line(reader.near.transport),), frame)
                reader.due += frame
                reader.reads(100_000)
            reader.near.transport.close()
            await reader.catches_up()
            reader.far.close()
            return reader

    reader = runner.run(run())
    assert not reader.due.startswith(reader.got)


def test_somebody_whose_line_is_gone_costs_nobody_a_frame(send_all: SendAll, runner: asyncio.Runner) -> None:
    async def told() -> tuple[bytes, End]:
        async with door() as at:
            gone, first, last = await at.connects(), await at.connects(), await at.connects()
            gone[1].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            gone[1].close()
            lines = tuple(line(end.transport) for end in (first[0], gone[0], last[0]))
            for _ in range(3):
                write(send_all, lines, FRAME)
            assert gone[0].transport.is_closing()
            await asyncio.sleep(0.05)
            return await read(first[1], 3 * len(FRAME)) + await read(last[1], 3 * len(FRAME)), gone[0]

    heard, gone = runner.run(told())
    assert heard == 6 * FRAME
    assert gone.lost


async def with_much_waiting(at: Door, ahead: SendAll, transport: Any = None) -> tuple[bytes, bytes]:
    """What was sent and what arrived, when the kernel has room again while bytes still wait in the transport."""
    near, far = await at.connects()
    first = bytes(range(256)) * 400
    near.transport.write(first)
    assert near.transport.get_write_buffer_size() > 0
    got = b""
    while not select.select([], [near.socket.fileno()], [], 0)[1]:
        with suppress(BlockingIOError):
            got += far.recv(5_000)
    write(ahead, ((near.socket, transport or near.transport),), FRAME)
    got += await read(far, len(first) + len(FRAME) - len(got))
    far.close()
    return first + FRAME, got


def test_what_waits_already_goes_first(in_c: SendAll, runner: asyncio.Runner) -> None:
    async def run() -> tuple[bytes, bytes]:
        async with door() as at:
            return await with_much_waiting(at, in_c)

    sent, got = runner.run(run())
    assert sent == got


class Idle:
    """A transport that says that nothing waits and nothing ends."""

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0

    def write(self, data: bytes) -> None:
        raise AssertionError("the kernel had room")


def test_control_without_asking_what_waits_a_frame_would_be_torn(in_c: SendAll, runner: asyncio.Runner) -> None:
    async def run() -> tuple[bytes, bytes]:
        async with door() as at:
            return await with_much_waiting(at, in_c, Idle())

    sent, got = runner.run(run())
    assert sent != got
    assert sorted(sent) == sorted(got)


def unsigned() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Both sides of a TLS without certificates, which is enough to see whether bytes go through it."""
    sides = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for side in sides:
        side.maximum_version = ssl.TLSVersion.TLSv1_2
        side.set_ciphers("AECDH-AES256-SHA:@SECLEVEL=0")
    sides[1].check_hostname = False
    sides[1].verify_mode = ssl.CERT_NONE
    return sides


async def over_tls(send_all: SendAll, *, as_if_plain: bool) -> bytes:
    ours, theirs = unsigned()
    async with door(ours) as at:
        reader, writer = await asyncio.open_connection(*at.address, ssl=theirs)
        near = at.last
        found = line(near.transport)
        assert found[0] is None
        write(send_all, ((near.socket, near.transport) if as_if_plain else found,), FRAME)
        try:
            async with asyncio.timeout(5):
                return await reader.readexactly(len(FRAME))
        finally:
            writer.transport.abort()


def test_nothing_goes_past_tls(send_all: SendAll, runner: asyncio.Runner) -> None:
    assert runner.run(over_tls(send_all, as_if_plain=False)) == FRAME


def test_control_the_socket_below_tls_would_take_it_as_it_is(in_c: SendAll, runner: asyncio.Runner) -> None:
    with pytest.raises((ssl.SSLError, asyncio.IncompleteReadError, ConnectionError)):
        runner.run(over_tls(in_c, as_if_plain=True))


def test_who_is_sent_away_by_what_another_is_told_harms_nobody(houses: Any, send_all: SendAll) -> None:
    house = houses(send_all=send_all)
    first, second, third = (house.connects(person_id=name) for name in ("p1", "p2", "p3"))
    write_as_before = first.transport.write

    def write_and_close(data: bytes) -> None:
        write_as_before(data)
        second.watcher.close(4401)

    first.transport.write = write_and_close
    for client in (first, second, third):
        client.heard()
    house.notes("x")
    assert (first.kinds(), third.kinds()) == (["events"], ["events"])
    assert (second.over(), first.over(), third.over()) == (True, False, False)


class Broken(Idle):
    def get_write_buffer_size(self) -> int:
        raise LookupError("broken")


def test_nothing_is_kept_of_what_passed_through(in_c: SendAll) -> None:
    near, far = socket.socketpair()
    with near, far:
        held = [Idle(), Broken(), near, bytes(FRAME + b"!")]
        before = [sys.getrefcount(one) for one in held]
        for _ in range(100):
            in_c(((held[2], held[0]), (None, held[0])), held[3])
            with pytest.raises(LookupError):
                in_c(((held[2], held[1]),), held[3])
        assert [sys.getrefcount(one) for one in held] == before
        assert far.recv(10_000) == held[3] * 100


@pytest.mark.parametrize(
    "words", [(), ([], FRAME), ((), "text"), ((), bytearray(FRAME)), ((1,), FRAME), (((None,),), FRAME)]
)
def test_anything_else_is_a_type_error(in_c: Any, words: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError):
        in_c(*words)


def test_a_transport_that_has_no_socket_is_written_to(in_c: SendAll) -> None:
    transport: Any = Idle()
    assert list(in_c(((None, transport),), FRAME)) == [(transport, 0)]
    assert list(leave_all(((None, transport),), FRAME)) == [(transport, 0)]
    assert sendloop.FASTEST is in_c
