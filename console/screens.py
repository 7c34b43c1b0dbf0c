"""Every part of every slice by its name, and which of them each live screen is made of."""

from console.comments.slice import PARTS as COMMENTS
from console.core.lifecycle import PARTS as LIFECYCLE
from console.core.slice import Part
from console.metrics.slice import PARTS as METRICS
from console.offers.slice import PARTS as OFFERS
from console.realtime.hub import STREAM
from console.scripts.slice import PARTS as SCRIPTS
from console.shelf.slice import PARTS as SHELF
from console.web.parts import parts_of

PARTS: dict[str, Part] = {part.name: part for part in (*LIFECYCLE, *SCRIPTS, *SHELF, *OFFERS, *COMMENTS, *METRICS)}

LIVE = ("plan", "control", "host", "moderate", "metrics", "overlay")
LOOKED_AT = frozenset({"metrics", "overlay", STREAM})
"""Nothing can be pressed on these. Under the worst load who is new there waits, and nobody who works does."""


def screens() -> dict[str, tuple[Part, ...]]:
    """Screen → its parts in the order of its template. Raises KeyError for a part that no slice has."""
    return {screen: tuple(PARTS[name] for name in parts_of(screen)) for screen in LIVE}
