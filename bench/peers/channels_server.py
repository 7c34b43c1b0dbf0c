"""Litestar's ChannelsPlugin with its memory backend and its own websocket route."""

import asyncio
import sys
import time
from typing import Any

import uvicorn
from litestar import Litestar
from litestar.channels import ChannelsPlugin
from litestar.channels.backends.memory import MemoryChannelsBackend

CHANNEL = "frames"
AHEAD = 2
"""Frames that may wait for a subscriber before the next is published; more would only fill memory."""

plugin = ChannelsPlugin(MemoryChannelsBackend(), channels=[CHANNEL], create_ws_route_handlers=True)
tasks: set[asyncio.Task[None]] = set()


def frame(number: int) -> str:
    """300 bytes."""
    head = f'{{"t":{time.monotonic_ns()},"n":{number},"pad":"'
    return head + "x" * (298 - len(head)) + '"}'


async def publish() -> None:
    """One frame after the other, as fast as the subscribers' queues empty."""
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    subscriber: Any = next(iter(plugin._channels[CHANNEL]))
    number = 0
    while True:
        if subscriber.qsize <= AHEAD:
            number += 1
            plugin.publish(frame(number), CHANNEL)
        await asyncio.sleep(0)


async def started() -> None:
    """Publish beside serving."""
    tasks.add(asyncio.create_task(publish()))


class Server(uvicorn.Server):
    """Tells its port."""

    async def startup(self, sockets: Any = None) -> None:
        """Start, then print."""
        await super().startup(sockets)
        print(self.servers[0].sockets[0].getsockname()[1], flush=True)


if __name__ == "__main__":
    app = Litestar(plugins=[plugin], on_startup=[started], openapi_config=None)
    how = uvicorn.Config(
        app, host="127.0.0.1", port=0, loop="uvloop", http="httptools", ws_per_message_deflate=False, ws_ping_interval=None,
        backlog=4096, access_log=False, log_level="warning",
    )  # fmt: skip
    Server(how).run()
