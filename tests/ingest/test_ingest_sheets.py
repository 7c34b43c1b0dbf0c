import codecs
import struct
import time
import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from patience import patience

from console.ingest.bounds import COLUMN_LIMIT, ROW_LIMIT
from console.ingest.problems import SheetError
from console.ingest.run_of_show import plan
from console.ingest.sheets import read_sheets

Maker = Callable[..., bytes]
SHEET1 = "xl/worksheets/sheet1.xml"
TEXT = "环节,时长\n开场,5分钟\n讲品,10分钟\n"
CELLS = (("环节", "时长"), ("开场", "5分钟"), ("讲品", "10分钟"))


def refusal(filename: str, raw: bytes) -> str:
    started = time.process_time()
    with pytest.raises(SheetError) as caught:
        read_sheets(filename, raw)
    assert time.process_time() - started < patience(1)
    return str(caught.value)


@pytest.mark.parametrize(
    "raw",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("gb18030"),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.replace(",", ";").encode(),
        TEXT.replace(",", "\t").encode(),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("开场", '"开场"').encode(),
        ("\n".join(TEXT.splitlines()) + "\n\n,,\n\n").encode(),
    ],
    ids=["utf8", "bom", "gb18030", "utf16", "utf16be", "semicolon", "tab", "crlf", "quoted", "trailing"],
)
def test_texts_in_the_encodings_and_delimiters_teams_have(raw: bytes) -> None:
    (sheet,) = read_sheets("流程.csv", raw)
    assert (sheet.name, sheet.rows) == ("流程", CELLS)


def test_a_comma_inside_a_quoted_cell_is_no_delimiter() -> None:
    (sheet,) = read_sheets("a.csv", b'Cue;Links\nA;"1,4,7"\nB;"1,2\n3"\n')
    assert sheet.rows == (("Cue", "Links"), ("A", "1,4,7"), ("B", "1,2\n3"))


def test_workbooks_give_the_same_cells(xlsx: Maker, ods: Maker) -> None:
    for name, raw in (("a.xlsx", xlsx(CELLS)), ("a.ods", ods(CELLS)), ("upload", xlsx(CELLS))):
        assert read_sheets(name, raw)[0].rows == CELLS


def test_row_numbers_are_the_files_own_and_merges_are_told(xlsx: Maker, ods: Maker) -> None:
    rows = [[], [None, "标题"], [], [None, "a", "b"]]
    (sheet,) = read_sheets("a.xlsx", xlsx(rows, merges=[(1, 1, 1, 2), (3, 1, 5, 1)]))
    assert sheet.rows == ((), (None, "标题"), (), (None, "a", "b"))
    assert sheet.merges == ((1, 1, 1, 2), (3, 1, 5, 1))
    (sheet,) = read_sheets("a.ods", ods(rows, merges={(1, 1): (1, 2), (3, 1): (3, 1)}))
    assert sheet.rows == ((), (None, "标题"), (), (None, "a", "b"))
    assert sheet.merges == ((1, 1, 1, 2), (3, 1, 5, 1))


def test_hidden_sheets_are_not_read(xlsx: Maker) -> None:
    sheets = read_sheets("a.xlsx", xlsx(CELLS, more={"草稿": CELLS}, hidden=("草稿",)))
    assert [sheet.name for sheet in sheets] == ["流程表"]


def test_control_characters_never_come_through(ods: Maker) -> None:
    (sheet,) = read_sheets("a.csv", "a\x1b[31m,b\x7f\x85c\n".encode())
    assert sheet.rows == (("a [31m", "b  c"),)


@pytest.mark.parametrize(
    ("name", "raw", "says"),
    [
        ("a.xlsx", b"just text", "not what its ending .xlsx says"),
        ("a.ods", TEXT.encode(), "not what its ending .ods says"),
        ("a.csv", b"PK\x03\x04rest", "not what its ending .csv says"),
        ("a.xls", b"\xd0\xcf\x11\xe0rest", "save it as .xlsx, .ods or .csv"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0encrypted", "save it as .xlsx, .ods or .csv"),
        ("a.xlsm", b"PK\x03\x04", "save it as .xlsx, .ods or .csv"),
        ("a.csv", b"\x89PNG\r\n\x1a\n\x00\x00", "no known encoding"),
        ("a.csv", b"a,\x00b", "no known encoding"),
        ("a.csv", b"\xff\xfea", "no known encoding"),
        ("a.csv", b'a,"b\nc', "quotation mark is not closed"),
        ("a.csv", b"x" * 140_000, "a cell is far too long"),
        ("a.xlsx", b"PK\x03\x04" + b"\0" * 100, "damaged"),
        ("a.csv", b"a" * (4 * 2**20 + 1), "larger than 4 MiB"),
        ("a.csv", b"a\n" * (ROW_LIMIT + 1), "more than 2000 rows"),
        ("a.csv", b"\n" * 2_000_000 + b"a", "more than 2000 rows"),
        ("a.csv", b"x," * COLUMN_LIMIT + b"x", "more than 100 columns"),
        ("a.csv", b"x," * 10_000, "more than 100 columns"),
    ],
)  # fmt: skip
def test_files_that_are_not_read(name: str, raw: bytes, says: str) -> None:
    assert says in refusal(name, raw)


def test_ten_thousand_empty_columns_are_no_columns() -> None:
    assert read_sheets("a.csv", b"a," * 2 + b"," * 10_000)[0].rows == (("a", "a"),)


def test_limits_are_exact(xlsx: Maker) -> None:
    assert len(read_sheets("a.csv", b"a\n" * ROW_LIMIT)[0].rows) == ROW_LIMIT
    assert len(read_sheets("a.xlsx", xlsx([["x"]] * ROW_LIMIT))[0].rows) == ROW_LIMIT
    assert "more than 2000 rows" in refusal("a.xlsx", xlsx([["x"]] * (ROW_LIMIT + 1)))
    assert len(read_sheets("a.xlsx", xlsx([["x"] * COLUMN_LIMIT]))[0].rows[0]) == COLUMN_LIMIT
    assert "more than 100 columns" in refusal("a.xlsx", xlsx([["x"] * (COLUMN_LIMIT + 1)]))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b'<c r="A1"', b'<c r="A1048576"', "more than 2000 rows"),
        (b'<c r="A1"', b'<c r="XFD1"', "more than 100 columns"),
        (b"<c r='A1'", b"<c r='A1'", ""),
        (b'ref="A1:B3"', b'ref="A1:XFD1048576"', "more than 2000 rows"),
        (b'<c r="A1"', b'<c r="A99999999999"', "damaged"),
        (b'<c r="A1"', b'<c r="nowhere"', "damaged"),
        (b'<row r="1"', b'<row r="x"', "damaged"),
        (b"<worksheet", b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]><worksheet", "XML entities"),
        (b"</worksheet>", b"", "damaged"),
        (b"</worksheet>", b"\x00</worksheet>", "damaged"),
    ],
)
def test_worksheets_that_lie(xlsx: Maker, repack: Maker, old: bytes, new: bytes, says: str) -> None:
    raw = repack(xlsx(CELLS), {SHEET1: lambda xml: xml.replace(old, new, 1)})
    if says:
        assert says in refusal("a.xlsx", raw)
    else:
        assert read_sheets("a.xlsx", raw)


def test_a_cell_far_away_in_single_quotes_or_without_a_reference_is_seen_too(xlsx: Maker, repack: Maker) -> None:
    far = repack(xlsx(CELLS), {SHEET1: lambda xml: xml.replace(b'<c r="A1"', b"<c  r = 'A1048576'", 1)})
    assert "rows" in refusal("a.xlsx", far)
    wide = repack(
        xlsx(CELLS), {SHEET1: lambda xml: xml.replace(b'<c r="A1"', b"<c><v>1</v></c>" * 101 + b'<c r="A1"', 1)}
    )
    assert "columns" in refusal("a.xlsx", wide)


def test_external_entities_in_any_part_are_refused(xlsx: Maker, repack: Maker) -> None:
    xxe = b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><sst'
    raw = repack(xlsx(CELLS), {"xl/sharedStrings.xml": lambda xml: xml.replace(b"<sst", xxe)})
    assert "XML entities" in refusal("a.xlsx", raw)


def test_one_long_text_shown_in_many_cells_is_refused_before_it_is_built(xlsx: Maker, repack: Maker) -> None:
    raw = repack(
        xlsx([["x"] * 50] * 1_000),
        {"xl/sharedStrings.xml": lambda xml: xml.replace(b"<t>x</t>", b"<t>" + b"y" * 2_000_000 + b"</t>")},
    )
    assert "too much text" in refusal("a.xlsx", raw)


def test_bombs_are_refused_from_the_directory(xlsx: Maker, repack: Maker) -> None:
    assert "unpacks to far more" in refusal("a.xlsx", repack(xlsx(CELLS), {}, {"xl/bomb.xml": b" " * (25 * 2**20)}))
    assert "unpacks to far more" in refusal("a.xlsx", repack(xlsx(CELLS), {}, {f"x{n}": b"" for n in range(1_001)}))
    assert "too many cells" in refusal(
        "a.xlsx",
        repack(xlsx(CELLS), {SHEET1: lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + b"<a/>" * 2_000_000)}),
    )


def test_a_directory_that_understates_a_part_does_not_help(xlsx: Maker, repack: Maker) -> None:
    raw = bytearray(repack(xlsx(CELLS), {}, {"xl/bomb.xml": b" " * (70 * 2**20)}))
    with zipfile.ZipFile(BytesIO(bytes(raw))) as archive:
        size = struct.pack("<L", archive.getinfo("xl/bomb.xml").file_size)
    assert "damaged" in refusal("a.xlsx", bytes(raw.replace(size, struct.pack("<L", 10))))


def test_macros_are_refused(xlsx: Maker, ods: Maker, repack: Maker) -> None:
    assert "macros" in refusal("a.xlsx", repack(xlsx(CELLS), {}, {"xl/vbaProject.bin": b"x"}))
    assert "macros" in refusal("a.ods", repack(ods(CELLS), {}, {"Basic/Standard/Module1.xml": "<x/>"}))
    typed = repack(
        xlsx(CELLS), {"[Content_Types].xml": lambda xml: xml.replace(b"sheet.main", b"sheet.macroEnabled.main")}
    )
    assert "macros" in refusal("a.xlsx", typed)


def test_thousands_of_merged_cells_are_refused_and_many_do_not_slow_a_plan(xlsx: Maker, repack: Maker) -> None:
    def merged(count: int) -> bytes:
        cells = b"".join(b'<mergeCell ref="A%d:A%d"/>' % (n + 2, n + 900) for n in range(count))
        return repack(
            xlsx([["环节", "时长"]] + [["x", None]] * 1_999),
            {SHEET1: lambda xml: xml.replace(b"</sheetData>", b"</sheetData><mergeCells>" + cells + b"</mergeCells>")},
        )

    assert "merged cells" in refusal("a.xlsx", merged(2_001))
    started = time.process_time()
    assert plan("a.xlsx", merged(2_000)).rows
    assert time.process_time() - started < patience(2)


def test_other_archives_are_no_workbooks(archive: Maker) -> None:
    assert "no workbook" in refusal("a.xlsx", archive({"word/document.xml": "<x/>", "[Content_Types].xml": "<x/>"}))
    assert "no workbook" in refusal("a.zip", archive({"a.txt": "x"}))


def test_trailing_empty_rows_of_an_ods_are_free_and_filled_ones_are_not(ods: Maker) -> None:
    tail = '<table:table-row table:number-rows-repeated="1048573"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    assert read_sheets("a.ods", ods(CELLS, raw_rows=tail))[0].rows == CELLS
    filled = tail.replace("<table:table-cell", '<table:table-cell office:value-type="float" office:value="1"')
    assert "more than 2000 rows" in refusal("a.ods", ods(CELLS, raw_rows=filled))
    late = tail + '<table:table-row><table:table-cell office:value-type="float" office:value="1"/></table:table-row>'
    assert "more than 2000 rows" in refusal("a.ods", ods(CELLS, raw_rows=late))
    wide = filled.replace("1048573", "1")
    assert "more than 100 columns" in refusal("a.ods", ods(CELLS, raw_rows=wide))


def test_a_repeated_long_text_of_an_ods_is_refused(ods: Maker) -> None:
    raw_rows = (
        '<table:table-row table:number-rows-repeated="1900"><table:table-cell office:value-type="string" '
        'table:number-columns-repeated="90"><text:p>' + "y" * 100_000 + "</text:p></table:table-cell></table:table-row>"
    )
    assert "too much text" in refusal("a.ods", ods(CELLS, raw_rows=raw_rows))


@given(st.sampled_from(["a.csv", "a.xlsx", "a.ods", "a", "a.txt"]), st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(name: str, raw: bytes) -> None:
    try:
        read_sheets(name, raw)
    except SheetError:
        return


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_spoiled_workbook_is_read_or_refused(data: st.DataObject, xlsx: Maker, ods: Maker, repack: Maker) -> None:
    kind, part = data.draw(
        st.sampled_from(
            [
                (xlsx, SHEET1),
                (xlsx, "xl/workbook.xml"),
                (xlsx, "xl/sharedStrings.xml"),
                (xlsx, "xl/styles.xml"),
                (xlsx, "xl/_rels/workbook.xml.rels"),
                (ods, "content.xml"),
            ]
        )
    )
    at, junk = (
        data.draw(st.integers(0, 2_000)),
        data.draw(st.binary(max_size=6) | st.sampled_from([b'"', b"9" * 8, b"<c>", b"-1"])),
    )
    cut = data.draw(st.integers(0, 40))
    raw = repack(kind(CELLS), {part: lambda xml: xml[: at % len(xml)] + junk + xml[at % len(xml) + cut :]})
    try:
        read_sheets("upload", raw)
    except SheetError:
        return
