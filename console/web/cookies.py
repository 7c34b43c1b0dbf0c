"""The console's cookies: the sign-in, the token of its form, a view-only link, the language."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from console.accounts.identity import LinkScope

AnyConnection = ASGIConnection[Any, Any, Any, Any]

FORM = "console_form"
LINK = "console_link"
LOCALE = "console_locale"
YEAR_S = 365 * 24 * 3600


def host_of(connection: AnyConnection) -> str:
    """The authority the caller used, without the default port."""
    return connection.headers.get("host", "").lower()


def is_secure(connection: AnyConnection, origins: frozenset[str]) -> bool:
    """Whether the browser came over TLS, here or at a proxy that the allowed origins name."""
    return connection.scope["scheme"] in {"https", "wss"} or f"https://{host_of(connection)}" in origins


def session_name(*, secure: bool) -> str:
    """Over TLS the name itself keeps other hosts and plain http from setting it."""
    return "__Host-console" if secure else "console_session"


def session_cookie(secret: str, *, secure: bool) -> Cookie:
    """The sign-in; it ends with the browser, or earlier on the server."""
    return Cookie(session_name(secure=secure), value=secret, secure=secure, httponly=True, samesite="lax", path="/")


def no_session_cookie(*, secure: bool) -> Cookie:
    """Takes the sign-in away from the browser."""
    return Cookie(
        session_name(secure=secure), value="", max_age=0, secure=secure, httponly=True, samesite="lax", path="/"
    )


def form_cookie(token: str, *, secure: bool) -> Cookie:
    """What the sign-in form must repeat."""
    return Cookie(FORM, value=token, secure=secure, httponly=True, samesite="strict", path="/sign-in")


def link_cookie(secret: str, scope: LinkScope, *, secure: bool) -> Cookie:
    """Lets the page of a link open its own socket and nothing else: the path is the scope."""
    return Cookie(LINK, value=secret, secure=secure, httponly=True, samesite="strict", path=scope.path)


def locale_cookie(locale: str, *, secure: bool) -> Cookie:
    """The language chosen on this browser."""
    return Cookie(LOCALE, value=locale, secure=secure, httponly=True, samesite="lax", path="/", max_age=YEAR_S)
