"""A whole page: a template with what the layout of every page needs."""

from collections.abc import Mapping
from typing import Any

from litestar import MediaType, Response
from litestar.datastructures import Cookie

from console.accounts.identity import Identity
from console.accounts.people import EVERY_ROLE
from console.core.messages import Actor, Role
from console.web.asking import identity_or_none, locale_of
from console.web.errors import AnyRequest
from console.web.templates import Templates

STAFF: frozenset[Role] = EVERY_ROLE - {"ingest"}
SCREEN_ROLES: Mapping[str, frozenset[Role]] = {
    "plan": frozenset({"producer", "controller", "host", "analyst"}),
    "control": frozenset({"producer", "controller"}),
    "host": frozenset({"producer", "controller", "host"}),
    "moderate": frozenset({"producer", "controller", "moderator", "service"}),
    "metrics": STAFF,
    "overlay": STAFF,
    "recap": STAFF,
}
"""Who may look at which screen of a show; admin may at all."""


def screens_for(actor: Actor) -> tuple[str, ...]:
    """The screens this actor may open, in the order of the navigation."""
    return tuple(screen for screen, roles in SCREEN_ROLES.items() if actor.may(roles))


def may_open(identity: Identity, show_id: str, screen: str) -> bool:
    """Whether this identity may look at a show's screen, by role or by link; False for an unknown screen."""
    roles = SCREEN_ROLES.get(screen)
    if roles is None:
        return False
    link = identity.link
    return identity.actor.may(roles) or (link is not None and (link.show, link.screen) == (show_id, screen))


def page(  # noqa: PLR0913 - what an answer may carry besides its content
    request: AnyRequest, templates: Templates, name: str, /, *, status: int = 200,
    cookies: tuple[Cookie, ...] = (), headers: Mapping[str, str] | None = None, **context: Any,
) -> Response[str]:  # fmt: skip
    """Render `name` with `context` and the layout's person, roles, screens, csrf and address."""
    layout = layout_of(request)
    body = templates.render(name, locale_of(request), **(layout | context))
    return Response(body, status_code=status, cookies=cookies, headers=headers, media_type=MediaType.HTML)


def layout_of(request: AnyRequest) -> dict[str, Any]:
    """`person` is None and `screens` empty on a public page and for the holder of a link."""
    identity = identity_or_none(request)
    person = identity.actor if identity and identity.actor.roles else None
    return {
        "person": person,
        "roles": person.roles if person else frozenset(),
        "screens": screens_for(person) if person else (),
        "csrf": identity.csrf if identity else None,
        "address": request.scope["path"],
    }
