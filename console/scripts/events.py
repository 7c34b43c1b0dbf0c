"""What happened to the run of show. Durations are seconds, instants epoch milliseconds."""

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct, structs

from console.core.messages import Event
from console.core.slice import ProductFact

Phase = Literal["opening", "warm_up", "product", "interaction", "flash", "encore", "closing", "other"]
RequestKind = Literal["more_stock", "next", "moderate", "pause", "other"]

RowId = Annotated[str, Meta(min_length=1, max_length=80)]
Name = Annotated[str, Meta(max_length=80)]
Title = Annotated[str, Meta(min_length=1, max_length=200)]
Sentence = Annotated[str, Meta(max_length=200)]
Text = Annotated[str, Meta(max_length=8_000)]
Seconds = Annotated[int, Meta(ge=0, le=86_400)]
Reference = Annotated[str, Meta(min_length=1, max_length=200)]
Amount = Annotated[int, Meta(ge=0, le=10**13)]

SECRET_COLUMNS = ("底价", "成本", "floor", "cost")
"""A custom column whose name holds one of these is kept from who may not see cost."""


class Cue(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An action of the desk, `at_s` seconds into the row."""

    at_s: Seconds
    text: Sentence


class RowFields(Struct, frozen=True, kw_only=True):
    """What a person plans for a row. Bounds may be loosened, never tightened: journals hold rows of this shape.

    `planned_s` is None when the sheet says no duration; an empty text is an absent one.
    """

    title: Title
    planned_s: Seconds | None
    min_s: Seconds | None = None
    max_s: Seconds | None = None
    products: Annotated[tuple[Reference, ...], Meta(max_length=50)] = ()
    script: Text = ""
    must_say: Annotated[tuple[Sentence, ...], Meta(max_length=3)] = ()
    must_not_say: Annotated[tuple[Sentence, ...], Meta(max_length=10)] = ()
    selling_points: Annotated[tuple[Sentence, ...], Meta(max_length=10)] = ()
    goal: Sentence = ""
    targets: Annotated[dict[Name, Amount], Meta(max_length=20)] = {}
    host: Name = ""
    co_host: Name = ""
    cues: Annotated[tuple[Cue, ...], Meta(max_length=30)] = ()
    offers: Annotated[tuple[Reference, ...], Meta(max_length=20)] = ()
    props: Annotated[str, Meta(max_length=1_000)] = ""
    plan_b: Annotated[str, Meta(max_length=1_000)] = ""
    ad_note: Annotated[str, Meta(max_length=1_000)] = ""
    service_note: Annotated[str, Meta(max_length=2_000)] = ""
    custom: Annotated[dict[Name, Annotated[str, Meta(max_length=2_000)]], Meta(max_length=60)] = {}
    """Columns of an imported sheet that the console has no field for."""


class Row(RowFields, frozen=True):
    """A row as it stands in the run of show; `facts` are its products that the shop knew when it was written."""

    id: str
    phase: Phase
    facts: tuple[ProductFact, ...] = ()


def open_columns(custom: dict[str, str]) -> dict[str, str]:
    """The custom columns that everyone may see."""
    return {name: text for name, text in custom.items() if not _is_secret(name)}


def _is_secret(column: str) -> bool:
    return any(word in column.casefold() for word in SECRET_COLUMNS)


def _open(row: Row) -> Row:
    return structs.replace(row, custom=open_columns(row.custom))


def _order(next_moved: bool) -> tuple[str, ...]:
    return ("next",) if next_moved else ()


class RowAdded(Event, frozen=True):
    """`next_moved` here and below: another row now follows the current one than before."""

    creates: ClassVar[str | None] = "row"
    row: Row
    after: str | None = None
    """The row it stands behind; None puts it first."""
    next_moved: bool = False

    def changes(self) -> tuple[str, ...]:
        return (f"row:{self.row.id}", *_order(self.next_moved))

    def outward(self) -> Event:
        return structs.replace(self, row=_open(self.row))


class RowsImported(Event, frozen=True):
    """Rows put behind the last one, or instead of all rows."""

    rows: tuple[Row, ...]
    replace: bool = False
    next_moved: bool = False

    def changes(self) -> tuple[str, ...]:
        return ("rows", *_order(self.next_moved))

    def outward(self) -> Event:
        return structs.replace(self, rows=tuple(_open(row) for row in self.rows))


class RowEdited(Event, frozen=True):
    """`value` in its JSON form; for `custom.<name>` None takes the column away. `facts` when `products` was edited."""

    row: str
    field: str
    value: Any
    facts: tuple[ProductFact, ...] | None = None

    def changes(self) -> tuple[str, ...]:
        return (f"row:{self.row}:{self.field}",)

    def outward(self) -> Event:
        if self.field == "custom":
            return structs.replace(self, value=open_columns(self.value))
        return (
            structs.replace(self, value=None) if self.field.startswith("custom.") and _is_secret(self.field) else self
        )


class RowMoved(Event, frozen=True):
    row: str
    after: str | None
    next_moved: bool = False

    def changes(self) -> tuple[str, ...]:
        return (f"row:{self.row}:place", *_order(self.next_moved))


class RowRemoved(Event, frozen=True):
    row: str
    next_moved: bool = False

    def changes(self) -> tuple[str, ...]:
        return (f"row:{self.row}", *_order(self.next_moved))


class RowStarted(Event, frozen=True):
    """The row is on. `back` and `jump` leave the row before it unfinished; neither is set for the next row in order."""

    row: str
    back: bool = False
    jump: bool = False

    def changes(self) -> tuple[str, ...]:
        return ("current", "next")


class Held(Event, frozen=True):
    def changes(self) -> tuple[str, ...]:
        return ("hold",)


class Resumed(Event, frozen=True):
    def changes(self) -> tuple[str, ...]:
        return ("hold",)


class Adjusted(Event, frozen=True):
    """The current row gets `seconds` more, or less when negative."""

    seconds: int


class Marked(Event, frozen=True):
    """Worth a look in the recap."""

    note: str = ""
    row: str | None = None


class HostMessaged(Event, frozen=True):
    creates: ClassVar[str | None] = "message"
    message: str
    text: str
    expires_at: int


class MessageAcknowledged(Event, frozen=True):
    message: str

    def changes(self) -> tuple[str, ...]:
        return (f"message:{self.message}",)


class DeskRequested(Event, frozen=True):
    creates: ClassVar[str | None] = "request"
    request: str
    kind: RequestKind
    text: str = ""


class RequestAcknowledged(Event, frozen=True):
    request: str

    def changes(self) -> tuple[str, ...]:
        return (f"request:{self.request}",)


EVENTS: tuple[type[Event], ...] = (
    RowAdded, RowsImported, RowEdited, RowMoved, RowRemoved, RowStarted, Held, Resumed, Adjusted, Marked,
    HostMessaged, MessageAcknowledged, DeskRequested, RequestAcknowledged,
)  # fmt: skip
