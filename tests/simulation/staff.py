"""People and programs that press: late, twice, together, from stale screens, and again when no answer came."""

import asyncio
from random import Random
from typing import Any

import msgspec
from msgspec import Struct

from console.core.messages import Actor, Command, Rejection, Role
from console.core.show import Show
from console.ingest.commands import RecordObservations
from console.journal.driver import StoreUnavailableError
from console.lines import Accepted, GateError
from console.offers.commands import ArmOffer, ConfirmDelivery, FireOffer, KillOffers, StopOffer
from console.scripts.commands import Go
from tests.simulation.cases import CASES, USERS
from tests.simulation.evening import BY_CHANCE, someone
from tests.simulation.machines import Life, Machine, NoAnswerError
from tests.simulation.virtual import VirtualClock
from tests.simulation.weather import Weather
from tests.simulation.world import SHOW

PRESSED = [kind for kind in BY_CHANCE if kind.open_to_public]
"""What the clock submits nobody can press."""
PATIENCE_S = 3.0
TRIES = 3


class Pressed(Struct):
    """One command and what became of every copy of it that reached a process."""

    command: Command
    actor: Actor
    sent: int = 0
    accepted: list[Accepted] = []
    refused: list[Rejection] = []
    failed: list[str] = []

    @property
    def unknown(self) -> int:
        return self.sent - len(self.accepted) - len(self.refused) - len(self.failed)


class Staff:
    """Everybody who presses anything in one night."""

    def __init__(self, machines: list[Machine], weather: Weather, chance: Random, ids: Any, note: Any) -> None:
        self.pressed: dict[str, Pressed] = {}
        self.under_way: list[asyncio.Task[Any]] = []
        self._machines, self._weather, self._chance, self._ids, self._note = machines, weather, chance, ids, note
        self._clock = VirtualClock()

    def show(self) -> Show | None:
        """What somebody sees on some machine."""
        lives = [machine.life for machine in self._machines if machine.life]
        shows = [show for life in lives if (show := life.held())]
        return self._chance.choice(shows) if shows else None

    def command(self, kind: type[Command], /, **fields: Any) -> Command:
        """Stamped now, under an id of its own."""
        envelope = {"command_id": self._ids.uuid(), "issued_at": self._clock.now_ms()}
        return msgspec.convert({**envelope, **fields}, kind, strict=True)

    async def press(self, command: Command, role: Role = "admin", machine: Machine | None = None) -> Accepted | None:
        """Ask, and ask again under the same id when no answer comes."""
        pressed = self.pressed.setdefault(command.command_id, Pressed(command, someone(role)))
        for _ in range(TRIES):
            copy = asyncio.get_running_loop().create_task(
                self._ask(pressed, machine or self._chance.choice(self._machines))
            )
            self.under_way.append(copy)
            await asyncio.wait({copy}, timeout=PATIENCE_S)
            if copy.done() and (outcome := copy.result()) is not None:
                return outcome if isinstance(outcome, Accepted) else None
            machine = None
            await asyncio.sleep(self._chance.random() * 1.5)
        return None

    async def insist(self, kind: type[Command], /, **fields: Any) -> None:
        """What a night cannot do without."""
        for _ in range(20):
            if await self.press(self.command(kind, **fields)):
                return

    async def _ask(self, pressed: Pressed, machine: Machine) -> Accepted | Rejection | Exception | None:
        """None when there was no answer, an error when it was one."""
        weather, chance = self._weather, self._chance
        if chance.random() < weather.asked_lost:
            return None
        if weather.asked_late_s:
            await asyncio.sleep(chance.random() ** 4 * weather.asked_late_s)
        try:
            outcome = await machine.do(lambda life: self._submit(life, pressed))
        except (NoAnswerError, StoreUnavailableError):
            return None
        except GateError as error:
            return error
        return None if chance.random() < weather.answer_lost else outcome

    async def _submit(self, life: Life, pressed: Pressed) -> Accepted | Rejection:
        """What the door does; what it is told, the books know even when the answer is lost."""
        pressed.sent += 1
        try:
            outcome = await life.gate.submit(SHOW, pressed.command, pressed.actor)
        except GateError as error:
            pressed.failed.append(type(error).__name__)
            raise
        if isinstance(outcome, Accepted):
            pressed.accepted.append(outcome)
            self._note(life.machine.name, "accepts", pressed.command.command_id, outcome.seq)
        else:
            pressed.refused.append(outcome)
            self._note(life.machine.name, "refuses", pressed.command.command_id, outcome.code)
        return outcome

    async def fire(self) -> None:
        """Arm and fire what can be: once, twice, two people at once, from a stale screen."""
        show, chance = self.show(), self._chance
        entries = list(show.states["offers"].entries.values()) if show else []
        ready = [entry for entry in entries if entry.state in {"planned", "armed", "failed"}]
        if show is None or not ready:
            return
        entry = chance.choice(ready)
        offer, seen = entry.offer.id, show.seq
        if entry.state != "armed" or entry.parked:
            armed = await self.press(self.command(ArmOffer, offer=offer, seen=seen), "controller")
            seen = armed.seq if armed else seen
        countdown = chance.choice([0, 0, 1, 3, 6])
        stale = chance.random() < 0.15
        fires = [
            self.command(FireOffer, offer=offer, countdown_s=countdown, seen=max(0, seen - 12) if stale else seen)
            for _ in range(chance.choice([1, 1, 1, 2, 3]))
        ]
        again = fires if chance.random() < 0.3 else []
        await asyncio.gather(*(self.press(command, "controller") for command in fires + again))

    async def by_chance(self) -> None:
        """Any command that a person may press."""
        show = self.show()
        if show is not None:
            kind = self._chance.choice(PRESSED)
            await self.press(self.command(kind, **CASES[kind](show, self._chance, self._clock.now_ms())))

    async def go(self) -> None:
        show = self.show()
        await self.press(self.command(Go, seen=show.seq if show else None), "controller")

    async def confirm(self) -> None:
        """What a platform shows, and sometimes what is not asked for any more."""
        show = self.show()
        entries = show.states["offers"].entries if show else {}
        asked = [key for key, entry in entries.items() if entry.state == "requested"]
        if asked:
            await self.press(self.command(ConfirmDelivery, offer=asked[0], ok=self._chance.random() < 0.9))

    async def stop(self) -> None:
        show = self.show()
        running = [key for key, entry in show.states["offers"].entries.items() if entry.state == "live"] if show else []
        if running:
            await self.press(self.command(StopOffer, offer=running[0], reason="enough"))

    async def kill(self) -> None:
        """The emergency stop."""
        await self.press(self.command(KillOffers, reason="stop"), "controller")

    async def observe(self) -> None:
        """What the room does, claims of what runs among it."""
        show, now = self.show(), self._clock.now_ms()
        if show is None:
            return
        fields = CASES[RecordObservations](show, self._chance, now)
        live = [key for key, entry in show.states["offers"].entries.items() if entry.state == "live"]
        fields["items"] += [
            {"kind": "claim", "source": "a", "id": f"{now}{n}", "at": now, "offer": live[0], "user": self._chance.choice(USERS)}
            for n in range(self._chance.randint(0, 4) if live else 0)
        ]  # fmt: skip
        await self.press(self.command(RecordObservations, **fields), "ingest")
