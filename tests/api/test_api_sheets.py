"""A run of show from a sheet: shown first, taken over whole or not at all."""

import pytest

from tests.api.conftest import LiveShow

SHEET = "时间轴,环节名称,时长,话术,备注列\n0:00,开场,5分钟,大家好,甲\n5:00,讲品,180秒,,乙\n"


def test_a_sheet_is_shown_first_and_then_taken_over(show: LiveShow) -> None:
    client = show.server.client("producer")
    tried = client.post(show.path + "/run-of-show?dry_run=1", files={"file": ("rows.csv", SHEET.encode())})
    assert tried.status_code == 200
    assert set(tried.json()) >= {"columns", "rows", "problems"}
    assert tried.json()["rows"] == 2
    assert show.snapshot()["scripts"]["rows"] == []
    taken = client.post(show.path + "/run-of-show", files={"file": ("rows.csv", SHEET.encode())})
    assert taken.status_code == 200
    rows = show.snapshot()["scripts"]["rows"]
    assert [(row["title"], row["planned_s"]) for row in rows] == [("开场", 300), ("讲品", 180)]
    assert rows[0]["custom"]["备注列"] == "甲"


def test_a_sheet_with_an_error_is_422_and_nothing_is_taken(show: LiveShow) -> None:
    sheet = "title,duration\nOpening,5m\nSerum,tomorrow\n"
    answer = show.server.client("producer").post(
        show.path + "/run-of-show", files={"file": ("rows.csv", sheet.encode())}
    )
    if answer.status_code == 200:
        pytest.fail("a duration that is none was taken")
    assert answer.status_code == 422
    problem = next(item for item in answer.json()["problems"] if item["severity"] == "error")
    assert set(problem) == {"severity", "sheet", "row", "column", "why"}
    assert problem["row"] == 3
    assert show.snapshot()["scripts"]["rows"] == []


def test_a_sheet_with_another_mapping(show: LiveShow) -> None:
    files = {"file": ("rows.csv", b"what,how long\nOpening,5m\n")}
    mapping = '{"what": "title", "how long": "planned_s"}'
    answer = show.server.client("producer").post(show.path + "/run-of-show", files=files, data={"mapping": mapping})
    assert answer.status_code == 200, answer.text
    assert show.snapshot()["scripts"]["rows"][0]["planned_s"] == 300


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("a.xlsx", b"PK\x03\x04 no workbook"),
        ("a.csv", b""),
        ("a.exe", b"MZ"),
        ("a.csv", b"\x00\x01\x02"),
        ("a.ods", b"x"),
    ],
)
def test_what_is_no_sheet_is_refused_with_a_sentence(show: LiveShow, name: str, raw: bytes) -> None:
    answer = show.server.client("producer").post(show.path + "/run-of-show", files={"file": (name, raw)})
    assert answer.status_code in {400, 422}
    said = answer.json()
    assert said.get("why") or all(problem["why"] for problem in said["problems"])
    assert show.snapshot()["scripts"]["rows"] == []
