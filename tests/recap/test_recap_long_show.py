"""A recap tells every question and every comment handed on, however short the memory of the live show is."""

from typing import Any

import pytest

from console.catalogue import SLICES
from console.comments.commands import HideComment, MarkAnswered, PassToHost
from console.core.lifecycle import StartShow
from console.desk import recapping
from console.ingest.commands import RecordObservations
from console.recap.report import build
from tests.simulation.world import SHOW, World

TEXTS = ("多少钱？", "什么时候发货？", "扣1", "有货吗？")


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("state.KEPT_LINES", "state.QUEUE_LIMIT", "memory.GROUP_LINES", "cluster.WINDOW"):
        monkeypatch.setattr(f"console.comments.{name}", 2)


async def evening() -> World:
    """40 comments, 30 of them questions; row 3 + n brings the n-th, and some are decided on long after they came."""
    world = World()
    await world.open()
    await world.do(StartShow)
    for n in range(40):
        at = world.clock.now_ms()
        item = {"kind": "comment", "source": "t", "id": str(n), "at": at, "user": "u", "text": TEXTS[n % 4]}
        await world.do(RecordObservations, items=[item])
        world.clock.forward(1_000)
    await world.do(PassToHost, comment="c5-0")
    await world.do(MarkAnswered, comment="c3-0")
    await world.do(HideComment, comment="c4-0", reason="x")
    return world


async def told(world: World) -> tuple[Any, list[str]]:
    recap = build(*await recapping._folded(world.journal, SHOW))
    return recap.question_counts, [one.text for one in recap.passed]


async def test_every_question_and_what_became_of_it() -> None:
    world = await evening()
    assert len((await world.show()).states["comments"].lines) < 8
    counts, passed = await told(world)
    assert (counts.asked, counts.answered + counts.open, counts.hidden) == (30, 29, 1)
    assert counts.answered >= 1
    assert passed == ["扣1"]


async def test_control_a_recap_of_the_live_state_would_miss_most(monkeypatch: pytest.MonkeyPatch) -> None:
    world = await evening()
    monkeypatch.setattr(recapping, "READ", SLICES)
    assert (await told(world))[0].asked < 8
