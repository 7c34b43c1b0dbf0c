"""The recap as files."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from console.desk.desk import Desk
from console.desk.recapping import MEDIA_TYPES, policy
from console.desk.recaps import recap_bytes
from console.web.asking import locale_of
from console.web.pages import SCREEN_ROLES


@get(
    ["/shows/{show_id:str}/recap.json", "/shows/{show_id:str}/recap.html", "/shows/{show_id:str}/recap.csv"],
    opt={"roles": SCREEN_ROLES["recap"], "rate": "heavy"},
    summary="The recap: JSON, one HTML page, CSV",
)
async def read_recap(
    request: Request[Any, Any, Any], desk: NamedDependency[Desk], show_id: FromPath[str]
) -> Response[bytes]:
    """As of now; stamped T+n, never final."""
    form = request.url.path.rpartition(".")[2]
    body = await recap_bytes(desk, show_id, form, locale_of(request))
    headers = {"Content-Disposition": f'attachment; filename="recap-{show_id}.{form}"'} if form != "json" else {}
    if form == "html":
        headers["Content-Security-Policy"] = policy(body)
    return Response(body, media_type=MEDIA_TYPES[form], headers=headers)


HANDLERS = (read_recap,)
