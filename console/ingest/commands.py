"""One command: record what the room reported. Comments get the word lists' verdict here, once, for every later reader."""

from collections.abc import Sequence
from typing import Any, ClassVar

from msgspec.structs import replace

from console.core.messages import Decision, Role, refuse
from console.core.observations import AnyObservation, Batch, Comment, ObservationsRecorded
from console.core.slice import Context


class RecordObservations(Batch, frozen=True):
    """What one request of a connector, a replay or a rehearsal audience brought, already cleared of duplicates.

    Taken in every status: a room opens before the desk presses start, and refunds come for days after the end;
    observations that were refused could never be fetched again. `simulated` marks a rehearsal audience.
    """

    roles: ClassVar[frozenset[Role]] = frozenset({"ingest"})
    open_to_public: ClassVar[bool] = False
    while_status: ClassVar[frozenset[str]] = frozenset({"planned", "live", "ended"})

    simulated: bool = False


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
