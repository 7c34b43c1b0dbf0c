"""The recap as a page of the console."""

from typing import Any

from litestar import Request, Response, get
from markupsafe import Markup

from console.api.recap import recap_bytes
from console.desk import Desk
from console.web.pages import SCREEN_ROLES, page
from console.web.templates import Templates


@get("/shows/{show_id:str}/recap", opt={"roles": SCREEN_ROLES["recap"]}, include_in_schema=False)
async def show_recap(request: Request[Any, Any, Any], desk: Desk, templates: Templates, show_id: str) -> Response[str]:
    """The same report as the files, with the browser's charts."""
    show = await desk.shows.get(show_id)
    report = (await recap_bytes(request, desk, show_id, "part")).decode()
    # Safe: rendered by the recap's own template, which escapes every value.
    return page(request, templates, "screens/recap.html", show=show.header, screen="recap", report=Markup(report))  # noqa: S704


HANDLERS = (show_recap,)
