"""Typing in what only the platform's own dashboard knows."""

from typing import Annotated, ClassVar

from msgspec import Meta

from console.core.messages import Command, Decision, Role, refuse
from console.core.money import MAX_MINOR
from console.core.slice import Context
from console.core.time import MAX_MS
from console.metrics.events import NumbersReported
from console.metrics.fold import State
from console.metrics.readings import REPORTABLE

AHEAD_MS = 60_000
"""How far a dashboard's clock may be ahead of ours."""
Counters = Annotated[
    dict[Annotated[str, Meta(max_length=40)], Annotated[int, Meta(ge=0, le=MAX_MINOR)]],
    Meta(min_length=1, max_length=64),
]


class ReportNumbers(Command, frozen=True):
    """Cumulative figures as of an instant (epoch ms); money in minor units. Also after the end: refunds come for days."""

    roles: ClassVar[frozenset[Role]] = frozenset({"controller", "ads", "analyst"})
    while_status: ClassVar[frozenset[str]] = frozenset({"planned", "live", "ended"})

    counters: Counters
    as_of: Annotated[int, Meta(ge=0, le=MAX_MS)]


def decide(_state: State, command: ReportNumbers, context: Context) -> Decision:
    """Take figures the console has a name for, read no later than now."""
    unknown = sorted(set(command.counters) - REPORTABLE)
    if unknown:
        return refuse(
            "The console has no number called {name} that can be typed in; use one of: {known}.",
            name=unknown[0],
            known=", ".join(sorted(REPORTABLE)),
        )
    if command.as_of > context.now_ms + AHEAD_MS:
        return refuse("These numbers are dated in the future; give the time at which you read them.")
    return [NumbersReported(counters=command.counters, as_of=command.as_of)]
