"""The door: who is asking, may they, and does it come from our own pages. All before a body is read.

A route says who may use it: `opt={"roles": {...}}`, with `"link": True` when the holder of a view-only link may too, or
`opt={"public": True}`. `"form": True` marks a route whose form carries its own token, checked by its handler. `"rate"` names
the class its requests are counted in, and wait in when the process is busy; with `"urgent": True` the handler reads on and
lets only what is urgent pass uncounted.
"""

from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.response import Redirect
from litestar.types import ASGIApp, Receive, Scope, Send

from console.accounts.accounts import Accounts
from console.accounts.identity import Identity
from console.journal.database import StoreUnavailableError
from console.load import Later, Load
from console.web.asking import caller_of, locale_of
from console.web.cookies import LINK, AnyConnection, is_secure, session_name
from console.web.errors import AnyRequest, ProblemError, as_problem, problem, respond, wants_json
from console.web.i18n import Catalogues
from console.web.origins import SAFE_METHODS, carries_token, is_ours
from console.web.rates import Rates
from console.web.templates import Templates

WAIT_S = "wait_s"
"""Where the door notes on an urgent route that the caller has asked too often."""


async def identify(accounts: Accounts, connection: AnyConnection, origins: frozenset[str]) -> Identity | None:
    """Who asks, by bearer token or cookies. A bearer token that is no good is not made up for by a cookie."""
    authorization = connection.headers.get("authorization")
    if authorization is not None:
        scheme, _, token = authorization.partition(" ")
        return await accounts.identify(bearer=token.strip()) if scheme.lower() == "bearer" else None
    cookies = connection.cookies
    session = cookies.get(session_name(secure=is_secure(connection, origins)))
    return await accounts.identify(session=session, link=cookies.get(LINK))


class Door(ASGIMiddleware):
    """Deny by default. On success `connection.user` is the Identity."""

    scopes = (ScopeType.HTTP, ScopeType.WEBSOCKET)

    def __init__(
        self, accounts: Accounts, templates: Templates, origins: frozenset[str], rates: Rates, load: Load
    ) -> None:
        self._accounts = accounts
        self._templates = templates
        self._origins = origins
        self._rates = rates
        self._load = load

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let the request in, or answer why not."""
        connection: AnyConnection = ASGIConnection(scope, receive, send)
        refusal = await self._refusal(connection)
        if refusal is None:
            await next_app(scope, receive, send)
        elif scope["type"] == ScopeType.WEBSOCKET:
            await refuse_socket(connection, refusal, self._templates.catalogues)
        else:
            request: AnyRequest = Request(scope, receive, send)
            answer = self._answer(request, refusal).to_asgi_response(app=None, request=request)
            await answer(scope, receive, send)

    def _answer(self, request: AnyRequest, refusal: ProblemError) -> Response[Any]:
        to_sign_in = refusal.status == 401 and request.method == "GET" and not wants_json(request)
        return _to_sign_in(request) if to_sign_in else respond(request, self._templates, refusal)

    async def _refusal(self, connection: AnyConnection) -> ProblemError | None:
        try:
            await self._admit(connection, connection.route_handler.opt)
        except (ProblemError, StoreUnavailableError) as error:
            return as_problem(error)
        return None

    async def _admit(self, connection: AnyConnection, opt: dict[str, Any]) -> None:
        check_load(self._load, opt.get("rate", "read"))
        if not opt.get("public"):
            identity = await identify(self._accounts, connection, self._origins)
            connection.scope["user"] = identity
            _check_roles(connection, opt, identity)
            self._check_token(connection, opt, identity)
        self._check_origin(connection, opt)
        self._count(connection, opt)

    def _check_origin(self, connection: AnyConnection, opt: dict[str, Any]) -> None:
        """Bearer tokens are not sent by browsers on their own; still no page of another site may use one."""
        if connection.scope.get("method") in SAFE_METHODS or (opt.get("public") and not opt.get("form")):
            return
        if not is_ours(connection, self._origins):
            raise ProblemError(
                403, "origin", "This request comes from another site. Open the console itself and try again."
            )

    def _count(self, connection: AnyConnection, opt: dict[str, Any]) -> None:
        """Last, so that no other site can use up what a person may ask."""
        wait_s = self._rates.take(opt.get("rate", "read"), caller_of(connection))
        if wait_s and opt.get("urgent"):
            connection.state[WAIT_S] = wait_s
        elif wait_s:
            raise too_many(wait_s)

    def _check_token(self, connection: AnyConnection, opt: dict[str, Any], identity: Identity | None) -> None:
        method = connection.scope.get("method")
        if method is None or method in SAFE_METHODS or opt.get("form"):
            return
        if identity and identity.session_id and not carries_token(connection, identity):
            raise ProblemError(403, "csrf", "The page is out of date. Reload it and try again.")


def check_pace(connection: AnyConnection, *, urgent: bool) -> None:
    """On an urgent route, once it is known what is asked. Raises ProblemError 429."""
    wait_s = connection.state.get(WAIT_S)
    if wait_s and not urgent:
        raise too_many(wait_s)


def check_load(load: Load, rate: str) -> None:
    """First, so that what has to wait costs next to nothing. Raises ProblemError 503."""
    if later := load.later(rate):
        raise busy(later)


def busy(later: Later) -> ProblemError:
    """503, and when to come back."""
    return ProblemError(
        503, "unavailable", later.why, headers={"Retry-After": str(later.seconds)}, seconds=later.seconds
    )


def too_many(wait_s: int) -> ProblemError:
    """429, and when to come back."""
    return ProblemError(
        429, "too_many", "Too many requests at once. Wait {seconds} s and try again.",
        headers={"Retry-After": str(wait_s)}, seconds=wait_s,
    )  # fmt: skip


def _check_roles(connection: AnyConnection, opt: dict[str, Any], identity: Identity | None) -> None:
    if identity is None:
        raise problem(401)
    if opt.get("link") and identity.link is not None and connection.scope["path"] == identity.link.path:
        return
    if not identity.actor.may(opt.get("roles") or ()):
        raise problem(403 if identity.link is None or identity.session_id else 401)


async def refuse_socket(connection: AnyConnection, answer: ProblemError, catalogues: Catalogues) -> None:
    """Answer a websocket handshake with a status and the usual JSON; where the server cannot, close it."""
    send: Any = connection.send
    if "websocket.http.response" not in (connection.scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": {401: 4401, 403: 4403}.get(answer.status, 1008)})
        return
    why = catalogues[locale_of(connection)](answer.why, **answer.params)
    body = msgspec.json.encode({**answer.more, "code": answer.code, "why": why})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
    await send({"type": "websocket.http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})


def _to_sign_in(request: AnyRequest) -> Response[Any]:
    address = "/sign-in?next=" + quote(_asked_for(request), safe="")
    headers = {"HX-Redirect": address} if request.headers.get("hx-request") else None
    return Redirect(address, status_code=303, headers=headers)


def _asked_for(connection: AnyConnection) -> str:
    query = connection.scope["query_string"].decode("latin-1")
    return connection.scope["path"] + (f"?{query}" if query else "")
