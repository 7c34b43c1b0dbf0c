"""What a connection may take before a request is whole: uvicorn reads a head or a body that never ends for ever."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 64 * 1024
HEAD_S = 15.0
BODY_BYTES = 64 * 1024
BODY_S = 10.0
"""A body that is not whole yet brings BODY_BYTES in every BODY_S: a command has ten seconds, an upload 52 kbit/s."""
END = b"connection: close\r\ncontent-length: 0\r\ncache-control: no-store\r\n\r\n"
TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\n" + END
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\n" + END


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's protocol. A head over HEAD_BYTES is answered with 431; one not whole after HEAD_S ends the connection.

    A body slower than BODY_BYTES in BODY_S is answered with 408, or ends the connection when an answer went out before.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_bytes: int | None = 0
        """None while no head is being read."""
        self._head_timer: asyncio.TimerHandle | None = None
        self._body_bytes: int | None = None
        """Since the last look at the clock; None while no body is being read."""
        self._held_up = False
        """Whether its sender had to wait for this server at the last look."""
        self._body_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """asyncio: the first head is awaited."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio: nothing is awaited any more."""
        self._head_came()
        self._body_came()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """httptools: the first byte of a head."""
        self._await_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """httptools: the head is whole. One that uvicorn refuses raises here, and no body of it is awaited."""
        self._head_came()
        super().on_headers_complete()
        self._body_bytes = 0

    def on_message_complete(self) -> None:
        """httptools: the body is whole, if there was one."""
        self._body_came()
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """asyncio: more of a head or a body."""
        super().data_received(data)
        if self._head_bytes is not None:
            self._more_head(self._head_bytes + len(data))
        elif self._body_bytes is not None:
            self._more_body(self._body_bytes + len(data))

    def _await_head(self) -> None:
        self._head_came()
        self._head_bytes = 0
        self._head_timer = self.loop.call_later(HEAD_S, self.transport.abort)

    def _more_head(self, size: int) -> None:
        self._head_bytes = size
        if size > HEAD_BYTES:
            self._refuse(TOO_LONG)

    def _head_came(self) -> None:
        self._head_bytes = None
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _more_body(self, size: int) -> None:
        """The clock is set only when a body did not come with its head: most do, and cost nothing here."""
        self._body_bytes = size
        if self._body_timer is None:
            self._held_up = self._waits_for_us()
            self._body_timer = self.loop.call_later(BODY_S, self._look_at_body)

    def _waits_for_us(self) -> bool:
        return self.flow.read_paused or self.cycle.waiting_for_100_continue

    def _look_at_body(self) -> None:
        if self._held_up or self._waits_for_us() or (self._body_bytes or 0) >= BODY_BYTES:
            self._body_timer = None
            self._more_body(0)
        elif self.cycle.response_started:
            self.transport.abort()
        else:
            self._refuse(TOO_SLOW)

    def _body_came(self) -> None:
        self._body_bytes = None
        if self._body_timer is not None:
            self._body_timer.cancel()
            self._body_timer = None

    def _refuse(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()
