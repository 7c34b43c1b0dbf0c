"""The one table: N, minimum, median, maximum, ratio, target and whether it was met."""

import os
import platform
from collections.abc import Sequence
from statistics import median

from bench.figure import Line

HEADS = ("figure", "unit", "N", "min", "median", "max", "ratio", "target", "", "note")
LEFT = {0, 1, 8, 9}
VERDICTS = {True: "met", False: "MISSED", None: ""}


def show(lines: Sequence[Line], *, quick: bool) -> str:
    """The table as text, with the machine it was measured on."""
    rows = [HEADS, *(_cells(line) for line in lines)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEADS))]
    text = "\n".join(_joined(row, widths) for row in [rows[0], tuple("-" * width for width in widths), *rows[1:]])
    return f"{text}\n\n{_machine(quick)}"


def _cells(line: Line) -> tuple[str, ...]:
    if not line.samples:
        return (line.name, "", "0", "", "", "", "", "", "not measured", line.note)
    low, middle, high = (number(value) for value in (min(line.samples), median(line.samples), max(line.samples)))
    ratio = "" if line.ratio is None else f"{line.ratio:.2f}"
    target = "" if line.target is None else str(line.target)
    count = str(len(line.samples))
    return (line.name, line.unit, count, low, middle, high, ratio, target, VERDICTS[line.met], line.note)


def number(value: float) -> str:
    """Three digits that matter, or whole thousands."""
    if value and abs(value) < 100:
        return f"{value:.3g}"
    return f"{value:,.0f}"


def _joined(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (
        text.ljust(width) if at in LEFT else text.rjust(width)
        for at, (text, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(cells).rstrip()


def _machine(quick: bool) -> str:
    load = f"load average {os.getloadavg()[0]:.1f} at the end"
    said = f"{os.cpu_count()} cores, {load}, {platform.system()} {platform.release()}, Python {platform.python_version()}. "
    said += "Targets are held against the median over the runs; ratios are medians of pairs within one run."
    return said + (" A quick look: these numbers mean little." if quick else "")
