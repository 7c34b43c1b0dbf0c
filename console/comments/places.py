"""Where in the journal a comment stands, which is all its id says: one way to write it, one to read it, one to pack it."""

import re

Place = tuple[int, int]
"""(seq, position in the batch) of a comment."""

INDEX_BITS = 10
"""A batch has fewer places than two to this, and their numbers have three digits at most."""
_ID = re.compile(r"c([1-9][0-9]{0,17})-(0|[1-9][0-9]{0,2})")


def id_of(seq: int, index: int) -> str:
    """What the comment at this place is called."""
    return f"c{seq}-{index}"


def place(line_id: str) -> Place | None:
    """The place an id of `id_of` names; None for any other text."""
    found = _ID.fullmatch(line_id)
    return (int(found[1]), int(found[2])) if found else None


def packed(at: Place) -> int:
    """One number that stands in the same order."""
    return at[0] << INDEX_BITS | at[1]


def unpacked(number: int) -> Place:
    """The place that was packed."""
    return number >> INDEX_BITS, number & (1 << INDEX_BITS) - 1
