"""Whether a request that changes something comes from our own pages."""

import secrets

from litestar.enums import ScopeType

from console.accounts.identity import Identity
from console.web.cookies import AnyConnection, host_of, is_secure

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
TOKEN_HEADER = "x-csrf-token"  # noqa: S105 - a header's name


def own_origin(connection: AnyConnection, allowed: frozenset[str]) -> str:
    """The origin our pages have for this caller."""
    scheme = "https" if is_secure(connection, allowed) else "http"
    return f"{scheme}://{host_of(connection)}"


def is_ours(connection: AnyConnection, allowed: frozenset[str]) -> bool:
    """False when the browser says that another site asks. Programs send neither header; a token proves them.

    Browsers always name the origin of a websocket, so a cookie without one did not come from a browser.
    """
    origins = connection.headers.getall("origin", [])
    if origins:
        return len(origins) == 1 and (origins[0] in allowed or origins[0] == own_origin(connection, allowed))
    if connection.scope["type"] == ScopeType.WEBSOCKET:
        return "authorization" in connection.headers
    return connection.headers.get("sec-fetch-site", "same-origin") == "same-origin"


def carries_token(connection: AnyConnection, identity: Identity) -> bool:
    """Whether the header repeats the session's CSRF token."""
    given = connection.headers.get(TOKEN_HEADER, "")
    return same(given, identity.csrf)


def same(given: str, expected: str | None) -> bool:
    """Compare secrets in constant time; nothing equals an absent one."""
    return bool(expected) and secrets.compare_digest(given.encode(), (expected or "").encode())
