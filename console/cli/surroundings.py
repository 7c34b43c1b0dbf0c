"""What a deployment looks like from inside: who can listen in, who can pretend, and whether the store may be shared."""

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url

from console.cli.durable import Finding
from console.settings import Settings

NETWORK_FILES = ("nfs", "cifs", "smb", "fuse.sshfs", "9p", "ceph", "glusterfs", "lustre")
"""File systems on which SQLite's write-ahead log does not hold what it promises."""
MOUNTS = Path("/proc/self/mounts")


def network(settings: Settings) -> Iterator[Finding]:
    """The way from browsers to here."""
    secure = [origin for origin in settings.allowed_origins if origin.startswith("https://")]
    yield _address(settings, secure)
    for origin in sorted(settings.allowed_origins.difference(secure)):
        if not is_local(urlsplit(origin).hostname):
            yield False, f"origin {origin} without TLS: sign-ins can be read on the way; use https://"
    if secure:
        yield _proxies(settings)


def sharing(settings: Settings, mounts: Path = MOUNTS) -> Iterator[Finding]:
    """Whether those who may share this store can."""
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        return
    if settings.redis_url and not is_local(urlsplit(settings.redis_url).hostname):
        yield False, "Redis on another machine, but SQLite is one machine's store: several machines need PostgreSQL"
    kind = file_system(Path(url.database or "").absolute(), mounts)
    if kind.startswith(NETWORK_FILES):
        yield False, f"the database lies on {kind}: SQLite needs a disk of this machine"


def is_local(host: str | None) -> bool:
    """A name of this machine, or none at all as with a Unix socket."""
    if not host or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def file_system(path: Path, mounts: Path = MOUNTS) -> str:
    """The kind of file system a path lies on; empty where that cannot be asked."""
    try:
        lines = [line.split() for line in mounts.read_text("utf-8").splitlines()]
    except OSError:
        return ""
    around = [(len(where), kind) for _, where, kind, *_ in lines if path.is_relative_to(where)]
    return max(around, default=(0, ""))[1]


def _address(settings: Settings, secure: list[str]) -> Finding:
    here = f"address {settings.host}:{settings.port}"
    if is_local(settings.host) or secure:
        return True, here
    return False, f"{here} without an https:// origin in CONSOLE_ALLOWED_ORIGINS"


def _proxies(settings: Settings) -> Finding:
    if settings.trusted_proxies:
        return True, f"callers' addresses are taken from {', '.join(settings.trusted_proxies)}"
    return (
        False,
        "an https:// origin but no CONSOLE_TRUSTED_PROXIES: all callers count as one when guessing is slowed down",
    )
