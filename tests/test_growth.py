"""A live process does not grow with the comments of a show: at 20 a second by less than 1 MiB an hour."""

import sys
from typing import Any

import pytest

from console.comments.cluster import WINDOW
from console.comments.memory import GROUP_LINES
from console.comments.state import KEPT_LINES
from tests import growth
from tests.growth import BOUND, HOUR, Room, measured, per_comment


async def watched(room: Room) -> tuple[float, Any]:
    return await per_comment(room), (await room.world.show()).states["comments"]


def test_comments_leave_less_than_their_share_of_a_mebibyte_an_hour() -> None:
    """Half an hour of them, after a quarter that fills what is bounded."""
    size, state = measured(watched)
    assert size < BOUND
    assert HOUR * BOUND == 2**20
    assert state.counts.new + state.counts.held == 3 * growth.WARM
    assert len(state.lines) <= KEPT_LINES + WINDOW * GROUP_LINES + state.counts.held


@pytest.mark.parametrize("kept", [KEPT_LINES, sys.maxsize])
def test_control_lines_that_are_kept_are_found_out(kept: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "WARM", 8_000)
    monkeypatch.setattr("console.comments.state.KEPT_LINES", kept)
    assert (measured(lambda room: per_comment(room, 8_000)) > BOUND) is (kept == sys.maxsize)
