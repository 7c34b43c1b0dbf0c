"""The lines of a show that matter now, with their state; the questions still open, what the host has, what is pinned."""

from collections import deque

from msgspec import Struct, field

from console.comments.cluster import Clusters
from console.comments.line import Line, LineState
from console.core.slice import ProductFact

KEPT_LINES = 2_000
"""The newest lines, whatever they are; those of the queue among them."""
QUEUE_LIMIT = 200
PASSED_LIMIT = 20
RATE_WINDOW_S = 60


class Counts(Struct):
    """How many lines are in each state; `questions` were ever asked, `unanswered` of them are let through and open."""

    new: int = 0
    held: int = 0
    approved: int = 0
    rejected: int = 0
    questions: int = 0
    unanswered: int = 0

    def move(self, before: LineState, after: LineState) -> None:
        setattr(self, before, getattr(self, before) - 1)
        setattr(self, after, getattr(self, after) + 1)


class State(Struct):
    """`queue` and `passed` are bounded, newest last; `lines` are those in memory. With `keep` None that is every one."""

    keep: int | None = field(default_factory=lambda: KEPT_LINES)
    lines: dict[str, Line] = field(default_factory=dict)
    newest: deque[Line] = field(default_factory=deque)
    """The last `keep` of them."""
    queue: deque[Line] = field(default_factory=lambda: deque(maxlen=QUEUE_LIMIT))
    held: dict[str, Line] = field(default_factory=dict)
    host: dict[str, Line] = field(default_factory=dict)
    """Passed and not yet answered, in the order in which they were passed."""
    passed: dict[str, Line] = field(default_factory=dict)
    """The last ones passed, whatever became of them."""
    clusters: Clusters = field(default_factory=Clusters)
    pinned: Line | None = None
    counts: Counts = field(default_factory=Counts)
    seconds: dict[int, int] = field(default_factory=dict)
    """Comments by the second in which they were written, the last RATE_WINDOW_S seconds of the feed."""
    newest_at: int | None = None
    buyers: set[str] = field(default_factory=set)
    on_air: ProductFact | None = None
