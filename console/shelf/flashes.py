"""Flash prices as the shelf sees them: what they reserve, and which price they set while they run."""

from typing import Literal

from msgspec import Struct

from console.core.messages import Event
from console.offers import events as offers


class Flash(Struct, kw_only=True):
    """A flash price: while armed, asked for or live it reserves its quantity."""

    product: str | None
    sku: str | None
    price: int | None
    quantity: int
    state: Literal["idle", "armed", "live"] = "idle"


Flashes = dict[str, Flash]
"""By offer id."""


def follow(flashes: Flashes, event: Event) -> None:
    """Fold what happened to an offer."""
    match event:
        case offers.OfferDefined(offer=offer) | offers.OfferEdited(offer=offer):
            _define(flashes, offer)
        case offers.OfferFired(offer=offer_id, delivery=delivery):
            _set(flashes, offer_id, "live" if delivery == "none" else "armed")
        case offers.OfferArmed(offer=offer_id) | offers.OfferParked(offer=offer_id):
            _set(flashes, offer_id, "armed")
        case offers.DeliveryConfirmed(offer=offer_id, ok=ok):
            _set(flashes, offer_id, "live" if ok else "idle")
        case offers.OffersKilled(offers=ended, disarmed=disarmed):
            end(flashes, (*ended, *disarmed))
        case (
            offers.OfferDisarmed(offer=offer_id)
            | offers.OfferStopped(offer=offer_id)
            | offers.OfferExpired(offer=offer_id)
        ):
            end(flashes, (offer_id,))


def _define(flashes: Flashes, offer: offers.Offer) -> None:
    flashes.pop(offer.id, None)
    if offer.kind == "flash_price":
        flashes[offer.id] = Flash(product=offer.product, sku=offer.sku, price=offer.price, quantity=offer.quantity or 0)


def _set(flashes: Flashes, offer_id: str, now: Literal["idle", "armed", "live"]) -> None:
    if flash := flashes.get(offer_id):
        flash.state = now


def end(flashes: Flashes, offer_ids: tuple[str, ...]) -> None:
    """They reserve nothing any more."""
    for offer_id in offer_ids:
        _set(flashes, offer_id, "idle")
