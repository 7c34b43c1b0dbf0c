"""Measures a workbook's XML before anything is built from it: a small file may describe a sheet that fills the memory."""

import re
from collections.abc import Callable
from typing import Any
from xml.parsers import expat

from msgspec import Struct, field

from console.core.messages import N_
from console.ingest.problems import SheetError

ROW_LIMIT = 2_000
COLUMN_LIMIT = 100
ELEMENT_LIMIT = 400_000
"""Far above a run of show of 500 rows, and measured in well under a second."""
CHARACTER_LIMIT = 16 * 1024 * 1024

Merge = tuple[int, int, int, int]
"""(top, left, bottom, right) of merged cells, 0-based and inclusive."""


class Budget(Struct):
    """What a workbook may still hold, over all its sheets."""

    elements: int = ELEMENT_LIMIT
    characters: int = CHARACTER_LIMIT

    def count(self) -> None:
        """One more element."""
        self.elements -= 1
        if self.elements < 0:
            raise SheetError(N_("The workbook has too many cells; keep only the run of show in it."))

    def spend(self, characters: int) -> None:
        self.characters -= characters
        if self.characters < 0:
            raise SheetError(N_("The workbook holds too much text; keep only the run of show in it."))


def within(row: int, column: int) -> None:
    """Raises SheetError when the cell in `row` and `column` (1-based) is outside what is read."""
    if row > ROW_LIMIT:
        raise SheetError(N_("A sheet has more than {limit} rows; delete what is not the run of show."), limit=ROW_LIMIT)
    if column > COLUMN_LIMIT:
        raise SheetError(
            N_("A sheet has more than {limit} columns; delete what is not the run of show."), limit=COLUMN_LIMIT
        )


def shared_lengths(xml: bytes, budget: Budget) -> list[int]:
    """Lengths of an XLSX workbook's shared texts, by their index."""
    lengths: list[int] = []

    def start(name: str, _attributes: dict[str, str]) -> None:
        if name == "si":
            lengths.append(0)

    def characters(text: str) -> None:
        if lengths:
            lengths[-1] += len(text)

    _parse(xml, budget, start, lambda _name: None, characters)
    return lengths


def check_worksheet(xml: bytes, lengths: list[int], budget: Budget) -> None:
    """Raises SheetError when an XLSX worksheet has, or says it has, more than is read."""
    sheet = _Worksheet(lengths, budget)
    _parse(xml, budget, sheet.start, sheet.end, sheet.characters)


class _Worksheet:
    def __init__(self, lengths: list[int], budget: Budget) -> None:
        self.lengths, self.budget = lengths, budget
        self.row = self.column = 0
        self.index: str | None = None
        self.shared = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match name:
            case "row":
                self.row, self.column = _number(attributes.get("r"), self.row + 1), 0
            case "c":
                self.row, self.column = _place(attributes.get("r"), (self.row, self.column + 1))
                self.shared = attributes.get("t") == "s"
            case "v" | "is":
                within(self.row, self.column)
                self.index = "" if self.shared and name == "v" else None
            case "dimension":
                within(*_place(attributes.get("ref", "A1").rpartition(":")[2], (1, 1)))

    def characters(self, text: str) -> None:
        if self.index is not None:
            self.index += text

    def end(self, name: str) -> None:
        if name == "v" and self.index is not None:
            at = _number(self.index.strip(), -1)
            self.budget.spend(self.lengths[at] if 0 <= at < len(self.lengths) else 0)
            self.index = None


class Table(Struct):
    """An ODS table while it is measured."""

    name: str
    merges: list[Merge] = field(default_factory=list)


def check_tables(xml: bytes, budget: Budget) -> dict[str, tuple[Merge, ...]]:
    """Merged cells of every table in an ODS `content.xml`. Raises SheetError when one has more than is read."""
    tables = _Tables(budget)
    _parse(xml, budget, tables.start, tables.end, tables.characters)
    return {table.name: tuple(table.merges) for table in tables.found}


class _Tables:
    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.found: list[Table] = []
        self.row = self.rows = self.column = self.columns = 0
        self.in_cell = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match name:
            case "table":
                self.found.append(Table(attributes.get("name", "")))
                self.row = self.rows = 0
            case "table-row":
                self.row, self.rows = self.row + self.rows, _number(attributes.get("number-rows-repeated"), 1)
                self.column = self.columns = 0
            case "table-cell" | "covered-table-cell":
                self._cell(attributes)
            case "p" if self.in_cell:
                self._filled()

    def _cell(self, attributes: dict[str, str]) -> None:
        self.column += self.columns
        self.columns = _number(attributes.get("number-columns-repeated"), 1)
        self.in_cell = True
        if "value-type" in attributes or "formula" in attributes:
            self._filled()
        down, across = (_number(attributes.get(f"number-{what}-spanned"), 1) for what in ("rows", "columns"))
        if (down > 1 or across > 1) and self.found:
            corner = (self.row + down - 1, self.column + across - 1)
            self.found[-1].merges.append((self.row, self.column, *corner))

    def _filled(self) -> None:
        within(self.row + self.rows, self.column + self.columns)

    def characters(self, text: str) -> None:
        if self.in_cell:
            self.budget.spend(len(text) * min(self.rows, ROW_LIMIT) * min(self.columns, COLUMN_LIMIT))

    def end(self, name: str) -> None:
        if name in ("table-cell", "covered-table-cell"):
            self.in_cell = False


_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,9})")


def _place(reference: str | None, default: tuple[int, int]) -> tuple[int, int]:
    """`C7` → (7, 3)."""
    if reference is None:
        return default
    found = _REFERENCE.fullmatch(reference)
    if not found:
        raise SheetError(N_("The workbook is damaged: {what} is no cell."), what=reference[:20])
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column


def _number(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise SheetError(N_("The workbook is damaged: {what} is no count."), what=text[:20])
    return int(text)


def _parse(
    xml: bytes,
    budget: Budget,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    characters: Callable[[str], None],
) -> None:
    """Call back with names and attributes stripped of their namespaces, until the budget is spent."""

    def opened(name: str, attributes: dict[str, str]) -> None:
        budget.count()
        start(_local(name), {_local(key): value for key, value in attributes.items()} if attributes else attributes)

    parser: Any = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = opened
    parser.EndElementHandler = lambda name: end(_local(name))
    parser.CharacterDataHandler = characters
    try:
        parser.Parse(xml, True)
    except expat.ExpatError:
        raise SheetError(N_("The workbook is damaged; open it in a spreadsheet program and save it again.")) from None


def _local(name: str) -> str:
    return name.rpartition(":")[2] if ":" in name else name
