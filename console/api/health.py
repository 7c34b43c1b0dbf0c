"""Is the process up, and can it serve. Outside /api/v1, no sign-in."""

import asyncio

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

from console.api.answers import json
from console.desk.desk import Desk
from console.journal.database import StoreUnavailableError
from console.realtime.bus import Bus

FRESH_MS = 1_000


@get("/health", opt={"public": True}, include_in_schema=False)
async def health() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


class Readiness:
    """Whether the store can be written, looked at once a second at most: the address is open to everybody."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._looking = asyncio.Lock()
        self._reason: str | None = None
        self._until_ms = 0

    async def reason(self) -> str | None:
        """Why not, or None."""
        async with self._looking:
            if self._desk.clock.now_ms() >= self._until_ms:
                self._reason = await self._look()
                self._until_ms = self._desk.clock.now_ms() + FRESH_MS
        return self._reason

    async def _look(self) -> str | None:
        try:
            await self._desk.probe()
        except StoreUnavailableError as error:
            return error.reason
        return None


@get("/ready", opt={"public": True}, include_in_schema=False)
async def ready(readiness: NamedDependency[Readiness], bus: NamedDependency[Bus]) -> Response[bytes]:
    """200 when the store can be written and the bus carries, else 503 with the reason.

    Without its bus a node still serves, only slower to hear the others: send people by `/health`, deploy by this.
    """
    if reason := await readiness.reason():
        return json(msgspec.json.encode({"status": "unavailable", "database": reason}), 503)
    status = "degraded" if bus.degraded else "ok"
    body = {"status": status, "database": "ok", "bus": bus.degraded or "ok"}
    return json(msgspec.json.encode(body), 503 if bus.degraded else 200)


HANDLERS = (health, ready)
