"""Shapes of the JSON door."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from console.core.lifecycle import Targets
from console.core.slice import Delivery


class NewShow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`POST /shows`; `starts_at` in epoch ms after the door has read it."""

    title: Annotated[str, Meta(min_length=1, max_length=200)]
    starts_at: int | None = None
    targets: Targets = {}
    delivery: Delivery = "none"
    stream_delay_s: Annotated[int, Meta(ge=0, le=600)] = 0
    rehearsal: bool = False


class ShowName(Struct, frozen=True):
    """The answer to `POST /shows`."""

    id: str
    epoch: str
    seq: int


class ShowItem(Struct, frozen=True, kw_only=True):
    """One line of `GET /shows`; instants RFC 3339."""

    id: str
    title: str
    status: str
    rehearsal: bool
    starts_at: str | None
    started_at: str | None
    ended_at: str | None


class Items(Struct, frozen=True):
    """A list answer."""

    items: list[Any]


class Refusal(Struct, frozen=True):
    """Every refusal: a code for programs, one sentence for people. A 409 also says the show's `seq`."""

    code: str
    why: str


class SheetAnswer(Struct, frozen=True):
    """The answer to `POST …/run-of-show`: header → field, rows found, problems with their place."""

    columns: dict[str, str]
    rows: int
    problems: list[dict[str, Any]]
