"""The wiring of offers."""

from console.core.slice import Part, Slice
from console.offers import views
from console.offers.commands import COMMANDS, decide
from console.offers.events import EVENTS
from console.offers.fold import FOLDS, State, evolve, leftovers

SLICE = Slice(
    name="offers",
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
    Part(name="offers-panel", reads=("offers", "lifecycle"), view=views.panel, keyed=True),
    Part(name="offers-running", reads=("offers",), view=views.running, keyed=True),
    Part(name="offers-overlay", reads=("offers", "lifecycle"), view=views.overlay, keyed=True),
    Part(name="offers-plan", reads=("offers",), view=views.plan, keyed=True),
    Part(name="offers-alarm", reads=("offers",), view=views.alarm),
)
