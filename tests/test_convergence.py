"""PROMISES 1: a stale screen and the patches since are the screen freshly drawn, for every command and every screen."""

import asyncio
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from bare_shows import add_show
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from console.catalogue import COMMANDS
from console.core.lifecycle import CreateShow, EndShow, StartShow
from console.core.messages import Command, Rejection
from console.core.show import Show
from console.core.slice import Lane, Viewer
from console.ingest.commands import RecordObservations
from console.journal.port import ShowRow
from console.realtime.patches import Differ, Patch, content
from console.realtime.sources import LANES
from console.screens import PARTS, screens
from console.scripts.commands import MessageHost
from console.web.i18n import LANGUAGES, Catalogues
from tests.simulation.cases import CASES, any_kind
from tests.simulation.pages import ID, Page, RememberingTemplates, element_on, inside, top_elements
from tests.simulation.world import SHOW, World

SCREENS = screens()
VIEWERS = tuple(Viewer(locale, sees_cost) for locale in LANGUAGES for sees_cost in (False, True))
TEMPLATES = RememberingTemplates(Catalogues())
LONGEST_WALK = 1_500


class Watched:
    """One screen that somebody opened at some time, with what patched it since."""

    def __init__(self, screen: str, viewer: Viewer, show: Show, differ: type[Differ]) -> None:
        self.name = f"{screen} {viewer.locale} {'cost' if viewer.sees_cost else 'no cost'}"
        self.parts = SCREENS[screen]
        self.viewer = viewer
        self.differ = differ(self.parts, viewer, TEMPLATES.render_part, show)
        self.page = Page.painted(self.parts, show, viewer, TEMPLATES)

    def flush(self, show: Show, lanes: tuple[Lane, ...]) -> None:
        for lane in lanes:
            self.page.receive(content(self.differ.update(show, (lane,))))

    def wrong(self, show: Show) -> list[str]:
        """Which parts differ from the same screen drawn now."""
        fresh = Page.painted(self.parts, show, self.viewer, TEMPLATES)
        both = zip(self.parts, self.page.body.children, fresh.body.children, strict=True)
        return [f"{self.name}: {part.name}" for part, stale, new in both if stale.shape() != new.shape()]


def everywhere(show: Show, differ: type[Differ] = Differ) -> list[Watched]:
    """Every screen, for everybody."""
    return [Watched(screen, viewer, show, differ) for screen in SCREENS for viewer in VIEWERS]


def settled(watched: list[Watched], show: Show) -> list[str]:
    """What differs once every lane has been heard."""
    for screen in watched:
        screen.flush(show, LANES)
    return [wrong for screen in watched for wrong in screen.wrong(show)]


class Walk:
    """Commands through a real gate, one after the other, with time passing in between."""

    def __init__(self, loop: asyncio.AbstractEventLoop, chance: Random, **show: Any) -> None:
        self.loop, self.chance = loop, chance
        self.world = World()
        loop.run_until_complete(add_show(self.world.journal, ShowRow(SHOW, "e_1")))
        self.show = loop.run_until_complete(self.world.show())
        self.opening = show

    def open(self) -> None:
        self.loop.run_until_complete(self.world.do(CreateShow, title="晚场", **self.opening))

    def draw(self, kind: type[Command]) -> Command:
        fields = CASES[kind](self.show, self.chance, self.world.clock.now_ms())
        return self.world.command(kind, **fields)

    def step(self, kind: type[Command]) -> bool:
        """Whether it was accepted."""
        self.world.clock.forward(self.chance.choice([0, 40, 900, 4_000, 61_000]))
        outcome = self.loop.run_until_complete(self.world.submit(self.draw(kind)))
        return not isinstance(outcome, Rejection)


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def test_every_command_has_a_case() -> None:
    assert set(CASES) == set(COMMANDS)


def whole_page(screen: str, show: Show, viewer: Viewer) -> str:
    layout = {"person": None, "roles": frozenset({"admin"}), "screens": (), "csrf": None, "address": "/"}
    return TEMPLATES.render(
        f"screens/{screen}.html", viewer.locale, **layout, show=show.header, screen=screen, epoch=show.epoch,
        seq=show.seq, now_ms=0, part=TEMPLATES.painter(PARTS, show, viewer),
    )  # fmt: skip


@pytest.mark.parametrize("screen", SCREENS)
def test_the_page_holds_each_part_where_patches_look_for_it(screen: str, loop: asyncio.AbstractEventLoop) -> None:
    walk = Walk(loop, Random(5), delivery="manual")
    walk.open()
    for _ in range(200):
        walk.step(any_kind(walk.chance))
    html = whole_page(screen, walk.show, VIEWERS[0])
    ids = ID.findall(html)
    assert sorted(ids) == sorted(set(ids))
    for part, element in zip(
        SCREENS[screen], Page.painted(SCREENS[screen], walk.show, VIEWERS[0], TEMPLATES).body.children, strict=True
    ):
        outer = element_on(html, part.name)
        assert (top_elements(inside(outer)) if part.keyed else outer) == (
            tuple((child.id, child.text) for child in element.children) if part.keyed else element.text
        )


def test_the_first_command_of_a_show_and_the_last(loop: asyncio.AbstractEventLoop) -> None:
    walk = Walk(loop, Random(0))
    watched = everywhere(walk.show)
    walk.open()
    assert settled(watched, walk.show) == []
    for kind in (StartShow, EndShow):
        assert walk.step(kind)
        assert settled(watched, walk.show) == []


@pytest.mark.parametrize("kind", [kind for kind in COMMANDS if kind is not CreateShow], ids=lambda kind: kind.__name__)
def test_after_any_command_every_screen_is_as_if_opened_now(
    kind: type[Command], loop: asyncio.AbstractEventLoop
) -> None:
    for delivery in ("none", "manual"):
        if found := before_an_accepted(kind, loop, delivery):
            walk, command = found
            watched = everywhere(walk.show)
            assert not isinstance(loop.run_until_complete(walk.world.submit(command)), Rejection)
            assert settled(watched, walk.show) == []
            return
    pytest.fail(f"no walk led to a {kind.__name__} that is accepted: its case never fits")


def before_an_accepted(
    kind: type[Command], loop: asyncio.AbstractEventLoop, delivery: str
) -> tuple[Walk, Command] | None:
    """A show at the point where a command of this kind changes it."""
    walk = Walk(loop, Random(kind.__name__), delivery=delivery)
    walk.open()
    for _ in range(LONGEST_WALK):
        walk.step(any_kind(walk.chance))
        command = walk.draw(kind)
        decided = walk.world.would(walk.show, command)
        if decided and not isinstance(decided, Rejection) and walk.show.header.status in command.while_status:
            return walk, command
    return None


def history(loop: asyncio.AbstractEventLoop, chance: Random, length: int, differ: type[Differ] = Differ) -> list[str]:
    """Screens opened at different times, lanes heard at random, then all compared with fresh ones."""
    walk = Walk(loop, chance, delivery=chance.choice(["none", "manual"]))
    walk.open()
    watched: list[Watched] = []
    for at in range(length):
        if at % 15 == 0:
            watched += everywhere(walk.show, differ)[at % 4 :: 4]
        walk.step(any_kind(chance))
        if chance.random() < 0.3:
            for screen in watched:
                screen.flush(walk.show, tuple(chance.sample(LANES, chance.randint(1, 3))))
        if chance.random() < 0.05 and (wrong := settled(watched, walk.show)):
            return wrong
    if chance.random() < 0.2:
        walk.step(EndShow)
    return settled(watched, walk.show)


@settings(
    max_examples=250, deadline=None, derandomize=True, database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(seed=st.integers(0, 2**32), length=st.integers(1, 60))
def test_after_any_history_every_screen_is_as_if_opened_now(
    loop: asyncio.AbstractEventLoop, seed: int, length: int
) -> None:
    assert history(loop, Random(seed), length) == []


def test_a_message_is_over_for_every_screen_alike(loop: asyncio.AbstractEventLoop) -> None:
    walk = Walk(loop, Random(1))
    walk.open()
    loop.run_until_complete(walk.world.do(MessageHost, text="Slow down", expires_s=5))
    watched = everywhere(walk.show)
    walk.world.clock.forward(6_000)
    item = {"kind": "comment", "source": "a", "id": "1", "at": walk.world.clock.now_ms(), "user": "u", "text": "hi"}
    loop.run_until_complete(walk.world.do(RecordObservations, items=[item]))
    assert settled(watched, walk.show) == []


class Skipping(Differ):
    """Forgets the first changed part of every update."""

    __slots__ = ()

    def update(self, show: Show, lanes: Any) -> list[Patch]:
        return super().update(show, lanes)[1:]


def test_control_a_part_that_is_skipped_is_seen(loop: asyncio.AbstractEventLoop) -> None:
    assert history(loop, Random(3), 40) == []
    assert history(loop, Random(3), 40, Skipping) != []
