"""The page of a view-only link: `/watch/{secret}` shows one screen to somebody who cannot sign in."""

from litestar.datastructures import Cookie

from console.accounts.accounts import Accounts
from console.accounts.identity import LinkScope
from console.web.cookies import AnyConnection, is_secure, link_cookie
from console.web.errors import ProblemError


async def opened(
    connection: AnyConnection, accounts: Accounts, secret: str, origins: frozenset[str]
) -> tuple[LinkScope, Cookie]:
    """What to paint, and the cookie that lets the painted page open its socket. Raises ProblemError when it is over."""
    scope = await accounts.open_link(secret)
    if scope is None:
        raise ProblemError(404, "link", "This link is not valid any more. Ask the desk for a new one.")
    return scope, link_cookie(secret, scope, secure=is_secure(connection, origins))
