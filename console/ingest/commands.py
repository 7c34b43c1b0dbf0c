"""One command: record what the room reported. Comments get the word lists' verdict here, once, for every later reader."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from console.core.messages import Command, Decision, Role, refuse
from console.core.observations import AnyObservation, Comment, ObservationsRecorded
from console.core.slice import Context


class RecordObservations(Command, frozen=True):
    """What one request of a connector, a replay or a rehearsal audience brought, already cleared of duplicates.

    Taken in every status: a room opens before the desk presses start, and refunds come for days after the end;
    observations that were refused could never be fetched again. `simulated` marks a rehearsal audience.
    """

    roles: ClassVar[frozenset[Role]] = frozenset({"ingest"})
    open_to_public: ClassVar[bool] = False
    while_status: ClassVar[frozenset[str]] = frozenset({"planned", "live", "ended"})

    items: Annotated[tuple[AnyObservation, ...], Meta(max_length=5_000)]
    simulated: bool = False


def digest(observation: AnyObservation) -> str:
    """32 hex digits over what the source sent: equal for equal content, whatever our word lists say of it."""
    sent = replace(observation, simulated=False)
    if isinstance(sent, Comment):
        sent = replace(sent, hold=None, question=False)
    return blake2b(msgspec.json.encode(sent, order="deterministic"), digest_size=16).hexdigest()


def decide(_state: Any, command: RecordObservations, context: Context) -> Decision:
    """Rows of at most `ObservationsRecorded.BATCH_LIMIT` items, in arrival order; none for an empty request."""
    if command.simulated and not context.header.rehearsal:
        return refuse("Simulated viewers belong in a rehearsal; this show is a real one.")
    items = [_seen_here(item, command.simulated, context.words) for item in command.items]
    return [ObservationsRecorded(items=tuple(batch)) for batch in _batches(items, ObservationsRecorded.BATCH_LIMIT)]


def _seen_here(item: AnyObservation, simulated: bool, words: Any) -> AnyObservation:
    marked = item if item.simulated == simulated else replace(item, simulated=simulated)
    return _judged(marked, words) if isinstance(marked, Comment) else marked


def _judged(comment: Comment, words: Any) -> Comment:
    if words is None:
        return replace(comment, hold=None, question=False)
    verdict = words.judge(comment.text)
    return replace(comment, hold=verdict.hold, question=verdict.question)


def _batches(items: Sequence[AnyObservation], size: int) -> list[Sequence[AnyObservation]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
