"""Screens as a browser holds them: each part an element, a keyed part's items its children, with their real HTML."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from console.core.show import Show
from console.core.slice import Part, Viewer
from console.web.i18n import Catalogues
from console.web.templates import Templates
from tests.realtime.browsers import Browser, Element

TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>")
ID = re.compile(r"""\sid=["']([^"']+)["']""")
VOID = frozenset({"input", "br", "img", "hr", "meta", "link", "source", "wbr", "col"})


@lru_cache(maxsize=20_000)
def top_elements(html: str) -> tuple[tuple[str, str], ...]:
    """(id, outer HTML) of each element at the top of a fragment. Raises AssertionError for text or no id there."""
    return tuple(_top_elements(html))


def _top_elements(html: str) -> Iterator[tuple[str, str]]:
    begin, depth, end, opened = 0, 0, 0, []
    for tag in TAG.finditer(html):
        closing, name, attributes = tag[1], tag[2].lower(), tag[3]
        if not closing:
            if depth == 0:
                assert not html[end : tag.start()].strip(), f"text beside the elements: {html[end : tag.start()]!r}"
                begin, found = tag.start(), ID.search(attributes)
                assert found, f"no id on {tag[0]}"
                element_id = found[1]
            if name in VOID or attributes.endswith("/"):
                continue
            opened.append(name)
            depth += 1
            continue
        assert opened[-1:] == [name], f"</{name}> closes nothing in {html[begin : tag.end()]}"
        opened.pop()
        depth -= 1
        if depth == 0:
            end = tag.end()
            yield element_id, html[begin:end]
    assert not opened, f"never closed: {opened}"
    assert not html[end:].strip(), f"text beside the elements: {html[end:]!r}"


def element_on(page: str, element_id: str) -> str:
    """The outer HTML of the element with this id in a whole page."""
    start = page.index(f' id="{element_id}"')
    start = page.rindex("<", 0, start)
    return next(_outer(page[start:]))


def inside(outer: str) -> str:
    """The inner HTML of one element."""
    return outer[outer.index(">") + 1 : outer.rindex("<")]


def _outer(html: str) -> Iterator[str]:
    depth = 0
    for tag in TAG.finditer(html):
        if tag[2].lower() in VOID or tag[3].endswith("/"):
            continue
        depth += -1 if tag[1] else 1
        if depth == 0:
            yield html[: tag.end()]


class Page(Browser):
    """The parts of a screen; `Browser` swaps as htmx does, on elements that hold their real HTML as `text`."""

    def __init__(self, parts: Sequence[Part]) -> None:
        super().__init__(parts, "")

    @classmethod
    def painted(cls, parts: Sequence[Part], show: Show, viewer: Viewer, templates: Templates) -> "Page":
        """As the first paint of a page holds them."""
        page = cls(parts)
        for place, part in enumerate(parts):
            elements = cls.elements(str(templates.painted(part, show, viewer)))
            if part.keyed:
                page.body.children[place].put(0, elements)
            else:
                assert [element.id for element in elements] == [part.name]
                page.body.children[place].remove()
                page.body.put(place, elements)
        return page

    @staticmethod
    def elements(html: str) -> list[Element]:
        return [Element(*found) for found in top_elements(html)]


class RememberingTemplates(Templates):
    """Draws each view once: two screens that show the same thing need not be drawn twice in a test."""

    def __init__(self, catalogues: Catalogues) -> None:
        super().__init__(catalogues)
        self._drawn: dict[str, str] = {}

    def render_part(self, part: Part, view: object, locale: str) -> str:
        key = f"{part.name} {locale} {view!r}"
        if key not in self._drawn:
            self._drawn[key] = super().render_part(part, view, locale)
        return self._drawn[key]
