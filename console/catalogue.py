"""The only list of slices, and with it the union of every event and the way up for old ones."""

from console.comments.slice import SLICE as COMMENTS
from console.core.lifecycle import LIFECYCLE
from console.core.messages import Command, Event
from console.core.slice import Slice
from console.ingest.slice import SLICE as INGEST
from console.journal.codec import Codec, Upcaster
from console.metrics.slice import SLICE as METRICS
from console.offers.slice import SLICE as OFFERS
from console.scripts.slice import SLICE as SCRIPTS
from console.shelf.slice import SLICE as SHELF

SLICES: tuple[Slice, ...] = (LIFECYCLE, SCRIPTS, SHELF, OFFERS, COMMENTS, METRICS, INGEST)

EVENTS: tuple[type[Event], ...] = tuple(event for piece in SLICES for event in piece.events)
COMMANDS: tuple[type[Command], ...] = tuple(command for piece in SLICES for command in piece.commands)
PUBLIC_COMMANDS: tuple[type[Command], ...] = tuple(command for command in COMMANDS if command.open_to_public)

UPCASTERS: dict[tuple[str, int], Upcaster] = {}
"""(type, version) → the payload as the next version has it. Empty while every event is in its first shape."""


def codec() -> Codec:
    """Reads and writes every event of the console."""
    return Codec(EVENTS, UPCASTERS)
