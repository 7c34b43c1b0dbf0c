"""The recap as files."""

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from console.desk import Desk
from console.recapping import MEDIA_TYPES, Wanted, make_recap, policy
from console.web.asking import locale_of
from console.web.pages import SCREEN_ROLES


async def recap_bytes(request: Request[Any, Any, Any], desk: Desk, show_id: str, form: str) -> bytes:
    """Made in a worker, so that no screen waits for it."""
    await desk.shows.get(show_id)
    wanted = Wanted(desk.database.url, show_id, form, locale_of(request), desk.clock.now_ms())
    return await desk.workers.run(make_recap, wanted)


@get(
    ["/shows/{show_id:str}/recap.json", "/shows/{show_id:str}/recap.html", "/shows/{show_id:str}/recap.csv"],
    opt={"roles": SCREEN_ROLES["recap"]},
    summary="The recap: JSON, one HTML page, CSV",
)
async def read_recap(request: Request[Any, Any, Any], desk: Desk, show_id: FromPath[str]) -> Response[bytes]:
    """As of now; stamped T+n, never final."""
    form = request.url.path.rpartition(".")[2]
    body = await recap_bytes(request, desk, show_id, form)
    headers = {"Content-Disposition": f'attachment; filename="recap-{show_id}.{form}"'} if form != "json" else {}
    if form == "html":
        headers["Content-Security-Policy"] = policy(body)
    return Response(body, media_type=MEDIA_TYPES[form], headers=headers)


HANDLERS = (read_recap,)
