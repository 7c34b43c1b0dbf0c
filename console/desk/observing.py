"""The ingest door behind every transport: what was read goes to the gate, and every item is answered for."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from console.core.messages import N_, Actor, Rejection
from console.core.observations import AnyObservation, Comment, ObservationsRecorded, Order, Paid, Refund
from console.desk.desk import Desk
from console.ingest.commands import RecordObservations
from console.ingest.decode import Door, joined, read_in_slices
from console.ingest.decode import Received as Read
from console.lines import Accepted

OTHER_CONTENT = N_("This source and id came before with other content; give every observation its own id.")
PIECE_WEIGHT = 20_000
"""Characters in one transaction, which take some ten milliseconds."""
LINE_WEIGHT = 20
Translate = Callable[..., str]
Placed = tuple[int, AnyObservation]
"""An observation with its index in the call."""


class Received(Struct, frozen=True):
    """The answer to `POST …/observations`: how many count now, how many did already, which do not and why."""

    accepted: int
    duplicates: int
    rejected: list[dict[str, Any]]


class NotObservedError(Exception):
    """The show takes no observations now; `rejection` says why."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(rejection.why)
        self.rejection = rejection


async def door_of(desk: Desk, show_id: str) -> Door:
    """What this show's observations are held against now, without waiting for a write. Raises UnknownShowError."""
    show = desk.shows.held(show_id) or await desk.shows.get(show_id)
    return Door(desk.clock.now_ms(), show.header.currency)


async def read(body: bytes, door: Door) -> Read:
    """As decode.read_observations, with the loop free between two slices. Raises StrictError."""
    slices = []
    for part in read_in_slices(body, door):
        slices.append(part)
        await asyncio.sleep(0)
    return joined(slices)


async def record(desk: Desk, show_id: str, read: Read, actor: Actor, translate: Translate) -> Received:
    """Raises NotObservedError, and what Gate.submit raises; what was taken until then counts, and a retry says so."""
    rejected = [{"index": item.index, "why": translate(item.why, **item.params)} for item in read.rejected]
    kept = duplicates = 0
    for piece in _pieces(read.items):
        outcome = await _submitted(desk, show_id, actor, tuple(item for _, item in piece))
        rejected += [{"index": piece[at][0], "why": translate(OTHER_CONTENT)} for at in outcome.conflicts]
        kept += len(piece) - len(outcome.duplicates) - len(outcome.conflicts)
        duplicates += len(outcome.duplicates)
    return Received(kept, duplicates, sorted(rejected, key=lambda item: item["index"]))


def _pieces(items: Sequence[Placed]) -> Iterator[Sequence[Placed]]:
    """At least one, for a show must answer also to an empty call. Each is so light that a press can wait for it."""
    start = weight = 0
    for index, (_, item) in enumerate(items):
        weight += _weight(item)
        if index > start and (index - start >= ObservationsRecorded.BATCH_LIMIT or weight > PIECE_WEIGHT):
            yield items[start:index]
            start, weight = index, _weight(item)
    yield items[start:]


def _weight(item: AnyObservation) -> int:
    """What judging and folding it costs, in characters of a comment."""
    if isinstance(item, Comment):
        return len(item.text)
    return LINE_WEIGHT * len(item.lines) if isinstance(item, Order | Paid | Refund) else 0


async def _submitted(desk: Desk, show_id: str, actor: Actor, items: tuple[AnyObservation, ...]) -> Accepted:
    command = RecordObservations(command_id=desk.ids.uuid(), issued_at=desk.clock.now_ms(), items=items)
    outcome = await desk.gate.submit(show_id, command, actor)
    if isinstance(outcome, Rejection):
        raise NotObservedError(outcome)
    return outcome
