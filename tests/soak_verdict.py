"""What a soak must not show: a row left out, a press that failed without a fault, what did not come back, growth."""

import statistics
from typing import Any

from msgspec import Struct

PROMISED_MIB_AN_HOUR = 1.0
ARENA_MIB = 1.0
"""CPython takes its memory from the system in pieces of this size, so one more of them says nothing about growth."""


class Failure(Struct, frozen=True):
    """A press that was not done, in monotonic seconds, and what was said instead."""

    sent_s: float
    answered_s: float
    said: str


def unprovoked(failed: list[Failure], outages: list[tuple[float, float]]) -> list[str]:
    """What was said to presses that were under way during none of the outages."""
    return [
        one.said for one in failed if not any(one.sent_s < ended and began < one.answered_s for began, ended in outages)
    ]


def slope(series: list[tuple[float, int]]) -> dict[str, float]:
    """MiB an hour by least squares, over so many minutes; nothing for fewer than three looks."""
    if len(series) < 3:
        return {}
    instants, sizes = zip(*series, strict=True)
    found = statistics.linear_regression(instants, sizes)
    return {"mib_an_hour": round(found.slope * 3600 / 1024, 2), "minutes": round((instants[-1] - instants[0]) / 60, 1)}


def most_mib_an_hour(minutes: float) -> float:
    """What a slope over so many minutes may be: the promise, and one arena taken half-way.

    A step in the middle lifts a line of least squares by one and a half times itself over its length: 9 MiB an hour in
    the ten minutes that `make soak` looks at, 1.2 in eight hours. Only the longer run can tell a smaller leak.
    """
    return PROMISED_MIB_AN_HOUR + 1.5 * ARENA_MIB / (minutes / 60)


def faults(report: dict[str, Any]) -> list[str]:
    """One line for each."""
    wrong = [f"{report['gaps']} gaps"] if report["gaps"] else []
    wrong += [f"a press failed without a fault: {said}" for said in report["unprovoked"]]
    for before, after in zip(report["baseline"], report["afterwards"], strict=True):
        wrong += [
            f"{name}: {before[name]} when warm, {after[name]} afterwards"
            for name in ("descriptors", "sockets", "tasks")
            if before[name] != after[name]
        ]
    return wrong + _growth(report["rss"])


def _growth(rss: dict[str, float]) -> list[str]:
    """Nothing when the soak was too short for a slope."""
    if not rss or not rss["minutes"] or rss["mib_an_hour"] <= (most := most_mib_an_hour(rss["minutes"])):
        return []
    return [f"memory: {rss['mib_an_hour']} MiB an hour over {rss['minutes']} minutes, where {most:.1f} is the most"]
