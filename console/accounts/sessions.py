"""Sign-ins. Only `open_session` inserts; everything else changes or deletes what is there."""

from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from console.accounts import people, revocations
from console.accounts.identity import SIGNED_OUT, Identity, csrf_token, secret_hash
from console.accounts.tables import PEOPLE, SESSIONS
from console.core.messages import Actor

KEPT_A_PERSON = 20


class SessionRules(Struct, frozen=True):
    """How long a sign-in lasts: without a request, and at most. `touch_ms` is how exactly the former is kept."""

    idle_ms: int = 8 * 3_600_000
    absolute_ms: int = 24 * 3_600_000
    touch_ms: int = 60_000


class Found(Struct, frozen=True):
    """A live sign-in; `stale` asks the caller to note that it was used."""

    identity: Identity
    stale: bool


class Checked(Struct, frozen=True):
    """A person whose password matched this stored hash a moment ago."""

    person_id: str
    password_hash: str


_LIVE = (
    select(SESSIONS, PEOPLE.c.name, PEOPLE.c.locale)
    .join(PEOPLE)
    .where(
        SESSIONS.c.id_hash == bindparam("asked"),
        SESSIONS.c.expires_at > bindparam("now_ms"),
        SESSIONS.c.seen_at > bindparam("idle_since"),
        PEOPLE.c.disabled_at.is_(None),
    )
)
"""Made once: it is asked with every request."""


def open_session(connection: Connection, secret: str, checked: Checked, now_ms: int, rules: SessionRules) -> bool:
    """Start a sign-in, unless the person was disabled or changed the password while it was being checked."""
    person_id = checked.person_id
    unchanged = select(PEOPLE.c.id).where(
        PEOPLE.c.id == person_id, PEOPLE.c.disabled_at.is_(None), PEOPLE.c.password_hash == checked.password_hash
    )
    if connection.execute(unchanged).first() is None:
        return False
    connection.execute(
        insert(SESSIONS).values(
            id_hash=secret_hash(secret), person_id=person_id, created_at=now_ms, seen_at=now_ms,
            expires_at=now_ms + rules.absolute_ms,
        )
    )  # fmt: skip
    _keep_newest(connection, person_id, now_ms)
    return True


def find(connection: Connection, secret: str, now_ms: int, rules: SessionRules) -> Found | None:
    """Whose sign-in this is; None when unknown, over, or the person is disabled."""
    asked = {"asked": secret_hash(secret), "now_ms": now_ms, "idle_since": now_ms - rules.idle_ms}
    row = connection.execute(_LIVE, asked).first()
    if row is None:
        return None
    actor = Actor(id=row.person_id, name=row.name, roles=people.roles_of(connection, row.person_id))
    identity = Identity(
        actor=actor, session_id=row.id_hash, csrf=csrf_token(secret), locale=row.locale, expires_at=row.expires_at
    )
    return Found(identity, stale=now_ms - row.seen_at > rules.touch_ms)


def touch(connection: Connection, session_id: str, now_ms: int) -> None:
    """Note a use. Never brings back what is gone."""
    connection.execute(update(SESSIONS).where(SESSIONS.c.id_hash == session_id).values(seen_at=now_ms))


def close_session(connection: Connection, session_id: str, now_ms: int) -> None:
    """Sign out; nothing happens when it is over already."""
    person_id = connection.scalar(
        delete(SESSIONS).where(SESSIONS.c.id_hash == session_id).returning(SESSIONS.c.person_id)
    )
    if person_id is not None:
        revocations.add(connection, now_ms, person_id, session_id, SIGNED_OUT)


def overdue(connection: Connection, now_ms: int, rules: SessionRules) -> list[str]:
    """Ids of sign-ins that ran out."""
    over = or_(SESSIONS.c.expires_at <= now_ms, SESSIONS.c.seen_at <= now_ms - rules.idle_ms)
    return list(connection.scalars(select(SESSIONS.c.id_hash).where(over).limit(100)))


def _keep_newest(connection: Connection, person_id: str, now_ms: int) -> None:
    newest_first = select(SESSIONS.c.id_hash).where(SESSIONS.c.person_id == person_id)
    newest_first = newest_first.order_by(SESSIONS.c.created_at.desc(), SESSIONS.c.id_hash)
    for session_id in list(connection.scalars(newest_first.offset(KEPT_A_PERSON))):
        close_session(connection, session_id, now_ms)
