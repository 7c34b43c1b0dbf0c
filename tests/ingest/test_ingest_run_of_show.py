"""What becomes of sheets as teams write them, workbooks made here and recorded ones beside the project."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.strict import convert
from console.ingest.fields import FIELDS, SYNONYMS, guess
from console.ingest.run_of_show import Plan, plan
from console.scripts.commands import NewRow
from tests.ingest.conftest import durations, sentences, text_of

Maker = Callable[..., bytes]
HEADER = ["序号", "环节", "时长", "链接号", "主播", "必讲", "中控动作", "直播价", "备注", "备注"]
SHEET: list[list[Any]] = [
    ["618 美妆专场 直播流程表"],
    ["日期", "2026-06-18"],
    [],
    HEADER,
    [1, "开场", "5分钟", None, "小雅", "欢迎；今晚有福利", "T+0 弹公告", None, "灯光", "x"],
    [2, "讲品 口红", 10 / 1440, "1,4,7", "小雅", None, "T+0 弹讲解卡\nT+180s 开价", 59.9, None, "y"],
    [3, "整点秒杀", time(0, 5), "1-3", "阿明", None, None, 49, None, None],
    ["合计", None, "20分钟"],
]


def test_a_workbook_with_title_lines_in_chinese(xlsx: Maker) -> None:
    found = plan("流程.xlsx", xlsx(SHEET, merges=[(0, 0, 0, 9)]))
    assert found.applicable
    assert found.columns == {
        "序号": "seq", "环节": "title", "时长": "planned_s", "链接号": "products", "主播": "host", "必讲": "must_say",
        "中控动作": "cues", "直播价": "custom.直播价", "备注": "custom.备注", "备注 (2)": "custom.备注 (2)",
    }  # fmt: skip
    assert found.rows == [
        {"title": "开场", "planned_s": 300, "host": "小雅", "must_say": ["欢迎", "今晚有福利"],
         "cues": [{"at_s": 0, "text": "弹公告"}], "custom": {"序号": "1", "备注": "灯光", "备注 (2)": "x"}},
        {"title": "讲品 口红", "planned_s": 600, "products": ["1", "4", "7"], "host": "小雅",
         "cues": [{"at_s": 0, "text": "弹讲解卡"}, {"at_s": 180, "text": "开价"}],
         "custom": {"序号": "2", "直播价": "59.9", "备注 (2)": "y"}},
        {"title": "整点秒杀", "planned_s": 300, "products": ["1", "2", "3"], "host": "阿明",
         "custom": {"序号": "3", "直播价": "49"}},
    ]  # fmt: skip
    assert found.problems == []


@given(order=st.permutations(range(len(HEADER) - 1)))
def test_columns_may_stand_in_any_order(order: list[int]) -> None:
    rows = [["Title", "Duration", "Links", "Host", "Must-say", "Goal", "Props", "Plan B", "Notes"],
            ["Lipstick", "5m", "1;4", "Ann", "Three shades", "60 orders", "mirror", "skip", "n"]]  # fmt: skip
    raw = "\n".join("\t".join(row[n] for n in order) for row in rows).encode()
    found = plan("a.tsv", raw)
    assert found.rows == [
        {"title": "Lipstick", "planned_s": 300, "products": ["1", "4"], "host": "Ann", "must_say": ["Three shades"],
         "goal": "60 orders", "props": "mirror", "plan_b": "skip", "custom": {"Notes": "n"}}
    ]  # fmt: skip


def test_an_ods_says_the_same(ods: Maker) -> None:
    rows = [["流程表"], ["环节", "时长", "商品"], ["开场", timedelta(minutes=5), None], ["讲品", "180秒", "2号链接"]]
    found = plan("a.ods", ods(rows))
    assert [(row["title"], row["planned_s"]) for row in found.rows] == [("开场", 300), ("讲品", 180)]
    assert found.rows[1]["products"] == ["2"]


def test_gb18030_from_a_chinese_desktop() -> None:
    found = plan("流程.csv", "环节,时长\r\n开场,5分钟\r\n".encode("gb18030"))
    assert found.rows == [{"title": "开场", "planned_s": 300}]


def test_link_numbers_become_the_shops_products() -> None:
    found = plan("a.csv", text_of("title,duration,links", 'A,5m,"1,9"'), links={"1": "lipstick"})
    assert found.rows[0]["products"] == ["lipstick", "9"]


def test_merged_cells_speak_of_every_row_and_merged_times_are_shared(xlsx: Maker) -> None:
    rows = [
        ["阶段", "环节", "时长", "主播", "GMV目标"],
        ["预热", "A", "10分钟", "小雅", "5万"],
        [None, "B"],
        [None, "C"],
    ]
    merges = [(1, 0, 3, 0), (1, 2, 3, 2), (1, 3, 2, 3), (1, 4, 3, 4)]
    found = plan("a.xlsx", xlsx(rows, merges=merges))
    assert durations(found) == [200, 200, 200]
    assert [row["phase"] for row in found.rows] == ["warm_up"] * 3
    assert [row.get("host") for row in found.rows] == ["小雅", "小雅", None]
    assert [row.get("targets") for row in found.rows] == [{"gmv_paid": 5_000_000}, None, None]
    assert "One time stands for 3 rows; it was shared among them." in sentences(found)


def test_a_header_of_two_rows(xlsx: Maker) -> None:
    rows = [["环节", "价格", None, "时长"], [None, "日常价", "直播价", None], ["讲品", 99, 59, "5分钟"]]
    found = plan("a.xlsx", xlsx(rows, merges=[(0, 0, 1, 0), (0, 1, 0, 2), (0, 3, 1, 3)]))
    assert list(found.columns) == ["环节", "价格 日常价", "价格 直播价", "时长"]
    assert found.rows == [{"title": "讲品", "planned_s": 300, "custom": {"价格 日常价": "99", "价格 直播价": "59"}}]


def test_the_best_sheet_is_taken_and_the_others_named(xlsx: Maker) -> None:
    raw = xlsx([["说明", "值"], ["房间", "A"]], more={"正式": [["环节", "时长"], ["开场", "5分钟"]], "空": []})
    found = plan("a.xlsx", raw)
    assert found.rows == [{"title": "开场", "planned_s": 300}]
    assert [(p.sheet, p.severity) for p in found.problems] == [("流程表", "warning")]
    assert "The sheet 正式 was taken" in found.problems[0].sentence


def test_the_headers_are_taken_at_their_word_when_a_person_says_so() -> None:
    raw = text_of("A,B,C", "Open,5m,Ann", "Close,3m,Bob")
    found = plan("a.csv", raw, {"A": "title", "B": "planned_s", "C": "host"})
    assert found.columns == {"A": "title", "B": "planned_s", "C": "host"}
    assert found.rows == [
        {"title": "Open", "planned_s": 300, "host": "Ann"},
        {"title": "Close", "planned_s": 180, "host": "Bob"},
    ]
    assert found.problems == []


def test_a_mapping_overrides_a_known_header() -> None:
    found = plan("a.csv", text_of("title,topic,duration", "A,Lipstick,5m"), {"topic": "title", "title": "custom"})
    assert found.rows == [{"title": "Lipstick", "planned_s": 300, "custom": {"title": "A"}}]


@pytest.mark.parametrize(
    ("mapping", "says"), [({"Nope": "title"}, "does not have"), ({"title": "colour"}, "is no field of a row")]
)
def test_a_wrong_mapping_is_an_error(mapping: dict[str, str], says: str) -> None:
    found = plan("a.csv", text_of("title,duration", "A,5m"), mapping)
    assert not found.applicable
    assert says in sentences(found, "error")[0]


def test_nothing_is_guessed_silently() -> None:
    found = plan("a.csv", text_of("title,duratoin,主播话术要点,topic", "A,5m,hi,B"))
    assert found.columns == {
        "title": "title",
        "duratoin": "planned_s",
        "主播话术要点": "script",
        "topic": "custom.topic",
    }
    assert sentences(found) == [
        "Two columns could be title; topic was kept as a custom field. Map it yourself if that is wrong.",
        "The column duratoin was taken for planned_s; map it yourself if that is wrong.",
        "The column 主播话术要点 was taken for script; map it yourself if that is wrong.",
    ]


def test_every_problem_has_its_place() -> None:
    found = plan("流程.csv", text_of("标题行", "", "环节,时长,GMV目标,阶段", "开场,soon,lots,x", ",5m,,"))
    places = [(p.severity, p.sheet, p.row, p.column, p.sentence) for p in found.problems]
    assert places == [
        ("warning", "流程", 4, "GMV目标", "“lots” is no amount; write it like 12000, 1.2万 or 12k."),
        ("warning", "流程", 4, "阶段", "“x” is no known phase; it was kept as a custom field."),
        ("error", "流程", 4, "时长", "“soon” is no duration; write it like 00:05:00, 5m or 5分钟."),
        ("warning", "流程", 5, "环节", "The row has no title; “Row 5” was used."),
    ]
    assert not found.applicable


def test_placeholders_are_no_errors() -> None:
    found = plan("a.csv", text_of("title,duration,links", "A,待定,-", "B,TBD,无"))
    assert found.applicable
    assert durations(found) == [None, None]
    assert all("products" not in row or row["products"] == [] for row in found.rows)


def test_what_is_too_long_is_kept_whole_elsewhere() -> None:
    long = "很" * 250
    found = plan("a.csv", text_of("title,duration,must-say,host", f"{long},5m,a;b;c;{long},{long}"))
    row = found.rows[0]
    assert (len(row["title"]), len(row["must_say"])) == (200, 3)
    assert row["custom"] == {"title": long, "must-say": f"a;b;c;{long}", "host": long}
    assert len(sentences(found, "warning")) == 3


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "no cells"),
        (b"title,duration\n", "no rows below its header"),
        (b"PK\x03\x04", "damaged"),
        (text_of("title,duration", *["A,5m"] * 501), "at most 500 rows"),
        (text_of("title,x,duration", f"A,{'y' * 2_001},5m"), "longer than 2000 characters"),
        (text_of("title," + ",".join(f"c{n}" for n in range(70)), "A," + ",".join(["1"] * 70)), "at most 60 custom"),
    ],
)
def test_what_cannot_be_applied(raw: bytes, says: str) -> None:
    found = plan("upload", raw)
    assert not found.applicable
    assert says in sentences(found, "error")[0]


def test_a_sheet_without_any_known_header_is_still_a_list() -> None:
    found = plan("a.csv", text_of("colour,size", "red,L", "blue,M"))
    assert [row["title"] for row in found.rows] == ["red", "blue"]
    assert "No known column name was found; row 1 was taken as the header." in sentences(found)
    assert found.applicable


def test_dates_that_a_spreadsheet_made_of_links_are_said(xlsx: Maker) -> None:
    from datetime import date

    found = plan("a.xlsx", xlsx([["环节", "链接号", "时长"], ["讲品", date(2026, 1, 3), "5m"]]))
    assert found.rows[0]["products"] == ["1", "2", "3"]
    assert any("made a date of" in said for said in sentences(found))


def test_times_typed_as_hours_are_doubted(xlsx: Maker) -> None:
    found = plan("a.xlsx", xlsx([["环节", "时长"], ["讲品", time(5, 0)]]))
    assert durations(found) == [18_000]
    assert any("if minutes are meant" in said for said in sentences(found))


def test_every_synonym_means_one_field() -> None:
    names = [name for words in SYNONYMS.values() for name in words.split()]
    assert len(names) == len(set(names))
    for field, words in SYNONYMS.items():
        for name in words.split():
            found = guess(name)
            assert found is not None
            assert found.field == field, name


def test_fields_are_fields_of_a_row() -> None:
    plain = {field.partition(".")[0] for field in FIELDS} - {"seq", "start", "end", "product_title"}
    assert plain <= set(NewRow.__struct_fields__)


CELL = st.sampled_from(
    [
        "",
        "开场",
        "5分钟",
        "1,2",
        "20:00",
        "20:10-20:20",
        "title",
        "时长",
        "-",
        "x" * 300,
        "T+0 弹卡",
        "5万",
        "=HYPERLINK(1)",
    ]
)


@given(st.lists(st.lists(CELL | st.text(max_size=6), max_size=6), max_size=8))
def test_any_table_gives_rows_that_can_be_taken_or_problems(table: list[list[str]]) -> None:
    raw = "\n".join("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in row) for row in table)
    found = plan("a.tsv", raw.encode("utf-8", "replace"))
    for row in found.rows:
        convert(row, NewRow)
    assert found.rows or found.problems
    assert all(problem.sentence for problem in found.problems)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_plan(raw: bytes) -> None:
    assert isinstance(plan("a", raw), Plan)
