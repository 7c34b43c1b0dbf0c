"""API tokens of programs: 256 bits, shown once, stored hashed, revocable."""

from msgspec import Struct
from sqlalchemy import Connection, bindparam, insert, select, update

from console.accounts import revocations
from console.accounts.identity import SIGNED_OUT, AccountError, Identity, secret_hash
from console.accounts.people import EVERY_ROLE
from console.accounts.tables import TOKENS
from console.core.messages import Actor, Role, refuse

PREFIX = "lcc_"


class Token(Struct, frozen=True, kw_only=True):
    """A token as an administrator sees it: never the secret. Instants in epoch ms."""

    id: str
    name: str
    roles: frozenset[Role]
    created_at: int
    revoked_at: int | None = None


_HELD = select(TOKENS).where(TOKENS.c.token_hash == bindparam("asked"), TOKENS.c.revoked_at.is_(None))
"""Made once: it is asked with every request."""


def add(connection: Connection, token: Token, secret: str) -> None:
    """Store the hash of a new secret."""
    connection.execute(
        insert(TOKENS).values(
            id=token.id, name=token.name, token_hash=secret_hash(secret),
            roles=" ".join(sorted(token.roles)), created_at=token.created_at,
        )
    )  # fmt: skip


def find(connection: Connection, secret: str) -> Identity | None:
    """Whose token this is; None when unknown or revoked."""
    row = connection.execute(_HELD, {"asked": secret_hash(secret)}).first()
    if row is None:
        return None
    return Identity(actor=Actor(id=row.id, name=row.name, roles=_roles(row.roles)))


def revoke(connection: Connection, token_id: str, now_ms: int) -> None:
    """Worthless from now on. Raises AccountError for an unknown id."""
    present = update(TOKENS).where(TOKENS.c.id == token_id, TOKENS.c.revoked_at.is_(None))
    if connection.execute(present.values(revoked_at=now_ms)).rowcount == 0:
        raise AccountError(refuse("There is no such token."))
    revocations.add(connection, now_ms, token_id, None, SIGNED_OUT)


def everything(connection: Connection) -> list[Token]:
    """All tokens, newest first."""
    rows = connection.execute(select(TOKENS).order_by(TOKENS.c.created_at.desc(), TOKENS.c.id)).all()
    return [
        Token(id=row.id, name=row.name, roles=_roles(row.roles), created_at=row.created_at, revoked_at=row.revoked_at)
        for row in rows
    ]


def _roles(stored: str) -> frozenset[Role]:
    held = set(stored.split())
    return frozenset(role for role in EVERY_ROLE if role in held)
