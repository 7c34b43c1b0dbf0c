"""Is the process up, and can it serve. Outside /api/v1, no sign-in."""

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

from console.api.answers import json
from console.health import Health
from console.realtime.server import Ending

ENDING = b'{"status":"ending"}'


@get("/health", opt={"public": True, "rate": "probe"}, include_in_schema=False)
async def health(ending: NamedDependency[Ending]) -> Response[bytes]:
    """The process answers; 503 when it will soon no longer, so that a proxy looks for another one in time."""
    return json(ENDING, 503) if ending.begun else json(b'{"status":"ok"}')


@get("/ready", opt={"public": True, "rate": "probe"}, include_in_schema=False)
async def ready(condition: NamedDependency[Health], ending: NamedDependency[Ending]) -> Response[bytes]:
    """200 when the store can be written, the bus carries and nobody told the process to end, else 503 with the reason.

    Without its bus a node still serves, only slower to hear the others: send people by `/health`, deploy by this.
    """
    if ending.begun:
        return json(ENDING, 503)
    bus = condition.bus or "ok"
    if condition.store:
        return json(msgspec.json.encode({"status": "unavailable", "database": condition.store, "bus": bus}), 503)
    status = "degraded" if condition.bus else "ok"
    return json(msgspec.json.encode({"status": status, "database": "ok", "bus": bus}), 503 if condition.bus else 200)


HANDLERS = (health, ready)
