"""One connected screen: a transport and the little it needs, so that thousands of them stay small."""

import asyncio
from typing import Protocol

from msgspec import Struct
from websockets.frames import Opcode

from console.core.messages import Role
from console.realtime import protocol, wire
from console.realtime.protocol import Close, Conversation, Limits, Step


class Admission(Struct, frozen=True, kw_only=True):
    """Whose screen it is and what it may show. `expires_at` (epoch ms) ends it by itself."""

    person_id: str
    session_id: str
    roles: frozenset[Role]
    locale: str = "zh"
    sees_cost: bool = False
    expires_at: int | None = None


class Room(Protocol):
    """The channel a watcher is in."""

    def leave(self, watcher: "Watcher") -> None:
        """Write to it no more."""

    def clock(self, t: float) -> bytes:
        """The websocket bytes of a clock answer."""
        ...


class House(Protocol):
    """Who keeps the watchers: the hub."""

    limits: Limits

    def now_ms(self) -> int:
        """Now."""
        ...

    def closing(self, watcher: "Watcher") -> None:
        """A close is on its way; see that it ends."""

    def gone(self, watcher: "Watcher") -> None:
        """Its connection is lost."""


class Watcher(asyncio.Protocol):
    """Parses what its client sends, answers pings and clock questions, and ends when the conversation says so."""

    __slots__ = ("_closing", "_conversation", "_house", "_reader", "_room", "admission", "transport")

    def __init__(self, admission: Admission, house: House, transport: asyncio.Transport) -> None:
        self.admission = admission
        self.transport = transport
        self._house = house
        self._room: Room | None = None
        self._reader: wire.Reader | None = wire.Reader()
        self._closing = False
        self._conversation = Conversation(house.limits, house.now_ms(), admission.expires_at)

    @property
    def behind(self) -> bool:
        """Whether numbers are left out until it has caught up."""
        return self._conversation.behind

    def begin(self, room: Room, opening: bytes) -> None:
        """Enter a channel and hear the opening, whose size does not count as falling behind."""
        house = self._house
        self._room = room
        self._conversation = Conversation(house.limits, house.now_ms(), self.admission.expires_at, len(opening))
        self.transport.write(opening)

    def check(self, now: int) -> Step:
        """Act on what is still unsent; tells what was decided."""
        step = self._conversation.check(self.transport.get_write_buffer_size(), now)
        if isinstance(step, Close):
            self.close(step.code, step.reason)
        elif step == "abort":
            self.abort()
        return step

    def close(self, code: int, reason: str = "") -> None:
        """Say why, then wait for the client's own close; the hub aborts what takes too long."""
        if self._closing:
            return
        self._closing = True
        self._leave()
        self.transport.write(wire.close(code, reason))
        self._conversation.closing(self._house.now_ms())
        self._house.closing(self)

    def abort(self) -> None:
        """End without a word: nothing can be delivered."""
        self._leave()
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """asyncio: bytes of the client."""
        if self._reader is None:
            return
        try:
            for opcode, payload in self._reader.feed(data):
                self._received(opcode, payload)
        except wire.WireError as error:
            self._fail(error.code, str(error))

    def connection_lost(self, _error: Exception | None) -> None:
        """asyncio: the end, however it came."""
        self._reader = None
        self._leave()
        self._house.gone(self)

    def _received(self, opcode: Opcode, payload: bytes) -> None:
        if opcode is Opcode.CLOSE:
            self._answer_close(payload)
        elif not self._closing:
            flood = self._conversation.heard(self._house.now_ms())
            if flood:
                self.close(flood.code, flood.reason)
            else:
                self._answer(opcode, payload)

    def _answer(self, opcode: Opcode, payload: bytes) -> None:
        if opcode is Opcode.PING:
            if not self.behind:
                self.transport.write(wire.pong(payload))
        elif opcode is Opcode.TEXT:
            self._answer_text(protocol.understood(payload))
        elif opcode is Opcode.BINARY:
            self.close(protocol.POLICY, "not understood")

    def _answer_text(self, message: protocol.Clock | Close) -> None:
        if isinstance(message, Close):
            self.close(message.code, message.reason)
        elif self._room and not self.behind:
            self.transport.write(self._room.clock(message.t))

    def _answer_close(self, payload: bytes) -> None:
        code = wire.close_code(payload)
        if not self._closing:
            self.close(code)
        self._end()

    def _fail(self, code: int, reason: str) -> None:
        self.close(code, reason)
        self._end()

    def _end(self) -> None:
        """Whatever is still buffered goes out first; more is not read."""
        self._reader = None
        self.transport.close()

    def _leave(self) -> None:
        if self._room:
            self._room.leave(self)
            self._room = None
