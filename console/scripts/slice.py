"""The wiring of the run of show."""

from console.core.slice import Part, Slice
from console.scripts import snapshot, views
from console.scripts.commands import COMMANDS, decide
from console.scripts.events import EVENTS
from console.scripts.fold import FOLDS, State, evolve

SLICE = Slice(
    name="scripts",
    state=State,
    evolve=evolve,
    folds=FOLDS,
    events=EVENTS,
    commands=COMMANDS,
    decide=decide,
    snapshot=snapshot.snapshot,
)

_OWN = ("scripts",)
_WITH_SHOW = ("scripts", "lifecycle")
# A message is over at an instant, and any row may be the first one after it.
_EVERY_ROW = ("scripts", "lifecycle", "shelf", "offers", "comments", "metrics")

PARTS: tuple[Part, ...] = (
    Part(name="scripts-now", reads=_WITH_SHOW, view=views.now),
    Part(name="scripts-next", reads=_WITH_SHOW, view=views.following),
    Part(name="scripts-rows", reads=_WITH_SHOW, view=views.rows, keyed=True),
    Part(name="scripts-grid", reads=_WITH_SHOW, view=views.grid, keyed=True),
    Part(name="scripts-total", reads=_WITH_SHOW, view=views.total),
    Part(name="scripts-drift", reads=_WITH_SHOW, view=views.drift),
    Part(name="scripts-host-now", reads=_WITH_SHOW, view=views.host_now),
    Part(name="scripts-host-next", reads=_WITH_SHOW, view=views.following),
    Part(name="scripts-message", reads=_EVERY_ROW, view=views.message),
    Part(name="scripts-messages", reads=_OWN, view=views.messages, keyed=True),
    Part(name="scripts-requests", reads=_OWN, view=views.requests, keyed=True),
)
