"""Durations, starts and ends as people write them into sheets, and cues that were recorded."""

import warnings
from pathlib import Path

import pytest

from console.ingest.fields import unit
from console.ingest.run_of_show import Plan, plan
from tests.ingest.conftest import durations, sentences, text_of

RECORDED = Path(__file__).parents[3] / "shared" / "data" / "rundowns"


@pytest.mark.parametrize(
    ("header", "cells", "seconds"),
    [
        ("时长（分钟）", ["5", "10"], [300, 600]),
        ("Duration (s)", ["90", "120"], [90, 120]),
        ("时长", ["90", "120"], [90, 120]),
        ("时长", ["5", "10"], [300, 600]),
        ("预计时长", ["5-8分钟", "1小时30分"], [390, 5_400]),
        ("duration", ["00:05:00", "05:30"], [300, 330]),
    ],
)
def test_units_come_from_cell_then_header(header: str, cells: list[str], seconds: list[int]) -> None:
    found = plan("a.csv", text_of(f"环节,{header}", *(f"r{n},{cell}" for n, cell in enumerate(cells))))
    assert durations(found) == seconds
    bare = "(" not in header and "（" not in header and cells[0].isdigit()
    assert any("without a unit" in said for said in sentences(found)) == bare


def test_a_range_keeps_its_bounds() -> None:
    found = plan("a.csv", text_of("title,duration", "A,5-8 min"))
    assert (found.rows[0]["min_s"], found.rows[0]["max_s"]) == (300, 480)


@pytest.mark.parametrize(
    ("header", "cells", "seconds"),
    [
        ("开始时间", ["20:00", "20:10", "20:25"], [600, 900, None]),
        ("时间", ["20:00-20:10", "20:10-20:25", "23:50-00:10"], [600, 900, 1_200]),
        ("start", ["T+00:00", "T+05:30", "T+12:00"], [330, 390, None]),
        ("时间", ["5分钟", "10分钟", "3分钟"], [300, 600, 180]),
    ],
)
def test_start_columns_become_durations(header: str, cells: list[str], seconds: list[int | None]) -> None:
    found = plan("a.csv", text_of(f"环节,{header}", *(f"r{n},{cell}" for n, cell in enumerate(cells))))
    assert durations(found) == seconds
    assert ("The row has no duration." in sentences(found)) == (None in seconds)
    if found.columns[header] == "start":
        assert [row["custom"][header] for row in found.rows] == cells


def test_start_and_end_columns() -> None:
    found = plan("a.csv", text_of("title,start,end", "A,20:00:00,20:05:00", "B,20:10:00,20:11:30"))
    assert durations(found) == [300, 90]


def test_an_own_duration_wins_over_the_difference() -> None:
    found = plan("a.csv", text_of("title,start,duration", "A,20:00:00,3m", "B,20:10:00,2m"))
    assert durations(found) == [180, 120]


@pytest.mark.parametrize(
    ("header", "found"),
    [("时长(分)", "m"), ("Duration [sec]", "s"), ("时长/小时", "h"), ("时长", None), ("title", None)],
)
def test_units_of_headers(header: str, found: str | None) -> None:
    assert unit(header) == found


def recorded(name: str) -> Plan:
    file = RECORDED / name
    if not file.exists():
        warnings.warn(f"{name} is not beside the project: this recording was NOT tried", stacklevel=2)
        pytest.skip(f"{name} is not beside the project")
    return plan(name, file.read_bytes())


@pytest.mark.parametrize("name", ["productionclock.csv", "productionclock.ods"])
def test_recorded_clock_cues(name: str) -> None:
    found = recorded(name)
    assert found.applicable
    assert [row["title"] for row in found.rows] == ["Cue 1", "Cue 1.5", "Cue 2", "Cue 3", "Cue 4"]
    assert durations(found) == [None, 30, 270, 23_670, 77_400]
    assert found.rows[3]["custom"]["Clock-ID"] == "1,2,3"


@pytest.mark.parametrize(
    ("name", "rows"), [("qlc-The-Greatest-Showman.csv", 132), ("qlc-Whale-Montage-Part-1.csv", 74)]
)
def test_recorded_light_cues(name: str, rows: int) -> None:
    found = recorded(name)
    assert found.applicable
    assert len(found.rows) == rows
    assert found.columns["NAME"] == "title"
    assert all(isinstance(length, int) for length in durations(found))
    assert found.rows[0]["custom"]["FADEIN"] == "NONE"


def test_recorded_cues_without_times() -> None:
    found = recorded("qlc-Show-Cues.csv")
    assert found.applicable
    assert len(found.rows) == 121
    assert found.rows[0]["custom"]["Column A"] == "LFX1"
    assert any("no column of durations" in said for said in sentences(found))
