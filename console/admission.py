"""Who may open which socket; asked anew at every handshake, before the upgrade."""

from typing import Any

from litestar import WebSocket

from console.accounts.accounts import Accounts
from console.accounts.identity import Identity, LinkScope, Revoked
from console.core.messages import N_
from console.realtime.hub import STREAM, Hub
from console.realtime.socket import Refusal
from console.realtime.watcher import Admission
from console.screens import LIVE
from console.web.asking import locale_of
from console.web.door import identify
from console.web.origins import is_ours
from console.web.pages import SCREEN_ROLES, STAFF, may_open
from console.web.viewing import SEES_COST


class Admissions:
    """`authorise` for the socket routes, and the listener that closes what a revocation ends."""

    def __init__(self, accounts: Accounts, origins: frozenset[str]) -> None:
        self._accounts = accounts
        self._origins = origins

    async def authorise(self, socket: WebSocket[Any, Any, Any], show_id: str, screen: str) -> Admission | Refusal:
        """Identity, Origin and role, in this order."""
        identity = await identify(self._accounts, socket, self._origins)
        if identity is None:
            return Refusal(401, N_("You are not signed in. Sign in and try again."))
        if not is_ours(socket, self._origins):
            return Refusal(403, N_("This request comes from another site. Open the console itself and try again."))
        if screen != STREAM and screen not in LIVE:
            return Refusal(404, N_("There is nothing at this address. Check it, or start from the list of shows."))
        if not _may_watch(identity, show_id, screen):
            return Refusal(403, N_("Your roles do not allow this. Ask an administrator for the role you need."))
        link = identity.link
        if link is not None and not _by_role(identity, screen):
            return _by_link(link, locale_of(socket))
        return _admission(identity, locale_of(socket))


def closer(hub: Hub) -> Any:
    """Closes the sockets of a right that ended."""

    async def close(revoked: Revoked) -> None:
        if revoked.session_id is None:
            hub.close_person(revoked.actor, revoked.code)
        else:
            hub.close_session(revoked.session_id, revoked.code)

    return close


def _may_watch(identity: Identity, show_id: str, screen: str) -> bool:
    return identity.actor.may(STAFF) if screen == STREAM else may_open(identity, show_id, screen)


def _by_role(identity: Identity, screen: str) -> bool:
    return identity.actor.may(STAFF if screen == STREAM else SCREEN_ROLES[screen])


def _by_link(link: LinkScope, locale: str) -> Admission:
    """Whoever is signed in beside it: what the link opened ends with the link."""
    return Admission(
        person_id=link.id, session_id=link.id, roles=frozenset(), locale=locale, expires_at=link.expires_at
    )


def _admission(identity: Identity, locale: str) -> Admission:
    return Admission(
        person_id=identity.actor.id,
        session_id=identity.session_id or identity.actor.id,
        roles=identity.actor.roles,
        locale=locale,
        sees_cost=identity.actor.may(SEES_COST),
        expires_at=identity.expires_at,
    )
