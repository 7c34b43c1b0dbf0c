"""Jinja without surprises: undefined names are errors, everything is escaped, one environment per language."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from console.core.money import SIGNS, as_text, marks
from console.core.show import Show
from console.core.slice import Part, Viewer
from console.core.time import to_rfc3339
from console.web.i18n import LANGUAGES, ROOT, Catalogues

FINGERPRINT_LENGTH = 12


def clock(seconds: float | None) -> str:
    """`75` → `1:15`, `3675` → `1:01:15`, `-5` → `-0:05`; None → `–`."""
    if seconds is None:
        return "–"
    sign, whole = ("-" if seconds < 0 else ""), int(abs(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{sign}{hours}:{minutes:02d}:{rest:02d}" if hours else f"{sign}{minutes}:{rest:02d}"


def json_attr(value: Any) -> str:
    """JSON for an attribute in either kind of quotes: escaping is left to the template."""
    return msgspec.json.encode(value).decode()


def sign(currency: str) -> str:
    """`CNY` → `¥`; what is unknown stands for itself."""
    return SIGNS.get(currency, currency)


def part_template(name: str) -> str:
    """`offers-panel` → `parts/offers/panel.html`."""
    room, _, rest = name.partition("-")
    return f"parts/{room}/{rest}.html"


class Templates:
    """Renders pages and parts in every language. `assets` is the directory served as /static."""

    def __init__(self, catalogues: Catalogues, root: Path = ROOT / "templates", assets: Path = ROOT / "static") -> None:
        self.catalogues = catalogues
        asset = cache(lambda path: _fingerprinted(assets, path))
        self._environments = {locale: _environment(root, catalogues, locale, asset) for locale in LANGUAGES}

    def render(self, name: str, locale: str, /, **context: Any) -> str:
        """One template with its context. Raises jinja2.UndefinedError for a name nobody gave."""
        return self._environments[locale].get_template(name).render(context)

    def render_part(self, part: Part, view: Any, locale: str) -> str:
        """The part's partial for its view, or for a keyed part for one of its items."""
        return self.render(part_template(part.name), locale, v=view, part_id=part.name)

    def painted(self, part: Part, show: Show, viewer: Viewer) -> Markup:
        """A part for the first paint of a page; a keyed part's items one after the other."""
        view = part.view(show, viewer)
        items: Sequence[Any] = view if part.keyed else (view,)
        drawn = (self.render_part(part, item, viewer.locale) for item in items)
        return Markup("".join(drawn))  # noqa: S704 - every value was escaped by the partial's own rendering

    def painter(self, parts: Mapping[str, Part], show: Show, viewer: Viewer) -> Callable[[str], Markup]:
        """`part("offers-panel")` for the templates of a show's screens."""
        return lambda name: self.painted(parts[name], show, viewer)


def _environment(root: Path, catalogues: Catalogues, locale: str, asset: Callable[[str], str]) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(root), undefined=StrictUndefined, autoescape=True,
        trim_blocks=True, lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    tools: dict[str, Any] = {
        "money": as_text,
        "sign": sign,
        "marks": marks,
        "clock": clock,
        "iso": to_rfc3339,
        "json_attr": json_attr,
    }
    environment.globals.update(tools | {"_": catalogues[locale], "locale": locale, "asset": asset})
    environment.filters.update(tools)
    environment.policies["json.dumps_function"] = _dumped
    environment.policies["json.dumps_kwargs"] = {}
    return environment


def _dumped(value: Any) -> str:
    return json_attr(value)


def _fingerprinted(assets: Path, path: str) -> str:
    digest = hashlib.sha256((assets / path).read_bytes()).hexdigest()[:FINGERPRINT_LENGTH]
    return f"/static/{path}?v={digest}"
