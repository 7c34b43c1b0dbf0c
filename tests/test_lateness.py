"""What counts as late: the loop's own work, not what others took of the machine."""

import asyncio
import time
from collections.abc import Callable
from statistics import median
from types import SimpleNamespace
from typing import Any

import pytest

from console import lateness

HELD_S = 0.15


async def lateness_ms(hold: Callable[[float], object]) -> float:
    """The median of what is measured while the loop is held again and again."""
    seen: list[float] = []
    load: Any = SimpleNamespace(level=0, measured=lambda late_ms, _at_s: seen.append(late_ms))
    measuring = asyncio.create_task(lateness.measure(load))
    while len(seen) < 5:
        hold(HELD_S)
        await asyncio.sleep(0)
    measuring.cancel()
    return median(seen)


def work(seconds: float) -> None:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


async def test_a_loop_that_works_on_and_on_is_late() -> None:
    assert await lateness_ms(work) > HELD_S * 1_000 / 4


async def test_a_loop_that_others_keep_from_working_is_not() -> None:
    assert await lateness_ms(time.sleep) < HELD_S * 1_000 / 4


async def test_control_by_the_clock_on_the_wall_it_would_be(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(monotonic=time.monotonic, thread_time=time.monotonic)
    monkeypatch.setattr(lateness, "time", clock)
    assert await lateness_ms(time.sleep) > HELD_S * 1_000 / 4
