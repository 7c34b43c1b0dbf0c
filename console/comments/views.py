"""What screens and the API show of the comments. Feeds are newest last, work lists oldest first: nothing jumps."""

from itertools import islice
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import asdict

from console.comments.cluster import TOPICS, Cluster, Topic
from console.comments.line import Line, LineState
from console.comments.memory import shown
from console.comments.rules import CATEGORIES
from console.comments.state import RATE_WINDOW_S, State
from console.core.show import Show
from console.core.slice import Leftover, Viewer

FEED_LIMIT = 100
HELD_LIMIT = 100
QUESTIONS_LIMIT = 50
GLANCE = 140
"""Characters a host reads in one look."""

Fate = Literal["waiting", "answered", "dismissed", "hidden"]


class FeedItem(Struct, frozen=True, kw_only=True):
    id: str
    at: int
    name: str
    text: str
    state: LineState
    question: bool
    buyer: bool
    simulated: bool
    pinned: bool
    passed: bool
    answered: bool
    reason: str | None
    claimed_by: str | None
    claimed_until: int | None


class HeldItem(Struct, frozen=True, kw_only=True):
    """`before + hit + after` is the text; `hit` is what the rule found."""

    id: str
    at: int
    name: str
    rule: str
    category: str
    before: str
    hit: str
    after: str
    claimed_by: str | None
    claimed_until: int | None


class QuestionItem(Struct, frozen=True, kw_only=True):
    """A group of questions; `comment` is the one to act on, `current` says it is about the product on air."""

    id: str
    comment: str
    text: str
    name: str
    count: int
    topic: Topic
    current: bool
    link: int | None
    buyer: bool
    passed: bool
    first_at: int
    claimed_by: str | None
    claimed_until: int | None


class CountsView(Struct, frozen=True, kw_only=True):
    """`dropped` is older than the queue; `per_minute` is the rate when the feed was last heard, at `newest_at`."""

    total: int
    new: int
    held: int
    approved: int
    rejected: int
    questions: int
    unanswered: int
    dropped: int
    waiting_for_host: int
    per_minute: int
    newest_at: int | None


class PassedItem(Struct, frozen=True, kw_only=True):
    id: str
    text: str
    passed_at: int | None
    fate: Fate
    answered_at: int | None


class HostQuestion(Struct, frozen=True, kw_only=True):
    id: str
    name: str
    text: str
    count: int


class HostView(Struct, frozen=True, kw_only=True):
    """One question at a time, the one passed first; `more` wait behind it."""

    question: HostQuestion | None
    more: int


class PinnedView(Struct, frozen=True, kw_only=True):
    id: str | None
    name: str
    text: str


def queue(show: Show, _viewer: Viewer) -> tuple[FeedItem, ...]:
    """The newest lines in the order in which they came, hidden ones included so that they can be restored."""
    state = _state(show)
    skipped = max(0, len(state.queue) - FEED_LIMIT)
    return tuple(_feed_item(state, line) for line in islice(state.queue, skipped, None))


def held(show: Show, _viewer: Viewer) -> tuple[HeldItem, ...]:
    """What waits for a person, longest first."""
    return tuple(_held_item(line) for line in islice(_state(show).held.values(), HELD_LIMIT))


def questions(show: Show, _viewer: Viewer) -> tuple[QuestionItem, ...]:
    """Open questions: about the product on air first, then by topic, then by who has waited longest.

    How often a question is asked does not move it, so that a busy list stands still under the hand.
    """
    state = _state(show)
    ranked = sorted(state.clusters.window.values(), key=lambda cluster: _rank(state, cluster))
    told = (_question_item(state, cluster, line) for cluster in ranked for line in islice(shown(state, cluster), 1))
    return tuple(islice(told, QUESTIONS_LIMIT))


def counts(show: Show, _viewer: Viewer) -> CountsView:
    """Sizes of the queues and when the room was last heard."""
    state = _state(show)
    return CountsView(
        **_counted(state), per_minute=_per_minute(state), waiting_for_host=len(state.host), newest_at=state.newest_at
    )


def passed(show: Show, _viewer: Viewer) -> tuple[PassedItem, ...]:
    """What became of the last lines passed to the host, newest last."""
    return tuple(_passed_item(line) for line in _state(show).passed.values())


def host(show: Show, _viewer: Viewer) -> HostView:
    """The oldest passed question that is not answered yet."""
    state = _state(show)
    line = next(iter(state.host.values()), None)
    if line is None:
        return HostView(question=None, more=0)
    count = line.cluster.count if line.cluster else 1
    question = HostQuestion(id=line.id, name=_name(line), text=_short(line.text), count=count)
    return HostView(question=question, more=len(state.host) - 1)


def pinned(show: Show, _viewer: Viewer) -> PinnedView:
    """The pinned comment, if there is one."""
    line = _state(show).pinned
    if line is None:
        return PinnedView(id=None, name="", text="")
    return PinnedView(id=line.id, name=_name(line), text=_short(line.text))


def leftovers(state: State) -> tuple[Leftover, ...]:
    """Questions the host never got to, and what is still pinned."""
    waiting = [Leftover("question", line.id, _short(line.text)) for line in state.host.values()]
    pin = [] if state.pinned is None else [Leftover("pin", state.pinned.id, _short(state.pinned.text))]
    return (*waiting, *pin)


def _state(show: Show) -> State:
    state: State = show.states["comments"]
    return state


def _name(line: Line) -> str:
    return line.name or line.user


def _short(text: str) -> str:
    return text if len(text) <= GLANCE else text[: GLANCE - 1] + "…"


def _claimed(line: Line) -> dict[str, Any]:
    claim = line.claim
    return {"claimed_by": claim and claim.name, "claimed_until": claim and claim.until}


def _feed_item(state: State, line: Line) -> FeedItem:
    return FeedItem(
        id=line.id,
        at=line.at,
        name=_name(line),
        text=line.text,
        state=line.state,
        question=line.question,
        buyer=line.user in state.buyers,
        simulated=line.simulated,
        pinned=line is state.pinned,
        passed=line.id in state.host,
        answered=line.answered_at is not None,
        reason=line.known.reason,
        **_claimed(line),
    )


def _held_item(line: Line) -> HeldItem:
    start, end = (line.hold.start, line.hold.end) if line.hold else (0, 0)
    category = line.hold.category if line.hold else ""
    return HeldItem(
        id=line.id,
        at=line.at,
        name=_name(line),
        rule=line.hold.rule if line.hold else "",
        category=CATEGORIES.get(category, category),
        before=line.text[:start],
        hit=line.text[start:end],
        after=line.text[end:],
        **_claimed(line),
    )


def _passed_item(line: Line) -> PassedItem:
    known, at = line.known, line.answered_at
    return PassedItem(id=line.id, text=line.text, passed_at=known.passed_at, fate=_fate(line), answered_at=at)


def _rank(state: State, cluster: Cluster) -> tuple[bool, int, int, str]:
    return not _current(state, cluster), TOPICS.index(cluster.topic), cluster.first_at, cluster.id


def _current(state: State, cluster: Cluster) -> bool:
    """Asked while the product on air was on, or naming its link number."""
    if state.on_air is None:
        return False
    product, link = cluster.subject
    return product == state.on_air.id or (link is not None and link == state.on_air.link_no)


def _question_item(state: State, cluster: Cluster, line: Line) -> QuestionItem:
    """`line` stands for the group: the first of them in memory that was not hidden."""
    return QuestionItem(
        id=cluster.id,
        comment=line.id,
        text=line.text,
        name=_name(line),
        count=cluster.count,
        topic=cluster.topic,
        current=_current(state, cluster),
        link=cluster.subject[1],
        buyer=line.user in state.buyers,
        passed=any(waiting.cluster is cluster for waiting in state.host.values()),
        first_at=cluster.first_at,
        **_claimed(line),
    )


def _counted(state: State) -> dict[str, int]:
    tally = state.counts
    total = tally.new + tally.held + tally.approved + tally.rejected
    return asdict(tally) | {"total": total, "dropped": total - len(state.queue)}


def _per_minute(state: State) -> int:
    if state.newest_at is None:
        return 0
    oldest = state.newest_at // 1000 - RATE_WINDOW_S
    return sum(count for second, count in state.seconds.items() if second > oldest)


def _fate(line: Line) -> Fate:
    if not line.shown:
        return "hidden"
    if line.answered_at is not None:
        return "answered"
    return "dismissed" if line.closed else "waiting"
