"""A number of a closed socket goes to the next that connects: nobody gets a frame that was meant for who was there before."""

import asyncio
import socket
from typing import Any

import pytest

from console.realtime.sendloop import Line, SendAll, line, write
from tests.realtime.ends import End, door, read, until
from tests.realtime.test_realtime_sendloop import Idle

SECRET, OWN = b"for another's eyes", b"mine"


class Remembered:
    """A socket's number, noted down while it was open."""

    def __init__(self, number: int) -> None:
        self._number = number

    def fileno(self) -> int:
        return self._number


class Forgetful(Idle):
    """A transport that never says that it is closing, and takes what it is given."""

    def write(self, data: bytes) -> None:
        pass


async def what_a_stranger_hears(send_all: SendAll, *, asks_socket: bool, asks_transport: bool) -> bytes:
    """Somebody goes, a stranger gets the number, and a frame is sent to who is gone."""
    async with door() as at:
        waiting = socket.socket()  # made before, so that the freed number is left for the near end
        gone, far = await at.connects()
        number = gone.socket.fileno()
        known: Line = line(gone.transport)
        gone.transport.abort()
        await until(lambda: gone.socket.fileno() == -1)
        stranger, ears = await at.connects(waiting)
        assert stranger.socket.fileno() == number
        to: Any = (known[0] if asks_socket else Remembered(number), known[1] if asks_transport else Forgetful())
        write(send_all, (to,), SECRET)
        stranger.transport.write(OWN)
        heard = await read(ears, len(OWN))
        far.close()
        ears.close()
        return heard


@pytest.mark.parametrize(("asks_socket", "asks_transport"), [(True, True), (True, False), (False, True)])
def test_a_stranger_hears_only_what_is_theirs(
    in_c: SendAll, runner: asyncio.Runner, *, asks_socket: bool, asks_transport: bool
) -> None:
    """Each of the two questions is enough."""
    heard = runner.run(what_a_stranger_hears(in_c, asks_socket=asks_socket, asks_transport=asks_transport))
    assert heard == OWN


def test_control_by_number_alone_it_would_be_the_others(in_c: SendAll, runner: asyncio.Runner) -> None:
    heard = runner.run(what_a_stranger_hears(in_c, asks_socket=False, asks_transport=False))
    assert heard == SECRET[: len(OWN)]


async def moments(end: str) -> tuple[End, list[tuple[bool, int]]]:
    """What a connection says of itself: open, ended, in `connection_lost`, and after that."""
    async with door() as at:
        near, far = await at.connects()
        told = [near.says()]
        getattr(near.transport, end)()
        told.append(near.says())
        await until(lambda: near.lost)
        await asyncio.sleep(0)
        far.close()
        return near, [*told, near.lost or (False, 0), near.says()]


@pytest.mark.parametrize("end", ["abort", "close"])
def test_what_is_relied_on_in_the_loops(runner: asyncio.Runner, end: str) -> None:
    """The descriptor is there until `connection_lost` has been heard, and -1 as soon as it may be somebody else's."""
    _, told = runner.run(moments(end))
    number = told[0][1]
    assert number > 2
    assert told == [(False, number), (True, number), (True, number), (True, -1)]


def test_what_is_on_its_way_out_gets_nothing_more(in_c: SendAll, runner: asyncio.Runner) -> None:
    async def run() -> bytes:
        async with door() as at:
            near, far = await at.connects()
            near.transport.write(b"last words")
            near.transport.close()
            write(in_c, (line(near.transport),), SECRET)
            return await read(far, 100)

    assert runner.run(run()) == b"last words"
