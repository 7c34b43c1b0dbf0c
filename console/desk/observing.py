"""The ingest door behind every transport: what was read goes to the gate, and every item is answered for."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from console.core.messages import N_, Actor, Rejection
from console.desk.desk import Desk
from console.ingest.commands import RecordObservations
from console.ingest.decode import Received as Read

OTHER_CONTENT = N_("This source and id came before with other content; give every observation its own id.")
Translate = Callable[..., str]


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
    """Raises NotObservedError, and what Gate.submit raises."""
    places = [index for index, _ in read.items]
    command = RecordObservations(
        command_id=desk.ids.uuid(),
        issued_at=desk.clock.now_ms(),
        items=tuple(item for _, item in read.items),
    )
    outcome = await desk.gate.submit(show_id, command, actor)
    if isinstance(outcome, Rejection):
        raise NotObservedError(outcome)
    rejected = [{"index": item.index, "why": translate(item.why, **item.params)} for item in read.rejected]
    rejected += [{"index": places[at], "why": translate(OTHER_CONTENT)} for at in outcome.conflicts]
    kept = len(read.items) - len(outcome.duplicates) - len(outcome.conflicts)
    return Received(kept, len(outcome.duplicates), sorted(rejected, key=lambda item: item["index"]))
