"""The line a list of shows keeps of each: folded from its rows, written with them, so that a list folds no show."""

from collections.abc import Sequence
from typing import Any

from msgspec import structs

from console.core.lifecycle import EVENTS, evolve
from console.core.messages import Recorded, snake_case
from console.core.slice import Header
from console.journal.port import ShowRow

KEPT = ("title", "status", "starts_at", "started_at", "ended_at", "rehearsal", "delivery")
"""What the lifecycle fold knows of a show and its line repeats."""
TYPES = tuple(snake_case(event.__name__) for event in EVENTS)
"""Of the rows that move it, besides the newest row of all."""


def moved(line: ShowRow, rows: Sequence[Recorded]) -> ShowRow:
    """The line after `rows`; those that are not the lifecycle's move only `head` and `at_ms`."""
    if not rows:
        return line
    at_ms = max(line.at_ms, *(row.at_ms for row in rows))
    return structs.replace(line, head=rows[-1].seq, at_ms=at_ms, **_lifecycle(line, rows))


def _lifecycle(line: ShowRow, rows: Sequence[Recorded]) -> dict[str, Any]:
    telling = [row for row in rows if isinstance(row.event, EVENTS)]
    if not telling:
        return {}
    header = Header(**{name: getattr(line, name) for name in KEPT})
    for row in telling:
        evolve(header, row)
    return {name: getattr(header, name) for name in KEPT}
