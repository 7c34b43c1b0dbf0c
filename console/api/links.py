"""View-only links to the host screen and the overlay: made, listed, revoked by the desk."""

from typing import Annotated, Literal

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Meta, Struct

from console.accounts.accounts import LINK_LIFE_MS
from console.accounts.identity import AccountError, LinkScope
from console.api.answers import AnyRequest
from console.api.wire import Items
from console.core.messages import Role
from console.core.strict import decode
from console.core.time import to_rfc3339
from console.desk.desk import Desk
from console.web.errors import refused
from console.web.viewing import actor_of

DESK_ROLES: set[Role] = {"producer", "controller"}
DAY_MS = 24 * 3_600_000


class NewLink(Struct, frozen=True, forbid_unknown_fields=True):
    """`POST /shows/{id}/links`."""

    screen: Literal["host", "overlay"]
    days: Annotated[int, Meta(ge=1, le=31)] = LINK_LIFE_MS // DAY_MS


class LinkAnswer(Struct, frozen=True):
    """`path` holds the secret and is shown this once."""

    id: str
    screen: str
    expires_at: str | None
    path: str | None = None


@post("/shows/{show_id:str}/links", opt={"roles": DESK_ROLES, "rate": "command"}, summary="Make a view-only link")
async def add_link(request: AnyRequest, desk: NamedDependency[Desk], show_id: FromPath[str]) -> Response[LinkAnswer]:
    """201 with the path to hand on."""
    await desk.line(show_id)
    wanted: NewLink = decode(await request.body(), NewLink)
    scope, secret = await desk.accounts.add_link(show_id, wanted.screen, actor_of(request), wanted.days * DAY_MS)
    return Response(_answer(scope, f"/watch/{secret}"), status_code=201)


@get("/shows/{show_id:str}/links", opt={"roles": DESK_ROLES, "rate": "read"}, summary="Links that work now")
async def list_links(desk: NamedDependency[Desk], show_id: FromPath[str]) -> Items:
    """Without their secrets."""
    await desk.line(show_id)
    return Items([_answer(scope) for scope in await desk.accounts.links(show_id)])


@post(
    "/links/{link_id:str}/revoke",
    opt={"roles": DESK_ROLES, "rate": "command"},
    status_code=204,
    summary="Take a link back",
)
async def revoke_link(desk: NamedDependency[Desk], link_id: FromPath[str]) -> None:
    """Its screens close within two seconds."""
    try:
        await desk.accounts.revoke_link(link_id)
    except AccountError as error:
        raise refused(error.rejection, 404, "not_found") from None


def _answer(scope: LinkScope, path: str | None = None) -> LinkAnswer:
    return LinkAnswer(scope.id, scope.screen, to_rfc3339(scope.expires_at), path)


HANDLERS = (add_link, list_links, revoke_link)
