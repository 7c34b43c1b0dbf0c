"""A numbered list of rights that ended, so that every process closes the sockets they held.

The number comes from one locked row, so rows become visible in the order of their numbers and a reader that has
seen n never misses one below it.
"""

from sqlalchemy import Connection, delete, insert, select, update

from console.accounts.identity import Revoked
from console.accounts.tables import REVISION, REVOCATIONS

KEPT_MS = 24 * 3_600_000
"""Longer than any reader can lag."""


def add(connection: Connection, now_ms: int, actor: str, session_id: str | None, code: int) -> None:
    """Note that `actor` lost a right; `code` is the websocket close code."""
    connection.execute(
        insert(REVOCATIONS).values(revision=_next(connection), at=now_ms, actor=actor, session_id=session_id, code=code)
    )
    connection.execute(delete(REVOCATIONS).where(REVOCATIONS.c.at < now_ms - KEPT_MS))


def current(connection: Connection) -> int:
    """The newest number given; 0 before the first."""
    return connection.scalar(select(REVISION.c.revision)) or 0


def since(connection: Connection, revision: int) -> list[Revoked]:
    """Everything after `revision`, oldest first."""
    newer = select(REVOCATIONS).where(REVOCATIONS.c.revision > revision).order_by(REVOCATIONS.c.revision)
    rows = connection.execute(newer).all()
    return [Revoked(row.revision, row.actor, row.session_id, row.code) for row in rows]


def _next(connection: Connection) -> int:
    bumped = update(REVISION).values(revision=REVISION.c.revision + 1).returning(REVISION.c.revision)
    revision = connection.scalar(bumped)
    if revision is None:
        connection.execute(insert(REVISION).values(id=1, revision=1))
        return 1
    return int(revision)
