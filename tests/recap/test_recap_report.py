"""What the recap says of a show."""

from typing import Any

import pytest

from console.comments.events import CommentAnswered, CommentHidden
from console.core.observations import Audience, Claim, Comment, Enter, Redeem, Refund, Sample
from console.core.slice import Leftover, ProductFact
from console.metrics.events import NumbersReported
from console.offers.events import Offer, OfferArmed, OfferDefined, OfferFired, OfferStopped
from console.scripts.events import Marked, Row, RowRemoved

T0 = 1_800_000_000_000
DAY_MS = 86_400_000


def row(name: str, planned_s: int | None = 60, **fields: Any) -> Row:
    return Row(id=name, phase="product", title=f"Row {name}", planned_s=planned_s, **fields)


def row_of(recap: Any, name: str) -> Any:
    return next(one for one in recap.rows if one.id == name)


def test_each_row_gets_what_came_in_while_it_was_on(evening: Any) -> None:
    evening.planned(row("a", 120), row("b", 60), row("c", 60)).started().go("a", 10).go("b", 130)
    evening.see(
        evening.made(Enter, 5, user="ann"), evening.made(Enter, 20, user="ann"), evening.made(Enter, 140, user="bob")
    )
    evening.see(evening.order("o1", 100, 100), evening.paid("o1", 100, 135), evening.paid("o2", 50, 500))
    evening.see(evening.made(Audience, 30, online=10), evening.made(Audience, 90, online=20))
    recap = evening.ended(250).recap()
    a, b, c = recap.rows
    assert (a.planned_start_s, a.started_s, a.actual_s, a.over_s, a.state) == (0, 10, 120, 0, "played")
    assert (b.planned_start_s, b.started_s, b.actual_s, b.over_s) == (120, 130, 120, 60)
    assert (a.entries_pv, a.orders_created, a.orders_paid, a.online, a.pcu) == (1, 1, 0, 15, 20)
    assert (b.entries_pv, b.orders_paid, b.gmv_paid, b.density.value) == (1, 1, 100, 50.0)
    assert (c.state, c.gmv_paid, c.windows) == ("not_played", None, ())
    assert recap.outside["before"].entries_pv == 1
    assert recap.outside["after"].gmv_paid == 50


def test_a_row_played_twice_adds_both_times(evening: Any) -> None:
    evening.planned(row("a"), row("b")).started().go("a", 0).go("b", 60).go("a", 120)
    evening.see(evening.paid("o1", 10, 30), evening.paid("o2", 20, 90), evening.paid("o3", 40, 150))
    a = row_of(evening.ended(180).recap(), "a")
    assert (a.gmv_paid, a.actual_s, len(a.windows)) == (50, 120, 2)


def test_a_played_row_that_was_taken_out_is_still_told(evening: Any) -> None:
    evening.planned(row("a"), row("b")).started().go("a", 0).see(evening.paid("o1", 10, 30)).go("b", 60)
    evening.done(RowRemoved(row="a"))
    a = row_of(evening.ended(90).recap(), "a")
    assert (a.state, a.gmv_paid, a.planned_start_s) == ("removed", 10, None)


def test_a_refund_belongs_to_the_row_that_sold(evening: Any) -> None:
    evening.planned(row("a"), row("b")).started().go("a", 0).go("b", 60)
    evening.see(evening.paid("o1", 100, 30), evening.made(Refund, 90, order="o1", amount=40))
    recap = evening.ended(120).recap()
    assert (row_of(recap, "a").refunds_amount, row_of(recap, "a").gmv_net) == (40, 60)
    assert row_of(recap, "b").refunds_amount is None


def test_from_dashboards_a_row_gets_the_gain_between_its_ends(evening: Any) -> None:
    evening.planned(row("a"), row("b")).started().go("a", 0).go("b", 600)
    for second, gmv in [(300, 100), (590, 250), (1190, 700)]:
        evening.see(evening.made(Sample, second, counters={"gmv_paid": gmv, "entries_uv": 9, "online": second}))
    recap = evening.ended(1200).recap()
    a, b = recap.rows
    assert (a.gmv_paid, b.gmv_paid, recap.metrics.gmv_paid) == (250, 450, 700)
    assert (a.entries_uv, a.online, b.online) == (None, 445, 1190)


def test_targets_meet_what_came_of_them(evening: Any) -> None:
    evening.planned(row("a", targets={"gmv": 200})).started(gmv=1_000, online=50, view_to_buy=400, moon=3).go("a", 0)
    evening.see(evening.paid("o1", 250, 5), evening.made(Enter, 1, user="ann"), evening.made(Audience, 1, online=40))
    recap = evening.ended(60).recap()
    assert (recap.targets["gmv"].actual, recap.targets["gmv"].share.value) == (250, 0.25)
    assert (recap.targets["online"].actual, recap.targets["view_to_buy"].actual) == (40.0, 10_000.0)
    assert (recap.targets["moon"].actual, recap.targets["moon"].share.value) == (None, None)
    assert recap.rows[0].targets["gmv"].share.value == 1.25


@pytest.mark.parametrize(("days", "stage"), [(0, "T+0"), (0.99, "T+0"), (7, "T+7"), (15.5, "T+15")])
def test_it_is_stamped_with_its_age_and_never_final(evening: Any, days: float, stage: str) -> None:
    evening.started().ended(60)
    assert evening.recap(evening.now_ms + round(days * DAY_MS)).stage == stage


def test_before_the_end_it_says_live(evening: Any) -> None:
    assert evening.recap().stage == "planned"
    assert evening.started().recap().stage == "live"


def flash(**fields: Any) -> OfferDefined:
    terms = {"id": "f1", "kind": "flash_price", "title": "Flash", "product": "p1", "price": 60, "quantity": 10} | fields
    return OfferDefined(offer=Offer(**terms), fact=ProductFact(id="p1", title="Lip", live_price=100))


def test_an_offer_tells_its_history_and_what_it_cost(evening: Any) -> None:
    evening.started().done(flash()).at(10).done(OfferArmed(offer="f1"), OfferFired(offer="f1", delivery="none"))
    evening.see(
        evening.paid("o1", 120, 20, qty=2), evening.paid("o2", 99, 25, product="p2"), evening.paid("o3", 60, 500)
    )
    evening.at(70).done(OfferStopped(offer="f1", reason="enough"))
    offer = evening.ended(600).recap().offers[0]
    assert [(step.what, step.why) for step in offer.history] == [
        ("offer_defined", ""),
        ("offer_armed", ""),
        ("offer_fired", ""),
        ("offer_stopped", "enough"),
    ]
    assert (offer.live_s, offer.sold, offer.left, offer.usual_price, offer.discount_cost) == (60, 2, 8, 100, 80)
    assert (offer.orders_while_live, offer.gmv_while_live) == (1, 120)


def test_a_coupon_costs_its_redemptions_and_at_most_its_claims(evening: Any) -> None:
    evening.started().done(OfferDefined(offer=Offer(id="c1", kind="coupon", title="5 off", amount=500, quantity=3)))
    evening.done(OfferArmed(offer="c1"), OfferFired(offer="c1", delivery="none"))
    evening.see(
        *(evening.made(Claim, 1, offer="c1", user=u) for u in "ab"), evening.made(Redeem, 2, offer="c1", user="a")
    )
    offer = evening.recap().offers[0]
    assert (offer.claimed, offer.redeemed, offer.discount_cost, offer.discount_cost_max) == (2, 1, 500, 1_000)


def test_questions_are_told_with_what_became_of_them(evening: Any) -> None:
    asked = [
        evening.made(Comment, n, user=f"u{n}", text=text, question=True)
        for n, text in enumerate(["How much is 3?", "Ship to Tibet?", "Rude?"])
    ]
    evening.started().see(*asked, evening.made(Comment, 9, user="z", text="hello"))
    seq = evening.show.seq
    evening.done(CommentAnswered(comment=f"c{seq}-0"), CommentHidden(comment=f"c{seq}-2", reason="rude"))
    recap = evening.recap()
    assert {(one.text, one.state) for one in recap.questions} == {
        ("How much is 3?", "answered"),
        ("Ship to Tibet?", "open"),
        ("Rude?", "hidden"),
    }
    assert recap.questions[0].state == "open"
    counts = recap.question_counts
    assert (counts.asked, counts.answered, counts.open, counts.hidden) == (3, 1, 1, 1)


def test_rows_offers_and_marks_are_on_the_time_line(evening: Any) -> None:
    evening.planned(row("a")).started().go("a", 30).at(60).done(flash(), OfferArmed(offer="f1"))
    evening.done(OfferFired(offer="f1", delivery="none")).at(90).done(Marked(note="great line", row="a"))
    recap = evening.ended(120, Leftover("offer", "f1", "Flash")).recap()
    assert [(mark.minute, mark.kind, mark.label) for mark in recap.marks] == [
        (0.5, "row", "Row a"),
        (1.0, "offer", "Flash"),
        (1.5, "mark", "great line"),
        (2.0, "offer_end", "Flash"),
    ]
    assert [left.title for left in recap.leftovers] == ["Flash"]


def test_sizes_are_told_apart(evening: Any) -> None:
    evening.see(
        evening.paid("o1", 10, 1, sku="S", qty=2), evening.paid("o2", 30, 1, sku="XL"), evening.paid("o3", 5, 1)
    )
    product = evening.recap().products[0]
    assert [(one.sku, one.units, one.gmv) for one in product.skus] == [("S", 2, 10), ("XL", 1, 30)]
    assert (product.units, product.gmv) == (4, 45)


def test_simulated_viewers_are_counted_as_such(evening: Any) -> None:
    evening.see(evening.made(Enter, user="ann", simulated=True), evening.made(Enter, user="bob"))
    assert evening.recap().show.simulated == 1


def test_figures_typed_after_the_end_count(evening: Any) -> None:
    evening.started().ended(60).at(9_000).done(NumbersReported(counters={"gmv_paid": 77}, as_of=T0 + 8_000_000))
    recap = evening.recap()
    assert (recap.metrics.gmv_paid, recap.sources["gmv_paid"], recap.metrics.live_s) == (77, "manual", 60)


def test_findings_say_what_the_rules_found_and_no_more_than_three(evening: Any) -> None:
    evening.planned(row("a", 300, products=("p1",)), row("b", 300, products=("p2",))).started(gmv_paid=100_000)
    evening.go("a", 0).go("b", 600)
    evening.see(evening.paid("o1", 9_000, 100), evening.paid("o2", 100, 700, user="bob"))
    evening.see(evening.made(Comment, 5, user="u", text="How much?", question=True))
    recap = evening.ended(1200).recap()
    assert [finding.id for finding in recap.findings] == ["target_missed", "best_row", "weak_row"]
    assert recap.findings[0].params["share"] == "9.1 %"


def test_a_show_nothing_is_known_of_has_no_findings(evening: Any) -> None:
    recap = evening.planned(row("a")).started().go("a", 0).ended(60).recap()
    assert recap.findings == ()
    assert (recap.metrics.gmv_paid, recap.rows[0].gmv_paid) == (None, None)
