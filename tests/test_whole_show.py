"""A whole show from one seed: the same journal and recap every time, whatever process it lived in, however often."""

import asyncio
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from console.catalogue import codec
from console.core.lifecycle import StartShow
from console.core.slice import Viewer
from console.journal.database import Database
from console.journal.sql import SqlJournal
from console.journal.tables import JOURNAL, METADATA
from console.offers.commands import ArmOffer, DefineOffer, FireOffer
from console.realtime.patches import Differ
from console.realtime.sources import LANES
from console.recap.report import build
from console.screens import screens
from console.snapshot import snapshot
from console.timers import Timers
from console.web.i18n import Catalogues
from console.web.templates import Templates
from tests.simulation.evening import Evening
from tests.simulation.virtual import START_MS, run

SEEDS = range(20)
ROOT = Path(__file__).parent.parent


@cache
def evening(seed: int, crashes: frozenset[int] = frozenset()) -> Evening:
    return run(Evening(seed, crashes).play())


def crashes_of(seed: int) -> frozenset[int]:
    """Six presses out of this evening."""
    return frozenset(Random(seed).sample(range(1, evening(seed).presses), 6))


def recap_of(played: Evening) -> bytes:
    show = played.refolded()
    return msgspec.json.encode(build(show, [row for row, _, _ in played.rows]))


def live_show(played: Evening) -> Any:
    return next(iter(played.shows._held.values()))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_process_that_ends_anywhere_changes_nothing(seed: int) -> None:
    whole, broken = evening(seed), evening(seed, crashes_of(seed))
    assert [row for row, _, _ in broken.rows] == [row for row, _, _ in whole.rows]
    assert broken.rows[-1][2] == whole.rows[-1][2]
    assert recap_of(broken) == recap_of(whole)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_stored_bytes_say_all_that_was_folded(seed: int) -> None:
    played = evening(seed)
    live, again = live_show(played), played.refolded()
    for viewer in (Viewer("zh", sees_cost=True), Viewer("en")):
        assert msgspec.json.encode(snapshot(again, viewer, 0)) == msgspec.json.encode(snapshot(live, viewer, 0))
    assert (again.seq, again.versions, again.moved) == (live.seq, live.versions, live.moved)


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_every_screen_of_the_refolded_show_is_the_screen_of_the_live_one(seed: int) -> None:
    played, templates = evening(seed), Templates(Catalogues())
    live, again = live_show(played), played.refolded()
    for parts in screens().values():
        of_live, of_again = (Differ(parts, Viewer(), templates.render_part, show) for show in (live, again))
        assert of_again.whole(LANES) == of_live.whole(LANES)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_chain_holds_and_the_order_is_whole(seed: int) -> None:
    played = evening(seed)
    assert [row.seq for row, _, _ in played.rows] == list(range(1, len(played.rows) + 1))
    assert [row.at_ms for row, _, _ in played.rows] == sorted(row.at_ms for row, _, _ in played.rows)
    assert asyncio.run(played.journal.first_altered("s_1")) is None


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_the_embedded_store_keeps_the_same_journal(seed: int, tmp_path: Path) -> None:
    async def story() -> list[bytes]:
        database = Database(f"sqlite:///{tmp_path / 'console.db'}")
        await database.run(METADATA.create_all)
        await Evening(seed, crashes_of(seed), SqlJournal(database, codec())).play()
        hashes = await database.read(lambda connection: connection.scalars(select(JOURNAL.c.hash)).all())
        await database.close()
        return list(hashes)

    assert sorted(run(story())) == sorted(digest for _, _, digest in evening(seed).rows)


def test_the_evenings_are_worth_the_name() -> None:
    """Among them they hold what a show is made of, so that the same journal twice says something."""
    types = {row.type for seed in SEEDS for row, _, _ in evening(seed).rows}
    wanted = {
        "show_ended", "rows_imported", "row_started", "held", "adjusted", "fire_scheduled", "offer_fired", "offer_expired",
        "offer_stopped", "delivery_confirmed", "offer_extended", "product_popped", "price_set", "comment_hidden",
        "comment_pinned", "comment_passed", "host_messaged", "message_acknowledged", "desk_requested", "numbers_reported",
        "observations_recorded",
    }  # fmt: skip
    assert wanted <= types
    causes = [row for seed in SEEDS for row, _, _ in evening(seed).rows if row.cause]
    assert {row.type for row in causes} >= {"product_popped"}


def test_another_order_of_sets_is_the_same_evening() -> None:
    program = (
        "from tests.simulation.evening import Evening; from tests.simulation.virtual import run;"
        "from tests.test_whole_show import recap_of; import hashlib;"
        "e = run(Evening(4).play()); print(e.rows[-1][2].hex(), hashlib.sha256(recap_of(e)).hexdigest())"
    )

    def told(hash_seed: str) -> str:
        environ = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True)
        return done.stdout

    assert told("1") == told("2")


def test_a_start_that_fell_due_while_nobody_looked_waits_for_a_person() -> None:
    async def story() -> list[tuple[str, int]]:
        world = Evening(0)
        await world.open()
        await world.begin()
        await world.press(StartShow)
        await world.press(
            DefineOffer, "producer", offer={"kind": "gift", "title": "Gift", "gift": "bag", "quantity": 5}
        )
        offer = next(iter((await world.show()).states["offers"].entries))
        await world.press(ArmOffer, offer=offer)
        await world.press(FireOffer, offer=offer, countdown_s=3)
        await world.die()
        await asyncio.sleep(30)
        await world.begin()
        await asyncio.sleep(60)
        await world.die()
        return [(row.type, (row.at_ms - START_MS) // 1000) for row, _, _ in world.rows[-2:]]

    assert run(story()) == [("fire_scheduled", 0), ("offer_parked", 30)]


def test_control_a_process_that_forgot_what_its_rows_asked_for_would_change_the_evening(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Timers, "recall", lambda *_: None)
    after_each = frozenset(range(1, 400))
    assert any(evening(seed, after_each).rows[-1][2] != evening(seed).rows[-1][2] for seed in SEEDS[:4])
