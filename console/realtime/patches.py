"""Which parts of a screen changed, as the fewest swaps that a browser applies to reach the new screen.

A browser looks up the targets of a whole frame before it applies the first swap, then applies them in order. So an
insertion may only hold on to an element that was there before and that the same frame leaves alone.
"""

import re
from collections.abc import Callable, Container, Iterator, Sequence
from typing import Any, Literal

from msgspec import Struct

from console.core.show import Show
from console.core.slice import Lane, Part, Viewer

Swap = Literal["outerHTML", "innerHTML", "delete", "afterend", "beforebegin", "afterbegin", "beforeend"]
Render = Callable[[Part, Any, str], str]
"""(part, view, locale) → the HTML of its partial; for a keyed part of one item."""


class Patch(Struct, frozen=True):
    """One swap: `html` goes to the element with id `target`."""

    target: str
    swap: Swap
    html: str = ""


class _Held:
    """What the watchers of a screen see of one part now."""

    __slots__ = ("asked_at", "html", "part", "views")

    def __init__(self, part: Part) -> None:
        self.part = part
        self.asked_at: tuple[int, ...] = ()
        self.views: dict[str, Any] = {}
        self.html: dict[str, str] = {}


class Differ:
    """The screen as its watchers have it: the last view of each part with its rendering, made once for all of them."""

    __slots__ = ("_held", "_locale", "_render", "_viewer")

    def __init__(self, parts: Sequence[Part], viewer: Viewer, render: Render, show: Show) -> None:
        self._viewer = viewer
        self._locale = viewer.locale
        self._render = render
        self._held = [_Held(part) for part in parts]
        for held in self._held:
            self._move(held, show)

    def update(self, show: Show, lanes: Container[Lane]) -> list[Patch]:
        """What brings every watcher's parts of these lanes up to the show."""
        return [
            patch
            for held in self._held
            if held.part.lane in lanes and held.asked_at != _moves(held.part, show)
            for patch in self._move(held, show)
        ]

    def whole(self, lanes: Container[Lane]) -> list[Patch]:
        """The parts of these lanes as they stand, each in one swap."""
        return [_whole(held.part, held.html) for held in self._held if held.part.lane in lanes]

    def _move(self, held: _Held, show: Show) -> list[Patch]:
        view = held.part.view(show, self._viewer)
        views = {item.id: item for item in view} if held.part.keyed else {"": view}
        if held.part.keyed and len(views) != len(view):
            raise ValueError(f"part {held.part.name}: two items with one id")
        old, old_html, first = held.views, held.html, not held.asked_at
        held.asked_at, held.views = _moves(held.part, show), views
        held.html = {
            key: old_html[key] if key in old and old[key] == item else self._rendered(held.part, item)
            for key, item in views.items()
        }
        if first:
            return []
        return compare(held.part, old_html, held.html, {key for key in old if key in views and old[key] == views[key]})

    def _rendered(self, part: Part, view: Any) -> str:
        return self._render(part, view, self._locale).strip()


def content(patches: Sequence[Patch]) -> str:
    """The HTML of a frame."""
    return "".join(
        f'<hx-partial hx-target="#{_selector(patch.target)}" hx-swap="{patch.swap}">{patch.html}</hx-partial>'
        for patch in patches
    )


def _selector(element_id: str) -> str:
    """An id as CSS and an attribute take it, whatever a shop calls its products."""
    return re.sub(r"[^A-Za-z0-9_-]", lambda found: f"\\{ord(found[0]):x} ", element_id)


def compare(part: Part, old: dict[str, str], new: dict[str, str], unchanged: Container[str]) -> list[Patch]:
    """Swaps from the `old` items to the `new` ones, both id → HTML in order; `unchanged` ids keep their element."""
    if not part.keyed:
        return [] if "" in unchanged else [_whole(part, new)]
    inserted = None if moved(old, new) else _insertions(part, new, old, unchanged)
    if inserted is None:
        return [_whole(part, new)]
    changed = [Patch(_item(part, key), "outerHTML", new[key]) for key in new if key in old and key not in unchanged]
    removed = [Patch(_item(part, key), "delete") for key in old if key not in new]
    return changed + removed + inserted


def moved(old: dict[str, str], new: dict[str, str]) -> bool:
    """Whether what survives stands in another order."""
    return [key for key in new if key in old] != [key for key in old if key in new]


def stays_unchanged(key: str, unchanged: Container[str]) -> bool:
    """Whether this frame leaves the element alone, so that others may hold on to it."""
    return key in unchanged


def _insertions(part: Part, new: dict[str, str], old: dict[str, str], unchanged: Container[str]) -> list[Patch] | None:
    patches = []
    for before, run, after in _runs(list(new), old):
        anchor = _anchor(part, before, after, unchanged)
        if anchor is None:
            return None
        patches.append(Patch(*anchor, "".join(new[key] for key in run)))
    return patches


def _anchor(part: Part, before: str | None, after: str | None, unchanged: Container[str]) -> tuple[str, Swap] | None:
    if before is None:
        return part.name, "afterbegin"
    if after is None:
        return part.name, "beforeend"
    if stays_unchanged(before, unchanged):
        return _item(part, before), "afterend"
    return (_item(part, after), "beforebegin") if stays_unchanged(after, unchanged) else None


def _runs(keys: list[str], old: Container[str]) -> Iterator[tuple[str | None, list[str], str | None]]:
    """(neighbour before, new keys side by side, neighbour after)."""
    before: str | None = None
    run: list[str] = []
    for key in keys:
        if key not in old:
            run.append(key)
            continue
        if run:
            yield before, run, key
        before, run = key, []
    if run:
        yield before, run, None


def _whole(part: Part, html: dict[str, str]) -> Patch:
    return Patch(part.name, "innerHTML" if part.keyed else "outerHTML", "".join(html.values()))


def _item(part: Part, key: str) -> str:
    return f"{part.name}-{key}"


def _moves(part: Part, show: Show) -> tuple[int, ...]:
    return tuple(show.moved[name] for name in part.reads)
