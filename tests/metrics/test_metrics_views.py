"""What the screens show of the numbers: windows, pace, funnel, products, curves, ages, the call-out."""

from typing import Any

import pytest

from console.core.messages import Event
from console.core.observations import (
    AdSpend,
    Audience,
    Cart,
    Comment,
    Enter,
    ObservationsRecorded,
    ProductClick,
    ProductView,
    Sample,
)
from console.core.slice import ProductFact, Viewer
from console.metrics import selling, views
from console.metrics.ages import ages
from console.metrics.callout import callout
from console.metrics.events import NumbersReported
from console.metrics.fold import FOLDS
from console.metrics.slice import PARTS, SLICE
from console.scripts.events import Row, RowAdded, RowEdited, RowRemoved, RowsImported

EN = Viewer(locale="en")
T0 = 1_800_000_000_000

MINUTE = 60


def row(name: str, planned_s: int | None, *facts: ProductFact) -> Row:
    return Row(id=name, phase="product", title=name, planned_s=planned_s, facts=facts)


def entries(room: Any, *seconds: float) -> list[Any]:
    return [room.made(Enter, second, user=f"u{second}") for second in seconds]


def test_the_strip_compares_five_minutes_with_the_five_before(room: Any) -> None:
    room.started().at(10 * MINUTE).see(*entries(room, 60, 120, 400, 410, 420, 430))
    strip = views.strip(room.show, EN)
    assert (strip.entries.now, strip.entries.before, strip.entries.change) == (0.8, 0.4, 100)


def test_a_young_show_divides_by_the_time_it_has_been_live(room: Any) -> None:
    room.started().at(MINUTE).see(*entries(room, 10, 20, 30))
    assert views.strip(room.show, EN).entries.now == 3.0


def test_click_to_pay_is_over_the_same_window(room: Any) -> None:
    room.started().at(10 * MINUTE)
    room.see(*(room.made(ProductClick, 500 + n, user=f"u{n}", product="p1") for n in range(4)))
    room.see(
        room.made(ProductClick, 20, user="u", product="p1"),
        room.order("o1", "u1", 5, 505),
        room.paid("o1", "u1", 5, 510),
    )
    strip = views.strip(room.show, EN)
    assert (strip.click_to_pay.num, strip.click_to_pay.den) == (1, 4)
    assert (strip.click_to_pay_before.num, strip.click_to_pay_before.den) == (0, 1)


def test_a_dashboard_gives_a_rate_only_between_two_of_its_figures(room: Any) -> None:
    room.started().at(20 * MINUTE).see(room.made(Sample, 19 * MINUTE, counters={"gmv_paid": 9_000}))
    assert views.strip(room.show, EN).gmv.now is None
    room.see(room.made(Sample, 14 * MINUTE, counters={"gmv_paid": 4_000}))
    strip = views.strip(room.show, EN)
    assert (strip.gmv.now, strip.gmv.source) == (1_000.0, "sample")


def test_pace_is_the_even_share_of_the_target_by_now(room: Any) -> None:
    room.started(gmv_paid=100_000).done(RowsImported(rows=(row("a", 600), row("b", None), row("c", 1200))))
    room.done(RowAdded(row=row("d", 300)), RowRemoved(row="d"), RowEdited(row="b", field="planned_s", value=600))
    room.at(600).see(room.paid("o1", "ann", 20_000, 500))
    board = views.board(room.show, EN)
    assert (board.target, board.expected, board.pace.value) == (100_000, 25_000, 0.8)


def test_without_planned_time_or_target_there_is_no_pace(room: Any) -> None:
    room.started().at(600).see(room.paid("o1", "ann", 20_000, 500))
    board = views.board(room.show, EN)
    assert (board.target, board.expected, board.pace.value) == (None, None, None)


def test_the_worst_step_is_the_one_furthest_below_its_target(room: Any) -> None:
    counters = {"impressions_uv": 1000, "entries_uv": 100, "exposures_uv": 80, "clicks_uv": 40, "buyers": 3}
    room.done(NumbersReported(counters=counters | {"orders_created_uv": 4}, as_of=T0))
    assert views.funnel(room.show, EN).worst == "order"
    room.show.header.targets = {"exposure_rate": 9_900, "create_rate": 1_000}
    assert views.funnel(room.show, EN).worst == "exposure"


def test_traffic_by_channel_tells_paid_from_natural(room: Any) -> None:
    room.see(room.made(AdSpend, amount=5, channel="boost"), room.made(Enter, user="ann", channel="boost"))
    room.see(room.made(Enter, user="bob"), room.paid("o1", "bob", 70), room.paid("o2", "cai", 50, channel="ads:feed"))
    found = {one.name: (one.paid, one.entries, one.orders, one.gmv) for one in views.board(room.show, EN).channels}
    assert found == {"": (False, 1, 1, 70), "ads:feed": (True, 0, 1, 50), "boost": (True, 1, 0, 0)}


def test_products_are_listed_by_link_with_unknown_ones_behind(room: Any) -> None:
    facts = (ProductFact(id="p2", title="Mask", link_no=2), ProductFact(id="p1", title="Lip", link_no=1))
    room.done(RowAdded(row=row("a", 60, *facts)))
    room.see(room.paid("o1", "ann", 90, product="口红 #1", qty=2), room.made(Cart, user="ann", product="p1"))
    room.see(
        *(
            room.made(kind, user=u, product="p2")
            for kind, u in [(ProductView, "a"), (ProductView, "b"), (ProductClick, "a")]
        )
    )
    lines = selling.products(room.show, EN)
    assert [(line.link_no, line.title) for line in lines] == [(1, "Lip"), (2, "Mask"), (None, "口红 #1")]
    assert (lines[1].views, lines[1].clicks, lines[1].click_rate.value, lines[0].carts) == (2, 1, 0.5, 1)
    assert (lines[2].orders, lines[2].units, lines[2].gmv) == (1, 2, 90)


@pytest.mark.parametrize("text", ["a_b", "a b", "口红 #1", '"><script>', "A-1"])
def test_element_ids_are_plain_and_differ(text: str) -> None:
    made = selling.dom_id(text)
    assert made
    assert all(c.isascii() and (c.isalnum() or c in "_-") for c in made)
    assert len({selling.dom_id(other) for other in (text, text + " ", text + "_", text + "_20_")}) == 4


def test_curves_start_with_the_show_and_add_up_to_what_came_in_since(room: Any) -> None:
    room.at(5).started().at(3 * MINUTE)
    room.see(
        *entries(room, -300, 6, 59, 76, 130), room.paid("o1", "ann", 90, 70), room.made(Comment, 80, user="a", text="x")
    )
    room.see(
        room.made(Audience, 10, online=10), room.made(Audience, 20, online=20), room.made(Audience, 130, online=50)
    )
    curves = views.curves(room.show, EN)
    assert curves.minutes == (0, 1, 2)
    assert curves.entries == (2, 1, 1)
    assert (curves.gmv, curves.orders, curves.comments) == ((0, 90, 0), (0, 1, 0), (0, 1, 0))
    assert (curves.online, curves.clicks) == ((15, 50, None), (None, None, None))


def test_a_dashboards_course_is_the_difference_of_its_figures(room: Any) -> None:
    room.started().at(3 * MINUTE)
    room.see(room.made(Sample, 30, counters={"gmv_paid": 100}), room.made(Sample, 150, counters={"gmv_paid": 250}))
    assert views.curves(room.show, EN).gmv == (100, None, 150, None)


def test_long_shows_get_coarser_not_longer(room: Any) -> None:
    room.started().at(30 * 3600).see(room.made(Audience, 30, online=10))
    curves = views.curves(room.show, EN)
    assert (len(curves.minutes), curves.step_s) == (240, 360)


def test_each_number_has_an_age_of_its_own_source(room: Any) -> None:
    room.see(room.made(Enter, 10, user="ann"), room.made(Comment, 50, user="ann", text="hi"))
    room.done(NumbersReported(counters={"gmv_paid": 5}, as_of=T0 + 7_000))
    found = {age.name: (age.source, age.at) for age in ages(room.show, EN).items}
    assert found["entries_pv"] == ("events", T0 + 10_000)
    assert found["gmv_paid"] == ("manual", T0 + 7_000)
    assert found["online"] == ("", None)
    assert ages(room.show, EN).newest_at == T0 + 50_000


def busy(room: Any, until_s: int) -> None:
    """Entries, clicks and payments at an even rate."""
    for minute in range(until_s // MINUTE):
        at = minute * MINUTE + 35
        order = (room.order(f"o{minute}", "ann", 100, at), room.paid(f"o{minute}", "ann", 100, at))
        room.see(*entries(room, at), room.made(ProductClick, at, user="ann", product="p1"), *order)


def test_the_call_out_says_to_go_on_when_nothing_moves_for_the_worse(room: Any) -> None:
    room.started().at(30 * MINUTE)
    busy(room, 30 * MINUTE)
    said = callout(room.show, EN)
    assert (said.advice, said.gmv_paid, said.gmv.now, said.gmv.change) == ("keep_going", 3_000, 100.0, 0)


def test_the_call_out_warns_of_a_silent_feed_first(room: Any) -> None:
    room.started().at(30 * MINUTE)
    busy(room, 20 * MINUTE)
    assert callout(room.show, EN).advice == "check_feed"


def test_the_call_out_asks_to_push_when_clicks_stop_paying(room: Any) -> None:
    room.started().at(30 * MINUTE)
    busy(room, 30 * MINUTE)
    room.see(*(room.made(ProductClick, 1500 + n, user="bob", product="p1") for n in range(20)))
    assert callout(room.show, EN).advice == "push_to_pay"


def test_the_snapshot_names_every_metric_with_its_source(room: Any) -> None:
    room.started().at(60).see(room.paid("o1", "ann", 100), room.made(Enter, 3, user="ann"))
    found = SLICE.snapshot(room.show, EN) if SLICE.snapshot else {}
    assert found["gpm"] == {"value": 100_000.0, "num": 100, "den": 1}
    assert (found["online"], found["gmv_net"], found["sources"]["gpm"]) == (None, 100, "events")
    assert found["newest_at"] == "2027-01-15T08:00:03.000Z"
    assert found["as_of"] == "2027-01-15T08:01:00.000Z"


def test_a_view_moves_only_with_the_rows_it_reads(room: Any) -> None:
    """Otherwise a screen that is told of changes alone would differ from one painted afresh."""

    class Elsewhere(Event, frozen=True):
        pass

    room.started().at(60).see(*entries(room, 3, 40))
    before = [part.view(room.show, EN) for part in PARTS]
    room.at(600).done(Elsewhere())
    assert [part.view(room.show, EN) for part in PARTS] == before
    assert ObservationsRecorded in FOLDS
