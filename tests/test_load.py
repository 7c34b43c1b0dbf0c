"""What is left for later under load: one step at a time, in one order, and back the same way. On a clock of its own."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.lifecycle import PARTS as LIFECYCLE
from console.limits import RATES
from console.load import CALM_S, MEASUREMENTS, STEPS, UP_S, Later, Load
from console.realtime.pacer import Pace
from console.realtime.sources import LANES
from console.screens import LOOKED_AT, screens
from console.web.i18n import ROOT, Catalogues
from console.web.templates import Templates

EVERY_S = 0.1
BOUNDS_MS = [step.late_ms for step in STEPS]
WORST_MS = BOUNDS_MS[-1] + 100
SHED = ("heavy", "history", "viewer")


class Loop:
    """A loop that is late as told, its load, and every level there was with the moment it began."""

    def __init__(self) -> None:
        self.s = 100.0
        self.load = Load()
        self.levels = [(self.s, 0)]
        self.load.listen(lambda: self.levels.append((self.s, self.load.level)))

    def late(self, late_ms: float, times: int = 1) -> "Loop":
        for _ in range(times):
            self.s += EVERY_S + late_ms / 1_000
            self.load.measured(late_ms, self.s)
        return self

    def for_s(self, seconds: float, late_ms: float) -> "Loop":
        return self.late(late_ms, round(seconds / (EVERY_S + late_ms / 1_000)))

    @property
    def went(self) -> list[int]:
        return [level for _, level in self.levels]


@pytest.fixture
def loop() -> Loop:
    return Loop()


def test_it_climbs_one_step_after_the_other_and_comes_down_the_same_way(loop: Loop) -> None:
    loop.for_s(10, WORST_MS).for_s(40, 0)
    assert loop.went == [0, 1, 2, 3, 4, 3, 2, 1, 0]


def test_what_is_left_for_later_comes_in_the_promised_order_and_no_step_lets_go_of_an_earlier_one(loop: Loop) -> None:
    seen = []
    loop.load.listen(lambda: seen.append((loop.load.words, waiting(loop.load), loop.load.pace_s)))
    loop.for_s(10, WORST_MS)
    recap, metrics = {"heavy", "history"}, {"metrics": 5.0}
    assert seen == [
        (("load",), recap, {}),
        (("load", "metrics"), recap, metrics),
        (("load", "metrics", "comments"), recap, {**metrics, "comments": 1.0}),
        (("load", "metrics", "comments", "viewers"), recap | {"viewer"}, {**metrics, "comments": 1.0}),
    ]


def waiting(load: Load) -> set[str]:
    return {rate for rate in RATES if load.later(rate)}


def test_no_step_holds_up_a_command_a_feed_a_sign_in_a_probe_or_the_state_of_a_show() -> None:
    assert {rate for step in STEPS for rate in step.rates} == set(SHED) < set(RATES)
    assert {lane for step in STEPS for lane in step.pace_s} == set(LANES) - {"state"}
    assert all(seconds > getattr(Pace(), lane) for step in STEPS for lane, seconds in step.pace_s.items())
    assert sorted(BOUNDS_MS) == BOUNDS_MS


def test_the_page_for_who_runs_it_has_the_same_bounds() -> None:
    told = re.findall(r"^\| (\d) \| (\d+) ms \|", (ROOT / "docs/running.md").read_text("utf-8"), re.MULTILINE)
    assert [(int(level), int(bound)) for level, bound in told] == list(enumerate(BOUNDS_MS, start=1))


@pytest.mark.parametrize("level", range(len(STEPS)))
def test_lateness_between_two_bounds_stops_at_the_level_between(loop: Loop, level: int) -> None:
    loop.for_s(30, BOUNDS_MS[level] + 5)
    assert loop.load.level == level + 1
    assert loop.for_s(60, BOUNDS_MS[level] * 0.7).load.level == level + 1, "not good enough to be taken back"
    assert loop.for_s(CALM_S + 2, BOUNDS_MS[level] * 0.4).load.level == level


def test_one_long_pause_changes_nothing_however_long(loop: Loop) -> None:
    loop.late(5, 20).late(600_000).late(5, 20).late(900).late(5, 5).late(900).late(5, 20)
    assert loop.went == [0]


def test_it_takes_about_a_second_to_be_believed(loop: Loop) -> None:
    loop.for_s(3, 1)
    began = loop.s
    loop.for_s(3, BOUNDS_MS[0] + 10)
    at_s, level = loop.levels[1]
    assert level == 1
    assert 0.5 <= at_s - began <= 1.5


def test_who_waits_is_told_the_earliest_moment(loop: Loop) -> None:
    assert loop.load.later("heavy") is None
    loop.for_s(10, WORST_MS)
    later = loop.load.later("heavy")
    assert later == Later(round(4 * CALM_S), STEPS[0].why)
    assert loop.load.later("viewer") == Later(round(CALM_S), STEPS[3].why)
    loop.for_s(later.seconds + 2, 1)
    assert loop.load.later("heavy") is None


LATENESS = st.lists(
    st.tuples(st.sampled_from([0, 20, 49, 51, 99, 101, 159, 161, 219, 221, 280, 301, 500, 5_000]), st.integers(1, 60)),
    max_size=40,
)


def played(course: list[tuple[int, int]]) -> Loop:
    loop = Loop()
    for late_ms, times in course:
        loop.late(late_ms, times)
    return loop


@given(LATENESS)
def test_it_never_jumps_never_leaves_its_bounds_and_never_flaps(course: list[tuple[int, int]]) -> None:
    levels = played(course).levels
    for (before_s, before), (after_s, after) in pairwise(levels):
        assert abs(after - before) == 1
        assert 0 <= after <= len(STEPS)
        assert after_s - before_s >= (UP_S if after > before else CALM_S) - 1e-6


@given(LATENESS, st.integers(0, 400))
def test_it_settles(course: list[tuple[int, int]], late_ms: int) -> None:
    """Whatever was before: a lateness that stays leads to a level that stays."""
    loop = played(course).for_s(120, late_ms)
    settled = loop.load.level
    assert loop.for_s(60, late_ms).levels[-1][1] == settled
    assert loop.levels[-1][0] < loop.s - 60
    assert settled >= sum(late_ms > bound for bound in BOUNDS_MS)
    assert settled <= sum(late_ms > bound / 2 for bound in BOUNDS_MS)


@given(st.lists(st.integers(0, round(BOUNDS_MS[0])), min_size=MEASUREMENTS, max_size=300))
def test_ordinary_work_never_takes_a_step(course: list[int]) -> None:
    assert played([(late_ms, 1) for late_ms in course]).went == [0]


def test_control_without_hysteresis_it_would_flap(monkeypatch: pytest.MonkeyPatch, loop: Loop) -> None:
    """A step that helps by more than a third: with it the level stays, without it goes up and down as long as one looks."""
    assert len(self_relieving(loop)) == 2
    monkeypatch.setattr("console.load.CALM", 1.0)
    monkeypatch.setattr("console.load.CALM_S", 0.0)
    assert len(self_relieving(Loop())) > 20


def self_relieving(loop: Loop) -> list[int]:
    for _ in range(600):
        loop.late(180 - 70 * loop.load.level)
    return loop.went


def test_only_screens_on_which_nothing_is_pressed_wait_at_the_door() -> None:
    pressed = {screen for screen in screens() if "data-command" in sources(screen)}
    assert pressed == set(screens()) - LOOKED_AT


def sources(screen: str) -> str:
    names = {part.name for part in screens()[screen]} - {part.name for part in LIFECYCLE}
    parts = [f"parts/{name.replace('-', '/', 1)}.html" for name in names]
    return "".join((ROOT / "templates" / path).read_text("utf-8") for path in [f"screens/{screen}.html", *parts])


@pytest.mark.parametrize(("lane", "banner"), [("metrics", "slow-numbers"), ("comments", "slow-comments")])
def test_the_screens_a_slower_lane_touches_say_so_and_no_other(lane: str, banner: str) -> None:
    templates = Templates(Catalogues())
    touched = {screen for screen, parts in screens().items() if any(part.lane == lane for part in parts)}
    told = {screen for screen in screens() if banner in templates.render("layout/banners.html", "en", screen=screen)}
    assert touched
    assert told == touched
