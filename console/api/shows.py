"""Shows: create, list, read whole, command, journal."""

from itertools import accumulate
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, Parameter

from console.accounts.people import EVERY_ROLE
from console.api.answers import AnyRequest, created, json, settled
from console.api.reading import CommandReader, with_instants
from console.api.wire import Items, NewShow, ShowItem, ShowName
from console.core.lifecycle import CreateShow
from console.core.messages import Recorded, Rejection, snake_case
from console.core.strict import StrictError, convert, loads
from console.core.time import to_rfc3339
from console.core.wire import described
from console.desk.desk import Desk
from console.journal.port import ShowRow
from console.limits import JOURNAL_PAGE_ITEMS, JOURNAL_PAGE_ROWS
from console.snapshot import snapshot
from console.web.door import check_pace
from console.web.telemetry import Telemetry
from console.web.viewing import actor_of, viewer_of

READERS = EVERY_ROLE - {"ingest"}


@post("/shows", opt={"roles": {"producer", "controller"}, "rate": "command"}, summary="Create a show")
async def create_show(request: AnyRequest, desk: NamedDependency[Desk]) -> Response[ShowName]:
    """A planned show with its own epoch."""
    value = loads(await request.body())
    if not isinstance(value, dict):
        raise StrictError("A show is a JSON object with at least a title.")
    new: NewShow = convert(with_instants(value), NewShow)
    fields = {name: getattr(new, name) for name in NewShow.__struct_fields__}
    command = CreateShow(command_id=desk.ids.uuid(), issued_at=desk.clock.now_ms(), **fields)
    row, outcome = await desk.create_show(actor_of(request), command)
    accepted = created(outcome)
    return Response(ShowName(row.id, row.epoch, accepted.seq), status_code=201)


@get("/shows", opt={"roles": READERS, "rate": "read"}, summary="List shows")
async def list_shows(desk: NamedDependency[Desk]) -> Items:
    """Every show, the newest start first."""
    shows = await desk.journal.shows()
    shows.sort(key=lambda show: show.started_at or show.starts_at or show.at_ms, reverse=True)
    return Items([_item(show) for show in shows])


@get("/shows/{show_id:str}", opt={"roles": EVERY_ROLE, "rate": "read"}, summary="The whole of a show")
async def read_show(request: AnyRequest, desk: NamedDependency[Desk], show_id: FromPath[str]) -> Response[bytes]:
    """The snapshot, masked by role."""
    show = await desk.shows.fresh(show_id)
    return json(msgspec.json.encode(snapshot(show, viewer_of(request), desk.clock.now_ms())))


@post(
    "/shows/{show_id:str}/commands",
    opt={"roles": READERS, "rate": "command", "urgent": True},
    status_code=200,
    summary="Every command, one way in",
)
async def command_show(
    request: AnyRequest,
    desk: NamedDependency[Desk],
    reader: NamedDependency[CommandReader],
    telemetry: NamedDependency[Telemetry],
    show_id: FromPath[str],
) -> Response[bytes]:
    """Decided, stored, answered; see the command vocabulary for roles and fields."""
    command = reader.read(await request.body())
    check_pace(request, urgent=command.urgent)
    outcome = await desk.gate.submit(show_id, command, actor_of(request))
    became = outcome.code if isinstance(outcome, Rejection) else "accepted"
    telemetry.commands.labels(snake_case(type(command).__name__), became).inc()
    return json((await settled(desk, show_id, outcome, viewer_of(request))).body)


@get(
    "/shows/{show_id:str}/journal",
    opt={"roles": {"producer", "analyst"}, "rate": "history"},
    summary="The rows behind a show",
)
async def read_journal(
    desk: NamedDependency[Desk],
    show_id: FromPath[str],
    after: Annotated[int, Parameter(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Parameter(ge=1, le=JOURNAL_PAGE_ROWS)] = JOURNAL_PAGE_ROWS,
) -> Response[bytes]:
    """Rows after `after` in order; a batch row carries its observations."""
    show = await desk.line(show_id)
    rows = _page(await desk.journal.read(show_id, after, limit))
    body = {"items": [described(row, whole=True) for row in rows], "head": show.head}
    return json(msgspec.json.encode(body))


def _page(rows: list[Recorded]) -> list[Recorded]:
    """As many rows as hold JOURNAL_PAGE_ITEMS observations, and one at least: batches are long."""
    weights = accumulate(len(getattr(row.event, "items", ())) for row in rows)
    fitting = sum(weight <= JOURNAL_PAGE_ITEMS for weight in weights)
    return rows[: max(1, fitting)]


def _item(show: ShowRow) -> ShowItem:
    return ShowItem(
        id=show.id,
        title=show.title,
        status=show.status,
        rehearsal=show.rehearsal,
        starts_at=to_rfc3339(show.starts_at),
        started_at=to_rfc3339(show.started_at),
        ended_at=to_rfc3339(show.ended_at),
    )


HANDLERS = (create_show, list_shows, read_show, command_show, read_journal)
