"""What a list says of a show stands in its line, so that no list folds a journal; filled from the journals there are"""

from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

COLUMNS: tuple[sa.Column[Any], ...] = (
    sa.Column("title", sa.String(length=200), server_default="", nullable=False),
    sa.Column("status", sa.String(length=16), server_default="planned", nullable=False),
    sa.Column("starts_at", sa.BigInteger(), nullable=True),
    sa.Column("started_at", sa.BigInteger(), nullable=True),
    sa.Column("ended_at", sa.BigInteger(), nullable=True),
    sa.Column("rehearsal", sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column("delivery", sa.String(length=16), server_default="none", nullable=False),
    sa.Column("head", sa.BigInteger(), server_default="0", nullable=False),
    sa.Column("at_ms", sa.BigInteger(), server_default="0", nullable=False),
)
SHOWS = sa.table("shows", sa.column("id"), *(sa.column(column.name, column.type) for column in COLUMNS))
JOURNAL = sa.table(
    "journal", sa.column("show_id"), sa.column("seq"), sa.column("at_ms"), sa.column("type"), sa.column("payload")
)
CREATED = ("title", "starts_at", "rehearsal", "delivery")


def upgrade() -> None:
    for column in COLUMNS:
        op.add_column("shows", column)
    connection = op.get_bind()
    # Half of a creation that was cut off: nobody was told of it, and from now on there can be none.
    connection.execute(sa.delete(SHOWS).where(~sa.exists().where(JOURNAL.c.show_id == SHOWS.c.id)))
    for show_id in connection.execute(sa.select(SHOWS.c.id)).scalars().all():
        connection.execute(sa.update(SHOWS).where(SHOWS.c.id == show_id).values(_line(connection, show_id)))


def downgrade() -> None:
    for column in COLUMNS:
        op.drop_column("shows", column.name)


def _line(connection: sa.Connection, show_id: str) -> dict[str, Any]:
    """Frozen as the rows were when this was written; `console rebuild` folds it with today's code."""
    rows = sa.select(JOURNAL).where(JOURNAL.c.show_id == show_id).order_by(JOURNAL.c.seq)
    telling = rows.where(JOURNAL.c.type.in_(("show_created", "show_started", "show_ended")))
    newest = connection.execute(rows.order_by(None).order_by(JOURNAL.c.seq.desc()).limit(1)).one()
    line = {"head": newest.seq, "at_ms": newest.at_ms}
    for row in connection.execute(telling):
        line |= _told(row.type, row.at_ms, msgspec.json.decode(row.payload))
    return line


def _told(kind: str, at_ms: int, fields: Mapping[str, Any]) -> dict[str, Any]:
    if kind == "show_created":
        return {name: fields[name] for name in CREATED if name in fields}
    if kind == "show_started":
        return {"status": "live", "started_at": at_ms}
    return {"status": "ended", "ended_at": at_ms}
