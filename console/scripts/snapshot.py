"""The run of show as programs read it: instants in RFC 3339, columns that may not be seen left out."""

from typing import Any

import msgspec

from console.core.slice import Viewer
from console.core.time import from_wire, to_rfc3339
from console.scripts import timing
from console.scripts.events import Row, open_columns
from console.scripts.fold import State
from console.scripts.outlook import chips, expected_starts, slips_from


def shown_custom(row: Row, viewer: Viewer) -> dict[str, str]:
    """The custom columns this viewer may see."""
    return row.custom if viewer.sees_cost else open_columns(row.custom)


def snapshot(show: Any, viewer: Viewer) -> dict[str, Any]:
    """The snapshot's `scripts`."""
    state: State = show.states["scripts"]
    run, starts, runs = state.run(), expected_starts(show), _runs(state)
    end = timing.ends_at(run, state.rows[run.row].planned_s) if run else None
    return {
        "rows": [_row(row, runs.get(row.id, []), starts.get(row.id), viewer) for row in state.in_order()],
        "current": state.current,
        "ends_at": to_rfc3339(end) if state.held_at is None else None,
        "held_at": to_rfc3339(state.held_at),
        "remaining_s": _frozen_s(state, end),
        "drift_s": timing.late_s(state.runs) if state.runs else None,
        "marks": [msgspec.structs.asdict(mark) | {"at": to_rfc3339(mark.at)} for mark in state.marks],
    }


def running_late(piece: dict[str, Any], show: Any, now_ms: int) -> dict[str, Any]:
    """The snapshot's `scripts` at an instant: what a row that runs over, or a hold, makes later."""
    since = slips_from(show.states["scripts"]) if show.header.status == "live" else None
    slip_ms = max(0, now_ms - since) if since is not None else 0
    if not slip_ms:
        return piece
    rows = [row | {"expected_start": _later(row["expected_start"], slip_ms)} for row in piece["rows"]]
    return piece | {"rows": rows, "drift_s": piece["drift_s"] + round(slip_ms / 1000)}


def _later(instant: str | None, slip_ms: int) -> str | None:
    return None if instant is None else to_rfc3339(from_wire(instant) + slip_ms)


def _runs(state: State) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for run in state.runs:
        times = {"started_at": to_rfc3339(run.started_at), "ended_at": to_rfc3339(run.ended_at)}
        found.setdefault(run.row, []).append(times)
    return found


def _row(row: Row, runs: list[dict[str, Any]], expected_start: int | None, viewer: Viewer) -> dict[str, Any]:
    shown = msgspec.structs.replace(row, custom=shown_custom(row, viewer), facts=())
    fields: dict[str, Any] = msgspec.to_builtins(shown)
    fields.pop("facts")
    return fields | {
        "link_nos": [chip.link_no for chip in chips(row)],
        "started_at": runs[-1]["started_at"] if runs else None,
        "ended_at": runs[-1]["ended_at"] if runs else None,
        "expected_start": to_rfc3339(expected_start),
        "runs": runs,
    }


def _frozen_s(state: State, end: int | None) -> int | None:
    return round((end - state.held_at) / 1000) if end is not None and state.held_at is not None else None
