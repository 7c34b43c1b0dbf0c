"""Which parts a screen's template places: the template is the only list."""

from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, meta, nodes

from console.web.i18n import ROOT


def parts_of(screen: str, root: Path = ROOT / "templates") -> tuple[str, ...]:
    """Names that `screens/<screen>.html`, and what it extends or includes, asks `part("…")` for; in their order."""
    return tuple(dict.fromkeys(_names(root, f"screens/{screen}.html")))


def _names(root: Path, template: str) -> Iterator[str]:
    tree = Environment(autoescape=True).parse((root / template).read_text(encoding="utf-8"))
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "part" and isinstance(call.args[0], nodes.Const):
            yield call.args[0].value
    for other in meta.find_referenced_templates(tree):
        if other:
            yield from _names(root, other)
