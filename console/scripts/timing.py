"""When rows end and how late the show is; pure arithmetic over runs. Milliseconds in, milliseconds out, but `drift_s`.

A row may run several times. The runs of one *turn* belong together: a row left by a jump (an inserted row) or by
«back» was interrupted, and coming back continues its turn with the time that was left. Coming back to a row that had
had its time begins a new turn with the full time (an encore).

Drift is the over-run of all turns so far: how much longer than planned each finished row was on. With rows in order
this is the actual start of the current row minus its planned start. Rows that a jump skips, and rows run once more,
move the plan with them and so never count as early or late themselves.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from console.scripts.events import Row


class Run(Struct, kw_only=True):
    """One time a row was on.

    `before_ms`: how long it was on in earlier runs of this turn. `granted_ms`: adjustments and holds of the turn.
    `planned_s`: its plan when the run ended. `done`: its turn is over; `continued`: a later run carries the turn on.
    """

    row: str
    started_at: int
    ended_at: int | None = None
    before_ms: int = 0
    granted_ms: int = 0
    planned_s: int | None = None
    done: bool = False
    continued: bool = False


def ends_at(run: Run, planned_s: int | None) -> int | None:
    """When the plan says the running row is over, without a hold that is still on; None for a row without a plan."""
    if planned_s is None:
        return None
    return run.started_at + planned_s * 1000 - run.before_ms + run.granted_ms


def turn_ms(run: Run) -> int:
    """How long the turn was on up to the end of this run."""
    return run.before_ms + ((run.ended_at or run.started_at) - run.started_at)


def close(run: Run, at_ms: int, planned_s: int | None, finished: bool) -> None:
    """End a run. Unless `finished`, its turn stays open while there was time left."""
    end = ends_at(run, planned_s)
    run.done = finished or end is None or at_ms >= end
    run.ended_at, run.planned_s = at_ms, planned_s


def next_run(row: str, at_ms: int, runs: Sequence[Run], back: bool) -> Run:
    """The run that starts now: continues the row's last turn if that is open, or if the press was «back»."""
    last = next((run for run in reversed(runs) if run.row == row), None)
    if last is None or (last.done and not back):
        return Run(row=row, started_at=at_ms)
    last.continued = True
    return Run(row=row, started_at=at_ms, before_ms=turn_ms(last), granted_ms=last.granted_ms)


def drift_s(runs: Iterable[Run]) -> int:
    """Seconds late (positive) or early (negative) when the current row began."""
    return round(sum(_overrun_ms(run) for run in runs) / 1000)


def late_s(runs: Sequence[Run]) -> int:
    """Drift as it will be when the current row ends on time: with the holds and adjustments it was granted."""
    running = [run for run in runs if run.ended_at is None]
    return drift_s(runs) + round(sum(run.granted_ms for run in running) / 1000)


def _overrun_ms(run: Run) -> int:
    if run.ended_at is None or run.continued or run.planned_s is None:
        return 0
    over = turn_ms(run) - run.planned_s * 1000
    return over if run.done else max(0, over)


def starts(rows: Iterable[Row], first_at: int | None) -> dict[str, int]:
    """Expected start of each row when the first begins at `first_at`; a row without a plan takes no time."""
    if first_at is None:
        return {}
    expected, at_ms = {}, first_at
    for row in rows:
        expected[row.id] = at_ms
        at_ms += (row.planned_s or 0) * 1000
    return expected


def total_s(rows: Iterable[Row]) -> int:
    """Planned seconds of all rows together."""
    return sum(row.planned_s or 0 for row in rows)
