"""Automation must not stop silently: a task that fails is said aloud and begun again."""

import asyncio
import logging
import sqlite3
from pathlib import Path

import pytest

from console.app import make_desk, running
from console.cli.store import open_store
from console.clock import Clock, Ids
from console.settings import Settings
from console.tasks import kept_up


class Failing:
    """Fails as often as it is told to, then ends by itself."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.done = asyncio.Event()

    async def __call__(self) -> None:
        if self.left:
            self.left -= 1
            raise sqlite3.OperationalError("disk I/O error")
        self.done.set()


def test_a_task_that_fails_is_said_aloud_and_begun_again(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> bool:
        work = Failing(2)
        await asyncio.wait_for(kept_up("follow", work, again_s=0.001), 5)
        return work.done.is_set()

    with caplog.at_level(logging.ERROR):
        assert asyncio.run(story())
    assert [record.getMessage() for record in caplog.records] == ["the task follow stopped and begins again"] * 2


def test_a_cancelled_task_ends() -> None:
    async def forever() -> None:
        await asyncio.Event().wait()

    async def story() -> None:
        task = asyncio.create_task(kept_up("watch", forever))
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(story())


def test_the_console_keeps_its_tasks_up(tmp_path: Path) -> None:
    settings = Settings.read({"CONSOLE_DATA_DIR": str(tmp_path)})

    async def story() -> None:
        await open_store(settings)
        work = Failing(1)
        async with running(make_desk(settings, Clock(), Ids()), {"failing once": work}):
            await asyncio.wait_for(work.done.wait(), 5)

    asyncio.run(story())
