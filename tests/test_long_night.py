"""Eight hours on a virtual clock: what a process holds for its screens, tasks and timers is bounded, not merely small."""

import asyncio
import gc
from collections import Counter
from typing import Any

import pytest

from console.ingest.commands import RecordObservations
from console.realtime.hub import STREAM, Hub
from console.scripts.commands import Mark, MessageHost
from console.shelf.commands import PopProduct
from tests.simulation import truths
from tests.simulation.night import Night
from tests.simulation.virtual import VirtualClock, VirtualLoop
from tests.simulation.weather import Weather
from tests.simulation.world import SHOW

HOURS = 8
EVERY_S = 20.0
TOLERANCE = 40
"""Objects of one kind more or less: which of the bounded things are under way at that instant."""
KEPT_BY_THE_SHOW = {
    "Recorded", "Answer", "Accepted", "Pressed", "ObservationsRecorded", "Marked", "HostMessaged", "ProductPopped",
    "Audience", "Comment", "Message", "Line", "Marks", "RecordObservations", "Mark", "MessageHost", "PopProduct",
    "ProductFact",
}  # fmt: skip
"""The journal in memory, the books of this test, and what a show keeps of its own on purpose."""


class LongNight(Night):
    """One machine, calm weather; somebody presses, comes and goes all the time."""

    def __init__(self) -> None:
        super().__init__(1, Weather(machines=1, steps=0))
        self.counted: list[Counter[str]] = []

    async def _settle(self) -> None:
        for hour in range(HOURS):
            for _ in range(int(3600 / EVERY_S)):
                await self._moment()
            if hour in (1, HOURS - 1):
                await asyncio.sleep(1)
                self.counted.append(self.held())

    async def _moment(self) -> None:
        staff, chance = self.staff, self.chance
        kind, fields = chance.choice(
            [(Mark, {}), (MessageHost, {"text": "慢", "expires_s": 5}), (PopProduct, {"product": "serum"})]
        )
        await staff.press(staff.command(kind, **fields))
        now = VirtualClock().now_ms()
        seen: list[dict[str, Any]] = [{"kind": "audience", "source": "a", "id": str(now), "at": now, "online": 5}]
        await staff.press(staff.command(RecordObservations, items=seen), "ingest")
        staff.pressed.clear()
        staff.under_way.clear()
        chance.choice(self.screens).leave()
        self.screens = [screen for screen in self.screens if not screen.gone]
        self._somebody_watches(STREAM)
        await asyncio.sleep(EVERY_S * chance.random() * 2)

    def held(self) -> Counter[str]:
        """Living objects of the console's own kinds and the loop's, by kind."""
        self.trace.clear()
        gc.collect()
        life = self.machines[0].life
        assert life is not None
        hub = life.hub
        kinds = Counter(type(thing).__name__ for thing in gc.get_objects() if _ours(type(thing)))
        kept = {name: n for name, n in kinds.items() if name not in KEPT_BY_THE_SHOW}
        sizes = {"watchers": len(hub._watchers), "channels": len(hub._channels), "closed": len(hub._closed)}
        tasks = {"tasks": len(asyncio.all_tasks()), "lines": len(life.gate._lines), "folds": len(life.shows._held)}
        rings = {"frames": sum(len(channel._ring._frames) for channel in hub._channels.values())}
        return Counter({**kept, **sizes, **tasks, **rings})


def _ours(kind: type) -> bool:
    return str(kind.__module__).startswith(("console.", "asyncio"))


def long_night() -> LongNight:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        night = LongNight()
        runner.run(night.play())
        return night


def grown(night: LongNight) -> dict[str, int]:
    early, late = night.counted
    return {name: late[name] - early[name] for name in late if late[name] - early[name] > TOLERANCE}


def test_after_eight_hours_a_process_holds_what_it_held_after_two() -> None:
    night = long_night()
    assert night.wrong == []
    assert len(night.rows) > 2_000
    assert list(truths.of_order(night.rows)) == []
    assert {row.show_id for row in night.rows} == {SHOW}
    assert grown(night) == {}


def test_control_a_hub_that_remembers_who_left_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Hub, "gone", lambda *_: None)
    monkeypatch.setattr("tests.test_long_night.HOURS", 3)
    assert "watchers" in grown(long_night())
