"""The heads of requests, bounded in length and time: uvicorn reads one that never ends for ever."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 64 * 1024
HEAD_S = 15.0
TOO_LONG = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n"
    b"cache-control: no-store\r\n\r\n"
)


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's protocol. A head over HEAD_BYTES is answered with 431; one not whole after HEAD_S ends the connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_bytes: int | None = 0
        """None while no head is being read."""
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """asyncio: the first head is awaited."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio: nothing is awaited any more."""
        self._head_came()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """httptools: the first byte of a head."""
        self._await_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """httptools: the head is whole."""
        self._head_came()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """asyncio: more of a head or a body."""
        super().data_received(data)
        if self._head_bytes is None:
            return
        self._head_bytes += len(data)
        if self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
            self.transport.write(TOO_LONG)
            self.transport.close()

    def _await_head(self) -> None:
        self._head_came()
        self._head_bytes = 0
        self._head_timer = self.loop.call_later(HEAD_S, self.transport.abort)

    def _head_came(self) -> None:
        self._head_bytes = None
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
