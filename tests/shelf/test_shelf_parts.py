"""Every part renders in both languages, in every state, and shows a stranger's text as text."""

import pytest

from console.core.slice import ProductFact, Viewer
from console.shelf import commands as ask
from console.shelf import views
from console.shelf.events import ProductListed, ProductPopped
from console.shelf.slice import PARTS
from console.web.i18n import Catalogues
from console.web.templates import Templates

HOSTILE = "<img src=x onerror=alert(1)>\"'<div hx-post=/x hx-trigger=load>"
TEMPLATES = Templates(Catalogues())


def empty(bench):
    return bench


def on_air(bench):
    return bench.when(ask.PopProduct, product="p3").when(ask.OpenPrice, product="p3")


def hidden(bench):
    return bench.when(ask.PopProduct, product="p1").observed(bench.report("paid", "o1", ("p1", 100), ("?", 1)))


def hostile(bench):
    fact = ProductFact(id=HOSTILE, title=HOSTILE, skus=((HOSTILE, HOSTILE, 1, 1),), details={HOSTILE: HOSTILE})
    return bench.given(ProductListed(product=fact), ProductPopped(product=fact, until=1))


def painted(part, bench, locale="en"):
    return str(TEMPLATES.painted(part, bench.show, Viewer(locale=locale)))


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("state", [empty, on_air, hidden, hostile])
def test_it_renders(part, locale, state, bench):
    html = painted(part, state(bench), locale)
    assert "<img" not in html
    assert "<div hx-post" not in html
    assert "None" not in html
    if not part.keyed:
        assert html.lstrip().split(">")[0].count(f'id="{part.name}"') == 1


def part(name):
    return next(part for part in PARTS if part.name == name)


def test_the_overlay_shows_a_price_only_while_it_is_open(bench):
    assert "99.00" not in painted(part("shelf-overlay"), bench.when(ask.PopProduct, product="p1"))
    assert "99.00" in painted(part("shelf-host"), bench)
    assert "99.00" in painted(part("shelf-overlay"), bench.when(ask.OpenPrice, product="p1"))


def test_a_price_nobody_knows_is_not_drawn(bench):
    """`p2` has a list price only."""
    page = painted(part("shelf-host"), bench.when(ask.PopProduct, product="p2"))
    assert "Mask" in page
    assert "Price hidden" in page
    assert "–" not in page.split("stage-left")[0]
    assert "¥" not in page
    assert "¥" in painted(part("shelf-host"), bench.when(ask.PopProduct, product="p1"))


def test_the_overlay_never_shows_less_than_nothing(bench):
    assert "Sold out" in painted(part("shelf-overlay"), hidden(bench))


def test_the_fact_card_is_of_the_product_on_air(bench):
    bench.when(ask.ListProduct, product="p2").when(ask.PopProduct, product="p1")
    assert views.fact_card(bench.show, None).details == (("size", "3 g"),)
    assert views.fact_card(bench.when(ask.UnlistProduct, product="p1").show, None).product is None


def test_items_stand_by_link_number_and_can_be_found_by_it(bench):
    for product in ("?", "p3", "p1"):
        bench.when(ask.ListProduct, product=product)
    assert [item.product for item in views.items(bench.show, None)] == ["p1", "p3", "?"]
    assert 'data-product="p3" data-link-no="3"' in painted(part("shelf-list"), bench)


def test_free_text_ids_become_safe_element_ids():
    assert views.element_id("SKU-1_a") == "SKU-1_a"
    ids = {views.element_id(text) for text in ("a b", "a.b", "口红", HOSTILE, "x" * 200)}
    assert len(ids) == 5
    assert all(text.replace("-", "").isalnum() and len(text) < 60 for text in ids)


def test_no_screen_or_snapshot_holds_a_floor_or_a_cost(bench):
    bench.when(ask.PopProduct, product="p1").when(ask.OpenPrice, product="p1")
    shown = repr(bench.snapshot()) + "".join(painted(each, bench) for each in PARTS)
    assert "9900" in shown
    assert not any(secret in shown for secret in ("8123", "81.23", "3000", "30.00", "floor", "cost"))
