"""Any accepted file → sheets of cells. Bounded in bytes, rows, columns and time; whatever is wrong is a SheetError."""

import csv
import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from io import StringIO
from pathlib import PurePath
from statistics import median
from typing import Any, cast

from msgspec import Struct

from console.core.messages import N_
from console.ingest.bounds import ROW_LIMIT, Merge, within
from console.ingest.problems import SheetError
from console.ingest.workbooks import read_workbook
from console.limits import SHEET_BODY_BYTES

Cell = str | int | float | bool | datetime | date | time | timedelta | None

WORKBOOKS = frozenset({".xlsx", ".ods"})
TEXTS = frozenset({".csv", ".tsv", ".txt"})
REFUSED = frozenset({".xlsm", ".xltm", ".xlsb", ".xlam", ".xls", ".et", ".numbers"})
MERGE_LIMIT = 2_000
ZIP = b"PK\x03\x04"
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class Sheet(Struct, frozen=True):
    """`rows[0]` is row 1 of the file; empty cells are None, trailing empty ones left out. `merges` are 0-based."""

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    merges: tuple[Merge, ...] = ()
    downward: dict[int, list[Merge]] = {}
    """Of `merges` those over several rows, by their left column."""

    def merge_at(self, row: int, column: int) -> Merge | None:
        """The merge over several rows whose left column has this cell."""
        return next((merge for merge in self.downward.get(column, ()) if merge[0] <= row <= merge[2]), None)


def read_sheets(filename: str, raw: bytes) -> list[Sheet]:
    """The sheets of a CSV, XLSX or ODS file, told by its content, which the name must not contradict.

    Raises SheetError, and nothing else, for anything that is not one or is too large.
    """
    ending = PurePath(filename).suffix.lower()
    if len(raw) > SHEET_BODY_BYTES:
        raise SheetError(N_("The file is larger than {limit} MiB."), limit=SHEET_BODY_BYTES // 2**20)
    if ending in REFUSED or raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise SheetError(N_("This kind of file is not read; save it as .xlsx, .ods or .csv."))
    if raw.startswith(ZIP) != (ending in WORKBOOKS) and ending in WORKBOOKS | TEXTS:
        raise SheetError(N_("The file's content is not what its ending {ending} says."), ending=ending)
    if raw.startswith(ZIP):
        return [_bounded(name, rows, merges) for name, rows, merges in read_workbook(raw)]
    return [_bounded(PurePath(filename).stem, _records(decoded(raw)), ())]


def decoded(raw: bytes) -> str:
    """Text from UTF-8 (BOM or not), UTF-16 with its BOM, or GB18030. Raises SheetError."""
    marked = next((encoding for bom, encoding in BOMS if raw.startswith(bom)), None)
    for encoding in (marked,) if marked else ("utf-8", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text
    raise SheetError(N_("The text is in no known encoding; save the file as CSV UTF-8."))


def _records(text: str) -> list[list[str]]:
    try:
        reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
        records = []
        for record in reader:
            records.append(record)
            if len(records) > 2 * ROW_LIMIT:
                within(len(records), 1)
    except csv.Error:
        raise SheetError(
            N_("The file is no CSV table; a quotation mark is not closed or a cell is far too long.")
        ) from None
    return records


def _delimiter(text: str) -> str:
    """The one of comma, semicolon and tab that cuts the first lines into the most cells."""
    lines = [line for line in text[:20_000].splitlines()[:30] if line.strip()] or [""]
    return max(",;\t", key=lambda mark: median(len(next(csv.reader([line], delimiter=mark), [])) for line in lines))


def _bounded(name: str, rows: Sequence[Sequence[Any]], merges: tuple[Merge, ...]) -> Sheet:
    kept = [_trimmed(row) for row in rows]
    while kept and not kept[-1]:
        kept.pop()
    within(len(kept), max(map(len, kept), default=0))
    if len(merges) > MERGE_LIMIT:
        raise SheetError(
            N_("A sheet has more than {limit} merged cells; keep only the run of show."), limit=MERGE_LIMIT
        )
    downward: dict[int, list[Merge]] = {}
    for merge in merges:
        if merge[2] > merge[0]:
            downward.setdefault(merge[1], []).append(merge)
    return Sheet(name, tuple(kept), merges, downward)


def _trimmed(row: Sequence[Any]) -> tuple[Cell, ...]:
    cells = [_cell(value) for value in row]
    while cells and cells[-1] is None:
        cells.pop()
    return tuple(cells)


def _cell(value: Any) -> Cell:
    if not isinstance(value, str):
        return cast("Cell", value)
    return _CONTROLS.sub(" ", value.replace("\r\n", "\n").replace("\r", "\n")).strip() or None


_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff]")
