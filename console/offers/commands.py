"""What may be asked of offers, and the answer. A press changes what runs at most once: state says whether it may."""

from typing import Annotated, ClassVar

from msgspec import Meta

from console.core.messages import Command, Decision, Role, refuse
from console.core.money import MAX_MINOR
from console.core.observations import Id
from console.core.slice import Context
from console.offers import decisions
from console.offers.events import Terms
from console.offers.fold import Entry, State

Seconds = Annotated[int, Meta(ge=1, le=86_400)]
Reason = Annotated[str, Meta(min_length=1, max_length=500)]
Value = Annotated[int, Meta(ge=-MAX_MINOR, le=MAX_MINOR)] | Annotated[str, Meta(max_length=2_000)] | None


class DefineOffer(Command, frozen=True):
    roles: ClassVar[frozenset[Role]] = frozenset({"producer"})
    offer: Terms


class EditOffer(Command, frozen=True):
    """Changes one term; an armed offer has to be armed again."""

    roles: ClassVar[frozenset[Role]] = frozenset({"controller"})
    offer: Id
    field: Annotated[str, Meta(min_length=1, max_length=40)]
    value: Value

    def touches(self) -> tuple[str, ...]:
        return (f"offer:{self.offer}",)


class _Press(Command, frozen=True):
    roles: ClassVar[frozenset[Role]] = frozenset({"controller"})
    offer: Id


class _SeenPress(_Press, frozen=True):
    """Refused as stale when the offer is no longer what the screen showed. What makes things safe is never stale."""

    def touches(self) -> tuple[str, ...]:
        return (f"offer:{self.offer}",)


class ArmOffer(_SeenPress, frozen=True):
    pass


class DisarmOffer(_Press, frozen=True):
    pass


class FireOffer(_SeenPress, frozen=True):
    """`countdown_s` 0 starts it now; else it stays armed with an instant at which it starts by itself."""

    while_status: ClassVar[frozenset[str]] = frozenset({"live"})
    countdown_s: Annotated[int, Meta(ge=0, le=86_400)] = 0


class CancelFire(_Press, frozen=True):
    pass


class ConfirmDelivery(_Press, frozen=True):
    """A person says whether the platform shows it."""

    ok: bool
    note: Annotated[str, Meta(max_length=500)] = ""


class ExtendOffer(_SeenPress, frozen=True):
    seconds: Seconds


class StopOffer(_SeenPress, frozen=True):
    reason: Reason


class KillOffers(Command, frozen=True):
    """The emergency stop: everything that runs ends, everything armed has to be armed again."""

    roles: ClassVar[frozenset[Role]] = frozenset({"controller"})
    urgent: ClassVar[bool] = True
    reason: Reason


class _Timed(Command, frozen=True):
    open_to_public: ClassVar[bool] = False
    offer: Id


class LaunchOffer(_Timed, frozen=True):
    """Its scheduled start has come."""


class ExpireOffer(_Timed, frozen=True):
    """Its end has come."""


class ParkOffer(_Timed, frozen=True):
    """Its start fell due while nobody could see it."""


COMMANDS: tuple[type[Command], ...] = (
    DefineOffer,
    EditOffer,
    ArmOffer,
    DisarmOffer,
    FireOffer,
    CancelFire,
    ConfirmDelivery,
    ExtendOffer,
    StopOffer,
    KillOffers,
    LaunchOffer,
    ExpireOffer,
    ParkOffer,
)


def decide(state: State, command: Command, context: Context) -> Decision:
    """Events, or why not."""
    match command:
        case DefineOffer(offer=terms):
            return decisions.define(state, terms, context)
        case KillOffers(reason=reason):
            return decisions.kill(state, reason)
        case EditOffer() | _Press() | _Timed():
            entry = state.entries.get(command.offer)
            return _of_one(state, entry, command, context) if entry else refuse("There is no such offer in this show.")
    raise TypeError(command)


def _of_one(state: State, entry: Entry, command: Command, context: Context) -> Decision:
    match command:
        case EditOffer(field=field, value=value):
            return decisions.edit(state, entry, field, value, context)
        case ArmOffer():
            return decisions.arm(state, entry, context)
        case DisarmOffer():
            return decisions.disarm(entry)
        case FireOffer(countdown_s=countdown_s):
            return decisions.fire(state, entry, countdown_s, context)
        case CancelFire():
            return decisions.cancel(entry)
    return _of_running(state, entry, command, context)


def _of_running(state: State, entry: Entry, command: Command, context: Context) -> Decision:
    match command:
        case ConfirmDelivery(ok=ok, note=note):
            return decisions.confirm(entry, ok, note, context)
        case ExtendOffer(seconds=seconds):
            return decisions.extend(entry, seconds, context)
        case StopOffer(reason=reason):
            return decisions.stop(entry, reason)
        case LaunchOffer():
            return decisions.launch(state, entry, context)
        case ExpireOffer():
            return decisions.expire(entry, context)
        case ParkOffer():
            return decisions.park(entry)
    raise TypeError(command)
