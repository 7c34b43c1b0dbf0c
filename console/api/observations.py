"""The ingest door for connectors: many observations a call, each kept or rejected on its own."""

import msgspec
from litestar import Response, post

from console.api.answers import AnyRequest, actor_of, json, settled
from console.api.wire import Received
from console.core.messages import N_, Actor
from console.desk import Desk
from console.ingest.commands import RecordObservations
from console.ingest.decode import Received as Read
from console.ingest.decode import read_observations
from console.limits import OBSERVATION_BODY_BYTES
from console.web.asking import locale_of
from console.web.i18n import Catalogues, Translator

OTHER_CONTENT = N_("This source and id came before with other content; give every observation its own id.")


@post(
    "/shows/{show_id:str}/observations",
    opt={"roles": {"ingest"}},
    status_code=202,
    request_max_body_size=OBSERVATION_BODY_BYTES,
    summary="What a room reports",
)
async def observe(request: AnyRequest, desk: Desk, catalogues: Catalogues, show_id: str) -> Response[bytes]:
    """A JSON array, `{items: []}` or NDJSON."""
    read = read_observations(await request.body(), desk.clock.now_ms())
    received = await record(desk, show_id, read, actor_of(request), catalogues[locale_of(request)])
    return json(msgspec.json.encode(received), 202)


async def record(desk: Desk, show_id: str, read: Read, actor: Actor, translate: Translator) -> Received:
    """Hand what was read to the gate; say of every item whether it counts."""
    places = [index for index, _ in read.items]
    command = RecordObservations(
        command_id=desk.ids.uuid(), issued_at=desk.clock.now_ms(), items=tuple(item for _, item in read.items)
    )
    accepted = await settled(desk, show_id, await desk.gate.submit(show_id, command, actor))
    rejected = [{"index": item.index, "why": translate(item.why, **item.params)} for item in read.rejected]
    rejected += [{"index": places[at], "why": translate(OTHER_CONTENT)} for at in accepted.conflicts]
    kept = len(read.items) - len(accepted.duplicates) - len(accepted.conflicts)
    return Received(kept, len(accepted.duplicates), sorted(rejected, key=lambda item: item["index"]))


HANDLERS = (observe,)
