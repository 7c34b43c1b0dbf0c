"""One function for each thing that may be asked of an offer; none changes the state."""

import msgspec

from console.core.messages import N_, Decision, Event, Rejection, refuse
from console.core.slice import Context, ProductFact, fact_of
from console.offers import guards
from console.offers.events import (
    Because,
    DeliveryConfirmed,
    FireCancelled,
    FireScheduled,
    Offer,
    OfferArmed,
    OfferDefined,
    OfferDisarmed,
    OfferEdited,
    OfferExpired,
    OfferExtended,
    OfferFired,
    OfferParked,
    OffersKilled,
    OfferStopped,
    Terms,
)
from console.offers.fold import RUNNING, Entry, State

MAX_OFFERS = 500
"""Offers one show may hold."""


def define(state: State, terms: Terms, context: Context) -> Decision:
    """A new offer, planned."""
    if len(state.entries) >= MAX_OFFERS:
        return refuse("A show holds at most {limit} offers; reuse one of them.", limit=MAX_OFFERS)
    offer = Offer(id=f"o_{context.fresh_id}", **msgspec.structs.asdict(terms))
    return guards.check(state, offer, context) or [_defined(offer, context)]


def edit(state: State, entry: Entry, field: str, value: int | str | None, context: Context) -> Decision:
    """One term changed; nothing when it is the same already."""
    if entry.state in RUNNING or entry.state == "ended":
        return refuse(
            "{title} runs or has run, so it can no longer be edited; define a new offer.", title=entry.offer.title
        )
    if entry.counting_down:
        return refuse("{title} is counting down; cancel its start before you edit it.", title=entry.offer.title)
    if field not in Terms.__struct_fields__:
        return refuse("An offer has no field {field}.", field=field)
    before = getattr(entry.offer, field)
    offer = _changed(entry.offer, field, value)
    if isinstance(offer, Rejection) or before == value:
        return offer if isinstance(offer, Rejection) else []
    fact, warnings = _fact(offer, context), guards.warnings(offer, context)
    edited = OfferEdited(offer=offer, field=field, before=before, fact=fact, warnings=warnings)
    return guards.check(state, offer, context) or [edited]


def arm(state: State, entry: Entry, context: Context) -> Decision:
    """Ready to fire; a parked or failed one again."""
    if entry.state not in {"planned", "failed"} and not entry.parked:
        return refuse("{title} is armed already, or runs or has run.", title=entry.offer.title)
    armed = OfferArmed(offer=entry.offer.id, lowest=guards.lowest(state, entry.offer, context))
    return guards.check(state, entry.offer, context) or [armed]


def disarm(entry: Entry) -> Decision:
    """Back to planned; a start that was counting down is off."""
    if entry.state != "armed":
        return refuse("{title} is not armed, so there is nothing to disarm.", title=entry.offer.title)
    return [OfferDisarmed(offer=entry.offer.id)]


def fire(state: State, entry: Entry, countdown_s: int, context: Context) -> Decision:
    """Start it now or after a countdown."""
    if entry.counting_down:
        return refuse("{title} is counting down already; let it start or cancel it.", title=entry.offer.title)
    if refused := _unfit(state, entry, context):
        return refused
    if countdown_s > context.presets.countdown_max_s:
        return refuse("A countdown takes at most {seconds} seconds.", seconds=context.presets.countdown_max_s)
    if countdown_s:
        return [FireScheduled(offer=entry.offer.id, fires_at=context.now_ms + countdown_s * 1000)]
    return [_fired(state, entry, context)]


def cancel(entry: Entry) -> Decision:
    """Stop the countdown; it stays armed."""
    if not entry.counting_down:
        return refuse("{title} is not counting down, so there is nothing to cancel.", title=entry.offer.title)
    return [FireCancelled(offer=entry.offer.id)]


def confirm(entry: Entry, ok: bool, note: str, context: Context) -> Decision:
    """The platform shows it, or does not."""
    if entry.state != "requested":
        return refuse("{title} does not wait for a confirmation.", title=entry.offer.title)
    ends_at = _ends_at(entry.offer, context) if ok else None
    return [DeliveryConfirmed(offer=entry.offer.id, ok=ok, ends_at=ends_at, note=note)]


def extend(entry: Entry, seconds: int, context: Context) -> Decision:
    """A later end, within what the platform lets a flash price run in all."""
    if entry.state != "live":
        return refuse("{title} is not live, so it cannot be extended.", title=entry.offer.title)
    if entry.ends_at is None:
        return refuse("{title} runs until it is stopped; there is no end to move.", title=entry.offer.title)
    if entry.ends_at <= context.now_ms:
        return refuse("{title} has just run out; define a new offer.", title=entry.offer.title)
    ends_at = entry.ends_at + seconds * 1000
    runs_s = (ends_at - (entry.live_at or context.now_ms)) // 1000
    too_long = guards.runs_too_long(entry.offer, runs_s, context.presets)
    return too_long or [OfferExtended(offer=entry.offer.id, seconds=seconds, ends_at=ends_at)]


def stop(entry: Entry, reason: str) -> Decision:
    """End it; one that counts down does not start."""
    if entry.counting_down:
        return [FireCancelled(offer=entry.offer.id)]
    if entry.state not in RUNNING:
        return refuse("{title} does not run, so there is nothing to stop.", title=entry.offer.title)
    return [OfferStopped(offer=entry.offer.id, reason=reason)]


def kill(state: State, reason: str) -> Decision:
    """Always possible, also when nothing runs: what is armed must be armed again."""
    running = tuple(entry.offer.id for entry in state.active() if entry.state in RUNNING)
    armed = tuple(entry.offer.id for entry in state.active() if entry.state == "armed")
    return [OffersKilled(reason=reason, offers=running, disarmed=armed)]


def launch(state: State, entry: Entry, context: Context) -> Decision:
    """Start what counted down, never early; when it may not start any more, it waits for a person."""
    if entry.fires_at is None or entry.fires_at > context.now_ms:
        return refuse("{title} is not due to start.", title=entry.offer.title)
    if refused := _unfit(state, entry, context):
        return [OfferParked(offer=entry.offer.id, because=Because(refused.why, refused.params))]
    return [_fired(state, entry, context)]


def expire(entry: Entry, context: Context) -> Decision:
    """End what has run out, never early."""
    if entry.state != "live" or entry.ends_at is None or entry.ends_at > context.now_ms:
        return refuse("{title} is not due to end.", title=entry.offer.title)
    return [OfferExpired(offer=entry.offer.id)]


def park(entry: Entry) -> Decision:
    """Its start was missed: a person decides."""
    if not entry.counting_down:
        return refuse("{title} is not due to start.", title=entry.offer.title)
    return [OfferParked(offer=entry.offer.id, because=Because(N_("Its start fell due while the console was down.")))]


def _unfit(state: State, entry: Entry, context: Context) -> Rejection | None:
    if entry.state != "armed":
        return refuse("{title} is not armed; arm it first.", title=entry.offer.title)
    return _other_flash(state, entry.offer) or guards.check(state, entry.offer, context)


def _other_flash(state: State, offer: Offer) -> Rejection | None:
    if offer.kind != "flash_price":
        return None
    for other in state.active():
        taken = other.state in RUNNING or other.counting_down
        if taken and other.offer.id != offer.id and _rivals(other.offer, offer):
            return refuse(
                "{title} runs already; a product can have one flash price at a time.", title=other.offer.title
            )
    return None


def _rivals(one: Offer, other: Offer) -> bool:
    same = one.product is None or other.product is None or one.product == other.product
    return same and one.kind == other.kind == "flash_price"


def _fired(state: State, entry: Entry, context: Context) -> Event:
    delivery = context.header.delivery
    ends_at = _ends_at(entry.offer, context) if delivery == "none" else None
    lowest = guards.lowest(state, entry.offer, context)
    return OfferFired(offer=entry.offer.id, delivery=delivery, ends_at=ends_at, lowest=lowest)


def _ends_at(offer: Offer, context: Context) -> int | None:
    """A flash price never runs without an end."""
    longest = context.presets.flash_max_s if offer.kind == "flash_price" else None
    duration_s = offer.duration_s or longest
    return None if duration_s is None else context.now_ms + duration_s * 1000


def _changed(offer: Offer, field: str, value: int | str | None) -> Offer | Rejection:
    try:
        return msgspec.convert(msgspec.structs.asdict(offer) | {field: value}, Offer)
    except msgspec.ValidationError:
        return refuse("{value} is not possible for {field}.", value=_shown(value), field=field)


def _shown(value: int | str | None) -> str:
    return "–" if value is None else str(value)[:60]


def _defined(offer: Offer, context: Context) -> OfferDefined:
    return OfferDefined(offer=offer, fact=_fact(offer, context), warnings=guards.warnings(offer, context))


def _fact(offer: Offer, context: Context) -> ProductFact | None:
    """Without the moderator's details: those come with the product when it goes on the shelf."""
    product = context.products.get(offer.product) if offer.product else None
    return None if product is None else fact_of(product, details=False)
