"""What a live state keeps: the newest lines and those somebody has to do with.

What it lets go is new, let through and without a mark, so that its row of the journal is all there is to know of it; the
event of a command on it brings it back.
"""

from collections.abc import Iterator
from itertools import islice

from console.comments.cluster import Cluster
from console.comments.events import CommentEvent
from console.comments.line import Line, read_line
from console.comments.places import place
from console.comments.state import State
from console.core.observations import Comment

GROUP_LINES = 5
"""Of a group in the window, the first that are shown: so many can be hidden one by one before it waits to be asked again."""


def recalled(state: State, line_id: str, item: Comment) -> Line:
    """The line as the state would have it, had it not been let go."""
    line, at = read_line(line_id, item), place(line_id)
    line.old = True
    if at is not None and item.question:
        line.cluster = state.clusters.find(at, item.text, item.at)
    return line


def brought_back(state: State, event: CommentEvent) -> Line | None:
    """The line the event's row tells of, in memory again; None for a comment the show never had."""
    if event.recalled is None:
        return None
    line = state.lines[event.comment] = recalled(state, event.comment, event.recalled)
    if line.cluster is not None:
        state.clusters.hold(line.cluster, line.id)
    return line


def let_go(state: State, line: Line) -> None:
    """Of an old line only its row is left, once nobody has to do with it."""
    if line.old and not _needed(state, line):
        del state.lines[line.id]
        if line.cluster is not None:
            state.clusters.let_go(line.cluster, line.id)


def _needed(state: State, line: Line) -> bool:
    if line.state != "new" or line.marks is not None or line is state.pinned:
        return True
    if line.cluster is None or line.cluster.id not in state.clusters.window:
        return False
    return any(one is line for one in islice(shown(state, line.cluster), GROUP_LINES))


def shown(state: State, cluster: Cluster) -> Iterator[Line]:
    """Those of a group that are in memory and not hidden, the first first."""
    return (line for line in map(state.lines.__getitem__, cluster.members) if line.shown)
