"""The recap as HTML: a fragment for the console's own page, or one file that needs nothing else."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from console.core.messages import N_
from console.metrics.windows import Points
from console.recap.export import note
from console.recap.model import Mark, Recap
from console.web.templates import Templates

Translate = Callable[..., str]
WIDTH, HEIGHT = 960, 220
"""Of the drawn curves, in SVG units."""
SERIES = {"online": N_("Online"), "entries": N_("Entries"), "gmv": N_("Paid GMV"), "orders": N_("Paid orders")}
DRAWN = ("online", "entries", "gmv")


class Line(Struct, frozen=True):
    """One curve: `runs` are stretches without a gap, as SVG points; `top` is its greatest value."""

    name: str
    runs: tuple[str, ...]
    top: int


class Tick(Struct, frozen=True):
    """A mark on the time line, `x` in SVG units."""

    x: float
    mark: Mark


class Chart(Struct, frozen=True):
    width: int
    height: int
    lines: tuple[Line, ...]
    ticks: tuple[Tick, ...]


def render_html(templates: Templates, recap: Recap, locale: str, *, standalone: bool) -> str:
    """`standalone`: a whole document with its style and drawn curves inside; else the fragment for our own page.

    Whatever a viewer wrote stays text.
    """
    translate = templates.catalogues[locale]
    return templates.render(
        "recap/report.html" if standalone else "recap/body.html",
        locale,
        r=recap,
        note=note(recap, translate),
        standalone=standalone,
        chart=chart(recap),
        curves=curves(recap, translate),
    )


def curves(recap: Recap, translate: Translate) -> dict[str, Any]:
    """What the browser's chart draws: start and step in epoch seconds, series, marks."""
    seen = recap.curves
    series = [_series(name, translate(label), getattr(seen, name)) for name, label in SERIES.items()]
    marks = [{"at": mark.at // 1000, "label": mark.label, "kind": mark.kind} for mark in recap.marks]
    return {"start": (seen.started_at or 0) // 1000, "step": seen.step_s, "series": series, "marks": marks}


def _series(name: str, label: str, values: Points) -> dict[str, Any]:
    money = {"unit": "money", "side": True} if name == "gmv" else {}
    return {"label": label, "values": list(values)} | money


def chart(recap: Recap) -> Chart:
    """The same curves drawn, each to its own greatest value."""
    lines = (line(name, getattr(recap.curves, name)) for name in DRAWN)
    minutes = max(1, len(recap.curves.minutes)) * recap.curves.step_s / 60
    ticks = (Tick(round(mark.minute / minutes * WIDTH, 1), mark) for mark in recap.marks if 0 <= mark.minute <= minutes)
    return Chart(WIDTH, HEIGHT, tuple(one for one in lines if one.runs), tuple(ticks))


def line(name: str, values: Points) -> Line:
    """SVG points of a curve; unknown values interrupt it."""
    top = max((value for value in values if value is not None), default=0)
    runs: list[list[str]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            x = (index + 0.5) / len(values) * WIDTH
            runs[-1].append(f"{x:.1f},{HEIGHT - max(0, value) / max(1, top) * (HEIGHT - 10):.1f}")
    return Line(name, tuple(" ".join(run) for run in runs if run), top)
