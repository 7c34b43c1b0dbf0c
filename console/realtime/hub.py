"""Everyone who watches, by channel and by person. Fed by `publish`; writes without ever waiting for a reader."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct, structs

from console.core.messages import Recorded
from console.core.show import Show
from console.core.slice import Part, Viewer
from console.realtime.bus import Bus
from console.realtime.channel import Channel, Means
from console.realtime.pacer import CallLater, Cancellable, Pace
from console.realtime.patches import Render
from console.realtime.protocol import BROKEN, RESTART, SIGNED_OUT, Cursor, Limits
from console.realtime.sendloop import FASTEST, SendAll
from console.realtime.sources import Feed, ScreenSource, Source, StreamSource
from console.realtime.watcher import Admission, Watcher

STREAM = "json"
"""The screen name of the JSON stream."""
LINGER_MS = 125_000
"""How long a channel goes on without watchers, so that one that comes back misses nothing."""
CLOSED_KEPT_MS = 60_000
TICK_S = 0.25
TICKS_A_BEAT = 8
BEATS_A_PING = 8
MAX_WATCHERS = 10_000

log = logging.getLogger(__name__)


class ChannelKey(Struct, frozen=True):
    """What makes two watchers see the same frames."""

    show_id: str
    screen: str
    locale: str
    sees_cost: bool


class Entry(Struct, frozen=True, kw_only=True):
    """Who wants to see what, from where on. `ticket` was taken before it was asked who they are."""

    show: Show
    screen: str
    admission: Admission
    cursor: Cursor | None
    ticket: int


DEFAULT_PACE = Pace()
DEFAULT_LIMITS = Limits()


class Hub:
    """One per process, on one event loop; no method may be called from another thread."""

    def __init__(  # noqa: PLR0913 - the composition root hands each collaborator by name
        self, *, screens: Mapping[str, Sequence[Part]], render: Render, feed: Feed, now_ms: Callable[[], int],
        bus: Bus | None = None, pace: Pace = DEFAULT_PACE, limits: Limits = DEFAULT_LIMITS, call_later: CallLater | None = None,
        send_all: SendAll = FASTEST,
    ) -> None:  # fmt: skip
        self.limits = limits
        self.now_ms = now_ms
        self._screens = screens
        self._render = render
        self._feed = feed
        self._given_call_later = call_later
        self._usual = pace
        self._means = Means(now_ms, self._call_later, pace, send_all)
        self._channels: dict[ChannelKey, Channel] = {}
        self._heads: dict[str, int] = {}
        self._degraded: tuple[str, ...] = ()
        self._watchers: set[Watcher] = set()
        self._closing: set[Watcher] = set()
        self._closed: dict[str, tuple[int, int, int]] = {}
        self._tickets = 0
        self._ended = False
        self._timer: Cancellable | None = None
        self._ticks = 0
        if bus:
            bus.subscribe(self.told)

    @property
    def watching(self) -> int:
        """How many sockets are open."""
        return len(self._watchers)

    def watching_by_screen(self) -> dict[str, int]:
        """Open sockets of every screen, 0 where nobody watches."""
        counts = dict.fromkeys((*self._screens, STREAM), 0)
        for key, channel in self._channels.items():
            counts[key.screen] += len(channel.watchers)
        return counts

    def follows(self, show: Show) -> bool:
        """Whether a channel is drawn from this show, with somebody watching or one who may come back."""
        return any(key.show_id == show.id for key in self._channels)

    @property
    def accepting(self) -> bool:
        """False when shutting down or full."""
        return not self._ended and len(self._watchers) < MAX_WATCHERS

    def knows(self, screen: str) -> bool:
        """Whether there is such a screen."""
        return screen == STREAM or screen in self._screens

    def publish(self, show: Show, rows: Sequence[Recorded] = ()) -> None:
        """The show moved by `rows`, all committed; call it after every fold, on the loop. Never raises for a screen."""
        for key, channel in list(self._channels.items()):
            if key.show_id != show.id or self._ended:
                continue
            if channel.epoch == show.epoch:
                channel.advance(show, rows)
            else:
                self._drop(key, RESTART)

    def told(self, show_id: str, seq: int) -> None:
        """The bus says how far a show is; the heartbeat passes it on, so that a screen behind finds out."""
        self._heads[show_id] = max(seq, self._heads.get(show_id, 0))

    def degraded(self, names: tuple[str, ...]) -> None:
        """What is out of order in this process: every screen is told at once, and with every heartbeat."""
        self._degraded = names
        for key, channel in self._channels.items():
            channel.beat(self._heads.get(key.show_id, 0), names)

    def slow(self, pace_s: Mapping[str, float]) -> None:
        """Seconds between two frames of these lanes, here and on screens to come; the others go at their own pace."""
        pace = structs.replace(self._usual, **pace_s)
        self._means = structs.replace(self._means, pace=pace)
        for channel in list(self._channels.values()):
            channel.keep(pace)

    def ticket(self) -> int:
        """Take one before asking who a connection belongs to: what is closed meanwhile stays closed."""
        self._tickets += 1
        return self._tickets

    def prepare(self, show: Show, screen: str, admission: Admission) -> None:
        """Draw the channel if it is not there yet. Raises what the drawing raises, before anything is accepted."""
        self._channel(show, screen, admission)

    def attach(self, transport: asyncio.Transport, entry: Entry) -> Watcher:
        """Make an accepted socket a watcher, which then is the transport's protocol (the caller sees to that).

        It is closed at once when its person or session was closed after the ticket was taken, or at shutdown.
        """
        watcher = Watcher(entry.admission, self, transport)
        self._watchers.add(watcher)
        code = RESTART if self._ended else self._code_since(entry.ticket, entry.admission)
        if code:
            watcher.close(code)
        else:
            self._join(watcher, entry)
        self._tick_later()
        return watcher

    def close_person(self, person_id: str, code: int = SIGNED_OUT) -> int:
        """Close every socket of a person, now and those still being let in; tells how many."""
        return self._close_matching(f"person:{person_id}", code)

    def close_session(self, session_id: str, code: int = SIGNED_OUT) -> int:
        """Close every socket of one session or token."""
        return self._close_matching(f"session:{session_id}", code)

    def close_show(self, show_id: str) -> None:
        """This process can show it no longer; its screens come back, to another one where there is one."""
        for key in [key for key in self._channels if key.show_id == show_id]:
            self._drop(key, RESTART)

    def close_all(self, code: int = RESTART) -> None:
        """Close every socket and let nobody in any more."""
        self._ended = True
        for channel in self._channels.values():
            channel.stop()
        self._close(list(self._watchers), code)

    async def drain(self, timeout_s: float = 2.0) -> None:
        """Wait until the closes are delivered; abort what takes longer."""
        for _ in range(int(timeout_s / 0.02)):
            if not self._watchers:
                break
            await asyncio.sleep(0.02)
        for watcher in list(self._watchers):
            watcher.abort()
        if self._timer:
            self._timer.cancel()

    def closing(self, watcher: Watcher) -> None:
        """A watcher's close is on its way."""
        self._closing.add(watcher)

    def gone(self, watcher: Watcher) -> None:
        """A watcher's connection is lost."""
        self._watchers.discard(watcher)
        self._closing.discard(watcher)

    def _join(self, watcher: Watcher, entry: Entry) -> None:
        try:
            channel = self._channel(entry.show, entry.screen, entry.admission)
            channel.join(watcher, entry.show, entry.cursor)
            if channel not in self._channels.values():
                watcher.close(BROKEN)  # what waited could not be drawn, and the channel was dropped under its feet
            elif self._degraded:
                watcher.transport.write(channel.heartbeat(self._heads.get(entry.show.id, 0), self._degraded))
        except Exception:
            log.exception("screen %s of show %s cannot be drawn", entry.screen, entry.show.id)
            watcher.close(BROKEN)

    def _channel(self, show: Show, screen: str, admission: Admission) -> Channel:
        locale = "" if screen == STREAM else admission.locale
        key = ChannelKey(show.id, screen, locale, admission.sees_cost)
        if key in self._channels and self._channels[key].epoch != show.epoch:
            self._drop(key, RESTART)
        if key not in self._channels:
            source = self._source(show, screen, Viewer(locale=admission.locale, sees_cost=admission.sees_cost))
            self._channels[key] = Channel(show, source, self._means, self._failed)
        return self._channels[key]

    def _source(self, show: Show, screen: str, viewer: Viewer) -> Source:
        if screen == STREAM:
            return StreamSource(self._feed, viewer, show)
        return ScreenSource(self._screens[screen], viewer, self._render, show)

    def _call_later(self, delay_s: float, callback: Callable[[], None]) -> Cancellable:
        call_later: CallLater = self._given_call_later or asyncio.get_running_loop().call_later
        return call_later(delay_s, callback)

    def _failed(self, channel: Channel) -> None:
        """Its watchers come back and are drawn anew, or are told that it cannot be drawn."""
        for key, known in list(self._channels.items()):
            if known is channel:
                log.exception("channel %s cannot be drawn", key)
                self._drop(key, BROKEN)

    def _drop(self, key: ChannelKey, code: int) -> None:
        channel = self._channels.pop(key)
        channel.stop()
        self._close(list(channel.watchers), code)

    def _close_matching(self, name: str, code: int) -> int:
        self._closed[name] = self.ticket(), self.now_ms(), code
        found = [watcher for watcher in self._watchers if name in _names(watcher.admission)]
        self._close(found, code)
        return len(found)

    @staticmethod
    def _close(watchers: Iterable[Watcher], code: int) -> None:
        for watcher in watchers:
            watcher.close(code)

    def _code_since(self, ticket: int, admission: Admission) -> int | None:
        closed = (self._closed[name] for name in _names(admission) if name in self._closed)
        return next((code for at_ticket, _, code in closed if at_ticket > ticket), None)

    def _tick_later(self) -> None:
        if self._timer is None:
            self._timer = self._call_later(TICK_S, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._ticks += 1
        now = self.now_ms()
        if self._ticks % TICKS_A_BEAT == 0:
            self._beat(now)
        for channel in list(self._channels.values()):
            channel.sweep()
        for watcher in list(self._closing):
            watcher.check(now)
        if self._watchers or self._channels:
            self._tick_later()

    def _beat(self, now: int) -> None:
        ping = self._ticks % (TICKS_A_BEAT * BEATS_A_PING) == 0
        for key, channel in list(self._channels.items()):
            if channel.idle_since is not None and now - channel.idle_since > LINGER_MS:
                self._drop(key, RESTART)
            else:
                channel.beat(self._heads.get(key.show_id, 0), self._degraded, ping=ping)
        self._closed = {name: entry for name, entry in self._closed.items() if now - entry[1] < CLOSED_KEPT_MS}


def _names(admission: Admission) -> tuple[str, str]:
    return f"person:{admission.person_id}", f"session:{admission.session_id}"
