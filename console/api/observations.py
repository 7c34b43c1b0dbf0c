"""The ingest door for connectors: many observations a call, each kept or rejected on its own."""

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from console.api.answers import AnyRequest, json
from console.desk.desk import Desk
from console.desk.observing import door_of, read, record
from console.limits import OBSERVATION_BODY_BYTES
from console.web.asking import locale_of
from console.web.i18n import Catalogues
from console.web.viewing import actor_of


@post(
    "/shows/{show_id:str}/observations",
    opt={"roles": {"ingest"}, "rate": "ingest"},
    status_code=202,
    request_max_body_size=OBSERVATION_BODY_BYTES,
    summary="What a room reports",
)
async def observe(
    request: AnyRequest, desk: NamedDependency[Desk], catalogues: NamedDependency[Catalogues], show_id: FromPath[str]
) -> Response[bytes]:
    """A JSON array, `{items: []}` or NDJSON."""
    taken = await read(await request.body(), await door_of(desk, show_id))
    received = await record(desk, show_id, taken, actor_of(request), catalogues[locale_of(request)])
    return json(msgspec.json.encode(received), 202)


HANDLERS = (observe,)
