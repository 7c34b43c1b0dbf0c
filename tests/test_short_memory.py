"""Comments that a show has let go of, through the real gate and every store: screens, restarts and earlier releases."""

import asyncio
import logging
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from bare_shows import add_show
from msgspec.structs import replace

from console.catalogue import SLICES, codec
from console.comments import commands as comments
from console.core.lifecycle import CreateShow, StartShow
from console.core.messages import SYSTEM, Rejection
from console.core.show import Show
from console.core.slice import Viewer
from console.ingest.commands import RecordObservations
from console.journal.database import Database
from console.journal.memory import MemoryJournal, _MemoryWriting
from console.journal.port import Journal, ShowRow
from console.journal.sql import SqlJournal
from console.journal.tables import METADATA
from console.lines import Wish
from console.shelf.commands import PopProduct
from console.shows import Shows
from console.snapshot import snapshot
from tests.simulation.cases import a_reason, said
from tests.simulation.night import night
from tests.simulation.world import SHOW, World
from tests.test_convergence import Walk, everywhere, settled


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handful of lines instead of thousands."""
    for name in ("state.KEPT_LINES", "state.QUEUE_LIMIT", "memory.GROUP_LINES", "cluster.WINDOW"):
        monkeypatch.setattr(f"console.comments.{name}", 4)


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


class Evening(Walk):
    """A room that talks, and a moderator who has every comment of the evening at hand."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seed: int) -> None:
        super().__init__(loop, Random(seed))
        self.open()
        self.step(StartShow)
        self.recalled = 0

    def any_step(self) -> None:
        self.world.clock.forward(self.chance.choice([0, 900, 61_000]))
        chosen = self.chance.random()
        kind = self.chance.choice(comments.COMMANDS) if chosen < 0.5 else RecordObservations
        kind = PopProduct if chosen > 0.95 else kind
        fields = getattr(self, f"_{kind.__name__}", self._on_a_comment)()
        if kind is comments.HideComment:
            fields["reason"] = a_reason(self.chance)
        command = self.world.command(kind, **fields)
        self.recalled += self.show.lacks(command) is not None
        self.loop.run_until_complete(self.world.submit(command))

    def _RecordObservations(self) -> dict[str, Any]:  # noqa: N802 - the command's name
        now = self.world.clock.now_ms()
        items = [
            {"kind": "comment", "source": "c", "id": str(self.chance.random()), "at": now, **said(self.show, self.chance)}
            for _ in range(self.chance.randint(1, 3))
        ]  # fmt: skip
        return {"items": items}

    def _PopProduct(self) -> dict[str, Any]:  # noqa: N802 - the command's name
        return {"product": self.chance.choice(["serum", "cream"])}

    def _on_a_comment(self) -> dict[str, Any]:
        return {"comment": f"c{self.chance.randint(1, self.show.seq)}-{self.chance.randint(0, 2)}"}

    def restart(self) -> None:
        self.world.restart()
        self.show = self.loop.run_until_complete(self.world.show())


def seen(show: Show) -> Any:
    """All that anybody is told of the comments, and what is in memory."""
    state = show.states["comments"]
    told = snapshot(show, Viewer(sees_cost=True), 0)["comments"]
    groups = [(one.id, one.key, one.kind, one.count, list(one.members)) for one in state.clusters.window.values()]
    return told, list(state.lines), [(one.id, one.old) for one in state.lines.values()], groups, state.counts


@pytest.mark.parametrize("seed", range(12))
def test_screens_opened_at_any_time_are_as_if_opened_now(loop: asyncio.AbstractEventLoop, seed: int) -> None:
    evening, watched = Evening(loop, seed), []
    for at in range(120):
        if at % 30 == 0:
            watched += everywhere(evening.show)[at // 30 :: 4]
        evening.any_step()
        if at % 20 == 19:
            assert settled(watched, evening.show) == []
    assert evening.recalled > 10


@pytest.mark.parametrize("seed", range(12))
def test_a_fold_made_anew_holds_what_the_old_one_held(loop: asyncio.AbstractEventLoop, seed: int) -> None:
    evening = Evening(loop, seed)
    for _ in range(8):
        for _ in range(25):
            evening.any_step()
        before = seen(evening.show)
        evening.restart()
        assert seen(evening.show) == before
    assert len(evening.show.states["comments"].lines) < 150


def without_recalled(row: Any) -> Any:
    """As a release wrote it that kept every line."""
    return replace(row, event=replace(row.event, recalled=None)) if hasattr(row.event, "recalled") else row


async def earlier_journal(journal: Journal) -> MemoryJournal:
    earlier = MemoryJournal(codec())
    await add_show(earlier, ShowRow(SHOW, "e_1"))
    async with earlier.writing(SHOW) as writing:
        await writing.append([without_recalled(row) for row in await journal.read(SHOW, 0, 10**6)])
    return earlier


@pytest.mark.parametrize("seed", range(6))
def test_rows_of_an_earlier_release_fold_to_the_same(loop: asyncio.AbstractEventLoop, seed: int) -> None:
    evening = Evening(loop, seed)
    for _ in range(150):
        evening.any_step()
    earlier = loop.run_until_complete(earlier_journal(evening.world.journal))
    assert seen(loop.run_until_complete(Shows(earlier, SLICES).get(SHOW))) == seen(evening.show)


def test_control_rows_that_are_not_completed_fold_to_something_else(loop: asyncio.AbstractEventLoop) -> None:
    evening = Evening(loop, 0)
    for _ in range(150):
        evening.any_step()
    show = Show(SHOW, "e_1", SLICES)
    for row in loop.run_until_complete(evening.world.journal.read(SHOW, 0, 10**6)):
        show.evolve(without_recalled(row))
    assert seen(show) != seen(evening.show)


async def test_rows_that_a_node_of_an_earlier_release_adds_are_followed() -> None:
    """By catching up, and by a writer that finds them at the head."""
    for follow in ("catch_up", "write"):
        world = World()
        await world.open()
        await talk(world, 9)
        here = await world.show()
        there = World(world.clock, world.journal)
        there.ids = world.ids
        there.restart()
        await there.do(comments.PassToHost, comment="c2-0")
        async with world.journal.writing(SHOW):
            kept = world.journal._kept[SHOW].rows
            kept[-1] = (without_recalled(kept[-1][0]), *kept[-1][1:])
        if follow == "catch_up":
            await world.shows.catch_up(SHOW)
        else:
            await world.do(comments.PinComment, comment="c3-0")
        assert [line.text for line in here.states["comments"].host.values()] == ["line 0"]


async def talk(world: World, lines: int) -> None:
    """Rows 2, 3, …, each with one comment."""
    for n in range(lines):
        at = world.clock.now_ms()
        item = {"kind": "comment", "source": "t", "id": str(n), "at": at, "user": "u", "text": f"line {n}"}
        await world.do(RecordObservations, items=[item])


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def world(request: pytest.FixtureRequest, tmp_path: Any) -> Any:
    if request.param == "memory":
        yield World()
        return
    url = (
        f"sqlite:///{tmp_path / 'j.db'}"
        if request.param == "sqlite"
        else request.getfixturevalue("postgres").database()
    )
    database = Database(url)
    await database.run(METADATA.create_all)
    yield World(journal=SqlJournal(database, codec()))
    await database.close()


async def test_a_comment_let_go_is_read_again_from_any_store(world: World) -> None:
    show = await world.open()
    await talk(world, 9)
    state = show.states["comments"]
    assert list(state.lines) == ["c7-0", "c8-0", "c9-0", "c10-0"]
    accepted = await world.do(comments.PinComment, comment="c2-0")
    assert state.pinned.text == "line 0"
    assert accepted.rows[0].event.recalled.text == "line 0"
    assert b"line 0" not in accepted.body
    assert (await world.journal.read(SHOW, 10, 1))[0].event == accepted.rows[0].event


@pytest.mark.parametrize(
    "comment", ["c1-0", "c2-1", "c11-0", "c02-0", f"c{10**17}-0", f"c{2**63}-0", "c2-999", "c2", "\x00"]
)
async def test_an_id_that_names_no_comment_is_refused_by_any_store(world: World, comment: str) -> None:
    await world.open()
    await talk(world, 9)
    for kind in comments.COMMANDS:
        fields = {"reason": "x"} if kind is comments.HideComment else {}
        outcome = await world.submit(world.command(kind, comment=comment, **fields))
        assert isinstance(outcome, Rejection)
        assert outcome.why.startswith(("There is no such comment", "No comment is pinned"))


async def test_a_comment_of_another_show_is_none_of_this_one() -> None:
    world = World()
    await world.open()
    await talk(world, 3)
    other = ShowRow("s_2", "e_2")
    await world.gate.create(other, world.command(CreateShow, title="other"))
    for comment in ("c2-0", "c4-0"):
        outcome = await world.gate.submit("s_2", world.command(comments.PinComment, comment=comment))
        assert isinstance(outcome, Rejection)


@pytest.mark.parametrize("seed", range(20))
def test_a_night_in_which_everything_goes_wrong_is_as_good_with_a_short_memory(seed: int) -> None:
    logging.disable(logging.CRITICAL)
    try:
        assert night(seed).wrong == []
    finally:
        logging.disable(logging.NOTSET)


async def test_one_row_is_read_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    world, asked = World(), []
    await world.open()
    await talk(world, 9)
    row = _MemoryWriting.row

    async def counted(self: Any, seq: int) -> Any:
        asked.append(seq)
        return await row(self, seq)

    monkeypatch.setattr(_MemoryWriting, "row", counted)
    await world.do(comments.PinComment, comment="c10-0")
    assert asked == []
    await world.do(comments.PassToHost, comment="c2-0")
    await world.do(comments.MarkAnswered, comment="c2-0")
    assert asked == [2]


async def test_a_comment_that_came_in_the_same_transaction_is_found() -> None:
    world = World()
    await world.open()
    await talk(world, 9)
    items = [
        {"kind": "comment", "source": "t", "id": f"x{n}", "at": 1, "user": "u", "text": f"more {n}"} for n in range(9)
    ]
    say = world.command(RecordObservations, items=items)
    pin = world.command(comments.PinComment, comment="c11-0")
    async with world.journal.writing(SHOW) as writing, world.shows.alone(SHOW) as show:
        for command in (say, pin):
            await world.gate._settle(writing, show, Wish(command, SYSTEM, None), [])
    assert (await world.show()).states["comments"].pinned.text == "more 0"
