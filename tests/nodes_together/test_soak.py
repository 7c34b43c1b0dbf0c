"""The soak of `make soak`, a minute of it: every fault is in it once, and what is warm must be as it was."""

from types import SimpleNamespace

from tests.soak import Plan, faults, soak
from tests.soak_screens import Watching

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
    rest = {"descriptors": 25, "sockets": 14, "tasks": 13}
    leaking = {"gaps": 0, "baseline": [rest], "afterwards": [rest | {"descriptors": 26}]}
    assert faults(leaking) == ["descriptors: 25 when warm, 26 afterwards"]
