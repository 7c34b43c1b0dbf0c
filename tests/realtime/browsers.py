"""A model of the browser at the other end: a page that swaps what frames bring as htmx does."""

import re
from collections.abc import Sequence
from typing import Any

from console.core.slice import Part

PARTIAL = re.compile(r'<hx-partial hx-target="#([^"]+)" hx-swap="(\w+)">(.*?)</hx-partial>', re.DOTALL)
ELEMENT = re.compile(r'<i id="([^"]+)">([^<]*)</i>')


class Element:
    def __init__(self, element_id: str, text: str = "") -> None:
        self.id = element_id
        self.text = text
        self.parent: Element | None = None
        self.children: list[Element] = []

    def put(self, at: int, new: list["Element"]) -> None:
        self.children[at:at] = new
        for element in new:
            element.parent = self

    def remove(self) -> None:
        if self.parent:
            self.parent.children.remove(self)
            self.parent = None

    def find(self, element_id: str) -> "Element | None":
        return next((e for child in self.children for e in [child, child.find(element_id)] if e and e.id == element_id), None)  # fmt: skip

    def shape(self) -> Any:
        return self.id, self.text, [child.shape() for child in self.children]


class Browser:
    """A page holding each part, and htmx: it finds every target of a frame first, then swaps in order."""

    def __init__(self, parts: Sequence[Part], whole: str) -> None:
        self.body = Element("body")
        self.body.put(0, [Element(part.name) for part in parts])
        self.receive(whole)

    def receive(self, html: str) -> None:
        tasks = [(self.body.find(target), swap, inner) for target, swap, inner in PARTIAL.findall(html)]
        for target, swap, inner in tasks:
            assert target is not None, "a target that is not on the page"
            self.swap(target, swap, self.elements(inner))

    @staticmethod
    def elements(html: str) -> list[Element]:
        return [Element(*found) for found in ELEMENT.findall(html)]

    @staticmethod
    def swap(target: Element, swap: str, new: list[Element]) -> None:
        parent = target.parent
        if swap == "innerHTML":
            target.children = []
            target.put(0, new)
        elif swap == "afterbegin":
            target.put(0, new)
        elif swap == "beforeend":
            target.put(len(target.children), new)
        elif parent:
            at = parent.children.index(target)
            parent.put(at + (swap == "afterend"), new if swap != "delete" else [])
            if swap in ("outerHTML", "delete"):
                target.remove()
