"""One show on one screen in one language: its frames, made once, and the sockets they are written to."""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from console.core.messages import Recorded
from console.core.show import Show
from console.core.slice import Lane
from console.core.time import to_rfc3339
from console.realtime import protocol, sendloop, wire
from console.realtime.pacer import CallLater, Pace, Pacer
from console.realtime.ring import Held, Ring
from console.realtime.sendloop import Line, SendAll
from console.realtime.sources import LANES, Said, Source
from console.realtime.watcher import Watcher

SWEEP_BYTES = 64 * 1024
"""Bytes written to each socket between two looks at what is still unsent."""


class Means(Struct, frozen=True):
    """The clock and the timers a channel goes by, and how it writes."""

    now_ms: Callable[[], int]
    call_later: CallLater
    pace: Pace
    send_all: SendAll


class Channel:
    """`seq` is how far its watchers are; `head` how far the show was last announced."""

    __slots__ = ("_failed", "_now_ms", "_pacers", "_ring", "_send_all", "_show", "_source", "_unswept", "epoch", "head",
                 "idle_since", "seq", "watchers")  # fmt: skip

    def __init__(self, show: Show, source: Source, means: Means, failed: Callable[["Channel"], None]) -> None:
        self._show = show
        self._source = source
        self._now_ms = means.now_ms
        self._send_all = means.send_all
        self._failed = failed
        self._unswept = 0
        self.epoch = show.epoch
        self.seq = self.head = show.seq
        self._ring = Ring(show.seq)
        self.watchers: dict[Watcher, Line] = {}
        self.idle_since: int | None = means.now_ms()
        self._pacers = {lane: Pacer(means.call_later, getattr(means.pace, lane), self._guarded(lane)) for lane in LANES}

    def advance(self, show: Show, rows: Sequence[Recorded]) -> None:
        """The show was announced, having moved by `rows`; what is known already is passed over."""
        head = rows[-1].seq if rows else show.seq
        if head <= self.head:
            self._take_over(show)
            return
        fresh = [row for row in rows if row.seq > self.head]
        unbroken = head - self.head == len(fresh)
        self._show, self.head = show, head
        if not self._source.take(fresh, unbroken):
            self._start_over()
        for pacer in self._pacers.values():
            pacer.poke()

    def join(self, watcher: Watcher, show: Show, cursor: protocol.Cursor | None) -> None:
        """Bring one socket to where the others are, then let it hear what they hear."""
        self._look_at(show)
        self._pacers["state"].run()
        watcher.begin(self, b"".join(self._opening(cursor)))
        self.watchers[watcher] = sendloop.line(watcher.transport)
        self.idle_since = None

    def leave(self, watcher: Watcher) -> None:
        """Stop writing to a socket."""
        if self.watchers.pop(watcher, None) and not self.watchers:
            self.idle_since = self._now_ms()

    def clock(self, t: float) -> bytes:
        """The answer to a client that measures its clock: its own `t`, and `at`."""
        return self._encoded(Said("clock", {"t": t}), self._now_ms())

    def heartbeat(self, head: int, degraded: Sequence[str]) -> bytes:
        """How far the show is, what time it is, and what is out of order in this process."""
        now = self._now_ms()
        fields = {"head": max(head, self.head), "now": to_rfc3339(now), "degraded": degraded}
        return self._encoded(Said("heartbeat", fields), now)

    def beat(self, head: int, degraded: Sequence[str], *, ping: bool = False) -> None:
        """The heartbeat to all, now and then with a ping that finds out who is still there."""
        self._broadcast(self.heartbeat(head, degraded) + (wire.PING if ping else b""))

    def sweep(self) -> None:
        """Look at what every socket has not taken yet, and act on it."""
        self._unswept = 0
        now = self._now_ms()
        for watcher in list(self.watchers):
            if watcher.check(now) == "caught_up":
                watcher.transport.write(self._joined(self._source.lane("metrics")))

    def keep(self, pace: Pace) -> None:
        """Another pace for each lane."""
        for lane, pacer in self._pacers.items():
            pacer.keep(getattr(pace, lane))

    def stop(self) -> None:
        """No more frames."""
        for pacer in self._pacers.values():
            pacer.stop()

    def _look_at(self, show: Show) -> None:
        if show.seq > self.head and show is not self._show:
            self.advance(show, ())
        else:
            self._take_over(show)

    def _take_over(self, show: Show) -> None:
        """A fold that was read anew takes the place of one that was dropped; what waited for it is said now."""
        if show.seq == self.head and show is not self._show:
            self._show = show
            for pacer in self._pacers.values():
                pacer.run()

    def _start_over(self) -> None:
        """Rows are missing, so everyone gets the whole again rather than a hole."""
        self.seq = self.head
        self._ring = Ring(self.seq)
        self._broadcast(b"".join(self._opening(None)))

    def _guarded(self, lane: Lane) -> Callable[[], bool]:
        def flush() -> bool:
            try:
                return self._flush(lane)
            except Exception:  # noqa: BLE001 - one screen that cannot be drawn must not stop the others
                self._failed(self)
                return False

        return flush

    def _flush(self, lane: Lane) -> bool:
        if self._show.seq != self.head:
            return False  # rows are being written that may yet be taken back
        said = self._source.changes(self._show, lane)
        start = self.seq
        if lane == "state":
            self.seq = self.head
        now = self._now_ms()
        frames = [self._encoded(one, now) for one in said]
        if lane == "state":
            for one, data in zip(said, frames, strict=True):
                end = one.seq or self.seq
                self._ring.append(Held(start, end, now, data))
                start = end
        if frames:
            self._broadcast(b"".join(frames), lane)
        return True

    def _opening(self, cursor: protocol.Cursor | None) -> list[bytes]:
        now = self._now_ms()
        missed = protocol.replay(cursor, self.epoch, self.seq, self._ring)
        if missed is None or cursor is None:
            return [self._encoded(Said("hello", {"resumed": False, **self._source.whole(self._show)}), now)]
        # This hello promises no more than the screen has, in case it is cut again before the rest arrives.
        hello = self._encoded(Said("hello", {"resumed": True}, cursor.seq), now)
        return [hello, *missed, self._joined(self._source.lane("comments") + self._source.lane("metrics"))]

    def _joined(self, said: Iterable[Said]) -> bytes:
        now = self._now_ms()
        return b"".join(self._encoded(one, now) for one in said)

    def _encoded(self, said: Said, now: int) -> bytes:
        seq = self.seq if said.seq is None else said.seq
        return wire.text(protocol.frame(said.kind, self.epoch, seq, now, said.fields))

    def _broadcast(self, data: bytes, lane: Lane = "state") -> None:
        # Copied: what a transport calls back while it is written to may send somebody away.
        if lane == "metrics":
            lines = tuple(line for watcher, line in self.watchers.items() if not watcher.behind)
        else:
            lines = tuple(self.watchers.values())
        sendloop.write(self._send_all, lines, data)
        self._unswept += len(data)
        if self._unswept > SWEEP_BYTES:
            self.sweep()
