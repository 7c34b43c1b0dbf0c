"""Judges a comment's text: does a listed word hold it, and does it ask something? Pure; the lists are arguments.

A text is read as people read it: full width, accents, look-alikes, hidden and separating characters are undone
before the lists are searched, and what was found is told as a span of the text as it was written.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import ahocorasick
from msgspec import Struct

from console.comments.lookalikes import LEET
from console.comments.questions import asks
from console.comments.reading import HIDDEN, JOINER, SPACE, Reading, letters_of, read
from console.core.messages import N_
from console.core.observations import Hold

TEXT_LIMIT = 4_000
ALLOW = "allow"
"""The category whose entries excuse what is found inside them: `傻瓜相机` excuses `傻瓜`."""

_LOOSE = re.compile(r"(?i)[a-z][@$013457]|[@$013457][a-z]|([a-z])\1\1")

_LINK = (
    r"(?<![a-z0-9])(?:https?://[^\s]{1,200}"
    r"|(?:[a-z0-9-]{1,63}\.){1,5}(?:com|cn|net|top|xyz|shop|vip|cc|link)(?![a-z0-9]))"
)

CATEGORIES = {
    "abuse": N_("Abuse"),
    "adult": N_("Sexual content"),
    "contact": N_("Contact details"),
    "diversion": N_("Leads viewers away"),
    "fraud": N_("Fraud"),
    "medical": N_("Medical claim"),
    "platform": N_("Other platform"),
    "politics": N_("Politics"),
}
"""Names of the word lists' categories, for people; a category of a shop's own list is its own name."""


class Pattern(Struct, frozen=True):
    """A rule no list can hold. Looked for in the text itself, or `squeezed`, in its letters and digits only."""

    rule: str
    category: str
    pattern: re.Pattern[str]
    squeezed: bool


PATTERNS = (
    Pattern("phone number", "contact", re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)"), True),
    Pattern("link", "contact", re.compile(_LINK, re.IGNORECASE), False),
)


class Verdict(Struct, frozen=True):
    """`hold` is None for a comment that may pass."""

    hold: Hold | None
    question: bool


class Entry(Struct, frozen=True):
    """A listed word: as written, its category, and the places inside it where it has a space of its own."""

    word: str
    category: str
    breaks: frozenset[int]


class Hit(Struct, frozen=True, order=True):
    """Sorted by what comes first in the text, then by what is longest."""

    start: int
    end_negative: int
    category: str
    rule: str


class Words:
    """Word lists, compiled. `Words.of({"spam": ["加微信", "vx"]}).judge("＋ V 信")`."""

    __slots__ = ("_automaton", "patterns")

    def __init__(self, automaton: Any, patterns: Sequence[Pattern]) -> None:
        self._automaton = automaton
        self.patterns = patterns

    @classmethod
    def of(cls, entries: Mapping[str, Sequence[str]], patterns: Sequence[Pattern] = PATTERNS) -> "Words":
        """Compile `entries` by category; a word in two of them counts for ALLOW, else for the first by name."""
        automaton = ahocorasick.Automaton()
        for category in sorted(entries, key=lambda name: (name != ALLOW, name), reverse=True):
            for word in entries[category]:
                if letters := read(word).letters:
                    same, _ = automaton.get(letters, (None, 0))
                    breaks = _breaks(word) | (same.breaks if same else frozenset())
                    automaton.add_word(letters, (Entry(word, category, breaks), len(letters)))
        if not len(automaton):
            return cls(None, patterns)
        automaton.make_automaton()
        return cls(automaton, patterns)

    def judge(self, text: str) -> Verdict:
        """See `judge`."""
        return judge(text, self)

    def touch(self, letters: str) -> bool:
        """Whether any listed word is in `letters` at all, whatever stands beside or inside it."""
        return self._automaton is not None and next(self._automaton.iter(letters), None) is not None

    def listed(self, reading: Reading) -> Iterator[tuple[int, int, Entry]]:
        """(first letter, letter after the last, entry) of every listed word that stands in `reading`."""
        if self._automaton is None:
            return
        for last, (entry, length) in self._automaton.iter(reading.letters):
            start, end = last + 1 - length, last + 1
            if _stands(reading, start, end, entry.breaks):
                yield start, end, entry


def judge(text: str, words: Words) -> Verdict:
    """The first listed word that stands in `text`, and whether `text` asks something.

    Never raises, whatever the text; its cost is bounded by TEXT_LIMIT characters.
    """
    text = text[:TEXT_LIMIT]
    return Verdict(_hold(text, words) if _suspicious(text, words) else None, asks(text))


def _suspicious(text: str, words: Words) -> bool:
    """False for what cannot hit: most comments, for which the way back from letters to places need not be kept."""
    letters = letters_of(text)
    return (
        words.touch(letters)
        or _LOOSE.search(text) is not None
        or any(rule.pattern.search(letters if rule.squeezed else text) for rule in words.patterns)
    )


def _hold(text: str, words: Words) -> Hold | None:
    reading = read(text)
    return _first_serious(
        [*_plain_hits(reading, words), *_loose_hits(text, words), *_pattern_hits(text, reading, words)]
    )


def _first_serious(found: Sequence[Hit]) -> Hold | None:
    """The first hit that no excuse covers; in this order an excuse comes before whatever stands inside it."""
    excused = 0
    for hit in sorted(found):
        end = -hit.end_negative
        if hit.category == ALLOW:
            excused = max(excused, end)
        elif end > excused:
            return Hold(hit.rule, hit.category, hit.start, end)
    return None


def _plain_hits(reading: Reading, words: Words) -> Iterator[Hit]:
    for start, end, entry in words.listed(reading):
        yield _hit(reading, start, end, entry.category, entry.word)


def _loose_hits(text: str, words: Words) -> Iterator[Hit]:
    """Latin words written with signs for letters (`sh1t`) or with letters drawn out (`fuuuck`)."""
    if not _LOOSE.search(text):
        return
    reading = _loosened(text)
    for start, end, entry in words.listed(reading):
        if end - start >= 4 and _mostly_letters(text, reading, start, end):
            yield _hit(reading, start, end, entry.category, entry.word)


def _pattern_hits(text: str, reading: Reading, words: Words) -> Iterator[Hit]:
    for rule in words.patterns:
        for found in rule.pattern.finditer(reading.letters if rule.squeezed else text):
            if rule.squeezed:
                yield _hit(reading, *found.span(), rule.category, rule.rule)
            else:
                yield Hit(found.start(), -found.end(), rule.category, rule.rule)


def _breaks(word: str) -> frozenset[int]:
    return frozenset(place for place, gap in enumerate(read(word).gaps) if gap >= SPACE)


def _stands(reading: Reading, start: int, end: int, breaks: frozenset[int]) -> bool:
    """A word stands when it is cut off from Latin letters and digits beside it and holds together inside."""
    return _cut_off(reading, start) and _cut_off(reading, end) and _holds_together(reading, start, end, breaks)


def _cut_off(reading: Reading, place: int) -> bool:
    """No Latin word and no number goes on across `place`; Chinese has no word boundaries."""
    if not 0 < place < len(reading.letters) or reading.gaps[place] > HIDDEN:
        return True
    before, after = reading.letters[place - 1], reading.letters[place]
    return not (_latin(before) and _latin(after)) and not (before.isdigit() and after.isdigit())


def _holds_together(reading: Reading, start: int, end: int, breaks: frozenset[int]) -> bool:
    """`f*ck` and `f u c k` are one word, `pen is` is two; `加 微信` is one, `参加，微信` is two."""
    inner = [place for place in range(start + 1, end) if place - start not in breaks]
    if all(reading.gaps[place] <= _tolerated(reading.letters, place) for place in inner):
        return True
    return len(inner) >= 2 and all(reading.gaps[place] > HIDDEN for place in inner)


def _tolerated(letters: str, place: int) -> int:
    return JOINER if _latin(letters[place - 1]) and _latin(letters[place]) else SPACE


def _latin(letter: str) -> bool:
    return letter.isascii() and letter.isalpha()


def _hit(reading: Reading, start: int, end: int, category: str, rule: str) -> Hit:
    return Hit(reading.at[start], -(reading.at[end - 1] + 1), category, rule)


def _loosened(text: str) -> Reading:
    """`read`, with signs taken for the letters they look like and rows of a letter taken for one."""
    reading = read(text.translate(LEET))
    keep = [i for i in range(len(reading.letters)) if not _drawn_out(reading, i)]
    letters, at, gaps = reading.letters, reading.at, reading.gaps
    return Reading("".join(letters[i] for i in keep), [at[i] for i in keep], [gaps[i] for i in keep])


def _drawn_out(reading: Reading, i: int) -> bool:
    """Part of a row of three or more of one letter, and not its first."""
    letters = reading.letters
    same = i > 0 and letters[i - 1] == letters[i] and _latin(letters[i])
    return same and (letters[i - 2 : i - 1] == letters[i] or letters[i + 1 : i + 2] == letters[i])


def _mostly_letters(text: str, reading: Reading, start: int, end: int) -> bool:
    """`sh1t` is a word, `a55` and `1337` are numbers."""
    return 2 * sum(text[at].isalpha() for at in reading.at[start:end]) > end - start
