"""Which group each question of a show was put into, in a few bytes each: what is left of those let go from memory."""

from array import array
from bisect import bisect_left

from console.comments.places import Place, packed, unpacked


class Asked:
    """Eight bytes a question and eight a group, for every question of the show; more after four million rows."""

    __slots__ = ("_firsts", "_groups", "_places", "_sizes")

    def __init__(self) -> None:
        self._places = array("I")
        """Ascending, and beside each the number of its group."""
        self._groups = array("I")
        self._firsts = array("I")
        """By number of the group: who asked first, and how many were open when it was let go."""
        self._sizes = array("I")

    def note(self, place: Place, group: int) -> None:
        """A question was put into a group. Groups are numbered from 0 in the order in which they are first noted."""
        number = packed(place)
        at = bisect_left(self._places, number)
        self._places = _with(self._places, at, number)
        self._groups.insert(at, group)
        if group == len(self._firsts):
            self._firsts = _with(self._firsts, group, number)
            self._sizes.append(0)

    def group(self, place: Place) -> int | None:
        """The number of the group of a question, None for what is none."""
        number = packed(place)
        at = bisect_left(self._places, number)
        return self._groups[at] if at < len(self._places) and self._places[at] == number else None

    def keep_size(self, group: int, size: int) -> None:
        """The group is let go, with so many open questions in it."""
        self._sizes[group] = size

    def size(self, group: int) -> int:
        """As it was when it was let go."""
        return self._sizes[group]

    def first(self, group: int) -> Place:
        """The question that began it."""
        return unpacked(self._firsts[group])


def _with(numbers: "array[int]", at: int, number: int) -> "array[int]":
    """`numbers` with one more at that place, in wider cells when it does not fit."""
    try:
        numbers.insert(at, number)
    except OverflowError:
        numbers = array("Q", numbers)
        numbers.insert(at, number)
    return numbers
