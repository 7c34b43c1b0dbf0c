"""What a busy process leaves for later, and in which order: STEPS is the whole policy. Commands are in none of them.

How busy a process is, is how late its event loop answers by its own work. While that stays bad one step after the other is taken, at most
one a second; when it has been good for a while they are taken back, the last one first. So what is listed later is never
left out before what is listed earlier. Pure: measurements come in, levels go out.
"""

from collections import deque
from collections.abc import Callable, Mapping
from statistics import median

from msgspec import Struct

from console.core.messages import N_

MEASUREMENTS = 9
"""Their median is what counts, so that one long pause, even of a suspended machine, changes nothing. About a second."""
UP_S = 1.0
"""The shortest time between a step and the next one."""
CALM_S = 5.0
"""How long it must be good before a step is taken back."""
CALM = 0.5
"""Good is half of what a step was taken for, so that what the step gains does not end it."""

SHOW_FIRST = N_(
    "The server is busy, so recaps, exports, imports and the journal wait. The show goes on; try again in {seconds} s."
)
SCREENS_FIRST = N_(
    "The server is busy, so no further screens are opened just to look on. Those that are open go on; try again in {seconds} s."
)


class Step(Struct, frozen=True, kw_only=True):
    """What is left for later besides everything in the steps before."""

    late_ms: float
    """Taken when the loop is usually later than this."""
    word: str
    """What heartbeats call it in `degraded`."""
    rates: frozenset[str] = frozenset()
    """Rate classes whose requests are answered 503."""
    why: str = ""
    pace_s: Mapping[str, float] = {}
    """Seconds between two frames of a lane."""


# The heaviest ordinary work measured – 30,000 observations a second, 1,000 screens at once – keeps the loop 27 ms late, and 35
# with browsers on the same two cores: the first step is four times that.
STEPS = (
    Step(late_ms=150, word="load", rates=frozenset({"heavy", "history"}), why=SHOW_FIRST),
    Step(late_ms=200, word="metrics", pace_s={"metrics": 5.0}),
    Step(late_ms=250, word="comments", pace_s={"comments": 1.0}),
    Step(late_ms=350, word="viewers", rates=frozenset({"viewer"}), why=SCREENS_FIRST),
)


class Later(Struct, frozen=True):
    """Not now: after `seconds` at the earliest. `why` is an English sentence with a place for them."""

    seconds: int
    why: str


class Load:
    """The level of one process: how many of the steps are taken."""

    def __init__(self, steps: tuple[Step, ...] = STEPS) -> None:
        self.level = 0
        self.late_ms = 0.0
        self._steps = steps
        self._recent: deque[float] = deque(maxlen=MEASUREMENTS)
        self._changed_s = 0.0
        self._calm_since_s = 0.0
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        """`listener()` is called after every change of the level."""
        self._listeners.append(listener)

    def measured(self, late_ms: float, at_s: float) -> None:
        """The loop answered so much later than it was asked to. `at_s` is of a clock that does not jump."""
        self._recent.append(late_ms)
        self.late_ms = median(self._recent)
        if self.level == 0 or self.late_ms > CALM * self._steps[self.level - 1].late_ms:
            self._calm_since_s = at_s
        if self._is_too_late() and at_s - self._changed_s >= UP_S:
            self._change(1, at_s)
        elif self.level and at_s - self._calm_since_s >= CALM_S:
            self._change(-1, at_s)

    @property
    def words(self) -> tuple[str, ...]:
        """What is left for later, for heartbeats."""
        return tuple(step.word for step in self._taken)

    @property
    def pace_s(self) -> dict[str, float]:
        """Lanes that are slower than usual, and the seconds between two of their frames."""
        return {lane: pace_s for step in self._taken for lane, pace_s in step.pace_s.items()}

    def later(self, rate: str) -> Later | None:
        """Whether a request of this rate class must wait."""
        for at, step in enumerate(self._taken):
            if rate in step.rates:
                return Later(round(CALM_S * (self.level - at)), step.why)
        return None

    @property
    def _taken(self) -> tuple[Step, ...]:
        return self._steps[: self.level]

    def _is_too_late(self) -> bool:
        full = len(self._recent) == MEASUREMENTS
        return full and self.level < len(self._steps) and self.late_ms > self._steps[self.level].late_ms

    def _change(self, by: int, at_s: float) -> None:
        self.level += by
        self._changed_s = self._calm_since_s = at_s
        for listener in self._listeners:
            listener()
