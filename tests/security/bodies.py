"""Bodies of any size that are as much work as they can be."""

from collections.abc import Callable


def filled(size: int, opening: bytes, piece: bytes, ending: bytes) -> bytes:
    return opening + piece * ((size - len(opening) - len(ending)) // len(piece)) + ending


LARGE: dict[str, Callable[[int], bytes]] = {
    "lists": lambda size: filled(size, b"[", b"[],", b"[]]"),
    "lists in one": lambda size: filled(size, b'[{"a":[', b"[],", b"[]]}]"),
    "objects": lambda size: filled(size, b"[", b"{},", b"{}]"),
    "numbers": lambda size: filled(size, b"[", b"1,", b"1]"),
    "digits": lambda size: filled(size, b"[", b"1", b"]"),
    "one word": lambda size: filled(size, b'["', b"a", b'"]'),
    "escapes": lambda size: filled(size, b'["', rb"\u0061", b'"]'),
    "halves": lambda size: filled(size, b'["', rb"\ud800", b'"]'),
    "quotes": lambda size: filled(size, b'["', rb"\"", b'"]'),
    "backslashes": lambda size: filled(size, b'["', rb"\\", b'"]'),
    "keys": lambda size: filled(size, b"{", b'"a":1,', b'"b":1}'),
    "spaces": lambda size: filled(size, b"[1,", b" ", b"1]"),
    "spaces after a trap": lambda size: filled(size, b"[NaN,", b" ", b"1]"),
    "opened": lambda size: filled(size, b"", b"[", b""),
    "opened and closed": lambda size: filled(size, b"", b"[]", b""),
    "lines": lambda size: filled(size, b"{}", b"\n", b"{}"),
    "traps": lambda size: filled(size, b"[", b"NaN,", b"NaN]"),
    "bytes": lambda size: filled(size, b"", b"\xff", b""),
}
