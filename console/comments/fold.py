"""The lines of a show that matter now, with their state; the questions still open, what the host has, what is pinned.

A live state keeps the newest lines and those somebody has to do with. What it lets go is new, let through and without a
mark, so that its row of the journal is all there is to know of it; the event of a command on it brings it back.
"""

from collections import deque
from collections.abc import Iterator
from itertools import islice

from msgspec import Struct, field

from console.comments.cluster import Claim, Cluster, Clusters
from console.comments.events import (
    CommentAnswered,
    CommentApproved,
    CommentClaimed,
    CommentEvent,
    CommentHidden,
    CommentPassed,
    CommentPinned,
    CommentReleased,
    CommentRestored,
    CommentUnpinned,
    QuestionDismissed,
)
from console.comments.line import Line, LineState, Marks, place, read_line
from console.core.messages import Recorded
from console.core.observations import Comment, ObservationsRecorded, Paid
from console.core.slice import ProductFact
from console.shelf.events import ProductPopped, ProductUnlisted

KEPT_LINES = 2_000
"""The newest lines, whatever they are; those of the queue among them."""
GROUP_LINES = 5
"""Of a group in the window, the first that are shown: so many can be hidden one by one before it waits to be asked again."""
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


def evolve(state: State, recorded: Recorded) -> None:
    """Bounded cost for a line; only questions are compared with others."""
    match recorded.event:
        case ObservationsRecorded():
            _observed(state, recorded.event, recorded)
        case ProductPopped(product=product):
            state.on_air = product
        case ProductUnlisted(product=product):
            state.on_air = None if state.on_air and state.on_air.id == product else state.on_air
        case CommentEvent() as event:
            line = state.lines.get(event.comment) or _brought_back(state, event)
            if line is not None:
                _decided(state, line, event, recorded.at_ms)
                _let_go(state, line)
    for cluster in state.clusters.take_left():
        for member in list(cluster.members):
            _let_go(state, state.lines[member])


def recalled(state: State, line_id: str, item: Comment) -> Line:
    """The line as the state would have it, had it not been let go."""
    line, at = read_line(line_id, item), place(line_id)
    line.old = True
    if at is not None and item.question:
        line.cluster = state.clusters.find(at, item.text, item.at)
    return line


def _brought_back(state: State, event: CommentEvent) -> Line | None:
    if event.recalled is None:
        return None
    line = state.lines[event.comment] = recalled(state, event.comment, event.recalled)
    if line.cluster is not None:
        state.clusters.hold(line.cluster, line.id)
    return line


def _let_go(state: State, line: Line) -> None:
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


def _decided(state: State, line: Line, event: object, at_ms: int) -> None:
    match event:
        case CommentApproved():
            _approve(state, line)
        case CommentHidden(reason=reason):
            _hide(state, line, reason)
        case CommentRestored():
            _restore(state, line)
        case CommentPinned():
            _pin(state, line)
        case CommentUnpinned():
            state.pinned = None
        case CommentPassed():
            _pass(state, line, at_ms)
        case CommentAnswered():
            _close(state, line, at_ms, answered=True)
        case QuestionDismissed():
            _close(state, line, at_ms, answered=False)
        case CommentClaimed(by=by, name=name, until=until):
            _claim(line, Claim(by, name, until))
        case CommentReleased():
            _claim(line, None)


def _observed(state: State, event: ObservationsRecorded, recorded: Recorded) -> None:
    for index, item in enumerate(event.items):
        if type(item) is Comment:
            _comment(state, f"c{recorded.seq}-{index}", item, recorded.at_ms)
        elif type(item) is Paid:
            state.buyers.add(item.user)


def _comment(state: State, line_id: str, item: Comment, arrived_ms: int) -> None:
    line = read_line(line_id, item)
    state.lines[line_id] = line
    state.queue.append(line)
    state.counts.questions += item.question
    if line.state == "held":
        state.held[line_id] = line
        state.counts.held += 1
    else:
        state.counts.new += 1
        _ask(state, line)
    _age(state, line)
    _tick(state, min(item.at, arrived_ms))


def _age(state: State, line: Line) -> None:
    if state.keep is None:
        return
    state.newest.append(line)
    if len(state.newest) > state.keep:
        oldest = state.newest.popleft()
        oldest.old = True
        _let_go(state, oldest)


def _tick(state: State, at_ms: int) -> None:
    """Count one line in its second. What its source dates ahead of its arrival counts as of the arrival."""
    if state.newest_at is None or at_ms > state.newest_at:
        state.newest_at = at_ms
    second, oldest = at_ms // 1000, state.newest_at // 1000 - RATE_WINDOW_S
    if second > oldest:
        state.seconds[second] = state.seconds.get(second, 0) + 1
    if len(state.seconds) > 2 * RATE_WINDOW_S:
        state.seconds = {at: count for at, count in state.seconds.items() if at > oldest}


def _ask(state: State, line: Line) -> None:
    """A question that was let through waits for an answer, with those that ask the same."""
    if not line.question:
        return
    if line.cluster is None:
        product = state.on_air.id if state.on_air else None
        line.cluster = state.clusters.join(line.id, line.text, product, line.at)
        at = place(line.id) if state.keep is not None else None
        if at is not None:
            state.clusters.asked.note(at, line.cluster.number)
    elif line.cluster.closed_at is None:
        state.clusters.count_in(line.cluster, line.at)
    if not line.closed:
        state.counts.unanswered += 1


def _withdraw_question(state: State, line: Line) -> None:
    if line.cluster is not None and not line.closed:
        state.clusters.count_out(line.cluster)
        state.counts.unanswered -= 1


def _approve(state: State, line: Line) -> None:
    before = line.state
    _move(state, line, "approved")
    if before == "held":
        _ask(state, line)


def _hide(state: State, line: Line, reason: str) -> None:
    marks = _marks(line)
    marks.reason, marks.before = reason, line.state
    if line.shown:
        _withdraw_question(state, line)
    marks.claim = None
    _move(state, line, "rejected")
    state.host.pop(line.id, None)
    if state.pinned is line:
        state.pinned = None


def _restore(state: State, line: Line) -> None:
    marks = _marks(line)
    marks.reason = None
    _move(state, line, marks.before)
    if line.shown:
        _ask(state, line)


def _move(state: State, line: Line, after: LineState) -> None:
    state.counts.move(line.state, after)
    line.state = after
    state.held.pop(line.id, None)
    if after == "held":
        state.held[line.id] = line


def _pin(state: State, line: Line) -> None:
    before, state.pinned = state.pinned, line
    if before is not None:
        _let_go(state, before)


def _pass(state: State, line: Line, at_ms: int) -> None:
    _marks(line).passed_at = at_ms
    state.host[line.id] = line
    state.passed.pop(line.id, None)
    state.passed[line.id] = line
    if len(state.passed) > PASSED_LIMIT:
        del state.passed[next(iter(state.passed))]


def _close(state: State, line: Line, at_ms: int, answered: bool) -> None:
    if answered:
        _marks(line).answered_at = at_ms
    _claim(line, None)
    cluster = line.cluster
    if cluster is not None and cluster.closed_at is None:
        state.counts.unanswered -= cluster.count
        state.clusters.close(cluster, at_ms, answered)
    for waiting in [other for other in state.host.values() if other.closed]:
        del state.host[waiting.id]


def _claim(line: Line, claim: Claim | None) -> None:
    if line.cluster is not None:
        line.cluster.claim = claim
    elif claim is not None or line.marks is not None:
        _marks(line).claim = claim


def _marks(line: Line) -> Marks:
    if line.marks is None:
        line.marks = Marks()
    return line.marks
