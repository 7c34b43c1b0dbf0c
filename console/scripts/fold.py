"""The run of show as it stands: rows in order, which ran when, and what desk and host told each other."""

from typing import Any, get_type_hints

import msgspec
from msgspec import Struct, field

from console.core.lifecycle import ShowEnded
from console.core.messages import Event, Recorded
from console.core.slice import ProductFact
from console.scripts import timing
from console.scripts.events import (
    EVENTS,
    Adjusted,
    DeskRequested,
    Held,
    HostMessaged,
    Marked,
    MessageAcknowledged,
    RequestAcknowledged,
    RequestKind,
    Resumed,
    Row,
    RowAdded,
    RowEdited,
    RowMoved,
    RowRemoved,
    RowsImported,
    RowStarted,
)
from console.scripts.timing import Run

FOLDS: frozenset[type[Event]] = frozenset({*EVENTS, ShowEnded})
FIELD_TYPES: dict[str, Any] = {
    name: hint
    for name, hint in get_type_hints(Row, include_extras=True).items()
    if name in Row.__struct_fields__ and name not in {"id", "facts"}
}
"""Type and bounds of every field a person may edit."""
KEPT_NOTES = 200
"""Messages and requests each; older ones are forgotten by the screens, never by the journal."""


class Message(Struct, frozen=True, kw_only=True):
    """The desk's words to the host."""

    id: str
    text: str
    at: int
    by: str
    expires_at: int
    read_at: int | None = None
    read_by: str | None = None


class Request(Struct, frozen=True, kw_only=True):
    """One tap of the host for the desk."""

    id: str
    kind: RequestKind
    text: str
    at: int
    by: str
    acknowledged_at: int | None = None
    acknowledged_by: str | None = None


class Mark(Struct, frozen=True, kw_only=True):
    at: int
    by: str
    note: str
    row: str | None


class State(Struct, kw_only=True):
    """`rows` holds the rows of `order`; `removed` those taken out, for the recap of what had run."""

    order: list[str] = field(default_factory=list)
    rows: dict[str, Row] = field(default_factory=dict)
    removed: dict[str, Row] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    current: str | None = None
    held_at: int | None = None
    started_last: int | None = None
    marks: list[Mark] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    requests: dict[str, Request] = field(default_factory=dict)

    def in_order(self) -> list[Row]:
        """The rows as they will be played."""
        return [self.rows[row_id] for row_id in self.order]

    def neighbour(self, step: int) -> str | None:
        """The row `step` places from the current one; before the first «go», the first row."""
        if self.current is None:
            return self.order[0] if self.order and step > 0 else None
        place = self.order.index(self.current) + step
        return self.order[place] if 0 <= place < len(self.order) else None

    def run(self) -> Run | None:
        """The run that is on."""
        return self.runs[-1] if self.current is not None else None


def evolve(state: State, recorded: Recorded) -> None:
    """Fold one event."""
    match recorded.event:
        case RowAdded(row=row, after=after):
            state.rows[row.id] = row
            _place(state, row.id, after)
        case RowsImported(rows=rows, replace=replace):
            _import(state, rows, replace)
        case RowEdited() as event:
            state.rows[event.row] = edited(state.rows[event.row], event.field, event.value, event.facts)
        case RowMoved(row=row_id, after=after):
            state.order.remove(row_id)
            _place(state, row_id, after)
        case RowRemoved(row=row_id):
            _remove(state, row_id)
        case RowStarted() as event:
            _start(state, event, recorded.at_ms)
        case ShowEnded():
            _leave(state, recorded.at_ms, finished=True)
        case Held():
            state.held_at = recorded.at_ms
        case Resumed():
            _resume(state, recorded.at_ms)
        case Adjusted(seconds=seconds):
            state.runs[-1].granted_ms += seconds * 1000
        case Marked(note=note, row=row_id):
            state.marks.append(Mark(at=recorded.at_ms, by=recorded.actor, note=note, row=row_id))
        case HostMessaged() | DeskRequested() | MessageAcknowledged() | RequestAcknowledged():
            _talk(state, recorded)


def edited(row: Row, name: str, value: Any, facts: tuple[ProductFact, ...] | None = None) -> Row:
    """`row` with one field set. Raises msgspec.ValidationError when `value` does not fit the field."""
    if name.startswith("custom."):
        column = name.removeprefix("custom.")
        custom = {**row.custom, column: value} if value is not None else _without(row.custom, column)
        return _replaced(row, "custom", custom)
    changed = _replaced(row, name, value)
    return msgspec.structs.replace(changed, facts=facts) if facts is not None else changed


def _replaced(row: Row, name: str, value: Any) -> Row:
    return msgspec.structs.replace(row, **{name: msgspec.convert(value, FIELD_TYPES[name])})


def _without(custom: dict[str, str], column: str) -> dict[str, str]:
    return {key: text for key, text in custom.items() if key != column}


def place_after(order: list[str], row_id: str, after: str | None) -> list[str]:
    """`order` with `row_id` put behind `after`, or first."""
    rest = [known for known in order if known != row_id]
    place = rest.index(after) + 1 if after is not None else 0
    return [*rest[:place], row_id, *rest[place:]]


def _place(state: State, row_id: str, after: str | None) -> None:
    state.order = place_after(state.order, row_id, after)


def _import(state: State, rows: tuple[Row, ...], replace: bool) -> None:
    if replace:
        for row_id in list(state.order):
            _remove(state, row_id)
    state.rows.update({row.id: row for row in rows})
    state.order = [*state.order, *(row.id for row in rows)]


def _remove(state: State, row_id: str) -> None:
    state.order.remove(row_id)
    state.removed[row_id] = state.rows.pop(row_id)


def _start(state: State, event: RowStarted, at_ms: int) -> None:
    _leave(state, at_ms, finished=not (event.back or event.jump))
    state.runs.append(timing.next_run(event.row, at_ms, state.runs, event.back))
    state.current = event.row
    state.started_last = at_ms


def _leave(state: State, at_ms: int, *, finished: bool) -> None:
    if state.current is None:
        return
    _resume(state, at_ms)
    timing.close(state.runs[-1], at_ms, state.rows[state.current].planned_s, finished)
    state.current = None


def _resume(state: State, at_ms: int) -> None:
    if state.held_at is not None:
        state.runs[-1].granted_ms += at_ms - state.held_at
        state.held_at = None


def _talk(state: State, recorded: Recorded) -> None:
    at_ms, actor = recorded.at_ms, recorded.actor
    match recorded.event:
        case HostMessaged() as event:
            _keep(
                state.messages,
                Message(id=event.message, text=event.text, at=at_ms, by=actor, expires_at=event.expires_at),
            )
        case DeskRequested() as event:
            _keep(state.requests, Request(id=event.request, kind=event.kind, text=event.text, at=at_ms, by=actor))
        case MessageAcknowledged(message=known) if known in state.messages:
            message = state.messages[known]
            state.messages[known] = msgspec.structs.replace(message, read_at=at_ms, read_by=actor)
        case RequestAcknowledged(request=known) if known in state.requests:
            request = state.requests[known]
            state.requests[known] = msgspec.structs.replace(request, acknowledged_at=at_ms, acknowledged_by=actor)


def _keep(notes: dict[str, Any], note: Message | Request) -> None:
    notes[note.id] = note
    if len(notes) > KEPT_NOTES:
        del notes[next(iter(notes))]
