"""A frame is one moment of the show: after each of them, what a screen says of now, next and offers agrees."""

import asyncio
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from console.core.lifecycle import StartShow
from console.core.messages import Recorded, Rejection
from console.core.show import Show
from console.core.slice import Lane, Viewer
from console.realtime import sources
from console.realtime.hub import Entry, Hub
from console.realtime.patches import content
from console.realtime.sources import Feed, Said, ScreenSource
from console.realtime.watcher import Admission
from console.screens import screens
from console.scripts.commands import AddRow, Go
from console.web.i18n import Catalogues
from tests.realtime.conftest import Client, Time, Transport
from tests.simulation.cases import CASES, any_kind
from tests.simulation.pages import Page, RememberingTemplates
from tests.simulation.world import World

SCREENS = screens()
TEMPLATES = RememberingTemplates(Catalogues())
FEED = Feed(snapshot=lambda *_: {}, describe=lambda _: {}, metrics=lambda *_: {}, comments=lambda *_: [])
TICK_S = 0.02


class Glass(Transport):
    """A page that takes each frame as it lands, and notes what disagrees with the same screen drawn at that moment."""

    def __init__(self, screen: str, show: Show) -> None:
        super().__init__()
        self.parts = SCREENS[screen]
        self.page = Page.painted(self.parts, show, Viewer(), TEMPLATES)
        self.show = show
        self.frames: list[dict[str, Any]] = []
        self.torn: list[str] = []

    def write(self, data: bytes) -> None:
        super().write(data)
        for frame in Client(None, self).heard():
            if frame["kind"] == "patch":
                self.frames.append(frame)
                self.page.receive(frame["content"])
                self.look(frame)

    def look(self, frame: dict[str, Any]) -> None:
        assert frame["seq"] == self.show.seq
        fresh = Page.painted(self.parts, self.show, Viewer(), TEMPLATES)
        both = zip(self.parts, self.page.body.children, fresh.body.children, strict=True)
        self.torn += [part.name for part, old, new in both if part.lane == frame["lane"] and old.shape() != new.shape()]


class Room(World):
    """The real gate, and the real hub with one pane of glass for every screen."""

    async def begin(self) -> "Room":
        show = await self.open(delivery="manual")
        self.time = Time()
        self.hub = Hub(
            screens=SCREENS, render=TEMPLATES.render_part, feed=FEED, now_ms=self.time.now_ms,
            call_later=self.time.call_later,
        )  # fmt: skip
        self.shows.listen(self.hear)
        who = Admission(person_id="p", session_id="s", roles=frozenset())
        self.glasses = {screen: Glass(screen, show) for screen in SCREENS}
        for screen, glass in self.glasses.items():
            entry = Entry(show=show, screen=screen, admission=who, cursor=None, ticket=self.hub.ticket())
            self.hub.attach(glass, entry)
        return self

    def hear(self, show: Show, rows: list[Recorded]) -> None:
        self.hub.publish(show, rows)

    @property
    def torn(self) -> list[str]:
        return [name for glass in self.glasses.values() for name in glass.torn]

    async def walk(self, chance: Random, steps: int) -> int:
        """Presses of everybody, some at once, some within one tick; answers how many were accepted."""
        accepted = 0
        for _ in range(steps):
            show = await self.show()
            kinds = [any_kind(chance) for _ in range(chance.choice([1, 1, 3]))]
            wishes = [self.command(kind, **CASES[kind](show, chance, self.clock.now_ms())) for kind in kinds]
            outcomes = await asyncio.gather(*map(self.submit, wishes))
            accepted += sum(not isinstance(outcome, Rejection) for outcome in outcomes)
            if chance.random() < 0.7:
                self.clock.forward(500)
                self.time.passes(TICK_S)
        return accepted


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


async def walked(seed: int, steps: int = 120) -> Room:
    room = await Room().begin()
    await room.do(StartShow)
    assert await room.walk(Random(seed), steps) > steps / 4, "they say something"
    return room


@pytest.mark.parametrize("seed", range(6))
def test_after_every_single_frame_a_screen_is_of_one_moment(loop: asyncio.AbstractEventLoop, seed: int) -> None:
    room = loop.run_until_complete(walked(seed))
    assert room.torn == []
    assert all(glass.frames for glass in room.glasses.values())


async def turned() -> dict[str, list[dict[str, Any]]]:
    """Screen → the frames that one press of «next» brings."""
    room = await Room().begin()
    for title in ("One", "Two", "Three"):
        await room.do(AddRow, row={"title": title, "planned_s": 60})
    await room.do(StartShow)
    await room.do(Go)
    room.clock.forward(5_000)
    room.time.passes(1)
    for glass in room.glasses.values():
        glass.frames.clear()
    await room.do(Go)
    return {screen: glass.frames for screen, glass in room.glasses.items()}


def test_now_and_next_turn_in_one_frame_and_before_anything_is_waited_for(loop: asyncio.AbstractEventLoop) -> None:
    frames = loop.run_until_complete(turned())
    for screen in ("control", "host"):
        (frame,) = frames[screen]
        for part in ("now", "next"):
            assert f"scripts-{screen}-{part}" in frame["content"] or f"scripts-{part}" in frame["content"]


def part_by_part(self: ScreenSource, show: Show, lane: Lane) -> list[Said]:
    patches = self._differ.update(show, (lane,))
    self._whole = None
    return [Said("patch", {"lane": lane, "content": sources._raw(content([patch]))}) for patch in patches]


def test_control_a_frame_for_each_part_would_tear(
    loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScreenSource, "changes", part_by_part)
    room = loop.run_until_complete(walked(0))
    assert {"scripts-next", "scripts-host-next"} & set(room.torn)
