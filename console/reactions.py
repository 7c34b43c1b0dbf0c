"""All cause and effect across slices on one page. Pure: rows and state in, commands out.

The ids are made of what caused the command, so that two nodes which both react make it happen once.
"""

from collections.abc import Iterator
from typing import Any

from console.core.messages import Command, Recorded
from console.core.show import Show
from console.offers import timers
from console.offers.commands import LaunchOffer, ParkOffer
from console.offers.events import DeliveryConfirmed, OfferFired
from console.offers.fold import Entry
from console.shelf.commands import PopProduct


def react(recorded: Recorded, show: Show) -> list[Command]:
    """What follows from a row that is now part of `show`."""
    match recorded.event:
        case OfferFired(offer=offer, delivery="none") | DeliveryConfirmed(offer=offer, ok=True):
            return list(_show_its_product(show, offer, recorded))
    return []


def due(show: Show, now_ms: int, awake_since: int) -> list[Command]:
    """What the clock asks for now.

    An end is always submitted, however late. A start that fell due before `awake_since` (epoch ms), while nobody
    watched the clock, is parked for a person: nothing fires late.
    """
    if show.header.status == "ended":
        return []
    return [_timed(show, item, now_ms, awake_since) for item in timers.due(show.states["offers"], now_ms)]


def next_due(show: Show) -> int | None:
    """The earliest instant (epoch ms) at which `due` has something to say."""
    return None if show.header.status == "ended" else timers.next_due(show.states["offers"])


def _timed(show: Show, item: timers.Due, now_ms: int, awake_since: int) -> Command:
    """A start is as old as its instant: one that waits too long at the gate is refused there, and parked the next time."""
    starts = item.command is LaunchOffer
    late = starts and item.at_ms < awake_since
    command: Any = ParkOffer if late else item.command
    name = f"{show.id}:{command.__name__}:{item.arguments['offer']}:{item.at_ms}"
    issued_at = item.at_ms if starts and not late else now_ms
    timed: Command = command(command_id=name, issued_at=issued_at, **item.arguments)
    return timed


def _show_its_product(show: Show, offer_id: str, recorded: Recorded) -> Iterator[Command]:
    """Viewers should see the card of what they can now buy."""
    entry: Entry = show.states["offers"].entries[offer_id]
    on_air = show.states["shelf"].on_air
    if entry.offer.product and (on_air is None or on_air.product != entry.offer.product):
        yield PopProduct(
            command_id=f"{show.id}:pop:{recorded.seq}", issued_at=recorded.at_ms, product=entry.offer.product
        )
