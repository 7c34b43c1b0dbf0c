"""The product's own hub, channel, server and websocket route; only who may come in and what is said are made up here.

A journal row becomes a frame by the JSON stream's own way. `--interval-ms 0 --rate 0` gives one frame a write, as fast
as it goes; with a rate, rows come one by one on the clock and the channel's own pace joins them. `--python` writes by the
loop that is used where no C loop was built.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from typing import Any

from litestar import Litestar

from console.core.messages import Event, Recorded
from console.core.show import Show
from console.realtime.hub import Hub
from console.realtime.pacer import Pace
from console.realtime.sendloop import FASTEST, SendAll, leave_all
from console.realtime.server import config, serve
from console.realtime.socket import Refusal, Socket, socket_routes
from console.realtime.sources import Feed
from console.realtime.watcher import Admission

FRAME_BYTES = 300
ENVELOPE_BYTES = 107
FIRST = 1_000_000
"""Where numbers begin, so that they keep their width."""


class Ticked(Event, frozen=True):
    """A row with its stamp."""

    t: int


class Publisher:
    """Rows of one show, told to the hub."""

    def __init__(self, item_bytes: int) -> None:
        self.show = Show("s1", "e1", ())
        self.show.seq = FIRST
        self._item_bytes = item_bytes
        self.hub: Hub | None = None

    def describe(self, row: Recorded) -> dict[str, Any]:
        """An item of `item_bytes`."""
        event: Any = row.event
        head = f'{{"t":{event.t},"n":{row.seq},"pad":""}}'
        return {"t": event.t, "n": row.seq, "pad": "x" * (self._item_bytes - len(head))}

    def publish(self, count: int) -> None:
        """`count` more rows, announced at once."""
        assert self.hub
        rows = [self._row() for _ in range(count)]
        self.hub.publish(self.show, rows)

    def _row(self) -> Recorded:
        event = Ticked(t=time.monotonic_ns())
        row = Recorded(show_id="s1", seq=self.show.seq + 1, at_ms=0, actor="bench", event=event)
        self.show.evolve(row)
        return row


async def run(publisher: Publisher, rate: float) -> None:
    """Wait for the word, then publish: `rate` rows a second, or one a turn of the loop."""
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    began, done = time.monotonic(), 0
    while True:
        due = int((time.monotonic() - began) * rate) - done if rate else 1
        if due > 0:
            publisher.publish(due)
            done += due
        await asyncio.sleep(min(0.005, 1 / rate) if rate else 0)


def main(words: Sequence[str] | None = None) -> None:
    """Serve until told to end."""
    options = argparse.ArgumentParser()
    options.add_argument("--interval-ms", type=float)
    options.add_argument("--rate", type=float, default=0)
    options.add_argument("--python", action="store_true")
    asked = options.parse_args(words)
    publisher = Publisher(FRAME_BYTES - (0 if asked.rate else ENVELOPE_BYTES))
    hub = publisher.hub = make_hub(publisher, asked.interval_ms, leave_all if asked.python else FASTEST)
    admission = Admission(person_id="p1", session_id="x1", roles=frozenset({"admin"}))
    tasks: set[asyncio.Task[None]] = set()

    async def authorise(_socket: Socket, _show_id: str, _screen: str) -> Admission | Refusal:
        return admission

    async def load(_show_id: str) -> Show | None:
        return publisher.show

    async def started() -> None:
        tasks.add(asyncio.create_task(run(publisher, asked.rate)))

    app = Litestar(list(socket_routes(hub, authorise, load)), on_startup=[started], openapi_config=None)
    serve(config(app), hub, lambda url: print(url.rpartition(":")[2], flush=True))


def make_hub(publisher: Publisher, interval_ms: float | None, send_all: SendAll) -> Hub:
    """At the product's pace, or at a given one."""
    feed = Feed(
        snapshot=lambda _show, _viewer: {},
        describe=publisher.describe,
        metrics=lambda _show, _viewer: {},
        comments=lambda _show, _viewer: [],
    )
    pace = Pace() if interval_ms is None else Pace(state=interval_ms / 1000)
    return Hub(screens={}, render=_nothing, feed=feed, now_ms=_now_ms, pace=pace, send_all=send_all)


def _nothing(*_: object) -> str:
    return ""


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    main()
