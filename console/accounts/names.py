"""What actors are called. Those who left keep their names: a record of who did what outlives them."""

from sqlalchemy import Connection, select, union_all

from console.accounts.tables import PEOPLE, TOKENS


def names(connection: Connection) -> dict[str, str]:
    """Actor id → name, of people and of programs with a token."""
    known = union_all(select(PEOPLE.c.id, PEOPLE.c.name), select(TOKENS.c.id, TOKENS.c.name))
    return {row.id: row.name for row in connection.execute(known)}
