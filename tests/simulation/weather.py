"""What goes wrong in one simulated night, drawn from its seed: every chance in one place, all of it off at its end."""

from random import Random
from typing import Any, Self

from msgspec import Struct


class Weather(Struct):
    """Chances are per occasion; `_s` are the longest that it may take."""

    machines: int = 1
    skew_ms: int = 0
    """How far the second machine's clock is from the first one's."""
    file: bool = False
    """The store tells its version, as a file does; else it has to be asked how far it is."""
    steps: int = 30
    pause: float = 0.0
    pause_s: float = 0.0
    fails_before: float = 0.0
    """A commit that did not happen and says so."""
    fails_after: float = 0.0
    """A commit that happened and says that it did not."""
    crash: float = 0.0
    """The process ends at this very step of the store."""
    bus_lost: float = 0.0
    bus_doubled: float = 0.0
    bus_late_s: float = 0.0
    asked_lost: float = 0.0
    answer_lost: float = 0.0
    asked_late_s: float = 0.0
    troubles: float = 0.0
    """Between two presses: a machine ends, the store goes away, a line is cut or stands still."""

    @classmethod
    def of(cls, seed: int) -> Self:
        """Calm, rough or foul; two machines more often than one."""
        chance = Random(f"weather {seed}")
        machines = chance.choice([1, 2, 2])
        calm = chance.random() < 0.1
        drawn: dict[str, Any] = {
            "machines": machines,
            "skew_ms": chance.choice([0, 0, 0, -250, 120]) if machines > 1 else 0,
            "file": chance.random() < 0.1,
            "steps": chance.choice([10, 20, 30, 40, 60]),
        }
        return cls(**drawn) if calm else cls(**drawn, **_rough(chance))

    def clear(self) -> None:
        """From now on nothing goes wrong any more."""
        for name in self.__struct_fields__[5:]:
            setattr(self, name, 0.0)


def _rough(chance: Random) -> dict[str, float]:
    def some(most: float) -> float:
        return chance.choice([0.0, most / 4, most])

    return {
        "pause": some(0.5), "pause_s": chance.choice([0.002, 0.05, 0.6]),
        "fails_before": some(0.08), "fails_after": some(0.08), "crash": some(0.01),
        "bus_lost": chance.choice([0.0, 0.3, 1.0]), "bus_doubled": some(0.4), "bus_late_s": chance.choice([0.0, 0.05, 2.5]),
        "asked_lost": some(0.1), "answer_lost": some(0.2), "asked_late_s": chance.choice([0.0, 0.1, 9.0]),
        "troubles": some(0.3),
    }  # fmt: skip
