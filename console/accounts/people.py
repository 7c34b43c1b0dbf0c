"""People and their roles: writes and reads on one connection, inside the caller's transaction."""

import unicodedata
from collections.abc import Iterable
from typing import Any, get_args

from msgspec import Struct
from sqlalchemy import Connection, Row, delete, insert, select, update

from console.accounts import revocations
from console.accounts.identity import ROLE_LOST, SIGNED_OUT, AccountError
from console.accounts.tables import PEOPLE, PERSON_ROLES, SESSIONS
from console.core.messages import Role, refuse

EVERY_ROLE: frozenset[Role] = frozenset(get_args(Role))
NAME_LENGTH = 80


class Person(Struct, frozen=True, kw_only=True):
    """One account as an administrator sees it; `disabled_at` in epoch ms."""

    id: str
    name: str
    roles: frozenset[Role]
    locale: str | None = None
    disabled_at: int | None = None


def name_key(name: str) -> str:
    """Names that look alike to a person are one name: width, case and surrounding blanks do not count."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def checked_roles(roles: Iterable[str]) -> frozenset[Role]:
    """Known roles only, at least one. Raises AccountError otherwise."""
    wanted = frozenset(roles)
    if unknown := sorted(wanted - EVERY_ROLE):
        raise AccountError(refuse("There is no role named {role}.", role=unknown[0]))
    if not wanted:
        raise AccountError(refuse("Name at least one role."))
    return frozenset(role for role in EVERY_ROLE if role in wanted)


def checked_name(name: str) -> str:
    """A printable name of 1 to 80 characters. Raises AccountError otherwise."""
    trimmed = name.strip()
    if not 0 < len(trimmed) <= NAME_LENGTH or not trimmed.isprintable():
        raise AccountError(refuse("A name has 1 to {max} printable characters.", max=NAME_LENGTH))
    return trimmed


def add(connection: Connection, person: Person, password_hash: str | None, now_ms: int) -> None:
    """A new person. Raises AccountError when the name is taken."""
    key = name_key(person.name)
    if connection.execute(select(PEOPLE.c.id).where(PEOPLE.c.name_key == key)).first():
        raise AccountError(refuse("{name} is taken. Choose another name.", name=person.name))
    connection.execute(
        insert(PEOPLE).values(
            id=person.id, name=person.name, name_key=key, password_hash=password_hash,
            locale=person.locale, created_at=now_ms,
        )
    )  # fmt: skip
    _write_roles(connection, person.id, person.roles)


def set_roles(connection: Connection, person_id: str, roles: frozenset[Role], now_ms: int) -> None:
    """Other roles from now on; open screens are closed and come back with the new ones."""
    _existing(connection, person_id)
    connection.execute(delete(PERSON_ROLES).where(PERSON_ROLES.c.person_id == person_id))
    _write_roles(connection, person_id, roles)
    revocations.add(connection, now_ms, person_id, None, ROLE_LOST)


def set_password(connection: Connection, person_id: str, password_hash: str, now_ms: int) -> None:
    """A new password ends every sign-in made with the old one."""
    _existing(connection, person_id)
    connection.execute(update(PEOPLE).where(PEOPLE.c.id == person_id).values(password_hash=password_hash))
    _end_sessions(connection, person_id, now_ms)


def set_locale(connection: Connection, person_id: str, locale: str) -> None:
    """The language the person last chose."""
    connection.execute(update(PEOPLE).where(PEOPLE.c.id == person_id).values(locale=locale))


def disable(connection: Connection, person_id: str, now_ms: int) -> None:
    """No more sign-in, and every present one ends."""
    _existing(connection, person_id)
    connection.execute(update(PEOPLE).where(PEOPLE.c.id == person_id).values(disabled_at=now_ms))
    _end_sessions(connection, person_id, now_ms)


def enable(connection: Connection, person_id: str) -> None:
    """May sign in again."""
    _existing(connection, person_id)
    connection.execute(update(PEOPLE).where(PEOPLE.c.id == person_id).values(disabled_at=None))


def everyone(connection: Connection) -> list[Person]:
    """All people, by name."""
    rows = connection.execute(select(PEOPLE).order_by(PEOPLE.c.name_key)).all()
    return [as_person(connection, row) for row in rows]


def by_name(connection: Connection, name: str) -> Row[Any] | None:
    """The row to check a password against; None when there is none or it is disabled."""
    if not name.isprintable():
        return None  # nobody is called so, and some engines cannot even be asked
    wanted = select(PEOPLE).where(PEOPLE.c.name_key == name_key(name), PEOPLE.c.disabled_at.is_(None))
    return connection.execute(wanted).first()


def by_id(connection: Connection, person_id: str) -> Person | None:
    """One person."""
    row = connection.execute(select(PEOPLE).where(PEOPLE.c.id == person_id)).first()
    return None if row is None else as_person(connection, row)


def as_person(connection: Connection, row: Row[Any]) -> Person:
    """A `people` row with its roles."""
    return Person(
        id=row.id, name=row.name, roles=roles_of(connection, row.id), locale=row.locale, disabled_at=row.disabled_at
    )


def roles_of(connection: Connection, person_id: str) -> frozenset[Role]:
    """The person's roles as they are now."""
    held = set(connection.scalars(select(PERSON_ROLES.c.role).where(PERSON_ROLES.c.person_id == person_id)))
    return frozenset(role for role in EVERY_ROLE if role in held)


def _existing(connection: Connection, person_id: str) -> None:
    if not connection.execute(select(PEOPLE.c.id).where(PEOPLE.c.id == person_id)).first():
        raise AccountError(refuse("There is no such person."))


def _write_roles(connection: Connection, person_id: str, roles: frozenset[Role]) -> None:
    connection.execute(insert(PERSON_ROLES), [{"person_id": person_id, "role": role} for role in sorted(roles)])


def _end_sessions(connection: Connection, person_id: str, now_ms: int) -> None:
    connection.execute(delete(SESSIONS).where(SESSIONS.c.person_id == person_id))
    revocations.add(connection, now_ms, person_id, None, SIGNED_OUT)
