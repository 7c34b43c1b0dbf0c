"""The wiring of the live numbers. Their parts go by the metrics lane: the newest wins, older ones may be skipped."""

from console.core.slice import Part, Slice
from console.metrics import views
from console.metrics.ages import ages
from console.metrics.callout import callout
from console.metrics.commands import ReportNumbers, decide
from console.metrics.events import EVENTS
from console.metrics.fold import FOLDS, State, evolve
from console.metrics.selling import products

SLICE = Slice(
    name="metrics",
    state=State,
    evolve=evolve,
    folds=FOLDS,
    events=EVENTS,
    commands=(ReportNumbers,),
    decide=decide,
    snapshot=views.snapshot,
)

READS = ("metrics", "lifecycle")

PARTS: tuple[Part, ...] = (
    Part(name="metrics-strip", reads=READS, view=views.strip, lane="metrics"),
    Part(name="metrics-board", reads=READS, view=views.board, lane="metrics"),
    Part(name="metrics-products", reads=READS, view=products, keyed=True, lane="metrics"),
    Part(name="metrics-funnel", reads=READS, view=views.funnel, lane="metrics"),
    Part(name="metrics-callout", reads=READS, view=callout, lane="metrics"),
    Part(name="metrics-curves", reads=READS, view=views.curves, lane="metrics"),
    Part(name="metrics-ages", reads=READS, view=ages, lane="metrics"),
)
