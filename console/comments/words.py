"""The console's own word lists: text files beside this module, one per category and language."""

from collections.abc import Iterable
from importlib.resources import files

from console.comments.rules import Words


def own_entries() -> dict[str, list[str]]:
    """Entries by category: of `words/<category>.<language>.txt`, one on a line, `#` begins a remark."""
    entries: dict[str, list[str]] = {}
    for file in sorted(files("console.comments").joinpath("words").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".txt"):
            lines = file.read_text(encoding="utf-8").splitlines()
            entries.setdefault(file.name.split(".")[0], []).extend(_entries(lines))
    return entries


def own_words() -> Words:
    """The lists, compiled; takes some milliseconds, so call it once."""
    return Words.of(own_entries())


def _entries(lines: Iterable[str]) -> Iterable[str]:
    trimmed = (line.strip() for line in lines)
    return (line for line in trimmed if line and not line.startswith("#"))
