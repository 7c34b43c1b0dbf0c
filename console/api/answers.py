"""Outcomes of the gate as HTTP answers."""

from collections.abc import Callable
from typing import Any

from litestar import MediaType, Request, Response

from console.core.messages import Rejection
from console.core.wire import with_instants
from console.desk.desk import Desk
from console.desk.observing import NotObservedError
from console.gate import Accepted, ForbiddenError, OtherContentError, OverloadedError
from console.journal.port import UnknownShowError
from console.web.errors import ProblemError, problem, refused

AnyRequest = Request[Any, Any, Any]


def json(body: bytes, status: int = 200) -> Response[bytes]:
    """Bytes that are JSON already."""
    return Response(body, status_code=status, media_type=MediaType.JSON)


async def settled(desk: Desk, show_id: str, outcome: Accepted | Rejection) -> Accepted:
    """The accepted outcome. Raises ProblemError 409 with `seq` and what changed."""
    if isinstance(outcome, Accepted):
        return outcome
    show = await desk.shows.get(show_id)
    more: dict[str, Any] = {"seq": show.seq}
    if outcome.now is not None:
        more["now"] = with_instants(outcome.now)
    raise ProblemError(409, outcome.code, outcome.why, more=more, **outcome.params)


def no_such_show(_error: UnknownShowError) -> ProblemError:
    """404."""
    return ProblemError(404, "not_found", "There is no such show. Start from the list of shows.")


def other_content(_error: OtherContentError) -> ProblemError:
    """422."""
    return ProblemError(
        422, "other_content", "This command_id was used before for something else; use a new one for every press."
    )


TRANSLATIONS: dict[type[Exception], Callable[[Any], ProblemError]] = {
    UnknownShowError: no_such_show,
    ForbiddenError: lambda _error: problem(403),
    OtherContentError: other_content,
    NotObservedError: lambda error: refused(error.rejection),
    OverloadedError: lambda _error: problem(429),
}
