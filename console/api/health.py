"""Is the process up, and can it serve. Outside /api/v1, no sign-in."""

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

from console.api.answers import json
from console.desk.desk import Desk
from console.journal.database import StoreUnavailableError
from console.realtime.bus import Bus


@get("/health", opt={"public": True}, include_in_schema=False)
async def health() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@get("/ready", opt={"public": True}, include_in_schema=False)
async def ready(desk: NamedDependency[Desk], bus: NamedDependency[Bus]) -> Response[bytes]:
    """200 when the store can be written now, else 503 with the reason.

    Without its bus a node still serves, only slower to hear the others: it says so and stays in rotation.
    """
    try:
        await desk.probe()
    except StoreUnavailableError as error:
        return json(msgspec.json.encode({"status": "unavailable", "database": error.reason}), 503)
    status = "degraded" if bus.degraded else "ok"
    return json(msgspec.json.encode({"status": status, "database": "ok", "bus": bus.degraded or "ok"}))


HANDLERS = (health, ready)
