"""One frame to many sockets: by the loop in C where it was built, else by the transports, one after the other."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol


class Descriptor(Protocol):
    """A socket as its transport shows it."""

    def fileno(self) -> int:
        """Its number; -1 from the moment it is closed."""
        ...


Line = tuple[Descriptor | None, asyncio.WriteTransport]
Left = Iterable[tuple[asyncio.WriteTransport, int]]
SendAll = Callable[[tuple[Line, ...], bytes], Left]
"""Sends what it can; answers each transport that has the rest to write, and how many bytes are out already."""


def line(transport: asyncio.WriteTransport) -> Line:
    """A transport and its socket, or None where bytes are changed on their way to it, as TLS does."""
    plain = transport.get_extra_info("sslcontext") is None
    return transport.get_extra_info("socket") if plain else None, transport


def leave_all(lines: tuple[Line, ...], _data: bytes) -> Left:
    """The loop in Python: all is left to the transports."""
    return [(transport, 0) for _, transport in lines]


try:
    from console.realtime import _sendloop
except ImportError:  # there was no C compiler where this was installed
    FASTEST: SendAll = leave_all
else:
    FASTEST = _sendloop.send_all


def write(send_all: SendAll, lines: tuple[Line, ...], data: bytes) -> None:
    """`data` to each of them, after whatever still waits there. Nobody is waited for."""
    for transport, taken in send_all(lines, data):
        transport.write(data[taken:])
