from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.money import Currency
from console.ingest.moments import Gap, gaps, moments, on_one_scale
from console.ingest.problems import SheetError
from console.ingest.sheets import Cell
from console.ingest.values import Span, amount, clock_text, cue, duration, links, text

on = datetime.fromisoformat
CELLS = (
    st.none() | st.text(max_size=30) | st.text("0123456789:.-~分钟秒小时半十h ms'\"T+,万号链接", max_size=14)
    | st.integers(-(10**12), 10**12) | st.floats() | st.booleans() | st.datetimes() | st.dates() | st.times() | st.timedeltas()
)  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("00:05:00", 300), ("1:30:00", 5_400), ("05:00", 300), ("00:02.400", 2.4), ("0:00:00", 0),
        ("5m", 300), ("5 min", 300), ("90s", 90), ("1h30m", 5_400), ("1 hour 5 minutes", 3_900), ("1.5h", 5_400),
        ("5分钟", 300), ("5分", 300), ("180秒", 180), ("1小时30分", 5_400), ("1小时30", 5_400), ("5分30秒", 330),
        ("半小时", 1_800), ("两分钟", 120), ("十五分钟", 900), ("二十五分", 1_500), ("1分半", 90), ("约5分钟", 300),
        ("１０分钟", 600), ("5：00", 300), ("5'30\"", 330), (5 / 1440, 300), ("0.0034722222", 300), (0, 0),
        (time(0, 5), 300), (timedelta(hours=2), 7_200), (on("1899-12-31 03:00"), 10_800), ("24:00:00", 86_400),
    ],
)  # fmt: skip
def test_durations_as_teams_write_them(cell: Cell, seconds: float) -> None:
    found = duration(cell)
    assert found is not None
    assert found.seconds == pytest.approx(seconds, abs=0.001)
    assert not found.bare


@pytest.mark.parametrize(("unit", "seconds"), [(None, 90), ("s", 90), ("m", 5_400)])
@pytest.mark.parametrize("cell", ["90", 90, 90.0, "90.0"])
def test_a_bare_number_takes_the_unit_of_its_header(cell: Cell, unit: str | None, seconds: int) -> None:
    assert duration(cell, unit) == Span(seconds, bare=unit is None)


def test_a_fraction_of_a_day_is_one_under_any_header() -> None:
    assert duration(1 / 288, "m") == Span(pytest.approx(300))


@pytest.mark.parametrize("cell", ["5-8分钟", "5分钟-8分钟", "5~8 min", "5至8分钟", "00:05:00-00:08:00"])
def test_a_range_has_a_middle(cell: str) -> None:
    assert duration(cell) == Span(390, 300, 480)


@pytest.mark.parametrize(
    "cell",
    ["abc", "99:99", "25:00:00", "-5", True, "8-5分钟", "5 bananas", "1e3", "٣ min", 86_401, 1e300, float("inf"), float("nan"),
     -1, on("2026-01-01"), date(2026, 1, 1), timedelta(days=2), "5::00", "分钟"],
)  # fmt: skip
def test_what_is_no_duration_says_how_to_write_one(cell: Cell) -> None:
    with pytest.raises(SheetError, match="write it like 00:05:00"):
        duration(cell)


@pytest.mark.parametrize("cell", [None, ""])
def test_no_duration_is_none_and_not_zero(cell: Cell) -> None:
    assert duration(cell) is None


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("1,4,7", ("1", "4", "7")), ("1、4、7", ("1", "4", "7")), ("1 4 7", ("1", "4", "7")), ("1/4/4", ("1", "4")),
        ("1号链接", ("1",)), ("链接5、6", ("5", "6")), ("第3号", ("3",)), ("#7", ("7",)), ("No. 8", ("8",)), ("007", ("7",)),
        ("1-3", ("1", "2", "3")), ("1~3号链接", ("1", "2", "3")), ("1号-3号", ("1", "2", "3")), (4.0, ("4",)), (4, ("4",)),
        (date(2026, 1, 3), ("1", "2", "3")), ("SKU-12, lip_01", ("SKU-12", "lip_01")), ("口红", ("口红",)), (None, ()),
        ("3-1", ("3-1",)), ("1-9999", ("1-9999",)), ("１，４", ("1", "4")),
    ],
)  # fmt: skip
def test_link_numbers(cell: Cell, found: tuple[str, ...]) -> None:
    assert links(cell) == found


@pytest.mark.parametrize(
    ("cell", "minor"),
    [
        ("5万", 5_000_000), ("¥1,234.50", 123_450), ("20k", 2_000_000), (300.0, 30_000), ("100元", 10_000),
        ("￥100", 10_000), ("1.2万元", 1_200_000), ("CNY 100", 10_000), ("300人", 30_000), ("12块", 1_200),
    ],
)  # fmt: skip
def test_amounts(cell: Cell, minor: int) -> None:
    assert amount(cell, "CNY") == minor


@pytest.mark.parametrize(
    ("currency", "cell"),
    [("USD", "$12"), ("USD", "12 usd"), ("EUR", "12 €"), ("HKD", "HK$12"), ("MYR", "RM12"), ("TWD", "ＮＴ＄12")],
)
def test_an_amount_may_carry_the_sign_of_its_show(currency: Currency, cell: Cell) -> None:
    assert amount(cell, currency) == 1_200


@pytest.mark.parametrize(
    ("currency", "cell"),
    [
        ("USD", "¥12"), ("USD", "￥12"), ("USD", "12元"), ("USD", "HK$12"), ("HKD", "$12"), ("CNY", "$12"),
        ("CNY", "12 EUR"), ("CNY", "€5万"), ("CNY", "₩12"), ("EUR", "RM12"),
    ],
)  # fmt: skip
def test_an_amount_in_another_currency_is_refused_and_says_so(currency: Currency, cell: Cell) -> None:
    with pytest.raises(SheetError, match=f"names another currency; amounts are in {currency}"):
        amount(cell, currency)


@pytest.mark.parametrize("cell", ["many", "", None, -5, "1e5", float("nan"), "٣", time(1)])
def test_no_amount(cell: Cell) -> None:
    with pytest.raises(SheetError, match="no amount"):
        amount(cell, "CNY")


@pytest.mark.parametrize(
    ("line", "at_s", "said"),
    [
        ("T+0 弹讲解卡", 0, "弹讲解卡"), ("T+90s 发券", 90, "发券"), ("T+180 s开价", 180, "开价"), ("t+1:30：发券", 90, "发券"),
        ("T+2分钟 发券", 120, "发券"), ("3分30秒 发券", 210, "发券"), ("发福袋", 0, "发福袋"), ("1号链接弹卡", 0, "1号链接弹卡"),
        ("T+5", 0, "T+5"), ("T+99:99 x", 0, "T+99:99 x"),
    ],
)  # fmt: skip
def test_cues(line: str, at_s: int, said: str) -> None:
    assert cue(line) == (at_s, said)


@pytest.mark.parametrize(
    ("cell", "words"),
    [(5.0, "5"), (5.5, "5.5"), (True, "TRUE"), (None, ""), (time(20), "20:00:00"), (timedelta(minutes=90), "1:30:00"),
     (on("2026-06-18 20:00"), "2026-06-18 20:00:00"), (on("2026-06-18"), "2026-06-18"), (" a ", "a")],
)  # fmt: skip
def test_cells_as_a_person_would_type_them(cell: Cell, words: str) -> None:
    assert text(cell) == words


def scale(*cells: Cell) -> tuple[list[float | None], str | None]:
    reading = on_one_scale([moments(cell)[0] for cell in cells])
    first = next(s for s in reading.seconds if s is not None)
    return [None if s is None else s - first for s in reading.seconds], reading.two


@pytest.mark.parametrize(
    ("cells", "seconds", "two"),
    [
        (("20:00", "20:10", "21:00"), [0, 600, 3_600], "hh:mm"),
        (("23:50", "00:05"), [0, 900], "hh:mm"),
        (("00:00", "05:00", "62:30"), [0, 300, 3_750], "mm:ss"),
        (("00:00", "05:00", "15:00"), [0, 300, 900], "mm:ss"),
        (("00:00", "00:10", "01:00"), [0, 600, 3_600], "hh:mm"),
        (("T+00:00", "T+05:30"), [0, 330], None),
        (("00:01.000", "00:03.400"), [0, 2.4], None),
        (("20:00:00", "20:00:30"), [0, 30], None),
        (("7:55 pm", "晚上8:05"), [0, 600], None),
        ((time(23, 50), time(0, 10)), [0, 1_200], None),
        ((20 / 24, 20.25 / 24), [0, 900], None),
        (("01.04.2023 15:50:30.0", "02.04.2023 15:50:31"), [0, 86_401], None),
        (("2026-06-18 20:00", "2026/6/18 20:05", on("2026-06-18 20:10")), [0, 300, 600], None),
        (("2026-06-18 20:00", "2026-06-18 20:05", "20:10"), [0, 300, None], None),
    ],
)
def test_moments_of_a_column_come_on_one_scale(cells: tuple[Cell, ...], seconds: list[float], two: str | None) -> None:
    found, reading = scale(*cells)
    assert found == [None if s is None else pytest.approx(s) for s in seconds]
    assert reading == two


def test_a_range_of_clock_times_has_two_ends() -> None:
    start, end = moments("19:00-19:10")
    assert start is not None
    assert end is not None
    assert end.as_hours - start.as_hours == 600


@pytest.mark.parametrize("cell", ["soon", "", None, "99:99", "32.13.2026 10:00", True, 7.0, date(2026, 1, 1), "5分钟"])
def test_what_is_no_moment(cell: Cell) -> None:
    assert moments(cell)[0] is None


def test_gaps_reach_to_the_own_end_or_the_next_start() -> None:
    assert gaps([0, 60, 200], [50, None, None]) == [Gap(0, 1, 50), Gap(1, 1, 140), Gap(2, 1, None)]
    assert gaps([0, None, 90], [None, None, 100]) == [Gap(0, 2, 90), Gap(2, 1, 10)]
    assert gaps([None, None, None], [10, 40, 100]) == [Gap(1, 1, 30), Gap(2, 1, 60)]
    assert gaps([100, 50], [None, 60]) == [Gap(0, 1, None), Gap(1, 1, 10)]


def test_seconds_on_a_clock() -> None:
    assert clock_text(3_661) == "1:01:01"


@given(CELLS)
def test_any_cell_is_read_or_refused(cell: Cell) -> None:
    for read in (duration, links, lambda c: amount(c, "CNY"), moments, text, lambda c: cue(text(c))):
        try:
            read(cell)
        except SheetError:
            continue


@given(st.lists(CELLS, max_size=8))
def test_any_column_of_moments_gives_gaps(cells: list[Cell]) -> None:
    seconds = on_one_scale([moments(cell)[0] for cell in cells]).seconds
    found = gaps(seconds, [None] * len(cells))
    assert all(gap.seconds is None or 0 <= gap.seconds <= 86_400 for gap in found)
