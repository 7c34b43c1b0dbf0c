"""Instants are whole milliseconds of UTC and money is whole minor units, in every command and every event."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from msgspec import Struct
from msgspec import inspect as shapes

from console.catalogue import COMMANDS, EVENTS
from console.core.observations import Batch
from console.recap.report import build
from tests.simulation import virtual
from tests.simulation.evening import Evening
from tests.simulation.virtual import VirtualClock, run

NO_NUMBER_HERE = (
    shapes.FloatType, shapes.DecimalType, shapes.DateTimeType, shapes.DateType, shapes.TimeType, shapes.TimeDeltaType,
)  # fmt: skip
"""What rounds, and what means another instant elsewhere or twice in one night."""
ANY = {("EditRow", "value"), ("RowEdited", "value")}
"""A field of a row, whose own type decides; see tests/scripts/test_scripts_planning.py."""
INSTANTS = {"issued_at", "seen", "starts_at", "at"}
"""Bounded at the door, with every other integer; see tests/core/test_strict.py."""


def leaves(shape: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Where in a message which plain type stands."""
    if isinstance(shape, shapes.StructType):
        for field in shape.fields:
            yield from leaves(field.type, (*path, field.name))
    elif isinstance(shape, shapes.UnionType):
        for each in shape.types:
            yield from leaves(each, path)
    elif isinstance(shape, shapes.DictType):
        yield from leaves(shape.value_type, path)
    elif inner := getattr(shape, "item_type", None):
        yield from leaves(inner, path)
    elif isinstance(shape, shapes.TupleType):
        for each in shape.item_types:
            yield from leaves(each, path)
    else:
        yield path, shape


def numbers_that_slip(*kinds: type[Struct]) -> list[tuple[str, ...]]:
    found = [leaf for kind in kinds for leaf in leaves(shapes.type_info(kind), (kind.__name__,))]
    loose = [path for path, shape in found if isinstance(shape, shapes.AnyType) and path not in ANY]
    return loose + [path for path, shape in found if isinstance(shape, NO_NUMBER_HERE)]


def endless_integers(*kinds: type[Struct]) -> list[tuple[str, ...]]:
    found = [leaf for kind in kinds for leaf in leaves(shapes.type_info(kind), (kind.__name__,))]
    return [path for path, shape in found if isinstance(shape, shapes.IntType) and not bounded(path, shape)]


def bounded(path: tuple[str, ...], shape: shapes.IntType) -> bool:
    below, above = (shape.ge, shape.gt), (shape.le, shape.lt)
    return path[-1] in INSTANTS or (below != (None, None) and above != (None, None))


def test_no_command_and_no_event_holds_a_fraction_or_a_time_of_day() -> None:
    assert numbers_that_slip(*COMMANDS, *EVENTS) == []


def test_every_integer_of_a_command_has_both_bounds() -> None:
    assert endless_integers(*(kind for kind in COMMANDS if not issubclass(kind, Batch))) == []


def test_control_what_would_slip_is_found() -> None:
    class Sloppy(Struct):
        price: float
        opens: list[datetime]
        stock: int
        anything: dict[str, Any]

    assert {path[1] for path in numbers_that_slip(Sloppy)} == {"price", "opens", "anything"}
    assert [path[1] for path in endless_integers(Sloppy)] == ["stock"]


PLACES = ("UTC", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe")
NIGHTS = {
    "clocks go forward in New York": datetime(2027, 3, 14, 6, 59, 30, tzinfo=UTC),
    "clocks go back in New York": datetime(2027, 11, 7, 5, 59, 30, tzinfo=UTC),
    "midnight in Shanghai": datetime(2027, 6, 18, 15, 59, 30, tzinfo=UTC),
}


@pytest.fixture
def somewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Moves this process to another place."""
    kept = os.environ.get("TZ")

    def move(place: str) -> None:
        os.environ["TZ"] = place
        time.tzset()

    yield move
    os.environ.pop("TZ")
    os.environ |= {"TZ": kept} if kept is not None else {}
    time.tzset()


async def told() -> bytes:
    """Every stored byte of a short evening, and its recap."""
    played = await Evening(4).play(rows=2)
    recap = msgspec.json.encode(build(played.refolded(), [row for row, _, _ in played.rows]))
    return b"".join(payload for _, payload, _ in played.rows) + played.rows[-1][2] + recap


@pytest.mark.parametrize("night", NIGHTS)
def test_an_evening_is_the_same_wherever_it_is_told_whatever_night_it_is(
    night: str, somewhere: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(virtual, "START_MS", int(NIGHTS[night].timestamp() * 1000))
    evenings = set()
    for place in PLACES:
        somewhere(place)
        evenings.add(run(told()))
    assert len(evenings) == 1


def test_control_a_clock_on_the_wall_would_make_it_another_evening(
    somewhere: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def on_the_wall(clock: VirtualClock) -> int:
        here = datetime.fromtimestamp(real(clock) / 1000)  # noqa: DTZ006 - the mistake this is about
        return int(here.replace(tzinfo=UTC).timestamp() * 1000)

    real = VirtualClock.now_ms
    monkeypatch.setattr(virtual, "START_MS", int(NIGHTS["clocks go back in New York"].timestamp() * 1000))
    monkeypatch.setattr(VirtualClock, "now_ms", on_the_wall)
    evenings = []
    for place in PLACES[:2]:
        somewhere(place)
        evenings.append(run(told()))
    assert evenings[0] != evenings[1]
