"""{Redis} × {database} × {bad screen} × {one node, two}: every cell happened, and this is what came of it.

`pytest tests/faults/test_matrix.py -k "redis-sigstop and postgres-locked and 2-nodes"` lets only that happen.
"""

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from patience import patience

from tests.faults.conftest import Disasters
from tests.faults.disasters import DATABASE, REDIS
from tests.faults.evening import Press
from tests.faults.scenarios import Cell, Report

CELLS = [Cell(redis, database, nodes) for redis in REDIS for database in DATABASE for nodes in (1, 2)]
GRACE_S = 0.5
LOCK_S = 3.0
CURRENT_S = 3.0
LOST_S = 5.0
TOLD_S = 2.0
REFUSED_S = 2 * LOCK_S + 1.0
"""One that came just after the store had taken another into its patience waits for both."""
EXPIRED_S = 4.5
STOP_S = 1.0
TOO_SLOW_S = 10.0
SILENT_S = 50.0
BEAT_S = 2.0
GROWTH_MB = 96


def needs(cell: Cell) -> list[pytest.MarkDecorator]:
    why = "a disk is filled on a small tmpfs of its own, and mounting one is not allowed here"
    return [pytest.mark.skipif(not cell.may_happen(), reason=why)]


NAMED = [pytest.param(each, id=f"{each.redis}+{each.database}+{each.nodes}-nodes", marks=needs(each)) for each in CELLS]
every_cell = pytest.mark.parametrize("cell", NAMED)


@pytest.fixture
def report(disasters: Disasters, cell: Cell) -> Report:
    outcome = disasters.outcomes[cell]
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


def refused(report: Report) -> list[Press]:
    return [press for press in report.evening.presses if press.status == 503]


def first_refusals(report: Report) -> dict[int, float]:
    """Node → when it first refused something; one that only waited in line for a row may never have to."""
    return {press.node: press.answered_s for press in sorted(refused(report), key=lambda press: -press.answered_s)}


def too_late(press: Press) -> bool:
    """On a machine this busy a press may take so long to arrive that it must not count any more."""
    return press.status == 409 and press.body["code"] == "expired" and press.took_s > EXPIRED_S


def in_the_fault(report: Report, press: Press) -> bool:
    began, ended = report.database
    return press.answered_s > began and press.sent_s < ended + GRACE_S


def wrongly_kept(presses: list[Press], rows: list[dict[str, Any]], hides: bool) -> list[Press]:
    """Acknowledged and not kept once where it was said; refused and kept, unless the fault `hides` what came of it."""
    said = Counter(row.get("note") or str(row.get("value"))[:32] for row in rows)
    at = {row["seq"]: row.get("note") or str(row.get("value"))[:32] for row in rows}

    def right(press: Press) -> bool:
        if press.status == 200:
            return (at.get(press.body["seq"]), said[press.says]) == (press.says, 1)
        if press.retry:
            return (press.retry.status, said[press.says]) == (200, 1)
        return said[press.says] <= hides

    return [press for press in presses if not right(press)]


@every_cell
def test_every_acknowledged_command_is_kept_once_and_nothing_else(report: Report, cell: Cell) -> None:
    rows = report.evening.rows
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1)), "one order without a gap"
    wrong = wrongly_kept(report.evening.presses, rows, DATABASE[cell.database].hides)
    assert [(press.status, press.body) for press in wrong] == []


@pytest.mark.parametrize(
    "kept", [["a"], ["a", "a", "b"], ["b", "a"], ["a", "b", "refused"]], ids=["lost", "twice", "swapped", "kept"]
)
def test_control_a_row_too_few_or_too_many_is_found(kept: list[str]) -> None:
    presses = [Press(0, says, {}) for says in ("a", "b", "refused")]
    for seq, press in enumerate(presses[:2], start=1):
        press.status, press.body = 200, {"seq": seq}
    presses[2].status = 503
    rows = [{"seq": seq, "note": says} for seq, says in enumerate(kept, start=1)]
    assert wrongly_kept(presses, rows, hides=False) != []
    assert wrongly_kept(presses, [{"seq": 1, "note": "a"}, {"seq": 2, "note": "b"}], hides=False) == []


@every_cell
def test_what_is_refused_is_refused_soon_with_a_sentence_and_only_while_it_must(report: Report, cell: Cell) -> None:
    for press in report.evening.presses:
        assert press.status in {200, 503, 409}, press.body
        assert press.status == 200 or too_late(press) or in_the_fault(report, press), (
            press.sent_s,
            press.took_s,
            report.database,
            press.body,
        )
        assert press.status != 409 or press.body["code"] == "expired"
        assert press.status == 200 or len(press.body["why"]) > 8
        assert press.took_s < patience(REFUSED_S)
    assert refused(report), "the fault was none"


@every_cell
def test_the_emergency_stop_is_quick_and_stays(report: Report, cell: Cell) -> None:
    assert report.evening.stop_took_s < patience(STOP_S)
    assert report.evening.after_the_stop == 409


@every_cell
def test_good_screens_have_everything_in_order_and_soon(report: Report, cell: Cell) -> None:
    head = report.evening.rows[-1]["seq"]
    for screen in report.evening.good:
        assert not screen.closed
        assert len(screen.hellos) == 1, "sent whole where rows would do"
        assert screen.seqs == list(range(screen.began + 1, head + 1))
    assert report.evening.current_in_s < patience(CURRENT_S)
    assert latest(report, own=True) < patience(1.0), "a bad screen beside them delays nobody"
    assert latest(report, own=False) < patience(CURRENT_S)


def latest(report: Report, *, own: bool) -> float:
    """The longest from an answer to a good screen of that node (`own`) or of the other, outages aside."""
    evening = report.evening
    delays = [
        screen.came_s.get(press.body["seq"], 0.0)
        - max(press.answered_s, report.database.ended_s if in_the_fault(report, press) else 0)
        for press in evening.presses
        if press.status == 200
        for node, screens in enumerate(evening.screens)
        if (node == press.node) is own
        for screen in screens
    ]
    return max(delays, default=0.0)


@every_cell
def test_good_screens_never_miss_a_heartbeat(report: Report, cell: Cell) -> None:
    for screen in report.evening.good:
        times = [at for at, _ in screen.beats]
        assert max(later - earlier for earlier, later in pairwise(times)) < patience(BEAT_S)


@every_cell
def test_every_screen_is_told_what_is_out_of_order_and_when_it_is_over(report: Report, cell: Cell) -> None:
    first = first_refusals(report)
    for node, screens in enumerate(report.evening.screens):
        for screen in screens:
            told = [at for at, said in screen.beats if "store" in said and at > report.database.began_s]
            assert node not in first or told[0] - first[node] < patience(TOLD_S)
            bus = [at for at, degraded in screen.beats if "bus" in degraded]
            assert bool(bus) is REDIS[cell.redis].silences
    assert report.evening.degraded == [()] * len(report.evening.good)


@every_cell
def test_ready_says_why_not_and_is_ready_again_by_itself(report: Report, cell: Cell) -> None:
    for node in range(cell.nodes):
        bodies = [(status, body) for _, at, status, body in report.evening.readiness if at == node]
        reasons = {body["database"] for status, body in bodies if status == 503} - {"ok"}
        assert bool(reasons) >= (node in first_refusals(report))
        if REDIS[cell.redis].silences:
            assert any(status == 503 and body.get("bus", "ok") != "ok" for status, body in bodies)
    assert max(report.evening.ready_in_s) < patience(LOST_S)


@every_cell
@pytest.mark.parametrize("kind", ["never-reads", "cut", "half-open"])
def test_a_bad_screen_ends_as_it_should(report: Report, cell: Cell, kind: str) -> None:
    head = report.evening.rows[-1]["seq"]
    for bad in report.evening.bad:
        if kind == "never-reads":
            assert bad.dropped_s - bad.stuck_s < patience(TOO_SLOW_S)
        elif kind == "half-open":
            assert bad.deaf_dropped_s - bad.deaf_s < patience(SILENT_S)
        else:
            assert bad.again.resumed
            assert bad.cut.seqs + bad.again.seqs == list(range(bad.cut.began + 1, head + 1))


@every_cell
def test_the_nodes_stay_small_quiet_and_end_politely(disasters: Disasters, report: Report, cell: Cell) -> None:
    street = disasters.street_of(cell)
    assert max(street.grown_mb) < GROWTH_MB
    assert "Traceback" not in street.said
    assert {code for codes in street.codes for code in codes} == {0}
