"""What is relied on in uvicorn, and that a signal ends the process politely."""

import asyncio
import inspect
import os
import signal
import subprocess
import sys
import textwrap
from importlib.metadata import version

import pytest
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import Server
from websockets.asyncio.client import connect

from console.realtime.fanout import FanoutProtocol, TakenTransport


def test_the_internals_of_uvicorn_this_relies_on_are_as_they_were() -> None:
    assert version("uvicorn").split(".")[:2] == ["0", "54"]
    protocol, server = inspect.getsource(WebSocketsSansIOProtocol), inspect.getsource(Server)
    ours = {"is_closing", "set_protocol", "resume_reading", "TakenTransport", "keep_short"}
    assert "self.conn.receive_data(data)" in protocol
    assert "self.handshake_initiated = True" in protocol
    used = set(FanoutProtocol.detach.__code__.co_names) - ours
    assert used == {
        "transport", "handshake_complete", "disconnected", "close_sent", "queue", "empty", "conn", "reader", "buffer",
        "stop_keepalive", "connections", "discard", "read_paused",
    }  # fmt: skip
    for name in used - {"empty", "reader", "buffer", "discard"}:
        assert f"self.{name}" in protocol
    assert "if self.close_timer is None:\n            self.transport.close()" in protocol
    assert "task = self.loop.create_task(self.run_asgi())" in protocol
    assert '"extensions": {"websocket.http.response": {}}' in protocol
    assert "for captured_signal in reversed(self._captured_signals)" in server
    assert "while self.server_state.connections and not self.force_exit" in server
    assert TakenTransport().is_closing()


PROGRAM = """
    import time
    from litestar import Litestar
    from console.realtime.hub import Hub
    from console.realtime.server import config, serve
    from console.realtime.socket import socket_routes
    from console.realtime.sources import Feed
    from console.realtime.watcher import Admission
    from console.core.show import Show

    async def authorise(*_):
        return Admission(person_id="p", session_id="x", roles=frozenset())

    async def load(_):
        return Show("s1", "e1", ())

    feed = Feed(snapshot=lambda *_: {}, describe=lambda _: {}, metrics=lambda *_: {}, comments=lambda *_: [])
    hub = Hub(screens={}, render=lambda *_: "", feed=feed, now_ms=lambda: time.time_ns() // 1_000_000)
    app = Litestar(route_handlers=socket_routes(hub, authorise, load), openapi_config=None)
    serve(config(app), hub, lambda url: print("ready", url, flush=True))
"""


def begun() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )  # fmt: skip


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_process_politely_with_status_0(sign: signal.Signals) -> None:
    process = begun()
    try:
        line = await asyncio.to_thread(process.stdout.readline)
        url = line.removeprefix("ready ").strip().replace("http", "ws")
        client = await connect(f"{url}/api/v1/shows/s1/stream", proxy=None)
        await client.recv()
        process.send_signal(sign)
        await client.wait_closed()
        assert client.close_code == 1012
        _, errors = await asyncio.to_thread(process.communicate, None, 10)
        assert (process.returncode, errors) == (0, "")
    finally:
        process.kill()
