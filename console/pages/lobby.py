"""The pages around the shows: the list, and the pattern book of every component."""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Redirect

from console.desk.desk import Desk
from console.journal.port import ShowRow
from console.web.pages import STAFF, page
from console.web.templates import Templates

ENDED_SHOWN = 60
"""A list of a thousand is drawn in a tenth of a second that live screens would wait for; so only when asked for."""


@get("/", opt={"public": True, "rate": "read"}, include_in_schema=False)
async def home() -> Redirect:
    """The list of shows is home."""
    return Redirect("/shows", status_code=303)


@get("/shows", opt={"roles": STAFF, "rate": "read"}, include_in_schema=False)
async def list_shows(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    templates: NamedDependency[Templates],
    every: Annotated[bool, QueryParameter(name="all")] = False,
) -> Response[str]:
    """Live ones first, then planned by start, then ended: the newest of these, or all."""
    shows = sorted(await desk.journal.shows(), key=_order)
    older = [] if every else [show for show in shows if show.status == "ended"][ENDED_SHOWN:]
    links = await desk.accounts.links_by_show()
    shown = shows[: len(shows) - len(older)]
    currency = desk.shop.presets.currency
    return page(request, templates, "screens/shows.html", shows=shown, older=len(older), links=links, currency=currency)


def _order(show: ShowRow) -> tuple[int, int]:
    newest = -(show.ended_at or show.started_at or show.starts_at or 0)
    return ("live", "planned", "ended").index(show.status), newest


@get("/patterns", opt={"roles": STAFF, "rate": "read"}, include_in_schema=False)
async def patterns(request: Request[Any, Any, Any], templates: NamedDependency[Templates]) -> Response[str]:
    """Every component in every state."""
    return page(request, templates, "screens/patterns.html")


HANDLERS = (home, list_shows, patterns)
