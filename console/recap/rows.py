"""Each row as planned and as it was, and targets against what came of them."""

from collections.abc import Mapping
from itertools import accumulate
from typing import NamedTuple

from console.core.money import Ratio, ratio
from console.core.slice import Header
from console.metrics.fold import State as MetricsState
from console.metrics.formulas import Metrics
from console.recap.model import OnAir, RowReport, RowState, Target
from console.recap.stretches import Cut, Stretch, Window, metrics_of, stretch
from console.scripts.events import Row
from console.scripts.fold import State as ScriptsState

TARGET_NAMES = {
    "duration_s": "live_s",
    "gmv": "gmv_paid",
    "orders": "orders_paid",
    "viewers": "entries_uv",
    "online": "acu",
}
"""Short names people give their targets; online is meant as the mean."""
RATES = frozenset({"view_to_buy", "refund_rate_orders", "refund_rate_amount"})
RATE_SCALE = 10_000
"""Targets of rates are hundredths of a percent."""
UNPLAYED = dict.fromkeys(Stretch.__struct_fields__) | dict.fromkeys(
    ("density", "gpm", "view_to_buy"), ratio(None, None)
)


class Played(NamedTuple):
    """What the rows' reports are made of."""

    scripts: ScriptsState
    cut: Cut
    state: MetricsState
    header: Header

    def windows(self, row: Row) -> list[Window]:
        """When a row was on."""
        return [window for window in self.cut.windows if window.row == row.id]

    def lasted_s(self, on: list[Window]) -> int:
        """Seconds of all its windows, up to now for one that is still open."""
        return sum((one.end or max(self.state.at_ms, one.start)) - one.start for one in on) // 1000


def row_reports(played: Played) -> tuple[RowReport, ...]:
    """The run of show in order, then rows that were played and taken out later."""
    planned = played.scripts.in_order()
    starts = accumulate((row.planned_s or 0 for row in planned), initial=0)
    gone = [(row, None) for row in played.scripts.removed.values() if played.windows(row)]
    listed = [*zip(planned, starts, strict=False), *gone]
    return tuple(_row(played, row, seq, start) for seq, (row, start) in enumerate(listed, 1))


def _row(played: Played, row: Row, seq: int, planned_start_s: int | None) -> RowReport:
    on, started_at = played.windows(row), played.header.started_at
    lasted = played.lasted_s(on)
    metrics = metrics_of(played.cut, row.id, played.state, lasted, started_at) if on else None
    numbers = stretch(metrics) if metrics else UNPLAYED
    return RowReport(
        **numbers,
        id=row.id,
        seq=seq,
        title=row.title,
        phase=row.phase,
        host=row.host,
        state=_state(played.scripts, row.id, on),
        products=row.products,
        goal=row.goal,
        targets=against(row.targets, metrics),
        planned_start_s=planned_start_s,
        planned_s=row.planned_s,
        started_s=(on[0].start - started_at) // 1000 if on and started_at is not None else None,
        actual_s=lasted,
        over_s=lasted - row.planned_s if on and row.planned_s is not None else None,
        windows=tuple(OnAir(window.start, window.end) for window in on),
    )


def _state(scripts: ScriptsState, row: str, on: list[Window]) -> RowState:
    if row in scripts.removed:
        return "removed"
    if not on:
        return "not_played"
    return "playing" if scripts.current == row else "played"


def against(targets: Mapping[str, int], metrics: Metrics | None) -> dict[str, Target]:
    """Each target with what came of it; one the console has no number for keeps its place with actual None."""
    return {name: _target(target, actual_of(metrics, name) if metrics else None) for name, target in targets.items()}


def actual_of(metrics: Metrics, name: str) -> float | None:
    """A metric by the name of its target, in the target's unit."""
    known = TARGET_NAMES.get(name, name)
    value: Ratio | int | None = getattr(metrics, known) if known in Metrics.__struct_fields__ else None
    if not isinstance(value, Ratio):
        return value
    scale = RATE_SCALE if known.endswith("_rate") or known in RATES else 1
    return None if value.value is None else round(value.value * scale, 2)


def _target(target: int, actual: float | None) -> Target:
    share = actual / target if target and actual is not None else None
    return Target(target, actual, Ratio(share, None if actual is None else round(actual), target))
