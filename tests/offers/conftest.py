"""given(events).when(command).then(events) for offers, over one small shop."""

from typing import Any, Self

import pytest

from console.core.messages import Command, Event, Recorded, Rejection
from console.core.slice import Context, Header, Presets, Product, Sku
from console.offers.commands import decide
from console.offers.events import Because, Offer, OfferArmed, OfferDefined, OfferFired
from console.offers.fold import FOLDS, State, evolve

NOW = 1_700_000_000_000

SHOP = {
    "serum": Product(id="serum", title="Serum", link_no=1, list_price=15_900, live_price=12_900, floor_price=8_000),
    "cream": Product(id="cream", title="Cream", link_no=2, list_price=9_900, floor_price=5_000),
    "shirt": Product(
        id="shirt",
        title="Shirt",
        live_price=10_000,
        floor_price=6_000,
        skus=(Sku(id="S", live_price=10_000), Sku(id="XL", live_price=12_000, floor_price=10_500)),
    ),
}


class Case:
    """A show's offers, a shop and a clock that stands still unless told."""

    def __init__(self, shop: dict[str, Product]) -> None:
        self.state = State()
        self.shop = shop
        self.header = Header(status="live")
        self.presets = Presets()
        self.seq = 0
        self.decision: Any = None

    def given(self, *events: Event, at_ms: int = NOW) -> Self:
        for event in events:
            self.seq += 1
            if type(event) in FOLDS:
                evolve(self.state, Recorded(show_id="s", seq=self.seq, at_ms=at_ms, actor="u", event=event))
        return self

    def when(self, kind: type[Command], now_ms: int = NOW, **fields: Any) -> Self:
        context = Context(
            now_ms=now_ms,
            fresh_id="new",
            actor="u",
            header=self.header,
            products=self.shop,
            presets=self.presets,
        )
        self.decision = decide(self.state, kind(command_id="c", issued_at=now_ms, **fields), context)
        return self

    def done(self, now_ms: int = NOW) -> Self:
        """Fold what was decided."""
        assert not isinstance(self.decision, Rejection), self.decision
        return self.given(*self.decision, at_ms=now_ms)

    def then(self, *events: Event) -> None:
        assert self.decision == list(events)

    def refused(self, words: str) -> str:
        assert isinstance(self.decision, Rejection), self.decision
        said = self.decision.why.format(**self.decision.params)
        assert words in said
        return said

    def entry(self, offer: str = "o_1") -> Any:
        return self.state.entries[offer]


def an_offer(offer_id: str = "o_1", **terms: Any) -> Offer:
    return Offer(**({"id": offer_id, "kind": "coupon", "title": "Ten off", "amount": 1_000} | terms))


def a_flash(offer_id: str = "o_1", **terms: Any) -> Offer:
    flash = {
        "kind": "flash_price",
        "title": "Rush",
        "product": "serum",
        "price": 9_900,
        "quantity": 5,
        "duration_s": 60,
    }
    return Offer(**({"id": offer_id} | flash | terms))


def armed(offer: Offer) -> tuple[Event, ...]:
    return OfferDefined(offer=offer), OfferArmed(offer=offer.id)


def live(offer: Offer, ends_at: int | None = None) -> tuple[Event, ...]:
    return *armed(offer), OfferFired(offer=offer.id, delivery="none", ends_at=ends_at)


@pytest.fixture
def case() -> Case:
    return Case(dict(SHOP))


@pytest.fixture
def make() -> Any:
    """The builders, because test modules cannot import each other."""

    class Make:
        now = NOW
        shop = SHOP
        case = Case
        because = Because
        coupon = staticmethod(an_offer)
        flash = staticmethod(a_flash)
        armed = staticmethod(armed)
        live = staticmethod(live)

    return Make
