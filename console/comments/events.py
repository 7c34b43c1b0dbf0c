"""What people did with a comment. The lines themselves arrive in ObservationsRecorded."""

from typing import Self

from msgspec.structs import replace

from console.core.messages import Event
from console.core.observations import Comment


class CommentEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """`comment` is `c<seq>-<position in the batch>` of the row that brought the line."""

    comment: str
    recalled: Comment | None = None
    """What that row says, when the state had let go of the line: so the fold needs no second row."""

    def outward(self) -> Self:
        """Whoever follows the show was told the comment when it came."""
        return replace(self, recalled=None) if self.recalled else self

    def changes(self) -> tuple[str, ...]:
        return (f"comment:{self.comment}",)


class CommentApproved(CommentEvent, frozen=True):
    pass


class CommentHidden(CommentEvent, frozen=True):
    """Off the overlay and back from the host, too; the line is kept."""

    reason: str


class CommentRestored(CommentEvent, frozen=True):
    """Back in the state it had before it was hidden; what was pinned or passed has to be pinned or passed again."""


class CommentPinned(CommentEvent, frozen=True):
    """Takes the place of whatever was pinned before."""

    def changes(self) -> tuple[str, ...]:
        return (*super().changes(), "pin")


class CommentUnpinned(CommentEvent, frozen=True):
    def changes(self) -> tuple[str, ...]:
        return (*super().changes(), "pin")


class CommentPassed(CommentEvent, frozen=True):
    """Handed to the host."""


class CommentAnswered(CommentEvent, frozen=True):
    """Answered on air; for a question, everyone who asked the same is answered with it."""


class QuestionDismissed(CommentEvent, frozen=True):
    """Needs no answer; closes everyone who asked the same."""


class CommentClaimed(CommentEvent, frozen=True):
    """`by`, who people know as `name`, looks after it until the instant `until`."""

    by: str
    name: str
    until: int

    def changes(self) -> tuple[str, ...]:
        return (f"claim:{self.comment}",)


class CommentReleased(CommentEvent, frozen=True):
    def changes(self) -> tuple[str, ...]:
        return (f"claim:{self.comment}",)


EVENTS: tuple[type[Event], ...] = (
    CommentApproved,
    CommentHidden,
    CommentRestored,
    CommentPinned,
    CommentUnpinned,
    CommentPassed,
    CommentAnswered,
    QuestionDismissed,
    CommentClaimed,
    CommentReleased,
)
