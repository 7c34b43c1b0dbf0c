"""Whenever a screen comes, goes, lags or comes back: in the end it shows what a screen drawn now would show."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.frames import Opcode

from console.core.slice import Viewer
from console.realtime import channel
from console.realtime.patches import Differ, content
from console.realtime.sources import LANES, ScreenSource

STEPS = st.sampled_from(
    ["note", "note", "take back", "numbers", "uncommitted", "tick", "second", "minutes", "come", "cut", "return", "lag", "catch up"]
)  # fmt: skip


class Screen:
    """A client with its page and its cursor; only what reached it before a cut counts."""

    def __init__(self, house: Any, browsers: Any) -> None:
        self.house = house
        self.browsers = browsers
        self.seq: int | None = None
        self.page: Any = None
        self.client: Any = None
        self.come()

    def come(self) -> None:
        self.client = self.client or self.house.connects("control", self.seq)

    def read(self) -> None:
        for frame in self.client.heard() if self.client else []:
            if frame["kind"] == "hello" and not frame["resumed"]:
                self.page = self.browsers(self.house.parts, frame["content"])
            elif frame["kind"] == "patch":
                self.page.receive(frame["content"])
            self.seq = frame["seq"]
        if self.client and self.client.over():
            self._lost()
        elif self.client:
            self.client.says(Opcode.PONG, b"")

    def cut(self) -> None:
        self.read()
        self._lost()

    def _lost(self) -> None:
        if self.client:
            self.client.watcher.connection_lost(None)
            self.client = None

    def lag(self, stuck: int) -> None:
        if self.client:
            self.client.transport.stuck = stuck


def run(house: Any, browsers: Any, steps: list[tuple[str, int]]) -> list[Screen]:
    screens = [Screen(house, browsers)]
    unannounced = []
    for step, which in steps:
        screen = screens[which % len(screens)]
        if step == "uncommitted":
            unannounced.append(house.noted("not yet"))
        elif unannounced:
            house.hub.publish(house.show, unannounced)
            unannounced = []
        act(house, screen, screens, step)
        for each in screens:
            each.read()
    house.hub.publish(house.show, unannounced)
    for screen in screens:
        screen.lag(0)
        screen.come()
    house.time.passes(2)
    for screen in screens:
        screen.read()
    return screens


def act(house: Any, screen: Screen, screens: list[Screen], step: str) -> None:
    actions = {
        "note": lambda: house.notes("a", "b"),
        "take back": house.takes_back,
        "numbers": lambda: house.online(house.show.seq),
        "tick": lambda: house.time.passes(0.016),
        "second": lambda: house.time.passes(1),
        "minutes": lambda: house.time.passes(40),
        "come": lambda: screens.append(Screen(house, screen.browsers)) if len(screens) < 4 else None,
        "cut": screen.cut,
        "return": screen.come,
        "lag": lambda: screen.lag(300_000),
        "catch up": lambda: screen.lag(0),
    }
    actions.get(step, lambda: None)()


def differing(house: Any, browsers: Any, steps: list[tuple[str, int]]) -> int:
    screens = run(house, browsers, steps)
    fresh = Differ(house.parts, Viewer(), house.render, house.show)
    expected = browsers(house.parts, content(fresh.whole(LANES))).body.shape()
    return sum(screen.page.body.shape() != expected for screen in screens)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(STEPS, st.integers(0, 3)), max_size=40))
def test_every_screen_ends_up_as_a_fresh_one(houses, browsers, steps: list[tuple[str, int]]) -> None:
    assert differing(houses(), browsers, steps) == 0


def test_control_a_return_without_what_was_missed_would_leave_a_hole(houses, browsers, monkeypatch) -> None:
    steps = [("note", 0), ("cut", 0), ("take back", 0), ("take back", 0), ("return", 0)]
    assert differing(houses(), browsers, steps) == 0
    monkeypatch.setattr(channel.Ring, "since", lambda _self, _seq: [])
    assert differing(houses(), browsers, steps) == 1


def test_control_a_screen_that_lagged_needs_its_numbers_whole(houses, browsers, monkeypatch) -> None:
    steps = [("lag", 0), ("second", 0), ("numbers", 0), ("second", 0)]
    assert differing(houses(), browsers, steps) == 0
    monkeypatch.setattr(ScreenSource, "lane", lambda *_: [])
    assert differing(houses(), browsers, steps) == 1
