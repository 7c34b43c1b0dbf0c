"""The soak of `make soak`, a minute of it: every fault is in it once, and what is warm must be as it was."""

from types import SimpleNamespace

import pytest

from tests.soak import Plan, soak
from tests.soak_screens import Watching
from tests.soak_verdict import Failure, faults, most_mib_an_hour, slope, unprovoked

REST = {"descriptors": 25, "sockets": 14, "tasks": 13}
CLEAN = {"gaps": 0, "unprovoked": [], "baseline": [REST], "afterwards": [REST], "rss": {}}
MINUTE = Plan(minutes=0.75, warm_s=12.0, redis_away_s=3.0)


def test_a_minute_of_everything_leaves_nothing_behind_and_no_row_out() -> None:
    report = soak(MINUTE)
    assert faults(report) == []
    assert report["frames"] > 10_000
    assert report["comments"] > 500
    assert report["commands"]["accepted"] > 10


def test_control_a_row_that_is_left_out_and_a_descriptor_that_is_left_open_are_counted() -> None:
    room = SimpleNamespace(frames=0, gaps=0, wholes=0)
    screen = Watching(room, 0)
    screen._hears({"kind": "hello", "epoch": "e", "resumed": False, "seq": 4})
    screen._hears({"kind": "events", "seq": 7, "items": [{"seq": 5}, {"seq": 7}]})
    assert room.gaps == 1
    assert faults(CLEAN) == []
    assert faults(CLEAN | {"afterwards": [REST | {"descriptors": 26}]}) == ["descriptors: 25 when warm, 26 afterwards"]


def test_control_a_press_that_fails_counts_unless_it_was_under_way_during_a_fault() -> None:
    outages = [(10.0, 14.0), (20.0, 25.0)]
    failed = [
        Failure(9, 11, "before"),
        Failure(13, 30, "through"),
        Failure(15, 19, "between"),
        Failure(26, 27, "after"),
    ]
    assert unprovoked(failed, outages) == ["between", "after"]
    assert faults(CLEAN | {"unprovoked": ["mark: 503"]}) == ["a press failed without a fault: mark: 503"]


@pytest.mark.parametrize(("minutes", "leak_mib_an_hour"), [(10.8, 12.0), (480.0, 2.0)])
def test_control_memory_that_grows_is_told_from_one_arena_more(minutes: float, leak_mib_an_hour: float) -> None:
    instants = [float(at) for at in range(0, round(minutes * 60), 5)]
    growing = slope([(at, round(90_000 + at * leak_mib_an_hour * 1024 / 3600)) for at in instants])
    stepping = slope([(at, 90_000 + 1_024 * (at > minutes * 30)) for at in instants])
    assert faults(CLEAN | {"rss": stepping}) == []
    assert len(faults(CLEAN | {"rss": growing})) == 1
    assert growing["mib_an_hour"] == pytest.approx(leak_mib_an_hour, abs=0.1)
    assert stepping["mib_an_hour"] == pytest.approx(most_mib_an_hour(minutes) - 1, rel=0.05)
