"""A busy node leaves things for later in the promised order, visibly, and never a command."""

from pathlib import Path

import pytest
from nodes import until
from patience import patience

from console.load import STEPS
from console.web.i18n import Catalogues
from tests.faults.busy_node import HELD, STEERED, Busy, busy_node

STOP_S = 1.0
NOTHING: set[str] = set()
RECAP = {"recap page", "recap.json", "recap.html", "recap.csv", "journal", "import"}
NEW = {"metrics page", "overlay by link", "new stream", "new overlay", "stream of another epoch"}
LEFT = (NOTHING, RECAP, RECAP | {"metrics"}, RECAP | {"metrics", "comments"}, RECAP | {"metrics", "comments"} | NEW)
WORDS = tuple(step.word for step in STEPS)
UP_AND_DOWN = [1, 2, 3, 4, 3, 2, 1, 0]


async def held_at(busy: Busy, level: int) -> None:
    busy.late(STEPS[level - 1].late_ms + 5 if level else 0)
    await until(lambda: busy.frames.words == WORDS[:level])


def pressed(busy: Busy) -> float:
    """Seconds that the slowest press took; none was refused."""
    assert {status for status, _ in busy.presses} == {200}
    return max(seconds for _, seconds in busy.presses)


async def test_what_is_left_for_later_comes_in_the_promised_order_and_goes_again(tmp_path: Path) -> None:
    async with busy_node(tmp_path, STEERED) as busy:
        seen = []
        for level in range(len(LEFT)):
            await held_at(busy, level)
            assert await busy.level() == level
            seen.append(await busy.left())
        busy.late(0)
        await until(lambda: busy.frames.words == ())
        seen.append(await busy.left())
        assert seen == [*LEFT, NOTHING]
        assert busy.levels == UP_AND_DOWN
        assert pressed(busy) < patience(STOP_S)
        assert len(busy.presses) > 30


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_who_is_refused_is_told_why_and_that_the_show_goes_on(tmp_path: Path, language: str) -> None:
    translate = Catalogues()[language]
    async with busy_node(tmp_path, STEERED) as busy:
        await held_at(busy, 4)
        for path, step, wait_s in (("recap", STEPS[0], 4), ("metrics", STEPS[3], 1)):
            page = await busy.asked(path, **{"Accept-Language": language})
            assert (page.status_code, page.headers["retry-after"]) == (503, str(wait_s))
            assert translate(step.why, seconds=wait_s) in page.text
            assert f'<meta http-equiv="refresh" content="{wait_s}">' in page.text


async def test_a_loop_that_is_really_held_is_felt_and_the_emergency_stop_is_answered_all_the_same(
    tmp_path: Path,
) -> None:
    async with busy_node(tmp_path, HELD) as busy:
        busy.late(500)
        await until(lambda: busy.frames.words == WORDS, 40)
        assert (await busy.asked("recap")).status_code == 503
        busy.late(0)
        await until(lambda: busy.frames.words == (), 40)
        assert (await busy.asked("recap")).status_code == 200
        assert busy.levels == UP_AND_DOWN
        assert pressed(busy) < patience(STOP_S)


NO_LOOK = "import console.lateness\nconsole.lateness.EVERY_S = 3600.0\n"
OTHER_ORDER = """
from console.load import STEPS, Load
from msgspec import structs
turned = [structs.replace(step, late_ms=first.late_ms) for first, step in zip(STEPS, reversed(STEPS))]
Load.__init__.__defaults__ = (tuple(turned),)
"""


async def test_control_a_node_that_does_not_look_at_itself_leaves_nothing_for_later(tmp_path: Path) -> None:
    async with busy_node(tmp_path, HELD + NO_LOOK) as busy:
        busy.late(500)
        began = len(busy.presses)
        await until(lambda: len(busy.presses) > began + 15, 40)
        assert (busy.levels, busy.frames.words) == ([], ())
        assert (await busy.asked("recap")).status_code == 200


async def test_control_another_order_is_noticed(tmp_path: Path) -> None:
    async with busy_node(tmp_path, STEERED + OTHER_ORDER) as busy:
        busy.late(STEPS[0].late_ms + 5)
        await until(lambda: bool(busy.frames.words))
        assert await busy.left() == NEW
