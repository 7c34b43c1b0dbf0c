"""Taking an accepted websocket away from uvicorn, so that one write reaches it without a task or an await of its own.

Handshake, routing and sign-in stay uvicorn's and Litestar's. What this relies on in uvicorn is pinned by
`tests/realtime/test_realtime_server.py`.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

EXTENSION = "fanout"
KERNEL_BYTES = 256 * 1024
"""What the kernel may hold for one screen; Linux takes twice of it. Left alone it grows to four megabytes, which a screen
that never reads would cost before anybody notices that it does not read."""


class TakenTransport(asyncio.Transport):
    """Stands where the transport was: uvicorn closes what its handler leaves behind, and must find nothing to close."""

    def is_closing(self) -> bool:
        """Nothing may be sent any more."""
        return True

    def close(self) -> None:
        """Nothing to close."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Nowhere to write."""


class FanoutProtocol(WebSocketsSansIOProtocol):
    """uvicorn's websocket protocol, which offers itself to the handler as the scope extension `fanout`."""

    def data_received(self, data: bytes) -> None:
        """asyncio: uvicorn would leave a handshake it cannot read without an answer, and open for ever."""
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def handle_connect(self, event: Request) -> None:
        """Add the extension before the handler's task first runs."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            extensions = cast(dict[str, Any], self.scope["extensions"])
            extensions[EXTENSION] = self

    def detach(self, successor: Callable[[asyncio.Transport], asyncio.Protocol]) -> bool:
        """Hand the transport of an accepted connection to `successor(transport)`, all within one step of the loop.

        False when the connection is not there to be taken: gone already, never accepted, or its client spoke
        before it was let in.
        """
        transport = self.transport
        if not self.handshake_complete or self.disconnected or self.close_sent or transport.is_closing():
            return False
        if not self.queue.empty() or self.conn.reader.buffer:
            return False
        self.stop_keepalive()
        keep_short(transport)
        self.connections.discard(self)
        self.transport = TakenTransport()
        transport.set_protocol(successor(transport))
        if self.read_paused:
            transport.resume_reading()
        return True


def keep_short(transport: asyncio.Transport) -> None:
    """Bound what the kernel holds for this socket."""
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
