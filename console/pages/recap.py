"""The recap as a page of the console."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from markupsafe import Markup

from console.desk.desk import Desk
from console.desk.recaps import recap_bytes
from console.web.asking import locale_of
from console.web.pages import SCREEN_ROLES, page
from console.web.templates import Templates


@get("/shows/{show_id:str}/recap", opt={"roles": SCREEN_ROLES["recap"], "rate": "heavy"}, include_in_schema=False)
async def show_recap(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    templates: NamedDependency[Templates],
    show_id: FromPath[str],
) -> Response[str]:
    """The same report as the files, with the browser's charts."""
    show = await desk.line(show_id)
    made = await recap_bytes(desk, show_id, "part", locale_of(request))
    report = Markup(made.decode())  # noqa: S704 - every value was escaped by the recap's own template
    return page(request, templates, "screens/recap.html", show=show, screen="recap", report=report)


HANDLERS = (show_recap,)
