"""What the environment says. Read once, at the composition root."""

from collections.abc import Iterable, Mapping
from ipaddress import ip_network
from pathlib import Path

from msgspec import Struct


class Settings(Struct, frozen=True, kw_only=True):
    """See README, «Settings». `database_url` and `redis_url` as SQLAlchemy and redis-py spell them."""

    data_dir: Path
    database_url: str
    redis_url: str | None
    host: str
    port: int
    allowed_origins: frozenset[str]
    trusted_proxies: tuple[str, ...] = ()
    """Addresses and networks whose X-Forwarded-For and X-Forwarded-Proto are believed."""

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        """From CONSOLE_* variables. Raises ValueError when one cannot be understood."""
        data_dir = Path(environ.get("CONSOLE_DATA_DIR", "data")).absolute()
        return cls(
            data_dir=data_dir,
            database_url=_database_url(environ.get("CONSOLE_DATABASE_URL") or f"sqlite:///{data_dir / 'console.db'}"),
            redis_url=environ.get("CONSOLE_REDIS_URL") or None,
            host=environ.get("CONSOLE_HOST", "127.0.0.1"),
            port=_port(environ.get("CONSOLE_PORT", "8000")),
            allowed_origins=frozenset(_listed(environ.get("CONSOLE_ALLOWED_ORIGINS", ""))),
            trusted_proxies=_proxies(_listed(environ.get("CONSOLE_TRUSTED_PROXIES", ""))),
        )


def _database_url(text: str) -> str:
    if not text.startswith(("sqlite:///", "postgresql+asyncpg://")):
        scheme = text.partition("://")[0]
        raise ValueError(f"CONSOLE_DATABASE_URL must begin with sqlite:/// or postgresql+asyncpg://, not {scheme!r}")
    return text


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65_535:
        raise ValueError(f"CONSOLE_PORT must be a number from 0 to 65535, not {text!r}")
    return int(text)


def _listed(text: str) -> Iterable[str]:
    return (word.strip() for word in text.split(",") if word.strip())


def _proxies(words: Iterable[str]) -> tuple[str, ...]:
    """Whoever is named here may say who he is: so addresses, never names, and never everybody."""
    return tuple(_proxy(word) for word in words)


def _proxy(word: str) -> str:
    try:
        network = ip_network(word)
    except ValueError:
        network = None
    if network is None or network.prefixlen == 0:
        raise ValueError(f"CONSOLE_TRUSTED_PROXIES must list addresses like 10.0.0.2 or 10.0.0.0/24, not {word!r}")
    return word
