"""What screens show of the run of show. Instants are epoch milliseconds; no clock is read here."""

from typing import Any

import msgspec
from msgspec import Struct

from console.core.slice import Viewer
from console.core.time import to_rfc3339
from console.scripts import lint, timing
from console.scripts.events import Phase, RequestKind, Row
from console.scripts.fold import Message, Request, State
from console.scripts.lint import Finding
from console.scripts.outlook import (
    Chip,
    Countdown,
    RowState,
    chips,
    countdown,
    expected_end,
    expected_starts,
    following_row,
    row_states,
    slips_from,
)
from console.scripts.snapshot import shown_custom
from console.scripts.timing import Run

SHOWN_FINDINGS = 100
SHOWN_MESSAGES = 20


class CueAt(Struct, frozen=True, kw_only=True):
    at: int
    text: str


class Now(Struct, frozen=True, kw_only=True):
    """The row that is on, for the desk; `row` None before the first «go» and after the end."""

    status: str
    row: str | None = None
    seq: int | None = None
    title: str = ""
    phase: Phase | None = None
    countdown: Countdown | None = None
    script: str = ""
    must_say: tuple[str, ...] = ()
    must_not_say: tuple[str, ...] = ()
    products: tuple[Chip, ...] = ()
    cues: tuple[CueAt, ...] = ()
    plan_b: str = ""
    next_title: str | None = None


class HostNow(Struct, frozen=True, kw_only=True):
    """The row that is on, to be read from three metres."""

    status: str
    title: str = ""
    countdown: Countdown | None = None
    must_say: tuple[str, ...] = ()
    products: tuple[Chip, ...] = ()


class Next(Struct, frozen=True, kw_only=True):
    """`new_host` is set when another person takes over."""

    row: str | None = None
    title: str = ""
    planned_s: int | None = None
    expected_start: int | None = None
    products: tuple[Chip, ...] = ()
    new_host: str | None = None
    slips_from: int | None = None


class RowLine(Struct, frozen=True, kw_only=True):
    """A row in the desk's list."""

    id: str
    seq: int
    title: str
    phase: Phase
    planned_s: int | None
    expected_start: int | None
    started_at: int | None
    ended_at: int | None
    state: RowState
    products: tuple[Chip, ...]


class GridRow(Struct, frozen=True, kw_only=True):
    """A row of the plan, every field editable; `custom` without the columns this viewer may not see."""

    id: str
    seq: int
    row: Row
    custom: dict[str, str]
    expected_start: int | None
    state: RowState
    products: tuple[Chip, ...]


class Total(Struct, frozen=True, kw_only=True):
    """`over_s` is how much longer the plan is than the show's target `duration_s`."""

    rows: int
    planned_s: int
    expected_end: int | None
    target_s: int | None
    over_s: int | None
    slips_from: int | None
    findings: tuple[Finding, ...]
    more_findings: int


class Drift(Struct, frozen=True, kw_only=True):
    """From `slips_from` on the browser adds every second to the drift and to all expected instants."""

    drift_s: int | None
    expected_end: int | None
    slips_from: int | None


class MessageView(Struct, frozen=True, kw_only=True):
    """The newest message that the host has not read; `id` None when there is none."""

    id: str | None = None
    text: str = ""
    at: int | None = None
    expires_at: int | None = None


class RequestView(Struct, frozen=True, kw_only=True):
    id: str
    kind: RequestKind
    text: str
    at: int


def now(show: Any, _viewer: Viewer) -> Now:
    """`scripts-now`."""
    state: State = show.states["scripts"]
    run, following = state.run(), following_row(show)
    next_title = following.title if following else None
    if run is None:
        return Now(status=show.header.status, next_title=next_title)
    row = state.rows[run.row]
    return Now(
        status=show.header.status, row=row.id, seq=state.order.index(row.id) + 1, title=row.title, phase=row.phase,
        countdown=countdown(state, run), script=row.script, must_say=row.must_say, must_not_say=row.must_not_say,
        products=chips(row), cues=_cues(row, run), plan_b=row.plan_b, next_title=next_title,
    )  # fmt: skip


def _cues(row: Row, run: Run) -> tuple[CueAt, ...]:
    began = run.started_at - run.before_ms
    ordered = sorted(row.cues, key=lambda cue: cue.at_s)
    return tuple(CueAt(at=began + cue.at_s * 1000, text=cue.text) for cue in ordered)


def host_now(show: Any, _viewer: Viewer) -> HostNow:
    """`scripts-host-now`."""
    state: State = show.states["scripts"]
    run = state.run()
    if run is None:
        return HostNow(status=show.header.status)
    row = state.rows[run.row]
    return HostNow(
        status=show.header.status, title=row.title, countdown=countdown(state, run), must_say=row.must_say,
        products=chips(row),
    )  # fmt: skip


def following(show: Any, _viewer: Viewer) -> Next:
    """`scripts-next` and `scripts-host-next`."""
    state: State = show.states["scripts"]
    row = following_row(show)
    if row is None:
        return Next()
    host = state.rows[state.current].host if state.current else ""
    return Next(
        row=row.id, title=row.title, planned_s=row.planned_s, expected_start=expected_starts(show).get(row.id),
        products=chips(row), new_host=row.host if host and row.host and row.host != host else None, slips_from=_slipping(show),
    )  # fmt: skip


def _last_runs(state: State) -> dict[str, Run]:
    return {run.row: run for run in state.runs}


def rows(show: Any, _viewer: Viewer) -> tuple[RowLine, ...]:
    """`scripts-rows`."""
    state: State = show.states["scripts"]
    states, starts, runs = row_states(show), expected_starts(show), _last_runs(state)
    return tuple(
        RowLine(
            id=row.id, seq=seq, title=row.title, phase=row.phase, planned_s=row.planned_s, state=states[row.id],
            expected_start=starts.get(row.id), products=chips(row),
            started_at=runs[row.id].started_at if row.id in runs else None,
            ended_at=runs[row.id].ended_at if row.id in runs else None,
        )
        for seq, row in enumerate(state.in_order(), start=1)
    )  # fmt: skip


def grid(show: Any, viewer: Viewer) -> tuple[GridRow, ...]:
    """`scripts-grid`."""
    state: State = show.states["scripts"]
    states, starts = row_states(show), expected_starts(show)
    return tuple(
        GridRow(
            id=row.id, seq=seq, row=msgspec.structs.replace(row, custom={}), custom=shown_custom(row, viewer),
            expected_start=starts.get(row.id), state=states[row.id], products=chips(row),
        )
        for seq, row in enumerate(state.in_order(), start=1)
    )  # fmt: skip


def total(show: Any, _viewer: Viewer) -> Total:
    """`scripts-total`."""
    state: State = show.states["scripts"]
    planned, target = timing.total_s(state.in_order()), show.header.targets.get("duration_s")
    found = lint.findings(state.in_order())
    return Total(
        rows=len(state.order), planned_s=planned, expected_end=expected_end(show), target_s=target,
        over_s=None if target is None else planned - target, slips_from=_slipping(show),
        findings=found[:SHOWN_FINDINGS], more_findings=max(0, len(found) - SHOWN_FINDINGS),
    )  # fmt: skip


def drift(show: Any, _viewer: Viewer) -> Drift:
    """`scripts-drift`; None before the first «go»."""
    state: State = show.states["scripts"]
    late = timing.late_s(state.runs) if state.runs else None
    return Drift(drift_s=late, expected_end=expected_end(show), slips_from=_slipping(show))


def _slipping(show: Any) -> int | None:
    return slips_from(show.states["scripts"]) if show.header.status == "live" else None


def message(show: Any, _viewer: Viewer) -> MessageView:
    """`scripts-message`. The browser takes it away at `expires_at`."""
    unread = [note for note in show.states["scripts"].messages.values() if note.read_at is None]
    if not unread:
        return MessageView()
    newest = unread[-1]
    return MessageView(id=newest.id, text=newest.text, at=newest.at, expires_at=newest.expires_at)


def messages(show: Any, _viewer: Viewer) -> tuple[Message, ...]:
    """`scripts-messages`, newest first."""
    return tuple(reversed(show.states["scripts"].messages.values()))[:SHOWN_MESSAGES]


def requests(show: Any, _viewer: Viewer) -> tuple[RequestView, ...]:
    """`scripts-requests`: what nobody has answered yet, oldest first."""
    return tuple(
        RequestView(id=asked.id, kind=asked.kind, text=asked.text, at=asked.at)
        for asked in show.states["scripts"].requests.values()
        if asked.acknowledged_at is None
    )


def _note(note: Message | Request) -> dict[str, Any]:
    return {
        name: to_rfc3339(value) if isinstance(value, int) else value
        for name, value in msgspec.structs.asdict(note).items()
    }


def messages_snapshot(show: Any, _viewer: Viewer) -> list[dict[str, Any]]:
    """The snapshot's `messages`, oldest first."""
    return [_note(known) for known in show.states["scripts"].messages.values()]


def requests_snapshot(show: Any, _viewer: Viewer) -> list[dict[str, Any]]:
    """The snapshot's `requests`, oldest first."""
    return [_note(known) for known in show.states["scripts"].requests.values()]
