"""The show's own life: created, started, ended, with its targets. The smallest slice, and the pattern of the others."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

from console.core.messages import Command, Decision, Event, Recorded, Role, refuse
from console.core.money import MAX_MINOR, Currency
from console.core.slice import Context, Delivery, Header, Leftover, Part, Slice, Status, Viewer
from console.core.time import to_rfc3339

DESK: frozenset[Role] = frozenset({"producer", "controller"})
Targets = Annotated[
    dict[Annotated[str, Meta(max_length=40)], Annotated[int, Meta(ge=0, le=MAX_MINOR)]], Meta(max_length=40)
]


class ShowCreated(Event, frozen=True):
    title: str
    starts_at: int | None = None
    delivery: Delivery = "none"
    stream_delay_s: int = 0
    rehearsal: bool = False
    targets: dict[str, int] = {}
    currency: Currency = "CNY"
    """What every amount of this show is in; shows made before it was kept are in this one."""


class ShowStarted(Event, frozen=True):
    def changes(self) -> tuple[str, ...]:
        return ("show",)


class ShowEnded(Event, frozen=True):
    leftovers: tuple[Leftover, ...] = ()

    def changes(self) -> tuple[str, ...]:
        return ("show",)


class TargetsSet(Event, frozen=True):
    targets: dict[str, int]

    def changes(self) -> tuple[str, ...]:
        return ("targets",)


class CreateShow(Command, frozen=True):
    """Submitted once by `POST /shows`; not part of the public vocabulary."""

    roles: ClassVar[frozenset[Role]] = DESK
    open_to_public: ClassVar[bool] = False
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    starts_at: int | None = None
    delivery: Literal["none", "manual"] = "none"
    stream_delay_s: Annotated[int, Meta(ge=0, le=600)] = 0
    rehearsal: bool = False
    targets: Targets = {}


class StartShow(Command, frozen=True):
    roles: ClassVar[frozenset[Role]] = DESK


class EndShow(Command, frozen=True):
    roles: ClassVar[frozenset[Role]] = DESK


class SetTargets(Command, frozen=True):
    roles: ClassVar[frozenset[Role]] = DESK
    while_status: ClassVar[frozenset[str]] = frozenset({"planned", "live", "ended"})
    targets: Targets

    def touches(self) -> tuple[str, ...]:
        return ("targets",)


def decide(header: Header, command: Command, context: Context) -> Decision:
    """Start once, end once, set targets at any time."""
    match command:
        case CreateShow():
            return _create(header, command, context.presets.currency)
        case StartShow():
            return [ShowStarted()] if header.status == "planned" else refuse("The show has already started.")
        case EndShow():
            return _end(header, context)
        case SetTargets():
            return [TargetsSet(targets=command.targets)]
    raise TypeError(command)


def _create(header: Header, command: CreateShow, currency: Currency) -> Decision:
    if header.title:
        return refuse("This show exists already.")
    names = set(ShowCreated.__struct_fields__) - {"currency"}
    fields: Mapping[str, Any] = {name: getattr(command, name) for name in names}
    return [ShowCreated(**fields, currency=currency)]


def _end(header: Header, context: Context) -> Decision:
    if header.status != "live":
        return refuse("The show is not live, so there is nothing to end.")
    return [ShowEnded(leftovers=context.leftovers())]


def evolve(header: Header, recorded: Recorded) -> None:
    """Keep the header true."""
    match recorded.event:
        case ShowCreated() as event:
            header.id = recorded.show_id
            for name in ShowCreated.__struct_fields__:
                setattr(header, name, getattr(event, name))
        case ShowStarted():
            header.status, header.started_at = "live", recorded.at_ms
        case ShowEnded(leftovers=leftovers):
            header.status, header.ended_at, header.leftovers = "ended", recorded.at_ms, leftovers
        case TargetsSet(targets=targets):
            header.targets = targets


def snapshot(show: Any, _viewer: Viewer) -> dict[str, Any]:
    """The snapshot's `show`."""
    header: Header = show.header
    plain = ("id", "title", "status", "rehearsal", "delivery", "currency", "stream_delay_s", "targets", "leftovers")
    instants = ("starts_at", "started_at", "ended_at")
    return {name: getattr(header, name) for name in plain} | {
        name: to_rfc3339(getattr(header, name)) for name in instants
    }


class StatusView(Struct, frozen=True):
    """What the head of every screen and the dialog of targets follow; `started_at` in epoch ms."""

    status: Status
    started_at: int | None
    targets: dict[str, int]


def status(show: Any, _viewer: Viewer) -> StatusView:
    """`show-status`."""
    return StatusView(show.header.status, show.header.started_at, dict(show.header.targets))


EVENTS = (ShowCreated, ShowStarted, ShowEnded, TargetsSet)

LIFECYCLE = Slice(
    name="lifecycle",
    state=Header,
    evolve=evolve,
    folds=frozenset(EVENTS),
    events=EVENTS,
    commands=(CreateShow, StartShow, EndShow, SetTargets),
    decide=decide,
    snapshot=snapshot,
)

PARTS = (Part(name="show-status", reads=("lifecycle",), view=status),)
