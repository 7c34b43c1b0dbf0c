"""Bounds on time that mean something on a slow machine and under coverage too."""

import sys


def patience(seconds: float) -> float:
    """What may take `seconds` alone and untraced may take here: neighbours double it, a tracer doubles it again."""
    return seconds * (4 if sys.gettrace() else 2)
