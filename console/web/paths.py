"""Addresses that strangers give us."""

from urllib.parse import urlsplit

HOME = "/shows"
MAX_LENGTH = 500


def same_site(address: str | None, otherwise: str = HOME) -> str:
    """`address` when it is a path on this very site, else `otherwise`. Browsers read `\\` as `/` and skip controls."""
    if not address or len(address) > MAX_LENGTH or not address.isprintable():
        return otherwise
    if not address.startswith("/") or address.startswith("//") or "\\" in address:
        return otherwise
    try:
        parts = urlsplit(address)
    except ValueError:
        return otherwise
    return otherwise if parts.scheme or parts.netloc else address
