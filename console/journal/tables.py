"""The journal's tables, one definition for every SQL store."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, MetaData, String, Table

METADATA = MetaData()

SHOWS = Table(
    "shows",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("epoch", String(64), nullable=False),
)

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
