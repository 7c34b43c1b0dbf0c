"""View-only links to one screen of one show: for the host's tablet and for OBS, which cannot sign in."""

from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from console.accounts import revocations
from console.accounts.identity import SIGNED_OUT, AccountError, LinkScope, secret_hash
from console.accounts.tables import LINKS
from console.core.messages import refuse

MAX_LIFE_MS = 90 * 24 * 3_600_000


def add(connection: Connection, scope: LinkScope, secret: str, created_by: str, now_ms: int) -> None:
    """Store the hash of a new link. Raises AccountError when it would live too long or is over already."""
    if not 0 < scope.expires_at - now_ms <= MAX_LIFE_MS:
        raise AccountError(refuse("A link lasts at most {days} days.", days=MAX_LIFE_MS // 86_400_000))
    connection.execute(
        insert(LINKS).values(
            id=scope.id, token_hash=secret_hash(secret), show_id=scope.show, screen=scope.screen,
            created_by=created_by, created_at=now_ms, expires_at=scope.expires_at,
        )
    )  # fmt: skip


def find(connection: Connection, secret: str, now_ms: int) -> LinkScope | None:
    """What this link shows; None when unknown, revoked or over."""
    held = select(LINKS).where(
        LINKS.c.token_hash == secret_hash(secret), LINKS.c.revoked_at.is_(None), LINKS.c.expires_at > now_ms
    )
    row = connection.execute(held).first()
    return None if row is None else LinkScope(row.id, row.show_id, row.screen, row.expires_at)


def revoke(connection: Connection, link_id: str, now_ms: int) -> None:
    """Worthless from now on. Raises AccountError for an unknown id."""
    if not end(connection, link_id, now_ms):
        raise AccountError(refuse("There is no such link."))


def end(connection: Connection, link_id: str, now_ms: int) -> bool:
    """Close it and its screens; False when it was over already."""
    present = update(LINKS).where(LINKS.c.id == link_id, LINKS.c.revoked_at.is_(None)).values(revoked_at=now_ms)
    if connection.execute(present).rowcount == 0:
        return False
    revocations.add(connection, now_ms, link_id, None, SIGNED_OUT)
    return True


def of_show(connection: Connection, show_id: str, now_ms: int) -> list[LinkScope]:
    """The links that open the show's screens now, newest first."""
    return [_scope(row) for row in connection.execute(_open(now_ms).where(LINKS.c.show_id == show_id))]


def by_show(connection: Connection, now_ms: int) -> dict[str, list[LinkScope]]:
    """The same for every show that has any."""
    found: dict[str, list[LinkScope]] = {}
    for row in connection.execute(_open(now_ms)):
        found.setdefault(row.show_id, []).append(_scope(row))
    return found


def _open(now_ms: int) -> Select[Any]:
    held = select(LINKS).where(LINKS.c.revoked_at.is_(None), LINKS.c.expires_at > now_ms)
    return held.order_by(LINKS.c.created_at.desc(), LINKS.c.id)


def _scope(row: Row[Any]) -> LinkScope:
    return LinkScope(row.id, row.show_id, row.screen, row.expires_at)


def overdue(connection: Connection, now_ms: int) -> list[str]:
    """Ids of links that ran out and were not noted yet."""
    over = select(LINKS.c.id).where(LINKS.c.expires_at <= now_ms, LINKS.c.revoked_at.is_(None))
    return list(connection.scalars(over.limit(100)))
