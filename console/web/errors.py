"""Every refusal is one sentence that says what to do: JSON for programs, a page or a fragment for people."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException
from structlog.typing import FilteringBoundLogger

from console.accounts.identity import AccountError
from console.core.messages import N_, Rejection
from console.core.strict import StrictError, shorten
from console.journal.database import StoreUnavailableError
from console.web.asking import locale_of
from console.web.templates import Templates

AnyRequest = Request[Any, Any, Any]
Translation = Callable[[Any], "ProblemError"]


class ProblemError(Exception):
    """An answer that is not what was asked for. `why` is an English sentence with `{name}` places for `params`."""

    def __init__(
        self, status: int, code: str, why: str, /, *,
        headers: Mapping[str, str] | None = None, more: Mapping[str, Any] | None = None, **params: Any,
    ) -> None:  # fmt: skip
        super().__init__(why)
        self.status = status
        self.code = code
        self.why = why
        self.params = params
        self.headers = dict(headers or {})
        self.more = dict(more or {})


CODES: Mapping[int, tuple[str, str]] = {
    400: ("invalid", N_("This request cannot be understood. Reload the page and try again.")),
    401: ("signed_out", N_("You are not signed in. Sign in and try again.")),
    403: ("forbidden", N_("Your roles do not allow this. Ask an administrator for the role you need.")),
    404: ("not_found", N_("There is nothing at this address. Check it, or start from the list of shows.")),
    405: ("method", N_("This address does not take this kind of request.")),
    408: ("slow", N_("The request did not arrive whole. Look at the connection and try again.")),
    409: ("refused", N_("This is not possible now.")),
    413: ("too_large", N_("This is too large. Send less at a time.")),
    415: ("media_type", N_("This kind of content is not understood here.")),
    422: ("invalid", N_("This cannot be used as it is. Correct it and try again.")),
    429: ("too_many", N_("Too many requests at once. Wait a moment and try again.")),
    503: ("unavailable", N_("This cannot be stored now. Nothing was changed; try again in a moment.")),
}
HUNG_UP = "client disconnected prematurely"
"""Litestar's words, with status 500, for a body that ended in the middle; nobody is there to read the answer."""
INTERNAL = ("internal", N_("Something went wrong on our side. It was noted; try again."))


def problem(status: int, **more: Any) -> ProblemError:
    """The usual words for a status; `more` are further fields of the JSON answer."""
    code, why = CODES.get(status, CODES[400] if status < 500 else INTERNAL)
    return ProblemError(status, code, why, more=more)


def refused(rejection: Rejection, status: int = 409, code: str = "refused") -> ProblemError:
    """A rule's refusal as an answer."""
    return ProblemError(status, code, rejection.why, **rejection.params)


def as_problem(error: Exception, translations: Mapping[type[Exception], Translation] | None = None) -> ProblemError:
    """What a caller may know of an exception; anything unforeseen says no more than that it happened."""
    table = {**TRANSLATIONS, **(translations or {})}
    known = next((kind for kind in type(error).__mro__ if kind in table), None)
    return table[known](error) if known else problem(500)


def handler(
    templates: Templates, log: FilteringBoundLogger, translations: Mapping[type[Exception], Translation] | None = None
) -> Callable[[AnyRequest, Exception], Response[Any]]:
    """The one exception handler, for `exception_handlers={Exception: …}`."""

    def handle(request: AnyRequest, error: Exception) -> Response[Any]:
        answer = as_problem(error, translations)
        if answer.status == 500:
            log.error("unforeseen", route=request.scope.get("path_template"), exc_info=error)
        return respond(request, templates, answer)

    return handle


def respond(request: AnyRequest, templates: Templates, answer: ProblemError) -> Response[Any]:
    """The problem in the form and language the caller reads."""
    locale = locale_of(request)
    why = templates.catalogues[locale](answer.why, **answer.params)
    if wants_json(request):
        body = {**answer.more, "code": answer.code, "why": why}
        return Response(body, status_code=answer.status, headers=answer.headers, media_type=MediaType.JSON)
    name = "screens/problem.html" if request.headers.get("hx-request") else "screens/error.html"
    again_s = answer.headers.get("Retry-After") if answer.status == 503 and request.method == "GET" else None
    page = templates.render(name, locale, status=answer.status, code=answer.code, why=why, again_s=again_s)
    return Response(page, status_code=answer.status, headers=answer.headers, media_type=MediaType.HTML)


def wants_json(request: AnyRequest) -> bool:
    """Programs: everything under /api, and whoever asks for JSON and not for HTML."""
    accepted = request.headers.get("accept", "")
    return request.scope["path"].startswith("/api/") or ("json" in accepted and "text/html" not in accepted)


def _of_strict(error: StrictError) -> ProblemError:
    field = {"field": error.params["place"]} if "place" in error.params else {}
    return ProblemError(400, "invalid", error.why, more=field, **error.params)


def _of_msgspec(error: msgspec.ValidationError) -> ProblemError:
    said, _, place = str(error).partition(" - at ")
    return _unreadable(place.strip("`").removeprefix("$.") or "JSON", said)


def _of_parameters(error: ValidationException) -> ProblemError:
    extra = error.extra if isinstance(error.extra, list) else []
    first: dict[str, Any] = extra[0] if extra and isinstance(extra[0], dict) else {}
    if "key" not in first:
        return problem(400)
    return _unreadable(str(first["key"]), str(first.get("message", "")))


def _unreadable(place: str, said: str) -> ProblemError:
    place = shorten(place, 80)
    return ProblemError(
        400, "invalid", "{place} cannot be understood: {said}.", more={"field": place}, place=place,
        said=shorten(said, 200),
    )  # fmt: skip


def _of_store(_error: StoreUnavailableError) -> ProblemError:
    answer = problem(503)
    answer.headers["Retry-After"] = "1"
    return answer


def _of_status(error: HTTPException) -> ProblemError:
    answer = problem(408 if error.detail == HUNG_UP else error.status_code)
    answer.headers.update(error.headers or {})
    if error.status_code == 413:
        # What is left of the body is not worth reading, so the connection cannot serve another request.
        answer.headers["Connection"] = "close"
    return answer


TRANSLATIONS: Mapping[type[Exception], Translation] = {
    ProblemError: lambda error: error,
    StrictError: _of_strict,
    msgspec.ValidationError: _of_msgspec,
    ValidationException: _of_parameters,
    AccountError: lambda error: refused(error.rejection),
    StoreUnavailableError: _of_store,
    HTTPException: _of_status,
}
