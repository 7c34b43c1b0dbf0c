"""What a moderator, and for answers the host, may ask of a comment, and when it is refused."""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar

from msgspec import Meta
from msgspec.structs import replace

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
from console.comments.line import Line, comment_of
from console.comments.memory import recalled
from console.comments.places import place
from console.comments.state import State
from console.core.messages import Command, Decision, Recorded, Rejection, Role, refuse
from console.core.observations import Comment
from console.core.slice import Context

CommentId = Annotated[str, Meta(min_length=1, max_length=64)]
Reason = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]

LEASE_MS = 60_000
HOST_LIMIT = 50
"""More than the host could answer in a show; passing waits until some are."""

EVER: frozenset[str] = frozenset({"planned", "live", "ended"})


class OfComment(Command, frozen=True):
    roles: ClassVar[frozenset[Role]] = frozenset({"moderator"})
    comment: CommentId

    def touches(self) -> tuple[str, ...]:
        return (f"comment:{self.comment}",)


class ApproveComment(OfComment, frozen=True):
    pass


class HideComment(OfComment, frozen=True):
    """Also after the show: what was said stays on the recap."""

    while_status: ClassVar[frozenset[str]] = EVER
    reason: Reason


class RestoreComment(OfComment, frozen=True):
    while_status: ClassVar[frozenset[str]] = EVER


class PinComment(OfComment, frozen=True):
    pass


class UnpinComment(Command, frozen=True):
    """`comment` may be left out: there is only one pinned."""

    roles: ClassVar[frozenset[Role]] = frozenset({"moderator"})
    while_status: ClassVar[frozenset[str]] = EVER
    comment: CommentId | None = None

    def touches(self) -> tuple[str, ...]:
        return ("pin",) if self.comment is None else (f"comment:{self.comment}",)


class PassToHost(OfComment, frozen=True):
    pass


class MarkAnswered(OfComment, frozen=True):
    roles: ClassVar[frozenset[Role]] = frozenset({"moderator", "host"})
    while_status: ClassVar[frozenset[str]] = EVER


class DismissQuestion(OfComment, frozen=True):
    while_status: ClassVar[frozenset[str]] = EVER


class ClaimComment(OfComment, frozen=True):
    """Says "I am on it" for LEASE_MS; asking again renews it."""

    def touches(self) -> tuple[str, ...]:
        return ()


class ReleaseComment(OfComment, frozen=True):
    def touches(self) -> tuple[str, ...]:
        return ()


COMMANDS: tuple[type[Command], ...] = (
    ApproveComment,
    HideComment,
    RestoreComment,
    PinComment,
    UnpinComment,
    PassToHost,
    MarkAnswered,
    DismissQuestion,
    ClaimComment,
    ReleaseComment,
)


def decide(state: State, command: Command, context: Context) -> Decision:
    """One comment, one step; unpinning needs no comment named."""
    if isinstance(command, UnpinComment):
        return _unpin(state, command)
    if not isinstance(command, OfComment):
        raise TypeError(command)
    line = state.lines.get(command.comment)
    if line is not None:
        return _step(state, line, command, context)
    item = comment_of(context.row, command.comment)
    if item is None:
        return refuse("There is no such comment in this show. Reload the page and choose it again.")
    return _told(_step(state, recalled(state, command.comment, item), command, context), item)


def asks(state: State, message: Any) -> int | None:
    """The row of the comment that a command or an event is about, when the state has let go of it."""
    comment = getattr(message, "comment", None)
    if state.keep is None or comment is None or comment in state.lines or getattr(message, "recalled", None):
        return None
    at = place(comment)
    return at[0] if at else None


def told(event: CommentEvent, row: Recorded | None) -> CommentEvent:
    """An event of a release that kept every line, with what its fold needs by now."""
    return replace(event, recalled=comment_of(row, event.comment))


def _told(decision: Decision, item: Comment) -> Decision:
    return decision if isinstance(decision, Rejection) else [replace(event, recalled=item) for event in decision]


def _step(state: State, line: Line, command: OfComment, context: Context) -> Decision:
    match command:
        case HideComment(reason=reason):
            return _hide(line, reason.strip())
        case ClaimComment():
            return _claim(line, context)
        case ReleaseComment():
            return _release(line, context)
    return _STEPS[type(command)](state, line)


def _approve(_state: State, line: Line) -> Decision:
    match line.state:
        case "approved":
            return refuse("This comment is approved already.")
        case "rejected":
            return refuse("This comment is hidden. Restore it first.")
    return [CommentApproved(comment=line.id)]


def _hide(line: Line, reason: str) -> Decision:
    if line.state == "rejected":
        return refuse("This comment is hidden already.")
    return [CommentHidden(comment=line.id, reason=reason)]


def _restore(_state: State, line: Line) -> Decision:
    if line.state != "rejected":
        return refuse("Only a hidden comment can be restored, and this one is not hidden.")
    return [CommentRestored(comment=line.id)]


def _pin(state: State, line: Line) -> Decision:
    if state.pinned is line:
        return refuse("This comment is pinned already.")
    return _unseen(line) or [CommentPinned(comment=line.id)]


def _unpin(state: State, command: UnpinComment) -> Decision:
    if state.pinned is None:
        return refuse("No comment is pinned.")
    if command.comment not in {None, state.pinned.id}:
        return refuse("Another comment is pinned by now. Unpin that one instead.")
    return [CommentUnpinned(comment=state.pinned.id)]


def _pass(state: State, line: Line) -> Decision:
    if line.id in state.host:
        return refuse("The host has this comment already.")
    if len(state.host) >= HOST_LIMIT:
        return refuse("{n} comments wait for the host already. Let the host answer some first.", n=HOST_LIMIT)
    return _unseen(line) or _closed(line) or [CommentPassed(comment=line.id)]


def _answer(_state: State, line: Line) -> Decision:
    return _unseen(line) or _closed(line) or [CommentAnswered(comment=line.id)]


def _dismiss(_state: State, line: Line) -> Decision:
    if line.cluster is None:
        return _unseen(line) or refuse("Only a question can be dismissed. Hide the comment instead.")
    return _unseen(line) or _closed(line) or [QuestionDismissed(comment=line.id)]


def _claim(line: Line, context: Context) -> Decision:
    holder = _holder(line, context.now_ms)
    if holder is not None and holder.by != context.actor:
        return refuse("{who} is on this comment. Choose another one, or wait a minute.", who=holder.name)
    if line.state == "rejected":
        return refuse("This comment is hidden. Restore it first.")
    return _closed(line) or [_lease(line, context)]


def _lease(line: Line, context: Context) -> CommentClaimed:
    name = context.actor_name or context.actor
    return CommentClaimed(comment=line.id, by=context.actor, name=name, until=context.now_ms + LEASE_MS)


def _release(line: Line, context: Context) -> Decision:
    holder = _holder(line, context.now_ms)
    if holder is None:
        return refuse("Nobody has claimed this comment, so there is nothing to release.")
    if holder.by != context.actor:
        return refuse("{who} has claimed this comment. Only they can release it.", who=holder.name)
    return [CommentReleased(comment=line.id)]


def _holder(line: Line, now_ms: int) -> Claim | None:
    """The lease on it, unless it has run out."""
    return line.claim if line.claim is not None and line.claim.until > now_ms else None


def _unseen(line: Line) -> Rejection | None:
    """Nothing goes on air that nobody let through."""
    match line.state:
        case "held":
            return refuse("This comment is held back. Approve it first.")
        case "rejected":
            return refuse("This comment is hidden. Restore it first.")
    return None


def _closed(line: Line) -> Rejection | None:
    if line.answered_at is not None:
        return refuse("This question has been answered already.")
    if line.closed:
        return refuse("This question has been dismissed already.")
    return None


_STEPS: dict[type[Command], Callable[[State, Line], Decision]] = {
    ApproveComment: _approve,
    RestoreComment: _restore,
    PinComment: _pin,
    PassToHost: _pass,
    MarkAnswered: _answer,
    DismissQuestion: _dismiss,
}
