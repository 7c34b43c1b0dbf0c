"""The pages around the shows: the list, and the pattern book of every component."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.response import Redirect

from console.desk.desk import Desk
from console.web.pages import STAFF, page
from console.web.templates import Templates


@get("/", opt={"public": True, "rate": "read"}, include_in_schema=False)
async def home() -> Redirect:
    """The list of shows is home."""
    return Redirect("/shows", status_code=303)


@get("/shows", opt={"roles": STAFF, "rate": "read"}, include_in_schema=False)
async def list_shows(
    request: Request[Any, Any, Any], desk: NamedDependency[Desk], templates: NamedDependency[Templates]
) -> Response[str]:
    """Live ones first, then planned by start, then ended."""
    shows = [await desk.shows.get(row.id) for row in await desk.journal.shows()]
    headers = sorted((show.header for show in shows if show.seq), key=_order)
    links = {header.id: await desk.accounts.links(header.id) for header in headers}
    return page(request, templates, "screens/shows.html", shows=headers, links=links)


def _order(header: Any) -> tuple[int, int]:
    newest = -(header.ended_at or header.started_at or header.starts_at or 0)
    return ("live", "planned", "ended").index(header.status), newest


@get("/patterns", opt={"roles": STAFF, "rate": "read"}, include_in_schema=False)
async def patterns(request: Request[Any, Any, Any], templates: NamedDependency[Templates]) -> Response[str]:
    """Every component in every state."""
    return page(request, templates, "screens/patterns.html")


HANDLERS = (home, list_shows, patterns)
