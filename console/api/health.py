"""Is the process up, and can it serve. Outside /api/v1, no sign-in."""

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

from console.api.answers import json
from console.health import Health


@get("/health", opt={"public": True, "rate": "probe"}, include_in_schema=False)
async def health() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@get("/ready", opt={"public": True, "rate": "probe"}, include_in_schema=False)
async def ready(condition: NamedDependency[Health]) -> Response[bytes]:
    """200 when the store can be written and the bus carries, else 503 with the reason.

    Without its bus a node still serves, only slower to hear the others: send people by `/health`, deploy by this.
    """
    if condition.store:
        return json(msgspec.json.encode({"status": "unavailable", "database": condition.store}), 503)
    body = {"status": "degraded" if condition.bus else "ok", "database": "ok", "bus": condition.bus or "ok"}
    return json(msgspec.json.encode(body), 503 if condition.bus else 200)


HANDLERS = (health, ready)
