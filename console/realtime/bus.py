"""How far each show has come, told between processes. A message is a position, never content; a lost one is repaired."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

Told = Callable[[str, int], None]


@runtime_checkable
class Bus(Protocol):
    """At most once, in no promised order; callbacks run on the event loop and must be quick."""

    @property
    def carries(self) -> bool:
        """Whether what other processes publish arrives here now."""
        ...

    @property
    def degraded(self) -> str | None:
        """Why it does not carry although it should; None when all is well."""
        ...

    def publish(self, show_id: str, seq: int) -> None:
        """«Show is at seq», to every process including this one. Never blocks, never raises for an outage."""

    def subscribe(self, callback: Told) -> Callable[[], None]:
        """Hear every publication from now on; the answer ends it."""
        ...

    async def run(self) -> None:
        """Carry until cancelled; outages are overcome without help."""


class Listeners:
    """Who hears a bus in this process."""

    def __init__(self) -> None:
        self._callbacks: list[Told] = []

    def subscribe(self, callback: Told) -> Callable[[], None]:
        """Add a listener; the answer takes it off again."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def tell(self, show_id: str, seq: int) -> None:
        """Tell all who listen now."""
        for callback in tuple(self._callbacks):
            callback(show_id, seq)


class MemoryBus:
    """One process: callbacks are called within `publish`."""

    carries = False
    degraded = None

    def __init__(self) -> None:
        self._listeners = Listeners()

    def publish(self, show_id: str, seq: int) -> None:
        """Tell all who listen now."""
        self._listeners.tell(show_id, seq)

    def subscribe(self, callback: Told) -> Callable[[], None]:
        """Add a listener; the answer takes it off again."""
        return self._listeners.subscribe(callback)

    async def run(self) -> None:
        """Nothing to carry."""
