"""Every command of offers: what it does, and each reason why not."""

import pytest

from console.core.lifecycle import ShowEnded
from console.core.slice import Header
from console.offers.commands import (
    COMMANDS,
    ArmOffer,
    CancelFire,
    ConfirmDelivery,
    DefineOffer,
    DisarmOffer,
    EditOffer,
    ExpireOffer,
    ExtendOffer,
    FireOffer,
    KillOffers,
    LaunchOffer,
    ParkOffer,
    StopOffer,
)
from console.offers.events import (
    DeliveryConfirmed,
    FireCancelled,
    FireScheduled,
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
)


def test_arm_records_the_lowest_price_over_all_active_offers(case, make):
    case.given(*make.armed(make.flash())).given(OfferDefined(offer=make.coupon("o_2", product="serum")))
    case.when(ArmOffer, offer="o_2").then(OfferArmed(offer="o_2", lowest=8_900))


def test_arm_of_a_shop_wide_offer_names_no_single_price(case, make):
    case.given(OfferDefined(offer=make.coupon())).when(ArmOffer, offer="o_1").then(OfferArmed(offer="o_1"))


def test_arm_twice_or_after_the_end_is_refused(case, make):
    case.given(*make.armed(make.coupon())).when(ArmOffer, offer="o_1").refused("armed already")
    case.given(OfferFired(offer="o_1", delivery="none")).when(ArmOffer, offer="o_1").refused("armed already")
    case.given(OfferStopped(offer="o_1", reason="x")).when(ArmOffer, offer="o_1").refused("has run")


def test_disarm(case, make):
    case.given(OfferDefined(offer=make.coupon())).when(DisarmOffer, offer="o_1").refused("not armed")
    case.given(OfferArmed(offer="o_1")).when(DisarmOffer, offer="o_1").then(OfferDisarmed(offer="o_1"))
    assert case.done().entry().state == "planned"


def test_disarm_during_the_countdown_takes_the_start_away(case, make):
    case.given(*make.armed(make.coupon()), FireScheduled(offer="o_1", fires_at=make.now + 3_000))
    assert case.when(DisarmOffer, offer="o_1").done().entry().fires_at is None


def test_fire_with_delivery_none_is_live_at_once(case, make):
    case.given(*make.armed(make.flash())).when(FireOffer, offer="o_1")
    case.then(OfferFired(offer="o_1", delivery="none", ends_at=make.now + 60_000, lowest=9_900))
    entry = case.done().entry()
    assert (entry.state, entry.fired_at, entry.live_at) == ("live", make.now, make.now)


def test_a_coupon_without_duration_runs_until_stopped(case, make):
    case.given(*make.armed(make.coupon())).when(FireOffer, offer="o_1").then(OfferFired(offer="o_1", delivery="none"))


def test_a_flash_price_without_duration_ends_at_the_platforms_longest(case, make):
    case.given(*make.armed(make.flash(duration_s=None))).when(FireOffer, offer="o_1")
    assert case.decision[0].ends_at == make.now + 1_200_000


def test_fire_needs_an_armed_offer(case, make):
    case.given(OfferDefined(offer=make.coupon())).when(FireOffer, offer="o_1").refused("arm it first")
    case.given(OfferArmed(offer="o_1"), OfferFired(offer="o_1", delivery="none"))
    case.when(FireOffer, offer="o_1").refused("not armed")


def test_fire_twice_fires_once(case, make):
    case.given(*make.armed(make.coupon())).when(FireOffer, offer="o_1").done()
    case.when(FireOffer, offer="o_1").refused("not armed")


def test_a_countdown_keeps_it_armed_until_it_is_launched(case, make):
    case.given(*make.armed(make.flash())).when(FireOffer, offer="o_1", countdown_s=3)
    case.then(FireScheduled(offer="o_1", fires_at=make.now + 3_000))
    assert case.done().entry().state == "armed"
    case.when(FireOffer, offer="o_1").refused("counting down already")
    case.when(LaunchOffer, offer="o_1", now_ms=make.now + 2_999).refused("not due")
    case.when(LaunchOffer, offer="o_1", now_ms=make.now + 3_000)
    case.then(OfferFired(offer="o_1", delivery="none", ends_at=make.now + 63_000, lowest=9_900))
    assert case.done(make.now + 3_000).entry().fires_at is None
    case.when(LaunchOffer, offer="o_1", now_ms=make.now + 3_001).refused("not due")


def test_a_countdown_has_a_longest(case, make):
    case.given(*make.armed(make.flash())).when(FireOffer, offer="o_1", countdown_s=301).refused("at most 300")


def test_cancel_keeps_it_armed(case, make):
    case.given(*make.armed(make.flash())).when(CancelFire, offer="o_1").refused("nothing to cancel")
    case.given(FireScheduled(offer="o_1", fires_at=make.now + 3_000))
    case.when(CancelFire, offer="o_1").then(FireCancelled(offer="o_1"))
    entry = case.done().entry()
    assert (entry.state, entry.fires_at) == ("armed", None)
    case.when(LaunchOffer, offer="o_1", now_ms=make.now + 9_000).refused("not due")


def test_manual_delivery_is_live_only_when_a_person_says_so(case, make):
    case.header = Header(status="live", delivery="manual")
    case.given(*make.armed(make.flash())).when(FireOffer, offer="o_1")
    case.then(OfferFired(offer="o_1", delivery="manual", lowest=9_900))
    entry = case.done().entry()
    assert (entry.state, entry.fired_at, entry.ends_at) == ("requested", make.now, None)
    later = make.now + 7_000
    case.when(ConfirmDelivery, offer="o_1", ok=True, now_ms=later)
    case.then(DeliveryConfirmed(offer="o_1", ok=True, ends_at=later + 60_000))
    assert (case.done(later).entry().state, entry.live_at) == ("live", later)
    case.when(ConfirmDelivery, offer="o_1", ok=True).refused("does not wait")


def test_a_failed_delivery_can_be_armed_again(case, make):
    case.given(*make.armed(make.flash()), OfferFired(offer="o_1", delivery="manual"))
    case.when(ConfirmDelivery, offer="o_1", ok=False, note="platform says no").done()
    assert (case.entry().state, case.entry().remark) == ("failed", "platform says no")
    case.when(FireOffer, offer="o_1").refused("arm it first")
    assert case.when(ArmOffer, offer="o_1").done().entry().remark == ""


def test_extend_moves_the_end(case, make):
    case.given(*make.live(make.flash(), ends_at=make.now + 60_000))
    case.when(ExtendOffer, offer="o_1", seconds=30)
    case.then(OfferExtended(offer="o_1", seconds=30, ends_at=make.now + 90_000))
    assert case.done().entry().ends_at == make.now + 90_000
    case.when(ExtendOffer, offer="o_1", seconds=30, now_ms=make.now + 90_000).refused("run out")


def test_a_flash_price_is_not_extended_beyond_what_it_may_run(case, make):
    case.given(*make.live(make.flash(), ends_at=make.now + 60_000))
    room_s = case.presets.flash_max_s - 60
    case.when(ExtendOffer, offer="o_1", seconds=room_s + 1).refused("at most 1200 seconds")
    case.when(ExtendOffer, offer="o_1", seconds=room_s).done()
    case.when(ExtendOffer, offer="o_1", seconds=1).refused("at most 1200 seconds")


def test_extend_needs_an_end(case, make):
    case.given(*make.armed(make.coupon())).when(ExtendOffer, offer="o_1", seconds=30).refused("not live")
    case.given(OfferFired(offer="o_1", delivery="none"))
    case.when(ExtendOffer, offer="o_1", seconds=30).refused("until it is stopped")


@pytest.mark.parametrize("delivery", ["none", "manual"])
def test_stop_ends_what_runs(case, make, delivery):
    case.given(*make.armed(make.coupon()), OfferFired(offer="o_1", delivery=delivery))
    case.when(StopOffer, offer="o_1", reason="wrong").then(OfferStopped(offer="o_1", reason="wrong"))
    entry = case.done().entry()
    assert (entry.state, entry.end_reason, entry.remark) == ("ended", "stopped", "wrong")
    case.when(StopOffer, offer="o_1", reason="again").refused("nothing to stop")


def test_stop_during_the_countdown_cancels_it(case, make):
    case.given(*make.armed(make.coupon()), FireScheduled(offer="o_1", fires_at=make.now + 3_000))
    case.when(StopOffer, offer="o_1", reason="wait").then(FireCancelled(offer="o_1"))


def test_kill_ends_what_runs_and_disarms_the_rest(case, make):
    case.given(
        *make.live(make.coupon("o_1")),
        *make.armed(make.coupon("o_2")),
        FireScheduled(offer="o_2", fires_at=make.now + 1_000),
        *make.armed(make.coupon("o_3")),
        OfferDefined(offer=make.coupon("o_4")),
    )
    case.when(KillOffers, reason="wrong price")
    case.then(OffersKilled(reason="wrong price", offers=("o_1",), disarmed=("o_2", "o_3")))
    case.done()
    assert [case.entry(f"o_{n}").state for n in (1, 2, 3, 4)] == ["ended", "planned", "planned", "planned"]
    assert case.entry("o_1").end_reason == "killed"
    case.when(LaunchOffer, offer="o_2", now_ms=make.now + 1_000).refused("not due")
    case.when(FireOffer, offer="o_3").refused("arm it first")
    assert case.when(ArmOffer, offer="o_3").done().when(FireOffer, offer="o_3").done().entry("o_3").state == "live"


def test_kill_is_always_possible(case):
    case.when(KillOffers, reason="drill").then(OffersKilled(reason="drill", offers=()))


def test_expire_never_early_and_once(case, make):
    case.given(*make.live(make.flash(), ends_at=make.now + 60_000))
    case.when(ExpireOffer, offer="o_1", now_ms=make.now + 59_999).refused("not due")
    case.when(ExpireOffer, offer="o_1", now_ms=make.now + 60_000).then(OfferExpired(offer="o_1"))
    entry = case.done(make.now + 61_000).entry()
    assert (entry.state, entry.end_reason, entry.ended_at) == ("ended", "expired", make.now + 60_000)
    case.when(ExpireOffer, offer="o_1", now_ms=make.now + 61_000).refused("not due")


def test_what_runs_until_stopped_does_not_expire(case, make):
    case.given(*make.live(make.coupon())).when(ExpireOffer, offer="o_1", now_ms=make.now + 10**9).refused("not due")


def test_a_missed_start_waits_for_a_person(case, make):
    case.given(*make.armed(make.flash()), FireScheduled(offer="o_1", fires_at=make.now))
    (event,) = case.when(ParkOffer, offer="o_1", now_ms=make.now + 60_000).decision
    assert isinstance(event, OfferParked)
    entry = case.done().entry()
    assert (entry.state, entry.fires_at) == ("armed", None)
    assert entry.parked
    case.when(ParkOffer, offer="o_1").refused("not due")
    assert case.when(FireOffer, offer="o_1").done().entry().parked is None


def test_a_parked_offer_can_be_armed_again(case, make):
    case.given(*make.armed(make.flash()), OfferParked(offer="o_1", because=make.because("Missed.")))
    assert case.when(ArmOffer, offer="o_1").done().entry().parked is None


def test_one_running_flash_price_per_product(case, make):
    case.given(
        *make.live(make.flash("o_1")), *make.armed(make.flash("o_2")), *make.armed(make.flash("o_3", product="cream"))
    )
    case.when(FireOffer, offer="o_2").refused("one flash price at a time")
    case.when(FireOffer, offer="o_2", countdown_s=3).refused("one flash price at a time")
    assert case.when(FireOffer, offer="o_3").decision[0].offer == "o_3"
    case.given(OfferStopped(offer="o_1", reason="x"))
    assert case.when(FireOffer, offer="o_2").decision[0].offer == "o_2"


def test_a_flash_price_that_counts_down_holds_its_product(case, make):
    case.given(*make.armed(make.flash("o_1")), *make.armed(make.flash("o_2")))
    case.given(FireScheduled(offer="o_1", fires_at=make.now + 3_000))
    case.when(FireOffer, offer="o_2").refused("one flash price at a time")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (ArmOffer, {}),
        (DisarmOffer, {}),
        (FireOffer, {}),
        (CancelFire, {}),
        (ConfirmDelivery, {"ok": True}),
        (ExtendOffer, {"seconds": 1}),
        (StopOffer, {"reason": "x"}),
        (EditOffer, {"field": "title", "value": "x"}),
        (LaunchOffer, {}),
        (ExpireOffer, {}),
        (ParkOffer, {}),
    ],
)
def test_an_unknown_offer_is_refused(case, kind, fields):
    case.when(kind, offer="o_ghost", **fields).refused("no such offer")


def test_the_end_of_the_show_ends_what_runs(case, make):
    case.given(*make.live(make.coupon("o_1")), *make.armed(make.coupon("o_2")), OfferDefined(offer=make.coupon("o_3")))
    case.given(FireScheduled(offer="o_2", fires_at=make.now + 3_000), ShowEnded(), at_ms=make.now + 5)
    assert (case.entry("o_1").state, case.entry("o_1").end_reason) == ("ended", "show_ended")
    assert (case.entry("o_2").state, case.entry("o_2").fires_at) == ("planned", None)
    assert case.entry("o_3").state == "planned"


def test_who_may_do_what_and_what_is_public():
    public = {kind.__name__ for kind in COMMANDS if kind.open_to_public}
    assert {kind.__name__ for kind in COMMANDS} - public == {"LaunchOffer", "ExpireOffer", "ParkOffer"}
    assert DefineOffer.roles == {"producer"}
    assert all("controller" in kind.roles for kind in COMMANDS if kind.open_to_public and kind is not DefineOffer)
    assert FireOffer.while_status == {"live"}
    assert KillOffers.urgent


def test_fire_touches_what_every_change_of_the_offer_moves(make):
    envelope = {"command_id": "c", "issued_at": 0}
    fire = FireOffer(offer="o_1", **envelope)
    changed = OfferEdited(offer=make.coupon(), field="amount", before=1).changes()
    assert fire.touches() == changed == ("offer:o_1",)
    assert OffersKilled(reason="x", offers=("o_1",), disarmed=("o_2",)).changes() == ("offer:o_1", "offer:o_2")
    assert KillOffers(reason="x", **envelope).touches() == ()
    assert DisarmOffer(offer="o_1", **envelope).touches() == CancelFire(offer="o_1", **envelope).touches() == ()
