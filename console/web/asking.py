"""Who is asking and in which language, as the door has noted it on the connection."""

from console.accounts.identity import Identity
from console.accounts.throttle import network
from console.web.cookies import LOCALE, AnyConnection
from console.web.i18n import negotiate


def identity_or_none(connection: AnyConnection) -> Identity | None:
    """The identity the door found; None on a public route."""
    found = connection.scope.get("user")
    return found if isinstance(found, Identity) else None


def identity_of(connection: AnyConnection) -> Identity:
    """The identity on a route that names roles. Raises LookupError on a public one."""
    found = identity_or_none(connection)
    if found is None:
        raise LookupError("this route is public, nobody was asked for")
    return found


def address_of(connection: AnyConnection) -> str:
    """The caller's network address; behind a proxy the server puts the forwarded one there."""
    client = connection.scope.get("client")
    return client[0] if client else ""


def caller_of(connection: AnyConnection) -> str:
    """Whose requests are counted together: a person's, a token's, a link's, else those of one network."""
    identity = identity_or_none(connection)
    return identity.actor.id if identity else network(address_of(connection))


def locale_of(connection: AnyConnection) -> str:
    """The language switch on this browser, else what the person chose last, else what the browser prefers."""
    identity = identity_or_none(connection)
    chosen = connection.cookies.get(LOCALE) or (identity.locale if identity else None)
    return negotiate(chosen, connection.headers.get("accept-language"))
