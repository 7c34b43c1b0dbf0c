"""Every partial of offers, in every state, in both languages, with hostile words in it."""

import re

import pytest

from console.core.lifecycle import LIFECYCLE, ShowCreated, ShowStarted
from console.core.messages import Recorded
from console.core.observations import Claim, ObservationsRecorded
from console.core.show import Show
from console.core.slice import ProductFact, Viewer
from console.offers.events import (
    DeliveryConfirmed,
    FireScheduled,
    OfferDefined,
    OfferFired,
    OfferParked,
    OfferStopped,
    Terms,
)
from console.offers.slice import PARTS, SLICE
from console.shelf.events import ProductListed
from console.web.i18n import Catalogues
from console.web.templates import Templates

EVIL = "<img src=x onerror=1 hx-get=/> '\"{{7*7}} {title}"
TEMPLATES = Templates(Catalogues())


@pytest.fixture
def show(make):
    told = Show("s", "e", (LIFECYCLE, SLICE))
    serum = ProductFact(id="serum", title=EVIL, link_no=1, list_price=15_900)
    evil = {"title": EVIL, "note": EVIL, "sku": EVIL, "product": "serum"}
    claims = tuple(Claim(source="t", id=user, at=make.now, offer="o_1", user=user) for user in "ab")
    requested = OfferFired(offer="o_5", delivery="manual")
    events = [
        *(ShowCreated(title="T"), ShowStarted(), ProductListed(product=serum)),
        *(*make.live(make.flash("o_1", quantity=1, **evil), ends_at=make.now), ObservationsRecorded(items=claims)),
        *(*make.armed(make.coupon("o_2", threshold=5_000, **evil)), FireScheduled(offer="o_2", fires_at=make.now)),
        *make.armed(make.coupon("o_3", title=EVIL, amount=None, pay_percent=80)),
        *make.armed(make.coupon("o_4", kind="gift", amount=None, gift=EVIL, title=EVIL)),
        OfferParked(offer="o_4", because=make.because("{what} missed", {"what": EVIL})),
        *make.armed(make.coupon("o_5", kind="draw", amount=None, prize=EVIL, prize_value=9, rules=EVIL, entry=EVIL)),
        requested,
        OfferDefined(
            offer=make.coupon("o_6", kind="bundle", amount=None, price=9, trigger_quantity=2, product="ghost")
        ),
        *make.armed(make.coupon("o_7")),
        *(OfferFired(offer="o_7", delivery="manual"), DeliveryConfirmed(offer="o_7", ok=False, note=EVIL)),
        *(*make.live(make.coupon("o_8")), OfferStopped(offer="o_8", reason=EVIL)),
    ]
    for event in events:
        told.evolve(Recorded(show_id="s", seq=told.seq + 1, at_ms=make.now, actor="u", event=event))
    return told


@pytest.mark.parametrize("locale", ["zh", "en"])
@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_words_stay_words_and_roots_carry_their_ids(show, part, locale):
    html = str(TEMPLATES.painted(part, show, Viewer(locale=locale)))
    assert "&lt;img" in html
    assert "{{7*7}}" in html
    assert "<img" not in html
    views = part.view(show, Viewer())
    ids = [f"{part.name}-{view.id}" for view in views] if part.keyed else [part.name]
    assert re.findall(rf'id="({part.name}[^"]*)"', html) == ids


def test_buttons_follow_the_state(show):
    views = {view.id: view for view in next(p for p in PARTS if p.name == "offers-panel").view(show, Viewer())}
    panel = next(p for p in PARTS if p.name == "offers-panel")

    def commands(offer):
        return re.findall(r'data-command="(\w+)"', TEMPLATES.render_part(panel, views[offer], "en"))

    assert commands("o_1") == ["extend_offer", "stop_offer"]
    assert commands("o_2") == ["cancel_fire"]
    assert commands("o_3") == ["fire_offer", "fire_offer", "disarm_offer"]
    assert commands("o_4") == ["fire_offer", "fire_offer", "arm_offer", "disarm_offer"]
    assert commands("o_5") == ["confirm_delivery", "confirm_delivery", "stop_offer"]
    assert commands("o_6") == commands("o_7") == ["arm_offer"]
    assert commands("o_8") == []


def test_the_form_names_only_terms():
    html = TEMPLATES.render("parts/offers/define_form.html", "en")
    names = re.findall(r'name="offer\.(\w+)"', html)
    assert set(names) <= set(Terms.__struct_fields__)
    assert {"kind", "title", "price", "amount", "pay_percent", "quantity"} <= set(names)


@pytest.mark.parametrize("name", ["offers-running", "offers-overlay"])
def test_whoever_reads_an_amount_reads_its_sign(show, make, name):
    """A flash price, a coupon for its product, and beside them one for the whole shop."""
    for event in make.live(make.coupon("o_9", threshold=9_900)):
        show.evolve(Recorded(show_id="s", seq=show.seq + 1, at_ms=make.now, actor="u", event=event))
    part = next(part for part in PARTS if part.name == name)
    html = str(TEMPLATES.painted(part, show, Viewer(locale="en")))
    plain = re.sub(r"<[^>]+>", "", html)
    amounts = re.findall(r"(.?)\b[\d,]+\.\d\d(?!\d)", plain)
    assert "¥10.00 off · from ¥99.00" in plain
    assert set(amounts) == {"¥"}
