"""First paint of a live screen: the same partials as every later patch, with the place to go on from."""

from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from console.core.show import Show
from console.core.slice import Viewer
from console.desk.desk import Desk
from console.load import Load
from console.screens import LIVE, LOOKED_AT, PARTS
from console.web.asking import locale_of
from console.web.door import check_load
from console.web.errors import AnyRequest
from console.web.pages import SCREEN_ROLES, page
from console.web.templates import Templates
from console.web.viewing import viewer_of
from console.web.watching import opened


def screen_routes() -> list[HTTPRouteHandler]:
    """`/shows/{id}/<screen>` for every live screen, each for its roles."""
    return [_route(screen) for screen in LIVE]


def _route(screen: str) -> HTTPRouteHandler:
    @get(
        f"/shows/{{show_id:str}}/{screen}",
        opt={"roles": SCREEN_ROLES[screen], "rate": "viewer" if screen in LOOKED_AT else "read"},
        name=screen,
        include_in_schema=False,
    )
    async def paint(
        request: Request[Any, Any, Any],
        desk: NamedDependency[Desk],
        templates: NamedDependency[Templates],
        show_id: FromPath[str],
    ) -> Response[str]:
        show = await desk.shows.get(show_id)
        viewer = viewer_of(request)
        return paint_screen(request, templates, screen, show, viewer, now_ms=desk.clock.now_ms())

    return paint


@get("/watch/{secret:str}", opt={"public": True, "rate": "read"}, include_in_schema=False)
async def watch(  # noqa: PLR0913, PLR0917 - what the door is handed, by name
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    templates: NamedDependency[Templates],
    origins: NamedDependency[frozenset[str]],
    load: NamedDependency[Load],
    secret: FromPath[str],
) -> Response[str]:
    """What a view-only link shows, to whoever has it."""
    scope, cookie = await opened(request, desk.accounts, secret, origins)
    if scope.screen in LOOKED_AT:
        check_load(load, "viewer")
    show = await desk.shows.get(scope.show)
    viewer = Viewer(locale=locale_of(request))
    return paint_screen(request, templates, scope.screen, show, viewer, cookies=(cookie,), now_ms=desk.clock.now_ms())


def paint_screen(  # noqa: PLR0913 - what a screen is painted from
    request: AnyRequest,
    templates: NamedDependency[Templates],
    screen: str,
    show: Show,
    viewer: Viewer,
    *,
    now_ms: int,
    cookies: tuple[Cookie, ...] = (),
) -> Response[str]:
    """The whole page at `show.seq`."""
    return page(
        request,
        templates,
        f"screens/{screen}.html",
        cookies=cookies,
        show=show.header,
        screen=screen,
        epoch=show.epoch,
        seq=show.seq,
        now_ms=now_ms,
        part=templates.painter(PARTS, show, viewer),
    )
