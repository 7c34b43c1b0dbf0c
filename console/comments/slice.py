"""The wiring of comments."""

from console.comments import views
from console.comments.commands import COMMANDS, asks, decide, told
from console.comments.events import EVENTS
from console.comments.fold import evolve
from console.comments.snapshot import snapshot
from console.comments.state import State
from console.core.observations import ObservationsRecorded
from console.core.slice import Memory, Part, Slice
from console.shelf.events import ProductPopped, ProductUnlisted

SLICE = Slice(
    name="comments",
    state=State,
    evolve=evolve,
    folds=frozenset({*EVENTS, ObservationsRecorded, ProductPopped, ProductUnlisted}),
    events=EVENTS,
    commands=COMMANDS,
    decide=decide,
    snapshot=snapshot,
    leftovers=views.leftovers,
    memory=Memory(whole=lambda: State(keep=None), asks=asks, told=told),
)

PARTS: tuple[Part, ...] = (
    Part(name="comments-queue", reads=("comments",), view=views.queue, keyed=True, lane="comments"),
    Part(name="comments-held", reads=("comments",), view=views.held, keyed=True, lane="comments"),
    Part(name="comments-questions", reads=("comments",), view=views.questions, keyed=True, lane="comments"),
    Part(name="comments-passed", reads=("comments",), view=views.passed, keyed=True, lane="comments"),
    Part(name="comments-counts", reads=("comments",), view=views.counts, lane="comments"),
    Part(name="comments-host", reads=("comments",), view=views.host),
    Part(name="comments-pinned", reads=("comments",), view=views.pinned),
    Part(name="comments-pin", reads=("comments",), view=views.pinned),
)
