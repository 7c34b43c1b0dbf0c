"""What each row does to the lines of a show, its questions, and what the host has and what is pinned."""

from collections.abc import Iterable

from console.comments.cluster import Claim
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
from console.comments.line import Line, LineState, Marks, read_line
from console.comments.memory import brought_back, let_go
from console.comments.places import id_of, place
from console.comments.state import PASSED_LIMIT, RATE_WINDOW_S, State
from console.core.messages import Recorded
from console.core.observations import AnyObservation, Comment, ObservationsRecorded, Paid
from console.shelf.events import ProductPopped, ProductUnlisted


def evolve(state: State, recorded: Recorded) -> None:
    """Bounded cost for a line; only questions are compared with others."""
    match recorded.event:
        case ObservationsRecorded(items=items):
            _observed(state, items, recorded)
        case ProductPopped(product=product):
            state.on_air = product
        case ProductUnlisted(product=product):
            state.on_air = None if state.on_air and state.on_air.id == product else state.on_air
        case CommentEvent() as event:
            line = state.lines.get(event.comment) or brought_back(state, event)
            if line is not None:
                _decided(state, line, event, recorded.at_ms)
                let_go(state, line)
    for cluster in state.clusters.take_left():
        for member in list(cluster.members):
            let_go(state, state.lines[member])


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


def _observed(state: State, items: Iterable[AnyObservation], recorded: Recorded) -> None:
    for index, item in enumerate(items):
        if type(item) is Comment:
            _comment(state, id_of(recorded.seq, index), item, recorded.at_ms)
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
        let_go(state, oldest)


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
        let_go(state, before)


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
