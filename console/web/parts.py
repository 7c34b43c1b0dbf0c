"""Which parts a screen's template places: the template is the only list."""

import re
from collections.abc import Iterator
from pathlib import Path

from console.web.i18n import ROOT

PLACED = re.compile(r"\bpart\(\"([a-z-]+)\"\)")
OTHER = re.compile(r"\{%-?\s*(?:extends|include|from|import)\s+\"([^\"]+)\"")


def parts_of(screen: str, root: Path = ROOT / "templates") -> tuple[str, ...]:
    """Names that `screens/<screen>.html`, and what it extends or includes, asks `part("…")` for; in their order."""
    return tuple(dict.fromkeys(_names(root, f"screens/{screen}.html")))


def _names(root: Path, template: str) -> Iterator[str]:
    source = (root / template).read_text(encoding="utf-8")
    yield from PLACED.findall(source)
    for other in OTHER.findall(source):
        yield from _names(root, other)
