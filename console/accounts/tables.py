"""Who may do what. Secrets are kept as hashes only; instants are epoch milliseconds."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, String, Table

from console.journal.tables import METADATA

PEOPLE = Table(
    "people",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("name_key", String(320), nullable=False, unique=True),
    Column("password_hash", String(200)),
    Column("locale", String(8)),
    Column("created_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
)

PERSON_ROLES = Table(
    "person_roles",
    METADATA,
    Column("person_id", String(64), ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("role", String(32), primary_key=True),
)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("id_hash", String(64), primary_key=True),
    Column("person_id", String(64), ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

TOKENS = Table(
    "tokens",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("roles", String(200), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)

LINKS = Table(
    "links",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("show_id", String(64), nullable=False, index=True),
    Column("screen", String(16), nullable=False),
    Column("created_by", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)

REVISION = Table(
    "account_revision",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False),
)

REVOCATIONS = Table(
    "revocations",
    METADATA,
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("session_id", String(64)),
    Column("code", Integer, nullable=False),
)
