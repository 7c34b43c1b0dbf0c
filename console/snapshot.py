"""The whole of a show as `GET /api/v1/shows/{id}` and a socket's hello give it, and what a stream says after it."""

from collections.abc import Callable, Sequence
from typing import Any

from console.comments.snapshot import queue_items
from console.core.show import Show
from console.core.slice import Slice, Viewer
from console.core.time import to_rfc3339
from console.core.wire import described
from console.realtime.sources import Feed
from console.scripts.snapshot import running_late
from console.scripts.views import messages_snapshot, requests_snapshot

SHOWN_AS = {"lifecycle": "show"}


def snapshot(show: Show, viewer: Viewer, now_ms: int) -> dict[str, Any]:
    """See API.md, «Snapshot»; bounded, masked for `viewer`, built whole at `show.seq`."""
    pieces = {
        SHOWN_AS.get(piece.name, piece.name): piece.snapshot(show, viewer)
        for piece in show.slices
        if piece.snapshot is not None
    }
    pieces["scripts"] = running_late(pieces["scripts"], show, now_ms)
    return {
        "epoch": show.epoch,
        "seq": show.seq,
        "at": to_rfc3339(now_ms),
        **pieces,
        "messages": messages_snapshot(show, viewer),
        "requests": requests_snapshot(show, viewer),
    }


def feed(slices: Sequence[Slice], now_ms: Callable[[], int]) -> Feed:
    """What the JSON stream is made of."""

    metrics = next(piece.snapshot for piece in slices if piece.name == "metrics" and piece.snapshot)
    return Feed(
        snapshot=lambda show, viewer: snapshot(show, viewer, now_ms()),
        describe=described,
        metrics=metrics,
        comments=queue_items,
    )
