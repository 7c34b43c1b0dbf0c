"""The disasters of this directory happen all at once, before the first test that asks what came of them."""

import asyncio
import contextlib
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.faults.disasters import DATABASE, REDIS
from tests.faults.houses import DISK_MB, Street, small_disk
from tests.faults.scenarios import Cell, Outcomes, on_street

ALONE = ("redis-stopped-10s",)
"""An outage too short for more than one fault of the database; the others hold all, one after the other."""
STREETS = {
    "a": ("redis-stopped-60s", "redis-flushall"),
    "b": ("redis-stopped-10s", "redis-sigstop", "redis-client-pause"),
}
Schedule = list[tuple[str, list[str]]]


class Disasters:
    """What came of every cell that was asked for, and the streets it happened in."""

    def __init__(self) -> None:
        self.outcomes: Outcomes = {}
        self.streets: dict[tuple[str, str], Street] = {}

    def street_of(self, cell: Cell) -> Street:
        engine = DATABASE[cell.database].engine
        return self.streets[engine, next(name for name, outages in STREETS.items() if cell.redis in outages)]


@pytest.fixture(scope="session")
def disasters(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Disasters:
    """Only cells of tests that run: one can be looked at alone, and none happens whose tests are skipped."""
    specs = (item.callspec for item in request.session.items if hasattr(item, "callspec"))
    cells = (spec.params.get("cell") for spec in specs)
    asked = {cell for cell in cells if isinstance(cell, Cell) and cell.may_happen()}
    return happened(asked, tmp_path_factory.mktemp("faults"))


def happened(asked: set[Cell], logs: Path) -> Disasters:
    made = Disasters()
    with contextlib.ExitStack() as stack:
        schedules = {key: schedule for key in _keys() if (schedule := _schedule(key, asked))}
        counts = tuple(sorted({cell.nodes for cell in asked}))
        for engine, name in schedules:
            (logs / engine).mkdir(exist_ok=True)
            disk = stack.enter_context(small_disk(DISK_MB[engine]))
            made.streets[engine, name] = Street(engine, name, disk, logs / engine, counts)
            stack.callback(made.streets[engine, name].end)
        for street in made.streets.values():
            street.answering()
        asyncio.run(_all(made, schedules))
        for street in made.streets.values():
            street.remember()
    return made


async def _all(made: Disasters, schedules: dict[tuple[str, str], Schedule]) -> None:
    await asyncio.gather(
        *(on_street(made.streets[key], schedule, made.outcomes) for key, schedule in schedules.items())
    )


def _keys() -> Iterable[tuple[str, str]]:
    return [(engine, name) for engine in DISK_MB for name in STREETS]


def _schedule(key: tuple[str, str], asked: set[Cell]) -> Schedule:
    engine, name = key
    schedule: Schedule = []
    for redis in (redis for redis in REDIS if redis in STREETS[name]):
        wanted = {cell.database for cell in asked if cell.redis == redis}
        databases = [each for each in DATABASE if each in wanted and DATABASE[each].engine == engine]
        schedule += [(redis, [each]) for each in databases] if redis in ALONE or not databases else [(redis, databases)]
    return schedule
