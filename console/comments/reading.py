"""A text as people read it: letters and digits only, with full width, accents, case and look-alikes undone."""

import unicodedata
from functools import lru_cache

from msgspec import Struct

from console.comments.lookalikes import LOOKALIKES

SPELLED = 16_384
"""Characters whose spelling is remembered; a language has fewer."""

NOTHING, HIDDEN, JOINER, SPACE, SENTENCE = range(5)
"""What stood between two characters, in order of how much it separates them."""

_SENTENCE_MARKS = frozenset(".,;:!?。，、；：！？…\n\r")
_WORD_BREAKS = frozenset("'’‘`/\\|()[]{}<>\"“”《》【】（）")
_HIDDEN_CATEGORIES = frozenset({"Mn", "Me", "Mc", "Cf", "Cc", "Cs", "Co", "Cn"})


class Reading(Struct, frozen=True):
    """Letters and digits of a text; `at[i]` is where letter i stands in it, `gaps[i]` what stood before letter i."""

    letters: str
    at: list[int]
    gaps: list[int]


def letters_of(text: str) -> str:
    """The letters of `read(text)`, at a fraction of its cost."""
    return text.translate(_SPELLINGS)


def read(text: str) -> Reading:
    """Undo full width, accents, look-alikes and case, leave out all that is no letter or digit, keep the way back."""
    letters: list[str] = []
    at: list[int] = []
    gaps: list[int] = []
    gap = NOTHING
    for index, char in enumerate(text):
        spelled, separates = _spelled(char)
        if not spelled:
            gap = max(gap, separates)
        for letter in spelled:
            letters.append(letter)
            at.append(index)
            gaps.append(gap)
            gap = NOTHING
    return Reading("".join(letters), at, gaps)


@lru_cache(maxsize=SPELLED)
def _spelled(char: str) -> tuple[str, int]:
    """The letters `char` stands for, or none and how much it separates its neighbours."""
    plain = LOOKALIKES.get(char) or unicodedata.normalize("NFKD", char).casefold()
    letters = "".join(meant for c in plain if (meant := LOOKALIKES.get(c, c)).isalnum())
    return letters, NOTHING if letters else _separation(char)


class _Spellings(dict[int, str]):
    """Code point → letters, learnt as they come: what `str.translate` takes to do at once what `read` does."""

    def __missing__(self, code: int) -> str:
        if len(self) >= SPELLED:
            self.clear()
        self[code] = _spelled(chr(code))[0]
        return self[code]


_SPELLINGS = _Spellings()


def _separation(char: str) -> int:
    if char in _SENTENCE_MARKS:
        return SENTENCE
    if char.isspace() or char in _WORD_BREAKS:
        return SPACE
    return HIDDEN if unicodedata.category(char) in _HIDDEN_CATEGORIES else JOINER
