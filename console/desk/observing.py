"""The ingest door behind every transport: what was read goes to the gate, and every item is answered for."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from console.core.messages import N_, Actor, Rejection
from console.core.observations import AnyObservation, ObservationsRecorded
from console.desk.desk import Desk
from console.ingest.commands import RecordObservations
from console.ingest.decode import Received as Read
from console.lines import Accepted

OTHER_CONTENT = N_("This source and id came before with other content; give every observation its own id.")
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


async def record(desk: Desk, show_id: str, read: Read, actor: Actor, translate: Translate) -> Received:
    """Raises NotObservedError, and what Gate.submit raises; what was taken until then counts, and a retry says so.

    In pieces, so that the presses of the desk never wait for all of a large call.
    """
    rejected = [{"index": item.index, "why": translate(item.why, **item.params)} for item in read.rejected]
    kept = duplicates = 0
    for piece in _pieces(read.items):
        outcome = await _submitted(desk, show_id, actor, tuple(item for _, item in piece))
        rejected += [{"index": piece[at][0], "why": translate(OTHER_CONTENT)} for at in outcome.conflicts]
        kept += len(piece) - len(outcome.duplicates) - len(outcome.conflicts)
        duplicates += len(outcome.duplicates)
    return Received(kept, duplicates, sorted(rejected, key=lambda item: item["index"]))


def _pieces(items: Sequence[Placed]) -> list[Sequence[Placed]]:
    """At least one, for a show must answer also to an empty call."""
    size = ObservationsRecorded.BATCH_LIMIT
    return [items[start : start + size] for start in range(0, max(1, len(items)), size)]


async def _submitted(desk: Desk, show_id: str, actor: Actor, items: tuple[AnyObservation, ...]) -> Accepted:
    command = RecordObservations(command_id=desk.ids.uuid(), issued_at=desk.clock.now_ms(), items=items)
    outcome = await desk.gate.submit(show_id, command, actor)
    if isinstance(outcome, Rejection):
        raise NotObservedError(outcome)
    return outcome
