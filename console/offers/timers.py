"""What falls due: the start of an offer that counts down and the end of a live one, by its time or its pieces. Asked by the clock, never acting."""

from typing import NamedTuple

from console.core.messages import Command
from console.offers.commands import ExpireOffer, LaunchOffer, StopOffer
from console.offers.events import SOLD_OUT
from console.offers.fold import Entry, State


class Due(NamedTuple):
    """At `at_ms`, submit `command(command_id=…, issued_at=…, **arguments)`."""

    at_ms: int
    command: type[Command]
    arguments: dict[str, str]


def due(state: State, now_ms: int) -> list[Due]:
    """What fell due at or before `now_ms`, earliest first."""
    return sorted((item for item in _coming(state) if item.at_ms <= now_ms), key=lambda item: item.at_ms)


def next_due(state: State) -> int | None:
    """The earliest instant, past or future, at which something falls due; None when nothing will."""
    return min((item.at_ms for item in _coming(state)), default=None)


def _coming(state: State) -> list[Due]:
    return [item for entry in state.entries.values() if (item := _of(entry))]


def _of(entry: Entry) -> Due | None:
    arguments = {"offer": entry.offer.id}
    if entry.counting_down and entry.fires_at is not None:
        return Due(entry.fires_at, LaunchOffer, arguments)
    if entry.state == "live" and entry.live_at is not None and entry.sold_out:
        return Due(entry.live_at, StopOffer, arguments | {"reason": SOLD_OUT})
    if entry.state == "live" and entry.ends_at is not None:
        return Due(entry.ends_at, ExpireOffer, arguments)
    return None
