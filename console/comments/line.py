"""One comment with what people did with it, and where in the journal it stands."""

from typing import Literal

from msgspec import Struct

from console.comments.cluster import Claim, Cluster
from console.comments.places import place
from console.core.messages import Recorded
from console.core.observations import Comment, Hold, ObservationsRecorded

LineState = Literal["held", "new", "approved", "rejected"]


class Marks(Struct, gc=False):
    """What people did with a line beside its state; most lines have none."""

    reason: str | None = None
    before: LineState = "new"
    """The state it had when it was hidden."""
    passed_at: int | None = None
    answered_at: int | None = None
    claim: Claim | None = None


UNMARKED = Marks()


class Line(Struct, gc=False, eq=False):
    """One comment. `cluster` is set for a question once it was let through; `old` once enough newer ones have come."""

    id: str
    at: int
    user: str
    name: str | None
    text: str
    hold: Hold | None
    question: bool
    simulated: bool
    state: LineState
    cluster: Cluster | None = None
    marks: Marks | None = None
    old: bool = False

    @property
    def known(self) -> Marks:
        """Its marks to read."""
        return self.marks or UNMARKED

    @property
    def shown(self) -> bool:
        """Let through by the lists or by a person, and not hidden."""
        return self.state in {"new", "approved"}

    @property
    def answered_at(self) -> int | None:
        """When it, or a question that asks the same, was answered on air."""
        if self.cluster is not None and self.cluster.answered:
            return self.cluster.closed_at
        return self.known.answered_at

    @property
    def claim(self) -> Claim | None:
        """Who looks after it; a question is looked after together with those that ask the same."""
        return self.known.claim if self.cluster is None else self.cluster.claim

    @property
    def closed(self) -> bool:
        """Answered, or dismissed with all who asked the same."""
        return self.known.answered_at is not None or (self.cluster is not None and self.cluster.closed_at is not None)


def read_line(line_id: str, item: Comment) -> Line:
    """The line as it came in: let through, or held by a rule."""
    return Line(
        line_id,
        item.at,
        item.user,
        item.name,
        item.text,
        item.hold,
        item.question,
        item.simulated,
        "new" if item.hold is None else "held",
    )


def comment_of(row: Recorded | None, line_id: str) -> Comment | None:
    """The comment of that id, when `row` is the one that brought it."""
    at = place(line_id)
    if row is None or at is None or row.seq != at[0] or not isinstance(row.event, ObservationsRecorded):
        return None
    item = row.event.items[at[1]] if at[1] < len(row.event.items) else None
    return item if isinstance(item, Comment) else None
