"""At once, then joined: how a lane keeps its pace without making the first change wait."""

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct


class Cancellable(Protocol):
    """What `call_later` answers."""

    def cancel(self) -> None:
        """Do not call."""


CallLater = Callable[[float, Callable[[], None]], Cancellable]


class Pace(Struct, frozen=True):
    """Seconds between two frames of a lane; the first goes at once, what comes sooner is joined."""

    state: float = 0.015
    comments: float = 0.1
    metrics: float = 1.0


class Pacer:
    """Runs `flush` at once, then at most once in `interval_s` while poked. `flush` answers False for «not now»."""

    __slots__ = ("_call_later", "_dirty", "_flush", "_interval_s", "_timer")

    def __init__(self, call_later: CallLater, interval_s: float, flush: Callable[[], bool]) -> None:
        self._call_later = call_later
        self._interval_s = interval_s
        self._flush = flush
        self._dirty = False
        self._timer: Cancellable | None = None

    def poke(self) -> None:
        """There is something to flush."""
        self._dirty = True
        if self._timer is None:
            self.run()

    def run(self) -> None:
        """Flush what waits, now."""
        if self._dirty and self._flush():
            self._dirty = False
            if self._timer is None:
                self._timer = self._call_later(self._interval_s, self._rested)

    def keep(self, interval_s: float) -> None:
        """Another interval from the next frame on; what waits for the end of a longer one is flushed now."""
        shorter, self._interval_s = interval_s < self._interval_s, interval_s
        if shorter and self._timer is not None:
            self._timer.cancel()
            self._rested()

    def stop(self) -> None:
        """Forget the timer."""
        if self._timer is not None:
            self._timer.cancel()

    def _rested(self) -> None:
        self._timer = None
        self.run()
