"""Outcomes of the gate as HTTP answers."""

from collections.abc import Callable
from typing import Any

from litestar import MediaType, Request, Response

from console.core.messages import Rejection
from console.core.slice import Viewer
from console.desk.desk import Desk
from console.desk.observing import NotObservedError
from console.gate import ForbiddenError, OtherContentError
from console.journal.port import UnknownShowError
from console.lines import Accepted, OverloadedError
from console.snapshot import snapshot
from console.web.door import too_many
from console.web.errors import ProblemError, problem, refused

AnyRequest = Request[Any, Any, Any]
NOBODY = Viewer()


def json(body: bytes, status: int = 200) -> Response[bytes]:
    """Bytes that are JSON already."""
    return Response(body, status_code=status, media_type=MediaType.JSON)


async def settled(desk: Desk, show_id: str, outcome: Accepted | Rejection, viewer: Viewer = NOBODY) -> Accepted:
    """The accepted outcome. Raises ProblemError 409 with `seq` and, when stale, the values that changed."""
    if isinstance(outcome, Accepted):
        return outcome
    show = await desk.shows.get(show_id)
    more: dict[str, Any] = {"seq": show.seq}
    if outcome.now is not None:
        whole, changed = snapshot(show, viewer, desk.clock.now_ms()), outcome.now["changed"]
        more["now"] = {"changed": changed, "values": values_now(whole, changed)}
    raise ProblemError(409, outcome.code, outcome.why, more=more, **outcome.params)


def created(outcome: Accepted | Rejection) -> Accepted:
    """The accepted outcome of a creation, which when refused leaves no show to tell about. Raises ProblemError 409."""
    if isinstance(outcome, Rejection):
        raise ProblemError(409, outcome.code, outcome.why, **outcome.params)
    return outcome


def values_now(whole: dict[str, Any], changed: list[str]) -> dict[str, Any]:
    """Each changed key with what it names, as the snapshot `whole` has it: the offer, row, product, comment, or clock."""
    return {key: _value_now(whole, key) for key in changed}


def _value_now(whole: dict[str, Any], key: str) -> Any:
    kind, _, rest = key.partition(":")
    match kind:
        case "offer":
            return _named(whole["offers"]["items"], "id", rest)
        case "comment":
            return _named(whole["comments"]["queue"], "id", rest)
        case "product":
            return _named(whole["shelf"]["items"], "product", rest.rpartition(":")[0])
        case "row":
            row_id, _, field = rest.partition(":")
            row = _named(whole["scripts"]["rows"], "id", row_id)
            return row[field] if row and field in row else row
        case "targets":
            return whole["show"]["targets"]
    return {name: whole["scripts"][name] for name in ("current", "ends_at", "held_at")}


def _named(items: list[dict[str, Any]], field: str, value: str) -> dict[str, Any] | None:
    return next((item for item in items if item[field] == value), None)


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
    OverloadedError: lambda _error: too_many(1),
}
