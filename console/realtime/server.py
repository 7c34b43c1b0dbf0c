"""uvicorn, set up for many long-lived sockets, that ends politely: every screen hears 1012 and the process exits 0."""

import asyncio
import signal
import socket
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

from msgspec import Struct
from uvicorn import Config, Server

from console.realtime.bounds import BoundedHttp
from console.realtime.fanout import FanoutProtocol
from console.realtime.hub import Hub
from console.realtime.protocol import MESSAGE_BYTES, RESTART

GRACE_S = 5
"""How long requests under way may take once the server has been told to end."""
DRAIN_S = 2.0
"""How long a server behind a proxy goes on serving after it has said by `/health` that it ends: until the proxy has asked."""

Ready = Callable[[str], None]


class Ending(Struct):
    """Whether the process has been told to end: whoever shares out requests should send it no more."""

    begun: bool = False


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
    """`on_ready(url)` is called once connections are answered; `ending` is told when that will soon be over."""

    def __init__(self, config: Config, hub: Hub, on_ready: Ready, ending: Ending | None = None) -> None:
        super().__init__(config)
        self._hub = hub
        self._on_ready = on_ready
        self._ending = ending or Ending()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell where."""
        await super().startup(sockets)
        if self.started:
            self._on_ready(url_of(self.servers[0].sockets[0]))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the proxy look elsewhere, let nobody in, tell every screen to come back, then end the rest."""
        self._ending.begun = True
        if self.config.proxy_headers:
            await self._drain()
        for server in self.servers:
            server.close()
        self._hub.close_all(RESTART)
        await self._hub.drain()
        await super().shutdown(sockets)

    async def _drain(self) -> None:
        """DRAIN_S, in which everything is served as before; whoever sits at the keyboard need not wait for it."""
        for _ in range(int(DRAIN_S / 0.05)):
            if signal.SIGINT in self._captured_signals:
                return
            await asyncio.sleep(0.05)

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """As uvicorn's, but a signal that was obeyed is not raised again after the polite end."""
        with super().capture_signals():
            try:
                yield
            finally:
                self._captured_signals.clear()


def serve(
    how: Config, hub: Hub, on_ready: Ready, sockets: list[socket.socket] | None = None, ending: Ending | None = None
) -> None:
    """Run until SIGTERM or SIGINT. Exits with status 3 when it cannot start. `sockets` are bound ones to use instead."""
    ConsoleServer(how, hub, on_ready, ending).run(sockets)


def url_of(listener: Any) -> str:
    """Where a bound socket is reached."""
    name = listener.getsockname()
    host = f"[{name[0]}]" if ":" in name[0] else name[0]
    return f"http://{host}:{name[1]}"
