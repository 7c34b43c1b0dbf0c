"""Commands ask, events tell, a rejection says why not. Plain frozen structs; the tag is the snake_case class name."""

import re
from collections.abc import Iterable
from typing import Any, ClassVar, Literal

from msgspec import Struct

Role = Literal["admin", "producer", "controller", "moderator", "host", "service", "ads", "analyst", "ingest"]
RejectionCode = Literal["refused", "stale", "expired"]


def snake_case(class_name: str) -> str:
    """`FireOffer` → `fire_offer`: the `type` a message carries on the wire."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", class_name).lower()


class Actor(Struct, frozen=True):
    """Who asks: a person, a program with a token, or the console itself (`id` "system")."""

    id: str
    name: str
    roles: frozenset[Role]

    def may(self, roles: Iterable[Role]) -> bool:
        """Admin may do everything; others need one of `roles`."""
        return "admin" in self.roles or not self.roles.isdisjoint(roles)


SYSTEM = Actor(id="system", name="console", roles=frozenset({"admin"}))


class Event(Struct, frozen=True, kw_only=True, tag_field="type", tag=snake_case):
    """Something that happened; past tense. What the fold needs is in it, so the fold needs no table."""

    version: ClassVar[int] = 1
    creates: ClassVar[str | None] = None
    """Name of the field whose value the answer to the command names (`offer`, `row`)."""

    def changes(self) -> tuple[str, ...]:
        """Keys whose version this event moves, e.g. `offer:o1`, `row:r2:title`; see `Command.touches`."""
        return ()

    def outward(self) -> "Event":
        """The event as everyone who follows the show may read it: without what only some may see."""
        return self


class Command(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag=snake_case):
    """A wish with its envelope; imperative.

    `command_id` makes it happen at most once, `issued_at` (epoch ms) lets the gate refuse what comes late,
    `seen` is the sequence number of the screen it was pressed on.
    """

    roles: ClassVar[frozenset[Role]] = frozenset()
    open_to_public: ClassVar[bool] = True
    """False for what only the console itself submits (timers, reactions)."""
    remembered: ClassVar[bool] = True
    """False for batches of observations, which are told apart by `(source, id)`."""
    urgent: ClassVar[bool] = False
    """True for the emergency stop, which goes before all that waits."""
    while_status: ClassVar[frozenset[str]] = frozenset({"planned", "live"})
    """Show statuses in which the gate lets it through to `decide`."""

    command_id: str
    issued_at: int
    seen: int | None = None

    def touches(self) -> tuple[str, ...]:
        """Keys that must not have changed after `seen`; a key also covers every longer key it begins (`row:r2`)."""
        return ()


ENVELOPE_FIELDS = frozenset({"command_id", "issued_at", "seen"})


class Recorded(Struct, frozen=True, kw_only=True):
    """One journal row: an event with its place in the show's total order."""

    show_id: str
    seq: int
    at_ms: int
    actor: str
    event: Event
    cause: int | None = None
    """`seq` of the row this one followed from, when a reaction caused it."""
    command_id: str | None = None

    @property
    def type(self) -> str:
        """The event's wire name."""
        return snake_case(type(self.event).__name__)


class Rejection(Struct, frozen=True):
    """Why a command does nothing. `why` is an English sentence and gettext id with `{name}` places for `params`."""

    why: str
    params: dict[str, Any] = {}
    code: RejectionCode = "refused"
    now: Any = None
    """The values that changed under the caller, for `stale`."""


def refuse(why: str, /, **params: Any) -> Rejection:
    """A refusal by the rules; the sentence is collected for translation."""
    return Rejection(why, params)


def N_(sentence: str) -> str:  # noqa: N802 - the name gettext tools know
    """Mark a sentence that is translated where it is shown."""
    return sentence


Decision = list[Event] | Rejection
