"""The wiring of ingest: it owns the rows of observations and keeps no state of its own; other slices fold them."""

from msgspec import Struct

from console.core.messages import Recorded
from console.core.observations import ObservationsRecorded
from console.core.slice import Part, Slice
from console.ingest.commands import RecordObservations, decide


class Nothing(Struct):
    """Ingest remembers nothing: duplicates are told by the store, numbers are kept by metrics."""


def evolve(_state: Nothing, _recorded: Recorded) -> None:
    """Never called, because ingest folds no event."""


SLICE = Slice(
    name="ingest",
    state=Nothing,
    evolve=evolve,
    folds=frozenset(),
    events=(ObservationsRecorded,),
    commands=(RecordObservations,),
    decide=decide,
)

PARTS: tuple[Part, ...] = ()
