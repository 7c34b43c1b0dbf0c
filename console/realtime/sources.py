"""What a channel says: HTML patches for a screen, rows and values for a program. Both speak in three lanes."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec
from msgspec import Raw, Struct

from console.core.messages import Recorded
from console.core.observations import Comment, ObservationsRecorded
from console.core.show import Show
from console.core.slice import Lane, Part, Viewer
from console.realtime.patches import Differ, Patch, Render, content
from console.realtime.protocol import Kind

EVENTS_A_FRAME = 500
LANES: tuple[Lane, ...] = ("state", "comments", "metrics")
MOVED_BY: dict[Lane, tuple[str, ...]] = {"comments": ("comments",), "metrics": ("metrics", "lifecycle")}
"""The slices that the values of a lane are made of: how long a show lasts is one of its numbers."""


class Said(Struct, frozen=True):
    """A frame before it has an envelope. `seq` None means the channel's own."""

    kind: Kind
    fields: dict[str, Any]
    seq: int | None = None


class Feed(Struct, frozen=True, kw_only=True):
    """What the JSON stream is made of; the composition root hands the slices' snapshots in."""

    snapshot: Callable[[Show, Viewer], Any]
    """The whole show as `GET /shows/{id}` answers it."""
    describe: Callable[[Recorded], dict[str, Any]]
    """`{seq, type, …}` of a row; observation batches as stubs with `count`."""
    metrics: Callable[[Show, Viewer], Any]
    comments: Callable[[Show, Viewer], Sequence[Any]]
    """The newest comments, each a mapping with `id`, newest last or first but always the same way."""


class Source(Protocol):
    """Speaks for one channel; owns what its watchers have been told."""

    def take(self, rows: Sequence[Recorded], unbroken: bool, /) -> bool:
        """Rows the show has moved by, said with the next `changes`. False when a gap in them cannot be mended."""
        ...

    def changes(self, show: Show, lane: Lane) -> list[Said]:
        """What is new in a lane since it was last asked."""
        ...

    def whole(self, show: Show, /) -> dict[str, Any]:
        """The fields of a hello that is not a resumption."""
        ...

    def lane(self, lane: Lane) -> list[Said]:
        """A lane as its watchers have it, for one that left some of it out."""
        ...


class ScreenSource:
    """Patches of one screen in one language."""

    __slots__ = ("_differ", "_lanes", "_whole")

    def __init__(self, parts: Sequence[Part], viewer: Viewer, render: Render, show: Show) -> None:
        self._differ = Differ(parts, viewer, render, show)
        self._whole: Raw | None = None
        self._lanes: dict[Lane, list[Said]] = {}

    def take(self, _rows: Sequence[Recorded], _unbroken: bool, /) -> bool:
        """A screen looks at the show, not at its rows."""
        return True

    def changes(self, show: Show, lane: Lane) -> list[Said]:
        """At most one frame, with the lane's changed parts."""
        patches = self._differ.update(show, (lane,))
        if patches:
            self._whole = None
            self._lanes.clear()
        return _patched(patches, lane)

    def whole(self, _show: Show, /) -> dict[str, Any]:
        """Every part; encoded once for all who come before the next change."""
        self._whole = self._whole or _raw(content(self._differ.whole(LANES)))
        return {"content": self._whole}

    def lane(self, lane: Lane) -> list[Said]:
        """The lane's parts whole; drawn up once for all who come back before the next change."""
        if lane not in self._lanes:
            self._lanes[lane] = _patched(self._differ.whole((lane,)), lane)
        return self._lanes[lane]


class StreamSource:
    """Every row in order, newest numbers, changed comments."""

    __slots__ = ("_comments", "_dropped", "_feed", "_metrics", "_moved", "_rows", "_snapshot", "_viewer")

    def __init__(self, feed: Feed, viewer: Viewer, show: Show) -> None:
        self._feed = feed
        self._viewer = viewer
        self._rows: list[Recorded] = []
        self._dropped = 0
        self._moved = {lane: _moves(show, lane) for lane in MOVED_BY}
        self._comments = self._newest(show)
        self._metrics = feed.metrics(show, viewer)
        self._snapshot: tuple[int, Raw] | None = None

    def take(self, rows: Sequence[Recorded], unbroken: bool, /) -> bool:
        """Queue the rows for the next frame; after a gap forget them all."""
        self._rows = [*self._rows, *rows] if unbroken else []
        self._dropped += sum(map(_comments_in, rows))
        return unbroken

    def changes(self, show: Show, lane: Lane) -> list[Said]:
        """Events, or the lane's values if its slice has moved and they differ."""
        if lane == "state":
            return self._events()
        moved = _moves(show, lane)
        if moved == self._moved[lane]:
            return []
        self._moved[lane] = moved
        return self._new_comments(show) if lane == "comments" else self._new_metrics(show)

    def whole(self, show: Show, /) -> dict[str, Any]:
        """The snapshot, encoded once for each seq."""
        if self._snapshot is None or self._snapshot[0] != show.seq:
            self._snapshot = show.seq, Raw(msgspec.json.encode(self._feed.snapshot(show, self._viewer)))
        return {"snapshot": self._snapshot[1]}

    def lane(self, lane: Lane) -> list[Said]:
        """All newest comments, or the numbers; the events are the ring's."""
        if lane == "comments":
            return [Said("comments", {"items": list(self._comments.values()), "dropped": 0})]
        return [Said("metrics", {"values": self._metrics})] if lane == "metrics" else []

    def _events(self) -> list[Said]:
        rows, self._rows = self._rows, []
        pages = [rows[at : at + EVENTS_A_FRAME] for at in range(0, len(rows), EVENTS_A_FRAME)]
        return [Said("events", {"items": [self._feed.describe(row) for row in page]}, page[-1].seq) for page in pages]

    def _new_comments(self, show: Show) -> list[Said]:
        known, self._comments = self._comments, self._newest(show)
        items = [item for key, item in self._comments.items() if known.get(key) != item]
        fresh = sum(key not in known for key in self._comments)
        dropped, self._dropped = max(0, self._dropped - fresh), 0
        return [Said("comments", {"items": items, "dropped": dropped})] if items or dropped else []

    def _new_metrics(self, show: Show) -> list[Said]:
        known, self._metrics = self._metrics, self._feed.metrics(show, self._viewer)
        return [Said("metrics", {"values": self._metrics})] if known != self._metrics else []

    def _newest(self, show: Show) -> dict[str, Any]:
        return {item["id"]: item for item in self._feed.comments(show, self._viewer)}


def _moves(show: Show, lane: Lane) -> tuple[int, ...]:
    return tuple(show.moved.get(name, 0) for name in MOVED_BY[lane])


def _comments_in(row: Recorded) -> int:
    return sum(isinstance(item, Comment) for item in getattr(row.event, "items", ())) if _is_batch(row) else 0


def _is_batch(row: Recorded) -> bool:
    return isinstance(row.event, ObservationsRecorded)


def _patched(patches: Sequence[Patch], lane: Lane) -> list[Said]:
    return [Said("patch", {"lane": lane, "content": _raw(content(patches))})] if patches else []


def _raw(html: str) -> Raw:
    """A lone surrogate that got this far must not take a whole screen down."""
    return Raw(msgspec.json.encode(html.encode(errors="replace").decode()))
