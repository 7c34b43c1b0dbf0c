"""Offers as the shelf sees them: what flash prices reserve and set, and which terms may make a price lower."""

from typing import Literal

from msgspec import Struct

from console.core.messages import Event
from console.offers import events as offers


class Deal(Struct, kw_only=True):
    """An offer's terms; armed, asked for or live it counts, and a flash price then reserves its quantity."""

    terms: offers.Offer
    state: Literal["idle", "armed", "live"] = "idle"


Deals = dict[str, Deal]
"""By offer id."""


def follow(deals: Deals, event: Event) -> None:
    """Fold what happened to an offer."""
    match event:
        case offers.OfferDefined(offer=offer) | offers.OfferEdited(offer=offer):
            _define(deals, offer)
        case offers.OfferFired(offer=offer_id, delivery=delivery):
            _set(deals, offer_id, "live" if delivery == "none" else "armed")
        case offers.OfferArmed(offer=offer_id) | offers.OfferParked(offer=offer_id):
            _set(deals, offer_id, "armed")
        case offers.DeliveryConfirmed(offer=offer_id, ok=ok):
            _set(deals, offer_id, "live" if ok else "idle")
        case offers.OffersKilled(offers=ended, disarmed=disarmed):
            end(deals, (*ended, *disarmed))
        case (
            offers.OfferDisarmed(offer=offer_id)
            | offers.OfferStopped(offer=offer_id)
            | offers.OfferExpired(offer=offer_id)
        ):
            end(deals, (offer_id,))


def _define(deals: Deals, offer: offers.Offer) -> None:
    deals[offer.id] = Deal(terms=offer)


def _set(deals: Deals, offer_id: str, now: Literal["idle", "armed", "live"]) -> None:
    if deal := deals.get(offer_id):
        deal.state = now


def end(deals: Deals, offer_ids: tuple[str, ...]) -> None:
    """They reserve nothing any more."""
    for offer_id in offer_ids:
        _set(deals, offer_id, "idle")
