"""An event loop whose time passes at once: nothing is waited for, and every run of the same coroutines is the same run."""

import asyncio
import math
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

NS = 1_000_000_000
START_MS = 1_800_000_000_000
MOST_TURNS = 2_000_000
"""More turns of the loop than any test needs: something goes round and round."""


class _Impatient(selectors.DefaultSelector):
    """Instead of waiting for time to pass, lets it pass."""

    loop: "VirtualLoop"

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        if ready or self.loop._ready:
            return ready
        if timeout is None:
            raise RuntimeError("everything waits, and nothing will ever happen")
        self.loop.pass_by(timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """`ns` nanoseconds after its start."""

    def __init__(self) -> None:
        self.ns = 0
        self.turns = 0
        selector = _Impatient()
        selector.loop = self
        super().__init__(selector)
        self._clock_resolution = 0.0

    def pass_by(self, seconds: float) -> None:
        """Always beyond what is waited for: who compares its instant with the clock must find that it has come."""
        self.ns = max(self.ns, math.floor((self.time() + seconds) * NS)) + 1
        self.turns += 1
        if self.turns > MOST_TURNS:
            raise RuntimeError("this does not end")

    def time(self) -> float:
        return self.ns / NS


class VirtualClock:
    """The wall clock of a virtual loop."""

    def now_ms(self) -> int:
        return START_MS + int(asyncio.get_running_loop().time() * 1000 + 1e-6)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end on a loop of its own."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
