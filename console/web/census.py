"""No route without an answer to: who may use it, how often, how large may it be, what proves where it comes from."""

from collections.abc import Iterator
from typing import Any

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.handlers.base import BaseRouteHandler
from litestar.routes import HTTPRoute

from console.accounts.people import EVERY_ROLE
from console.limits import RATES
from console.web.origins import SAFE_METHODS


class CensusError(Exception):
    """Routes that cannot be served like this, one a line."""


def check_routes(app: Litestar) -> int:
    """Count the handlers. Raises CensusError naming every one that forgot to say who may use it."""
    found = list(handlers(app))
    wrong = [f"{path} {name}: {complaint}" for path, name, handler in found for complaint in _complaints(handler)]
    if wrong:
        raise CensusError("\n".join(wrong))
    return len(found)


def handlers(app: Litestar) -> Iterator[tuple[str, str, BaseRouteHandler]]:
    """Path, methods (none for a websocket) and handler of every route; what answers OPTIONS alone is no route."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if handler.http_methods != {"OPTIONS"}:
                    yield route.path, " ".join(sorted(handler.http_methods)), handler
        else:
            yield route.path, "", route.route_handler


def _complaints(handler: BaseRouteHandler) -> Iterator[str]:
    opt = handler.opt
    if bool(opt.get("public")) == bool(opt.get("roles")):
        yield "name its roles, or say that it is public"
    elif unknown := set(opt.get("roles") or ()) - EVERY_ROLE:
        yield f"unknown role {min(unknown)}"
    if opt.get("rate") not in RATES:
        yield "name its rate class"
    if isinstance(handler, HTTPRouteHandler):
        yield from _about_bodies(handler, opt)


def _about_bodies(handler: HTTPRouteHandler, opt: dict[str, Any]) -> Iterator[str]:
    if handler.resolve_request_max_body_size() is None:
        yield "its body has no limit"
    if opt.get("public") and set(handler.http_methods) - SAFE_METHODS and not opt.get("form") and not opt.get("signed"):
        yield 'public and unsafe: say "form" or "signed", what proves where it comes from'
