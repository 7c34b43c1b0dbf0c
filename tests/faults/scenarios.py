"""Every disaster of a street in turn; what came of it is kept by cell: (Redis, database, nodes)."""

import asyncio
import time
from collections.abc import Iterable
from typing import NamedTuple

from tests.faults.disasters import DATABASE, LONG_LOCK_S, REDIS
from tests.faults.evening import Evening
from tests.faults.houses import Street, may_mount

HEARS_NOTHING_S = 3.0
"""Until every node has noticed that Redis is silent."""


LONG_S = 60.0
"""There is time in it for a long lock, and to see a line that says nothing go by its silence alone."""


class Cell(NamedTuple):
    redis: str
    database: str
    nodes: int

    def may_happen(self) -> bool:
        """A disk is filled only where it is one of the test's own."""
        return "disk-full" not in self.database or may_mount()


class Span(NamedTuple):
    began_s: float
    ended_s: float


class Report:
    """One evening with its faults, in the test's monotonic seconds."""

    def __init__(self, evening: Evening) -> None:
        self.evening = evening
        self.redis = self.database = Span(0.0, 0.0)


Outcomes = dict[Cell, "Report | BaseException"]


async def on_street(street: Street, outages: Iterable[tuple[str, list[str]]], outcomes: Outcomes) -> None:
    """One outage of Redis after the other, each with its faults of the database within."""
    for redis, databases in outages:
        cells = [Cell(redis, database, house.count) for database in databases for house in street.houses]
        try:
            outcomes |= await _outage(street, redis, databases)
        except Exception as error:  # noqa: BLE001 - the tests of these cells tell it, the other cells go on
            outcomes |= dict.fromkeys(cells, error)
    await asyncio.gather(*(report.evening.close() for report in _of(street, outcomes)))


def _of(street: Street, outcomes: Outcomes) -> list[Report]:
    return [each for each in outcomes.values() if isinstance(each, Report) and each.evening.house in street.houses]


async def _outage(street: Street, redis: str, databases: list[str]) -> Outcomes:
    reports = {}
    for database in databases:
        for house in street.houses:
            reports[Cell(redis, database, house.count)] = Report(await Evening(house, seed=len(reports)).open())
    outage, last = REDIS[redis], databases[-1]
    long = outage.lasts_s >= LONG_S
    await asyncio.gather(*(report.evening.begin(deaf=not long) for report in _with(reports, databases[0])))
    began = time.monotonic()
    async with outage.begin(street):
        await asyncio.sleep(HEARS_NOTHING_S)
        for database in databases:
            if database != databases[0]:
                await asyncio.gather(*(report.evening.begin(deaf=not long) for report in _with(reports, database)))
            await _fault(street, _with(reports, database), database, long=long)
            if database != last:
                await asyncio.gather(*(report.evening.rest() for report in _with(reports, database)))
        await asyncio.sleep(max(0.0, began + outage.lasts_s - time.monotonic()))
    for report in reports.values():
        report.redis = Span(began, time.monotonic())
    await asyncio.gather(*(report.evening.settle() for report in reports.values()))
    return reports


def _with(reports: dict[Cell, Report], database: str) -> list[Report]:
    return [report for cell, report in reports.items() if cell.database == database]


async def _fault(street: Street, reports: list[Report], name: str, *, long: bool) -> None:
    evenings = [report.evening for report in reports]
    await asyncio.gather(*(evening.stop_the_offers() for evening in evenings))
    fault = DATABASE[name]
    began = time.monotonic()
    async with fault.begin(street, [evening.show for evening in evenings]):
        for evening in evenings:
            evening.cut_the_lines()
            evening.press_hard()
            if long:
                evening.let_lines_go_deaf()
        await asyncio.sleep(LONG_LOCK_S if long and name == "sqlite-locked" else fault.lasts_s)
    for report in reports:
        report.database = Span(began, time.monotonic())
    await asyncio.gather(*(evening.recover() for evening in evenings))
