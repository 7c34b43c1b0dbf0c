"""The snapshot's `comments`: instants as RFC 3339, every list bounded."""

from typing import Any

from console.comments import views
from console.comments.line import Line
from console.comments.state import State
from console.core.show import Show
from console.core.slice import Viewer
from console.core.time import to_rfc3339


def snapshot(show: Show, viewer: Viewer) -> dict[str, Any]:
    """`queue` is the newest ≤ 200 lines, newest last; `pinned` is an id, `pinned_comment` the line itself."""
    state: State = show.states["comments"]
    tally = views.counts(show, viewer)
    return {
        "queue": queue_items(show, viewer),
        "host": [_line(state, line) for line in state.host.values()],
        "pinned": state.pinned and state.pinned.id,
        "pinned_comment": state.pinned and _line(state, state.pinned),
        "questions": [_question(item) for item in views.questions(show, viewer)],
        "counts": {name: getattr(tally, name) for name in tally.__struct_fields__ if name != "newest_at"},
        "newest_at": to_rfc3339(tally.newest_at),
    }


def queue_items(show: Show, _viewer: Viewer) -> list[dict[str, Any]]:
    """The newest ≤ 200 lines, newest last: what a program that follows the comments gets."""
    state: State = show.states["comments"]
    return [_line(state, line) for line in state.queue]


def _line(state: State, line: Line) -> dict[str, Any]:
    hold = line.hold
    return {
        "id": line.id,
        "at": to_rfc3339(line.at),
        "user": line.user,
        "name": line.name,
        "text": line.text,
        "state": line.state,
        "question": line.question,
        "hold": hold and {name: getattr(hold, name) for name in hold.__struct_fields__},
        "reason": line.known.reason,
        "pinned": line is state.pinned,
        "passed": line.id in state.host,
        "passed_at": to_rfc3339(line.known.passed_at),
        "answered_at": to_rfc3339(line.answered_at),
        "claimed_by": line.claim and line.claim.name,
        "claimed_until": to_rfc3339(line.claim.until if line.claim else None),
        "asked_with": line.cluster and line.cluster.id,
        "buyer": line.user in state.buyers,
        "simulated": line.simulated,
    }


def _question(item: views.QuestionItem) -> dict[str, Any]:
    plain = ("id", "comment", "text", "count", "topic", "current", "link", "passed")
    return {name: getattr(item, name) for name in plain} | {"first_at": to_rfc3339(item.first_at)}
