"""Cumulative figures of dashboards and typed numbers: the newest reading of each counter, and their course."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct, field

from console.metrics.formulas import COUNTERS

SLOT_MS = 10_000
"""Numbers over time are kept in slots of ten seconds."""
SINGLE = {"acu": "online_sum"}
"""A dashboard says its mean viewers; it enters as one sample."""
REPORTABLE: frozenset[str] = (frozenset(COUNTERS) - {"online_sum", "online_minutes"}) | {"acu"}
"""Counters a dashboard or a person may state; everything else is worked out from them."""


class Reading(NamedTuple):
    """Ordered: the newest wins; at one instant a person's figure, then the later row, then the greater name."""

    at: int
    manual: bool
    seq: int
    source: str
    id: str
    value: int

    @property
    def origin(self) -> str:
        """`manual` or `sample`."""
        return "manual" if self.manual else "sample"


class Readings(Struct):
    """`course` keeps per counter the last reading of each slot (epoch ms // SLOT_MS)."""

    newest: dict[str, Reading] = field(default_factory=dict)
    course: dict[str, dict[int, Reading]] = field(default_factory=dict)

    def take(self, figures: Mapping[str, int], stamp: Reading) -> None:
        """Keep the counters that are known; `stamp` says when and from whom, its value is ignored."""
        for name, value in figures.items():
            if name in REPORTABLE and value >= 0:
                self._keep(SINGLE.get(name, name), stamp._replace(value=value))
        if "acu" in figures:
            self._keep("online_minutes", stamp._replace(value=1))

    def _keep(self, counter: str, reading: Reading) -> None:
        self.newest[counter] = max(reading, self.newest.get(counter, reading))
        course = self.course.setdefault(counter, {})
        slot = reading.at // SLOT_MS
        course[slot] = max(reading, course.get(slot, reading))

    def at(self, counter: str, instant: int) -> Reading | None:
        """The newest reading up to the slot of `instant`."""
        course = self.course.get(counter, {})
        slots = [slot for slot in course if slot <= instant // SLOT_MS]
        return course[max(slots)] if slots else None
