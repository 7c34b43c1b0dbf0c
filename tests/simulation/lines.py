"""The line between the hub and a screen: cut, late, or standing still, and what is under way then never arrives."""

import asyncio
from typing import Any

from console.realtime.watcher import Watcher
from tests.simulation.machines import Life


class Line:
    """The transport the hub writes to. What is under way when it is cut never arrives."""

    def __init__(self, screen: Any, life: Life, late_s: float) -> None:
        self.screen = screen
        self.life = life
        self.watcher: Watcher | None = None
        self.stands_still = False
        self.dead = False
        self._late_s = late_s
        self._under_way: list[tuple[bytes, int]] = []
        self._unsent = 0
        self._timer: asyncio.TimerHandle | None = None
        life.lines.append(self)

    def write(self, data: bytes) -> None:
        if self.dead:
            return
        self._under_way.append((data, self.life.machine.shelf.durable))
        if self.stands_still:
            self._unsent += len(data)
        elif self._late_s == 0:
            self._arrive()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._late_s, self._arrive)

    def get_write_buffer_size(self) -> int:
        return self._unsent

    def get_extra_info(self, _name: str) -> None:
        return None

    def goes_on(self) -> None:
        self.stands_still, self._unsent = False, 0
        self._arrive()

    def stands(self) -> None:
        self.stands_still = True

    def close(self) -> None:
        self._arrive()
        self.break_off()

    def abort(self) -> None:
        self.break_off()

    def cut(self) -> None:
        """The far end hears no more; this end finds out when it next looks."""
        self._under_way, self.stands_still = [], True
        if self.screen.line is self:
            self.screen.lost()

    def break_off(self) -> None:
        """Both ends know."""
        if self.dead:
            return
        self.dead = True
        self.life.lines.remove(self)
        if self._timer:
            self._timer.cancel()
        if self.screen.line is self:
            self.screen.lost()
        if self.watcher:
            asyncio.get_running_loop().call_soon(self.watcher.connection_lost, None)

    def say(self, data: bytes) -> None:
        if self.watcher and not self.dead:
            asyncio.get_running_loop().call_soon(self.watcher.data_received, data)

    def _arrive(self) -> None:
        self._timer = None
        if self.stands_still:
            return
        arrived, self._under_way = self._under_way, []
        for data, durable in arrived:
            if self.screen.line is self:
                self.screen.hears(data, durable, self)


def frames_in(data: bytes) -> list[tuple[int, bytes]]:
    """Whole unmasked frames, as servers send them."""
    at, found = 0, []
    while at < len(data):
        opcode, length = data[at] & 15, data[at + 1]
        skip = {126: 4, 127: 10}.get(length, 2)
        length = int.from_bytes(data[at + 2 : at + skip], "big") if skip > 2 else length
        found.append((opcode, data[at + skip : at + skip + length]))
        at += skip + length
    return found
