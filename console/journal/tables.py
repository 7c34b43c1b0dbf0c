"""The journal's tables, one definition for every SQL store."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, LargeBinary, MetaData, String, Table, false

METADATA = MetaData()

SHOWS = Table(
    "shows",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("epoch", String(64), nullable=False),
    Column("title", String(200), nullable=False, server_default=""),
    Column("status", String(16), nullable=False, server_default="planned"),
    Column("starts_at", BigInteger),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("rehearsal", Boolean, nullable=False, server_default=false()),
    Column("delivery", String(16), nullable=False, server_default="none"),
    Column("head", BigInteger, nullable=False, server_default="0"),
    Column("at_ms", BigInteger, nullable=False, server_default="0"),
)
"""One line a show. Besides its identity all of it is a read model: folded from the journal, written with its rows."""

JOURNAL = Table(
    "journal",
    METADATA,
    Column("show_id", String(64), ForeignKey("shows.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("type", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("cause", BigInteger),
    Column("command_id", String(64)),
    Column("payload", LargeBinary, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    sqlite_with_rowid=False,
)

COMMANDS = Table(
    "commands",
    METADATA,
    Column("show_id", String(64), primary_key=True),
    Column("command_id", String(64), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("answer", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

SEEN = Table(
    "seen",
    METADATA,
    Column("show_id", String(64), primary_key=True),
    Column("source", String(200), primary_key=True),
    Column("id", String(200), primary_key=True),
    Column("digest", LargeBinary(16), nullable=False),
    sqlite_with_rowid=False,
)
