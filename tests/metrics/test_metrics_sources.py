"""Every number says where it comes from, and two sources are never mixed silently."""

from typing import Any

from console.core.observations import (
    AdSpend,
    Audience,
    Comment,
    Enter,
    Follow,
    Leave,
    Like,
    ProductClick,
    Sample,
)
from console.metrics.events import NumbersReported

T0 = 1_800_000_000_000


def test_single_events_count_people_once_and_entries_each_time(room: Any) -> None:
    room.see(room.made(Enter, user="ann"), room.made(Enter, user="ann"), room.made(Enter, user="bob"))
    assert (room.metrics.entries_pv, room.metrics.entries_uv, room.sources["entries_pv"]) == (3, 2, "events")


def test_what_nobody_reports_is_absent(room: Any) -> None:
    room.see(room.made(Enter, user="ann"))
    assert (room.metrics.likes, room.metrics.online, room.metrics.gmv_paid) == (None, None, None)
    assert not {"likes", "online", "gpm"} & set(room.sources)


def test_the_newest_dashboard_figure_wins_over_events_and_over_late_ones(room: Any) -> None:
    room.see(room.made(Enter, user="ann"), room.made(Sample, 60, counters={"entries_pv": 500}))
    room.see(room.made(Sample, 30, counters={"entries_pv": 300}), room.made(Enter, 90, user="bob"))
    assert (room.metrics.entries_pv, room.sources["entries_pv"]) == (500, "sample")


def test_a_typed_figure_is_manual_and_the_later_of_two_at_one_instant_wins(room: Any) -> None:
    room.see(room.made(Sample, 60, counters={"gmv_paid": 100}))
    room.done(NumbersReported(counters={"gmv_paid": 200}, as_of=T0 + 60_000))
    room.done(NumbersReported(counters={"gmv_paid": 150}, as_of=T0 + 60_000))
    assert (room.metrics.gmv_paid, room.sources["gmv_paid"]) == (150, "manual")


def test_an_older_typed_figure_does_not_replace_a_newer_sample(room: Any) -> None:
    room.see(room.made(Sample, 60, counters={"gmv_paid": 100}))
    room.done(NumbersReported(counters={"gmv_paid": 50}, as_of=T0))
    assert (room.metrics.gmv_paid, room.sources["gmv_paid"]) == (100, "sample")


def test_a_ratio_over_two_sources_says_so(room: Any) -> None:
    room.see(room.paid("o1", "ann", 500), room.made(Sample, counters={"entries_pv": 1000, "entries_uv": 100}))
    assert room.metrics.gpm.value == 500
    assert (room.sources["gpm"], room.sources["per_buyer"]) == ("mixed", "events")


def test_online_is_the_newest_reading_whoever_took_it(room: Any) -> None:
    room.see(room.made(Sample, 60, counters={"online": 80}), room.made(Audience, 90, online=70))
    assert (room.metrics.online, room.sources["online"]) == (70, "events")
    room.see(room.made(Sample, 120, counters={"online": 60}))
    assert (room.metrics.online, room.sources["online"]) == (60, "sample")


def test_peak_and_mean_online_over_minute_samples(room: Any) -> None:
    seconds_online = [(0, 10), (6, 30), (60, 100), (120, 60)]
    room.see(*(room.made(Audience, second, online=online) for second, online in seconds_online))
    assert room.metrics.pcu == 100
    assert (room.metrics.acu.num, room.metrics.acu.den, room.metrics.acu.value) == (180, 3, 60.0)


def test_peak_and_mean_online_from_dashboards_alone(room: Any) -> None:
    room.see(room.made(Sample, 0, counters={"online": 10}), room.made(Sample, 60, counters={"online": 30}))
    assert (room.metrics.pcu, room.metrics.acu.value, room.sources["acu"]) == (30, 20.0, "sample")


def test_a_stated_mean_is_taken_as_it_is(room: Any) -> None:
    room.done(NumbersReported(counters={"acu": 77, "pcu": 99}, as_of=T0))
    assert (room.metrics.pcu, room.metrics.acu.value, room.sources["acu"]) == (99, 77.0, "manual")


def test_interactions_are_distinct_people_over_all_ways(room: Any) -> None:
    room.see(room.made(Like, user="ann"), room.made(Comment, user="ann", text="hi"), room.made(Follow, user="bob"))
    assert (room.metrics.interactions, room.metrics.likes, room.metrics.follows) == (2, 1, 1)


def test_follow_rate_is_over_those_who_did_not_follow_before(room: Any) -> None:
    room.see(*(room.made(Enter, 0, user=u, follower=f) for u, f in [("ann", False), ("bob", False), ("cai", True)]))
    room.see(room.made(Follow, 1, user="ann"), room.made(Follow, 1, user="cai"), room.made(Follow, 1, user="dee"))
    room.see(room.made(Enter, 9, user="ann", follower=True))
    assert (room.metrics.follow_rate.num, room.metrics.follow_rate.den) == (1, 2)


def test_one_viewer_cannot_watch_longer_than_the_show(room: Any) -> None:
    room.started().at(100).see(room.made(Enter, user="ann"), room.made(Leave, 99, user="ann", watched_s=90_000))
    assert room.metrics.average_watch_s.value == 100


def test_return_on_ad_spend_counts_the_channels_it_was_spent_on(room: Any) -> None:
    room.see(room.made(AdSpend, amount=100, channel="qianchuan"), room.paid("o1", "ann", 300, channel="qianchuan"))
    room.see(room.paid("o2", "bob", 900, channel="feed"))
    assert (room.metrics.roi.value, room.metrics.ad_gmv) == (3.0, 300)


def test_an_order_without_a_channel_belongs_to_its_buyers_first_entry(room: Any) -> None:
    room.see(room.paid("o1", "ann", 300), room.made(AdSpend, amount=100, channel="boost"))
    room.see(room.made(Enter, 9, user="ann", channel="feed"), room.made(Enter, 2, user="ann", channel="boost"))
    assert room.metrics.ad_gmv == 300


def test_spend_that_names_no_channel_attributes_nothing(room: Any) -> None:
    room.see(room.made(AdSpend, amount=100), room.paid("o1", "ann", 300))
    assert (room.metrics.ad_spend, room.metrics.ad_gmv, room.metrics.roi.value) == (100, None, None)


def test_unknown_and_negative_figures_of_a_dashboard_are_left_out(room: Any) -> None:
    room.see(room.made(Sample, counters={"likes": -5, "moon": 3}), room.made(ProductClick, user="ann", product="p1"))
    assert (room.metrics.likes, room.metrics.clicks_uv) == (None, 1)
