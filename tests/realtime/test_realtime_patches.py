"""Stale screen + patches == fresh screen, whatever the parts do. The browser is a model of htmx's swap, step by step."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from console.core.show import Show
from console.core.slice import Part, Viewer
from console.realtime import patches as module
from console.realtime.patches import Differ, Patch, content


class Item(Struct, frozen=True):
    id: str
    text: int


PARTS = (
    Part(name="a-one", reads=("a",), view=lambda show, _viewer: show.states["a"][0]),
    Part(name="a-list", reads=("a", "b"), view=lambda show, _viewer: show.states["a"][1], keyed=True),
    Part(name="b-list", reads=("b",), view=lambda show, _viewer: show.states["b"], keyed=True, lane="metrics"),
)


def render(part: Part, view: Any, _locale: str) -> str:
    item = f"-{view.id}" if part.keyed else ""
    return f'\n <i id="{part.name}{item}">{view.text}</i>\n'


def show_of(one: Item, first: tuple[Item, ...], second: tuple[Item, ...]) -> Show:
    show = Show("s", "e", ())
    show.states = {"a": (one, first), "b": second}
    show.moved = {"a": 0, "b": 0}
    return show


def move(show: Show, one: Item, first: tuple[Item, ...], second: tuple[Item, ...]) -> None:
    show.seq += 1
    show.states = {"a": (one, first), "b": second}
    show.moved = {"a": show.seq, "b": show.seq}


items = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 1)), max_size=8, unique_by=lambda item: item[0]).map(
    lambda pairs: tuple(Item(str(key), text) for key, text in pairs)
)
# In order, most lists differ from the next by what was put in, taken out or changed, as on a real screen.
ordered = items.map(lambda found: tuple(sorted(found, key=lambda item: item.id)))
worlds = st.tuples(st.integers(0, 2).map(lambda text: Item("", text)), items | ordered, items | ordered)


def differs(worlds_in_order: list[Any], browser_kind: Any) -> bool:
    """True when patched and fresh screens differ, or a patch missed its target."""
    show = show_of(*worlds_in_order[0])
    differ = Differ(PARTS, Viewer(), render, show)
    browser = browser_kind(PARTS, content(differ.whole(("state", "metrics"))))
    for world in worlds_in_order[1:]:
        move(show, *world)
        for lane in ("state", "metrics"):
            try:
                browser.receive(content(differ.update(show, (lane,))))
            except AssertionError:
                return True
        fresh = browser_kind(PARTS, content(Differ(PARTS, Viewer(), render, show).whole(("state", "metrics"))))
        if browser.body.shape() != fresh.body.shape():
            return True
    return False


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(worlds, min_size=2, max_size=6))
def test_a_stale_screen_and_its_patches_are_the_fresh_screen(browsers, history: list[Any]) -> None:
    assert not differs(history, browsers)


def steps(*lists: str) -> list[Any]:
    one = Item("", 0)
    return [(one, tuple(Item(e[0], int(e[1])) for e in text.split()), ()) for text in lists]


BETWEEN_CHANGED = steps("A0 C0", "A1 B0 C1")


def test_control_holding_on_to_a_changed_element_would_lose_what_was_put_in(browsers, monkeypatch) -> None:
    assert not differs(BETWEEN_CHANGED, browsers)
    monkeypatch.setattr(module, "stays_unchanged", lambda _key, _unchanged: True)
    assert differs(BETWEEN_CHANGED, browsers)


def test_control_passing_over_moved_elements_would_leave_them_behind(browsers, monkeypatch) -> None:
    moved = steps("A0 B0", "B0 A0")
    assert not differs(moved, browsers)
    monkeypatch.setattr(module, "moved", lambda _old, _new: False)
    assert differs(moved, browsers)


def patches_of(old: str, new: str) -> list[Patch]:
    first, second = steps(old, new)
    show = show_of(*first)
    differ = Differ(PARTS[1:2], Viewer(), render, show)
    move(show, *second)
    return differ.update(show, ("state",))


@pytest.mark.parametrize(
    ("old", "new", "swaps"),
    [
        ("A0 B0", "A0 B0", []),
        ("A0 B0", "A0 B1", [("a-list-B", "outerHTML")]),
        ("A0 B0 C0", "A0 C0", [("a-list-B", "delete")]),
        ("A0 C0", "A0 B0 C0", [("a-list-A", "afterend")]),
        ("A0 C0", "A1 B0 C0", [("a-list-A", "outerHTML"), ("a-list-C", "beforebegin")]),
        ("A0 C0", "A1 B0 C1", [("a-list", "innerHTML")]),
        ("B0", "A0 B1", [("a-list-B", "outerHTML"), ("a-list", "afterbegin")]),
        ("A0", "A1 B0 C0", [("a-list-A", "outerHTML"), ("a-list", "beforeend")]),
        ("A0 B0", "B0 A0", [("a-list", "innerHTML")]),
        ("", "A0", [("a-list", "afterbegin")]),
        ("A0", "", [("a-list-A", "delete")]),
    ],
)
def test_the_fewest_swaps(old: str, new: str, swaps: list[tuple[str, str]]) -> None:
    assert [(patch.target, patch.swap) for patch in patches_of(old, new)] == swaps


def test_a_view_is_asked_again_only_when_what_it_reads_has_moved_and_rendered_only_when_it_differs() -> None:
    asked, drawn = [], []
    parts = (Part(name="a-one", reads=("a",), view=lambda show, _v: asked.append(show.seq) or show.states["a"][0]),)
    show = show_of(Item("", 1), (), ())
    differ = Differ(parts, Viewer(), _noting(drawn), show)
    show.seq, show.moved = 1, {"a": 0, "b": 1}
    assert differ.update(show, ("state",)) == []
    show.seq, show.moved = 2, {"a": 2, "b": 1}
    assert differ.update(show, ("state",)) == []
    assert (asked, len(drawn)) == ([0, 2], 1)


def test_a_lane_leaves_the_parts_of_other_lanes_for_later() -> None:
    show = show_of(Item("", 0), (), ())
    differ = Differ(PARTS, Viewer(), render, show)
    move(show, Item("", 1), (), (Item("x", 1),))
    assert [patch.target for patch in differ.update(show, ("state",))] == ["a-one"]
    assert [patch.target for patch in differ.update(show, ("metrics",))] == ["b-list"]


def test_two_items_with_one_id_are_an_error_and_no_silent_loss() -> None:
    with pytest.raises(ValueError, match="two items with one id"):
        Differ(PARTS, Viewer(), render, show_of(Item("", 0), (Item("A", 0), Item("A", 1)), ()))


def test_any_product_name_is_a_target_that_a_browser_can_look_up() -> None:
    html = content([Patch('shelf-items-a b"><口', "delete")])
    assert html == '<hx-partial hx-target="#shelf-items-a\\20 b\\22 \\3e \\3c \\53e3 " hx-swap="delete"></hx-partial>'


def _noting(drawn: list[Any]) -> Callable[[Part, Any, str], str]:
    def noting(part: Part, view: Any, locale: str) -> str:
        drawn.append(view)
        return render(part, view, locale)

    return noting
