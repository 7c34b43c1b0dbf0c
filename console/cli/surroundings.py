"""What a deployment looks like from inside: who can listen in, who can pretend, and whether the store may be shared."""

import socket
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import make_url

from console.cli.durable import Finding
from console.settings import Settings

NETWORK_FILES = ("nfs", "cifs", "smb", "fuse.sshfs", "9p", "ceph", "glusterfs", "lustre")
"""File systems on which SQLite's write-ahead log does not hold what it promises."""
MOUNTS = Path("/proc/self/mounts")
NARROWEST = {4: 24, 6: 64}
"""A network of more addresses than that of one link is not one of proxies; by version of IP, in bits."""

Address = IPv4Address | IPv6Address
LookUp = Callable[[str], list[Address]]
"""The addresses of a name; none when it has none."""


def look_up(host: str) -> list[Address]:
    """As this machine finds it."""
    try:
        return [ip_address(found[4][0]) for found in socket.getaddrinfo(host, None)]
    except (OSError, UnicodeError):
        return []


def network(settings: Settings) -> Iterator[Finding]:
    """The way from browsers to here."""
    secure = [origin for origin in settings.allowed_origins if origin.startswith("https://")]
    yield _address(settings, secure)
    for origin in sorted(settings.allowed_origins.difference(secure)):
        if not is_local(urlsplit(origin).hostname):
            yield False, f"origin {origin} without TLS: sign-ins can be read on the way; use https://"
    if secure:
        yield _proxies(settings)
    yield from (
        (
            False,
            f"CONSOLE_TRUSTED_PROXIES names {word}: everybody in so wide a network can say who he is; name the proxies",
        )
        for word in settings.trusted_proxies
        if _is_wide(word)
    )


def bus(settings: Settings, found: LookUp = look_up) -> Iterator[Finding]:
    """Who but the nodes can come to Redis: asked of its address, which is all that can be seen from here."""
    host = urlsplit(settings.redis_url or "").hostname
    missing = _unguarded(settings.redis_url or "")
    addresses = [] if is_local(host) or not missing else found(str(host))
    if any(address.is_global for address in addresses):
        yield False, f"Redis at {host} is reached over public addresses without {missing}: others can listen and speak"
    elif not all(address.is_loopback for address in addresses):
        yield (
            True,
            f"Redis at {host} has private addresses and is used without {missing}: let only nodes into that network",
        )


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


def _unguarded(url: str) -> str:
    """What a connection to Redis goes without."""
    parts = urlsplit(url)
    said = parse_qs(parts.query)
    known = parts.password or "password" in said or "ssl_certfile" in said
    return " or ".join(word for word, given in (("password", known), ("TLS", parts.scheme == "rediss")) if not given)


def _is_wide(word: str) -> bool:
    network = ip_network(word)
    return network.prefixlen < NARROWEST[network.version]


def _proxies(settings: Settings) -> Finding:
    if settings.trusted_proxies:
        return True, f"callers' addresses are taken from {', '.join(settings.trusted_proxies)}"
    return (
        False,
        "an https:// origin but no CONSOLE_TRUSTED_PROXIES: all callers count as one when guessing is slowed down",
    )
