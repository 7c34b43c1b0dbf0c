"""Typing numbers in."""

from typing import Any

import msgspec
import pytest

from console.core.messages import Rejection
from console.core.slice import Context, Header
from console.metrics.commands import ReportNumbers, decide
from console.metrics.events import NumbersReported
from console.metrics.fold import State

NOW = 1_800_000_000_000


def ask(counters: dict[str, int], as_of: int = NOW) -> Any:
    context = Context(now_ms=NOW, fresh_id="x", actor="u", header=Header(status="live"))
    return decide(State(), ReportNumbers(command_id="c", issued_at=NOW, counters=counters, as_of=as_of), context)


def test_known_figures_are_recorded() -> None:
    assert ask({"gmv_paid": 5, "acu": 7}, NOW - 1) == [
        NumbersReported(counters={"gmv_paid": 5, "acu": 7}, as_of=NOW - 1)
    ]


@pytest.mark.parametrize("name", ["gpm", "moon", "online_sum", "live_s"])
def test_what_cannot_be_typed_is_refused_by_name(name: str) -> None:
    refused = ask({"gmv_paid": 5, name: 1})
    assert isinstance(refused, Rejection)
    assert refused.params["name"] == name
    assert "entries_pv" in refused.params["known"]


def test_figures_from_the_future_are_refused() -> None:
    assert isinstance(ask({"gmv_paid": 5}, NOW + 60_001), Rejection)
    assert not isinstance(ask({"gmv_paid": 5}, NOW + 60_000), Rejection)


@pytest.mark.parametrize(
    "fields",
    [
        {"counters": {}, "as_of": NOW},
        {"counters": {"gmv_paid": -1}, "as_of": NOW},
        {"counters": {"gmv_paid": 10**14}, "as_of": NOW},
        {"counters": {"gmv_paid": 1.5}, "as_of": NOW},
        {"counters": {"gmv_paid": 1}, "as_of": -1},
        {"counters": {f"c{n}": 1 for n in range(65)}, "as_of": NOW},
        {"counters": {"x" * 41: 1}, "as_of": NOW},
    ],
)
def test_numbers_out_of_bounds_do_not_decode(fields: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"type": "report_numbers", "command_id": "c", "issued_at": NOW} | fields, ReportNumbers)
