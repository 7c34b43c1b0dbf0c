"""What the desk decided during a show: when, who, and in one sentence what."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from console.core.lifecycle import ShowEnded, ShowStarted, TargetsSet
from console.core.messages import N_, SYSTEM, Event, Recorded
from console.core.money import as_text
from console.core.slice import ProductFact
from console.offers import events as offers
from console.scripts import events as scripts
from console.shelf import events as shelf

Sentence = tuple[str, dict[str, Any]]


class Decision(Struct, frozen=True):
    """`by` is the actor's id and `name` what people call them; `why` an English sentence and gettext id for `params`."""

    at: int
    minute: float | None
    """From the show's start; None before it."""
    by: str
    name: str
    what: str
    why: str
    params: dict[str, Any]


class Titles(Struct):
    """What rows, offers and products are called, learnt from the events that name them."""

    rows: dict[str, str] = {}
    offers: dict[str, str] = {}
    products: dict[str, str] = {}
    skus: dict[tuple[str, str], str] = {}

    def learn(self, event: Event) -> None:
        """Take the names an event brings."""
        for fact in _facts(event):
            self._fact(fact)
        match event:
            case scripts.RowAdded(row=row):
                self._row(row)
            case scripts.RowsImported(rows=rows):
                for row in rows:
                    self._row(row)
            case scripts.RowEdited(row=row_id, field="title", value=str(title)):
                self.rows[row_id] = title
            case offers.OfferDefined(offer=offer) | offers.OfferEdited(offer=offer):
                self.offers[offer.id] = offer.title

    def row(self, row_id: str) -> str:
        """Its title; the id of one whose naming was not seen. Likewise the others."""
        return self.rows.get(row_id, row_id)

    def offer(self, offer_id: str) -> str:
        """See `row`."""
        return self.offers.get(offer_id, offer_id)

    def product(self, product_id: str, sku: str | None = None) -> str:
        """See `row`; with the size or colour when it is about one."""
        title = self.products.get(product_id, product_id)
        return title if sku is None else f"{title} · {self.skus.get((product_id, sku), sku)}"

    def _row(self, row: scripts.Row) -> None:
        self.rows[row.id] = row.title
        for fact in row.facts:
            self._fact(fact)

    def _fact(self, fact: ProductFact) -> None:
        """A product the shop did not know has no title."""
        if fact.title:
            self.products[fact.id] = fact.title
        self.skus.update({(fact.id, sku): spec for sku, spec, *_ in fact.skus if spec})


def _facts(event: Event) -> tuple[ProductFact, ...]:
    match event:
        case shelf.ProductPopped(product=fact) | shelf.ProductListed(product=fact):
            return (fact,)
        case scripts.RowEdited(facts=facts) if facts:
            return facts
    known = getattr(event, "fact", None)
    return (known,) if isinstance(known, ProductFact) else ()


class Log:
    """Decisions in the order of the journal. `names` gives actors' ids the names people know."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.found: list[Decision] = []
        self._names = {SYSTEM.id: SYSTEM.name, **names}
        self._titles = Titles()
        self._started_at: int | None = None

    def take(self, recorded: Recorded) -> None:
        """Fold one row."""
        event = recorded.event
        self._titles.learn(event)
        if isinstance(event, ShowStarted):
            self._started_at = recorded.at_ms
        if type(event) not in SAID or (self._started_at is None and type(event) in ONLY_LIVE):
            return
        why, params = SAID[type(event)](event, self._titles)
        self.found.append(
            Decision(
                recorded.at_ms, self._minute(recorded.at_ms), recorded.actor, self.name(recorded.actor), recorded.type,
                why, params,
            )
        )  # fmt: skip

    def name(self, actor: str) -> str:
        """What people call an actor; the id of one nobody knows any more."""
        return self._names.get(actor, actor)

    def _minute(self, at_ms: int) -> float | None:
        return None if self._started_at is None else round((at_ms - self._started_at) / 60_000, 4)


Say = Callable[[Any, Titles], Sentence]


def _plain(why: str) -> Say:
    return lambda _event, _titles: (why, {})


def _row(why: str) -> Say:
    return lambda event, titles: (why, {"row": titles.row(event.row)})


def _offer(why: str) -> Say:
    return lambda event, titles: (why, {"offer": titles.offer(event.offer)})


def _product(why: str) -> Say:
    return lambda event, titles: (why, {"product": titles.product(event.product)})


def _row_started(event: scripts.RowStarted, titles: Titles) -> Sentence:
    if event.back:
        return _row(N_("Back to “{row}”"))(event, titles)
    return _row(N_("Jumped to “{row}”") if event.jump else N_("On to “{row}”"))(event, titles)


def _row_added(event: scripts.RowAdded, _titles: Titles) -> Sentence:
    return N_("Put in the row “{row}”"), {"row": event.row.title}


def _adjusted(event: scripts.Adjusted, _titles: Titles) -> Sentence:
    why = N_("Gave the row {seconds} s more") if event.seconds >= 0 else N_("Took {seconds} s off the row")
    return why, {"seconds": abs(event.seconds)}


def _imported(event: scripts.RowsImported, _titles: Titles) -> Sentence:
    why = N_("Imported rows instead of all others: {n}") if event.replace else N_("Imported rows: {n}")
    return why, {"n": len(event.rows)}


def _popped(event: shelf.ProductPopped, titles: Titles) -> Sentence:
    return N_("Showed {product}"), {"product": titles.product(event.product.id)}


def _price_set(event: shelf.PriceSet, titles: Titles) -> Sentence:
    params = {"product": titles.product(event.product, event.sku), "price": as_text(event.live_price)}
    return N_("Set the price of {product} to {price}"), params


def _stock_added(event: shelf.StockAdded, titles: Titles) -> Sentence:
    params = {"qty": event.qty, "product": titles.product(event.product, event.sku)}
    return N_("Added {qty} pieces of {product}"), params


def _defined(event: offers.OfferDefined, _titles: Titles) -> Sentence:
    return N_("Put in the offer “{offer}”"), {"offer": event.offer.title}


def _edited(event: offers.OfferEdited, _titles: Titles) -> Sentence:
    """What a buyer pays and how many can, with both values: a reviewer looks for these."""
    why, told = CHANGED.get(event.field, (N_("Changed “{offer}”"), str))
    values = {"before": told(event.before), "after": told(getattr(event.offer, event.field))}
    return why, {"offer": event.offer.title} | (values if event.field in CHANGED else {})


CHANGED: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "price": (N_("Changed the price of “{offer}” from {before} to {after}"), as_text),
    "quantity": (N_("Changed the pieces of “{offer}” from {before} to {after}"), lambda pieces: str(pieces or "–")),
}


def _confirmed(event: offers.DeliveryConfirmed, titles: Titles) -> Sentence:
    why = N_("Confirmed that “{offer}” reached buyers") if event.ok else N_("Said that “{offer}” did not reach buyers")
    return _offer(why)(event, titles)


def _stopped(event: offers.OfferStopped, titles: Titles) -> Sentence:
    offer = titles.offer(event.offer)
    if event.reason == offers.SOLD_OUT:
        return N_("Stopped “{offer}”: sold out"), {"offer": offer}
    return N_("Stopped “{offer}”: {reason}"), {"offer": offer, "reason": event.reason}


def _extended(event: offers.OfferExtended, titles: Titles) -> Sentence:
    return N_("Gave “{offer}” {seconds} s more"), {"offer": titles.offer(event.offer), "seconds": event.seconds}


def _killed(event: offers.OffersKilled, titles: Titles) -> Sentence:
    stopped, disarmed = (", ".join(map(titles.offer, some)) for some in (event.offers, event.disarmed))
    why = N_("Emergency stop ({reason}): {offers}")
    if disarmed:
        why = N_("Emergency stop ({reason}): {offers}; disarmed: {disarmed}")
    return why, {"reason": event.reason, "offers": stopped or "–", "disarmed": disarmed}


def _told(event: scripts.HostMessaged, _titles: Titles) -> Sentence:
    return N_("Told the host: {text}"), {"text": event.text}


SAID: Mapping[type[Event], Say] = {
    ShowStarted: _plain(N_("Started the show")),
    ShowEnded: _plain(N_("Ended the show")),
    TargetsSet: _plain(N_("Set the targets")),
    scripts.RowStarted: _row_started,
    scripts.RowAdded: _row_added,
    scripts.RowsImported: _imported,
    scripts.RowRemoved: _row(N_("Took out the row “{row}”")),
    scripts.RowMoved: _row(N_("Moved the row “{row}”")),
    scripts.Held: _plain(N_("Held the clock")),
    scripts.Resumed: _plain(N_("Let the clock go on")),
    scripts.Adjusted: _adjusted,
    scripts.HostMessaged: _told,
    offers.OfferDefined: _defined,
    offers.OfferEdited: _edited,
    offers.OfferArmed: _offer(N_("Armed “{offer}”")),
    offers.OfferDisarmed: _offer(N_("Disarmed “{offer}”")),
    offers.FireScheduled: _offer(N_("Began the countdown of “{offer}”")),
    offers.FireCancelled: _offer(N_("Called off the countdown of “{offer}”")),
    offers.OfferFired: _offer(N_("Fired “{offer}”")),
    offers.OfferParked: _offer(N_("Kept “{offer}” for a person to start")),
    offers.DeliveryConfirmed: _confirmed,
    offers.OfferExtended: _extended,
    offers.OfferStopped: _stopped,
    offers.OffersKilled: _killed,
    shelf.ProductPopped: _popped,
    shelf.ProductUnlisted: _product(N_("Took {product} off the shelf")),
    shelf.PriceOpened: _product(N_("Opened the price of {product}")),
    shelf.PriceHidden: _product(N_("Hid the price of {product}")),
    shelf.PriceSet: _price_set,
    shelf.StockAdded: _stock_added,
}
ONLY_LIVE = frozenset(
    {
        scripts.RowAdded, scripts.RowsImported, scripts.RowRemoved, scripts.RowMoved,
        offers.OfferDefined, offers.OfferEdited, shelf.ProductUnlisted,
    }
)  # fmt: skip
"""Before the show these are planning."""
