"""What a figure is: a few lines of the table, each with its samples and the target they are held against."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from math import ceil
from statistics import median
from typing import Literal

from bench.tools import Tools


@dataclass(frozen=True)
class Target:
    """What the median has to reach."""

    sense: Literal["≥", "≤", ">", "<"]
    limit: float

    def met(self, value: float) -> bool:
        """Whether `value` is on the right side."""
        match self.sense:
            case "≥":
                return value >= self.limit
            case "≤":
                return value <= self.limit
            case ">":
                return value > self.limit
        return value < self.limit

    def __str__(self) -> str:
        number = f"{self.limit:,.0f}" if self.limit >= 100 else f"{self.limit:g}"
        return f"{self.sense} {number}"


@dataclass(frozen=True)
class Line:
    """One line: `samples` are one value a run, in `unit`. `ratio` is the median of the pairwise ratios to a floor."""

    name: str
    unit: str
    samples: tuple[float, ...]
    target: Target | None = None
    ratio: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """None when there is nothing to meet."""
        return None if self.target is None else self.target.met(median(self.samples))


@dataclass(frozen=True)
class Bench:
    """How much to measure, and with what. `quick` is a look whether everything works, not a measurement."""

    runs: int
    quick: bool
    tools: Tools

    def few(self, usual: int, quick: int) -> int:
        """The usual number, or the small one of a quick look."""
        return quick if self.quick else usual

    @property
    def rounds(self) -> range:
        """One for each run."""
        return range(self.runs)


Figure = Callable[[Bench], Iterable[Line]]


@dataclass
class Samples:
    """Values gathered run by run under their names, in the order they came first."""

    values: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, value: float) -> None:
        """One more run's value."""
        self.values.setdefault(name, []).append(value)

    def __getitem__(self, name: str) -> tuple[float, ...]:
        return tuple(self.values[name])

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def ratios(self, over: str, under: str) -> tuple[float, ...]:
        """Pairwise, run by run."""
        return tuple(a / b for a, b in zip(self.values[over], self.values[under], strict=True))


def quantile(values: Iterable[float], share: float) -> float:
    """The smallest value that `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[ceil(len(ordered) * share) - 1]


def skipped(name: str, why: str) -> Iterator[Line]:
    """A line that says why there are no numbers."""
    yield Line(name, "", (), note=why)
