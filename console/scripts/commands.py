"""What may be asked of the run of show: the desk's and the host's commands, and when each is refused."""

from typing import Annotated, Any, ClassVar

from msgspec import Meta

from console.core.messages import N_, Command, Decision, Role, refuse
from console.core.slice import Context
from console.scripts import planning
from console.scripts.events import (
    Adjusted,
    DeskRequested,
    Held,
    HostMessaged,
    Marked,
    MessageAcknowledged,
    Name,
    Phase,
    RequestAcknowledged,
    RequestKind,
    Resumed,
    Row,
    RowFields,
    RowId,
    RowStarted,
    Sentence,
)
from console.scripts.fold import State

PRODUCER: frozenset[Role] = frozenset({"producer"})
CONTROLLER: frozenset[Role] = frozenset({"controller"})
HOST: frozenset[Role] = frozenset({"host"})
LIVE: frozenset[str] = frozenset({"live"})
MAX_MARKS = 1_000
NO_ROW_ON = N_("No row is running; press go first.")


class NewRow(RowFields, frozen=True, forbid_unknown_fields=True):
    """A row as it is asked for; without a phase, the title says which."""

    phase: Phase | None = None


class AddRow(Command, frozen=True):
    """Without `after`, the row goes behind the last one."""

    roles: ClassVar[frozenset[Role]] = PRODUCER
    row: NewRow
    after: RowId | None = None


class ImportRows(Command, frozen=True):
    """A whole sheet, all or nothing; submitted by the sheet import only."""

    roles: ClassVar[frozenset[Role]] = PRODUCER
    open_to_public: ClassVar[bool] = False
    rows: Annotated[tuple[NewRow, ...], Meta(min_length=1, max_length=planning.MAX_ROWS)]
    replace: bool = False


class EditRow(Command, frozen=True):
    """`field` is a row field or `custom.<name>`; `value` is the whole new value in its JSON form."""

    roles: ClassVar[frozenset[Role]] = PRODUCER
    row: RowId
    field: Annotated[str, Meta(min_length=1, max_length=100)]
    value: Any

    def touches(self) -> tuple[str, ...]:
        return (f"row:{self.row}:{self.field}",)


class MoveRow(Command, frozen=True):
    """`after` None puts the row first."""

    roles: ClassVar[frozenset[Role]] = PRODUCER
    row: RowId
    after: RowId | None

    def touches(self) -> tuple[str, ...]:
        return (f"row:{self.row}:place",)


class RemoveRow(Command, frozen=True):
    roles: ClassVar[frozenset[Role]] = PRODUCER
    row: RowId

    def touches(self) -> tuple[str, ...]:
        return (f"row:{self.row}",)


class Running(Command, frozen=True):
    """What changes the row that is on: refused as stale when another press changed it first."""

    roles: ClassVar[frozenset[Role]] = CONTROLLER
    while_status: ClassVar[frozenset[str]] = LIVE

    def touches(self) -> tuple[str, ...]:
        return ("current",)


class Go(Running, frozen=True):
    def touches(self) -> tuple[str, ...]:
        return ("current", "next", "hold")


class Back(Running, frozen=True):
    pass


class Jump(Running, frozen=True):
    row: RowId


class Hold(Running, frozen=True):
    pass


class Resume(Running, frozen=True):
    pass


class Adjust(Running, frozen=True):
    seconds: Annotated[int, Meta(ge=-3_600, le=3_600)]


class Mark(Command, frozen=True):
    roles: ClassVar[frozenset[Role]] = CONTROLLER
    while_status: ClassVar[frozenset[str]] = LIVE
    note: Sentence = ""


class MessageHost(Command, frozen=True):
    roles: ClassVar[frozenset[Role]] = CONTROLLER
    text: Annotated[str, Meta(min_length=1, max_length=200)]
    expires_s: Annotated[int, Meta(ge=5, le=3_600)] | None = None


class AcknowledgeMessage(Command, frozen=True):
    roles: ClassVar[frozenset[Role]] = HOST
    message: Name


class RequestDesk(Command, frozen=True):
    roles: ClassVar[frozenset[Role]] = HOST
    kind: RequestKind
    text: Sentence = ""


class AcknowledgeRequest(Command, frozen=True):
    roles: ClassVar[frozenset[Role]] = CONTROLLER
    request: Name


COMMANDS: tuple[type[Command], ...] = (
    AddRow, ImportRows, EditRow, MoveRow, RemoveRow, Go, Back, Jump, Hold, Resume, Adjust, Mark,
    MessageHost, AcknowledgeMessage, RequestDesk, AcknowledgeRequest,
)  # fmt: skip


def decide(state: State, command: Command, context: Context) -> Decision:
    """Events that follow from `command`, or why it is refused."""
    match command:
        case AddRow() | ImportRows() | EditRow() | MoveRow() | RemoveRow():
            return _plan(state, command, context)
        case Go() | Back() | Jump() | Hold() | Resume() | Adjust():
            return _run(state, command, context)
        case Mark(note=note):
            return _mark(state, note)
        case MessageHost() | AcknowledgeMessage() | RequestDesk() | AcknowledgeRequest():
            return _talk(state, command, context)
    raise TypeError(command)


def _plan(state: State, command: Command, context: Context) -> Decision:
    match command:
        case AddRow(row=new, after=after):
            return planning.add(state, planning.row_of(f"r_{context.fresh_id}", new, new.phase, context), after)
        case ImportRows(rows=new_rows, replace=replace):
            return planning.bring_in(state, _numbered(new_rows, context), replace)
        case EditRow(row=row, field=name, value=value):
            return planning.edit(state, row, name, value, context)
        case MoveRow(row=row, after=after):
            return planning.move(state, row, after)
        case RemoveRow(row=row):
            return planning.remove(state, row)
    raise TypeError(command)


def _numbered(rows: tuple[NewRow, ...], context: Context) -> tuple[Row, ...]:
    return tuple(
        planning.row_of(f"r_{context.fresh_id}-{number}", new, new.phase, context)
        for number, new in enumerate(rows, start=1)
    )


def _run(state: State, command: Command, context: Context) -> Decision:
    match command:
        case Go():
            return _go(state, context)
        case Jump(row=row):
            return _jump(state, row)
    return refuse(NO_ROW_ON) if state.current is None else _pace(state, command)


def _pace(state: State, command: Command) -> Decision:
    match command:
        case Back():
            return _back(state)
        case Hold():
            return [Held()] if state.held_at is None else refuse("The countdown is held already.")
        case Resume():
            return [Resumed()] if state.held_at is not None else refuse("The countdown is not held.")
        case Adjust(seconds=seconds):
            return [Adjusted(seconds=seconds)] if seconds else refuse("Say how many seconds to add or take away.")
    raise TypeError(command)


def _go(state: State, context: Context) -> Decision:
    if not state.order:
        return refuse("The run of show has no rows yet; add one first.")
    if state.started_last is not None and context.now_ms - state.started_last < context.presets.double_press_ms:
        return refuse("A row started a moment ago; press go once more if you really want the next one.")
    following = state.neighbour(1)
    if following is None:
        return refuse("This is the last row; end the show or jump to another row.")
    return [RowStarted(row=following)]


def _back(state: State) -> Decision:
    before = state.neighbour(-1)
    if before is None:
        return refuse("This is the first row; there is none before it.")
    return [RowStarted(row=before, back=True)]


def _jump(state: State, row: str) -> Decision:
    if row not in state.rows:
        return refuse(planning.NO_SUCH_ROW)
    if row == state.current:
        return refuse("This row is running already.")
    return [RowStarted(row=row, jump=True)]


def _mark(state: State, note: str) -> Decision:
    if len(state.marks) >= MAX_MARKS:
        return refuse("There are {limit} markers in this show already.", limit=MAX_MARKS)
    return [Marked(note=note, row=state.current)]


def _talk(state: State, command: Command, context: Context) -> Decision:
    match command:
        case MessageHost():
            return _message(command, context)
        case AcknowledgeMessage(message=message):
            return _acknowledge_message(state, message)
        case RequestDesk(kind=kind, text=text):
            return _request(context, kind, text)
        case AcknowledgeRequest(request=request):
            return _acknowledge_request(state, request)
    raise TypeError(command)


def _message(command: MessageHost, context: Context) -> Decision:
    if not command.text.strip():
        return refuse("Write a message first.")
    lasts_s = context.presets.message_expires_s if command.expires_s is None else command.expires_s
    expires_at = context.now_ms + lasts_s * 1000
    return [HostMessaged(message=f"m_{context.fresh_id}", text=command.text, expires_at=expires_at)]


def _acknowledge_message(state: State, known: str) -> Decision:
    message = state.messages.get(known)
    if message is None:
        return refuse("There is no such message in this show.")
    if message.read_at is not None:
        return refuse("This message was read already.")
    return [MessageAcknowledged(message=known)]


def _request(context: Context, kind: RequestKind, text: str) -> Decision:
    if kind == "other" and not text.strip():
        return refuse("Say what you need.")
    return [DeskRequested(request=f"q_{context.fresh_id}", kind=kind, text=text)]


def _acknowledge_request(state: State, known: str) -> Decision:
    request = state.requests.get(known)
    if request is None:
        return refuse("There is no such request in this show.")
    if request.acknowledged_at is not None:
        return refuse("This request was answered already.")
    return [RequestAcknowledged(request=known)]
