"""Websockets over bare sockets: what is refused before the upgrade, and clients that speak rudely after it."""

import json
import os
import socket
import struct
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from console.cli.shell import run_with_desk
from console.core.messages import Actor
from console.settings import Settings
from tests.api.conftest import LiveShow, Server
from tests.api.test_api_rights import Person

FIXED = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
PATIENCE_S = 10


def address(server: Server) -> tuple[str, int]:
    host, port = server.url.removeprefix("http://").split(":")
    return host, int(port)


class Wire:
    """One connection, in bytes."""

    def __init__(self, server: Server) -> None:
        self._socket = socket.create_connection(address(server), timeout=PATIENCE_S)
        self._host = server.url.removeprefix("http://")
        self.heard = b""

    def ask(self, path: str, *headers: bytes, fixed: str = FIXED) -> int:
        """The status of the answer; its body or the first frames stay in `heard`."""
        head = f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\n{fixed}".encode()
        self._socket.sendall(head + b"".join(header + b"\r\n" for header in headers) + b"\r\n")
        while b"\r\n\r\n" not in self.heard:
            assert self._more(), self.heard
        self.head, _, self.heard = self.heard.partition(b"\r\n\r\n")
        return int(self.head.split()[1])

    def _more(self) -> bytes:
        data = self._socket.recv(65_536)
        self.heard += data
        return data

    def says(self, data: bytes) -> None:
        self._socket.sendall(data)

    def rest(self) -> bytes:
        """All until the end."""
        try:
            while self._more():
                pass
        except ConnectionResetError:
            pass
        return self.heard

    def frame(self) -> tuple[int, bytes]:
        """The next one of the server's: opcode and payload."""
        head = self._take(2)
        length = head[1]
        if length > 125:
            (length,) = struct.unpack(*((">H", self._take(2)) if length == 126 else (">Q", self._take(8))))
        return head[0] & 15, self._take(length)

    def _take(self, count: int) -> bytes:
        while len(self.heard) < count:
            assert self._more(), "the end"
        taken, self.heard = self.heard[:count], self.heard[count:]
        return taken

    def code(self) -> int:
        """That of the close which must come."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            opcode, payload = self.frame()
            if opcode == 8:
                return int.from_bytes(payload[:2], "big")
        raise AssertionError("still open")

    def close(self) -> None:
        self._socket.close()


@contextmanager
def wire(server: Server) -> Iterator[Wire]:
    opened = Wire(server)
    try:
        yield opened
    finally:
        opened.close()


def masked(first: int, payload: bytes) -> bytes:
    """A client's frame; `first` is its first byte."""
    size = len(payload)
    length = (
        bytes([128 | size])
        if size < 126
        else b"\xfe" + struct.pack(">H", size)
        if size < 65_536
        else b"\xff" + struct.pack(">Q", size)
    )
    key = os.urandom(4)
    return bytes([first]) + length + key + bytes(byte ^ key[at % 4] for at, byte in enumerate(payload))


CLOCK = b'{"type":"clock","t":1}'


@pytest.fixture(scope="module")
def evening(shop: Server) -> LiveShow:
    return LiveShow(shop).started()


@pytest.fixture(scope="module")
def holder(evening: LiveShow) -> Person:
    return Person(evening.server, "host")


def paths(show: LiveShow) -> list[str]:
    return [f"/api/v1/shows/{show.id}/stream", f"/live/{show.id}/host", f"/live/{show.id}/overlay"]


def origin(server: Server) -> bytes:
    return f"Origin: {server.url}".encode()


@pytest.mark.parametrize("which", range(3))
def test_every_refusal_comes_before_the_upgrade_with_a_sentence(evening: LiveShow, holder: Person, which: int) -> None:
    server, path = evening.server, paths(evening)[which]
    bearer = f"Authorization: Bearer {server.tokens['host']}".encode()
    cookie = f"Cookie: console_session={holder.browser.cookies['console_session']}".encode()
    refusals = {
        401: [
            [], [origin(server)], [b"Cookie: console_session=guessed", origin(server)], [b"Authorization: Bearer lcc_guessed"],
            [b"Authorization: Bearer \xff\xfe\xc3\x28"], [b"Cookie: console_session=\xff\xfe", origin(server)], [b"Authorization: Basic QW5uOng="],
            [b"Authorization: Bearer lcc_guessed", cookie, origin(server)], [b"Cookie: " + b"; ".join(b"c%d=1" % n for n in range(1_000))],
            [b"Authorization: Bearer " + b"x" * 8_000], [b"Cookie: console_link=guessed", origin(server)],
        ],
        403: [
            [cookie, b"Origin: https://evil.example"], [cookie, b"Origin: null"], [cookie, b"Origin:"], [cookie],
            [cookie, b"Origin: " + server.url.encode() + b".evil.example"], [cookie, b"Origin: \xff\xfe"],
            [cookie, b"Origin: " + server.url.replace("http", "https").encode()], [bearer, b"Origin: https://evil.example"],
            [bearer, b"Origin: null"], [f"Authorization: Bearer {server.tokens['ingest']}".encode()],
        ],
    }  # fmt: skip
    for status, tries in refusals.items():
        for headers in tries:
            with wire(server) as opened:
                assert opened.ask(path, *headers) == status, headers
                said = json.loads(opened.rest().strip())
                assert said["why"].endswith((".", "。"))
    for headers in ([cookie, origin(server)], [bearer], [bearer, origin(server)]):
        with wire(server) as opened:
            assert opened.ask(path, *headers) == 101, headers


def test_what_is_not_there_is_404_and_only_for_whom_it_would_be_open(evening: LiveShow) -> None:
    server = evening.server
    bearer = f"Authorization: Bearer {server.tokens['host']}".encode()
    for path in ("/live/s_none/host", f"/live/{evening.id}/kitchen", "/api/v1/shows/s_none/stream", "/nowhere", "/live/%ff/host",
                 f"/live/{evening.id}/json", f"/live/{evening.id}/host/more", "/live/..%2f..%2fetc/host", "/live/a%00b/host"):  # fmt: skip
        with wire(server) as opened:
            assert opened.ask(path, bearer) in {403, 404}, path
        with wire(server) as opened:
            assert opened.ask(path) in {401, 403, 404}, path
    with wire(server) as opened:
        assert opened.ask(f"/live/{evening.id}/control", bearer) == 403


def test_a_link_needs_its_own_origin_too(evening: LiveShow) -> None:
    server = evening.server
    by = Actor(id="p_1", name="x", roles=frozenset())
    _, secret = run_with_desk(
        Settings.read(server.environ), lambda desk: desk.accounts.add_link(evening.id, "overlay", by)
    )
    cookie = f"Cookie: console_link={secret}".encode()
    asked = {b"": 403, b"Origin: https://evil.example": 403, origin(server): 101}
    for header, status in asked.items():
        with wire(server) as opened:
            assert opened.ask(f"/live/{evening.id}/overlay", cookie, *filter(None, [header])) == status, header


@pytest.mark.parametrize(
    "fixed",
    [
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 12\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n",
        FIXED + "X: " + "y" * 200_000 + "\r\n",
        FIXED + "".join(f"X-{number}: y\r\n" for number in range(2_000)),
    ],
)
def test_half_a_handshake_is_no_handshake(evening: LiveShow, fixed: str) -> None:
    with wire(evening.server) as opened:
        bearer = f"Authorization: Bearer {evening.server.tokens['host']}".encode()
        assert 400 <= opened.ask(paths(evening)[1], bearer, fixed=fixed) < 500


@pytest.fixture
def opened(evening: LiveShow) -> Iterator[Wire]:
    """Let in, its hello heard."""
    with wire(evening.server) as made:
        bearer = f"Authorization: Bearer {evening.server.tokens['host']}".encode()
        offer = b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"
        assert made.ask(paths(evening)[0], bearer, offer) == 101
        assert b"extensions" not in made.head.lower()
        assert made.frame()[0] == 1
        yield made


RUDE = {
    "64 KiB and one": (masked(0x81, b"x" * 65_537), 1009),
    "4 KiB and one": (masked(0x81, b"x" * 4_097), 1009),
    "a length of 2^63": (b"\x81\xff" + b"\x80" + bytes(7) + b"key!", {1002, 1009}),
    "a length without its bytes": (b"\x81\xff" + struct.pack(">Q", 10**12) + b"key!", 1009),
    "unmasked": (b"\x81\x05hello", 1002),
    "compressed, as nobody agreed": (masked(0xC1, zlib.compress(b"x" * 100_000)[2:-4]), 1002),
    "a reserved bit": (masked(0xA1, CLOCK), 1002),
    "an unknown opcode": (masked(0x83, CLOCK), 1002),
    "a fragmented ping": (masked(0x09, b""), 1002),
    "a long ping": (masked(0x89, b"x" * 126), 1002),
    "a rest of nothing": (masked(0x80, CLOCK), 1002),
    "two beginnings": (masked(0x01, b"{") + masked(0x01, b"{"), 1002),
    "half a character": (masked(0x81, b"\xed\xa0\x80"), 1007),
    "bytes": (masked(0x82, CLOCK), 1008),
    "deep": (masked(0x81, b"[" * 4_000), 1008),
    "a key twice with a number that is none": (masked(0x81, b'{"type":"clock","t":NaN}'), 1008),
    "an end of one byte": (masked(0x88, b"\x03"), 1002),
    "an end that says nothing": (masked(0x88, b"\x00\x00"), 1002),
    "a flood of pings": (masked(0x89, b"") * 500, 1008),
    "a flood of questions": (masked(0x81, CLOCK) * 500, 1008),
    "a flood of fragments": (masked(0x01, b"{") + masked(0x00, b" ") * 5_000, 1009),
    "a flood of empty fragments": (masked(0x01, b"") + masked(0x00, b"") * 5_000 + masked(0x88, b"\x03\xe8"), {1000, 1008}),
}  # fmt: skip


@pytest.mark.parametrize("how", RUDE)
def test_rude_clients_are_told_and_cut(evening: LiveShow, opened: Wire, how: str) -> None:
    data, code = RUDE[how]
    with evening.server.socket(paths(evening)[0], "controller") as other:
        other.recv(timeout=PATIENCE_S)
        opened.says(data)
        assert opened.code() in (code if isinstance(code, set) else {code})
        evening.do("mark", note=how)
        while json.loads(other.recv(timeout=PATIENCE_S))["kind"] != "events":
            pass


def test_a_question_in_fragments_of_one_byte_each_is_understood(opened: Wire) -> None:
    for at in range(len(CLOCK)):
        first = (0x01 if at == 0 else 0x00) | (0x80 if at == len(CLOCK) - 1 else 0)
        for byte in masked(first, CLOCK[at : at + 1]):
            opened.says(bytes([byte]))
    while json.loads(opened.frame()[1])["kind"] != "clock":
        pass


def test_pings_between_fragments_are_answered(opened: Wire) -> None:
    opened.says(masked(0x01, CLOCK[:5]) + masked(0x89, b"there?") + masked(0x80, CLOCK[5:]))
    kinds = {opened.frame()[0] for _ in range(2)}
    assert 10 in kinds


def test_a_head_without_end_is_not_kept(evening: LiveShow) -> None:
    """Plain HTTP and websockets alike: headers are read up to a bound, and nothing waits behind them."""
    for fixed in ("", FIXED):
        with wire(evening.server) as opened:
            opened.says(f"GET /shows HTTP/1.1\r\nHost: x\r\n{fixed}X: ".encode())
            with pytest.raises(ConnectionError):  # noqa: PT012 - whichever write first finds it closed
                for _ in range(200):
                    opened.says(b"y" * 16_384)
                    time.sleep(0.001)
                raise AssertionError("three megabytes were taken")


def test_a_long_address_is_refused(evening: LiveShow) -> None:
    with wire(evening.server) as opened:
        bearer = f"Authorization: Bearer {evening.server.tokens['host']}".encode()
        assert opened.ask(paths(evening)[0] + "?epoch=" + "x" * 20_000, bearer) == 414
