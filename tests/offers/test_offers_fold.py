"""Claims, sales and leftovers; and that what went live ended exactly once, whatever was pressed."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from console.core.lifecycle import ShowEnded
from console.core.messages import Recorded, Rejection
from console.core.observations import Cancel, Claim, Line, ObservationsRecorded, Order, Paid, Redeem, Refund
from console.core.slice import Context, Header, Leftover, Presets
from console.offers import fold
from console.offers.commands import (
    ArmOffer,
    CancelFire,
    ConfirmDelivery,
    DefineOffer,
    DisarmOffer,
    EditOffer,
    ExtendOffer,
    FireOffer,
    KillOffers,
    ParkOffer,
    StopOffer,
    decide,
)
from console.offers.events import (
    DeliveryConfirmed,
    FireScheduled,
    OfferArmed,
    OfferDefined,
    OfferExpired,
    OfferFired,
    OffersKilled,
    OfferStopped,
    Terms,
)
from console.offers.fold import FOLDS, State, evolve, leftovers
from console.offers.timers import due, next_due


def claims(*users, at, offer="o_1"):
    return ObservationsRecorded(
        items=tuple(Claim(source="t", id=f"{n}", at=at, offer=offer, user=user) for n, user in enumerate(users))
    )


def paid(at, *lines):
    return ObservationsRecorded(items=(Paid(source="t", id="p", at=at, order=str(at), user="u", lines=tuple(lines)),))


def test_claims_stop_at_the_quantity_and_the_rest_is_shown_apart(case, make):
    case.given(*make.live(make.coupon(quantity=2))).given(claims("a", "b", "c", "d", at=make.now))
    entry = case.entry()
    assert (entry.claimed, entry.over_claimed, entry.sold_out) == (2, 2, True)


def test_control_without_its_bounds_every_claim_would_count(case, make, monkeypatch):
    def count(entry, _user, _at_ms):
        entry.claimed += 1

    monkeypatch.setattr(fold, "_claim", count)
    case.given(*make.live(make.coupon(quantity=2, per_person=1))).given(claims("a", "a", "c", "d", at=make.now))
    assert case.entry().claimed == 4


def test_claims_of_one_person_stop_at_the_persons_limit(case, make):
    case.given(*make.live(make.coupon(per_person=2, quantity=9))).given(claims("a", "a", "a", "b", at=make.now))
    entry = case.entry()
    assert (entry.claimed, entry.over_person, entry.over_claimed, entry.sold_out) == (3, 1, 0, False)


def test_claims_count_while_it_runs(case, make):
    case.given(*make.armed(make.coupon())).given(claims("a", at=make.now))
    assert (case.entry().claimed, case.entry().outside) == (0, 1)
    case.given(OfferFired(offer="o_1", delivery="manual")).given(claims("b", at=make.now))
    case.given(DeliveryConfirmed(offer="o_1", ok=True)).given(claims("c", at=make.now - 60_000))
    assert (case.entry().claimed, case.entry().outside) == (2, 1)


def test_a_late_report_counts_when_the_claim_was_made_in_time(case, make):
    case.given(*make.live(make.coupon()), at_ms=make.now + 500)
    case.given(OfferStopped(offer="o_1", reason="x"), at_ms=make.now + 10_000)
    case.given(claims("a", at=make.now + 9_000), claims("b", at=make.now), at_ms=make.now + 30_000)
    case.given(claims("c", at=make.now + 10_001), claims("d", at=make.now - 1), at_ms=make.now + 30_000)
    assert (case.entry().claimed, case.entry().outside) == (2, 2)


def test_claims_and_redemptions_of_unknown_offers_change_nothing(case, make):
    case.given(*make.live(make.coupon())).given(claims("a", at=make.now, offer="o_ghost"))
    redeemed = [Redeem(source="t", id=f"r{o}", at=make.now, offer=o, user="a") for o in ("o_1", "o_ghost")]
    case.given(ObservationsRecorded(items=tuple(redeemed)))
    assert (case.entry().claimed, case.entry().redeemed) == (0, 1)


def test_paid_pieces_of_the_product_are_sold_while_it_is_live(case, make):
    line = Line(product="serum", qty=2, amount=1)
    case.given(*make.armed(make.flash())).given(paid(make.now, line))
    case.given(OfferFired(offer="o_1", delivery="none"))
    case.given(paid(make.now - 5_000, line), paid(make.now + 1, line, Line(product="cream", qty=9, amount=1)))
    assert (case.entry().sold, case.entry().sold_out) == (2, False)
    case.given(OfferStopped(offer="o_1", reason="x"), at_ms=make.now + 9_000)
    case.given(paid(make.now + 8_000, line), paid(make.now + 9_001, line))
    assert case.entry().sold == 4


def test_an_order_that_is_cancelled_before_it_is_paid_was_never_sold(case, make):
    line = Line(product="serum", qty=2, amount=1)
    case.given(*make.live(make.flash()))
    order = Order(source="t", id="o", at=make.now, order="A", user="u", lines=(line,))
    case.given(ObservationsRecorded(items=(order, Cancel(source="t", id="c", at=make.now, order="A"))))
    assert case.entry().sold == 0


def test_a_refund_gives_no_piece_back(case, make):
    """It does not say whether the platform lets another buyer have the piece at the price: better too few than too many."""
    case.given(*make.live(make.flash(quantity=2))).given(paid(make.now, Line(product="serum", qty=2, amount=1)))
    refund = Refund(source="t", id="r", at=make.now, order=str(make.now), amount=1)
    case.given(ObservationsRecorded(items=(refund,)))
    assert (case.entry().sold, case.entry().sold_out) == (2, True)


def test_pieces_beyond_the_quantity_are_oversold(case, make):
    case.given(*make.live(make.flash(quantity=5))).given(paid(make.now, Line(product="serum", qty=7, amount=1)))
    assert (case.entry().sold, case.entry().over_sold, case.entry().sold_out) == (7, 2, True)


def test_only_the_offers_sku_is_sold(case, make):
    case.given(*make.live(make.flash(product="shirt", sku="S", price=9_000)))
    lines = [Line(product="shirt", qty=1, amount=1, sku=sku) for sku in ("S", "XL", None)]
    case.given(paid(make.now, *lines))
    assert case.entry().sold == 1


def test_coupons_do_not_count_paid_pieces(case, make):
    case.given(*make.live(make.coupon(product="serum"))).given(paid(make.now, Line(product="serum", qty=2, amount=1)))
    assert case.entry().sold == 0


def test_leftovers_are_what_runs_or_would_start(case, make):
    case.given(*make.live(make.coupon("o_1")), *make.armed(make.coupon("o_2")), OfferDefined(offer=make.coupon("o_3")))
    assert leftovers(case.state) == (Leftover("offer", "o_1", "Ten off"),)
    case.given(FireScheduled(offer="o_2", fires_at=make.now))
    assert [left.id for left in leftovers(case.state)] == ["o_1", "o_2"]
    case.given(ShowEnded())
    assert leftovers(case.state) == ()


def test_what_falls_due_in_order(case, make):
    assert next_due(case.state) is None
    case.given(*make.live(make.coupon("o_1"), ends_at=make.now + 9_000), *make.live(make.coupon("o_2")))
    case.given(*make.armed(make.coupon("o_3")), FireScheduled(offer="o_3", fires_at=make.now + 3_000))
    assert next_due(case.state) == make.now + 3_000
    assert due(case.state, make.now + 2_999) == []
    assert [item.arguments["offer"] for item in due(case.state, make.now + 3_000)] == ["o_3"]
    assert [item.arguments["offer"] for item in due(case.state, make.now + 9_000)] == ["o_3", "o_1"]


def test_due_commands_can_be_submitted_as_they_are(case, make):
    case.given(*make.armed(make.coupon()), FireScheduled(offer="o_1", fires_at=make.now + 3_000))
    for at_ms in (make.now + 3_000, make.now + 63_000):
        for item in due(case.state, at_ms):
            case.when(item.command, now_ms=at_ms, **item.arguments).done(at_ms)
    assert case.entry().state == "live"


ENDS = (OfferStopped, OfferExpired, OffersKilled, ShowEnded)


class Desk(RuleBasedStateMachine):
    """Anyone presses anything at any time, timers run or the console was down; state and journal must agree."""

    def __init__(self):
        super().__init__()
        self.state, self.header, self.now, self.seq = State(), Header(status="live"), 1_000_000, 0
        self.went_live, self.ended = {}, {}

    @initialize(delivery=st.sampled_from(["none", "manual"]))
    def open(self, delivery):
        self.header = Header(status="live", delivery=delivery)
        for n, duration in enumerate((2, 5, None)):
            self.ask(DefineOffer, f"{n}", offer=Terms(kind="coupon", title="t", amount=1, duration_s=duration))

    def ask(self, kind, fresh="x", **fields):
        command = kind(command_id="c", issued_at=self.now, **fields)
        context = Context(now_ms=self.now, fresh_id=fresh, actor="u", header=self.header, presets=Presets())
        decision = decide(self.state, command, context)
        if not isinstance(decision, Rejection):
            for event in decision:
                self.record(event)

    def record(self, event):
        running = {i for i, e in self.state.entries.items() if e.state in {"requested", "live"}}
        live = {i for i, e in self.state.entries.items() if e.state == "live"}
        self.seq += 1
        evolve(self.state, Recorded(show_id="s", seq=self.seq, at_ms=self.now, actor="u", event=event))
        for offer, entry in self.state.entries.items():
            if entry.state == "live" and offer not in live:
                self.went_live[offer] = self.went_live.get(offer, 0) + 1
            if entry.state == "ended" and offer in running:
                assert isinstance(event, ENDS)
                self.ended[offer] = self.ended.get(offer, 0) + 1

    offers = st.sampled_from(["o_0", "o_1", "o_2"])

    @rule(offer=offers, kind=st.sampled_from([ArmOffer, DisarmOffer, CancelFire, ParkOffer]))
    def press(self, offer, kind):
        self.ask(kind, offer=offer)

    @rule(offer=offers)
    def arm_and_fire(self, offer):
        self.ask(ArmOffer, offer=offer)
        self.ask(FireOffer, offer=offer)

    @rule(offer=offers, countdown_s=st.integers(0, 4))
    def fire(self, offer, countdown_s):
        self.ask(FireOffer, offer=offer, countdown_s=countdown_s)

    @rule(offer=offers, ok=st.booleans())
    def confirm(self, offer, ok):
        self.ask(ConfirmDelivery, offer=offer, ok=ok)

    @rule(offer=offers, seconds=st.integers(1, 5))
    def extend(self, offer, seconds):
        self.ask(ExtendOffer, offer=offer, seconds=seconds)

    @rule(offer=offers, amount=st.integers(1, 9))
    def edit(self, offer, amount):
        self.ask(EditOffer, offer=offer, field="amount", value=amount)

    @rule(offer=offers)
    def stop(self, offer):
        self.ask(StopOffer, offer=offer, reason="x")

    @rule()
    def kill(self):
        self.ask(KillOffers, reason="x")

    @rule(seconds=st.integers(0, 6), runs=st.booleans())
    def time_passes(self, seconds, runs):
        self.now += seconds * 1000
        for item in due(self.state, self.now) if runs else ():
            self.ask(item.command, **item.arguments)

    @rule()
    def end_show(self):
        if self.header.status == "live":
            self.record(ShowEnded())

    @invariant()
    def live_at_most_once_and_ended_at_most_once(self):
        assert all(times == 1 for times in self.went_live.values())
        assert all(times == 1 for times in self.ended.values())

    @invariant()
    def states_and_instants_agree(self):
        for offer, entry in self.state.entries.items():
            assert (entry.state == "ended") == (offer in self.ended) == (entry.end_reason is not None)
            assert entry.state != "live" or (entry.live_at is not None and self.went_live[offer] == 1)
            assert entry.fires_at is None or entry.state == "armed"
            assert entry.ended_at is None or entry.state == "ended"
            assert not (offer in self.went_live and entry.state in {"planned", "armed", "requested", "failed"})

    @invariant()
    def timers_settle(self):
        """After the clock ran nothing that is due is left, so it cannot spin."""
        settled = {item.arguments["offer"] for item in due(self.state, self.now)}
        running = {i for i, e in self.state.entries.items() if e.state == "live" or e.counting_down}
        assert settled <= running

    def teardown(self):
        for offer in self.went_live:
            if self.state.entries[offer].state == "live":
                self.ask(StopOffer, offer=offer, reason="end")
        assert self.ended.keys() >= self.went_live.keys()


TestDesk = Desk.TestCase
TestDesk.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_every_folded_event_type_has_its_function(case):
    assert {OfferDefined, OfferArmed, ShowEnded, ObservationsRecorded} <= FOLDS
