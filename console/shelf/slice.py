"""The wiring of the shelf."""

from console.core.slice import Part, Slice
from console.shelf import views
from console.shelf.commands import COMMANDS, decide
from console.shelf.events import EVENTS
from console.shelf.fold import FOLDS, State, evolve, leftovers

SLICE = Slice(
    name="shelf",
    state=State,
    evolve=evolve,
    folds=FOLDS,
    events=EVENTS,
    commands=COMMANDS,
    decide=decide,
    snapshot=views.snapshot,
    leftovers=leftovers,
)

PARTS: tuple[Part, ...] = (
    Part(name="shelf-on-air", reads=("shelf",), view=views.on_air),
    Part(name="shelf-list", reads=("shelf",), view=views.items, keyed=True),
    Part(name="shelf-host", reads=("shelf",), view=views.offered),
    Part(name="shelf-overlay", reads=("shelf",), view=views.overlay),
    Part(name="shelf-fact", reads=("shelf",), view=views.fact_card),
)
