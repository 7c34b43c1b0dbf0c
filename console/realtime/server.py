"""uvicorn, set up for many long-lived sockets, that ends politely: every screen hears 1012 and the process exits 0."""

import socket
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

from uvicorn import Config, Server

from console.realtime.fanout import FanoutProtocol
from console.realtime.heads import BoundedHttp
from console.realtime.hub import Hub
from console.realtime.protocol import MESSAGE_BYTES, RESTART

GRACE_S = 5
"""How long requests under way may take once the server has been told to end."""

Ready = Callable[[str], None]


def config(app: Any, host: str = "127.0.0.1", port: int = 0, proxies: Sequence[str] = ()) -> Config:
    """No compression (a frame is built once for all), no logging of its own, a backlog for a storm of reconnects.

    Who the caller is and whether the way is encrypted is taken from the headers of `proxies` and of nobody else.
    """
    return Config(
        app, host=host, port=port, ws=FanoutProtocol, http=BoundedHttp, loop="uvloop", ws_per_message_deflate=False,
        ws_max_size=MESSAGE_BYTES, ws_ping_interval=None, backlog=4096, access_log=False, log_config=None, log_level="warning",
        server_header=False, timeout_graceful_shutdown=GRACE_S, proxy_headers=bool(proxies), forwarded_allow_ips=list(proxies),
    )  # fmt: skip


class ConsoleServer(Server):
    """`on_ready(url)` is called once connections are answered."""

    def __init__(self, config: Config, hub: Hub, on_ready: Ready) -> None:
        super().__init__(config)
        self._hub = hub
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell where."""
        await super().startup(sockets)
        if self.started:
            self._on_ready(url_of(self.servers[0].sockets[0]))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let nobody in, tell every screen to come back, then end the rest."""
        for server in self.servers:
            server.close()
        self._hub.close_all(RESTART)
        await self._hub.drain()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """As uvicorn's, but a signal that was obeyed is not raised again after the polite end."""
        with super().capture_signals():
            try:
                yield
            finally:
                self._captured_signals.clear()


def serve(how: Config, hub: Hub, on_ready: Ready, sockets: list[socket.socket] | None = None) -> None:
    """Run until SIGTERM or SIGINT. Exits with status 3 when it cannot start. `sockets` are bound ones to use instead."""
    ConsoleServer(how, hub, on_ready).run(sockets)


def url_of(listener: Any) -> str:
    """Where a bound socket is reached."""
    name = listener.getsockname()
    host = f"[{name[0]}]" if ":" in name[0] else name[0]
    return f"http://{host}:{name[1]}"
